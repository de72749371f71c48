"""How the sources are: the state of each with what its health adds up to. Reads the post log; fetches nothing."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from syndicator.core import health, rhythm
from syndicator.core.health import Finding, Vitals
from syndicator.core.rhythm import Rhythm
from syndicator.model import Source
from syndicator.service import pace
from syndicator.store import source_views
from syndicator.store.articles import Connection, SourceState
from syndicator.store.source_views import SourceRow

LATELY = timedelta(hours=24)
_SHARED = tuple(Vitals.__dataclass_fields__.keys() & SourceState.__dataclass_fields__.keys() - {"name", "rhythm"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkup:
    """One source as it is now. ``source`` is None for one that is no longer configured and still has articles held."""

    name: str
    source: Source | None
    row: SourceRow
    now: datetime
    findings: tuple[Finding, ...]
    """How it is, what needs a person first."""

    @property
    def state(self) -> SourceState:
        """What is remembered between polls."""
        return self.row.state

    @property
    def rhythm(self) -> Rhythm:
        """What its polls taught."""
        return self.row.rhythm

    @property
    def needs(self) -> bool:
        """Whether a person has to do something about it."""
        return any(finding.needs for finding in self.findings)

    @property
    def learned(self) -> bool:
        """Whether the time between two polls follows the source's rhythm."""
        return self.source is not None and self.source.interval_most is not None and self.state.interval is not None

    @property
    def interval(self) -> timedelta | None:
        """The time between two polls now; None when nobody reads it."""
        if self.source is None:
            return None
        learned = timedelta(seconds=self.state.interval or 0) if self.learned else timedelta(0)
        floor = timedelta(0) if self.source.allow_private else pace.FLOOR
        return max(learned, self.source.interval, floor)

    @property
    def next_at(self) -> datetime | None:
        """When it is read next; None when nobody knows or it is paused until a person resumes it."""
        if self.source is None:
            return None
        if self.state.paused(self.now):
            return self.state.paused_until
        return self.state.next_poll_at

    @property
    def a_day(self) -> float | None:
        """New articles a day, as far as is remembered; None before there was news."""
        return rhythm.a_day(self.rhythm, now=self.now) if self.rhythm.sizes else None


def everything(conn: Connection | None, sources: Sequence[Source], *, now: datetime) -> list[Checkup]:
    """Give every configured source in its order, then those that are gone from the configuration and hold articles.

    Before there is a post log (None) nothing is known of any.
    """
    rows = {} if conn is None else source_views.overview(conn, since=now - LATELY)
    return list(_checkups(sources, rows, now))


def _checkups(sources: Sequence[Source], rows: dict[str, SourceRow], now: datetime) -> Iterator[Checkup]:
    for source in sources:
        yield _checkup(source.name, source, rows.pop(source.name, None), now)
    for name, row in rows.items():
        if row.held:
            yield _checkup(name, None, row, now)


def one(conn: Connection | None, source: Source, *, now: datetime) -> Checkup:
    """Give one configured source."""
    rows = {} if conn is None else source_views.overview(conn, since=now - LATELY, name=source.name)
    return _checkup(source.name, source, rows.get(source.name), now)


def _checkup(name: str, source: Source | None, row: SourceRow | None, now: datetime) -> Checkup:
    row = row or SourceRow(state=SourceState(name=name))
    vitals = Vitals(
        name=name,
        now=now,
        configured=source is not None,
        held=row.held,
        held_for=row.held_for,
        rhythm=row.rhythm,
        followed=source is not None and pace.is_followed(source, row.state, now=row.state.last_success_at),
        **{field: getattr(row.state, field) for field in _SHARED},
    )
    return Checkup(name=name, source=source, row=row, now=now, findings=health.findings(vitals))
