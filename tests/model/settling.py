"""What is done about posts that are stuck or doubtful: recovery, look-ups, expiry, a person."""

from collections.abc import Iterator

from syndicator.core.lifecycle import Event
from syndicator.model import State
from tests.model.attempt import doubted, published
from tests.model.decisions import Look, judge, recovered
from tests.model.setup import Accepts, Mode, Person, Setup
from tests.model.world import IDLE, NO_WINDOW, Row, Step, Worker, World, commit, put, to_come, trusted


def crash_steps(world: World, setup: Setup) -> Iterator[Step]:
    """Let any worker crash before whatever it was about to do."""
    for index, worker in enumerate(world.workers):
        if worker.step != "idle" and not (index and world.workers[index - 1] == worker):
            yield ("a worker crashes ({}, attempt {})", worker.step, worker.token), None, put(world, index, IDLE)


def settling_steps(world: World, setup: Setup) -> Iterator[Step]:
    """Give what an idle worker may do about the post, and what workers with a reading in hand write down."""
    idle = next((index for index, worker in enumerate(world.workers) if worker.step == "idle"), None)
    if idle is not None:
        yield from _recover(world, setup)
        yield from _look(world, setup, idle)
        yield from _expire(world, setup, idle)
        yield from _progress(world, setup)
    for index, worker in enumerate(world.workers):
        if worker.step == "looked":
            yield from _write_verdict(world, setup, index, worker)
        elif worker.step == "expiring":
            yield from _write_expiry(world, setup, index, worker)


# --- recovery -------------------------------------------------------------------------------------------------------


def _recover(world: World, setup: Setup) -> Iterator[Step]:
    """A lease may be believed over at any moment: our clock may jump (R20). One transaction, so one step."""
    row = world.row
    if row.state is not State.SENDING or "R20 nobody" in setup.off or not trusted(world, setup, "recover"):
        return
    event = recovered(row, setup.off)
    to = doubted(row) if event is Event.DOUBT else row._replace(state=State.QUEUED, fenced=False)
    if to.state is State.QUEUED and not row.clean and row.attempt >= setup.attempts:
        return  # beyond the scope
    said = "attempt {} is believed dead" + (" after its fence" if row.fenced else " before its fence: nothing was sent")
    yield (said, row.token), event, world._replace(**commit(world, setup, to))


# --- look-ups -------------------------------------------------------------------------------------------------------


def _look(world: World, setup: Setup, idle: int) -> Iterator[Step]:
    """Read the timeline and judge; the verdict is written later. (Reading row and timeline is one step here: with the
    doubt in the compare-and-set it makes no difference, and without it one counterexample is enough.)
    """
    row = world.row
    if row.state is not State.UNKNOWN:
        return
    asked = row._replace(state=State.ATTENTION, window=NO_WINDOW, duplicate=False)
    yield ("look-ups fail for too long",), Event.ASK, world._replace(**commit(world, setup, asked))
    for look in _seen(world, setup):
        verdict = judge(row, look, setup)
        worker = Worker("looked", row.token, verdict.event, verdict.absences, max(verdict.window, 0))
        said = "a worker looks the post up: {}" + (f" for {verdict.window} ticks" if verdict.window > 0 else "")
        yield (said, look), None, put(world, idle, worker)


def _seen(world: World, setup: Setup) -> Iterator[Look]:
    if not setup.reads:
        yield Look.NOT_PERMITTED
        return
    if world.live or "R12" in setup.off:  # R12 off: somebody else's post is taken for ours
        yield Look.FOUND
    sure = setup.lag is not None and any(age >= setup.lag for _, age in world.live)
    if not sure or "R11" in setup.off or world.row.ahead:
        yield Look.ABSENT


def _write_verdict(world: World, setup: Setup, index: int, worker: Worker) -> Iterator[Step]:
    """Found counts in any state; everything else only in the doubt that was looked up (R16)."""
    row, event = world.row, Event(worker.word)
    if event is Event.RECEIPT and row.state is None:
        yield ("what was found is of a post whose row is lost",), None, put(world, index, IDLE)
        return
    if event is Event.RECEIPT:
        done = {} if row.state is State.PUBLISHED else commit(world, setup, published(row))
        yield ("what was found is recorded",), event if done else None, put(world, index, IDLE, **done)
        return
    same = row.state is State.UNKNOWN and (row.token == worker.token or "R16" in setup.off)
    if not same:
        yield ("a look-up comes too late and is dropped",), None, put(world, index, IDLE)
        return
    to = _judged(row, event, worker, setup)
    changes = commit(world, setup, to) if to != row else {}
    yield ("the look-up of attempt {} is recorded: {}", worker.token, event), event, put(world, index, IDLE, **changes)


def _judged(row: Row, event: Event, worker: Worker, setup: Setup) -> Row:
    absences = worker.item if setup.mode is Mode.RESEND else 0
    if event is Event.LOOKED:
        return row._replace(window=worker.age, absences=absences)
    to = row._replace(window=NO_WINDOW, duplicate=False, absences=absences)
    if event is Event.ASK:
        return to._replace(state=State.ATTENTION)
    # Clean again only by proven absence: an idempotent repeat proves nothing.
    repeated = setup.mode is Mode.FLIP and row.staged != 0
    return to._replace(state=State.QUEUED, clean=not repeated)


# --- expiry and what is finished later ------------------------------------------------------------------------------


def _expire(world: World, setup: Setup, idle: int) -> Iterator[Step]:
    """Stale news is skipped (R21), but never a post with an unsettled attempt."""
    row = world.row
    if row.state is State.QUEUED and (row.clean or "R21" in setup.off):
        yield ("the post is seen to be stale",), None, put(world, idle, Worker("expiring", row.token))
        yield ("the post has to wait: interval, cap, quiet hours",), Event.DEFER, world
    if row.state is State.QUEUED and row.attempt:
        asked = commit(world, setup, row._replace(state=State.ATTENTION))
        said = "its channel is gone, or what is frozen cannot be sent as it is"
        yield (said,), Event.ASK, world._replace(**asked)
    handed = row.state is State.PROCESSING and (setup.accepts is Accepts.PERSON or "R21 processing" in setup.off)
    if (row.state is State.HELD or handed) and trusted(world, setup, "expire"):
        skipped = commit(world, setup, row._replace(state=State.SKIPPED))
        yield ("the post went stale and is skipped",), Event.EXPIRE, world._replace(**skipped)
    if row.state is State.QUEUED and row.attempt == 0:
        held = commit(world, setup, row._replace(state=State.HELD, asks=True))
        yield ("the post cannot be composed",), Event.UNCOMPOSABLE, world._replace(**held)
    if row.state is State.QUEUED and row.clean:
        held = commit(world, setup, row._replace(state=State.HELD, asks=True))
        yield ("its article was corrected or withdrawn",), Event.HOLD_BACK, world._replace(**held)


def _write_expiry(world: World, setup: Setup, index: int, worker: Worker) -> Iterator[Step]:
    row = world.row
    if not trusted(world, setup, "expire"):
        return
    if row.state is State.QUEUED and (row.token == worker.token or "R16" in setup.off):
        skipped = commit(world, setup, row._replace(state=State.SKIPPED))
        yield ("the stale post is skipped",), Event.EXPIRE, put(world, index, IDLE, **skipped)
    else:
        yield ("the post seen stale has moved on",), None, put(world, index, IDLE)


def _progress(world: World, setup: Setup) -> Iterator[Step]:
    """Ask the platform how it is getting on with what it accepted."""
    row = world.row
    if row.state is not State.PROCESSING or setup.accepts is not Accepts.PLATFORM:
        return
    if world.live:
        yield ("the platform has finished it",), Event.RECEIPT, world._replace(**commit(world, setup, published(row)))
    elif not any(request.kind == "job" for request in world.wire):
        refused = row._replace(state=State.REJECTED)
        yield ("the platform says that it gave up",), Event.REFUSED, world._replace(**commit(world, setup, refused))
    yield ("the platform's word is unclear",), Event.DOUBT, world._replace(**commit(world, setup, doubted(row)))


# --- a person -------------------------------------------------------------------------------------------------------


def person_steps(world: World, setup: Setup) -> Iterator[Step]:
    """Give what a person may answer."""
    if setup.person is Person.NOBODY:
        return
    row = world.row
    if world.halted:
        yield from _accept(world, setup)
    for said, event, to in _answers(world, setup):
        yield (said,), event, world._replace(**commit(world, setup, to))
    if row.state is State.PROCESSING and setup.accepts is Accepts.PERSON and not world.live:
        live = world._replace(live=((0, 0),))
        if setup.person is Person.HASTY:
            yield ("a person posts it by hand and has not said so: it IS LIVE",), None, live
        done = live._replace(**commit(live, setup, published(row)))
        yield ("a person posts it by hand and confirms",), Event.RECEIPT, done


def _answers(world: World, setup: Setup) -> Iterator[tuple[str, Event, Row]]:
    row, state = world.row, world.row.state
    sure = not world.live and (setup.person is not Person.RIGHT or not to_come(world))
    if state is State.ATTENTION and sure and row.attempt < setup.attempts:
        # A repeat by id settles nothing, so a later refusal must not count as the last word (R9).
        clean = setup.mode is not Mode.FLIP or not row.staged or "R9 person" in setup.off
        yield "a person says: send again", Event.RESEND, row._replace(state=State.QUEUED, clean=clean, asks=False)
    if setup.person is Person.EAGER:
        return
    if state is State.HELD:
        yield "a person approves", Event.APPROVE, row._replace(state=State.QUEUED, asks=False)
    if state is State.HELD or (state is State.QUEUED and row.clean):
        voided = row._replace(state=State.HELD, staged=0, asks=True)
        yield "a person has it composed anew", Event.RECOMPOSE, voided
    if state in (State.ATTENTION, State.UNKNOWN) and world.live:
        yield "a person says that it is live", Event.RECEIPT, published(row)
    if state is State.REJECTED and row.attempt < setup.attempts:
        yield "a person retries", Event.RETRY, row._replace(state=State.QUEUED, staged=0)
    if _may_drop(row, setup) and trusted(world, setup, "drop") and (sure or state is not State.ATTENTION):
        yield "a person drops the post", Event.DROP, row._replace(state=State.SKIPPED)


def _may_drop(row: Row, setup: Setup) -> bool:
    if row.state is State.QUEUED:
        return row.clean or "R9 drop" in setup.off
    if row.state is State.PROCESSING:
        return setup.accepts is Accepts.PERSON or "R21 processing" in setup.off
    return row.state in (State.HELD, State.ATTENTION, State.REJECTED)


def _accept(world: World, setup: Setup) -> Iterator[Step]:
    """Go on after lost commits: a person has looked at the channel and told us what is live."""
    told = world.row.state is State.PUBLISHED or not (world.live or to_come(world))
    if setup.person is Person.HASTY or told:
        yield ("a person accepts the database as it is",), None, world._replace(halted=False)
    if world.live and world.row.state is not State.PUBLISHED:
        done = commit(world, setup, published(world.row))
        yield ("a person says that it is live",), Event.RECEIPT, world._replace(**done)
