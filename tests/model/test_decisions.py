"""The model decides as the product does: every answer, every look-up, every recovery, side by side."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from itertools import product
from pathlib import Path

import pytest

from syndicator import errors
from syndicator.core import retry, settle
from syndicator.core.lifecycle import Event
from syndicator.core.retry import Phase
from syndicator.errors import PlatformError
from syndicator.model import AfterUnknown, Capabilities, Composed, Counting, LookUp, Post, Receipt, State, Teaser
from syndicator.service.reconcile import reconcile
from syndicator.store import posts
from tests import values
from tests.model.decisions import ABSENCES_MOST, Answer, Look, after, judge, recovered
from tests.model.setup import Mode, Setup
from tests.model.world import NO_WINDOW, Row
from tests.service.bench import make_bench

TICK = timedelta(minutes=1)
ERRORS: dict[Answer, tuple[type[PlatformError], ...]] = {
    Answer.ODD: (errors.OutcomeUnknown,),
    Answer.DUPLICATE: (errors.Duplicate,),
    Answer.REFUSED: (errors.Rejected,),
    Answer.LATER: (errors.RateLimited, errors.AuthRequired, errors.OutOfBudget),
    Answer.UNSENT: (errors.Unreachable, errors.SendDeadlinePassed),
}
KINDS = [(answer, kind) for answer, kinds in ERRORS.items() for kind in kinds]


def _subclasses(kind: type[PlatformError]) -> set[type[PlatformError]]:
    found = set(kind.__subclasses__())
    return found.union(*(_subclasses(one) for one in found)) if found else found


def test_the_model_knows_every_error_of_a_platform() -> None:
    ours = {kind for kind in _subclasses(PlatformError) if kind.__module__ == errors.__name__}
    assert {kind for _, kind in KINDS} == ours
    assert set(ERRORS) == set(Answer) - {Answer.RECEIPT, Answer.ACCEPTED}


@pytest.mark.parametrize(("answer", "kind"), KINDS)
@pytest.mark.parametrize("clean", [True, False])
@pytest.mark.parametrize("phase", Phase)
def test_an_answer_means_the_same(answer: Answer, kind: type[PlatformError], clean: bool, phase: Phase) -> None:
    post = values.post(state=State.SENDING, attempts=1, clean=clean)
    error = kind("as scripted", platform="twitter")
    decision = retry.decide(error, phase=phase, post=post, channel=values.channel(), now=values.NOW)
    event = after(answer, clean=clean, staging=phase is Phase.STAGE, off=frozenset())
    assert event is decision.event
    if event is Event.DOUBT:
        assert decision.after_duplicate == (answer is Answer.DUPLICATE)


# --- look-ups -------------------------------------------------------------------------------------------------------

AFTER_UNKNOWN = {Mode.STRICT: AfterUnknown.LOOK, Mode.RESEND: AfterUnknown.LOOK, Mode.FLIP: AfterUnknown.REPEAT}
TEASER = Teaser(channel="x", platform="facebook", template="", text="Harbour", link="", length=7, limit=280)
SETUPS = {mode: Setup(mode=mode, window=3) for mode in Mode}
ROWS = [
    Row(state=State.UNKNOWN, attempt=attempt, token=attempt, clean=False, duplicate=duplicate, window=window,
        absences=absences, staged=staged)
    for attempt, duplicate, window, absences, staged in product(
        (1, 2), (False, True), (NO_WINDOW, 0, 2, 3), range(ABSENCES_MOST + 1), (0, 1)
    )
]  # fmt: skip


def _post(row: Row, setup: Setup) -> Post:
    return values.post(
        state=State.UNKNOWN,
        # The scope's last attempt is the product's last repeat.
        attempts=settle.REPEATS_MOST - setup.attempts + row.attempt,
        clean=row.clean,
        after_duplicate=row.duplicate,
        absences=row.absences,
        staged={"post_id": "1"} if row.staged else None,
        payload=Composed(
            platform="facebook", marker="m", teaser=TEASER, request={}, after_unknown=AFTER_UNKNOWN[setup.mode]
        ),
        doubt_at=values.NOW - 3 * TICK,
        settle_from=None if row.window == NO_WINDOW else values.NOW - row.window * TICK,
    )


def _look_up(look: Look) -> LookUp:
    hits = (Receipt(remote_id="1", remote_url="https://x.example/1"),) if look is Look.FOUND else ()
    permitted = look is not Look.NOT_PERMITTED
    return LookUp(hits=hits, complete=permitted, permitted=permitted, platform_at=values.NOW)


@pytest.mark.parametrize("look", Look)
@pytest.mark.parametrize("mode", Mode)
def test_a_look_up_means_the_same(look: Look, mode: Mode) -> None:
    setup = SETUPS[mode]
    capabilities = Capabilities(
        text_limit=280, counting=Counting.CODE_POINTS, settle=setup.settle * TICK, link_in_text=True, price=Decimal(0),
        after_unknown=AFTER_UNKNOWN[mode],
    )  # fmt: skip
    channel = values.channel(resend=mode is Mode.RESEND)
    for row in ROWS:
        post = _post(row, setup)
        theirs = settle.judge(post, _look_up(look), channel=channel, capabilities=capabilities, now=values.NOW)
        ours = judge(row, look, setup)
        assert ours.event is theirs.event, row
        if ours.event is Event.RECEIPT:
            continue
        assert ours.absences == theirs.absences, row
        assert ours.clean == theirs.clean, row
        if ours.event is Event.LOOKED:
            assert theirs.settle_from == values.NOW - ours.window * TICK, row
        if ours.event is Event.RESEND:
            assert theirs.settle_from is None, row


def test_absences_are_bounded_as_in_the_product() -> None:
    assert ABSENCES_MOST == settle.ABSENCES_MOST


# --- recovery -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("fenced", "clean"), list(product((True, False), repeat=2)))
def test_a_dead_worker_means_the_same(tmp_path: Path, fenced: bool, clean: bool) -> None:
    bench = make_bench(tmp_path)
    post = bench.queue(clean=clean)
    now = bench.clock.now()
    article = values.article()
    draft = bench.parts.composer.compose(article, channel=values.channel(), marker=post.id, template="twitter.j2")
    with bench.parts.store.write() as conn:
        claimed = posts.claim(
            conn, post, token="t" * 32, node="elsewhere/1", payload=draft.composed, payload_sha256=draft.sha256,
            cost=Decimal(0), at=now, lease_until=now + TICK,
        )  # fmt: skip
        assert claimed is not None
        if fenced:
            assert posts.fence(conn, claimed, at=now, lease_until=now + TICK)
    bench.clock.tick(2 * TICK)
    reconcile(bench.parts)
    row = Row(state=State.SENDING, attempt=1, token=1, fenced=fenced, clean=clean)
    after_event = {Event.DOUBT: State.UNKNOWN, Event.NOT_SENT: State.QUEUED}[recovered(row, frozenset())]
    assert bench.row(replace(post)).state is after_event
    assert bench.results(post) == ["unknown" if fenced else "not sent"]
