"""The wire: stands where the product's writing session stands, below the real adapters.

It keeps that session's contract (sign, connect, ask the guard, write once, wait for one answer) and lets time pass
and worlds end in between. What became of the request decides the remote side.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from syndicator.boundary import Boundary, reached
from syndicator.errors import OutcomeUnknown, Unreachable
from syndicator.model import Guard

if TYPE_CHECKING:
    from tests.simulation.hosts import Worker
    from tests.simulation.remote import Remote

READ_TIMEOUT, TOTAL_TIMEOUT = 30.0, 60.0
CHECKED = "checked, not written"
"""A point of our own: between the guard's answer and the first byte (D16)."""
SIGNED = "signed, not connected"


class Broken(Exception):
    """The exchange ended without a whole answer."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the adapters read of an HTTP answer."""

    status_code: int
    content: bytes
    headers: Mapping[str, str]


@dataclass(slots=True)
class Request:
    """One request as it leaves the adapter."""

    method: str
    path: str
    fields: Mapping[str, Any]
    signed_at: float = 0.0
    """What the sender's wall clock showed, in seconds of the story."""
    began_at: float = 0.0
    """True time at which it was signed."""
    node: str = ""
    body: Any = None
    """What the remote keeps of it."""


class Wire:
    """One worker's session to one remote."""

    def __init__(self, worker: "Worker", remote: "Remote") -> None:
        self.worker = worker
        self.world = worker.world
        self.remote = remote
        self.written = False
        self._guard: Guard | None = None
        self._answer: Answer | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Keep nothing."""

    def send_once(self, guard: Guard, call: Callable[[], object]) -> Answer:
        """Make the one visible request."""
        self._guard, self._answer, self.written = guard, None, False
        trouble = "no request was made"
        try:
            call()
        except Broken as error:
            trouble = str(error)
        finally:
            self._guard = None
        if self._answer is not None:
            return self._answer
        if self.written:
            raise OutcomeUnknown(
                f"the request was sent, but {trouble}", platform=self.remote.platform, code="no-answer"
            )
        raise Unreachable(f"nothing was sent: {trouble}", platform=self.remote.platform, code="not-sent")

    def ask(self, call: Callable[[], object]) -> Answer:
        """Make an invisible or repeatable request."""
        self._answer = None
        try:
            call()
        except Broken as error:
            raise Unreachable(str(error), platform=self.remote.platform, code="no-answer") from None
        if self._answer is None:
            raise AssertionError("the adapter made no request")
        return self._answer

    def exchange(self, method: str, path: str, fields: Mapping[str, Any]) -> Answer:
        """Put one request on the wire and wait for its answer."""
        world, guard = self.world, self._guard
        request = Request(method=method, path=path, fields=fields, node=self.worker.name)
        request.began_at = world.now
        request.signed_at = world.now + self.worker.host.offset
        if guard is not None:
            world.point(SIGNED)
        if not world.calm and world.rng.random() < world.scene.trouble * 0.05:
            world.sleep(5.0)
            raise Broken("the server could not be reached in time")
        world.sleep(world.rng.random() * 0.2)
        opened = world.now
        if guard is None:
            exchange = self.remote.read(request)
        else:
            self._write(guard, request, opened)
            exchange = self.remote.take(request, self.worker)
            reached(Boundary.WIRE_BODY)
        ends_at = min(world.now + READ_TIMEOUT, max(opened + TOTAL_TIMEOUT, world.now + 0.01))
        answered_at, answer = exchange
        world.sleep(max(0.0, min(answered_at, ends_at) - world.now))
        if answer is None or answered_at > ends_at:
            raise Broken("no answer came in time")
        if guard is not None:
            reached(Boundary.WIRE_STATUS)
            reached(Boundary.WIRE_ANSWER)
            self.remote.heard(request)
        self._answer = answer
        return answer

    def _write(self, guard: Guard, request: Request, opened: float) -> None:
        """Ask the guard and write; a process that slept too long finds the connection gone."""
        world = self.world
        reached(Boundary.WIRE_CONNECTED)
        guard()
        world.point(CHECKED)
        self.written = True
        self._still_there(opened)
        reached(Boundary.WIRE_HEADERS)
        reached(Boundary.WIRE_HALF_BODY)
        self._still_there(opened)

    def _still_there(self, opened: float) -> None:
        world = self.world
        if world.now - opened > self.remote.patience:
            raise Broken("the connection was lost")
        # The session's own timer may win against the write once its total time is over.
        if world.now - opened > TOTAL_TIMEOUT and world.rng.random() < 0.4:
            raise Broken("the connection was cut")
