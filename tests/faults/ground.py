"""What the fault tests stand on: a bench on real SQLite, a restart as a new process would do it, and the verdict."""

import contextlib
import sqlite3
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from syndicator.errors import SyndicatorError
from syndicator.model import Channel, Post, Result, State
from syndicator.service.deliver import deliver
from syndicator.service.reconcile import reconcile
from syndicator.store import posts, views
from tests import values
from tests.service.bench import Bench, make_bench

OPEN = frozenset({State.QUEUED, State.SENDING, State.PROCESSING, State.UNKNOWN})
SHOWN = frozenset({State.ATTENTION, State.REJECTED, State.HELD})
"""States in which a person sees the post with its reason."""
STEP = timedelta(minutes=5)
PATIENCE = timedelta(hours=5)
"""Less than the patience of a queued post: nothing may end as stale here."""


def begin(folder: Path, *, stories: int = 1, channels: tuple[Channel, ...] = (values.channel(),)) -> Bench:
    """Give a bench whose log has so many queued posts on every channel."""
    folder.mkdir(exist_ok=True)
    bench = make_bench(folder, channels=channels)
    for n in range(1, stories + 1):
        for channel in channels:
            bench.queue(channel=channel.name, n=n)
    return bench


def again(bench: Bench, folder: Path | None = None) -> Bench:
    """Give fresh parts on the same log, as a new process has them; platform and clock are the same."""
    bench.parts.store.close()
    fresh = make_bench(folder or bench.parts.state_dir, channels=tuple(bench.parts.channels.values()))
    fresh.adapters.update(bench.adapters)
    parts = replace(fresh.parts, clock=bench.clock, notifier=bench.told, node="bench/2")
    return Bench(parts=parts, clock=bench.clock, adapters=fresh.adapters, told=bench.told)


def step(bench: Bench) -> list[str]:
    """Do one round as the daemon does: what is said on purpose is kept, anything else comes out."""
    said = []
    for verb in (reconcile, deliver):
        try:
            verb(bench.parts)
        except SyndicatorError as error:
            said.append(str(error))
    return said


def rows(bench: Bench) -> list[Post]:
    with bench.parts.store.read() as conn:
        return [row.post for row in views.log(conn)]


def settle(bench: Bench) -> list[Post]:
    """Let time pass until syndicator has nothing more to do by itself."""
    ends_at = bench.clock.now() + PATIENCE
    while any(row.state in OPEN for row in rows(bench)) and bench.clock.now() < ends_at:
        step(bench)
        bench.clock.tick(STEP)
    return rows(bench)


def judge(bench: Bench, *, expected: int = 1, context: str = "") -> list[State]:
    """Assert the promises over every post: live at most once, sent at most once, published or shown, nothing stuck."""
    found = settle(bench)
    assert len(found) == expected, f"{context}: {len(found)} posts"
    for row in found:
        adapter = bench.adapters[row.channel]
        live = [remote for marker, remote in adapter.live if marker == row.id]
        bodies = [body for body in adapter.bodies if body.startswith(row.id)]
        told = f"{context}: {row.state} “{row.reason}”, live {live}, {len(bodies)} bodies"
        assert len(live) <= 1, told
        assert len(bodies) <= 1, told
        if row.state is State.PUBLISHED:
            assert live == [row.remote_id], told
        else:
            assert row.state in SHOWN, told
            assert row.reason, told
            assert not live or adapter.hidden, f"live, but not found: {told}"
        with bench.parts.store.read() as conn:
            assert all(attempt.result is not Result.OPEN for attempt in posts.attempts(conn, row.id)), told
    bench.parts.store.close()
    assert sound(bench.parts.state_dir / "log.db") == [], context
    return [row.state for row in found]


def sound(path: Path) -> list[str]:
    """Give what SQLite finds wrong with the file: pages, indexes, references."""
    with contextlib.closing(sqlite3.connect(path)) as raw:
        found = [str(row[0]) for row in raw.execute("PRAGMA integrity_check")]
        found += [str(row) for row in raw.execute("PRAGMA foreign_key_check")]
    return [line for line in found if line != "ok"]
