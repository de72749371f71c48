"""One state of everything: the post's row, the workers, the wire and the platform. Values only; no steps here."""

from typing import Any, NamedTuple, TypeAlias

from syndicator.core.lifecycle import Event
from syndicator.model import State
from tests.model.setup import Journal, Rollback, Setup

NO_WINDOW = -1


class Row(NamedTuple):
    """The post as the post log has it."""

    state: State | None
    """None: there is no row (not planned yet, or lost)."""
    attempt: int = 0
    token: int = 0
    """The attempt that owns the post while it is sending; afterwards it names the doubt."""
    fenced: bool = False
    clean: bool = True
    duplicate: bool = False
    """The doubt comes from a duplicate refusal (R8)."""
    window: int = NO_WINDOW
    """Ticks since the first complete look-up of this doubt."""
    absences: int = 0
    staged: int = 0
    """The draft whose id is recorded; 0 = none."""
    ahead: bool = False
    """The intent on record is later than the request: look-ups do not read back far enough."""
    asks: bool = False
    """A person is to approve the post, and none has yet."""


class Worker(NamedTuple):
    """One process of ours. ``step`` is what it is about to do next."""

    step: str = "idle"
    token: int = 0
    word: str = ""
    """The answer or the verdict in hand."""
    item: int = 0
    """The draft in hand; for a verdict the absences it counted."""
    age: int = 0
    signed: int = 0


class Request(NamedTuple):
    """One request on its way: ``post`` and ``flip`` become visible, ``draft`` does not, ``job`` is being finished."""

    kind: str
    token: int
    draft: int = 0
    place: str = "wire"
    age: int = 0
    signed: int = 0


class Line(NamedTuple):
    """One attempt in the journal."""

    token: int
    receipt: bool = False


class World(NamedTuple):
    """Everything at one moment."""

    row: Row
    workers: tuple[Worker, ...]
    wire: tuple[Request, ...] = ()
    live: tuple[tuple[int, int], ...] = ()
    """(draft or 0, ticks since it was applied) of every live post of ours."""
    drafts: int = 0
    past: tuple[Row, ...] = ()
    """Rows as committed before, newest first: what a rollback may bring back."""
    epoch: int = 0
    """How often commits were lost."""
    halted: bool = False
    suspect: bool = False
    """Commits were lost, and whoever looks will notice; nobody has yet."""
    admits: bool = False
    """A loss was noticed: what is planned from now on may have been posted before."""
    journal: tuple[Line, ...] = ()
    stopped: bool = False
    """The kill switch is on."""
    ignored: str = ""
    """What somebody had said and nobody asked about: the property it breaks."""


Step: TypeAlias = tuple[tuple[Any, ...], Event | None, World]
"""What is said about it (a format and its arguments), the event it is for the post, and what follows."""

IDLE = Worker()


def start(state: State | None, setup: Setup) -> World:
    return World(row=Row(state=state, asks=state is State.HELD), workers=(IDLE,) * setup.workers)


def put(world: World, index: int, worker: Worker, **changes: Any) -> World:
    """Give the world with one worker changed; workers are interchangeable, so their order carries nothing."""
    workers = list(world.workers)
    workers[index] = worker
    workers.sort()
    return world._replace(workers=tuple(workers), **changes)


def commit(world: World, setup: Setup, row: Row) -> dict[str, Any]:
    """Give the changes of one transaction on the row."""
    if setup.rollback is Rollback.NEVER or world.epoch >= setup.rollbacks:
        return {"row": row}
    return {"row": row, "past": (world.row, *world.past)[: setup.depth]}


def without(wire: tuple[Request, ...], index: int, *more: Request) -> tuple[Request, ...]:
    """Give the wire without one request and with others."""
    return tuple(sorted((*wire[:index], *wire[index + 1 :], *more)))


def owns(row: Row, token: int) -> bool:
    return row.state is State.SENDING and row.token == token


def trusted(world: World, setup: Setup, act: str) -> bool:
    """Say whether a transaction goes on: it asks whether commits were lost, unless that is what is off (R14)."""
    elsewhere = setup.journal is Journal.ALONE and setup.machines > 1
    return not world.suspect or f"R14 {act}" in setup.off or elsewhere


def to_come(world: World) -> bool:
    """Say whether something of ours may still become visible without a new claim."""
    return any(request.kind != "draft" for request in world.wire) or any(
        worker.step in ("fenced", "signed") for worker in world.workers
    )
