"""Where a platform hides the rest of a long text behind "See more". Must not lose a sign of it.

No platform says where it folds. Facebook's places are those that newsrooms report: about 477 characters on a desktop
and 125 on a phone, which is six lines and three. X shows the first 280 of a long post. Of YouTube nothing is known.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from operator import itemgetter
from unicodedata import east_asian_width

from syndicator.cli.preview_text import Segment, segments, shortened
from syndicator.core.text import cut
from syndicator.model import Counting

_NEAR = 24
"""A text is folded behind a word if one ends so near."""
X_SHOWS = 280


@dataclass(frozen=True, slots=True, kw_only=True)
class Fold:
    """So many lines of so many Latin letters are shown; a Chinese sign is as wide as two."""

    lines: int
    columns: int


FACEBOOK_PHONE = Fold(lines=3, columns=42)
FACEBOOK_DESKTOP = Fold(lines=6, columns=80)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A part of a text; ``hidden`` is empty, ``phone`` (until opened, on phones) or ``always`` (until opened)."""

    hidden: str
    segments: tuple[Segment, ...]


def stretches(text: str, link: str, platform: str, *, link_limit: int = 60) -> tuple[Stretch, ...]:
    """Cut a text where ``platform`` folds it. ``link_limit``: how much of an address is printed."""
    pieces = segments(text, link)
    places: tuple[int | None, int | None] = (None, None)
    if platform == "facebook":
        places = (
            place(pieces, FACEBOOK_PHONE, link_limit=link_limit),
            place(pieces, FACEBOOK_DESKTOP, link_limit=link_limit),
        )
    elif platform == "twitter" and len(text) > X_SHOWS // 2:
        places = (_first_weights(text),) * 2
    return tuple(_at(pieces, len(text), *places))


def place(pieces: Sequence[Segment], fold: Fold, *, link_limit: int = 60) -> int | None:
    """Give the index at which the text is folded: behind a word, never in a link or a sign; None if all is shown."""
    line, column, at, loose = 1, 0, 0, 0
    text = "".join(piece.text for piece in pieces)
    for unit, shown, is_plain in _units(pieces, link_limit):
        width = sum(2 if east_asian_width(sign) in "WF" else 1 for sign in shown)
        if "\n" in unit:
            line, column = line + 1, 0
        else:
            column += width
            line, column = line + max(column - 1, 0) // fold.columns, (column - 1) % fold.columns + 1
        if line > fold.lines and not unit.isspace():
            end = loose if loose and at - loose <= _NEAR else at
            return len(text[:end].rstrip()) or None
        at += len(unit)
        if is_plain and (unit.isspace() or width > 1):  # between Chinese signs a line may end anywhere
            loose = at
    return None


def _units(pieces: Sequence[Segment], link_limit: int) -> Iterator[tuple[str, str, bool]]:
    """Walk through a text by what stays together: (signs, what of them is printed, whether it is plain text)."""
    import regex  # 20 ms that the command line need not spend before it is called

    for piece in pieces:
        if piece.kind == "plain":
            for cluster in map(itemgetter(0), regex.finditer(r"\X", piece.text)):
                yield cluster, cluster[:1], True
        else:
            yield piece.text, shortened(piece.text, link_limit) if piece.kind == "link" else piece.text, False


def _first_weights(text: str) -> int | None:
    shown = cut(text, limit=X_SHOWS, counting=Counting.X_WEIGHTED, ellipsis="")
    # Counting composes accents; a text that comes out otherwise is shown whole rather than cut in a wrong place.
    return len(shown) if shown != text and text.startswith(shown) else None


def _at(pieces: Sequence[Segment], length: int, phone: int | None, desktop: int | None) -> Iterator[Stretch]:
    edges = [("", phone if phone is not None else desktop), ("phone", desktop), ("always", None)]
    start = 0
    for hidden, edge in edges:
        end = length if edge is None else edge
        if end > start or not start:
            yield Stretch(hidden=hidden, segments=tuple(_between(pieces, start, end)))
        if end == length:
            return
        start = end


def _between(pieces: Sequence[Segment], start: int, end: int) -> Iterator[Segment]:
    at = 0
    for piece in pieces:
        text = piece.text[max(start - at, 0) : max(end - at, 0)]
        if text:
            yield Segment(kind=piece.kind, text=text)
        at += len(piece.text)
