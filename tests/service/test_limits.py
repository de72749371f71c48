"""D10, D11, D12 and money, every row: a real adapter over HTTP, and what post, channel and person are left with."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from syndicator.model import Post, State
from syndicator.sandbox import Sandbox
from syndicator.sandbox.faults import Kind, When
from syndicator.service.deliver import deliver
from syndicator.store import channels
from tests.service.wired import REMOTE, Wired, channel_of, nowhere, wired

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
ROUNDING = 5 * SECOND
"""Platforms count in whole seconds, and the test itself takes a moment."""
TEN_YEARS = 10 * 365 * 86_400


@dataclass(frozen=True, kw_only=True)
class Row:
    """One answer to a send, and what must follow: the state, how long the channel waits, alarms, requests."""

    kind: str
    fault: dict[str, Any]
    state: State = State.QUEUED
    waits: timedelta | None = None
    """None: the channel goes on at once."""
    alarms: int = 0
    role: str = "create"
    name: str = ""

    def __str__(self) -> str:
        told = self.fault.get("name") or self.fault.get("status") or self.fault.get("kind")
        return f"{self.kind} {self.name or told}"


def x(fault: dict[str, Any] | str, **expected: Any) -> Row:
    return Row(kind="x", fault={"name": fault} if isinstance(fault, str) else fault, **expected)


def direct(fault: str, **expected: Any) -> Row:
    return Row(kind="facebook", fault={"name": fault}, **({"state": State.UNKNOWN} | expected))


def draft(fault: str, **expected: Any) -> Row:
    return Row(kind="page", fault={"name": fault}, role="stage", **expected)


def reset(seconds: int | str) -> dict[str, Any]:
    return {"status": 429, "headers": {"x-rate-limit-remaining": "0", "x-rate-limit-reset": str(seconds)}}


FIRST = 30 * SECOND
"""The first wait where a platform names none."""

ROWS = (
    # X: a limit is a clear "no"; the post waits until the limit is over, and a day at the longest.
    x("429", waits=15 * MINUTE),
    x("429-none", waits=15 * MINUTE),
    x("429-past", waits=15 * MINUTE),
    x("429-24h", waits=12 * HOUR),
    x("429-retry-after", waits=2 * MINUTE),
    x(reset(TEN_YEARS * 10), waits=24 * HOUR, name="429 for ten years"),
    x(reset("soon"), waits=15 * MINUTE, name="429 until soon"),
    x("403-185", waits=3 * HOUR),
    x("403-html", waits=30 * MINUTE),
    # Money: the channel waits and a person is told once.
    x("402", waits=FIRST, alarms=1),
    x("402-new", waits=FIRST, alarms=1),
    x("spend-cap", waits=FIRST, alarms=1),
    x("usage-capped", waits=FIRST, alarms=1),
    # Credentials: likewise, and no post is dropped (D12).
    x("401", waits=FIRST, alarms=1),
    x("401-89", waits=FIRST, alarms=1),
    x("401-135", waits=FIRST, alarms=1),
    x("not-enrolled", waits=FIRST, alarms=1),
    x("suspended", waits=FIRST, alarms=1),
    # About this post alone.
    x("400", state=State.REJECTED, alarms=1),
    x("403", state=State.REJECTED, alarms=1),
    x("403-duplicate", state=State.UNKNOWN),
    x("404", state=State.UNKNOWN),
    x({"status": 503}, state=State.UNKNOWN),
    # Facebook, in one request: a limit has come together with a live post, so it is a doubt first and then paced.
    direct("4", waits=5 * MINUTE),
    direct("4-2207051", waits=5 * MINUTE),
    direct("17", waits=5 * MINUTE),
    direct("32", waits=5 * MINUTE),
    direct("341", waits=5 * MINUTE),
    direct("613", waits=5 * MINUTE),
    direct("613-1996", waits=5 * MINUTE),
    direct("80001", waits=17 * MINUTE),
    direct("368-fast", waits=2 * HOUR),
    direct("368"),
    direct("368-already"),
    direct("506"),
    direct("1609005", waits=2 * MINUTE),
    direct("190", state=State.QUEUED, waits=FIRST, alarms=1),
    direct("190-463", state=State.QUEUED, waits=FIRST, alarms=1),
    direct("10", state=State.QUEUED, waits=FIRST, alarms=1),
    direct("200", state=State.QUEUED, waits=FIRST, alarms=1),
    direct("1404078", state=State.QUEUED, waits=FIRST, alarms=1),
    direct("100", state=State.REJECTED, alarms=1),
    # A draft is invisible: a limit there is just a limit.
    draft("4", waits=5 * MINUTE),
    draft("17", waits=5 * MINUTE),
    draft("32", waits=5 * MINUTE),
    draft("613", waits=5 * MINUTE),
    draft("80001", waits=17 * MINUTE),
    draft("368-fast", waits=2 * HOUR),
    draft("190", waits=FIRST, alarms=1),
    draft("2", waits=FIRST),
    draft("368", state=State.REJECTED, alarms=1),
    # Publishing the draft by its id.
    Row(kind="page", fault={"name": "4"}, role="flip", state=State.UNKNOWN, waits=5 * MINUTE, name="flip 4"),
    Row(kind="page", fault={"name": "190"}, role="flip", waits=FIRST, alarms=1, name="flip 190"),
    Row(kind="page", fault={"name": "100-33"}, role="flip", state=State.UNKNOWN, name="flip of a missing draft"),
    # YouTube.
    Row(kind="youtube", fault={"name": "rateLimitExceeded"}, waits=FIRST),
    Row(kind="youtube", fault={"name": "429"}, waits=FIRST),
    Row(kind="youtube", fault={"name": "quotaExceeded"}, waits=timedelta.max, name="quota, until midnight Pacific"),
    Row(kind="youtube", fault={"name": "403"}, waits=FIRST, alarms=1),
    Row(kind="youtube", fault={"name": "401"}, waits=FIRST, alarms=1),
    Row(kind="youtube", fault={"name": "400"}, state=State.REJECTED, alarms=1),
    Row(kind="youtube", fault={"status": 503}, state=State.UNKNOWN),
)


def desk(folder: Path, sandbox: Sandbox, *kinds: str, **changes: Any) -> Any:
    return wired(folder, sandbox, *(channel_of(sandbox, kind, **changes) for kind in kinds))


def paused_for(here: Wired, channel: str) -> timedelta | None:
    now = here.bench.clock.now()
    with here.bench.parts.store.read() as conn:
        state = channels.get(conn, channel)
    return state.paused_until - now if state.paused(now) and state.paused_until else None


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_d10_d12_what_follows_an_answer_to_a_send(tmp_path: Path, sandbox: Sandbox, row: Row) -> None:
    with desk(tmp_path, sandbox, row.kind, "youtube" if row.kind != "youtube" else "x") as here:
        here.round()  # a Page is probed before
        remote = REMOTE[here.bench.parts.channels[row.kind].platform]
        post = here.bench.queue(channel=row.kind, n=1)
        here.pass_time(timedelta(milliseconds=10))  # else their ids would decide which one is first
        behind = here.bench.queue(channel=row.kind, n=2)
        other = here.bench.queue(channel="youtube" if row.kind != "youtube" else "x", n=3)
        before = len(here.requests(remote, row.role))
        fault = dict(row.fault)
        if "x-rate-limit-reset" in fault.get("headers", {}) and fault["headers"]["x-rate-limit-reset"].isdigit():
            seconds = int(fault["headers"]["x-rate-limit-reset"])
            fault["headers"] = fault["headers"] | {
                "x-rate-limit-reset": str(int(sandbox.state.clock.epoch()) + seconds)
            }
        here.fault(remote, role=row.role, times=0, **fault)
        for _ in range(5):  # five ticks within the same second
            deliver(here.bench.parts)
        found = here.bench.row(post)
        assert found.state is row.state, found.reason
        wait = paused_for(here, row.kind)
        _check_wait(row, wait)
        paused = row.waits is not None
        assert len(here.requests(remote, row.role)) - before == (1 if paused or row.state is State.UNKNOWN else 2)
        if paused and row.state is State.QUEUED:
            assert abs(found.due_at - here.bench.clock.now() - (wait or timedelta(0))) < ROUNDING
            assert here.bench.row(behind).attempts == 0
        assert len([notice for notice in here.bench.told.notices if notice.channel == row.kind]) == row.alarms * (
            1 if paused else 2
        )
        assert here.bench.row(other).state is State.PUBLISHED  # the other channels go on


def _check_wait(row: Row, wait: timedelta | None) -> None:
    if row.waits is None:
        assert wait is None
    elif row.waits is timedelta.max:
        assert wait is not None
        assert MINUTE / 2 <= wait <= 24 * HOUR + 2 * MINUTE
    else:
        assert wait is not None
        assert abs(wait - row.waits) < ROUNDING, wait


# --- when the limit is over -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "role", "name"),
    [("x", "create", "429"), ("x", "create", "usage-capped"), ("x", "create", "401"), ("page", "stage", "80001"),
     ("page", "flip", "190"), ("facebook", "create", "190"), ("youtube", "create", "quotaExceeded")],
)  # fmt: skip
def test_d12_when_it_is_over_every_post_goes_out_once(
    tmp_path: Path, sandbox: Sandbox, kind: str, role: str, name: str
) -> None:
    with desk(tmp_path, sandbox, kind, expires_after=timedelta(days=3)) as here:
        here.round()
        posts = [here.bench.queue(channel=kind, n=n) for n in range(3)]
        remote = REMOTE[here.bench.parts.channels[kind].platform]
        here.fault(remote, role=role, name=name)
        here.round()
        assert not any(here.bench.row(post).remote_id for post in posts)
        here.live_on(26 if name == "quotaExceeded" else 1, step=30 * MINUTE if name == "quotaExceeded" else 5 * MINUTE)
        states = {here.bench.row(post).state for post in posts}
        assert states <= {State.PUBLISHED, State.SKIPPED}
        expected = 0 if State.SKIPPED in states else 3
        assert len(here.live(remote)) == expected or name == "quotaExceeded"


def test_d12_a_refused_token_on_a_later_attempt_settles_nothing(tmp_path: Path, sandbox: Sandbox) -> None:
    """The first attempt may be live: a 190 on the second one must not call the post refused, nor queue it again."""
    with desk(tmp_path, sandbox, "page") as here:
        here.round()
        post = here.bench.queue(channel="page")
        here.fault("facebook", role="flip", status=503, when=When.AFTER)
        here.fault("facebook", role="flip", name="190", times=1)
        here.fault("facebook", role="read", status=503, times=2)
        here.round()
        assert here.bench.row(post).state is State.UNKNOWN
        here.live_on(1, step=MINUTE)
        assert here.bench.row(post).state is State.PUBLISHED
        assert len(here.live("facebook")) == 1


# --- look-ups (D11) -------------------------------------------------------------------------------------------------

KINDS = ("x", "facebook", "youtube")
LIMITS = {"x": {"name": "429"}, "facebook": {"name": "80001"}, "youtube": {"name": "rateLimitExceeded"}}
NO = {"x": {"name": "401"}, "facebook": {"name": "190"}, "youtube": {"name": "403"}}
FORBIDDEN = {"x": {"name": "403"}, "facebook": {"name": "200"}, "youtube": {"name": "insufficientPermissions"}}


@pytest.fixture(params=KINDS)
def doubtful(request: pytest.FixtureRequest, tmp_path: Path, sandbox: Sandbox) -> Iterator[tuple[Wired, str, Post]]:
    """A post that is live, and whose answer was lost."""
    with desk(tmp_path, sandbox, request.param) as here:
        remote = REMOTE[here.bench.parts.channels[request.param].platform]
        here.fault(remote, role="create", kind=Kind.DROP, when=When.AFTER)
        post = here.bench.queue(channel=request.param)
        deliver(here.bench.parts)
        assert here.bench.row(post).state is State.UNKNOWN
        yield here, remote, post


@pytest.mark.parametrize("trouble", ["limit", "503", "drop", "html"])
def test_d11_a_look_up_that_fails_leaves_the_post_unknown_and_backs_off(
    doubtful: tuple[Wired, str, Post], trouble: str
) -> None:
    here, remote, post = doubtful
    faults = {
        "limit": {"kind": Kind.STATUS, **LIMITS[post.channel]},
        "503": {"status": 503},
        "drop": {"kind": Kind.DROP},
        "html": {"kind": Kind.HTML, "status": 520},
    }
    here.fault(remote, role="read", times=0, **faults[trouble])
    here.live_on(1, step=MINUTE / 2)
    assert here.bench.row(post).state is State.UNKNOWN
    looks = len(here.requests(remote, "read"))
    assert 1 <= looks <= (4 if trouble == "limit" and post.channel != "youtube" else 8)
    assert here.bench.told.notices == []
    here.sandbox.state.faults.clear()
    here.live_on(1, step=MINUTE)
    assert here.bench.row(post).state is State.PUBLISHED
    assert len(here.live(remote)) == 1


@pytest.mark.parametrize("answer", [NO, FORBIDDEN], ids=["401", "403"])
def test_d11_a_refused_look_up_asks_a_person_pauses_the_channel_and_tells_once(
    doubtful: tuple[Wired, str, Post], answer: dict[str, dict[str, str]]
) -> None:
    here, remote, post = doubtful
    here.fault(remote, role="read", times=0, **answer[post.channel])
    waiting = here.bench.queue(channel=post.channel, n=2)
    here.live_on(0.4, step=MINUTE)
    assert here.bench.row(post).state is State.ATTENTION
    assert (here.bench.row(waiting).state, here.bench.row(waiting).attempts) == (State.QUEUED, 0)
    assert paused_for(here, post.channel) is not None
    assert [notice.subject for notice in here.bench.told.notices] == ["a post needs you"]
    here.live_on(0.4, step=MINUTE)  # the pause is over: sending itself was never refused
    assert here.bench.row(waiting).state is State.PUBLISHED
    assert len(here.live(remote)) == 2


# --- our own limits -------------------------------------------------------------------------------------------------


def test_our_own_budget_and_cap_wait_without_a_request(tmp_path: Path, sandbox: Sandbox) -> None:
    with desk(tmp_path, sandbox, "x", monthly_budget=Decimal("0.41")) as here:
        posts = [here.bench.queue(channel="x", n=n) for n in range(4)]
        here.live_on(2, step=5 * MINUTE)
        assert len(here.live("x")) == len(here.requests("x")) == 2  # $0.20 each
        late = [here.bench.row(post) for post in posts if here.bench.row(post).state is State.QUEUED]
        assert len(late) == 2
        assert all("monthly budget: $0.40 of $0.41" in row.reason for row in late)
        assert here.bench.told.notices == []


def test_a_server_that_is_not_there_waits_longer_and_longer(tmp_path: Path, sandbox: Sandbox) -> None:
    with desk(tmp_path, sandbox, "x", api_base=nowhere()) as here:
        posts = [here.bench.queue(channel="x", n=n) for n in range(20)]
        waits = []
        for _ in range(9):
            here.round()
            wait = paused_for(here, "x")
            assert wait is not None
            waits.append(round(wait / SECOND))
            here.pass_time(wait + SECOND)
        assert waits == [30, 60, 120, 240, 480, 960, 1800, 1800, 1800]
        assert sum(here.bench.row(post).attempts for post in posts) == 9
        assert here.requests("x") == []
