"""Which request meets which fault: a queue of scripted ones and a seeded lottery. Acting them out is ``wire``'s."""

import fnmatch
import random
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from syndicator.sandbox.traffic import Exchange


class Kind(StrEnum):
    """What goes wrong."""

    DROP = "drop"
    """The connection is closed without a byte."""
    RST = "rst"
    """The connection is reset (TCP RST)."""
    TIMEOUT = "timeout"
    """No answer until the client leaves, at most ``delay`` seconds (default 60)."""
    STATUS = "status"
    """Another answer: ``status``, ``body``, ``headers``."""
    TRUNCATE = "truncate"
    """The head promises more bytes than come before the connection closes."""
    WRONG_BODY = "wrong_body"
    """A success status with a body of the wrong kind: ``body``, default an HTML page."""
    NO_ID = "no_id"
    """A success status and good JSON, but without the id."""
    REDIRECT = "redirect"
    """``status`` (default 307) to ``location`` in ``headers``, default the same address."""
    SLOW = "slow"
    """The right answer, ``delay`` seconds late."""
    HTML = "html"
    """An error page of a proxy in front: ``status`` (default 520)."""
    HEADERS = "headers"
    """The right answer with additional ``headers`` (``Age`` on a cached look-up)."""
    REPEAT = "repeat"
    """A list answers its first page whatever page was asked for."""


class When(StrEnum):
    """Whether the fault comes before or after the state change."""

    BEFORE = "before"
    AFTER = "after"
    LATE = "late"
    """The client is gone already when the state changes (with ``timeout``)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One fault and the requests it is meant for. ``times`` 0 means for ever; ``skip`` lets that many pass first."""

    platform: str
    kind: Kind
    when: When = When.BEFORE
    method: str | None = None
    path: str | None = None
    """Path below the mount point (Graph: without version), ``*`` and ``?`` allowed."""
    role: str | None = None
    status: int | None = None
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    delay: float | None = None
    size: int = 0
    """Pad the body with white space to this many bytes."""
    times: int = 1
    skip: int = 0
    name: str = ""
    """The preset it was made from."""

    def matches(self, exchange: Exchange) -> bool:
        """True when it is meant for this request."""
        return (
            self.platform == exchange.platform
            and self.method in {None, exchange.method}
            and self.role in {None, exchange.role}
            and (self.path is None or fnmatch.fnmatchcase(exchange.path, self.path))
        )


LOTTERY_KINDS = (Kind.DROP, Kind.RST, Kind.TIMEOUT, Kind.STATUS, Kind.TRUNCATE, Kind.WRONG_BODY, Kind.NO_ID)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lottery:
    """Random faults: the same seed and the same requests give the same faults."""

    platform: str | None
    role: str | None
    rate: float
    random: random.Random
    kinds: Sequence[Kind] = LOTTERY_KINDS
    delay: float = 0.3
    """How long a ``timeout`` of the lottery holds the client."""

    def draw(self, exchange: Exchange) -> Fault | None:
        """Draw for one request."""
        if self.platform not in {None, exchange.platform} or self.role not in {None, exchange.role}:
            return None
        ticket, kind, when = self.random.random(), self.random.choice(self.kinds), self.random.choice([*When][:2])
        if ticket >= self.rate:
            return None
        status = self.random.choice((500, 502, 503, 504)) if kind is Kind.STATUS else None
        delay = self.delay if kind is Kind.TIMEOUT else None
        return Fault(platform=exchange.platform, kind=kind, when=when, status=status, delay=delay, name="lottery")


class FaultQueue:
    """The faults to come. Scripted ones are consumed in order, then the lottery is asked."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._queue: list[Fault] = []
        self._lotteries: list[Lottery] = []

    def add(self, fault: Fault) -> None:
        """Queue a scripted fault."""
        with self._lock:
            self._queue.append(fault)

    def add_lottery(self, lottery: Lottery) -> None:
        """Start a lottery."""
        with self._lock:
            self._lotteries.append(lottery)

    def clear(self) -> None:
        """Forget all faults to come."""
        with self._lock:
            self._queue.clear()
            self._lotteries.clear()

    def pending(self) -> list[Fault]:
        """List the scripted faults to come."""
        with self._lock:
            return list(self._queue)

    def take(self, exchange: Exchange) -> Fault | None:
        """Consume the first fault meant for this request."""
        with self._lock:
            for index, fault in enumerate(self._queue):
                if not fault.matches(exchange):
                    continue
                if fault.skip:
                    self._queue[index] = replace(fault, skip=fault.skip - 1)
                    return None
                if fault.times == 1:
                    del self._queue[index]
                elif fault.times:
                    self._queue[index] = replace(fault, times=fault.times - 1)
                return fault
            for lottery in self._lotteries:
                if fault := lottery.draw(exchange):  # type: ignore[assignment]
                    return fault
            return None
