"""Words set in lines: broken where their script allows it, balanced, each run in its font and direction.

Works on clusters (what a reader takes for one character) that know their font and level; who calls has found those.
Must not open files: it runs where nothing can be opened.
"""

import io
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from syndicator.core import bidi
from syndicator.sources._linebreaks import EMOJI, Cluster, Token, is_hyphened, places, tokens

if TYPE_CHECKING:
    from syndicator.sources._pillow import ImageFont, Raster

EMOJI_SIZE = 109
"""The one size that fonts of pictures have."""
REFERENCE = 100
"""Pixels at which words are measured; other sizes are in proportion."""
NARROWED = 0.985
"""Share of the room that lines may fill: at other sizes advances are rounded."""
ELLIPSIS = "…"
HYPHEN = "-"


@dataclass(slots=True)
class Faces:
    """Fonts as bytes, opened in the sizes that are asked for."""

    fonts: Sequence[tuple[bytes, int]]
    emoji: bytes = b""
    shaped: bool = True
    """False: the engine for scripts whose letters join or stack is missing; letters stand one after the other."""
    _open: dict[tuple[int, int], "ImageFont.FreeTypeFont"] = field(default_factory=dict)

    def at(self, face: int, size: int) -> "ImageFont.FreeTypeFont":
        """Give a font in a size."""
        from syndicator.sources._pillow import ImageFont

        found = self._open.get((face, size))
        if found is None:
            data, index = (self.emoji, 0) if face == EMOJI else self.fonts[face]
            engine = ImageFont.Layout.RAQM if self.shaped else ImageFont.Layout.BASIC
            found = ImageFont.truetype(io.BytesIO(data), size, index=index, layout_engine=engine)
            self._open[face, size] = found
        return found

    def width(self, text: str, face: int, level: int, size: int) -> float:
        """Give the advance of a run in one font and direction."""
        if face == EMOJI:
            return size * 1.22
        return float(self.at(face, size).getlength(*self.said(text, level)[:1], **self.said(text, level)[1]))

    def said(self, text: str, level: int) -> tuple[str, dict[str, Any]]:
        """Give a run as the font engine takes it."""
        if self.shaped:
            return text, {"direction": "rtl" if level % 2 else "ltr"}
        return (text[::-1] if level % 2 else text), {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """Lines in a size."""

    size: int
    lines: tuple[tuple[Cluster, ...], ...]
    leading: float
    """From one base line to the next, in sizes."""
    shortened: bool = False

    @property
    def height(self) -> float:
        """Pixels from the top of the first line to the foot of the last."""
        return self.size * self.leading * len(self.lines)


# --- runs -----------------------------------------------------------------------------------------------------------


def runs(line: Sequence[Cluster]) -> Iterator[tuple[str, int, int]]:
    """Give (text, face, level) of the runs of a line from left to right."""
    for start, end, level in bidi.visual([cluster.level for cluster in line]):
        pieces: list[list[Any]] = []
        for cluster in line[start:end]:
            if pieces and pieces[-1][1] == cluster.face != EMOJI:
                pieces[-1][0] += cluster.text
            else:
                pieces.append([cluster.text, cluster.face])
        for text, face in reversed(pieces) if level % 2 else pieces:
            yield text, face, level


def width(line: Sequence[Cluster], faces: Faces, size: int) -> float:
    """Give how wide a line is in pixels."""
    return sum(faces.width(text, face, level, size) for text, face, level in runs(line))


# --- fitting --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """Where a text has to fit: pixels, and the sizes that are tried."""

    width: float
    height: float
    huge: int
    """For one or two lines."""
    largest: int
    fair: int
    """Below this, words that are too long for a line are divided rather than made smaller."""
    smallest: int
    leading: float

    def most(self, size: int) -> float:
        """Give how wide a line may be at a size, in the measure of words."""
        return self.width * NARROWED * REFERENCE / size


def fit(text: Sequence[Cluster], faces: Faces, room: Room, *, ellipsis: Cluster) -> Setting:
    """Set a text as large as fits, in balanced lines; at the smallest size it ends with an ellipsis."""
    words = tokens(text)
    widths = _Widths(text, words, faces)
    if widths.longest > room.most(room.fair):
        words, hyphened = _divided(text, words, widths, room)
        widths = _Widths(text, words, faces)
        if hyphened:  # the larger, the more pieces
            room = replace(room, huge=min(room.huge, round(room.fair * 1.2)), largest=min(room.largest, room.huge))
    for size in _sizes(room):
        most = room.most(size)
        ends = widths.lines(most)
        if ends is None or size * room.leading * len(ends) > room.height or (size > room.largest and len(ends) > 2):
            continue
        return _setting(text, words, widths.balanced(most, ends), size=size, leading=room.leading)
    return _cut(text, words, widths, room, ellipsis)


def _sizes(room: Room) -> list[int]:
    sizes = list(range(room.huge, room.smallest, -max(1, room.smallest // 20)))
    return [*sizes, room.smallest]


def _divided(
    text: Sequence[Cluster], words: Sequence[Token], widths: "_Widths", room: Room
) -> tuple[list[Token], bool]:
    """Divide the words that are too long for a line; say whether one of them needs a hyphen.

    Words of scripts without hyphens are made small before they are divided: nobody sees where one ends.
    """
    found: list[Token] = []
    for at, word in enumerate(words):
        hyphen = is_hyphened(text, word)
        most = room.most(room.fair if hyphen else room.smallest)
        starts = [word.start]
        if widths.between(at, at + 1) > most:
            starts += places(text, word) if hyphen else range(word.start + 1, word.end)
        for start, end in zip(starts, [*starts[1:], word.end], strict=True):
            found.append(Token(start, end, word.next if end == word.end else end, hyphen and end < word.end))
    return found, any(word.divided for word in found)


def _cut(text: Sequence[Cluster], words: Sequence[Token], widths: "_Widths", room: Room, ellipsis: Cluster) -> Setting:
    size = room.smallest
    most = room.most(size)
    kept = max(1, int(room.height / (size * room.leading)))
    ends = widths.lines(most) or [len(words)]
    last = ends[min(kept, len(ends)) - 1]
    first = ends[kept - 2] if 1 < kept <= len(ends) else 0
    more = widths.faces.width(ELLIPSIS, ellipsis.face, ellipsis.level, REFERENCE)
    while last > first + 1 and widths.between(first, last) + more > most:
        last -= 1
    lines = _setting(text, words, [*ends[: kept - 1], last], size=size, leading=room.leading).lines
    end = [*lines[-1]]
    while end and not end[-1].text[-1].isalnum() and end[-1].face != EMOJI:
        end.pop()
    level = end[-1].level if end else ellipsis.level
    shortened = (*lines[:-1], (*end, ellipsis._replace(level=level)))
    return Setting(size=size, lines=shortened, leading=room.leading, shortened=True)


def _setting(
    text: Sequence[Cluster], words: Sequence[Token], ends: Sequence[int], *, size: int, leading: float
) -> Setting:
    lines = []
    for first, end in zip([0, *ends[:-1]], ends, strict=True):
        line = tuple(text[words[first].start : words[end - 1].end])
        lines.append((*line, line[-1]._replace(text=HYPHEN)) if words[end - 1].divided else line)
    return Setting(size=size, lines=tuple(lines), leading=leading)


class _Widths:
    """Widths of words and of the blanks after them, measured once."""

    def __init__(self, text: Sequence[Cluster], words: Sequence[Token], faces: Faces) -> None:
        self.faces = faces
        known: dict[tuple[Cluster, ...], float] = {}

        def measured(clusters: tuple[Cluster, ...]) -> float:
            if clusters not in known:
                known[clusters] = width(clusters, faces, REFERENCE)
            return known[clusters]

        self._words = [measured(tuple(text[word.start : word.end])) for word in words]
        self._blanks = [measured(tuple(text[word.end : word.next])) for word in words]
        hyphen = faces.width(HYPHEN, text[0].face, 0, REFERENCE) if any(word.divided for word in words) else 0.0
        self._hyphens = [hyphen if word.divided else 0.0 for word in words]
        self.longest = max(self._words, default=0.0)

    def between(self, first: int, end: int) -> float:
        """Give the width of a line of the words from ``first`` to ``end``."""
        return sum(self._words[first:end]) + sum(self._blanks[first : end - 1])

    def lines(self, most: float) -> list[int] | None:
        """Fill lines one after the other; give where each ends (in words), or None when a word is too wide."""
        if self.longest > most:
            return None
        ends: list[int] = []
        filled = 0.0
        for at, word in enumerate(self._words):
            blank = self._blanks[at - 1] if at else 0.0
            if at and filled + blank + word + self._hyphens[at] > most:
                ends.append(at)
                filled = word
            else:
                filled += (blank if at else 0.0) + word
        return [*ends, len(self._words)]

    def balanced(self, most: float, ends: list[int]) -> list[int]:
        """Give the narrowest lines that are no more in number, so that none is left with a single word."""
        steps = [most * share / 40 for share in range(12, 41)]

        def fits(step: float) -> int:
            found = self.lines(step)
            return int(found is not None and len(found) <= len(ends))

        at = bisect_left(steps, 1, key=fits)
        return (self.lines(steps[at]) if at < len(steps) else None) or ends


# --- drawing --------------------------------------------------------------------------------------------------------


def draw(
    picture: "Raster", line: Sequence[Cluster], faces: Faces, *, at: tuple[float, float], size: int, colour: str
) -> None:
    """Draw a line; ``at`` is where its base line begins on the left."""
    from syndicator.sources._pillow import ImageDraw

    pen = ImageDraw.Draw(picture)
    x, y = at
    for text, face, level in runs(line):
        if face == EMOJI:
            _draw_emoji(picture, text, faces, at=(x, y), size=size)
        else:
            words, how = faces.said(text, level)
            pen.text((round(x), round(y)), words, font=faces.at(face, size), fill=colour, anchor="ls", **how)
        x += faces.width(text, face, level, size)


def _draw_emoji(picture: "Raster", text: str, faces: Faces, *, at: tuple[float, float], size: int) -> None:
    from syndicator.sources._pillow import Image, ImageDraw

    tile = Image.new("RGBA", (3 * EMOJI_SIZE, 2 * EMOJI_SIZE))
    font = faces.at(EMOJI, EMOJI_SIZE)
    ImageDraw.Draw(tile).text((4, EMOJI_SIZE), text, font=font, embedded_color=True, anchor="ls")
    box = tile.getbbox()
    if box is None:
        return
    tile = tile.crop(box)
    height = round(size * 1.04)
    wide = min(round(tile.width * height / tile.height), round(size * 1.2))
    tile = tile.resize((max(wide, 1), height), Image.Resampling.LANCZOS)
    picture.paste(tile, (round(at[0] + (size * 1.22 - wide) / 2), round(at[1] - size * 0.88)), tile)
