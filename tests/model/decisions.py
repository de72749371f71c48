"""What the product decides, said once more in the model's words. ``test_decisions`` compares it with the product.

``after`` is ``core.retry.decide``, ``judge`` is ``core.settle.judge`` and ``recovered`` is ``service.reconcile``; rules
that are switched off bend them here.
"""

from enum import StrEnum
from typing import NamedTuple

from syndicator.core.lifecycle import Event
from tests.model.setup import Mode, Setup
from tests.model.world import NO_WINDOW, Row

ABSENCES_MOST = 2


class Answer(StrEnum):
    """What a worker knows about its request."""

    RECEIPT = "a receipt"
    ACCEPTED = "accepted, not finished"
    ODD = "no usable answer"
    """5xx, a time-out, 2xx without an id: anything that is on no list (R7)."""
    DUPLICATE = "a duplicate refusal"
    REFUSED = "a refusal"
    LATER = "try later"
    """429, 401, a stale signature: nothing was created, the channel waits."""
    UNSENT = "nothing was written"


class Look(StrEnum):
    """What one reading of the timeline showed."""

    FOUND = "found"
    ABSENT = "absent"
    NOT_PERMITTED = "not permitted"


class Verdict(NamedTuple):
    """The event for a doubtful post and what the row keeps with it."""

    event: Event
    absences: int = 0
    clean: bool = False
    window: int = NO_WINDOW


def after(answer: Answer, *, clean: bool, staging: bool, off: frozenset[str]) -> Event:
    """Give the event of an answer: to the publishing request, or (``staging``) to the invisible work before it."""
    if answer is Answer.RECEIPT:
        return Event.RECEIPT
    if answer is Answer.ACCEPTED:
        return Event.ACCEPTED
    bent = _bent(answer, off)
    if bent is not None and not staging:
        return bent
    maybe = answer in (Answer.ODD, Answer.DUPLICATE)
    if maybe and not staging:
        return Event.DOUBT
    if not clean and answer is not Answer.UNSENT and "R9" not in off:
        return Event.DOUBT
    return Event.REFUSED if answer is Answer.REFUSED else Event.NOT_SENT


def _bent(answer: Answer, off: frozenset[str]) -> Event | None:
    """Give what a broken rule makes of a doubtful answer."""
    if answer is Answer.ODD:
        return Event.NOT_SENT if "R7" in off else Event.RECEIPT if "R7 success" in off else None
    if answer is Answer.DUPLICATE:
        return Event.REFUSED if "R8" in off else Event.RECEIPT if "R8 success" in off else None
    return None


def judge(row: Row, look: Look, setup: Setup) -> Verdict:
    """Judge one look-up of a doubtful post."""
    if look is Look.FOUND:
        return Verdict(Event.RECEIPT, clean=True)
    waits = row.absences >= ABSENCES_MOST and "R14 repeat" not in setup.off
    if setup.mode is Mode.FLIP and (row.staged or "R14 staged" in setup.off) and not waits:
        repeat = look is not Look.NOT_PERMITTED and row.attempt < setup.attempts
        return Verdict(Event.RESEND if repeat else Event.ASK, absences=row.absences)
    if look is Look.NOT_PERMITTED:
        return Verdict(Event.ASK, absences=row.absences)
    elapsed = max(row.window, 0)
    if elapsed < setup.settle and "R10 clock" not in setup.off:
        return Verdict(Event.LOOKED, absences=row.absences, window=elapsed)
    absences = row.absences + 1
    if setup.mode is Mode.RESEND and not row.duplicate and absences < ABSENCES_MOST:
        return Verdict(Event.RESEND, absences=absences, clean=True)
    return Verdict(Event.ASK, absences=absences, window=elapsed)


def recovered(row: Row, off: frozenset[str]) -> Event:
    """Give the event of a sending post whose worker is believed gone (R20)."""
    doubtful = (row.fenced and "R20" not in off) or not row.clean
    return Event.DOUBT if doubtful else Event.NOT_SENT
