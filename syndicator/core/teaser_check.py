"""Articles that have embarrassed templates before: what ``teaser_lint`` and golden renderings use. Pure data."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from syndicator.model import AfterUnknown, Article, Capabilities, Channel, Counting, Picture

LINK = "https://news.example.com/2026/11/story/?utm_source=check&utm_medium=social&utm_content=abcdefghijklm"

_PLAIN = Article(
    id="aaaaaaaaaaaaa",
    guid="1",
    url="https://news.example.com/2026/11/story/",
    canonical_url="https://news.example.com/2026/11/story",
    title="Coalition agrees on border budget after all-night talks",
    summary="The three parties settled on Friday morning. Parliament votes next week. Read also: Who is who",
    published_at=datetime(2026, 11, 20, 9, 30, tzinfo=UTC),
    updated_at=None,
    authors=("Ana Pérez", "J. Doe"),
    tags=("European Union", "budget", "News"),
    labels=("politics",),
    image=Picture(url="https://news.example.com/story.jpg", alt="Three party leaders at a table"),
    language="en",
    source="news",
    first_seen_at=datetime(2026, 11, 20, 9, 31, tzinfo=UTC),
)


def _like_plain(title: str, summary: str = "", *, language: str | None = "en", tags: tuple[str, ...] = ()) -> Article:
    return replace(_PLAIN, title=title, summary=summary, language=language, tags=tags)


ARTICLES: dict[str, Article] = {
    "an ordinary article": _PLAIN,
    "an article without picture, summary, date, authors, tags and language": replace(
        _PLAIN, summary="", published_at=None, authors=(), tags=(), labels=(), image=None, language=None
    ),
    "a title of 300 characters": _like_plain("Ministers agree on reform of rules on " * 8, "A long story. " * 60),
    "a title of one long word": _like_plain("Donaudampfschifffahrtsgesellschaft" * 12, language="de"),
    "an Arabic article": _like_plain(
        "الاتحاد الأوروبي يوافق على ميزانية الحدود بعد محادثات طويلة",
        "اتفقت الأحزاب الثلاثة صباح الجمعة. يصوت البرلمان الأسبوع المقبل؟ نعم.",
        language="ar",
        tags=("الاتحاد الأوروبي",),
    ),
    "a Chinese article": _like_plain(
        "欧盟就边境预算达成一致" * 20, "三党周五上午达成协议。议会下周投票。", language="zh"
    ),
    "a title of emoji": _like_plain("👨‍👩‍👧‍👦🏴󠁧󠁢󠁥󠁮󠁧󠁿❤️‍🔥🇺🇦 wins " * 30, "🎉"),
    "quotation marks": _like_plain("“I won’t” – 'no', \"never\", says «she»", 'He said: "Go." She went.'),
    "markup in the title": _like_plain("<b>AT&amp;T</b> & <script>alert(1)</script> {{ 7*7 }} {% raw %}"),
    "mentions, hashtags, tickers and domains": _like_plain(
        "@everyone #ad $TSLA $AAPL Booking.com", "Ask @potus about ASP.NET"
    ),
    "a Hebrew article": _like_plain(
        "הקואליציה מסכימה על תקציב הגבול לאחר לילה של שיחות",
        "שלוש המפלגות הגיעו להסכמה ביום שישי. הפרלמנט יצביע בשבוע הבא.",
        language="he",
        tags=("האיחוד האירופי",),
    ),
    "a Greek article": _like_plain(
        "Ο κυβερνητικός συνασπισμός συμφώνησε για τον προϋπολογισμό των συνόρων",
        "Τα τρία κόμματα συμφώνησαν την Παρασκευή. Πότε ψηφίζει η Βουλή; Την επόμενη εβδομάδα.",
        language="el",
        tags=("Ευρωπαϊκή Ένωση",),
    ),
    "a Hindi article": _like_plain(
        "रात भर चली बातचीत के बाद सीमा बजट पर गठबंधन सहमत " * 8,
        "तीनों दल शुक्रवार सुबह सहमत हुए। संसद अगले सप्ताह मतदान करेगी।",
        language="hi",
        tags=("यूरोपीय संघ",),
    ),
    "a Thai article": _like_plain(
        "พรรคร่วมรัฐบาลเห็นชอบงบประมาณชายแดนหลังการเจรจาตลอดคืน" * 8,
        "ทั้งสามพรรคตกลงกันเช้าวันศุกร์ รัฐสภาจะลงมติสัปดาห์หน้า",
        language="th",
        tags=("สหภาพยุโรป",),
    ),
    "a summary that is only a link": _like_plain(
        "Coalition agrees on border budget", "https://news.example.com/2026/11/story/?print=1"
    ),
    "a negation at the very end": _like_plain(
        "Three ministers, two commissioners and a mayor say that the harbour dredging contract, which was signed last "
        "spring, disputed all summer and renegotiated in the autumn behind closed doors at the town hall of Port "
        "Mirelle, before the harbour master, is valid. It is not",
    ),
    "letters stacked with marks": _like_plain(
        "H"
        + "\u0301\u0302\u0303\u0304\u0305\u0306\u0307\u0308" * 6
        + "arbour r"
        + "\u0335\u0336\u0337\u0338" * 12
        + "eopens",
        "T" + "\u0300" * 60 + "he ferries run.",
    ),
}
"""By the name under which a problem is reported; ``slug`` makes a file name of it."""


def slug(label: str) -> str:
    """Make the name of a file of the name of an article: ``a Thai article`` is ``a-thai-article``."""
    return "-".join("".join(sign if sign.isalnum() else " " for sign in label.lower()).split())


def channel_for(article: Article) -> Channel:
    """Give a channel to render a sample for."""
    return Channel(name="check", platform="check", language=article.language, timezone="Europe/Brussels")


def _capabilities(text_limit: int, counting: Counting, *, link_in_text: bool) -> Capabilities:
    return Capabilities(
        text_limit=text_limit,
        counting=counting,
        after_unknown=AfterUnknown.ASK,
        settle=timedelta(0),
        link_in_text=link_in_text,
        max_cashtags=1,
    )


CAPABILITIES = (
    _capabilities(280, Counting.X_WEIGHTED, link_in_text=True),
    _capabilities(63_206, Counting.UTF16, link_in_text=False),
    _capabilities(1_000, Counting.CODE_POINTS, link_in_text=True),
)
"""A short and a long platform, with the link in the text and beside it."""
