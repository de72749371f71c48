"""What X takes for a link in a text, bare domains included. Pure and linear: no expression here can backtrack.

The grammar follows X's published text rules (checked against their conformance cases): a link is an optional
``http(s)://``, a domain whose last label begins with a known top-level domain, and a path and query of allowed
characters. Without the scheme only the ASCII part of a domain counts, and not behind ``-``, ``_``, ``.`` or ``/``.
"""

import re
from bisect import bisect_right
from itertools import accumulate
from typing import NamedTuple

from syndicator.core.text_tlds import domains

_STOP = (
    r"\x09-\x0d\x20\x85\xa0\u1680\u180e\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"  # spaces
    r"!'#%&()*+,\\/:;<=>?@\[\]^{|}~$"  # punctuation; dot, hyphen and underscore are told apart below
    r"\ufffe\ufeff\uffff"  # invalid in posts
    r"\u202a-\u202e\u061c\u200e\u200f\u2066-\u2069"  # direction marks
)
_LATIN = r"\xc0-\xd6\xd8-\xf6\xf8-\xff\u0100-\u024f\u0253\u0254\u0256\u0257\u0259\u025b\u0263\u0268\u026f\u0272\u0289"
_LATIN += r"\u028b\u02bb\u0300-\u036f\u1e00-\u1eff"
_PATH = rf"[A-Za-z\u0400-\u04ff0-9!*';:=+,.$/%#\[\]\-\u2013_~@|&{_LATIN}]"
_QUERY = r"[A-Za-z0-9!?*'@();:&=+$/%#\[\]\-_.,~|]"

_DOTTED = re.compile(rf"(?<![^{_STOP}])[^{_STOP}.]*+(?:\.[^{_STOP}.]*+)*?\.[^{_STOP}.]++[^{_STOP}]*+")
_RUN = re.compile(rf"[^{_STOP}]++")
_START = re.compile(rf"(?<![A-Za-z0-9@＠$#＃\ufffe\ufeff\uffff])[^{_STOP}._-]")
_ASCII_TAIL = re.compile(rf"[-A-Za-z0-9{_LATIN}]++\Z")
_ALNUM = re.compile(r"[0-9A-Za-z]++")
_PUNYCODE = re.compile(r"xn--[-0-9A-Za-z]++", re.IGNORECASE)
_PORT = re.compile(r":[0-9]++")
_PATH_RUN = re.compile(rf"(?:{_PATH}++|\((?:{_PATH}++|{_PATH}*+\({_PATH}++\){_PATH}*+)\))*+")
_PATH_LOOSE_END = "!*';:,.$%[]–~@|&"
_QUERY_RUN = re.compile(rf"\?{_QUERY}*+")
_QUERY_LOOSE_END = "!?*'@();:+$%[].,~|"
_TCO = re.compile(r"https?://t\.co/([A-Za-z0-9]++)", re.IGNORECASE)
_TCO_SLUG = 40
_LONGEST = 4096
_LABEL = 63
_GLUE = frozenset("@+-")
_WORD = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")
_SCHEME = re.compile(r"(?<![A-Za-z0-9@＠$#＃\ufffe\ufeff\uffff])https?://\Z", re.IGNORECASE)


class Link(NamedTuple):
    """One link as X sees it. ``start``/``end`` are offsets; ``young`` says that X may not know its domain."""

    start: int
    end: int
    young: bool = False


class _Domain(NamedTuple):
    """Where a domain (or only its last label) ends; 0 when there is none."""

    end: int = 0
    young: bool = False


_NONE = _Domain()


def links_in(text: str) -> list[Link]:
    """Find what X would link, in order."""
    found: list[Link] = []
    position = consumed = 0
    while match := _DOTTED.search(text, position):
        position = match.end()
        consumed = _scan(_Run(text, match.start(), position), consumed, found)
        while consumed > position:  # a path went past the run; it may have ended in the middle of another
            rest = _RUN.match(text, consumed)
            position = rest.end() if rest else consumed
            consumed = _scan(_Run(text, consumed, position), consumed, found) if rest else consumed
    return found


def _scan(run: "_Run", consumed: int, found: list[Link]) -> int:
    """Search one run of domain characters; returns the end of what was consumed (a link may reach past the run).

    A link needs a character of its own before it (or the beginning of the text): not one that ``consumed`` covers.
    """
    if not run.hopeful:
        return consumed
    stop = _match_scheme(run, consumed, found) or _match_bare(run, consumed, found)
    while stop:
        consumed = stop
        stop = _match_bare(run, consumed, found) if consumed < run.end else 0
    return consumed


class _Run:
    """A run of domain characters cut into labels, with the longest domain that begins in each of them."""

    __slots__ = ("begins", "clean", "end", "ends", "hopeful", "start", "text", "tlds", "underscored")

    def __init__(self, text: str, start: int, end: int) -> None:
        self.text, self.start, self.end = text, start, end
        labels = text[start:end].split(".")
        self.tlds = _tlds(text, labels, start)
        self.hopeful = any(self.tlds)
        if self.hopeful:
            self.ends = [position - 1 for position in accumulate((len(label) + 1 for label in labels), initial=start)][
                1:
            ]
            self.begins = [end - len(label) for label, end in zip(labels, self.ends, strict=True)]
            self._chain()

    def _chain(self) -> None:
        """Fill in, from the right, the domain that starts in each label.

        ``clean``: the part of the label that is used has no underscore, so the label may be the last before the
        top-level domain; ``underscored``: it has one and can only be a subdomain.
        """
        count = len(self.begins)
        self.clean = [_NONE] * count
        self.underscored = [_NONE] * count
        for index in range(count - 2, -1, -1):
            begin, end = self.begins[index], self.ends[index]
            if begin == end or self.text[end - 1] in "-_":
                continue
            following, following_end = self.begins[index + 1], self.ends[index + 1]
            further = _NONE
            if self.text[following] not in "-_." if following < self.end else False:
                has_underscore = "_" in self.text[following:following_end]
                further = (self.underscored if has_underscore else self.clean)[index + 1]
            self.underscored[index] = further
            self.clean[index] = further if further.end else self.tlds[index + 1] or _NONE

    def label_at(self, position: int) -> int:
        """Give the index of the label that holds ``position``."""
        return bisect_right(self.begins, position) - 1

    def domain(self, index: int, start: int) -> _Domain:
        """Give the longest domain that begins at ``start`` in label ``index``."""
        return (self.underscored if "_" in self.text[start : self.ends[index]] else self.clean)[index]


def _match_scheme(run: _Run, consumed: int, found: list[Link]) -> int:
    """Match a link with a scheme whose domain begins the run; returns the end of what was consumed, 0 when none."""
    text, start = run.text, run.start
    if text[max(0, start - 3) : start] != "://" or text[start] in "-_.":
        return 0
    scheme = _SCHEME.search(text, max(0, start - 8), start)
    domain = run.domain(0, start)
    if not scheme or not domain.end or (consumed and scheme.start() <= consumed):
        return 0
    stop, _ = _tail(text, domain.end)
    ascii_links: list[Link] = []
    if text[start : start + 4] == "xn--":
        _append_ascii(run, 0, start, domain.end, ascii_links)
    punycode_only = text[start : start + 4] != "xn--" or ascii_links
    if punycode_only and _plausible(text[start : domain.end], stop - scheme.start()):
        short = _TCO.match(text, scheme.start(), stop)
        if not short:
            found.append(Link(scheme.start(), stop, domain.young))
        elif len(short[1]) <= _TCO_SLUG:
            found.append(Link(scheme.start(), _query_end(text, short.end()), domain.young))
    return stop


def _match_bare(run: _Run, consumed: int, found: list[Link]) -> int:
    """Match the first domain without a scheme; returns the end of what was consumed, 0 when there is none."""
    text, free = run.text, max(run.start, consumed + 1 if consumed else 0)
    for index in range(run.label_at(free), len(run.begins) - 1):
        if not run.clean[index].end:
            continue
        begin, end = max(free, run.begins[index]), run.ends[index]
        start = _START.search(text, begin, end)
        if start and not run.domain(index, start.start()).end:
            start = _START.search(text, text.rfind("_", begin, end) + 1, end)
        if start:
            return _take_bare(run, index, _first(run, index, start.start()), found)
    return 0


def _first(run: _Run, index: int, start: int) -> int:
    """At the very beginning X prefers to take a first character that is no ASCII letter for the one before the link."""
    text = run.text
    second = start == 0 and text[0] not in _WORD and run.ends[0] > 1 and text[1] not in "-_"
    return 1 if second and run.domain(index, 1).end else start


def _take_bare(run: _Run, index: int, first: int, found: list[Link]) -> int:
    """Consume the bare domain at ``first`` in label ``index`` with its path, and add what X links of it."""
    text, domain = run.text, run.domain(index, first)
    stop, has_path = _tail(text, domain.end)
    glued = first > 0 and text[first - 1] in "-_./"
    if not glued and _plausible(text[first : domain.end], stop - first + len("https://")):
        _append_ascii(run, index, first, domain.end, found)
        if has_path and found and found[-1].start >= first:
            found[-1] = found[-1]._replace(end=stop)
    return stop


def _append_ascii(run: _Run, index: int, start: int, end: int, found: list[Link]) -> None:
    """Add the ASCII domains inside the bare domain from ``start`` (in label ``index``) to ``end``."""
    chain, best = -1, _NONE
    while index < len(run.begins) and run.begins[index] < end:
        begin, stop = max(start, run.begins[index]), min(end, run.ends[index])
        last = stop == end
        if chain >= 0 and (tld := run.tlds[index]):
            best = tld
        tail = _ASCII_TAIL.search(run.text[begin:stop])
        ascii_from = begin + tail.start() if tail else stop
        if chain < 0 or last or ascii_from > begin or begin == stop:
            if best.end:
                found.append(Link(chain, best.end, best.young))
                ascii_from = max(ascii_from, best.end)
            chain, best = (ascii_from if ascii_from < stop and not last else -1), _NONE
        index += 1


def _tlds(text: str, labels: list[str], start: int) -> list[_Domain | None]:
    """Match a top-level domain at the beginning of every label but the first."""
    found: list[_Domain | None] = [None]
    position = start + len(labels[0]) + 1
    for label in labels[1:]:
        ordinary = label.isascii() and (not label or label.isalnum())
        possible = label.lower() in domains().ascii if ordinary else True
        found.append(_tld(text, position, position + len(label)) if possible else None)
        position += len(label) + 1
    return found


def _tld(text: str, start: int, end: int) -> _Domain | None:
    """Match a top-level domain at ``start`` that is not followed by an ASCII letter, digit, ``@``, ``+`` or ``-``."""
    known = domains()
    if word := _ALNUM.match(text, start, end):
        name = word[0].lower()
        if name in known.ascii and text[word.end() : word.end() + 1] not in _GLUE:
            return _Domain(word.end(), name in known.young)
        if name == "xn" and (punycode := _PUNYCODE.match(text, start, end)):
            return _Domain(punycode.end())
    for name in known.idn.get(text[start : start + 1].lower(), ()):
        stop = start + len(name)
        if stop <= end and text[start:stop].lower() == name and not _glued(text[stop : stop + 1]):
            return _Domain(stop, name in known.young)
    return None


def _glued(following: str) -> bool:
    return following in _GLUE or (following.isascii() and following.isalnum())


def _tail(text: str, position: int) -> tuple[int, bool]:
    """Match port, path and query behind a domain; returns the end and whether there is a path."""
    if port := _PORT.match(text, position):
        position = port.end()
    has_path = text.startswith("/", position)
    if has_path:
        position += 1
        if path := _PATH_RUN.match(text, position):
            position += len(path[0].rstrip(_PATH_LOOSE_END))
    return _query_end(text, position), has_path


def _query_end(text: str, position: int) -> int:
    query = _QUERY_RUN.match(text, position)
    return position + (len(query[0].rstrip(_QUERY_LOOSE_END)) if query else 0)


def _plausible(domain: str, length: int) -> bool:
    """Say whether the labels fit the DNS (63 bytes as punycode) and the whole link X's longest."""
    if length > _LONGEST:
        return False
    for label in domain.split("."):
        size = len(label)
        if size <= _LABEL and not label.isascii():
            size = len(label.encode("punycode")) + len("xn--")
        if not 0 < size <= _LABEL:
            return False
        length += size - len(label)
    return length <= _LONGEST
