"""``[brand]`` and what channels say of pictures: checked when the file is read, each problem with its remedy."""

from datetime import timedelta
from pathlib import Path

import pytest
from PIL import Image

from syndicator.errors import ConfigError
from syndicator.model import Brand
from syndicator.settings.brand import contrast, read_colour
from syndicator.settings.values import Unfit

from .settings_files import SOUND, read


def loaded(folder: Path, *, brand: str = "", channel: str = "") -> object:
    text = SOUND.replace('platform = "x"\n', f'platform = "x"\n{channel}\n', 1)
    return read(folder, f"{text}\n[brand]\n{brand}\n" if brand else text)


def problems(folder: Path, **changes: str) -> str:
    with pytest.raises(ConfigError) as caught:
        loaded(folder, **changes)
    return "\n".join(f"{problem.key}: {problem.message} ({problem.hint})" for problem in caught.value.problems)


def test_without_it_the_sites_name_and_our_colours(tmp_path: Path) -> None:
    settings = loaded(tmp_path)
    assert settings.brand == Brand(name="Today")  # type: ignore[attr-defined]


def test_all_of_it(tmp_path: Path) -> None:
    Image.new("RGBA", (9, 9)).save(tmp_path / "logo.png")
    (tmp_path / "own.ttf").write_bytes(b"\x00\x01\x00\x00" + bytes(40))
    text = """
        name = "Gazette"
        logo = "logo.png"
        background = "#fff"
        text = "101010"
        accent = "#B00020"
        fonts = ["own.ttf"]
    """
    brand = loaded(tmp_path, brand=text).brand  # type: ignore[attr-defined]
    assert brand == Brand(
        name="Gazette", logo=str(tmp_path / "logo.png"), background="#ffffff", text="#101010", accent="#b00020",
        fonts=(str(tmp_path / "own.ttf"),),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("brand", "said"),
    [
        ('background = "navy"', 'brand.background: must be a colour in quotes (such as "#12263f")'),
        ("accent = 7", "brand.accent: must be a colour in quotes"),
        ('text = "#14263f"', "brand.text: cannot be read on the background: contrast 1."),
        ('accent = "#203040"', "brand.accent: cannot be read on the background"),
        ('logo = "nowhere.png"', "brand.logo: cannot be read: No such file"),
        ('logo = "logo.svg"', "brand.logo: is not a PNG, JPEG or WebP picture: logo.svg (SVG cannot be drawn"),
        ('fonts = ["logo.svg"]', "brand.fonts: is not a TrueType or OpenType font"),
        ('colour = "#fff"', "brand.colour: unknown key"),
    ],
)
def test_what_is_wrong_is_said_with_its_remedy(tmp_path: Path, brand: str, said: str) -> None:
    (tmp_path / "logo.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    assert said in problems(tmp_path, brand=brand)


def test_channels_say_what_becomes_of_their_pictures(tmp_path: Path) -> None:
    settings = loaded(tmp_path, channel='image_fallback = "card"\npreflight = true\npreflight_wait = "2m"')
    x = settings.channel("x")  # type: ignore[attr-defined]
    assert (x.image_fallback, x.preflight, x.preflight_wait) == ("card", True, timedelta(minutes=2))
    plain = loaded(tmp_path).channel("x")  # type: ignore[attr-defined]
    assert (plain.image_fallback, plain.preflight, plain.preflight_wait) == ("none", False, timedelta(minutes=5))
    assert 'must be "card" or "none"' in problems(tmp_path, channel='image_fallback = "attach"')
    assert "must be true or false" in problems(tmp_path, channel='preflight = "yes"')


def test_colours_are_read_and_their_contrast_counted_as_wcag_does() -> None:
    assert read_colour("#ABC") == "#aabbcc"
    for bad in ("", "#12", "#1234567", "#ggg", 7, None, True, "#１２３"):
        with pytest.raises(Unfit):
            read_colour(bad)
    assert round(contrast("#ffffff", "#000000"), 1) == 21.0
    assert round(contrast("#777777", "#ffffff"), 2) == 4.48
    assert contrast("#12263f", "#12263f") == 1.0
