"""The teaser card: a picture drawn from an article that has none: title, section, logo, the newsroom's colours.

Fonts and logo are read here, in a process that can open files; the drawing is done from bytes in the process for
pictures (X20), which can be killed and can open nothing. The same words, fonts and colours give the same bytes.
"""

import io
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Any

from syndicator.core import bidi
from syndicator.core.text import clean
from syndicator.model import Article, Brand, Capabilities, Media
from syndicator.sources import _fonts, _typeset, images
from syndicator.sources._linebreaks import EMOJI, Cluster, tokens
from syndicator.sources._typeset import Faces, Room, Setting

if TYPE_CHECKING:
    from syndicator.sources._pillow import Raster

__all__ = ["draw_apart", "draw_inside", "rehearse"]

WIDE = (191, 100)
"""The shape of link previews, where a platform names none of its own."""
SIZES = {(191, 100): (1200, 628), (1, 1): (1080, 1080), (4, 5): (1080, 1350), (16, 9): (1200, 675)}
LOGO_BYTES = 5_000_000
MOST_WORDS = 400
"""Characters of a title that are looked at; no card has room for more."""
MANY = 20_000
"""Colours of a card with letters and a logo: up to so many it is a drawing, which PNG keeps sharp and small."""
_SECTION_MOST = 28
_LEADINGS = {
    "Thai": 1.42,
    "Lao": 1.42,
    "Arabic": 1.42,
    "Devanagari": 1.36,
    "Han": 1.26,
    "Hiragana": 1.26,
    "Katakana": 1.26,
}
_LEADING, _LEADING_OTHER = 1.14, 1.4
_TIGHT = frozenset(("Latin", "Greek", "Cyrillic", "Hebrew", "Common", "Hangul", "Georgian", "Armenian"))
_SHAPED = (
    "Arabic Syriac Thaana Devanagari Bengali Gurmukhi Gujarati Oriya Tamil Telugu Kannada Malayalam Sinhala Thai Lao"
    " Khmer Myanmar Tibetan Mongolian Javanese Balinese"
)
"""Scripts that cannot be read when letters merely stand one after the other."""


@dataclass(frozen=True, slots=True)
class _Words:
    """A text in clusters with their fonts, as plain data for the process that draws."""

    clusters: list[tuple[str, int]]
    rtl: int


# --- what is to be drawn --------------------------------------------------------------------------------------------


def draw_apart(article: Article, brand: Brand, *, capabilities: Capabilities) -> tuple[Media, bytes]:
    """Draw the teaser card of an article in the shape that a platform shows; its title is its alternative text.

    Raises:
        ValueError: no title, no font for one of its characters, or the logo cannot be read; in words for a person.
        SourceError: the process was killed, or could not be started.
    """
    title = _one_line(article.title)[:MOST_WORDS]
    if not title:
        raise ValueError("the article has no title to draw")
    section, name = _section(article), _one_line(brand.name)[:60]
    own = [Path(path) for path in brand.fonts]
    pictures = _fonts.emoji()
    texts = {
        key: _clusters(text, emoji=pictures is not None)
        for key, text in (("title", title), ("section", section), ("name", name))
    }
    plain = "".join(text for found in texts.values() for text, is_emoji in found if not is_emoji)
    faces = _fonts.faces(f"{plain}{_typeset.ELLIPSIS}", own=own, language=article.language)
    words = {key: _with_faces(found, faces) for key, found in texts.items()}
    used = any(face == EMOJI for each in words.values() for _, face in each)
    files = list(dict.fromkeys(face.path for face in faces))
    body = [path.read_bytes() for path in files]
    emoji = pictures.path.read_bytes() if used and pictures else b""
    logo = _logo(brand)
    return images.made_apart(
        "card:draw_inside",
        b"".join((*body, emoji, logo)),
        capabilities=capabilities,
        alt=title,
        about="teaser card",
        sizes=[*map(len, body), len(emoji), len(logo)],
        faces=[(files.index(face.path), face.index) for face in faces],
        words=words,
        ellipsis=next(at for at, face in enumerate(faces) if _typeset.ELLIPSIS in face),
        rtl=bidi.base(title),
        leading=_leading(title),
        colours=[brand.background, brand.text, brand.accent],
    )


def _one_line(text: str) -> str:
    # Not at blanks that hold words together.
    return re.sub(r"[ \t\n]+", " ", clean(text)).strip()


def _section(article: Article) -> str:
    """Give the first of the article's tags that is short enough to stand above a title."""
    tags = (_one_line(tag).lstrip("#") for tag in article.tags)
    return next((tag for tag in tags if 1 < len(tag) <= _SECTION_MOST), "")


def _clusters(text: str, *, emoji: bool) -> list[tuple[str, bool]]:
    """Divide a text into clusters and say which are emoji; without a font for those they are left out, as ornaments."""
    import regex

    is_emoji = regex.compile(
        r"[\p{Emoji_Presentation}\p{Regional_Indicator}]|\p{Extended_Pictographic}\uFE0F|[0-9#*]\uFE0F?\u20E3"
    )
    found = []
    for cluster in regex.findall(r"\X", text):
        pictorial = bool(is_emoji.match(cluster))
        if pictorial and not emoji:
            continue
        found.append((cluster, pictorial))
    while found and found[-1][0].isspace():
        found.pop()
    return found


def _with_faces(found: Sequence[tuple[str, bool]], faces: Sequence[_fonts.Face]) -> list[tuple[str, int]]:
    """Give each cluster its font: the one before it if that has it, so that words stay in one hand."""
    words: list[tuple[str, int]] = []
    last = 0
    for text, pictorial in found:
        if pictorial:
            words.append((text, EMOJI))
            continue
        signs = [sign for sign in text if _fonts.needs_glyph(sign)]
        order = sorted(range(len(faces)), key=lambda at: at != last) if not text.isalpha() else range(len(faces))
        last = next((at for at in order if all(sign in faces[at] for sign in signs)), last)
        words.append((text, last))
    return words


def _leading(title: str) -> float:
    """Give the distance of lines, in sizes, that the tallest script of a title needs."""
    scripts = {_fonts.script(sign) for sign in title if sign.isalpha()}
    return max(
        (_LEADINGS.get(name, _LEADING if name in _TIGHT else _LEADING_OTHER) for name in scripts), default=_LEADING
    )


def _logo(brand: Brand) -> bytes:
    if not brand.logo:
        return b""
    try:
        data = Path(brand.logo).read_bytes()
    except OSError as error:
        raise ValueError(f"the logo cannot be read: {error.strerror} ({brand.logo})") from error
    if len(data) > LOGO_BYTES:
        raise ValueError(f"the logo is larger than {LOGO_BYTES // 1_000_000} MB ({brand.logo})")
    return data


# --- drawing, in the process for pictures ---------------------------------------------------------------------------


def draw_inside(body: bytes, **facts: Any) -> tuple[dict[str, Any], bytes]:
    """Draw for ``draw_apart`` from plain data and bytes.

    Raises:
        ValueError: the logo is no picture, or the script needs an engine that is missing here.
    """
    sizes, places, words = facts.pop("sizes"), facts.pop("faces"), facts.pop("words")
    ellipsis, rtl, leading, colours = (facts.pop(name) for name in ("ellipsis", "rtl", "leading", "colours"))
    capabilities = images.shape(**facts)
    ends = list(accumulate(sizes))
    *fonts, emoji, logo = (body[end - size : end] for end, size in zip(ends, sizes, strict=True))
    faces = Faces([(fonts[file], index) for file, index in places], emoji=emoji, shaped=_can_shape())
    set_words = {key: _levelled(found, rtl) for key, found in words.items()}
    if not faces.shaped:
        _refuse_unshaped("".join(cluster.text for found in set_words.values() for cluster in found))
    ratio = capabilities.media_ratio or WIDE
    sheet = _Sheet(
        faces, words=set_words, ellipsis=Cluster(_typeset.ELLIPSIS, ellipsis, rtl), rtl=bool(rtl), leading=leading
    )
    picture = sheet.drawn(_size(ratio, capabilities.media_max_side), colours, logo)
    mime, data, size = images.encoded(picture, capabilities, colours=MANY, subsampling=0)
    return {"mime": mime, "width": size[0], "height": size[1]}, data


def _levelled(found: Sequence[Sequence[Any]], rtl: int) -> list[Cluster]:
    text = "".join(str(cluster) for cluster, _ in found)
    levels = bidi.levels(text, rtl)
    starts = [0, *accumulate(len(str(cluster)) for cluster, _ in found)]
    return [Cluster(str(text), int(face), levels[start]) for (text, face), start in zip(found, starts, strict=False)]


def _size(ratio: tuple[int, int], most: int) -> tuple[int, int]:
    """Give a card's size in pixels for a shape."""
    width, height = SIZES.get(ratio) or _by_ratio(ratio)
    share = min(1.0, most / max(width, height)) if most else 1.0
    return round(width * share), round(height * share)


def _by_ratio(ratio: tuple[int, int]) -> tuple[int, int]:
    longest = 1200
    share = longest / max(ratio)
    return max(round(ratio[0] * share), 400), max(round(ratio[1] * share), 400)


def _can_shape() -> bool:
    from syndicator.sources._pillow import features

    return bool(features.check("raqm"))


def _refuse_unshaped(text: str) -> None:
    """Refuse to draw what would be wrong without the engine; other scripts stand in plain letters."""
    scripts = sorted({_fonts.script(sign) for sign in text} & set(_SHAPED.split()))
    if scripts or any(unicodedata.combining(sign) for sign in text):
        what = ", ".join(scripts) or "letters with marks"
        raise ValueError(
            f"{what} cannot be drawn here: Pillow has no engine for it (raqm); install FriBiDi (Debian: libfribidi0)"
        )


@dataclass(frozen=True, slots=True)
class _Sheet:
    """One card in the making. All measures follow from the shorter side, so that every shape looks of one hand."""

    faces: Faces
    words: Mapping[str, Sequence[Cluster]]
    ellipsis: Cluster
    rtl: bool
    leading: float

    def drawn(self, size: tuple[int, int], colours: Sequence[str], logo: bytes) -> "Raster":
        from syndicator.sources._pillow import Image, ImageDraw

        background, text, accent = colours
        picture = Image.new("RGB", size, background)
        pen = ImageDraw.Draw(picture)
        unit = min(size) / 100
        margin = round(8.6 * unit)
        band = round(1.9 * unit)
        # The accent stands at the side where reading begins.
        pen.rectangle((size[0] - band, 0, *size) if self.rtl else (0, 0, band - 1, size[1]), fill=accent)
        top = margin + self._section(picture, margin, unit, accent)
        foot = self._foot(picture, margin, unit, text, logo)
        self._title(picture, (margin, top, size[0] - margin, size[1] - foot), unit, text)
        return picture

    def _section(self, picture: "Raster", margin: int, unit: float, accent: str) -> int:
        """Draw the section; give the height that it takes."""
        line = self.words["section"]
        size = round(5.2 * unit)
        if not line:
            return 0
        x = self._left(line, size, margin, picture.width)
        _typeset.draw(picture, line, self.faces, at=(x, margin + size * 0.86), size=size, colour=accent)
        return round(size * self.leading + 3.2 * unit)

    def _left(self, line: Sequence[Cluster], size: int, margin: int, width: int) -> float:
        return width - margin - _typeset.width(line, self.faces, size) if self.rtl else margin

    def _title(self, picture: "Raster", box: tuple[int, int, int, int], unit: float, colour: str) -> None:
        left, top, right, bottom = box
        room = Room(
            width=right - left,
            height=bottom - top,
            huge=round(17.5 * unit),
            largest=round((14.0 if picture.width > picture.height else 11.6) * unit),
            fair=round(6.6 * unit),
            smallest=round((5.3 if picture.width > picture.height else 4.6) * unit),
            leading=self.leading,
        )
        setting = _typeset.fit(self.words["title"], self.faces, room, ellipsis=self.ellipsis)
        self._lines(picture, setting, box, colour)

    def _lines(self, picture: "Raster", setting: Setting, box: tuple[int, int, int, int], colour: str) -> None:
        left, top, right, bottom = box
        step = setting.size * setting.leading
        # A little above the middle, where the eye takes the middle to be.
        y = top + max(0.0, (bottom - top - setting.height) * 0.42) + step * 0.5 + setting.size * 0.36
        for line in setting.lines:
            x = right - _typeset.width(line, self.faces, setting.size) if self.rtl else left
            _typeset.draw(picture, line, self.faces, at=(x, y), size=setting.size, colour=colour)
            y += step

    def _foot(self, picture: "Raster", margin: int, unit: float, colour: str, logo: bytes) -> int:
        """Draw logo and name; give the height that they take, with the room above them."""
        height = round(8.4 * unit)
        foot = picture.height - margin
        x: float = margin
        mark = _mark(logo, (round(42 * unit), height)) if logo else None
        name = self.words["name"]
        if mark is not None:
            left = picture.width - margin - mark.width if self.rtl else margin
            picture.paste(mark, (left, foot - height + (height - mark.height) // 2), mark)
            # A wide logo has the name in it.
            if mark.width > 2.2 * mark.height:
                name = ()
            x += mark.width + 2.4 * unit
        if name:
            size = round(5.0 * unit)
            room = picture.width - 2 * margin - (x - margin)
            while size > 8 and _typeset.width(name, self.faces, size) > room:
                size -= 1
            wide = _typeset.width(name, self.faces, size)
            at = picture.width - x - wide if self.rtl else x
            _typeset.draw(picture, name, self.faces, at=(at, foot - height / 2 + size * 0.36), size=size, colour=colour)
        return margin + round(height + 4 * unit) if name or mark is not None else margin


def _mark(logo: bytes, room: tuple[int, int]) -> "Raster":
    """Give the logo as large as its room lets it, never enlarged more than twice."""
    from syndicator.sources._pillow import Image

    try:
        with images.readable(), Image.open(io.BytesIO(logo), formats=("PNG", "JPEG", "WEBP")) as opened:
            mark = opened.convert("RGBA")
    except images.Refused as error:
        raise ValueError(f"the logo cannot be used: {error}") from error
    box = mark.getchannel("A").getbbox()
    mark = mark.crop(box) if box else mark
    share = min(room[0] / mark.width, room[1] / mark.height, 2.0)
    return mark.resize(
        (max(round(mark.width * share), 1), max(round(mark.height * share), 1)), Image.Resampling.LANCZOS
    )


def _own_font() -> Any:
    """Give the font that Pillow brings along, which has to be asked for its bytes."""
    from syndicator.sources._pillow import ImageFont

    font: Any = ImageFont.load_default(20)
    font.path.seek(0)
    return font.path


def rehearse() -> None:
    """Load all that drawing needs, while files can still be opened: the text engine looks for its library itself."""
    from syndicator.sources._pillow import Image, ImageDraw, ImageFont

    images.rehearse()
    if _can_shape():
        font = ImageFont.truetype(_own_font(), 20, layout_engine=ImageFont.Layout.RAQM)
        pen = ImageDraw.Draw(Image.new("RGB", (64, 64)))
        for text, direction in (("Aé", "ltr"), ("\u05d0\u0628", "rtl")):
            pen.text((2, 40), text, font=font, anchor="ls", direction=direction)
    tokens([Cluster("a", 0), Cluster("\u4e2d", 0)])
    _fonts.script("a")
