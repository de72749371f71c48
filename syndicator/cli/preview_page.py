"""Previews as one HTML file that needs nothing else: the posts as readers of each platform will see them.

Shows the composed requests and changes nothing. How a post looks is a file per platform, ``page/posts/<platform>.html``
(and ``.css``); a platform without one is shown by ``page/neutral.html``. The templates escape every value: titles
and texts are other people's. The page has no script, and its policy lets it load nothing from anywhere.
"""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, partial
from json import dumps
from pathlib import Path

import jinja2
from markupsafe import Markup

from syndicator.cli import drawing, preview_fold, preview_text
from syndicator.cli.preview_posts import PageOf, PictureOf, Problem, Shown, Story, story
from syndicator.service.rehearsal import Preview
from syndicator.settings import Settings

_NEUTRAL = "neutral.html"


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """How the page is set when it is opened; its switches change it."""

    scheme: str = "own"
    """``light``, ``dark``, or ``own``: as the reader's system has it."""
    width: str = "phone"
    """``phone`` or ``desktop``."""
    again: int = 0
    """Seconds after which the page looks for a newer one in its place; 0 = never."""
    trouble: str = ""
    """Why there is nothing newer to show."""


def write(path: Path, page: str) -> None:
    """Write the page to ``path``, whole or not at all.

    Raises:
        OSError: the file cannot be written.
    """
    # A lone surrogate in somebody's title must not lose the whole page.
    replace(path, page.encode("utf-8", errors="xmlcharrefreplace"))


def replace(path: Path, data: bytes) -> None:
    """Put a file in the place of ``path`` in one step: who reads it sees the old one or the new one.

    Raises:
        OSError: it cannot be written.
    """
    target = path.resolve()
    if target.exists() and not target.is_file():  # a pipe or /dev/stdout is written to and not replaced
        target.write_bytes(data)
        return
    fresh = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        fresh.write_bytes(data)
        fresh.replace(target)
    finally:
        fresh.unlink(missing_ok=True)


def render(
    previews: Sequence[Preview],
    *,
    settings: Settings,
    card_picture: PictureOf | None = None,
    page_of: PageOf | None = None,
    view: View | None = None,
) -> str:
    """Give the page as text: a section for each article, in it a post for each channel."""
    return prepared(previews, settings=settings, card_picture=card_picture, page_of=page_of)(view or View())


def prepared(
    previews: Sequence[Preview], *, settings: Settings, card_picture: PictureOf | None, page_of: PageOf | None
) -> Callable[[View], str]:
    """Give what makes the page for a view; without ``card_picture`` link previews have no pictures.

    Pages and pictures are asked for once, however many views there are.
    """
    stories = [story(preview, settings=settings, card_picture=card_picture, page_of=page_of) for preview in previews]
    style = Markup(_style(stories))  # noqa: S704 - our own files, named by templates that exist
    template = _environment().get_template("page.html")
    return partial(
        _render,
        template,
        stories=stories,
        site=settings.site,
        style=style,
        policy=drawing.policy(style, pictures=True),
        posts=sum(isinstance(item, Shown) for one in stories for item in one.items),
        further=sum(len(item.parts) for one in stories for item in one.items if isinstance(item, Shown)),
        problems=sum(isinstance(item, Problem) for one in stories for item in one.items),
        cost=sum((one.cost for one in stories), Decimal(0)),
    )


def _render(template: jinja2.Template, view: View, **values: object) -> str:
    return template.render(view=view, **values)


@cache
def _environment() -> jinja2.Environment:
    environment = drawing.environment(
        stretches=preview_fold.stretches,
        shortened=preview_text.shortened,
        money=preview_text.money,
        day=preview_text.day,
        request=_request,
    )
    environment.tests["problem"] = lambda item: isinstance(item, Problem)
    environment.globals["post_template"] = _post_template
    return environment


def _post_template(platform: str) -> jinja2.Template:
    """Give the template that shows posts of ``platform``. The name is looked up, never used as a path of its own."""
    return _environment().select_template([f"posts/{platform}.html", _NEUTRAL])


def _style(stories: Sequence[Story]) -> str:
    """Give the rules of the page and of the platforms that are on it."""
    shown = {item.platform for one in stories for item in one.items if isinstance(item, Shown)}
    return "\n".join(filter(None, map(_source, ["page.css", *(f"posts/{name}.css" for name in sorted(shown))])))


def _source(name: str) -> str:
    environment = _environment()
    try:
        return environment.loader.get_source(environment, name)[0] if environment.loader else ""
    except jinja2.TemplateNotFound:
        return ""


def _request(request: dict[str, object]) -> str:
    """Write a request for reading."""
    return dumps(request, ensure_ascii=False, indent=2, default=str)
