"""Breadth-first search over every reachable state, the properties, and the shortest way to what breaks one."""

import gc
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from syndicator.core.lifecycle import Event
from syndicator.model import State
from tests.model.attempt import attempt_steps
from tests.model.platform import platform_steps, tick
from tests.model.rollback import rollback_steps, switch_step
from tests.model.settling import crash_steps, person_steps, settling_steps
from tests.model.setup import Person, Rollback, Setup
from tests.model.world import Step, World, start

SETTLED = frozenset({State.PUBLISHED, State.REJECTED, State.SKIPPED, State.ATTENTION})
"""Where a post may rest: it is final, or a person was told."""
STATES_MOST = 3_000_000

DUP = "DUP"
"""More than one live post."""
PHANTOM = "PHANTOM"
"""Published on record, and no post of ours was ever applied."""
FALSEREJECT = "FALSEREJECT"
"""Rejected or skipped on record, and live. As every state is visited, this also finds what would become live later."""
UNASKED = "UNASKED"
"""Claimed although the approval that it waits for was never given."""
UNHEEDED = "UNHEEDED"
"""Past the last check although the kill switch was on."""
STUCK = "STUCK"
"""A state from which no settled one can be reached: lost silently."""


@dataclass(slots=True)
class Found:
    """What a search found: one world for each broken property, and how it got there. Worlds go by their number."""

    worlds: list[World] = field(default_factory=list)
    before: list[tuple[int, tuple[Any, ...]] | None] = field(default_factory=list)
    """Where each world was first met from, and what is said about that step."""
    broken: dict[str, int] = field(default_factory=dict)
    moves: set[tuple[State | None, Event, State | None]] = field(default_factory=set)
    """Every change of the post's state that was taken, by its event."""
    rests: Counter[tuple[State | None, int]] = field(default_factory=Counter)
    """(state, live posts) of the settled worlds."""

    @property
    def states(self) -> int:
        return len(self.worlds)

    def trace(self, broken: str) -> list[str]:
        """Tell the shortest way to a broken property, one line a step."""
        at, lines = self.broken[broken], list[str]()
        while (step := self.before[at]) is not None:
            earlier, said = step
            lines.append(_told(self.worlds[earlier], self.worlds[at], said))
            at = earlier
        return list(reversed(lines))


def _told(earlier: World, world: World, said: tuple[Any, ...]) -> str:
    text = str(said[0]).format(*said[1:])
    if world.row.state is not earlier.row.state:
        text += f"  -> {world.row.state}"
    return f"{text}  [live: {len(world.live)}]" if len(world.live) != len(earlier.live) else text


def steps(world: World, setup: Setup) -> Iterator[Step]:
    """Give everything that may happen next."""
    yield from attempt_steps(world, setup)
    yield from platform_steps(world, setup)
    yield from settling_steps(world, setup)
    yield from person_steps(world, setup)
    yield from tick(world, setup)
    yield from crash_steps(world, setup)
    if setup.rollback is not Rollback.NEVER or not setup.planned:
        yield from rollback_steps(world, setup)
    if setup.switch:
        yield switch_step(world)


def breaks(world: World) -> str | None:
    """Name the property that a world breaks by itself."""
    if len(world.live) > 1:
        return DUP
    state = world.row.state
    if state is State.PUBLISHED and not world.live:
        return PHANTOM
    # Of a loss that is about to be noticed a rejected post may be wrong for a moment; what is skipped stays skipped.
    wrong = (State.SKIPPED,) if world.suspect else (State.REJECTED, State.SKIPPED)
    return FALSEREJECT if world.live and state in wrong else world.ignored or None


def search(setup: Setup, *, expected: Iterable[str] = ()) -> Found:
    """Visit every state; stop early once everything expected to break was seen to break."""
    collecting = gc.isenabled()
    gc.disable()  # worlds are tuples of tuples: there is nothing to collect, and looking for it takes most of the time
    try:
        return _search(setup, frozenset(expected))
    finally:
        if collecting:
            gc.enable()


def _search(setup: Setup, wanted: frozenset[str]) -> Found:
    if setup.planned:
        roots = [start(State.QUEUED, setup)]
        roots += [start(State.HELD, setup)] if setup.person is not Person.NOBODY else []
    else:
        roots = [start(None, setup)]
    found = Found(worlds=roots, before=[None] * len(roots))
    numbers = {world: number for number, world in enumerate(roots)}
    ways: list[list[int]] = [[] for _ in roots]
    at = 0
    while at < len(found.worlds):
        fault = breaks(found.worlds[at])
        if fault is not None:
            found.broken.setdefault(fault, at)
            if wanted and wanted <= found.broken.keys():
                return found
        if fault != DUP:  # nothing is learned beyond two posts, and the scope ends there
            _expand(at, setup, found, numbers, ways)
        at += 1
    if not found.broken:
        _find_stuck(found, ways)
    return found


def _expand(at: int, setup: Setup, found: Found, numbers: dict[World, int], ways: list[list[int]]) -> None:
    world = found.worlds[at]
    for said, event, after in steps(world, setup):
        if event is not None:
            found.moves.add((world.row.state, event, after.row.state))
        number = numbers.setdefault(after, len(found.worlds))
        if number == len(found.worlds):
            found.worlds.append(after)
            found.before.append((at, said))
            ways.append([at])
        elif number != at:
            ways[number].append(at)
    if len(found.worlds) > STATES_MOST:
        raise RuntimeError(f"more than {STATES_MOST} states")


def _find_stuck(found: Found, ways: list[list[int]]) -> None:
    """Walk backwards from the settled worlds; who is not met can never settle."""
    safe = [number for number, world in enumerate(found.worlds) if world.row.state in SETTLED]
    for number in safe:
        world = found.worlds[number]
        found.rests[world.row.state, len(world.live)] += 1
    met = set(safe)
    while safe:
        for earlier in ways[safe.pop()]:
            if earlier not in met:
                met.add(earlier)
                safe.append(earlier)
    if len(met) < len(found.worlds):
        found.broken[STUCK] = min(set(range(len(found.worlds))) - met)
