"""The teaser card: drawn from words, in every script, in the process that can be killed and can open nothing."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, features

from syndicator.errors import SourceError
from syndicator.model import Brand
from syndicator.sources import _child, _fonts, _typeset, card
from syndicator.sources._linebreaks import EMOJI, Cluster, tokens
from syndicator.sources._typeset import Faces, Room, fit
from tests import values

from .test_images import allowed, opened

BRAND = Brand(name="Harbour Daily")
NAVY = (0x12, 0x26, 0x3F)
LONG = "The parliamentary inquiry into the storm barriers of seven harbour cities asks for another nine months, " * 3
SCRIPTS = {
    "latin": ("Night trains return to the Amber Line after nine years", "en"),
    "arabic": ("العبّارة الشمسية (EU-27) تبدأ رحلتها الأولى بين 3 موانئ", "ar"),
    "hebrew": ("הפרלמנט אישר את תקציב 2026: 189 מיליארד אירו", "he"),
    "chinese": ("欧盟委员会公布新的数字贸易协定草案，成员国将投票", "zh"),
    "japanese": ("欧州連合（EU）、新しいデジタル貿易協定の草案を公表", "ja"),
    "hindi": ("यूरोपीय संसद ने जलवायु क़ानून पर ऐतिहासिक मतदान किया", "hi"),
    "thai": ("รัฐสภายุโรปลงมติเห็นชอบกฎหมายสภาพภูมิอากาศฉบับใหม่", "th"),
    "emoji": ("Heatwave 🔥 in Europe: 45 °C and no rain for 👨‍👩‍👧‍👦", "en"),
    "long": (LONG[:300], "en"),
    "short": ("War ends", "en"),
    "zwj": ("می‌خواهم رأی بدهم", "fa"),
}


@pytest.fixture(autouse=True, scope="module")
def _ended() -> Iterator[None]:
    yield
    _child.close()


def drawn(title: str, *, brand: Brand = BRAND, ratio: tuple[int, int] | None = None, **changes: Any) -> Image.Image:
    fields = {"title": title, "tags": ("Transport",), "language": "en"} | changes
    try:
        media, body = card.draw_apart(
            values.article(**fields), brand, capabilities=allowed(media_ratio=ratio, alt_limit=1000)
        )
    except _fonts.NoFont as error:
        pytest.skip(str(error))
    assert media.alt == " ".join(str(fields["title"]).split())
    picture = opened(body)
    assert picture.size == (media.width, media.height)
    return picture.convert("RGB")


def inked(picture: Image.Image, box: tuple[int, int, int, int] | None = None) -> tuple[int, int, int, int] | None:
    """The box of what is not background."""
    part = picture.crop(box) if box else picture
    apart = part.convert("L").point(lambda value: 255 if value > 90 else 0)
    return apart.getbbox()


@pytest.mark.parametrize("name", SCRIPTS)
@pytest.mark.parametrize(("ratio", "size"), [(None, (1200, 628)), ((1, 1), (1080, 1080)), ((4, 5), (1080, 1350))])
def test_every_script_fits_every_shape(name: str, ratio: tuple[int, int] | None, size: tuple[int, int]) -> None:
    title, language = SCRIPTS[name]
    picture = drawn(title, ratio=ratio, language=language)
    assert picture.size == size
    margin, band = round(0.086 * min(size)) - 8, round(0.03 * min(size))
    # Nothing but the band stands in the margins: no line runs out of the card.
    rtl = language in {"ar", "he", "fa"}
    for left in (0, size[0] - margin):
        strip = (left if left or rtl else band, 0, left + margin - (band if left and rtl else 0), size[1])
        assert inked(picture, strip) is None, (name, strip)
    assert inked(picture, (0 if rtl else band, 0, size[0] - (band if rtl else 0), margin)) is None
    title_room = inked(picture, (margin, round(size[1] * 0.2), size[0] - margin, round(size[1] * 0.78)))
    assert title_room is not None


def test_the_same_words_give_the_same_bytes() -> None:
    pictures = [card.draw_apart(values.article(), BRAND, capabilities=allowed())[1] for _ in range(2)]
    assert pictures[0] == pictures[1]


def test_right_to_left_stands_on_the_right_with_its_band() -> None:
    left, right = drawn("Short"), drawn("שלום", language="he")
    assert left.getpixel((2, 300)) == right.getpixel((1197, 300)) == (0xF2, 0xB6, 0x32)
    assert left.getpixel((1197, 300)) == right.getpixel((2, 300)) == NAVY
    box, other = (inked(one, (60, 150, 1140, 480)) for one in (left, right))
    assert box is not None
    assert other is not None
    assert box[0] < 20
    assert other[2] > 1060


def test_a_short_title_is_large_and_a_long_one_small_and_cut() -> None:
    short, long = drawn("War ends"), drawn(LONG[:390])
    tall, taller = (inked(one, (60, 130, 1140, 500)) for one in (short, long))
    assert tall is not None
    assert taller is not None
    assert tall[3] - tall[1] < taller[3] - taller[1]
    assert 70 < tall[3] - tall[1] < 130


def test_colours_and_shape_are_the_newsrooms() -> None:
    brand = Brand(name="Gazette", background="#ffffff", text="#101010", accent="#b00020")
    picture = drawn("A title", brand=brand)
    assert picture.getpixel((1190, 10)) == (255, 255, 255)
    assert picture.getpixel((2, 300)) == (0xB0, 0x00, 0x20)


def test_the_logo_stands_in_the_foot(tmp_path: Path) -> None:
    logo = tmp_path / "logo.png"
    Image.new("RGBA", (120, 120), (250, 10, 10, 255)).save(logo)
    picture = drawn("A title", brand=Brand(name="Gazette", logo=str(logo)))
    foot = [picture.getpixel((x, 545)) for x in range(54, 100)]
    assert (250, 10, 10) in foot
    wide = tmp_path / "wide.png"
    Image.new("RGBA", (800, 100), (250, 10, 10, 255)).save(wide)
    picture = drawn("A title", brand=Brand(name="Gazette", logo=str(wide)))
    # A wide logo has the name in it: the name is not written a second time.
    assert inked(picture, (340, 500, 1140, 600)) is None


@pytest.mark.parametrize("bad", [b"", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"\x89PNG\r\n\x1a\n" + b"x" * 90])
def test_a_logo_that_is_no_picture_is_named(tmp_path: Path, bad: bytes) -> None:
    logo = tmp_path / "logo.png"
    logo.write_bytes(bad)
    if not bad:  # an empty file is none
        drawn("A title", brand=Brand(logo=str(logo)))
        return
    with pytest.raises((ValueError, SourceError), match="logo"):
        card.draw_apart(values.article(), Brand(logo=str(logo)), capabilities=allowed())


def test_no_title_no_card() -> None:
    with pytest.raises(ValueError, match="no title"):
        card.draw_apart(values.article(title=" \u200b "), BRAND, capabilities=allowed())


def test_a_character_that_no_font_has_is_named_and_no_box_is_drawn() -> None:
    with pytest.raises(ValueError, match=r"no font here has .*U\+F8FE.*\[brand\] fonts"):
        card.draw_apart(values.article(title="A \uf8fe title"), BRAND, capabilities=allowed())


def test_without_the_text_engine_plain_letters_are_drawn_and_joined_ones_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(card, "_can_shape", lambda: False)
    monkeypatch.setattr(_child, "pictured", lambda _call, body, about, **facts: card.draw_inside(body, **facts))
    _, body = card.draw_apart(values.article(title="Ελλάδα and Київ"), BRAND, capabilities=allowed())
    assert inked(opened(body).convert("RGB"), (60, 130, 1140, 500)) is not None
    for name in ("arabic", "hindi", "thai"):
        with pytest.raises(ValueError, match=r"raqm.*FriBiDi"):
            card.draw_apart(values.article(title=SCRIPTS[name][0]), BRAND, capabilities=allowed())


def test_without_a_font_for_emoji_they_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_fonts, "emoji", lambda: None)
    assert card._clusters("Fire 🔥!", emoji=False) == [(sign, False) for sign in "Fire !"]
    assert inked(drawn("Fire 🔥 in 🇪🇺")) is not None


def test_the_card_is_drawn_where_nothing_can_be_opened() -> None:
    """X20: fonts and logo travel as bytes, and the process that draws is the one that decodes pictures."""
    card.draw_apart(values.article(), BRAND, capabilities=allowed())
    from syndicator.confined import process as _process

    assert any("syndicator.sources.card" in process.needs for process in _process.alive)


# --- lines ----------------------------------------------------------------------------------------------------------


def words(text: str) -> list[str]:
    import regex

    clusters = [Cluster(sign, 0) for sign in regex.findall(r"\X", text)]
    return ["".join(cluster.text for cluster in clusters[token.start : token.end]) for token in tokens(clusters)]


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("two words", ["two", "words"]), ("  edge  case ", ["edge", "case"]), ("", []), ("   ", []),
        ("45 °C and 30 %", ["45 °C", "and", "30 %"]), ("in 2026 the EU", ["in", "2026", "the", "EU"]),
        ("well-known fact", ["well-", "known", "fact"]), ("3-0 win", ["3-0", "win"]),
        ("中文，标题", ["中", "文，", "标", "题"]), ("（中）文", ["（中）", "文"]), ("12月に投票", ["12月に", "投票"]),
        ("新しいデジタル協定", ["新しい", "デジタル", "協定"]), ("준비 시간", ["준비", "시간"]),
        ("no\u00a0break", ["no\u00a0break"]), ("«quoted words»", ["«quoted", "words»"]),
    ],
)  # fmt: skip
def test_where_a_line_may_end(text: str, pieces: list[str]) -> None:
    assert words(text) == pieces


def test_thai_breaks_before_vowels_that_begin_a_syllable_only() -> None:
    pieces = words("ลงมติเห็นชอบโดยเสียงข้างมาก")
    assert "".join(pieces) == "ลงมติเห็นชอบโดยเสียงข้างมาก"
    assert all(piece[0] in "เแโใไล" for piece in pieces)
    assert len(pieces) >= 3


def _faces() -> Faces:
    try:
        face = _fonts.faces("Aé-…")[0]
    except _fonts.NoFont as error:
        pytest.skip(str(error))
    return Faces([(face.path.read_bytes(), face.index)], shaped=features.check("raqm"))


def set_lines(text: str, **room: Any) -> tuple[_typeset.Setting, list[str]]:
    fields = {"width": 600, "height": 400, "huge": 90, "largest": 70, "fair": 40, "smallest": 24, "leading": 1.2} | room
    clusters = [Cluster(sign, 0) for sign in text]
    setting = fit(clusters, _faces(), Room(**fields), ellipsis=Cluster("…", 0))
    return setting, ["".join(cluster.text for cluster in line) for line in setting.lines]


def test_lines_are_balanced_and_nothing_is_lost() -> None:
    setting, lines = set_lines("Night trains return to the Amber Line after nine years of silence")
    assert " ".join(lines) == "Night trains return to the Amber Line after nine years of silence"
    assert setting.height <= 400
    widths = [_typeset.width(line, _faces(), setting.size) for line in setting.lines]
    assert max(widths) <= 600
    assert min(widths) >= 0.45 * max(widths)


def test_a_word_too_long_for_a_line_is_divided_where_a_syllable_begins() -> None:
    setting, lines = set_lines("Donaudampfschifffahrtsgesellschaftskapitän tritt zurück")
    assert "".join(line.removesuffix("-") for line in lines).replace(" ", "").startswith("Donaudampfschiff")
    assert lines[0].endswith("-")
    assert "".join(lines).replace("-", "").replace(" ", "") == "Donaudampfschifffahrtsgesellschaftskapitäntrittzurück"
    assert not any(line.startswith(("f-", "h", "ch")) for line in lines[1:])
    assert setting.size >= 40


def test_what_is_too_much_at_the_smallest_size_ends_with_an_ellipsis() -> None:
    setting, lines = set_lines("word " * 300)
    assert setting.size == 24
    assert setting.shortened
    assert lines[-1].endswith("word…")
    assert setting.height <= 400
    assert max(_typeset.width(line, _faces(), 24) for line in setting.lines) <= 600


def test_emoji_are_runs_of_their_own() -> None:
    line = [Cluster("a", 0), Cluster("🔥", EMOJI), Cluster("🔥", EMOJI), Cluster("b", 0)]
    assert [text for text, _, _ in _typeset.runs(line)] == ["a", "🔥", "🔥", "b"]


# --- fonts ----------------------------------------------------------------------------------------------------------


def test_what_a_font_has_is_read_from_the_font_itself() -> None:
    from PIL import ImageFont

    paths = [_fonts.system()[name] for name in ("DejaVuSans-Bold", "NotoSans-Bold") if name in _fonts.system()]
    if not paths:
        pytest.skip("neither DejaVu Sans nor Noto Sans is installed")
    for path in paths:
        font = ImageFont.truetype(path, 40)
        missing = font.getmask("\uf8fe").getbbox(), bytes(font.getmask("\uf8fe"))
        for sign in "Aéß€Ωжא中ก\u0915\u200a":
            drawn_sign = font.getmask(sign).getbbox(), bytes(font.getmask(sign))
            assert _fonts.covers(path, 0, ord(sign)) == (drawn_sign != missing), (path, sign)


def test_a_file_that_is_no_font_has_no_characters(tmp_path: Path) -> None:
    for body in (b"", b"\x00\x01\x00\x00", b"ttcf" + b"\xff" * 60, b"\x00\x01\x00\x00" + b"\xff" * 400):
        path = tmp_path / f"{len(body)}.ttf"
        path.write_bytes(body)
        assert not _fonts.is_font(path)


def test_the_newsrooms_own_font_goes_first() -> None:
    own = next((path for name, path in _fonts.system().items() if name == "LiberationSerif-Bold"), None)
    if own is None:
        pytest.skip("Liberation Serif is not installed")
    assert _fonts.faces("Aé 中", own=[own])[0].path == own
    assert io.BytesIO(own.read_bytes()).read(4) == b"\x00\x01\x00\x00"


@pytest.mark.parametrize(
    ("language", "index"), [("zh", 2), ("zh-TW", 3), ("zh-HK", 4), ("ja", 0), ("ko", 1), (None, 2)]
)
def test_ideographs_have_the_form_that_the_language_reads(language: str | None, index: int) -> None:
    if "NotoSansCJK-Bold" not in _fonts.system():
        pytest.skip("Noto Sans CJK is not installed")
    assert _fonts.faces("骨", language=language)[0].index == index
