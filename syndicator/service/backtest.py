"""A backtest: stored articles once more, on a clock of its own, through rules, guards, timing and templates.

What decides is the code that decides every day: ``core.plan``, ``core.rules``, ``core.guards``, ``core.timing``,
``service.guards``, ``service.doubts``, ``service.corrections`` and the composer. Only the tables are in memory, since
thousands of posts through a real post log would take minutes; ``tests/service/test_backtest_truth.py`` holds the result
against the service itself, post by post.

It touches no platform, no network and no post log. It takes every send for a success and no channel for paused, and
what people decided in the log (approved, dropped, released) for decided at the same moment.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from heapq import heappop, heappush
from typing import Any

from syndicator.model import State
from syndicator.service.backtest_desk import Batch, Desk, Setup, composing
from syndicator.service.backtest_history import Arrival, History, Story, Version
from syndicator.service.backtest_intake import Intake, configured
from syndicator.service.backtest_lane import Play
from syndicator.service.backtest_outbox import Outbox
from syndicator.store.views import Move

__all__ = ["Batch", "Play", "Played", "Setup", "composing", "play"]

DECIDE, EDIT, RELEASE, ARRIVE, LOOK = range(5)
"""What comes first at one moment: a reading edits what is known, its news is planned, then channels are looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """What came of it, in the time that was asked for."""

    history: History
    setup: Setup
    plays: tuple[Play, ...]
    """What was sent, held or skipped in that time, and what still waits at its end; in the order of time."""
    batches: tuple[Batch, ...]
    """What guards held, until a person decides."""
    unrouted: int
    """Articles that no rule sends anywhere."""
    too_old: int
    """Articles that were too old when they were found, or released."""
    foreign: Mapping[str, int]
    """Articles of sources that this configuration does not have, by source."""


def play(history: History, setup: Setup, *, tell: Callable[[int, int], None] = lambda _done, _all: None) -> Played:
    """Play the articles; ``tell`` hears after each poll how many of how many are played."""
    return _Backtest(history, setup).run(tell)


@dataclass(slots=True)
class _Backtest:
    """The clock and its agenda."""

    history: History
    setup: Setup
    now: datetime = field(init=False)
    desk: Desk = field(init=False)
    intake: Intake = field(init=False)
    outbox: Outbox = field(init=False)
    unrouted: int = 0
    too_old: int = 0
    foreign: dict[str, int] = field(default_factory=dict)
    _agenda: list[tuple[datetime, int, int, Any]] = field(default_factory=list)
    _number: int = 0

    def __post_init__(self) -> None:
        self.now = self.history.begins_at
        self.desk = Desk(set(self.history.headlines))
        self.intake = Intake(self.history, self.setup, self.desk)
        self.outbox = Outbox(self.setup, self.desk, lambda at, channel: self._note(at, LOOK, channel))
        self.outbox.begin(self.history.sent)

    def run(self, tell: Callable[[int, int], None]) -> Played:
        acts: dict[int, Callable[[Any], None]] = {
            EDIT: self._edit, RELEASE: self._release, ARRIVE: self._arrive, DECIDE: self._decide,
            LOOK: lambda channel: self.outbox.look(channel, self.now),
        }  # fmt: skip
        for arrival in self.history.arrivals:
            self._note(arrival.at, ARRIVE, arrival)
        polls = 0
        while self._agenda and self._agenda[0][0] <= self.history.until:
            self.now, kind, _, what = heappop(self._agenda)
            acts[kind](what)
            if kind == ARRIVE:
                polls += 1
                tell(polls, len(self.history.arrivals))
        return self._played()

    def _played(self) -> Played:
        since = self.history.since
        for one in self.outbox.plays.values():
            one.settle()
        plays = [one for one in self.outbox.plays.values() if one.at >= since or one.post.state is State.QUEUED]
        return Played(
            history=self.history,
            setup=self.setup,
            plays=tuple(sorted(plays, key=lambda one: (one.at, one.post.channel, one.post.id))),
            batches=tuple(batch for batch in self.intake.batches if batch.at >= since),
            unrouted=self.unrouted,
            too_old=self.too_old,
            foreign=self.foreign,
        )

    def _note(self, at: datetime, kind: int, what: Any) -> None:
        self._number += 1
        heappush(self._agenda, (at, kind, self._number, what))

    @property
    def _shown(self) -> bool:
        return self.now >= self.history.since

    def _arrive(self, arrival: Arrival) -> None:
        source = next((one for one in self.setup.sources if one.name == arrival.source), None)
        if source is None:
            if self._shown:
                self.foreign[arrival.source] = self.foreign.get(arrival.source, 0) + len(arrival.stories)
            return
        taken = self.intake.take(arrival, source)
        self.too_old += taken.too_old if self._shown else 0
        for story in arrival.stories:
            for version in story.versions[1:]:
                self._note(version.at, EDIT, (version, source))
            for channel, moves in story.decisions.items():
                for move in moves:
                    self._note(max(move.at, self.now), DECIDE, (story.article.id, channel, move))
        for story, batch in taken.held:
            if batch.decision == "released" and batch.decided_at is not None:
                self._note(batch.decided_at, RELEASE, (story, batch))
        for story in taken.news:
            self._plan(story, taken.batch)

    def _plan(self, story: Story, batch: Batch | None) -> None:
        made = self.outbox.plan(story.article.id, batch, self.now)
        self.unrouted += int(self._shown and not made)

    def _release(self, released: tuple[Story, Batch]) -> None:
        """Plan what a person let go; what is too old by then stays remembered."""
        story, batch = released
        source = next(one for one in self.setup.sources if one.name == batch.source)
        article = self.desk.reads[story.article.id]
        if self.now - (article.published_at or article.first_seen_at) > source.max_age:
            self.too_old += int(self._shown)
        else:
            self._plan(story, batch)

    def _edit(self, edited: tuple[Version, Any]) -> None:
        version, source = edited
        article = configured(version.article, source)
        self.desk.learn(article)
        self.outbox.edit(article, self.now)

    def _decide(self, decided: tuple[str, str, Move]) -> None:
        article_id, channel, move = decided
        self.outbox.decide(article_id, channel, move, self.now)
