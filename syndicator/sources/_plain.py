"""Markup to plain text, decoded exactly once (C06), and pictures named in markup. Pure."""

import codecs
import html
import re
from typing import NamedTuple

import nh3

from syndicator.sources._encoding import without_controls

MAX_TITLE = 1000
MAX_SUMMARY = 5000
_MAX_MARKUP = 200_000
_BLOCKS = (
    "address|article|aside|blockquote|br|caption|dd|div|dl|dt|fieldset|figcaption|figure|footer|form|h[1-6]|header|hr|"
    "li|main|nav|ol|p|pre|section|table|tbody|td|tfoot|th|thead|tr|ul"
)
_INLINE = (
    "a|abbr|acronym|b|bdi|bdo|big|cite|code|del|dfn|em|font|i|img|ins|kbd|mark|q|s|samp|small|span|strike|strong|sub|"
    "sup|time|tt|u|var|wbr"
)
_BLOCK = re.compile(rf"</?(?:{_BLOCKS})(?=[\s/>])", re.IGNORECASE)
_TAG = re.compile(rf"<(?:/?(?:{_BLOCKS}|{_INLINE}|script|style)(?:\s[^<>]*)?/?\s*>|!--)", re.IGNORECASE)
_NOT_A_TAG = re.compile(rf"<(?!/?(?:{_BLOCKS}|{_INLINE}|script|style)(?=[\s/>])|!--)", re.IGNORECASE)
_CLOSING = re.compile(rf"</(?:{_INLINE}|{_BLOCKS}|script|style)\s*>|<(?:br|wbr|img)\b[^<>]*>|<!--", re.IGNORECASE)
_DROPPED = {
    *("script", "style", "template", "noscript", "iframe", "object", "svg", "math", "head", "title", "select"),
    # what stands beside the text: captions, menus, forms, what a player says to old browsers
    *("figcaption", "caption", "nav", "aside", "form", "button", "textarea", "audio", "video", "canvas", "dialog"),
}
_cleaner = nh3.Cleaner(tags=set(), attributes={}, clean_content_tags=_DROPPED, strip_comments=True)
# No-break spaces are typography (French colons, figures); a run of spaces never is.
_SPACE = re.compile(r"\s{2,}|[^\S \u00a0\u202f]")
_TWICE = re.compile("[\u00c2-\u00f4][\u0080-\u00bf\u0152-\u017e\u0192-\u02dc\u2013-\u2122]")
_LOST = (
    (re.compile("Ã(?=[A-Za-z])"), "Ã\u00ad"),
    (re.compile("Ã(?= )"), "Ã\u00a0"),
    (re.compile("Â(?![\u0080-\u00bf])"), "Â\u00a0"),
)
"""The second half of a letter that some program took for a soft hyphen or a space, and threw away."""
_BYTES = {ord(bytes([n]).decode("cp1252")): n for n in range(0x80, 0xA0) if n not in (0x81, 0x8D, 0x8F, 0x90, 0x9D)}
_NEVER_MEANT = re.compile(f"[ÂÃ][\u0080-\u00bf]|â€[{''.join(map(chr, _BYTES))}\u0080-\u00bf]")
_CAPTION = re.compile(
    r"<(p|div|span)\b[^<>]{0,200}\bclass=[\"'][^\"'<>]{0,200}\bcaption[^<>]{0,300}>[^<>]{0,1000}</\1>", re.IGNORECASE
)
_REFERENCE = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_LOOSE = re.compile(r"&(?!#\d{1,7};|#[xX][0-9a-fA-F]{1,6};|[A-Za-z][A-Za-z0-9]{1,31};)")
_VALUE = r"\"[^\"]*+\"|'[^']*+'|[^\s<>\"'=`]++"
_ORDINARY = re.compile(rf"<(/?[A-Za-z][A-Za-z0-9]*+)(?:[\s/]++(?:[^\s<>\"'=/]++(?:\s*+=\s*+(?:{_VALUE}))?)?)*+>")
"""A tag as it should be: its name, and attributes whose quotes are closed."""
_BREAKING = (
    "address article blockquote br dd div dl dt figure footer h1 h2 h3 h4 h5 h6 header hr li main ol p pre section ul"
)
_BREAKS = dict.fromkeys(_BREAKING.split(), "\n") | dict.fromkeys(_INLINE.split("|"), "")
_BREAKS |= {f"/{name}": sign for name, sign in _BREAKS.items()}
"""What stands for a tag whose text is text wherever it is. Tables, forms and what is dropped are not among them."""
_IMG = re.compile(r"<img\b((?:[^<>\"']|\"[^\"]*+\"|'[^']*+')*+)>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"([a-zA-Z][\w:-]*)\s*=\s*(?:\"([^\"]*+)\"|'([^']*+)'|([^\s\"'>]++))")


class Img(NamedTuple):
    """An ``<img>``: its address as written and its alternative text."""

    src: str
    alt: str


def repaired(value: str) -> str:
    """Undo UTF-8 that was read as Latin-1 or Windows-1252 and encoded again ("Ã©" for "é"), common in real feeds.

    Only where the whole value decodes strictly, which text that really means "Ã©" practically never does.
    """
    if value.isascii() or not _TWICE.search(value):
        return value
    for attempt in (value, _with_lost_halves(value)):
        try:
            return attempt.encode("cp1252", _ITSELF).decode("utf-8").replace("\u00ad", "")
        except UnicodeError:
            continue
    # Other letters of the value are right: then only what no text ever means.
    return _NEVER_MEANT.sub(lambda match: match[0].encode("cp1252", _ITSELF).decode("utf-8", "replace"), value)


def _as_itself(error: UnicodeError) -> tuple[bytes, int]:
    """Encode what Windows-1252 leaves open as itself, as browsers do."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return error.object[error.start : error.end].encode("latin-1"), error.end


_ITSELF = "syndicator.itself"
codecs.register_error(_ITSELF, _as_itself)


def _with_lost_halves(value: str) -> str:
    for pattern, whole in _LOST:
        value = pattern.sub(whole, value)
    return value


def line(value: str) -> str:
    """Give text without control characters, on one line with single spaces."""
    if value.isprintable() and "  " not in value:  # then its only blanks are single spaces
        return value.strip()
    return _SPACE.sub(" ", without_controls(value)).strip()


def lines(value: str) -> str:
    """Give text with its line breaks kept, every line cleaned, empty lines dropped."""
    return "\n".join(filter(None, map(line, filter(None, value.splitlines()))))


def from_html(markup: str) -> str:
    """Give the text of ``markup``: paragraphs and list items on lines of their own, references decoded once."""
    markup = without_controls(markup[:_MAX_MARKUP])
    if "<" not in markup and "&" not in markup:
        return lines(markup)
    if "<" in markup:
        if "caption" in markup:
            markup = _CAPTION.sub(" ", markup)
        markup = _without_tags(markup.replace("\n", " ").replace("\r", " ").replace("\t", " "))
    return lines(_unescape(markup))


def _without_tags(markup: str) -> str:
    """Take tags off, with a line break for each that begins or ends a block; references stay as they are.

    What a browser would read as it stands (ordinary tags, every reference complete) needs no browser's parser.
    """
    pieces = _ORDINARY.split(markup)
    breaks = [_BREAKS.get(name) for name in pieces[1::2]]
    if None in breaks or any("<" in text for text in pieces[::2]) or _LOOSE.search(markup):
        markup = _BLOCK.sub(_on_a_new_line, markup)
        return _cleaner.clean(markup)
    pieces[1::2] = breaks
    return "".join(pieces)


def _on_a_new_line(match: re.Match[str]) -> str:
    return "\n" + match.group()


def from_title(value: str, *, markup: bool | None) -> str:
    """Give a title as one line of text.

    ``markup`` True: it is HTML. False: it is text and stays as it is. None (RSS, which never says): references are
    decoded, and tags are taken off where something is really marked up, so "the <b> tag" and "x<y" stay.
    """
    if value.isascii() and "<" not in value and "&" not in value:
        return line(value)
    if markup is None and "<" in value:
        value = _NOT_A_TAG.sub("&lt;", value)
        if not (_TAG.search(value) and _CLOSING.search(value)):
            value = value.replace("<", "&lt;")
    text = repaired(value) if markup is False else from_html(repaired(value))
    return line(text.replace("\n", " "))


def from_description(value: str, *, markup: bool | None, limit: int = _MAX_MARKUP) -> str:
    """Give a description as lines of text; ``markup`` as in :func:`from_title`, only ``limit`` characters are read."""
    value = repaired(value[:limit])
    return lines(value) if markup is False else from_html(value)


def cut(text: str, limit: int) -> str:
    """Cut text at a word when it is longer than ``limit``: a bound for hostile input, not an editorial cut."""
    if len(text) <= limit:
        return text
    head, space, _ = text[:limit].rpartition(" ")
    return (head if space and len(head) > limit // 2 else text[:limit]).rstrip()


def pictures(markup: str) -> list[Img]:
    """Give the pictures named in ``markup`` in order; counting pixels and icons are left out."""
    found = []
    for match in _IMG.finditer(markup[:_MAX_MARKUP]):
        attributes = {name.lower(): a or b or c for name, a, b, c in _ATTRIBUTE.findall(match.group(1))}
        src = html.unescape(attributes.get("src", "") or attributes.get("data-src", "")).strip()
        if src.startswith("data:"):
            src = html.unescape(attributes.get("data-src", "")).strip()
        if src and not _is_tiny(attributes):
            found.append(Img(src, line(html.unescape(attributes.get("alt", "")))))
    return found


def _is_tiny(attributes: dict[str, str]) -> bool:
    sizes = [attributes.get(name, "").removesuffix("px") for name in ("width", "height")]
    return any(size.isdecimal() and int(size[:6]) < 50 for size in sizes) or "emoji" in attributes.get("class", "")


def _unescape(text: str) -> str:
    """Decode references once; impossible ones (``&#xD800;``, ``&#x110000;``) go, unknown names stay as they are."""
    if "&" not in text:
        return text
    return without_controls(_REFERENCE.sub(lambda match: html.unescape(match.group()).replace("\ufffd", ""), text))
