"""Which template an article gets on a channel, and why: the look-up order of overrides. Pure; it reads no file.

A route's template, then a channel's, count as they are named. Without one the first of these files that exists wins,
``twitter`` being the platform:

====================================  =========================================================
``twitter/NAME.j2``                   for the channel ``NAME``
``twitter/label-LABEL.j2``            for articles with the label, in the order of their labels
``twitter/source-NAME.j2``            for articles of the source ``NAME``
``twitter/pt-BR.j2``                  for the language, then ``twitter/pt.j2``
``twitter.j2``                        for everything else
====================================  =========================================================
"""

import re
from collections.abc import Collection, Container, Iterator
from dataclasses import dataclass

from syndicator.model import Article, Channel

BY_ROUTE = "named by the route"
BY_CHANNEL = "named by the channel"
BY_PLATFORM = "the platform's own"
_FILE_NAME = re.compile(r"[^\W_][\w +&.'-]{0,80}")
"""A label may be anything; only one that can be the name of a file has a template of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A template and why it was chosen."""

    name: str
    why: str


def choose(article: Article, channel: Channel, *, platform: str, named: str, known: Container[str]) -> Choice:
    """Choose the template; ``named`` is what the route (or the post) names, ``known`` the files that exist.

    What is named is chosen whether or not it exists, so that a mistake is told and not passed over.
    """
    if named:
        return Choice(name=named, why=BY_CHANNEL if named == channel.template else BY_ROUTE)
    if channel.template:
        return Choice(name=channel.template, why=BY_CHANNEL)
    last = Choice(name=f"{platform}.j2", why=BY_PLATFORM)
    return next((each for each in overrides(article, channel, platform=platform) if each.name in known), last)


def overrides(article: Article, channel: Channel, *, platform: str) -> Iterator[Choice]:
    """Give the files that would be taken before the platform's own, first one first."""
    yield Choice(name=f"{platform}/{channel.name}.j2", why=f"for the channel {channel.name}")
    for label in article.labels:
        if _FILE_NAME.fullmatch(label):
            yield Choice(name=f"{platform}/label-{label}.j2", why=f"for the label {label}")
    if _FILE_NAME.fullmatch(article.source):
        yield Choice(name=f"{platform}/source-{article.source}.j2", why=f"for the source {article.source}")
    for language in languages(article.language or channel.language):
        yield Choice(name=f"{platform}/{language}.j2", why=f"for the language {language}")


def languages(tag: str | None) -> tuple[str, ...]:
    """Give a language tag as files are named, then without its region: ``pt_br`` -> ``pt-BR``, ``pt``."""
    if not tag or not re.fullmatch(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*", tag, re.ASCII):
        return ()
    first, *rest = tag.replace("_", "-").split("-")
    pieces = [first.lower(), *(_subtag(piece) for piece in rest)]
    return tuple("-".join(pieces[:count]) for count in range(len(pieces), 0, -1))


def _subtag(piece: str) -> str:
    return piece.title() if len(piece) == 4 else piece.upper()


def reach(
    name: str, *, platform: str, channels: Collection[str], labels: Collection[str], sources: Collection[str]
) -> str:
    """Say whom an override file is for; empty when nothing of this configuration ever takes it."""
    folder, _, file = name.rpartition("/")
    stem = file.removesuffix(".j2")
    if folder != platform:
        return ""
    if stem in channels:
        return f"for the channel {stem}"
    for kind, there in (("label", labels), ("source", sources)):
        if stem.startswith(f"{kind}-"):
            return f"for the {kind} {stem[len(kind) + 1 :]}" if stem[len(kind) + 1 :] in there else ""
    return f"for the language {stem}" if stem in languages(stem)[:1] else ""
