"""What happens to a life at a named boundary: it is killed, asked to end, or frozen. Written as ``BOUNDARY:N/ACT``."""

import os
import signal
import threading
import time
from dataclasses import dataclass
from enum import StrEnum
from itertools import count
from typing import Self

from syndicator.boundary import Boundary


class Act(StrEnum):
    """What is done to the process."""

    KILL = "kill"
    """SIGKILL: the next instruction never runs."""
    TERM = "term"
    """SIGTERM: what is open is finished, nothing begins."""
    TWICE = "twice"
    """SIGTERM, and again while it finishes: it ends at once."""
    STOP = "stop"
    """SIGSTOP: it is frozen until somebody sends SIGCONT."""


PAST = {Act.KILL: "killed", Act.TERM: "asked", Act.TWICE: "asked twice", Act.STOP: "stopped"}
AT = "at "
"""Begins the line that says when: seconds since 1970."""
TURNS = (Boundary.RECORDED, Boundary.LOOK_UP_RECORDED)
"""After these everything may be settled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Doom:
    """``act`` at the ``number``-th time that ``boundary`` is reached."""

    boundary: Boundary
    number: int = 1
    act: Act = Act.KILL

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``BOUNDARY:N/ACT``; N is 1 and ACT is ``kill`` unless said."""
        place, _, act = text.partition("/")
        name, _, number = place.partition(":")
        return cls(boundary=Boundary[name], number=int(number or 1), act=Act(act or "kill"))

    def __str__(self) -> str:
        return f"{self.boundary.name}:{self.number}" + ("" if self.act is Act.KILL else f"/{self.act}")


class Reaper:
    """The hook in the product: writes down every boundary that is reached, and acts at the one it waits for."""

    def __init__(self, path: str, doom: Doom | None) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        self._counts = {boundary: count(1) for boundary in Boundary}
        self._doom = doom
        self.turned = threading.Event()
        """Set when everything may be settled."""

    def __call__(self, boundary: Boundary) -> None:
        number = next(self._counts[boundary])
        doom = self._doom
        if doom is None or (boundary, number) != (doom.boundary, doom.number):
            os.write(self._file, f"passed {boundary.name}\n".encode())
        else:
            # One write of an append-only file: it is there whatever happens to this process next.
            os.write(self._file, f"{PAST[doom.act]} {boundary.name}\n{AT}{time.time()}\n".encode())
            _act(doom.act)
        if boundary in TURNS:
            self.turned.set()


def _act(act: Act) -> None:
    me = os.getpid()
    if act is Act.KILL:
        os.kill(me, signal.SIGKILL)
    elif act is Act.STOP:
        # To this very thread: sent to the process, another one may take it, and this one runs on for a moment.
        signal.pthread_kill(threading.get_ident(), signal.SIGSTOP)
    elif act is Act.TERM:
        os.kill(me, signal.SIGTERM)
    else:
        # Signals of one kind are not counted while one is pending: it is sent until one of them was the second.
        while True:
            os.kill(me, signal.SIGTERM)
            time.sleep(0.01)
