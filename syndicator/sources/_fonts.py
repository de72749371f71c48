"""Which font files have the characters of a text: the newsroom's own first, then the system's. Draws nothing.

Fonts are files of this machine, so they are read here and handed on as bytes: who draws can open nothing. What a font
has is read from its own table of characters (cmap, formats 4 and 12), so no box is ever drawn for a missing sign.
"""

import mmap
import os
import struct
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

ENDINGS = frozenset({".ttf", ".otf", ".ttc", ".otc"})
LARGEST = 40_000_000
"""Bytes; the largest fonts for Chinese have 20 million."""
_FOLDERS = ("fonts", ".fonts")
_PLACES = ("/usr/share", "/usr/local/share", "/Library/Fonts", "/System/Library/Fonts", "/run/current-system/sw/share")
_ORDINARY = (
    "NotoSans-Bold", "Inter-Bold", "SourceSans3-Bold", "OpenSans-Bold", "Roboto-Bold", "LiberationSans-Bold",
    "DejaVuSans-Bold", "Arial Bold", "arialbd", "HelveticaNeue",
)  # fmt: skip
_CJK = ("NotoSansCJK-Bold", "NotoSansCJKjp-Bold", "SourceHanSans-Bold", "PingFang", "wqy-zenhei", "NotoSansCJK-Regular")
_BY_SCRIPT = {
    "Arabic": ("NotoSansArabic-Bold", "NotoKufiArabic-Bold", "NotoNaskhArabic-Bold", "DejaVuSans-Bold"),
    "Han": _CJK,
    "Hiragana": _CJK,
    "Katakana": _CJK,
    "Hangul": _CJK,
    "Bopomofo": _CJK,
}
"""Names of files, without their ending, that are tried first; ``NotoSans<Script>-Bold`` is tried for every script."""
_HAN = {"ja": "JP", "ko": "KR", "zh-tw": "TC", "zh-hant": "TC", "zh-hk": "HK", "zh-mo": "HK", "zh": "SC"}
"""Which national form of Chinese characters a language reads."""
_EMOJI = ("NotoColorEmoji", "NotoColorEmoji-Regular")


class NoFont(ValueError):
    """No font on this machine has a character."""


@dataclass(frozen=True, slots=True)
class Face:
    """One font in a file; ``index`` counts within a collection."""

    path: Path
    index: int = 0

    def __contains__(self, sign: str) -> bool:
        return covers(self.path, self.index, ord(sign))


def faces(text: str, *, own: Sequence[Path] = (), language: str | None = None) -> list[Face]:
    """Give the fonts that together have every character of ``text``, in the order in which they are to be asked.

    Raises:
        NoFont: one is missing; the message names it and a remedy.
    """
    found: list[Face] = []
    ours = [Face(path) for path in own]
    scripts = {script(sign) for sign in text}
    # Kana and Hangul say which national forms the ideographs beside them have.
    language = "ja" if scripts & {"Hiragana", "Katakana"} else "ko" if "Hangul" in scripts else language
    for sign in dict.fromkeys(text):
        if not needs_glyph(sign) or any(sign in face for face in found):
            continue
        face = next((face for face in (*ours, *_ranked(script(sign), language)) if sign in face), None)
        if face is None:
            raise NoFont(_missing(sign))
        found.append(face)
    # The newsroom's own come first also where the first character was none of theirs.
    return sorted(found, key=lambda face: face not in ours)


def emoji() -> Face | None:
    """Give the font that has coloured emoji as pictures, which is the only kind that can be drawn here."""
    files = system()
    return next((Face(files[name]) for name in _EMOJI if name in files and _has_table(files[name], b"CBDT")), None)


def needs_glyph(sign: str) -> bool:
    """Say whether a character has to be in a font: blanks, joiners and variation signs have not."""
    return not sign.isspace() and unicodedata.category(sign) not in {"Cf", "Cc", "Zs"} and not "︀" <= sign <= "️"


def _missing(sign: str) -> str:
    name = unicodedata.name(sign, "a character")
    return (
        f"no font here has {name} (U+{ord(sign):04X}): install one (Debian: fonts-noto-core, fonts-noto-cjk), or name "
        f"its file in [brand] fonts"
    )


# --- where fonts are ------------------------------------------------------------------------------------------------


@cache
def system() -> dict[str, Path]:
    """Give the font files of this machine by name; looked for once."""
    data = os.environ.get("XDG_DATA_DIRS", "").split(":")
    places = [Path(place) for place in (*_PLACES, *data) if place]
    places += [Path.home(), Path.home() / ".local" / "share", Path.home() / "Library", Path("C:/Windows")]
    folders = [place / name for place in places for name in _FOLDERS]
    folders += [Path(place) for place in _PLACES if place.endswith("Fonts")] + [Path.home() / "Library" / "Fonts"]
    found: dict[str, Path] = {}
    for folder in dict.fromkeys(folders):
        for path in sorted(_files(folder)):
            found.setdefault(path.stem, path)
    return found


def _files(folder: Path) -> Iterator[Path]:
    for place, _, names in os.walk(folder):
        yield from (Path(place) / name for name in names if Path(name).suffix.lower() in ENDINGS)


@cache
def _ranked(script: str, language: str | None) -> tuple[Face, ...]:
    """Give the system's fonts for a script, the best first."""
    files = system()
    first = [*_BY_SCRIPT.get(script, ()), f"NotoSans{script}-Bold", f"NotoSans{script}-Regular", *_ORDINARY]
    if script in {"Latin", "Greek", "Cyrillic", "Common", "Inherited"}:
        first = [*_ORDINARY, *first]
    rest = sorted(files, key=lambda name: ("Bold" not in name, "Sans" not in name, "Mono" in name, "Italic" in name))
    # Icons and signs for mathematics have letters too, which are no letters to read.
    rest = [name for name in rest if not any(word in name for word in ("Symbols", "Math", "Emoji", "Music", "Icon"))]
    rest += [name for name in files if "Symbols" in name or "Math" in name]
    ordered = dict.fromkeys(name for name in (*first, *rest) if name in files)
    return tuple(Face(files[name], _national(files[name], script, language)) for name in ordered)


def _national(path: Path, script: str, language: str | None) -> int:
    """Give which font of a collection for Chinese, Japanese and Korean has the forms that the language reads."""
    if path.suffix.lower() not in {".ttc", ".otc"}:
        return 0
    said = (language or "").lower().replace("_", "-")
    wanted = next((form for start, form in _HAN.items() if said.startswith(start)), "")
    wanted = wanted or {"Hangul": "KR", "Bopomofo": "TC"}.get(script, "SC")
    # The order that Noto's and Adobe's collections have.
    return min(("JP", "KR", "SC", "TC", "HK").index(wanted), _count(path) - 1)


@cache
def script(sign: str) -> str:
    shown = _scripts()
    return next((name for name, pattern in shown if pattern.match(sign)), "Common")


@cache
def _scripts() -> tuple[tuple[str, Any], ...]:
    import regex

    names = (
        "Latin Greek Cyrillic Arabic Hebrew Han Hiragana Katakana Hangul Bopomofo Devanagari Thai Bengali Gurmukhi"
        " Gujarati Oriya Tamil Telugu Kannada Malayalam Sinhala Lao Khmer Myanmar Tibetan Georgian Armenian Ethiopic"
        " Syriac Thaana Mongolian Cherokee Tifinagh Javanese Balinese"
    )
    return tuple((name, regex.compile(rf"\p{{Script={name}}}")) for name in names.split())


# --- what a font has ------------------------------------------------------------------------------------------------


def covers(path: Path, index: int, code: int) -> bool:
    """Say whether a font has a glyph for a character."""
    starts, ends = _characters(path, index)
    at = bisect_right(starts, code) - 1
    return at >= 0 and code <= ends[at]


@lru_cache(maxsize=64)
def _characters(path: Path, index: int) -> tuple[Sequence[int], Sequence[int]]:
    """Give the ranges of characters that a font has; none when it cannot be read."""
    try:
        if path.stat().st_size > LARGEST:
            return (), ()
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            tables = _tables(data, index)
            at, _ = tables[b"cmap"]
            ranges = sorted(_ranges(data, at))
    except (OSError, ValueError, LookupError, struct.error):
        return (), ()
    return [start for start, _ in ranges], [end for _, end in ranges]


def is_font(path: Path) -> bool:
    """Say whether a file is a font that can be used: it has characters."""
    return bool(_characters(path, 0)[0])


def _has_table(path: Path, tag: bytes) -> bool:
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            return tag in _tables(data, 0)
    except (OSError, ValueError, LookupError, struct.error):
        return False


def _count(path: Path) -> int:
    try:
        with path.open("rb") as file:
            tag, _, number = struct.unpack(">4sII", file.read(12))
    except (OSError, struct.error):
        return 1
    return int(number) if tag == b"ttcf" else 1


def _tables(data: mmap.mmap, index: int) -> dict[bytes, tuple[int, int]]:
    """Give offset and length of each table of a font (OpenType 1.9, "Table Directory")."""
    start = struct.unpack_from(">I", data, 12 + 4 * index)[0] if data[:4] == b"ttcf" else 0
    (number,) = struct.unpack_from(">H", data, start + 4)
    rows = (struct.unpack_from(">4s4xII", data, start + 12 + 16 * row) for row in range(min(number, 200)))
    return {tag: (offset, length) for tag, offset, length in rows}


def _ranges(data: mmap.mmap, at: int) -> Iterable[tuple[int, int]]:
    """Give the ranges of the best table of characters: format 12 has all, format 4 what fits into 16 bits."""
    (number,) = struct.unpack_from(">H", data, at + 2)
    places = {struct.unpack_from(">4xI", data, at + 4 + 8 * row)[0] for row in range(min(number, 50))}
    formats = {struct.unpack_from(">H", data, at + place)[0]: at + place for place in places}
    if 12 in formats:
        table = formats[12]
        (groups,) = struct.unpack_from(">I", data, table + 12)
        piece = data[table + 16 : table + 16 + 12 * min(groups, 100_000)]
        return [(start, end) for start, end, _ in struct.iter_unpack(">III", piece)]
    if 4 in formats:
        return _segments(data, formats[4])
    return []


def _segments(data: mmap.mmap, table: int) -> list[tuple[int, int]]:
    (twice,) = struct.unpack_from(">H", data, table + 6)
    count = twice // 2
    ends = struct.unpack_from(f">{count}H", data, table + 14)
    starts = struct.unpack_from(f">{count}H", data, table + 16 + twice)
    # What a segment maps to no glyph within its range is rare, and never a letter.
    return [(start, end) for start, end in zip(starts, ends, strict=True) if start <= end != 0xFFFF]
