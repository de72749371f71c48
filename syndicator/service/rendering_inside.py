"""What the process does that renders templates (``confined.inside``). Started by ``rendering``, whose words it speaks.

It has the texts of templates from the questions and data of languages and time zones from before it was confined; what
it lacks it asks for. A template is compiled once and again when its text changed.
"""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import jinja2

from syndicator.core.teaser import TeaserRequest, Templates
from syndicator.core.teaser_check import ARTICLES, CAPABILITIES, LINK, channel_for
from syndicator.core.teaser_filters import locale_of
from syndicator.core.teaser_plain import Plain, outcome_of, requests_of, value_of

_EVERYTHING = """{% set link = utm(campaign="Zoë") %}{{ article.title | no_emoji | quote | fit }}
{{ article.summary | sentences(2) | truncate_words(30) | initial_upper | fit(1) }}
{{ article.tags | hashtags(3, style="snake") | if_room }} {{ article.authors | join(", ") }}
{{ article.published_at | date }} {{ article.published_at | date("d MMMM") }} {{ article.published_at | time }}
{{ link }}{% part %}{{ article.title | upper }}{% include "tail" ignore missing %}"""
_MISTAKEN = "{% macro wrong() %}{{ nope }}{% endmacro %}{{ wrong() }}"
_FORMS = ("full", "long", "medium", "short", "EEEE d MMMM y G QQQQ w", "zzzz vvvv VVVV z Z", "B h a")


class Wanted(Exception):
    """A text or data that is not here. No mistake of a template's, so nothing there may take it for one."""

    def __init__(self, kind: str, name: str) -> None:
        self.kind = kind
        self.name = name
        super().__init__(f"{kind} {name}")


class Sent(jinja2.BaseLoader):
    """The templates that came with the question."""

    def __init__(self) -> None:
        self.texts: Mapping[str, Plain] = {}
        """A text; None where there is no such template; why it cannot be read as a list of one text."""

    def get_source(self, _: jinja2.Environment, template: str) -> tuple[str, str, Callable[[], bool]]:
        """Give a text, a path by which a mistake finds its template, and whether that text is still the right one."""
        if template not in self.texts:
            raise Wanted("template", template)
        text = self.texts[template]
        if text is None:
            raise jinja2.TemplateNotFound(template)
        if isinstance(text, list):
            raise OSError(*text)
        return text, f"/{template}", lambda: bool(self.texts.get(template) == text)

    def list_templates(self) -> list[str]:
        """Name those that there are."""
        return [name for name, text in self.texts.items() if isinstance(text, str)]


_sent = Sent()
_prepared: set[str] = set()
_kept: list[object] = []


def _reading(what: str) -> None:
    """Refuse what would be read from a file now: it would not be found, and something else be taken in silence."""
    if what not in _prepared:
        raise Wanted("data", what)


@lru_cache(maxsize=8)
def _templates(house: str) -> Templates:
    return Templates(_sent, value_of(house), reading=_reading)


def load() -> None:
    """Load what is read from files only when it is used: render everything once, in many scripts, and fail once."""
    for need in ("locale:en", "zone:UTC", "zone:Europe/Brussels"):
        prepare(need)
    templates = Templates(jinja2.DictLoader({"all": _EVERYTHING, "wrong": _MISTAKEN}))
    first = next(iter(ARTICLES.values()))
    cases = [(article, CAPABILITIES[0], "all") for article in ARTICLES.values()]
    cases += [(first, capabilities, name) for capabilities in CAPABILITIES for name in ("all", "wrong")]
    templates.render_all(
        TeaserRequest(article=article, channel=channel_for(article), capabilities=limits, template=name, link=LINK)
        for article, limits, name in cases
    )


def prepare(need: str) -> None:
    """Load the data of a language (``locale:pt_BR``) or a time zone (``zone:Europe/Paris``)."""
    from babel.dates import format_date, format_datetime, format_time, get_timezone

    _prepared.add(need)  # what there is not will not be there later either
    kind, _, name = need.partition(":")
    now = datetime.now(UTC)
    if kind == "zone":
        zone = get_timezone(name)
        _kept.append(zone)
        format_datetime(now.astimezone(zone), "zzzz VVVV", locale=locale_of("en"))
        return
    locale = locale_of(name)
    _kept.append(locale)
    for form in _FORMS:
        act = format_date if form in _FORMS[:4] else format_datetime
        act(now, form, locale=locale)
    format_time(now, "full", locale=locale)


def answer(question: Mapping[str, Any], body: bytes) -> tuple[dict[str, Any], bytes]:
    """Render, or check; give the answer to pack."""
    asked = json.loads(body)
    _sent.texts = asked["templates"]
    templates = _templates(asked["house"])
    try:
        if question["call"] == "check":
            made = [[each.file, each.key, each.message, each.hint] for each in templates.check(asked["name"])]
        else:
            made = [outcome_of(each) for each in templates.render_all(requests_of(asked))]
    except Wanted as wanted:
        return {"wants": [wanted.kind, wanted.name]}, b""
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001
        # The boundary of the renderer: a bug that one article meets is told by name and stops no other.
        return {"failed": type(error).__name__}, b""
    return {}, json.dumps(made).encode()
