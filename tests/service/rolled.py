"""A bench whose post log can be put back to what it was: by hand, as a snapshot or a copied file does it."""

import shutil
from pathlib import Path
from typing import Any

from syndicator.model import Channel, Post
from syndicator.service.journal import Journal
from tests import values
from tests.service.bench import Bench, make_bench


class Rolled:
    """A bench on SQLite, and a copy of its log."""

    def __init__(self, folder: Path, **options: Any) -> None:
        self.folder = folder
        self._options = options
        self.bench = make_bench(folder, **options)
        self._kept = 0

    @property
    def log(self) -> Path:
        return self.folder / "log.db"

    def keep(self) -> Path:
        """Copy the log as it is now."""
        self.bench.parts.store.close()
        self._kept += 1
        copy = self.folder / f"copy-{self._kept}.db"
        shutil.copy(self.log, copy)
        self.restart()
        return copy

    def restart(self, **options: Any) -> Bench:
        """Begin a new process on the same log; what is live stays live, and time goes on."""
        before = self.bench
        before.parts.store.close()
        self.bench = make_bench(self.folder, **self._options | options)
        for name, adapter in self.bench.adapters.items():
            if name in before.adapters:
                adapter.live, adapter.bodies = before.adapters[name].live, before.adapters[name].bodies
        self.bench.clock.set(before.clock.now())
        return self.bench

    def back(self, copy: Path, *, journal: bool = True) -> Bench:
        """Put an earlier log in place of the present one; without ``journal`` on a new machine."""
        self.bench.parts.store.close()
        shutil.copy(copy, self.log)
        if not journal:
            for path in self.folder.glob("intents-*"):
                path.unlink()
        return self.restart()


def lines(bench: Bench) -> list[str]:
    """Give the journal of the bench, line by line."""
    return bench.parts.journal.path.read_text(encoding="utf-8").splitlines()


def another(bench: Bench, folder: Path) -> Bench:
    """Give a second machine on the same post log, with a journal of its own."""
    folder.mkdir(exist_ok=True)
    other = make_bench(folder, channels=tuple(bench.parts.channels.values()), store=bench.parts.store)
    for name, adapter in other.adapters.items():
        adapter.live, adapter.bodies = bench.adapters[name].live, bench.adapters[name].bodies
    other.clock.set(bench.clock.now())
    return other


def journal_of(folder: Path, host: str = "bench") -> Journal:
    return Journal(folder, f"{host}/1")


def resending(name: str = "x") -> Channel:
    """Give a channel on which proven absence is answered by one resend."""
    return values.channel(name, resend=True)


def markers(bench: Bench) -> list[str]:
    """Give the markers of what is live on channel x."""
    return sorted(marker for marker, _ in bench.x.live)


def states(bench: Bench, *group: Post) -> list[str]:
    """Give the states of posts."""
    return [str(bench.row(post).state) for post in group]
