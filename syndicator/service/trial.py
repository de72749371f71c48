"""Try a source out: fetch it once, and say what would be new, what the rules make of it, and what is odd about it.

Touches no state: nothing is remembered, planned or sent, and the next poll does not know of it.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from syndicator import sources
from syndicator.core import guards, rhythm, rules
from syndicator.core.guards import Doubt
from syndicator.errors import SourceError, SourceInvalid, SyndicatorError
from syndicator.model import Article, Rule, Source
from syndicator.service import intake, oneoff
from syndicator.service.remember import circumstances
from syndicator.sources import Fetched, Reading, _child, _looks
from syndicator.sources._fetch import Fetcher
from syndicator.store import articles
from syndicator.store.articles import Connection, SourceState

_LOOKED_AT = 2_000_000
"""Bytes of a document from which its kind is guessed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetch:
    """One address that was asked for. ``url`` is where the answer came from in the end."""

    asked: str
    url: str
    status: int | None
    """None: no answer that could be used; ``problem`` says why."""
    size: int
    """Bytes, unpacked."""
    seconds: float
    content_type: str = ""
    etag: str | None = None
    last_modified: str | None = None
    problem: str = ""

    @property
    def redirected(self) -> bool:
        """Whether another address answered."""
        return self.url != self.asked


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """One entry as an article, and what would become of it."""

    article: Article
    fate: str
    """``new``, ``known`` or ``too old``."""
    channels: tuple[str, ...]
    """Where the rules would send it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What came of it."""

    source: Source
    configured: bool
    fetches: tuple[Fetch, ...]
    seconds: float
    reading: Reading | None = None
    problem: str = ""
    """Why it cannot be read; empty when it can."""
    guess: str = ""
    """The kind that reads what came, where it is another one."""
    looks: str = ""
    """What the document looks like, in words; empty when it was read."""
    entries: tuple[Tried, ...] = ()
    matched: dict[str, int] = field(default_factory=dict)
    """Entries for which each rule opens a route."""
    first: bool = True
    """The next reading is the baseline: remembered, never posted."""
    doubt: Doubt | None = None
    """Why a guard would hold what is new."""


class Watching(Fetcher):
    """A fetcher that notes what it was asked, and asks for one document only once."""

    def __init__(self, named: str = "") -> None:
        super().__init__(named=named)
        self.fetches: list[Fetch] = []
        self.first: Fetched | None = None

    async def get(self, url: str, **how: Any) -> Fetched:
        """Fetch ``url`` as every fetcher does, and note it."""
        if self.first is not None and self.fetches[0].asked == url:
            return self.first
        began = time.perf_counter()
        try:
            fetched = await super().get(url, **how)
        except SourceError as error:
            seconds = time.perf_counter() - began
            self.fetches.append(Fetch(asked=url, url=url, status=None, size=0, seconds=seconds, problem=str(error)))
            raise
        kept = fetched.validators
        self.fetches.append(
            Fetch(
                asked=url,
                url=fetched.url,
                status=fetched.status,
                size=len(fetched.body),
                seconds=time.perf_counter() - began,
                content_type=fetched.content_type,
                etag=kept.etag if kept else None,
                last_modified=kept.last_modified if kept else None,
            )
        )
        if len(self.fetches) == 1:
            self.first = fetched
        return fetched


def run(where: str, *, configured: Sequence[Source]) -> Trial:
    """Read a configured source by its name or address, or any address; its kind is then guessed.

    Raises:
        SourceInvalid: neither an address nor the name of a source.
    """
    known = {name: source for source in configured for name in (source.url, source.name)}
    source = known.get(where)
    if source is None and not oneoff.is_url(where):
        names = ", ".join(one.name for one in configured)
        raise SourceInvalid(f"neither an address nor a source (configured: {names or 'none'})", source=where)
    if source is not None:
        _child.warm(source.kind)
        return asyncio.run(_read(source, configured=True))
    typed = Source(name=oneoff.TYPED, kind="", url=where, allow_private=True)
    return asyncio.run(_read(typed, configured=False))


async def _read(source: Source, *, configured: bool) -> Trial:
    began = time.perf_counter()
    reading, problem, looks = None, "", _looks.Look("", "")
    async with Watching(oneoff.named(source)) as fetcher:
        try:
            if not source.kind:
                source = replace(source, kind=await _guessed(source, fetcher))
            reading = await sources.read(source, None, fetcher)
        except SyndicatorError as error:
            problem = str(error).removeprefix(f"{source.name}: ")
            looks = _look(fetcher.first)
    return Trial(
        source=source,
        configured=configured,
        fetches=tuple(fetcher.fetches),
        seconds=time.perf_counter() - began,
        reading=reading,
        problem=problem,
        guess=looks.kind if looks.kind != source.kind else "",
        looks=looks.what,
    )


async def _guessed(source: Source, fetcher: Watching) -> str:
    """Guess the kind from the document itself; a page is tried as a feed, which may be named there."""
    fetched = await fetcher.get(source.url, allow_private=source.allow_private, source=source.name)
    kind = _look(fetched).kind
    return kind if kind in ("wordpress", "sitemap") else "feed"


def _look(fetched: Fetched | None) -> _looks.Look:
    if fetched is None or not fetched.body:
        return _looks.Look("", "")
    return _looks.look(fetched.body[:_LOOKED_AT].decode("utf-8", errors="replace"))


def judged(trial: Trial, conn: Connection | None, *, rules_: Sequence[Rule], now: datetime) -> Trial:
    """Add what the post log and the rules say about the entries; without a log everything is new."""
    if trial.reading is None:
        return trial
    source = trial.source
    state = articles.source_state(conn, source.name) if conn is not None and trial.configured else None
    fates = _fates(trial.reading, source, conn, now=now)
    entries = tuple(
        Tried(
            article=article, fate=fate, channels=tuple(match.route.channel for match in rules.matches(rules_, article))
        )
        for article, fate in fates
    )
    matched = {rule.name: sum(not rules.refusal(rule, item.article) for item in entries) for rule in rules_}
    new = sum(item.fate == "new" for item in entries)
    first = state is None or state.baseline_at is None
    doubt = None if first else _doubt(source, state, new, now=now)
    return replace(trial, entries=entries, matched=matched, first=first, doubt=doubt)


def _fates(reading: Reading, source: Source, conn: Connection | None, *, now: datetime) -> list[tuple[Article, str]]:
    """Give each entry as an article with what it is to us, in the order of the document."""
    if conn is None:
        found = [intake.article_from(entry, source=source, now=now) for entry in reading.entries]
        return [(article, "too old" if _too_old(article, source, now) else "new") for article in found]
    sorted_ = intake.sort(conn, source, reading.entries, now=now, seen_at=now)
    fates = {fresh.article.id: (fresh.article, "too old" if fresh.too_old else "new") for fresh in sorted_.fresh}
    fates |= {met.stored.id: (met.stored, "known") for met in sorted_.met}
    order = {entry.canonical_url: place for place, entry in enumerate(reading.entries)}
    return sorted(fates.values(), key=lambda pair: order.get(pair[0].canonical_url, len(order)))


def _too_old(article: Article, source: Source, now: datetime) -> bool:
    return article.published_at is not None and now - article.published_at > source.max_age


def _doubt(source: Source, state: SourceState | None, new: int, *, now: datetime) -> Doubt | None:
    """Say whether the flood guard would hold what is new."""
    if state is None or not new:
        return None
    return guards.flood(circumstances(source, state, rhythm.read(state.rhythm), now=now), new)
