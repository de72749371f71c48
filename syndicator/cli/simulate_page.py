"""A simulation as a calendar: one HTML file that needs nothing else, in light and dark, for desks and phones.

It shows what was played and changes nothing. Titles and texts are other people's: the template escapes every value.
The page has no script, and its policy lets it load nothing from anywhere.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import jinja2
from markupsafe import Markup

from syndicator import platforms
from syndicator.cli import drawing, preview_text, simulate_shapes, simulate_table
from syndicator.model import Channel, State
from syndicator.settings import Settings

if TYPE_CHECKING:
    from syndicator.cli.simulate import Simulation
    from syndicator.service.backtest import Play
    from syndicator.service.backtest_difference import Difference

OPEN_MOST = 120
"""Posts up to which every day is laid open."""
COLOURS = 8
WIDTH = 240
"""Of a day's strip in its own units: ten for an hour."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One post of the calendar; a removed one is what only the present configuration has."""

    play: "Play"
    at: datetime
    """In the site's time zone."""
    state: str
    """posted, held, skipped, waits, removed."""
    change: str
    """added, moved, changed, both; empty for the same as now."""
    why: str

    @property
    def x(self) -> float:
        """Its place on the strip of its day."""
        clock = self.at.time()
        return round(WIDTH * (clock.hour + clock.minute / 60) / 24, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """A day of the calendar; without ``inside`` it only fills a week."""

    on: date
    inside: bool
    marks: tuple[Mark, ...]
    names_month: bool = False

    def changed(self, kind: str) -> int:
        """Count its posts that another configuration adds, removes, moves or words otherwise."""
        return sum(kind in one.change.split() for one in self.marks)

    @property
    def cost(self) -> Decimal:
        """What its posts cost."""
        return sum((one.play.cost for one in self.marks if one.state == "posted"), Decimal(0))

    def count(self, state: str) -> int:
        """Count its posts by what became of them."""
        return sum(one.state == state for one in self.marks)

    def of(self, channel: str) -> list[Mark]:
        """Give its posts on one channel."""
        return [one for one in self.marks if one.play.post.channel == channel]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A channel as the calendar names and colours it."""

    name: str
    title: str
    colour: int
    sums: simulate_shapes.Sums
    then: simulate_shapes.Sums | None
    """Under the present configuration."""
    quiet: tuple[tuple[float, float], ...]
    """Quiet hours on the strip: from, width; only where the channel keeps the site's time."""


def render(simulation: "Simulation", *, settings: Settings, channels: Sequence[str]) -> str:
    """Give the page as text."""
    zone = ZoneInfo(settings.site.timezone)
    marks = _marks(simulation, channels, zone)
    style = Markup((drawing.FOLDER / "calendar.css").read_text(encoding="utf-8"))  # noqa: S704 - a file of ours
    played = simulation.played
    return (
        _environment()
        .get_template("calendar.html")
        .render(
            simulation=simulation,
            history=played.history,
            site=settings.site,
            rows=[_row(simulation, name, number, settings) for number, name in enumerate(channels)],
            weeks=_weeks(marks, played.history.since.astimezone(zone), played.history.until.astimezone(zone)),
            total=simulate_shapes.sums(simulate_shapes.shown(played, channels)),
            change=simulate_table.cost_change(simulation, channels),
            kinds=_kinds(simulation, channels),
            laid_open=len(marks) <= OPEN_MOST,
            zone=zone,
            width=WIDTH,
            style=style,
            policy=drawing.policy(style, pictures=False),
        )
    )


def _marks(simulation: "Simulation", channels: Sequence[str], zone: ZoneInfo) -> list[Mark]:
    changed = {(one.play.article.id, one.play.post.channel): one for one in simulation.differences}
    found = []
    for play in simulate_shapes.shown(simulation.played, channels):
        difference = changed.get((play.article.id, play.post.channel))
        found.append(_mark(play, difference, zone))
    for one in simulation.differences:
        # Where it would still be held or skipped it has a mark already, which says why.
        if "removed" in one.kinds and one.after is None and one.before and one.before.post.channel in channels:
            at = one.before.at.astimezone(zone)
            found.append(Mark(play=one.before, at=at, state="removed", change="removed", why=one.why))
    return sorted(found, key=lambda mark: (mark.at, mark.play.post.channel))


def _mark(play: "Play", difference: "Difference | None", zone: ZoneInfo) -> Mark:
    kinds = difference.kinds if difference else ()
    state = simulate_table.WORDS[play.post.state]
    at = play.post.due_at if play.post.state is State.QUEUED else play.at
    why = simulate_table.why(play)
    if difference is not None:
        why = f"{why}; {difference.why}" if difference.why and "removed" not in kinds else why
    return Mark(play=play, at=at.astimezone(zone), state=state, change=" ".join(kinds), why=why)


def _weeks(marks: Sequence[Mark], since: datetime, until: datetime) -> list[list[Day]]:
    """Give whole weeks, Monday first, from the first to the last day."""
    by_day: dict[date, list[Mark]] = {}
    for mark in marks:
        by_day.setdefault(mark.at.date(), []).append(mark)
    first, last = since.date(), max(until.date(), *by_day) if by_day else until.date()
    # What waits far ahead stands in the list of its state, not in a calendar of empty weeks.
    last = min(last, until.date() + timedelta(days=7))
    begin = first - timedelta(days=first.weekday())
    days = [begin + timedelta(days=number) for number in range((last - begin).days // 7 * 7 + 7)]
    made = [
        Day(on=on, inside=first <= on <= last, marks=tuple(by_day.get(on, ())),
            names_month=on == first or on.day == 1 or on.weekday() == 0)
        for on in days
    ]  # fmt: skip
    return [made[number : number + 7] for number in range(0, len(made), 7)]


def _row(simulation: "Simulation", name: str, number: int, settings: Settings) -> Row:
    setups = [played.setup for played in (simulation.played, simulation.present) if played is not None]
    channel = next(one for setup in setups for one in setup.channels if one.name == name)
    present = simulation.present
    return Row(
        name=name,
        title=platforms.load(channel.platform).SPEC.title,
        colour=number % COLOURS,
        sums=simulate_shapes.sums(simulate_shapes.shown(simulation.played, [name])),
        then=simulate_shapes.sums(simulate_shapes.shown(present, [name])) if present is not None else None,
        quiet=_quiet(channel, settings.site.timezone),
    )


def _quiet(channel: Channel, timezone: str) -> tuple[tuple[float, float], ...]:
    quiet = channel.quiet_hours
    if quiet is None or channel.timezone != timezone:
        return ()
    start, end = _place(quiet.start), _place(quiet.end)
    return ((start, end - start),) if start <= end else ((0, end), (start, WIDTH - start))


def _place(clock: time) -> float:
    return round(WIDTH * (clock.hour + clock.minute / 60) / 24, 1)


def _kinds(simulation: "Simulation", channels: Sequence[str]) -> dict[str, int]:
    found = [one for one in simulation.differences if one.play.post.channel in channels]
    return {kind: len(simulate_shapes.of_kind(found, kind)) for kind in simulate_table.KINDS}


@cache
def _environment() -> jinja2.Environment:
    return drawing.environment(money=preview_text.money)
