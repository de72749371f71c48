"""The newsroom's own sample articles: ``templates/golden/articles/NAME.toml``. It reads files and renders nothing.

::

    title = "Council votes on harbour plan"            # the only one that has to be there
    summary = "The vote is on Friday. Read also: …"
    language = "en"
    tags = ["Harbour", "Council"]
    labels = ["news"]
    source = "eutoday"
    authors = ["Ana Pérez"]
    url = "https://your.site/2026/11/harbour-plan/"
    published_at = 2026-11-20T09:30:00Z
    picture = "The harbour at night"                   # what the picture shows; leave it out for no picture
"""

import tomllib
from dataclasses import replace
from datetime import UTC, date, datetime, time
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from syndicator.core import links
from syndicator.core.teaser_check import ARTICLES, slug
from syndicator.errors import Problem
from syndicator.model import Article, Picture

FOLDER = "articles"
_WORDS = ("title", "summary", "language", "source", "url", "picture")
_LISTS = ("tags", "labels", "authors")
KEYS = (*_WORDS, *_LISTS, "published_at")
_BARE = replace(
    ARTICLES["an ordinary article"],
    summary="", language=None, tags=(), labels=(), authors=(), image=None, published_at=None,
)  # fmt: skip


def read(golden: Path) -> tuple[dict[str, Article], list[Problem]]:
    """Give the articles by their files' names, and what is wrong with the others."""
    articles: dict[str, Article] = {}
    problems: list[Problem] = []
    for path in sorted((golden / FOLDER).glob("*.toml")):
        if path.stem in {slug(label) for label in ARTICLES}:
            problems.append(_problem(path, "", "has the name of an article that is tested anyway", "rename the file"))
            continue
        try:
            values = tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            problems.append(_problem(path, "", f"cannot be read: {error}", 'a line is: key = "value"'))
            continue
        wrong = list(_wrong(path, values))
        problems += wrong
        if not wrong:
            articles[path.stem] = _article(values)
    return articles, problems


def _problem(path: Path, key: str, message: str, hint: str = "") -> Problem:
    return Problem(file=str(path), key=key, message=message, hint=hint)


def _wrong(path: Path, values: dict[str, Any]) -> list[Problem]:
    found = []
    for key, value in values.items():
        if key not in KEYS:
            near = get_close_matches(key, KEYS, n=1)
            hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(KEYS)}"
            found.append(_problem(path, key, "is not known", hint))
        elif key in _WORDS and not isinstance(value, str):
            found.append(_problem(path, key, "must be text", f'{key} = "…"'))
        elif key in _LISTS and not (isinstance(value, list) and all(isinstance(one, str) for one in value)):
            found.append(_problem(path, key, "must be a list of texts", f'{key} = ["…", "…"]'))
        elif key == "published_at" and not isinstance(value, date):
            found.append(_problem(path, key, "must be a date", f"{key} = 2026-11-20T09:30:00Z"))
    if not values.get("title"):
        found.append(_problem(path, "title", "is missing", 'title = "…"'))
    if "url" in values and not found:
        try:
            links.canonical(values["url"])
        except ValueError as error:
            found.append(_problem(path, "url", str(error), 'url = "https://your.site/story/"'))
    return found


def _article(values: dict[str, Any]) -> Article:
    given = {key: values[key] for key in ("title", "summary", "language", "source") if key in values}
    lists: dict[str, Any] = {key: tuple(values[key]) for key in _LISTS if key in values}
    article = replace(_BARE, **given, **lists)
    if "url" in values:
        article = replace(article, url=values["url"], canonical_url=links.canonical(values["url"]))
    if "picture" in values:
        article = replace(article, image=Picture(url="https://news.example.com/picture.jpg", alt=values["picture"]))
    if "published_at" in values:
        article = replace(article, published_at=_instant(values["published_at"]))
    return article


def _instant(value: date) -> datetime:
    at = value if isinstance(value, datetime) else datetime.combine(value, time(12), tzinfo=UTC)
    return at if at.tzinfo else at.replace(tzinfo=UTC)
