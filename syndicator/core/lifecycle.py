"""The post's state machine: one table. It decides which state follows; it must not do anything.

::

    –  ──plan──> queued          –  ──hold──> held
    held ──approve──> queued     held ──drop | expire──> skipped        held, queued ──recompose──> held
    queued ──hold back──> held
    queued ──claim──> sending    queued ──drop | expire──> skipped      queued ──uncomposable──> held
    queued ──ask──> attention    (an unsettled attempt, and the channel is no longer configured)
    sending ──receipt──> published        sending ──accepted──> processing
    sending ──not sent──> queued          sending ──refused──> rejected      sending ──doubt──> unknown
    processing ──receipt──> published     processing ──refused──> rejected
    processing ──doubt──> unknown         processing ──drop | expire──> skipped
    unknown ──receipt──> published        unknown ──resend──> queued         unknown ──ask──> attention
    attention ──receipt──> published      attention ──resend──> queued       attention ──drop──> skipped
    rejected ──retry──> queued            rejected ──drop──> skipped
    every state but the final two ──quarantine──> unknown

``published`` and ``skipped`` are final, except that a receipt is recorded in any state (R16): a post that turns out
to be live *is* published, whatever we believed before.
"""

from enum import StrEnum

from syndicator.errors import InvalidTransition
from syndicator.model import State


class Event(StrEnum):
    """What can happen to a post."""

    APPROVE = "approve"
    CLAIM = "claim"
    DEFER = "defer"
    """Still queued, later: interval, cap, quiet hours, pause."""
    UNCOMPOSABLE = "uncomposable"
    RECEIPT = "receipt"
    ACCEPTED = "accepted"
    NOT_SENT = "not sent"
    REFUSED = "refused"
    DOUBT = "doubt"
    LOOKED = "looked"
    """A look-up settled nothing yet: still unknown, look again later."""
    RESEND = "resend"
    ASK = "ask"
    RETRY = "retry"
    DROP = "drop"
    RECOMPOSE = "recompose"
    """Other bytes than before: what was approved is void, and the new ones wait for approval (R22)."""
    HOLD_BACK = "hold back"
    """Its article was corrected or withdrawn meanwhile: a person looks at it (again)."""
    EXPIRE = "expire"
    QUARANTINE = "quarantine"
    """The log lost commits (R14, R15): whatever is not final may have gone further, so it is looked up first."""


INITIAL = frozenset({State.QUEUED, State.HELD})
FINAL = frozenset({State.PUBLISHED, State.SKIPPED})

TABLE: dict[tuple[State, Event], State] = {
    (State.HELD, Event.APPROVE): State.QUEUED,
    (State.HELD, Event.RECOMPOSE): State.HELD,
    (State.HELD, Event.DROP): State.SKIPPED,
    (State.HELD, Event.EXPIRE): State.SKIPPED,
    (State.QUEUED, Event.CLAIM): State.SENDING,
    (State.QUEUED, Event.DEFER): State.QUEUED,
    (State.QUEUED, Event.UNCOMPOSABLE): State.HELD,
    (State.QUEUED, Event.RECOMPOSE): State.HELD,
    (State.QUEUED, Event.HOLD_BACK): State.HELD,
    (State.QUEUED, Event.DROP): State.SKIPPED,
    (State.QUEUED, Event.EXPIRE): State.SKIPPED,
    (State.QUEUED, Event.ASK): State.ATTENTION,
    (State.SENDING, Event.ACCEPTED): State.PROCESSING,
    (State.SENDING, Event.NOT_SENT): State.QUEUED,
    (State.SENDING, Event.REFUSED): State.REJECTED,
    (State.SENDING, Event.DOUBT): State.UNKNOWN,
    (State.PROCESSING, Event.REFUSED): State.REJECTED,
    (State.PROCESSING, Event.DOUBT): State.UNKNOWN,
    (State.PROCESSING, Event.DROP): State.SKIPPED,
    (State.PROCESSING, Event.EXPIRE): State.SKIPPED,
    (State.UNKNOWN, Event.LOOKED): State.UNKNOWN,
    (State.UNKNOWN, Event.RESEND): State.QUEUED,
    (State.UNKNOWN, Event.ASK): State.ATTENTION,
    (State.ATTENTION, Event.RESEND): State.QUEUED,
    (State.ATTENTION, Event.DROP): State.SKIPPED,
    (State.REJECTED, Event.RETRY): State.QUEUED,
    (State.REJECTED, Event.DROP): State.SKIPPED,
    **{(state, Event.RECEIPT): State.PUBLISHED for state in State},
    **{(state, Event.QUARANTINE): State.UNKNOWN for state in State if state not in FINAL},
}


def target(state: State, event: Event) -> State:
    """Give the state that follows ``event`` in ``state``.

    Raises:
        InvalidTransition: the table has no such row.
    """
    try:
        return TABLE[state, event]
    except KeyError:
        raise InvalidTransition(f"a post that is {state} cannot take the event '{event}'") from None


def diagram() -> str:
    """Draw the table as Mermaid, for the README (a test keeps the two equal)."""
    rows = [f"    [*] --> {state}" for state in (State.QUEUED, State.HELD)]
    merged: dict[tuple[State, State], list[str]] = {}
    for (state, event), to in TABLE.items():
        # Like a receipt for the final two, a quarantine comes from everywhere: drawn, it would hide the rest.
        if state in FINAL or event is Event.QUARANTINE:
            continue
        merged.setdefault((state, to), []).append(str(event))
    rows += [f"    {state} --> {to}: {' | '.join(events)}" for (state, to), events in merged.items()]
    rows += [f"    {state} --> [*]" for state in (State.PUBLISHED, State.SKIPPED)]
    return "\n".join(["stateDiagram-v2", *rows])
