"""Takes out what a site prints around its articles: "Read also", "Follow us", "12 comments", "appeared first on".

Pure, linear in practice (every expression is bounded). A rule removes a whole line, or a piece at the very end of the
text; of what stands in the middle of a paragraph only a picture's credit in brackets, so that a real sentence beginning
with "Read also" stays. To teach it another site's habit, add a rule; each has an example that the tests run. What
only one source prints stands in the configuration (``boilerplate_own``).
"""

import re
from functools import cache, lru_cache
from html import unescape
from typing import NamedTuple

from syndicator.core.boilerplate_own import NOTHING, Own
from syndicator.core.boilerplate_words import (
    ADDRESS,
    APP,
    AUTHOR,
    COMMENTS,
    DATE,
    END,
    FIRST,
    FIRST_CJK,
    FOLLOW,
    FULL,
    FULL_STORY,
    LABELS,
    NAMES,
    NETWORK,
    PICTURE,
    READ,
    SHARE,
    SUBSCRIBE,
    SUPPORT,
)
from syndicator.core.text_tlds import domains


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
        rf"(?:[-–*•>»→]\s*)?(?:{READ})(?:{END}|(?:\s*[:：|»→>]|\s+[–—-]\s)(?:(?!\w\w\.\s).){{0,250}})",
        "Read also: Talks resume",
    ),
    Rule(
        "follow us",
        rf"{FOLLOW}[^.!?\n]{{0,60}}\b{NETWORK}.{{0,80}}"
        r"|follow us .{0,100}\b(?:networks?|channels?|social\w*|for more|updates?|never miss|apps?|feeds?)\b.{0,80}",
        "Follow us on X and Facebook",
    ),
    Rule("subscribe", rf"{SUBSCRIBE}.{{0,120}}|{SUPPORT}{END}", "Subscribe to our newsletter for more"),
    Rule("app", rf"{APP}.{{0,80}}", "Join our WhatsApp channel for breaking news"),
    Rule(
        "click here",
        rf"(?:click|tap) here(?:{END}|,? (?:for|to) (?:more|read|see|watch|view|subscribe|sign|the full|find"
        rf"|join).{{0,120}})"
        rf"|cliquez ici.{{0,80}}|klicken sie hier.{{0,80}}|(?:haga|haz) clic aquí.{{0,80}}|clicca qui.{{0,80}}",
        "Click here for more",
    ),
    Rule(
        "share",
        rf"(?:{SHARE})\s*(?::?{END}|:(?:[\s·|,/•–—-]*(?:{NETWORK}|e-?mail|print|pdf|link|reddit|pinterest|more))+{END})",
        "Share this: Facebook · X · E-mail",
    ),
    Rule("comments", rf"(?:{COMMENTS}){END}", "12 Comments"),
    Rule(
        "appeared first",
        rf"{FIRST} .{{1,240}}|{FIRST_CJK} ?.{{1,60}}",
        "The post Talks resume appeared first on EU Today.",
    ),
    Rule(
        "continue reading",
        rf"[\s….(\[]*(?:continue reading|keep reading)\b.{{0,200}}"
        rf"|\W*(?:{FULL}[^.!?\n]{{0,120}}|{FULL_STORY}){END}[)\]]?",
        "Continue reading →",
    ),
    Rule("separator", r"[\s\-_*=~·•–—#.]{3,}", "* * *"),
    Rule("pingback", r"\[(?:…|\.\.\.|&hellip;)\].*\[(?:…|\.\.\.|&hellip;)\]", "[…] as EU Today reported […]"),
    Rule(
        "picture credit",
        rf"{PICTURE}(?: (?:by|via|von|de|di))?\s*[:：©/]\s*"
        r"(?:(?-i:[^\s\Wa-zа-яα-ω]|[©@(]).{1,60}|(?:dpa|epa|afp|imago|picture alliance)\b.{0,40})"
        rf"|{PICTURE} (?:by|via|courtesy of|von|de|di|par) {NAMES}"
        r"|credits?: .{0,40}\b(?:afp|ap|ansa|dpa|efe|epa|getty|reuters|shutterstock|unsplash|wikimedia)\b.{0,40}"
        r"|(?:(?:image|photo|video) )?caption:? .{1,200}|bildunterschrift:? .{1,200}|(?:©|\(c\)\s*\d).{1,80}"
        r"|copyright\b.{0,20}\d{4}.{0,80}|.{0,60}all rights reserved.{0,20}",
        "Photo: Reuters / J. Doe",
    ),
    Rule("author", rf"{AUTHOR}", "By Ann Lee and Bob Dale"),
    Rule("date", rf"\W{{0,3}}{DATE}\W{{0,3}}", "22 November 2026, 12:30"),
    Rule("labels", rf"{LABELS}\s*[:：]\s*[^.!?\n]{{1,120}}|[\w:.-]{{1,60}}\s?=\s.{{1,600}}", "Tags: harbour, storms"),
    Rule("hashtags", r"(?:[#＃][^\s#＃]{1,60}\s*){2,}", "#harbour #storm"),
    Rule("address", rf"(?:[^.!?\n]{{0,30}}?{ADDRESS}(?:\s+\W?[^a-z\n]{{0,80}})?)+", "Tickets: https://example.com/a"),
    Rule(
        "player",
        r"\W*(?:watch|listen|play)(?: (?:now|live|below|here|again|the (?:video|audio|podcast)|to this article))?\W*"
        r"|(?:please )?(?:enable|turn on) javascript.{0,120}|your browser does not support.{0,80}",
        "Listen to this article",
    ),
    Rule(
        "forum",
        r"submitted by \S{1,60}(?: to \S{1,60})?(?:\s*\[link\])?(?:\s*\[(?:\d{1,6} )?comments?\])?"
        r"|(?:\[link\]\s*)?\[(?:\d{1,6} )?comments?\]|\[link\]"
        r"|.{1,60} posted a (?:photo|video):?|statistics: posted by .{1,120}"
        r"|your e?-?mail address will not be published.{0,80}|(?:log|sign) in to (?:comment|reply|leave).{0,60}",
        "submitted by ann to news [link] [12 comments]",
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
_ELLIPSIS = r"(?:(?<=[…\]])|(?<=\.\.\.))\s*"

TAILS: tuple[Rule, ...] = (
    Rule("appeared first", rf"{FIRST} [^\n]{{1,120}}", "The post Talks resume appeared first on EU Today."),
    Rule("read also", rf"(?:{READ})(?:\s*[:：|»→>][^.!?\n]{{0,160}}[.!?]?|[\s.!…»>→›]*)", "Read also: Talks resume"),
    Rule("follow us", rf"{FOLLOW}[^.!?\n]{{0,60}}\b{NETWORK}[^.!?\n]{{0,80}}[.!?]?", "Follow us on X."),
    Rule("subscribe", rf"{SUBSCRIBE}[^.!?\n]{{0,120}}[.!?]?", "Sign up for our newsletter."),
    Rule("click here", r"click here (?:for|to) [^.!?\n]{1,100}[.!?]?", "Click here to read the report."),
    Rule("full story", rf"\W{{0,3}}{FULL}[^.!?\n]{{0,120}}[.!?…»→]*", "Read the full story here."),
    Rule("read more", rf"(?:{READ})\s*\([^()\n]{{1,40}}\)?", "Leia mais (10/02/2009)"),
)
"""Pieces at the very end of the text, behind a finished sentence."""

BREAKS: tuple[Rule, ...] = (
    Rule("continue reading", r"\(?(?:continue|keep) reading\b[^.!?\n]{0,200}[.!?]?\)?", "… Continue reading Talks"),
    Rule("read more", rf"\(?(?:{READ})\b[^.!?\n]{{0,80}}[\s.!?»→)]*", "... Leia mais no Lanterna!"),
)
"""The same behind a sentence that was broken off."""

MARKS: tuple[Rule, ...] = (Rule("more", r"\s*\((?:more|mehr|suite|más|altro)\s?(?:…|\.\.\.)?\)", "(more…)"),)
"""The same behind anything."""


def _any(rules: tuple[Rule, ...]) -> str:
    return "|".join(f"(?:{rule.expression})" for rule in rules)


# Compiling takes longer than most commands, so it waits for the first article.


@cache
def _lines() -> re.Pattern[str]:
    return re.compile(_any(LINES), re.IGNORECASE)


@cache
def _tails(*, broken: bool) -> re.Pattern[str]:
    """Compile what may stand at the end; ``broken``: also of a text with a sentence broken off, or in brackets."""
    # What comes before is written once: it is looked for at each letter, and the rules only where it is found.
    tails = rf"{_SENTENCE}(?:{_any(TAILS)})"
    if broken:
        tails += rf"|{_ELLIPSIS}(?:{_any(BREAKS)})|{_any(MARKS)}"
    return re.compile(rf"(?:{tails})\Z", re.IGNORECASE)


_TRUNCATED = re.compile(r"\s*(?:\[(?:…|\.\.\.|&hellip;)\]|\((?:…|\.\.\.)\)|(?<=\s)(?:…|\.\.\.)|(?<=[.!?])…)\Z")
_CUT_OFF = ("…", "...", "…]", "...]", "&hellip;]", "…)", "...)")
_FINISHED = re.compile(r"[.!?…。！？؟]['\"’”»)\]]*\Z")
_TAIL_LENGTH = 700
_PARAGRAPH = 60
"""Characters: the end of a paragraph is searched like the end of the text; a short line is matched as a whole."""
_TELLING = re.compile(r"[^\W_].{0,200}?[^\W_]|[\u2e80-\u9fff\ufdd0]", re.DOTALL)
_EDGES = "|·•–—-"
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


_CREDIT = re.compile(
    r" ?[(\[](?:(?:photo|image|picture|foto|bild|credit|crédit|fotografía)s?"
    r"(?: (?:by|credit|courtesy|von|de|di)\b|\s?[:/©])"
    r"|(?:ap|afp|epa|file|ap file) (?:photo|foto)\b|(?:photo|image|foto|picture)/)[^()\[\]\n]{0,100}[)\]]"
    r"|\[caption\b[^\]\n]{0,300}\][^\[\n]{0,500}\[/caption\]"
    r"|\[/?(?:caption|gallery|embed|video|audio|vc_\w{1,30}|et_pb_\w{1,30}|fusion_\w{1,30})\b[^\]\n]{0,300}\]",
    re.IGNORECASE,
)
"""A credit or a short code wherever it stands: in brackets it cannot be taken for a sentence."""
_LAST_ADDRESS = re.compile(
    r"(?:\A|(?<=[.!?…»”\"')\]。！？]\s))[^.!?\n]{0,200}?(?<![^\s:(])"
    rf"{ADDRESS}[\s.)]*(?:\Z|\s(?=[A-ZÀ-Þ\W]))|(?<=[.!?…:])\s+{ADDRESS}\Z"
)
"""A sentence that ends with an address points away from the article, and costs a second link."""
_SAYS_WHERE = re.compile(r"(?!\W*https?:)[^:\n]{12}")
_WRITTEN = (
    (("://",), re.compile(r"\s?(?<!\])\(\s?https?://[^\s()<>]{1,500}\s?\)"), ""),
    (("](",), re.compile(r"\[([^\[\]\n]{1,200})\]\((?:https?://|/|#)[^()\s]{0,500}\)"), r"\1"),
    (("**", "__"), re.compile(r"(?<!\w)(\*\*|__)(?=\S)([^*_\n]{1,300}?)(?<=\S)\1(?!\w)"), r"\2"),
    (("<",), re.compile(r"</?a\b[^<>\n]{0,600}>", re.IGNORECASE), ""),
    (("&",), re.compile(r"&nbsp;", re.IGNORECASE), " "),
    (("\ufffd",), re.compile(r"[^.!?\n]{0,300}\ufffd[^\n]{0,2000}"), ""),
)
"""Marks of a writing system that showed through: Markdown, a link encoded twice, and letters that are lost for ever.

Each with what a text has that it fits: most have none of it.
"""
_NUMBERED = re.compile(r"&#\d{2,6};")
_COMMENT = re.compile(
    r"(?:leave|add|post|write) a (?:comment|reply)\b.{0,80}|laisser un commentaire|kommentar (?:schreiben|hinterlassen)"
    r"|deja un comentario|lascia un commento|comments? section"
    rf"|\S.{{0,60}} (?:says|wrote|sagt|schreibt|a dit|dice|dit)(?: on| am| le| el)?:?\s{DATE}:?",
    re.IGNORECASE,
)
"""From this line on readers speak."""
_GLUED = re.compile(r"(?<![^\s([“\"«])([A-ZÀ-Þ]?[^\W\d_A-ZÀ-Þ]{3,})([.!?])(?=([A-ZÀ-Þ][a-zà-ÿ]{1,20})[\s,’'])")
"""Two sentences without a blank between them, which would be one, and on X perhaps a link."""
_RUN_ON = re.compile(r"[.!?][A-ZÀ-Þ]")
_DOMAINS = frozenset(("com", "net", "org", "info", "news"))
_STAND_IN = "\ufdd0"
"""What no text has (``text_clean`` removes it): stands for the title while rules look for what surrounds it."""
_SHORTEST_TITLE = 8
_REPEATED = re.compile(rf"(?:(?<=[.!?…»”\"')\]。！？]\s)|(?<=\n))[^.!?\n]{{0,40}}{_STAND_IN}[^!?\n]{{0,80}}\Z")
"""A last sentence around the title: "… appeared first on", in whatever language the system speaks."""


def clean_lead(text: str, *, title: str = "", own: Own = NOTHING) -> str:
    """Give the summary of an article without the site's furniture. Lines are kept apart; "" when nothing is left.

    ``title``: the article's, which furniture likes to repeat; ``own``: what only this source prints.
    """
    if len(title) >= _SHORTEST_TITLE:
        text = text.replace(title, _STAND_IN)
    kept, pointing = _sorted_out(_readable(text), own)
    if not any(kept):
        return "" if title else pointing
    if kept[0] == _STAND_IN:
        del kept[0]
    text = _HEAD.sub("", "\n".join(kept).strip(), count=1)
    for _ in range(6):
        shorter = _without_tail(text, own)
        if shorter == text:
            break
        text = shorter
    return text.replace(_STAND_IN, title) if _TELLING.search(text) else ""


def _sorted_out(text: str, own: Own) -> tuple[list[str], str]:
    """Give the lines that stay, and the first that only points elsewhere: without a title it may be all there is."""
    kept: list[str] = []
    pointing = ""
    for line in (line.strip() for line in text.split("\n")):
        if kept and len(line) <= _TAIL_LENGTH and _COMMENT.fullmatch(line):
            break
        # A line that was nothing but a mark goes; the empty lines between paragraphs stay.
        bare = "" if line and _is_furniture(line, own) else _without_mark(line)
        words = _LAST_ADDRESS.sub("", bare).rstrip() if "://" in bare else bare
        words = _without_piece(words) if len(words) > _PARAGRAPH else words
        if words or not line:
            kept.append(words)
        elif not pointing and "://" in line and _SAYS_WHERE.match(line):
            pointing = line
    return kept, pointing


def clean_title(text: str) -> str:
    """Give a title on one line, without dangling separators; a cut-off mark becomes an ellipsis."""
    text = _closed(text.replace("\n", " ").strip())
    return _TITLE_EDGE.sub("", text).strip() if text[:1] in _EDGES or text[-1:] in _EDGES else text


def _readable(text: str) -> str:
    for signs, pattern, words in _WRITTEN:
        for sign in signs:
            if sign in text:
                text = pattern.sub(words, text)
                break
    if "&#" in text:
        text = _NUMBERED.sub(lambda match: unescape(match[0]), text)
    if "(" in text or "[" in text:
        text = _CREDIT.sub("", text)
    return _GLUED.sub(_parted, text) if _RUN_ON.search(text) else text


def _parted(match: re.Match[str]) -> str:
    """Put the blank between two sentences, but not into "Mail.Ru" or "booking.Com"."""
    word = match[3].lower()
    is_name = word in domains().ascii and (match[1][0].isupper() or word in _DOMAINS)
    return match[0] if is_name else f"{match[0]} "


def _without_mark(line: str) -> str:
    """Take WordPress's "[…]" off a line's end; one inside a sentence (an elision) becomes a plain ellipsis."""
    if "[" not in line:
        return line
    bare = _CUT.sub("", line)
    if bare != line and bare and not _FINISHED.search(bare):
        bare += "…"
    return _ELISION.sub(" … ", bare).strip()


def _is_furniture(line: str, own: Own) -> bool:
    return len(line) <= _TAIL_LENGTH and (_is_habit(line) or own.is_line(line))


# The last line is asked about twice: with its paragraph, and as the end of the text.


@lru_cache(maxsize=16)
def _is_habit(line: str) -> bool:
    return bool(_lines().fullmatch(line))


@lru_cache(maxsize=16)
def _without_piece(text: str) -> str:
    start = max(0, len(text) - _TAIL_LENGTH)
    broken = "…" in text or "..." in text or "]" in text or text.endswith(")")
    match = _tails(broken=broken).search(text, start) or (_REPEATED.search(text, start) if _STAND_IN in text else None)
    return text[: match.start()].rstrip() if match else text


def _without_tail(text: str, own: Own) -> str:
    text = _without_piece(text)
    text = text[: own.tail(text)].rstrip()
    lines = text.rstrip().split("\n")
    while lines and (not lines[-1].strip() or _is_furniture(lines[-1].strip(), own)):
        lines.pop()
    return _closed("\n".join(lines))


def _closed(text: str) -> str:
    """Turn a cut-off mark ("[…]") into an ellipsis, or into nothing behind a finished sentence."""
    match = _TRUNCATED.search(text) if text.endswith(_CUT_OFF) else None
    if not match:
        return text
    head = text[: match.start()]
    return head if not head or _FINISHED.search(head) else head + "…"
