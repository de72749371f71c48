"""The daemon: APScheduler ticks the verbs, signals stop it, systemd hears of it. It keeps nothing itself.

Each tick never overlaps itself: *read* (poll, plan), *settle* (reconcile), and *send* for each channel, so that a slow
channel delays no other and trouble in one tick stops none of the others. The first SIGTERM or SIGINT lets what is open
finish, for a while, and begins nothing new; a second one ends the process at once, which is as safe as any crash.

The fleet puts its own ticks and its worker into the same frame.
"""

import os
import signal
import socket
import threading
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, ExitStack, nullcontext
from datetime import UTC, datetime
from functools import partial
from types import FrameType
from typing import TYPE_CHECKING

import structlog

from syndicator.errors import SyndicatorError
from syndicator.service.parts import Parts
from syndicator.service.plan import plan
from syndicator.service.poll import poll
from syndicator.service.prompt import deliver_in_turn
from syndicator.service.reconcile import reconcile

if TYPE_CHECKING:
    from apscheduler.schedulers.background import BackgroundScheduler

log = structlog.get_logger("syndicator.daemon")

LOOK_AT_CLOCK = 5.0
JUMP = 2.0
"""Seconds by which the wall clock may part from the steady one between two looks before it counts as set."""
DRAIN_MOST = 20.0
"""Seconds that what is open gets after a stop was asked for; then the process ends all the same, as safe as a crash."""
TICK = 1.0
"""Seconds between looks at what is due; an idle look is two indexed queries."""


def notify_systemd(message: str) -> None:
    """Tell systemd (``READY=1``, ``WATCHDOG=1`` …) when it asked to be told; see sd_notify(3)."""
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as connection:
        try:
            connection.sendto(message.encode(), "\0" + address[1:] if address.startswith("@") else address)
        except OSError as error:
            log.warning("systemd not told", error=str(error))


def run(
    parts: Parts,
    *,
    backfill: int = 0,
    tick: float = TICK,
    ticks: Mapping[str, Callable[[], object]] | None = None,
    beside: AbstractContextManager[object] | None = None,
) -> None:
    """Work until a signal comes; returns when everything open is finished.

    ``ticks`` replaces the verbs as what happens every ``tick`` seconds; ``beside`` is entered once signals are heard
    and left, to finish what it has open, while a second signal still ends the process.
    """
    from apscheduler.executors.pool import ThreadPoolExecutor
    from apscheduler.schedulers.background import BackgroundScheduler

    ticks = ticks or _verbs(parts, backfill=backfill)
    scheduler = BackgroundScheduler(
        timezone=UTC,
        executors={"default": ThreadPoolExecutor(len(ticks))},
        # A tick that was missed (suspend, long request) is made up for by one tick, however late (T03).
        job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
    )
    alive = {name: threading.Event() for name in ticks}
    for name, act in ticks.items():
        parts.pulse.beat(name, parts.clock.elapsed())
        _add(scheduler, name, act, tick=tick, back=partial(_back, parts, alive[name], name))
    late = threading.Timer(DRAIN_MOST, _leave)
    late.daemon = True
    with ExitStack() as stack:
        stack.callback(late.cancel)
        stack.callback(_on_signals(parts))
        stack.enter_context(beside or nullcontext())
        scheduler.start()
        notify_systemd("READY=1\nSTATUS=working")
        log.info("started", sources=len(parts.sources), channels=list(parts.channels), node=parts.node)
        try:
            _watch(parts, alive, lambda: _ring(scheduler))
        finally:
            notify_systemd("STOPPING=1\nSTATUS=finishing what is open")
            log.info("stopping: finishing what is open")
            late.start()
            scheduler.shutdown(wait=True)
    log.info("stopped")


def _leave() -> None:
    """End although something is still open, such as a platform that does not answer: the next start settles it."""
    log.warning("stopped although something is still open", seconds=DRAIN_MOST)
    os._exit(128 + signal.SIGTERM)


def _verbs(parts: Parts, *, backfill: int) -> dict[str, Callable[[], object]]:
    return {
        "read": lambda: (poll(parts, backfill=backfill), plan(parts)),
        "settle": lambda: reconcile(parts),
        **{f"send {name}": partial(deliver_in_turn, parts, channel) for name, channel in parts.channels.items()},
    }


def _add(
    scheduler: "BackgroundScheduler",
    name: str,
    act: Callable[[], object],
    *,
    tick: float,
    back: Callable[[], None],
) -> None:
    def guarded() -> None:
        try:
            act()
        except SyndicatorError as error:
            # The database is in trouble: nothing was lost, the next tick tries again.
            log.error("tick failed", tick=name, error=str(error))
        finally:
            back()

    scheduler.add_job(guarded, "interval", seconds=tick, id=name, next_run_time=datetime.now(UTC))


def _back(parts: Parts, alive: threading.Event, name: str) -> None:
    """Note that a tick came back: for the watchdog, and for whoever asks how we are."""
    alive.set()
    parts.pulse.beat(name, parts.clock.elapsed())


def _ring(scheduler: "BackgroundScheduler") -> None:
    """Let every tick come now: APScheduler plans by the wall clock, which may have been set back by hours (T05)."""
    for job in scheduler.get_jobs():
        job.modify(next_run_time=datetime.now(UTC))


def _watch(parts: Parts, alive: dict[str, threading.Event], ring: Callable[[], None]) -> None:
    """Wait for the stop flag; feed systemd's watchdog only while all ticks keep coming back."""
    microseconds = int(os.environ.get("WATCHDOG_USEC", "0") or 0)
    pause = min(LOOK_AT_CLOCK, microseconds / 3e6) if microseconds else LOOK_AT_CLOCK
    before = parts.clock.now().timestamp() - parts.clock.elapsed()
    while not parts.stop.wait(pause):
        ahead = parts.clock.now().timestamp() - parts.clock.elapsed()
        if abs(ahead - before) > JUMP:
            log.warning("the clock was set", seconds=round(ahead - before))
            ring()
            before = ahead
        if microseconds and all(flag.is_set() for flag in alive.values()):
            notify_systemd("WATCHDOG=1")
            for flag in alive.values():
                flag.clear()


def _on_signals(parts: Parts) -> Callable[[], None]:
    def stop(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - the signal handler's signature
        if parts.stop.is_set():
            os._exit(128 + number)
        parts.stop.set()

    before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}

    def restore() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    return restore
