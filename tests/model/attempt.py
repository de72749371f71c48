"""A worker's way through one attempt: claim, stage, fence, check, write, wait, record.

One step is one commit or one act, and a worker may crash before any of them (``settling``). Where a rule can be off,
the step says which.
"""

from collections.abc import Iterator

from syndicator.core.lifecycle import Event
from syndicator.model import State
from tests.model.decisions import Answer, after
from tests.model.setup import Accepts, Journal, Mode, Setup
from tests.model.world import IDLE, NO_WINDOW, Line, Request, Row, Step, Worker, World, commit, owns, put, trusted


def doubted(row: Row, *, duplicate: bool = False) -> Row:
    """Begin a doubt: the window starts anew and nothing earlier is settled."""
    return row._replace(
        state=State.UNKNOWN, fenced=False, clean=False, duplicate=duplicate, window=NO_WINDOW,
    )  # fmt: skip


def published(row: Row) -> Row:
    """Record a receipt; nothing else of the row matters any more."""
    return Row(state=State.PUBLISHED, attempt=row.attempt, token=row.token)


def concluded(row: Row, event: Event, answer: Answer) -> Row:
    """Give the row after the answer to the attempt that owns it."""
    if event is Event.RECEIPT:
        return published(row)
    if event is Event.DOUBT:
        return doubted(row, duplicate=answer is Answer.DUPLICATE)
    to = {Event.REFUSED: State.REJECTED, Event.NOT_SENT: State.QUEUED, Event.ACCEPTED: State.PROCESSING}[event]
    return row._replace(state=to, fenced=False)


def attempt_steps(world: World, setup: Setup) -> Iterator[Step]:
    """Give what each worker may do next on its attempt."""
    for index, worker in enumerate(world.workers):
        if index and world.workers[index - 1] == worker:
            continue  # interchangeable
        act = STEPS.get(worker.step)
        if act is not None:
            yield from act(world, setup, index, worker)


# --- claim and stage ------------------------------------------------------------------------------------------------


def _claim(world: World, setup: Setup, index: int, _: Worker) -> Iterator[Step]:
    row = world.row
    if row.state is not State.QUEUED or row.attempt >= setup.attempts or world.halted or world.stopped:
        return
    if not trusted(world, setup, "claim"):
        return
    if row.asks:
        world = world._replace(ignored="UNASKED")
    n = row.attempt + 1
    token = n if "R13" in setup.off else n + 10 * world.epoch
    if "R1" in setup.off:  # nothing is on record before the request
        yield ("a worker takes the post without a commit",), None, put(world, index, Worker("signed", 1))
        return
    follows = "staging" if setup.mode is Mode.FLIP else "ready"
    claimed = row._replace(state=State.SENDING, attempt=n, token=token)
    taken = put(world, index, Worker(follows, token, item=row.staged), **commit(world, setup, claimed))
    yield ("claim: attempt {} is committed", token), Event.CLAIM, taken
    if "R11 since" in setup.off and not row.ahead:
        ahead = put(world, index, Worker(follows, token), **commit(world, setup, claimed._replace(ahead=True)))
        yield ("claim: attempt {} is committed while our clock runs ahead", token), Event.CLAIM, ahead


def _stage(world: World, setup: Setup, index: int, worker: Worker) -> Iterator[Step]:
    """Flip only: use the draft on record, else ask for one. What fails here was invisible."""
    token = worker.token
    if worker.item and "R17" not in setup.off:
        yield ("attempt {} uses the draft on record", token), None, put(world, index, worker._replace(step="ready"))
        return
    for answer in (Answer.REFUSED, Answer.LATER):
        yield from _conclude(world, setup, index, worker, answer, staging=True)
    if len(world.wire) < setup.requests:
        wire = tuple(sorted((*world.wire, Request("draft", token))))
        asking = worker._replace(step="drafting")
        yield ("attempt {} asks for a draft", token), None, put(world, index, asking, wire=wire)


def _drafting(world: World, setup: Setup, index: int, worker: Worker) -> Iterator[Step]:
    yield from _conclude(world, setup, index, worker, Answer.ODD, staging=True)


def _staged(world: World, setup: Setup, index: int, worker: Worker) -> Iterator[Step]:
    """Record the draft, first writer wins; go on with the one on record (R17)."""
    row, token = world.row, worker.token
    if not owns(row, token):
        yield ("attempt {} lost the post; its draft is an orphan", token), None, put(world, index, IDLE)
        return
    kept = row._replace(staged=worker.item if "R17" in setup.off else row.staged or worker.item)
    ready = worker._replace(step="ready", item=kept.staged)
    yield ("draft {} is on record", kept.staged), None, put(world, index, ready, **commit(world, setup, kept))


# --- fence, check, write --------------------------------------------------------------------------------------------


def _fence(world: World, setup: Setup, index: int, worker: Worker) -> Iterator[Step]:
    row, token = world.row, worker.token
    # The dead-line's clock starts just before this commit; a tick in between would only make it stricter.
    over = worker._replace(step="fenced", age=0)
    if "R1 fence" in setup.off:
        yield ("attempt {} goes on without a fence", token), None, put(world, index, over)
        return
    if not trusted(world, setup, "fence"):
        return
    if not owns(row, token) or row.fenced:
        yield ("attempt {} lost the post before its fence", token), None, put(world, index, IDLE)
        return
    fenced = put(world, index, over, **commit(world, setup, row._replace(fenced=True)))
    # The journal is written next, and a crash in between sends nothing: one step.
    yield ("fence of attempt {} is committed", token), None, journalled(fenced, setup, Line(token))
    if setup.machines > 1:
        yield ("fence of attempt {} is committed, on the other machine", token), None, fenced
    if "R3" in setup.off:
        said = "the fence of attempt {} is not kept, the answer to COMMIT is lost, and the worker goes on"
        yield (said, token), None, put(world, index, over)


def _check(world: World, setup: Setup, index: int, worker: Worker) -> Iterator[Step]:
    """R4: with the connection up, right before the write."""
    late = setup.deadline is not None and worker.age > setup.deadline
    row = world.row
    # A claim beyond the scope is never made, so an unsettled post must not come to need one.
    if late or row.clean or row.attempt < setup.attempts:
        yield from _conclude(world, setup, index, worker, Answer.UNSENT)
    if (not late or "R4" in setup.off) and (not world.stopped or "halt guard" in setup.off):
        signed = worker._replace(step="signed", age=0, signed=0)
        ignored = "UNHEEDED" if world.stopped else world.ignored
        passed = put(world, index, signed, ignored=ignored)
        yield ("attempt {} passes the dead-line check", worker.token), None, passed


def _write(world: World, setup: Setup, index: int, worker: Worker) -> Iterator[Step]:
    token = worker.token
    if setup.accepts is Accepts.PERSON:
        handed = worker._replace(step="answered", word=Answer.ACCEPTED, age=0, signed=0)
        yield ("attempt {} prepares the hand-off", token), None, put(world, index, handed)
        return
    kind = "flip" if setup.mode is Mode.FLIP else "post"
    request = Request(kind, token, draft=worker.item, signed=worker.signed)
    waiting = Worker("waiting", token)
    if len(world.wire) < setup.requests:
        wire = tuple(sorted((*world.wire, request)))
        yield ("attempt {} writes its request", token), None, put(world, index, waiting, wire=wire)
    if "R6" in setup.off and len(world.wire) + 1 < setup.requests:
        wire = tuple(sorted((*world.wire, request, request)))
        yield (
            ("the HTTP library writes the request of attempt {} twice", token),
            None,
            put(world, index, waiting, wire=wire),
        )


# --- record ---------------------------------------------------------------------------------------------------------


def _time_out(world: World, setup: Setup, index: int, worker: Worker) -> Iterator[Step]:
    yield from _conclude(world, setup, index, worker, Answer.ODD)


def _record(world: World, setup: Setup, index: int, worker: Worker) -> Iterator[Step]:
    answer = Answer(worker.word)
    line = Line(worker.token, receipt=True)
    if answer is Answer.RECEIPT and Line(worker.token) in world.journal:
        # Before the log knows it, so that it outlives a log that cannot commit or loses what it committed.
        yield ("the receipt of attempt {} is in the journal", worker.token), None, journalled(world, setup, line)
        return
    if "R15 after" in setup.off:
        world = journalled(world, setup, line._replace(receipt=answer is Answer.RECEIPT), late=True)
    yield from _conclude(world, setup, index, worker, answer)


def journalled(world: World, setup: Setup, line: Line, *, late: bool = False) -> World:
    """Write a line in the journal of this machine; a receipt takes the place of its intent."""
    if setup.journal is Journal.GONE or ("R15 after" in setup.off and not late):
        return world
    others = tuple(one for one in world.journal if one.token != line.token)
    return world._replace(journal=tuple(sorted((*others, line))))


def _conclude(
    world: World, setup: Setup, index: int, worker: Worker, answer: Answer, *, staging: bool = False
) -> Iterator[Step]:
    """Write down what an answer means. A receipt counts in any state (R16), all else only for the post's owner."""
    row, token, off = world.row, worker.token, setup.off
    mine = owns(row, token) or "R1" in off
    event = after(answer, clean=row.clean, staging=staging, off=off)
    if event is Event.RECEIPT and row.state is None:
        yield ("attempt {} has a receipt, but the row of the post is lost", token), None, put(world, index, IDLE)
        return
    if event is Event.RECEIPT and (mine or "R16 receipts" not in off):
        if row.state is State.PUBLISHED:
            yield ("attempt {} has a receipt; the post is published already", token), None, put(world, index, IDLE)
            return
    elif not mine:
        yield ("attempt {} has {}, but the post is no longer its own", token, answer), None, put(world, index, IDLE)
        return
    elif "R1" in off:  # nothing but success is ever written down
        yield ("attempt {} has {} and forgets it", token, answer), None, put(world, index, IDLE)
        return
    done = commit(world, setup, concluded(row, event, answer))
    yield ("attempt {} records {}", token, answer), event, put(world, index, IDLE, **done)


STEPS = {
    "idle": _claim,
    "staging": _stage,
    "drafting": _drafting,
    "staged": _staged,
    "ready": _fence,
    "fenced": _check,
    "signed": _write,
    "waiting": _time_out,
    "answered": _record,
}
