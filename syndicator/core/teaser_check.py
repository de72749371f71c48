"""Articles that have embarrassed templates before: what ``Templates.check`` renders. Pure data."""

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
}
"""By the name under which a problem is reported."""


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
