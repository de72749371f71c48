"""How the played X reads a text: weighted length, links, tags, cashtags. Written for the sandbox alone, not shared."""

import hashlib
import html
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

LINK_WEIGHT = 23
_LIGHT = ((0x0000, 0x10FF), (0x2000, 0x200D), (0x2010, 0x201F), (0x2032, 0x2037))
_INVALID = {"\ufffe", "\ufeff", "\uffff"}

_TOP_LEVEL = (
    "com|net|org|edu|gov|mil|int|info|biz|name|news|today|media|online|site|live|blog|press|app|dev|tech|world|club|shop"
    "|store|cloud|agency|academy|london|paris|berlin|amsterdam|brussels|music|games|sport|football|earth|space|social"
    "|xyz|top|page|link|wiki|tv|eu|uk|de|fr|nl|be|it|es|pt|pl|at|ch|dk|se|no|fi|ie|gr|cz|sk|hu|ro|bg|hr|si|lt|lv|ee|lu"
    "|mt|cy|ua|ru|tr|us|ca|mx|br|ar|cl|co|au|nz|jp|cn|kr|in|sg|hk|tw|id|th|vn|my|ph|za|ng|ke|eg|ma|il|ir|iq|sa|ae|qa|io"
    "|ai|me|cc|to|ly|gg|fm|am|is|md|ge|kz|by|rs|ba|mk|al|li|mc|sm|va|la|im|je|so|tn|dz|jo|kw|om|lb|pk|bd|lk|pe|uy|ve|ec|bo|py|cr|pa|do|cu|et|gh|tz|ug|rw|zm|zw"
)
_LABEL = "[a-z0-9\u00c0-\u024f]"
_PATH = r"[a-z0-9\u00c0-\u024f\u0400-\u04ff!*'();:=+,.$/%#\[\]_~@|&?\-–]"
_LINK = re.compile(
    rf"(?<![a-z0-9@#$])https?://[^\s/?#<>\"'“”‘’«»|\\^`{{}}()]+(?:[/?#]{_PATH}*)?"
    rf"|(?<![a-z0-9\u00c0-\u024f@#$./&=?%_-])(?:{_LABEL}(?:[a-z0-9\u00c0-\u024f-]*{_LABEL})?\.)+(?:{_TOP_LEVEL})"
    rf"(?![a-z0-9@+-]|\.[a-z0-9])(?:/{_PATH}*)?",
    re.IGNORECASE,
)
_TAIL = ".,;:!?…»”’'\""
_PICTURE = "[\U0001f000-\U0001faff\u2190-\u2bff\u3030\u303d\u3297\u3299\u203c\u2049\u2122\u2139]"
_EMOJI = re.compile(
    "[\U0001f1e6-\U0001f1ff]{2}"
    "|[0-9#*]\ufe0f?\u20e3"
    f"|(?:{_PICTURE}|[\u00a9\u00ae]\ufe0f)\ufe0f?[\U0001f3fb-\U0001f3ff]?[\U000e0020-\U000e007f]*"
    f"(?:\u200d{_PICTURE}\ufe0f?[\U0001f3fb-\U0001f3ff]?)*"
)
_CASHTAG = re.compile(r"(?<!\S)\$[A-Za-z]{1,6}(?:[._][A-Za-z]{1,2})?(?=\W|_|$)")
_HASHTAG = re.compile(r"(?<![\w&/])#(\w*[^\W\d_]\w*)")
_MENTION = re.compile(r"(?<![\w@/])@(\w{1,15})\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A link in a text: where it is (code points) and where it leads."""

    start: int
    end: int
    url: str

    @property
    def target(self) -> str:
        """The address with a scheme."""
        return self.url if "://" in self.url else f"http://{self.url}"

    @property
    def short(self) -> str:
        """The t.co address that replaces it."""
        digest = hashlib.sha256(self.url.encode("utf-8", "surrogatepass")).hexdigest()
        return f"https://t.co/{digest[:10]}"


def links(text: str) -> list[Link]:
    """Find links: with a scheme, or bare domains under a known top-level domain."""
    found = []
    for match in _LINK.finditer(text):
        url = match[0].rstrip(_TAIL)
        while url.endswith(")") and url.count(")") > url.count("("):
            url = url[:-1].rstrip(_TAIL)
        if not url.endswith("//"):
            found.append(Link(start=match.start(), end=match.start() + len(url), url=url))
    return found


def weighted_length(text: str) -> int:
    """Count a text as X does: links 23, emoji 2, most letters 1, the rest 2."""
    text = unicodedata.normalize("NFC", text)
    total, at = 0, 0
    for link in links(text):
        total += _weigh(text[at : link.start]) + LINK_WEIGHT
        at = link.end
    return total + _weigh(text[at:])


def _weigh(text: str) -> int:
    total, at = 0, 0
    for match in _EMOJI.finditer(text):
        total += sum(map(_weight, text[at : match.start()])) + 2
        at = match.end()
    return total + sum(map(_weight, text[at:]))


def _weight(character: str) -> int:
    return 1 if any(low <= ord(character) <= high for low, high in _LIGHT) else 2


def invalid(text: str) -> bool:
    """True when the text has a character that no post may have."""
    return any(character in _INVALID for character in text)


def cashtags(text: str) -> list[str]:
    """List the cashtags."""
    return _CASHTAG.findall(text)


def read_back(text: str) -> tuple[str, list[tuple[Link, int, int]]]:
    """Give the text as X returns it: HTML-escaped, links shortened; with the place of each link in it."""
    pieces: list[str] = []
    places = []
    at = length = 0
    for link in links(text):
        plain = html.escape(text[at : link.start], quote=False)
        start = length + len(plain)
        pieces += [plain, link.short]
        length = start + len(link.short)
        places.append((link, start, length))
        at = link.end
    return "".join([*pieces, html.escape(text[at:], quote=False)]), places


def tags(shown: str) -> dict[str, list[dict[str, object]]]:
    """List hashtags, cashtags and mentions of a text as read back, as entities."""
    kinds: dict[str, tuple[re.Pattern[str], Callable[[re.Match[str]], dict[str, object]]]] = {
        "hashtags": (_HASHTAG, lambda match: {"tag": match[1]}),
        "cashtags": (_CASHTAG, lambda match: {"tag": match[0][1:]}),
        "mentions": (_MENTION, lambda match: {"username": match[1]}),
    }
    entities = {}
    for name, (pattern, make) in kinds.items():
        found = [{"start": m.start(), "end": m.end(), **make(m)} for m in pattern.finditer(shown)]
        if found:
            entities[name] = found
    return entities
