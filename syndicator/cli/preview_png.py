"""Pictures of the preview page, taken by a Chromium that is installed. Must not let it ask anybody anything.

The page is given to the browser as text, every request is cut off and scripts are off, so that a picture shows what the
page holds and nothing else. Playwright (extra ``png``) drives the browser; it is imported here and nowhere else.
"""

import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from syndicator.errors import SyndicatorError

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Playwright, Route

VIEWPORTS: Mapping[str, int] = {"phone": 414, "desktop": 1400}
"""Pixels: a phone's column in its margins; two desktop columns beside each other."""
TALLEST = 16_000
"""Pixels that a picture may be high: Chromium repeats itself beyond 16,384."""
_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge", "brave-browser")
_VARIABLE = "SYNDICATOR_CHROMIUM"
NO_PLAYWRIGHT = "pictures need the extra png: pip install 'syndicator[png]'; --html needs nothing"
NO_BROWSER = (
    "pictures need a Chromium, and none was found: install the package chromium (Debian, Fedora, Alpine), or run "
    f"'playwright install chromium', or name one with {_VARIABLE}=/path/to/chrome; --html needs no browser"
)


class NoBrowser(SyndicatorError):
    """There is no browser to take pictures with; the message has the remedy."""

    exit_code = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """A picture to take: which page, how wide and in which colours."""

    page: str
    scheme: str
    """``light`` or ``dark``."""
    width: str
    """``phone`` or ``desktop``."""


@contextmanager
def camera(program: str = "") -> "Iterator[Camera]":
    """Start a browser and close it; ``program`` is its path, empty: the first that is found. One at a time.

    Raises:
        NoBrowser: Playwright or a Chromium is missing, or it does not start.
    """
    try:
        from playwright.sync_api import Error, sync_playwright
    except ImportError as error:
        raise NoBrowser(NO_PLAYWRIGHT) from error
    with sync_playwright() as running:
        program = program or found(running)
        try:
            # The page is ours, escaped, without scripts, its pictures made again by us; and root has no sandbox.
            opened = running.chromium.launch(executable_path=program, chromium_sandbox=False)
        except Error as error:
            reason = error.message.strip().partition("\n")[0]
            raise NoBrowser(f"{program} does not start: {reason}; name another with {_VARIABLE}") from error
        try:
            yield Camera(opened)
        finally:
            opened.close()


def found(running: "Playwright") -> str:
    """Give the path of a Chromium: the one that is named, one of the system, or Playwright's own.

    Raises:
        NoBrowser: there is none.
    """
    named = os.environ.get(_VARIABLE, "")
    own = running.chromium.executable_path
    program = named or next(filter(None, map(shutil.which, _BROWSERS)), None) or own
    if not shutil.which(program):
        raise NoBrowser(f"{named} is no program ({_VARIABLE})" if named else NO_BROWSER)
    return program


class Camera:
    """A browser that takes pictures."""

    def __init__(self, browser: "Browser") -> None:
        self.browser = browser

    def take(self, shot: Shot) -> bytes:
        """Give a PNG of a whole page.

        Raises:
            OSError: the page wanted something from outside, or is too long for a picture.
        """
        for scale in (2, 1):
            picture = _taken(self.browser, shot, scale)
            if picture is not None:
                return picture
        raise OSError("the page is too long for one picture: show fewer channels or articles at once")


def _taken(browser: "Browser", shot: Shot, scale: int) -> bytes | None:
    """Give the picture, ``scale`` pixels for one of the style sheet; None when it would be too high."""
    asked: list[str] = []

    def refuse(route: "Route") -> None:
        asked.append(route.request.url)
        route.abort()

    context = browser.new_context(
        viewport={"width": VIEWPORTS[shot.width], "height": 800},
        color_scheme="dark" if shot.scheme == "dark" else "light",
        device_scale_factor=scale,
        java_script_enabled=False,
        offline=True,
        service_workers="block",
    )
    try:
        context.route("**/*", refuse)
        page = context.new_page()
        page.set_content(shot.page, wait_until="load")
        box = page.locator("html").bounding_box()
        too_high = box is not None and box["height"] * scale > TALLEST
        picture = None if too_high else page.screenshot(full_page=True, animations="disabled")
    finally:
        context.close()
    if asked:
        raise OSError(f"the page wanted {asked[0]}: it was not fetched, and no picture is kept")
    return picture


def named(target: Path, *, articles: int, schemes: Sequence[str], widths: Sequence[str]) -> list[Path]:
    """Name the files, articles outermost, then schemes, then widths: ``target`` itself for one, else in that folder.

    Raises:
        ValueError: several pictures for one file.
    """
    several = articles * len(schemes) * len(widths) > 1
    is_file = target.suffix.lower() == ".png" and not target.is_dir()
    if several and is_file:
        raise ValueError("several pictures need a folder, not a file")
    if is_file:
        return [target]
    return [
        target / f"{f'{number:02}-' if articles > 1 else ''}{scheme}-{width}.png"
        for number in range(1, articles + 1)
        for scheme in schemes
        for width in widths
    ]
