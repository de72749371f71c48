"""Lost commits, what is noticed of them, and what follows: quarantine, the journal, what is planned anew; the halt."""

from collections.abc import Iterator

from syndicator.core.lifecycle import FINAL, Event
from syndicator.model import State
from tests.model.attempt import doubted, published
from tests.model.decisions import ABSENCES_MOST
from tests.model.setup import Accepts, Journal, Mode, Person, Rollback, Setup
from tests.model.world import IDLE, Line, Row, Step, World, commit

LEFT_OUT = {State.HELD: "R14 held", State.REJECTED: "R14 rejected", State.ATTENTION: "R14 attention"}
"""What the quarantine might be thought to have no business with, and the rule that is off then."""


def rollback_steps(world: World, setup: Setup) -> Iterator[Step]:
    """Let the database lose its last commits, and let somebody notice."""
    yield from _plan(world, setup)
    if world.suspect:
        yield _quarantine(world, setup)
    if setup.journal is Journal.LATE and world.admits and world.journal:
        yield from _replay_late(world, setup)
    if setup.rollback is Rollback.NEVER or world.epoch >= setup.rollbacks:
        return
    epoch = world.epoch + 1
    workers = (IDLE,) * setup.workers if setup.restart else world.workers
    olds = (Row(state=State.QUEUED),) if "R23" in setup.off else world.past
    for old in olds:
        lines = tuple(line for line in world.journal if not _known(old, line, setup))
        noticed = setup.rollback in (Rollback.QUARANTINED, Rollback.REPLAYED)
        lost = world._replace(
            row=old, past=(), workers=workers, epoch=epoch, halted=setup.rollback is Rollback.HALTED, journal=lines,
            suspect=noticed and (setup.journal is not Journal.ALONE or bool(lines)),
        )  # fmt: skip
        yield ("THE DATABASE LOSES ITS LAST COMMITS: {}", old.state or "no row"), None, lost


def switch_step(world: World) -> Step:
    """Let somebody throw the kill switch, or let go of it."""
    said = "the kill switch is let go" if world.stopped else "the KILL SWITCH is thrown"
    return (said,), None, world._replace(stopped=not world.stopped)


def _plan(world: World, setup: Setup) -> Iterator[Step]:
    """Plan the post, for the first time or anew: the feed still has its article."""
    if world.row.state is not None:
        return
    if world.admits and "R14 admission" not in setup.off:
        # Of an article that may have been posted in the lost time nobody knows: it is looked up first.
        for state in (State.QUEUED, State.HELD) if setup.person is not Person.NOBODY else (State.QUEUED,):
            admitted = _fresh(Row(state=state, asks=state is State.HELD), world, setup)
            yield ("the post is planned anew ({}), and looked up first", state), None, _stored(world, setup, admitted)
        return
    yield ("the post is planned",), None, _stored(world, setup, Row(state=State.QUEUED))
    if setup.person is not Person.NOBODY:
        yield ("the post is planned and held",), None, _stored(world, setup, Row(state=State.HELD, asks=True))


def _stored(world: World, setup: Setup, row: Row) -> World:
    return world._replace(**commit(world, setup, row))


# --- noticed --------------------------------------------------------------------------------------------------------


def _quarantine(world: World, setup: Setup) -> Step:
    """Whoever notices does it all in one transaction."""
    row = world.row if setup.journal is Journal.LATE else _replayed(world, setup)
    to = row if setup.rollback is Rollback.REPLAYED else _doubtful(row, world, setup)
    event = None if to == world.row or world.row.state is None else _event(world.row, to)
    kept = world.journal if setup.journal is Journal.LATE else ()
    admits = setup.rollback is Rollback.QUARANTINED
    done = world._replace(**commit(world, setup, to), suspect=False, admits=admits, journal=kept)
    return ("the loss is noticed: {}", to.state or "no row"), event, done


def _replay_late(world: World, setup: Setup) -> Iterator[Step]:
    """Another machine comes back with its journal, after the quarantine."""
    row = _replayed(world, setup)
    to = _doubtful(row, world, setup)
    event = None if to == world.row or world.row.state is None else _event(world.row, to)
    done = world._replace(**commit(world, setup, to), journal=())
    yield ("another machine comes back and replays its journal: {}", to.state), event, done


def _event(before: Row, after: Row) -> Event:
    return Event.RECEIPT if after.state is State.PUBLISHED and before.state is not after.state else Event.QUARANTINE


def _replayed(world: World, setup: Setup) -> Row:
    """Give the row with what the journal knows and the log does not."""
    row, lines = world.row, world.journal
    if not lines or row.state is State.PUBLISHED:
        return row
    row = row._replace(attempt=max(row.attempt, *(line.token % 10 for line in lines)))
    if any(line.receipt for line in lines):
        return published(row)
    return row if row.state is State.SKIPPED else _fresh(row, world, setup)


def _doubtful(row: Row, world: World, setup: Setup) -> Row:
    """Give the row in quarantine."""
    if row.state is None or row.state in FINAL or LEFT_OUT.get(row.state, "-") in setup.off:
        return row
    return _fresh(row, world, setup)


def _fresh(row: Row, world: World, setup: Setup) -> Row:
    """Begin a doubt that no answer from before the loss can settle (R13).

    What waited for a person is not sent without one: absence then leads to a person, also under RESEND.
    """
    token = row.attempt + (0 if "R13" in setup.off else 10 * world.epoch)
    handed = row.state is State.PROCESSING and setup.accepts is Accepts.PERSON
    # A draft of a post without a doubt may have been given up for another one since.
    given_up = setup.mode is Mode.FLIP and row.clean and row.staged != 0
    waits = (row.state in LEFT_OUT or handed or given_up) and "R14 approval" not in setup.off
    waits = waits and setup.mode is not Mode.STRICT
    absences = max(row.absences, ABSENCES_MOST if waits else 0)
    fresh = doubted(row, duplicate=row.duplicate)._replace(
        token=token, absences=absences, ahead="R14 since" in setup.off
    )
    if "R14 window" in setup.off and row.state is State.UNKNOWN:
        return fresh._replace(window=row.window)
    return fresh


def _known(old: Row, line: Line, setup: Setup) -> bool:
    """Say whether the log still knows of an attempt what the journal knows."""
    if line.receipt and old.state is not State.PUBLISHED:
        return False
    fenced = old.attempt > line.token or old.state is not State.SENDING or old.fenced
    return old.state is not None and old.attempt >= line.token and (fenced or "R15 claimed" in setup.off)
