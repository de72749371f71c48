"""The product's own command, as a newsroom runs it: ``python -m syndicator -c FILE run``, killed at random moments."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable

from syndicator.store import Store, views
from tests.crash.life import OPEN
from tests.crash.nursery import ROOT
from tests.crash.scene import Scene
from tests.crash.trial import BACKFILL

PATIENCE = 120.0


def start(here: Scene) -> subprocess.Popen[bytes]:
    """Start the daemon."""
    with here.log.open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "syndicator", "-c", str(here.config), "run", "--backfill", str(BACKFILL)],
            cwd=here.folder,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )


def kill(process: "subprocess.Popen[bytes]") -> int:
    """Kill it and give the exit code (-9 unless it had ended before)."""
    process.kill()
    return process.wait()


def drain(process: "subprocess.Popen[bytes]") -> tuple[int, float]:
    """Ask it to stop; give the exit code and the seconds that it took."""
    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    try:
        return process.wait(PATIENCE), time.monotonic() - began
    finally:
        process.kill()


def settled(here: Scene, expect: int) -> Callable[[], bool]:
    """Say (when called) whether ``expect`` posts are there and none is open."""

    def ask() -> bool:
        if here.store_url.startswith("sqlite") and not (here.folder / "log.db").exists():
            return False
        store = Store.open(here.store_url)
        try:
            with store.read() as conn:
                counts = views.counts(conn)
        finally:
            store.close()
        return sum(row.posts for row in counts) >= expect and not any(row.state in OPEN for row in counts)

    return ask


def until(true: Callable[[], bool], *, seconds: float = PATIENCE) -> bool:
    """Wait until ``true``; False when it never was."""
    ends_at = time.monotonic() + seconds
    while time.monotonic() < ends_at:
        if true():
            return True
        time.sleep(0.1)
    return False
