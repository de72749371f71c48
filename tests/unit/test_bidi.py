"""The order of mixed scripts on a line, against what Unicode's algorithm gives, and against the font engine's own."""

import random
from typing import Any

import pytest

from syndicator.core import bidi

HEBREW, ARABIC = "אבגדהוז", "ابتثجحخ"


def shown(text: str, direction: int | None = None) -> str:
    """Give the characters from left to right as a reader's eye meets them."""
    direction = bidi.base(text) if direction is None else direction
    runs = bidi.visual(bidi.levels(text, direction))
    return "".join(text[start:end][::-1] if level % 2 else text[start:end] for start, end, level in runs)


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("plain words", "plain words"),
        ("אבג", "גבא"),
        ("abc אבג def", "abc גבא def"),
        ("אבג abc דהו", "והד abc גבא"),
        ("אבג 2026 דהו", "והד 2026 גבא"),
        ("ابت 45% ثجح", "حجث %45 تبا"),
        ("אבג (EU-27) דהו", "והד )EU-27( גבא"),
        ("abc (אבג) def", "abc (גבא) def"),
        ("EU: אבג, דהו", "EU: והד ,גבא"),
        ("אבג!", "!גבא"),
        ("189 אבג", "גבא 189"),
        ("€45 אבג", "גבא €45"),
        ("אב 1.5 ו-3,000 גד", "דג 3,000-ו 1.5 בא"),
        ("", ""),
        ("...", "..."),
    ],
)
def test_the_order_on_the_line(text: str, order: str) -> None:
    assert shown(text) == order


def test_the_direction_is_that_of_the_first_letter() -> None:
    assert [bidi.base(text) for text in ("12: אב", "«abc» אב", "اب abc", "123", "")] == [1, 0, 1, 0, 0]


def test_every_character_is_shown_once() -> None:
    rng = random.Random(5)
    signs = f"{HEBREW}{ARABIC}abc 019٠١.,:()[]%$+-/\u202e\u2067\u200f\u0301"
    for _ in range(2000):
        text = "".join(rng.choice(signs) for _ in range(rng.randint(0, 25)))
        assert sorted(shown(text, rng.randint(0, 1))) == sorted(text)


def _engine() -> Any:
    """A font with all these letters, if the machine has it and the engine that orders them."""
    from PIL import ImageFont, features

    from syndicator.sources import _fonts

    path = _fonts.system().get("DejaVuSans")
    if path is None or not features.check("raqm"):
        pytest.skip("no DejaVu Sans, or Pillow without raqm")
    return ImageFont.truetype(path, 32)


def test_the_font_engine_puts_the_same_words_in_the_same_places() -> None:
    """FriBidi orders a whole line as we order its runs: 400 random lines, drawn both ways."""
    from PIL import Image, ImageChops, ImageDraw

    font = _engine()
    rng = random.Random(1)
    pieces = (HEBREW, ARABIC, "abcdefg", "0123456789", "٠١٢٣٤", "  ", ".,:;!?", "()[]", "%$€", "-+/")
    for _ in range(400):
        chosen = rng.choices(pieces, k=rng.randint(2, 8))
        text = "".join("".join(rng.choice(piece) for _ in range(rng.randint(1, 4))) for piece in chosen).strip()
        direction = rng.randint(0, 1)
        whole, ours = (Image.new("L", (1400, 60)) for _ in range(2))
        turned = {0: "ltr", 1: "rtl"}
        ImageDraw.Draw(whole).text((10, 40), text, fill=255, font=font, anchor="ls", direction=turned[direction])
        x = 10.0
        for start, end, level in bidi.visual(bidi.levels(text, direction)):
            run, way = text[start:end], turned[level % 2]
            ImageDraw.Draw(ours).text((x, 40), run, fill=255, font=font, anchor="ls", direction=way)
            x += font.getlength(run, direction=way)
        apart = ImageChops.difference(whole, ours).point(lambda value: 255 if value > 128 else 0)
        assert apart.histogram()[255] <= 60, text
