"""Takes out what a site prints around its articles: "Read also", "Follow us", "12 comments", "appeared first on".

Pure, linear in practice (every expression is bounded). A rule removes a whole line, or a piece at the very end of the
text; never anything in the middle of a paragraph, so a real sentence that happens to begin with "Read also" stays.
To teach it another site's habit, add a rule; each has an example that the tests run.
"""

import re
from functools import cache
from typing import NamedTuple

_END = r"[\s.!…»>→›]*"
_READ = (
    r"read also|also read|read more|see also|related(?: articles?| stor(?:y|ies)| posts?| news)?"
    r"|more on this(?: story)?"
    r"|you may also like|don[’']t miss|recommended(?: for you)?"
    r"|(?:à )?lire aussi|à lire(?: également)?|lire la suite|lire plus|voir aussi|sur le même sujet"
    r"|lesen sie (?:auch|mehr|hier)|lies auch|mehr (?:dazu|zum thema)|weiterlesen|siehe auch|auch interessant"
    r"|das könnte sie auch interessieren"
    r"|le[ae] también|leer más|seguir leyendo|ver también|(?:te|le) puede interesar|más información"
    r"|leggi anche|leggi tutto|continua a leggere|vedi anche|potrebbe interessarti"
    r"|leia (?:também|mais)|veja também|continue lendo|saiba mais"
    r"|lees (?:ook|meer|verder)|bekijk ook|zie ook"
    r"|διαβάστε (?:επίσης|ακόμα|ακόμη|περισσότερα|και)|δείτε (?:επίσης|ακόμα|και)|διάβασε επίσης"
    r"|читайте (?:також|далі)|читати далі|дивіться також|читайте (?:также|далее)|читать далее|смотрите также"
    r"|czytaj (?:także|też|więcej|dalej)|zobacz (?:też|także)|przeczytaj (?:też|także)"
    r"|cite[șş]te (?:și|şi|mai mult|și)|vezi (?:și|şi)|läs (?:också|även|mer|vidare)|ayrıca oku(?:yun)?"
    r"|اقر[أا] أيض(?:ًا|اً|ا)|للمزيد|(?:קרא|קראו|קראי) (?:גם|עוד)|לקריאה נוספת|כתבות נוספות"
    r"|延伸阅读|延伸閱讀|相关阅读|相關閱讀|相关报道|另请参阅|阅读更多|閱讀更多|更多阅读|了解更多|推荐阅读"
    r"|関連記事|あわせて読みたい|続きを読む|もっと読む|관련 ?기사|함께 읽기|더 ?읽기|더 보기"
    r"|यह भी पढ़ें|और पढ़ें|इसे भी पढ़ें|อ่านเพิ่มเติม|อ่านต่อ|ข่าวที่เกี่ยวข้อง"
)
_NETWORK = (
    r"(?:x|twitter|facebook|instagram|telegram|whatsapp|youtube|linkedin|tiktok|mastodon|bluesky|threads|google news"
    r"|social media|réseaux sociaux|redes sociales|social|σόσιαλ|соцмереж\w*|соцсет\w*)\b"
)
_FOLLOW = (
    r"(?:follow (?:us|@\w+)|like us|join us|find us|suivez[- ]nous|rejoignez[- ]nous|folgen sie uns|folgt uns"
    r"|síg[ua][en]+os"
    r"|sigue[- ]nos|seguici|siga[- ]nos|volg ons|ακολουθήστε (?:μας|το [\w.]{1,30})|підписуйтесь на (?:нас|наш\w*)"
    r"|слідкуйте за нами|подписывайтесь на (?:нас|наш\w*)|obserwuj nas|urmăre[șş]te-ne|följ oss)"
)
_SUBSCRIBE = (
    r"(?:subscribe to|sign up (?:for|to)|get our|abonnez[- ]vous à|inscrivez[- ]vous à|abonnieren sie"
    r"|melden sie sich für"
    r"|suscr[íi]b[ae]te a|iscriviti a(?:lla)?|subscreva|assine|schrijf je in voor|εγγραφείτε στο|підпишіться на"
    r"|подпишитесь на|zapisz się (?:do|na))"
    r"[^.!?\n]{0,40}\b(?:newsletter|infolettre|boletín|nieuwsbrief|ενημερωτικό δελτίο|розсилк\w+|рассылк\w+)\b"
)
_SHARE = (
    r"share (?:this|on|via|the)(?: (?:article|story|post|page|with[^.\n]{0,30}|facebook|twitter|x|whatsapp|linkedin"
    r"|telegram|e-?mail))?|share|partager(?: (?:cet article|sur [^.\n]{1,20}))?"
    r"|(?:artikel |beitrag )?teilen|compart(?:e|ir)(?: (?:este? (?:artículo|noticia)|en [^.\n]{1,20}))?"
    r"|condividi(?: (?:questo articolo|su [^.\n]{1,20}))?|deel (?:dit artikel|op [^.\n]{1,20})|κοινοποίηση"
    r"|поділитися|поделиться"
)
_COMMENTS = (
    r"(?:\d{1,6}|no|one|kein\w*|aucun|sin|nessun|geen) ?(?:comments?|repl(?:y|ies)|kommentare?|commentaires?"
    r"|comentarios?"
    r"|comment[oi]|reacties?|σχόλι[αο]|коментар\w*|комментари\w*)|(?:comments?|kommentare|commentaires"
    r"|comentarios|σχόλια"
    r"|коментарі|комментарии) ?[(:] ?\d{1,6} ?\)?|(?:leave|add|post|write) a (?:comment|reply)"
    r"|join the (?:conversation|discussion)"
    r"|laisser un commentaire|kommentar (?:schreiben|hinterlassen)|deja un comentario|lascia un commento"
)
_TITLE = r"(?:(?!\w\w\.\s)[^\n]){1,300}?"
_FIRST = (
    rf"(?:the post {_TITLE} (?:appeared first|first appeared) on"
    rf"|der beitrag {_TITLE} erschien zuerst auf|l[’']article {_TITLE} est apparu en premier sur"
    rf"|la entrada {_TITLE} (?:se publicó primero en|apareció primero en)|l[’']articolo {_TITLE} proviene da"
    rf"|het bericht {_TITLE} verscheen eerst op|(?:o post|o artigo) {_TITLE} apareceu primeiro em"
    rf"|(?:artykuł|wpis) {_TITLE} pochodzi z serwisu|(?:το άρθρο|η δημοσίευση) {_TITLE} εμφανίστηκε πρώτα στο"
    rf"|(?:допис|запис) {_TITLE} (?:з[’']явився спочатку|спершу з[’']явився) на|(?:запись"
    rf"|сообщение) {_TITLE} (?:впервые )?появил\w+ (?:сначала )?на"
    rf"|articolul {_TITLE} apare prima dată în|inlägget {_TITLE} dök först upp på"
    rf"|ظهرت (?:المقالة|المقال|التدوينة|المشاركة) {_TITLE} أول(?:اً|ًا|ا) على"
    rf"|this (?:article|story|post) (?:was )?(?:originally |first )(?:appeared|published) (?:on|in|at|by))"
)
_FIRST_CJK = rf"{_TITLE} ?(?:最先出现在|最先出現在|首先出现在|首先出現於|最早(?:发布于|出现在)|が最初に登場した)"


class Rule(NamedTuple):
    """One habit: its name, the expression, and an example of what it removes."""

    name: str
    expression: str
    example: str

    @property
    def pattern(self) -> re.Pattern[str]:
        """The expression, compiled."""
        return re.compile(self.expression, re.IGNORECASE)


LINES: tuple[Rule, ...] = (
    Rule(
        "read also",
        rf"(?:[-–*•>»→]\s*)?(?:{_READ})(?:{_END}|(?:\s*[:：|»→>]|\s+[–—-]\s)(?:(?!\w\w\.\s).){{0,250}})",
        "Read also: Talks resume",
    ),
    Rule(
        "follow us",
        rf"{_FOLLOW}[^.!?\n]{{0,60}}\b{_NETWORK}.{{0,80}}"
        r"|follow us .{0,100}\b(?:networks?|channels?|social\w*|for more|updates?|never miss|apps?|feeds?)\b.{0,80}",
        "Follow us on X and Facebook",
    ),
    Rule("subscribe", rf"{_SUBSCRIBE}.{{0,120}}", "Subscribe to our newsletter for more"),
    Rule(
        "click here",
        rf"(?:click|tap) here(?:{_END}|,? (?:for|to) (?:more|read|see|watch|view|subscribe|sign|the full|find"
        rf"|join).{{0,120}})"
        rf"|cliquez ici.{{0,80}}|klicken sie hier.{{0,80}}|(?:haga|haz) clic aquí.{{0,80}}|clicca qui.{{0,80}}",
        "Click here for more",
    ),
    Rule(
        "share",
        rf"(?:{_SHARE})\s*(?::?{_END}|:(?:[\s·|,/•–—-]*(?:{_NETWORK}|e-?mail|print|pdf|link|reddit|pinterest|more))+{_END})",
        "Share this: Facebook · X · E-mail",
    ),
    Rule("comments", rf"(?:{_COMMENTS}){_END}", "12 Comments"),
    Rule(
        "appeared first",
        rf"{_FIRST} .{{1,120}}|{_FIRST_CJK} ?.{{1,60}}",
        "The post Talks resume appeared first on EU Today.",
    ),
    Rule("continue reading", r"[\s….]*(?:continue reading|keep reading)\b.{0,200}", "Continue reading →"),
    Rule("separator", r"[\s\-_*=~·•–—#.]{3,}", "* * *"),
    Rule("pingback", r"\[(?:…|\.\.\.|&hellip;)\].*\[(?:…|\.\.\.|&hellip;)\]", "[…] as EU Today reported […]"),
    Rule(
        "picture credit",
        r"(?:photos?|pictures?|images?|foto|bild|bildquelle|crédits?(?: photo)?|(?:photo|image) credit|immagine"
        r"|imagen|afbeelding|φωτογραφία|фото|zdjęcie)(?: (?:by|via|von|de|di))?\s*[:：©/]\s*"
        r"(?:(?-i:[^\s\Wa-zа-яα-ω]|[©@(]).{1,60}|(?:dpa|epa|afp|imago|picture alliance)\b.{0,40})"
        r"|credits?: .{0,40}\b(?:afp|ap|ansa|dpa|efe|epa|getty|reuters|shutterstock|unsplash|wikimedia)\b.{0,40}"
        r"|©.{1,80}",
        "Photo: Reuters / J. Doe",
    ),
    Rule(
        "advertisement",
        r"\W*(?:advertisement|sponsored(?: content)?|publicité|anzeige|werbung|publicidad|pubblicità|advertentie"
        r"|publicidade|reklama|διαφήμιση|реклама)\W*",
        "ADVERTISEMENT",
    ),
    Rule(
        "reading time",
        r"(?:estimated )?reading time:? .{1,20}|\d{1,3} min(?:ute)?s? read|temps de lecture.{1,20}|lesezeit.{1,20}",
        "3 min read",
    ),
)
"""Whole lines, matched from the first to the last character."""

_SENTENCE = r"(?:\A|(?<=[.!?…»”\"')\]。！？]\s)|(?<=\n))"

TAILS: tuple[Rule, ...] = (
    Rule(
        "appeared first", rf"{_SENTENCE}{_FIRST} [^\n]{{1,120}}\Z", "The post Talks resume appeared first on EU Today."
    ),
    Rule(
        "read also",
        rf"{_SENTENCE}(?:{_READ})(?:\s*[:：|»→>][^.!?\n]{{0,160}}[.!?]?|[\s.…»>→›]*)\Z",
        "Read also: Talks resume",
    ),
    Rule(
        "continue reading",
        r"(?:(?<=[…\]])|(?<=\.\.\.))\s*\(?(?:continue|keep) reading\b[^.!?\n]{0,200}[.!?]?\)?\Z",
        "… Continue reading Talks",
    ),
    Rule("follow us", rf"{_SENTENCE}{_FOLLOW}[^.!?\n]{{0,60}}\b{_NETWORK}[^.!?\n]{{0,80}}[.!?]?\Z", "Follow us on X."),
    Rule("subscribe", rf"{_SENTENCE}{_SUBSCRIBE}[^.!?\n]{{0,120}}[.!?]?\Z", "Sign up for our newsletter."),
    Rule(
        "click here", rf"{_SENTENCE}click here (?:for|to) [^.!?\n]{{1,100}}[.!?]?\Z", "Click here to read the report."
    ),
    Rule("more", r"\s*\((?:more|mehr|suite|más|altro)\s?(?:…|\.\.\.)?\)\Z", "(more…)"),
)
"""Pieces at the very end of the text, behind a finished sentence."""


@cache
def _any(rules: tuple[Rule, ...]) -> re.Pattern[str]:
    """Compile the rules into one; this takes longer than most commands, so it waits for the first article."""
    return re.compile("|".join(f"(?:{rule.expression})" for rule in rules), re.IGNORECASE)


_TRUNCATED = re.compile(r"\s*(?:\[(?:…|\.\.\.|&hellip;)\]|\((?:…|\.\.\.)\)|(?<=\s)(?:…|\.\.\.))\Z")
_FINISHED = re.compile(r"[.!?…。！？؟]['\"’”»)\]]*\Z")
_TAIL_LENGTH = 700
_TITLE_EDGE = re.compile(r"\A[\s|·•–—-]+(?=\s)|(?<=\s)[|·•–—-]+\s*\Z|\s*\|\s*\Z")


_ALSO = (
    r"read also|also read|see also|related(?: articles?| stor(?:y|ies))?|(?:à )?lire aussi|voir aussi"
    r"|lesen sie auch|lies auch|siehe auch|lea también|ver también|leggi anche|vedi anche|leia também|lees ook|zie ook"
    r"|διαβάστε επίσης|читайте (?:також|также)|czytaj (?:także|też)"
    r"|اقر[أا] أيض(?:ًا|اً|ا)|קראו גם|延伸阅读|相关阅读|関連記事"
)
_HEAD = re.compile(rf"\A(?:{_ALSO})\s*[:：]\s*[^.!?…。！？؟\n]{{1,160}}[.!?…。！？؟]\s+(?=\S)", re.IGNORECASE)
"""A "Read also: …?" that a feed glued to the first sentence."""
_CUT = re.compile(r"\s*(?:\[(?:…|\.\.\.|&hellip;)\])(?=\s*\Z)")
_ELISION = re.compile(r"\s*\[(?:…|\.\.\.|&hellip;)\]\s*")


def clean_lead(text: str) -> str:
    """Give the summary of an article without the site's furniture. Lines are kept apart; "" when nothing is left."""
    lines = [line.strip() for line in text.split("\n")]
    kept = [(line, _without_mark(line)) for line in lines if not (line and _is_furniture(line))]
    # A line that was nothing but a mark goes; the empty lines between paragraphs stay.
    text = "\n".join(bare for line, bare in kept if bare or not line).strip()
    text = _HEAD.sub("", text, count=1)
    for _ in range(6):
        shorter = _without_tail(text)
        if shorter == text:
            break
        text = shorter
    return text


def clean_title(text: str) -> str:
    """Give a title on one line, without dangling separators; a cut-off mark becomes an ellipsis."""
    text = " ".join(text.split("\n")).strip()
    return _TITLE_EDGE.sub("", _closed(text)).strip()


def _without_mark(line: str) -> str:
    """Take WordPress's "[…]" off a line's end; one inside a sentence (an elision) becomes a plain ellipsis."""
    bare = _CUT.sub("", line)
    if bare != line and bare and not _FINISHED.search(bare):
        bare += "…"
    return _ELISION.sub(" … ", bare).strip()


def _is_furniture(line: str) -> bool:
    return len(line) <= _TAIL_LENGTH and bool(_any(LINES).fullmatch(line))


def _without_tail(text: str) -> str:
    if match := _any(TAILS).search(text, max(0, len(text) - _TAIL_LENGTH)):
        text = text[: match.start()].rstrip()
    lines = text.rstrip().split("\n")
    while lines and (not lines[-1].strip() or _is_furniture(lines[-1].strip())):
        lines.pop()
    return _closed("\n".join(lines))


def _closed(text: str) -> str:
    """Turn a cut-off mark ("[…]") into an ellipsis, or into nothing behind a finished sentence."""
    match = _TRUNCATED.search(text)
    if not match:
        return text
    head = text[: match.start()]
    return head if not head or _FINISHED.search(head) else head + "…"
