"""One life of syndicator for the crash tests: the real daemon or the real work loop, and what is done to it.

Nothing in the product knows of this: the hook of ``syndicator.boundary`` is installed here.
"""

import logging
import os
import resource
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from syndicator import boundary, daemon, settings, wiring
from syndicator.cli.app import App
from syndicator.errors import SyndicatorError
from syndicator.model import State
from syndicator.service.deliver import deliver
from syndicator.service.parts import Parts
from syndicator.service.reconcile import reconcile
from syndicator.service.work import work
from syndicator.store import posts, views
from tests.crash.doom import Doom, Reaper

OPEN = frozenset({State.QUEUED, State.SENDING, State.PROCESSING, State.UNKNOWN})
"""States in which syndicator itself still has something to do."""
UNFINISHED, BROKEN = 4, 3
"""Exit codes: not settled in time; an exception came out."""
TICK = 1.0
"""Seconds between the daemon's looks, as in the product."""
PAUSE = 0.15
"""Seconds that the work loop waits at least when there was nothing to do."""
GLANCE = 0.5
"""Seconds between looks at whether everything is settled when no boundary says that it may be."""
MODES = ("daemon", "work")


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """What one life is to do. ``expect`` posts settled end it; ``doom`` is in :class:`Doom`'s words, or empty."""

    config: str
    reached: str
    doom: str = ""
    mode: str = "daemon"
    expect: int = 1
    backfill: int = 0
    patience: float = 120.0
    host: str = ""
    """Name of the machine that it believes to be on; empty: this one."""
    files: int = 0
    """File descriptors that it may have open; 0: as many as it likes."""
    memory: int = 0
    """MiB of address space that it may take beyond what it has; 0: as much as it likes."""


def live(life: Life) -> None:
    """Work until everything is settled, or until ``doom``."""
    reaper = Reaper(life.reached, Doom.parse(life.doom) if life.doom else None)
    boundary.install(reaper)
    App(config=life.config).set_up_logs(logging.INFO)
    logging.getLogger("apscheduler").setLevel(logging.CRITICAL)
    _limit(life)
    loaded = settings.load(Path(life.config), spec_of=wiring.spec_of, env={})
    with wiring.running(loaded, create=True, env={}) as parts:
        _work(replace(parts, node=f"{life.host}/{os.getpid()}") if life.host else parts, life, reaper)


def _work(parts: Parts, life: Life, reaper: Reaper) -> None:
    ends_at = time.monotonic() + life.patience
    if life.mode == "daemon":
        watch = threading.Thread(target=_stop_when_settled, args=(parts, life, reaper, ends_at), daemon=True)
        watch.start()
        daemon.run(parts, backfill=life.backfill, tick=TICK)
        return
    work(parts, backfill=life.backfill)
    while not settled(parts, life.expect):
        _give_up_at(ends_at)
        if deliver(parts).posts or reconcile(parts).posts:
            continue
        _wait(parts)
        if not _planned(parts, life.expect):
            # A source that an earlier life could not read has to wait for a while, whoever is asked to read it.
            work(parts, backfill=life.backfill)


def _limit(life: Life) -> None:
    """Take away what the life may use; it is a process of its own, so nobody else feels it."""
    if life.files:
        resource.setrlimit(resource.RLIMIT_NOFILE, (life.files, life.files))
    if life.memory:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        most = pages * resource.getpagesize() + (life.memory << 20)
        resource.setrlimit(resource.RLIMIT_AS, (most, most))


def _wait(parts: Parts) -> None:
    """Sleep until something is due."""
    with parts.store.read() as conn:
        due_at = posts.next_due_at(conn)
    ahead = 0.0 if due_at is None else (due_at - parts.clock.now()).total_seconds()
    time.sleep(min(max(ahead, PAUSE), TICK))


def _stop_when_settled(parts: Parts, life: Life, reaper: Reaper, ends_at: float) -> None:
    while not parts.stop.is_set():
        _give_up_at(ends_at)
        # A database that cannot be read (no file descriptor left, no connection free) is one to ask again.
        with suppress(SyndicatorError):
            if settled(parts, life.expect):
                break
        reaper.turned.wait(GLANCE)
        reaper.turned.clear()
    parts.stop.set()


def _give_up_at(ends_at: float) -> None:
    if time.monotonic() > ends_at:
        os._exit(UNFINISHED)


def _planned(parts: Parts, expect: int) -> bool:
    with parts.store.read() as conn:
        return sum(row.posts for row in views.counts(conn)) >= expect


def settled(parts: Parts, expect: int) -> bool:
    """Say whether at least ``expect`` posts exist and none is left for syndicator to do."""
    with parts.store.read() as conn:
        counts = views.counts(conn)
    return sum(row.posts for row in counts) >= expect and not any(row.state in OPEN for row in counts)
