"""A primary and its standby with real streaming replication, which can be held back, cut, and failed over."""

import contextlib
import os
import signal
from collections.abc import Iterator
from pathlib import Path

from syndicator.store import Store
from tests.failover.machine import Machine, folder, url, wait_for

STANDBY = "standby1"
"""The standby's application name, as ``synchronous_standby_names`` knows it."""


class Template:
    """A stopped server with an empty post log, copied for every cluster: that is faster than making one."""

    def __init__(self, place: Path) -> None:
        self.machine = Machine(place / "template")
        self.machine.make()
        self.machine.start()
        Store.open(self.machine.url, create=True).close()
        self.machine.stop()


@contextlib.contextmanager
def template() -> Iterator[Template]:
    """Make the template; deleted at the end."""
    with folder() as place:
        yield Template(place)


class Cluster:
    """Two machines; ``url`` reaches whichever takes writes, as libpq's multi-host addresses do."""

    def __init__(self, place: Path, template: Template) -> None:
        self.primary = Machine(place / "a")
        self.standby = Machine(place / "b")
        for machine in (self.primary, self.standby):
            machine.copy_from(template.machine)
        # The copy of a stopped server is a base backup; with the signal file it follows the other one.
        (self.standby.data / "standby.signal").touch()
        self.url = url(self.primary.place, self.standby.place)
        self._sender = 0

    def start(self, *, synchronous: bool = False) -> None:
        """Start both and wait until the standby follows."""
        if synchronous:
            self.primary.start()
            self.primary.run(f"ALTER SYSTEM SET synchronous_standby_names = '{STANDBY}'")
        else:
            self.primary.start()
        source = f"host={self.primary.place} user=postgres application_name={STANDBY}"
        self.standby.start(primary_conninfo=source)
        wait_for(self.caught_up, "the standby to follow")
        if synchronous:
            self.primary.run("SELECT pg_reload_conf()")
            wait_for(lambda: self.primary.run("SELECT sync_state FROM pg_stat_replication") == [("sync",)], "sync")

    def caught_up(self) -> bool:
        """Say whether the standby has applied everything that the primary committed."""
        replayed = "SELECT replay_lsn >= pg_current_wal_flush_lsn() FROM pg_stat_replication"
        return self.primary.run(replayed) == [(True,)]

    def hold(self) -> None:
        """From here on the standby receives nothing: the primary's commits exist on the primary alone."""
        wait_for(self.caught_up, "the standby to catch up")
        ((self._sender,),) = self.primary.run("SELECT pid FROM pg_stat_replication")
        os.kill(self._sender, signal.SIGSTOP)

    def let_go(self) -> None:
        """Let the standby follow again."""
        os.kill(self._sender, signal.SIGCONT)

    def fail_over(self) -> None:
        """The primary dies for good and the standby takes its place, without what it never received."""
        self.primary.kill()
        self.standby.promote()

    def split(self) -> None:
        """The standby takes over while the primary lives on: a network in two halves."""
        self.standby.promote()

    def end(self) -> None:
        """Kill both."""
        for machine in (self.standby, self.primary):
            machine.kill()


@contextlib.contextmanager
def cluster(template: Template, *, synchronous: bool = False) -> Iterator[Cluster]:
    """Lend a running cluster with an empty post log."""
    with folder() as place:
        made = Cluster(place, template)
        try:
            made.start(synchronous=synchronous)
            yield made
        finally:
            made.end()
