"""Requests, teasers and what was wrong with them as plain data: what goes to the process that renders, and back. Pure.

A request is rebuilt as it was. What comes back is not believed: a teaser takes from it its words and nothing that we
know ourselves, and each field must be of its kind and size.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any, TypeAlias

from syndicator.core.teaser_choice import Choice
from syndicator.core.teaser_request import Outcome, TeaserRequest
from syndicator.errors import ComposeError, Problem, TemplateError
from syndicator.model import (
    AfterUnknown,
    Article,
    Capabilities,
    Channel,
    Counting,
    HouseStyle,
    Media,
    Part,
    QuietHours,
    Teaser,
    Windows,
)

Plain: TypeAlias = Any
"""What JSON can hold."""
MOST_WORDS = 100_000
MOST_WARNINGS = 1000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_PICTURE = Media(sha256="", mime="", width=0, height=0, size=0)
"""Stands for a picture where templates are rendered: its alternative text is all that they decide."""


class Unbelievable(Exception):
    """What was said is not what an honest renderer says."""


# --- settings -------------------------------------------------------------------------------------------------------

_WRITTEN: dict[type[Any], Callable[[Any], Plain]] = {
    tuple: lambda value: [_tagged(each) for each in value],
    datetime: datetime.isoformat,
    time: time.isoformat,
    timedelta: lambda value: [value.days, value.seconds, value.microseconds],
    Decimal: str,
    Counting: str,
    AfterUnknown: str,
}
_READ: dict[str, Callable[[Any], Any]] = {
    "tuple": lambda said: tuple(_value(each) for each in said),
    "dict": lambda said: {name: _value(each) for name, each in said.items()},
    "datetime": datetime.fromisoformat,
    "time": time.fromisoformat,
    "timedelta": lambda said: timedelta(*said),
    "Decimal": Decimal,
    "Counting": Counting,
    "AfterUnknown": AfterUnknown,
}
_MODELS = {each.__name__: each for each in (Capabilities, Channel, HouseStyle, QuietHours, Windows)}


def text_of(value: Channel | Capabilities | HouseStyle) -> str:
    """Write what a newsroom or a platform says once for many teasers."""
    return json.dumps(_tagged(value), separators=(",", ":"))


@lru_cache(maxsize=256)
def value_of(text: str) -> Any:
    """Give the value that was written."""
    return _value(json.loads(text))


def _tagged(value: Any) -> Plain:
    kind = type(value)
    if value is None or kind in (str, int, float, bool):
        return value
    if kind in _WRITTEN:
        return [kind.__name__, _WRITTEN[kind](value)]
    if kind.__name__ in _MODELS:
        return [kind.__name__, {each.name: _tagged(getattr(value, each.name)) for each in fields(value)}]
    if isinstance(value, Mapping):
        return ["dict", {str(name): _tagged(each) for name, each in value.items()}]
    raise TypeError(f"a setting of an unknown kind: {kind.__name__}")


def _value(said: Plain) -> Any:
    if not isinstance(said, list):
        return said
    kind, inner = said
    if kind in _MODELS:
        return _MODELS[kind](**{name: _value(each) for name, each in inner.items()})
    return _READ[kind](inner)


# --- requests -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Asked:
    """A request with the template that it gets."""

    request: TeaserRequest
    choice: Choice


def requests_of(plain: Mapping[str, Plain]) -> list[TeaserRequest]:
    """Give the requests that ``plain_of`` wrote, as far as templates can tell."""
    articles = [_article(row) for row in plain["articles"]]
    settings = [value_of(text) for text in plain["settings"]]
    return [
        TeaserRequest(
            article=articles[article],
            channel=settings[channel],
            capabilities=settings[capabilities],
            template=template,
            link=link,
            media=(_PICTURE,) if pictured else (),
            site_name=site,
            platform=platform,
        )
        for article, channel, capabilities, template, link, pictured, site, platform in plain["requests"]
    ]


def plain_of(asked: Sequence[Asked], text: Callable[[Any], str] = text_of) -> dict[str, Plain]:
    """Write requests; what they share is written once. ``text`` stands for ``text_of`` and may remember."""
    articles: dict[int, int] = {}
    places: dict[int, int] = {}
    rows: list[Plain] = []
    settings: list[str] = []
    requests: list[Plain] = []
    for each in asked:
        request = each.request
        if (article := articles.get(id(request.article))) is None:
            article = articles[id(request.article)] = len(rows)
            rows.append(_row(request.article))
        for setting in (request.channel, request.capabilities):
            if id(setting) not in places:
                places[id(setting)] = len(settings)
                settings.append(text(setting))
        requests.append(
            (
                article, places[id(request.channel)], places[id(request.capabilities)], each.choice.name, request.link,
                bool(request.media), request.site_name, request.platform,
            )
        )  # fmt: skip
    return {"articles": rows, "settings": settings, "requests": requests}


def _row(article: Article) -> tuple[Plain, ...]:
    return (
        article.id, article.url, article.title, article.summary, _iso(article.published_at), _iso(article.updated_at),
        article.authors, article.tags, article.labels, article.language, article.source,
    )  # fmt: skip


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _article(row: Sequence[Plain]) -> Article:
    number, url, title, summary, published, updated, authors, tags, labels, language, source = row
    return Article(
        id=number,
        guid="",
        url=url,
        canonical_url="",
        title=title,
        summary=summary,
        published_at=_instant(published),
        updated_at=_instant(updated),
        authors=tuple(authors),
        tags=tuple(tags),
        labels=tuple(labels),
        image=None,
        language=language,
        source=source,
        first_seen_at=_EPOCH,
    )


def _instant(said: str | None) -> datetime | None:
    if said is None:
        return None
    at = datetime.fromisoformat(said)
    return at.replace(tzinfo=UTC) if at.tzinfo is not None and not at.utcoffset() else at


# --- outcomes -------------------------------------------------------------------------------------------------------


def outcome_of(made: Outcome) -> list[Plain]:
    """Write what became of a request."""
    if isinstance(made, TemplateError):
        where = f"{made.template}:{made.line}: " if made.line else f"{made.template}: "
        return ["template", str(made).removeprefix(where), made.template, made.line]
    if isinstance(made, ComposeError):
        return ["compose", str(made)]
    parts = [(part.text, part.length, part.limit, part.link) for part in made.parts]
    alt = made.media[0].alt if made.media else ""
    return ["made", made.text, made.link, made.length, made.warnings, parts, alt]


def believed(asked: Asked, said: Plain) -> Outcome:
    """Make of what the renderer wrote what became of a request.

    Raises:
        Unbelievable: a field is not of its kind or size.
    """
    match said:
        case ["template", str(message), str(template), int() | None as line]:
            return TemplateError(_sentence(message), template=_sentence(template), line=line)
        case ["compose", str(message)]:
            return ComposeError(_sentence(message))
        case ["made", str(text), str(link), int(length), list(warnings), list(parts), str(alt)]:
            return _teaser(asked, text, link=link, length=length, warnings=warnings, parts=parts, alt=alt)
        case _:
            raise Unbelievable("no teaser")


def _teaser(
    asked: Asked, text: str, *, link: str, length: int, warnings: list[Plain], parts: list[Plain], alt: str
) -> Teaser:
    request, limits = asked.request, asked.request.capabilities
    if max(len(text), len(link), len(alt)) > MOST_WORDS or length > limits.text_limit or not link.isprintable():
        raise Unbelievable("a teaser that does not fit")
    if len(warnings) > MOST_WARNINGS or not all(type(one) is str and len(one) < MOST_WORDS for one in warnings):
        raise Unbelievable("no list of warnings")
    if len(parts) > limits.parts_most:
        raise Unbelievable("too many follow-ups")
    return Teaser(
        channel=request.channel.name,
        platform=request.channel.platform,
        template=asked.choice.name,
        template_why=asked.choice.why,
        text=text,
        link=link,
        length=length,
        limit=limits.text_limit,
        media=tuple(replace(media, alt=alt) for media in request.media) if alt else request.media,
        language=request.article.language or request.channel.language,
        warnings=tuple(warnings),
        parts=tuple(_part(part, limits) for part in parts),
    )


def _part(said: Plain, limits: Capabilities) -> Part:
    most = limits.part_limit or limits.text_limit
    match said:
        case [str(text), int(length), int(limit), str(link)] if len(text) <= MOST_WORDS and length <= limit == most:
            if not link or link in text:
                return Part(text=text, length=length, limit=limit, link=link)
    raise Unbelievable("no follow-up")


def problems_of(said: Plain) -> list[Problem]:
    """Make problems of what the renderer wrote.

    Raises:
        Unbelievable: a field is not of its kind.
    """
    found = []
    for one in said if isinstance(said, list) else [None]:
        match one:
            case [str(file), str(key), str(message), str(hint)]:
                found.append(Problem(file=_sentence(file), key=key, message=_sentence(message), hint=hint))
            case _:
                raise Unbelievable("no problems")
    return found


def _sentence(said: str) -> str:
    """Give one line that may stand in a log; of a template's own mistake the lines stay."""
    return "".join(sign if sign.isprintable() or sign == "\n" else " " for sign in said[:4000])
