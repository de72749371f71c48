"""The page in a real browser: switches and folds without scripts, pictures of it, and nothing asked of anybody."""

import io
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from syndicator.cli.preview_page import View, render
from syndicator.cli.preview_png import Camera, Shot, camera, named
from tests import values
from tests.unit import preview_drafts as drafts

OWN = "A long text of an editor, who has much to say. " * 20


def page_text(scheme: str = "light", width: str = "phone", *, text: str | None = None) -> str:
    return render(
        drafts.previews(values.article(), text=text),
        settings=drafts.settings(),
        card_picture=drafts.composer().card,
        view=View(scheme=scheme, width=width),
    )


@pytest.fixture(scope="module")
def opened() -> Iterator[Camera]:
    """Start one browser for all: Playwright takes one at a time."""
    pytest.importorskip("playwright.sync_api")
    if not any(map(shutil.which, ("chromium", "google-chrome"))):
        pytest.skip("no Chromium on this machine")
    with camera() as made:
        yield made


@pytest.fixture(scope="module")
def take(opened: Camera) -> Callable[[Shot], bytes]:
    return opened.take


def picture(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data)).convert("RGB")


# --- pictures ---


@pytest.mark.parametrize(("width", "pixels"), [("phone", 828), ("desktop", 2800)])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_picture_shows_the_whole_page_as_asked(
    take: Callable[[Shot], bytes], scheme: str, width: str, pixels: int
) -> None:
    shot = picture(take(Shot(page=page_text(scheme, width), scheme=scheme, width=width)))
    assert shot.width == pixels
    assert shot.height > 2000
    corner = shot.getpixel((2, 2))
    assert isinstance(corner, tuple)
    assert (sum(corner) / 3 > 128) is (scheme == "light")
    colours = {shot.getpixel((x, y)) for x in range(0, shot.width, 20) for y in range(0, shot.height, 20)}
    assert (255, 165, 0) in colours  # the sun in the article's picture is drawn


def test_a_page_that_wants_something_from_outside_gets_nothing_and_gives_no_picture(
    take: Callable[[Shot], bytes],
) -> None:
    with pytest.raises(OSError, match=r"wanted http://127\.0\.0\.1:9/a\.png: it was not fetched"):
        take(Shot(page="<img src='http://127.0.0.1:9/a.png'><p>x", scheme="light", width="phone"))


def test_scripts_do_not_run(take: Callable[[Shot], bytes]) -> None:
    page = "<body style='background:#fff'><script>document.body.style.background='#f00'</script>"
    assert picture(take(Shot(page=page, scheme="light", width="phone"))).getpixel((5, 5)) == (255, 255, 255)


def test_a_very_long_page_is_drawn_smaller_and_a_longer_one_refused(take: Callable[[Shot], bytes]) -> None:
    assert picture(take(Shot(page="<p style='height:9000px'>", scheme="light", width="phone"))).width == 414
    with pytest.raises(OSError, match="too long"):
        take(Shot(page="<p style='height:20000px'>", scheme="light", width="phone"))


# --- names ---


@pytest.mark.parametrize(
    ("target", "articles", "schemes", "widths", "files"),
    [
        ("a.png", 1, ["light"], ["phone"], ["a.png"]),
        ("shots", 1, ["light"], ["phone"], ["shots/light-phone.png"]),
        ("shots", 1, ["light", "dark"], ["phone"], ["shots/light-phone.png", "shots/dark-phone.png"]),
        (
            "s",
            2,
            ["dark"],
            ["phone", "desktop"],
            [f"s/0{n}-dark-{w}.png" for n in (1, 2) for w in ("phone", "desktop")],
        ),
    ],
)
def test_files_have_names_that_say_what_they_show(
    target: str, articles: int, schemes: list[str], widths: list[str], files: list[str]
) -> None:
    found = named(Path(target), articles=articles, schemes=schemes, widths=widths)
    assert [str(path) for path in found] == files


def test_several_pictures_are_no_file() -> None:
    with pytest.raises(ValueError, match="folder"):
        named(Path("a.png"), articles=1, schemes=["light", "dark"], widths=["phone"])


# --- switches and folds ---


@pytest.fixture
def page(opened: Camera) -> Iterator[Any]:
    context = opened.browser.new_context(
        viewport={"width": 1400, "height": 900}, color_scheme="light", java_script_enabled=False
    )
    shown = context.new_page()
    shown.set_content(page_text(scheme="own", text=OWN))
    yield shown
    context.close()


def turn_to(page: Any, text: str) -> None:
    """Show another page; the policy of the one before must be gone."""
    page.goto("about:blank")
    page.set_content(text)


def widths(page: Any) -> list[int]:
    return [round(frame.bounding_box()["width"]) for frame in page.locator("figure.frame").all()]


def test_widths_switch_without_a_script(page: Any) -> None:
    turn_to(page, page_text())
    assert widths(page) == [390, 390, 390]
    page.locator("label", has_text="Desktop").click()
    assert widths(page) == [600, 680, 640]
    page.set_viewport_size({"width": 420, "height": 900})
    assert max(widths(page)) <= 420 - 24


def test_colours_switch_without_a_script(page: Any) -> None:
    def ground() -> int:
        pixel = picture(page.screenshot()).getpixel((2, 2))
        return sum(pixel) // 3  # type: ignore[arg-type]

    assert ground() > 200
    page.locator("label", has_text="Dark").click()
    assert ground() < 60
    page.locator("label", has_text="As here").click()
    assert ground() > 200


def test_a_fold_opens_without_a_script(page: Any) -> None:
    shown = page.locator("article.facebook p.text")
    folded = shown.inner_text()
    assert folded.endswith("… See more")
    assert len(folded) < 140
    page.locator("label", has_text="Desktop").click()
    assert 430 < len(shown.inner_text()) < 500
    page.locator("label", has_text="Phone").click()
    shown.get_by_text("See more").first.click()
    assert " ".join(shown.inner_text().split()) == " ".join(OWN.split())
    page.locator("label", has_text="Desktop").click()
    assert " ".join(shown.inner_text().split()) == " ".join(OWN.split())


def test_a_fold_opens_from_the_keyboard(page: Any) -> None:
    shown = page.locator("article.facebook p.text")
    shown.locator("input").first.focus()
    page.keyboard.press("Space")
    assert "See more" not in shown.inner_text()


def test_arabic_stands_at_the_right_and_its_frame_does_not(page: Any) -> None:
    found = drafts.previews(replace(drafts.titled("arabic"), image=None), channels=[drafts.X])
    turn_to(page, render(found, settings=drafts.settings()))
    name, text = (page.locator(f"article.twitter {part}").bounding_box() for part in ("header b", "p.text"))
    assert name["x"] < text["x"] + 10  # the account's name begins at the left, as the platform has it
    assert page.locator("article.twitter p.text").evaluate("e => getComputedStyle(e).direction") == "rtl"
