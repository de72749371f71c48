"""D32: drafts that no post will publish any more are listed and deleted; whatever is not provably ours stays."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from syndicator.model import Draft, State
from syndicator.platforms import Probing
from syndicator.sandbox import Sandbox
from syndicator.sandbox.faults import Kind, When
from syndicator.service import admin, probe
from syndicator.service.deliver import deliver
from syndicator.store import articles
from tests import values
from tests.contract.workbench import link_of
from tests.service.bench import Bench, make_bench
from tests.service.wired import Wired, channel_of, wired

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


@pytest.fixture
def page(tmp_path: Path, sandbox: Sandbox) -> Iterator[Wired]:
    with wired(tmp_path, sandbox, channel_of(sandbox, "page")) as made:
        yield made


def two_phase(folder: Path) -> Bench:
    options = {"page_id": "1", "publish_mode": "two_phase"}
    return make_bench(folder, channels=(values.channel(platform="facebook", options=options),))


def test_orphaned_drafts_are_deleted_after_a_day_and_only_ours(page: Wired) -> None:
    page.round()
    done = page.bench.queue(channel="page", n=1)
    page.fault("facebook", kind=Kind.DROP, role="stage", when=When.AFTER)  # staged, and the answer lost: an orphan
    page.live_on(0.2, step=MINUTE)
    assert page.bench.row(done).state is State.PUBLISHED
    waiting = page.bench.queue(channel="page", n=2)
    page.fault("facebook", kind=Kind.DROP, role="stage", when=When.AFTER)
    page.round()
    admin.pause(page.bench.parts, page.bench.parts.channels["page"], "")
    state = page.sandbox.state
    (example, *_) = state.posts("facebook", drafts=True)
    for number, (text, link) in enumerate(
        [("A colleague's draft", None), ("Another tool's", link_of("2222222222222")), ("Words only", None)]
    ):
        state.put(replace(example, id=f"1_{number}", text=text, link=link, published=False, author="hand"))
    orphans = {post.id: post for post in state.posts("facebook", drafts=True) if not post.published}
    assert len(orphans) == 5
    channel = page.bench.parts.channels["page"]
    probe.ask(page.bench.parts, channel)
    assert len(state.posts("facebook", drafts=True)) == 6  # all too young
    page.pass_time(DAY + MINUTE)
    probe.ask(page.bench.parts, channel)
    left = [post for post in state.posts("facebook", drafts=True) if not post.published]
    gone = set(orphans) - {post.id for post in left}
    assert [waiting.id in (orphans[item].link or "") for item in gone] == [False]
    assert [done.id in (orphans[item].link or "") for item in gone] == [True]
    assert len(page.live("facebook")) == 1


def test_an_orphan_that_a_person_published_is_kept(page: Wired) -> None:
    page.round()
    adapter = page.bench.parts.adapter("page", "probe")
    assert isinstance(adapter, Probing)
    page.bench.queue(channel="page")
    page.round()
    (post,) = page.live("facebook")
    assert adapter.discard(Draft(remote_id=post.id, age=2 * DAY)) is False
    assert page.live("facebook") == [post]
    assert adapter.discard(Draft(remote_id="1_9", age=2 * DAY)) is True


def test_drafts_that_cannot_be_listed_are_no_reason_to_wait(page: Wired) -> None:
    page.fault("facebook", path="*/promotable_posts", status=400, name="100", times=0)
    post = page.bench.queue(channel="page")
    page.round()
    assert page.bench.row(post).state is State.PUBLISHED


@pytest.mark.parametrize(
    ("draft", "swept"),
    [
        (Draft(remote_id="d", age=DAY, canary=True), True),
        (Draft(remote_id="d", age=DAY - MINUTE, canary=True), False),
        (Draft(remote_id="d", age=None, canary=True), False),
        (Draft(remote_id="d", age=DAY, markers=("MARK",)), True),
        (Draft(remote_id="staged", age=DAY, markers=("MARK",)), False),
        (Draft(remote_id="live", age=DAY, markers=("MARK",)), False),
        (Draft(remote_id="d", age=DAY, markers=("MARK", "2222222222222")), False),
        (Draft(remote_id="d", age=DAY, markers=("2222222222222",)), False),
        (Draft(remote_id="d", age=DAY), False),
    ],
)
def test_what_is_swept(tmp_path: Path, draft: Draft, swept: bool) -> None:
    bench = two_phase(tmp_path)
    bench.x.staging.append({"post_id": "staged"})
    post = bench.queue()
    deliver(bench.parts)
    with bench.parts.store.read() as conn:
        assert articles.get(conn, post.article_id)
    assert bench.row(post).state is State.PUBLISHED
    remote = bench.row(post).remote_id or ""
    named = replace(
        draft,
        markers=tuple(post.id if marker == "MARK" else marker for marker in draft.markers),
        remote_id=remote if draft.remote_id == "live" else draft.remote_id,
    )
    bench.x.lying.append(named)
    probe.ask(bench.parts, bench.parts.channels["x"])
    assert (named not in bench.x.lying) == swept


@pytest.mark.parametrize("state", [State.QUEUED, State.HELD, State.UNKNOWN, State.ATTENTION, State.REJECTED])
def test_a_draft_of_a_post_that_is_not_final_is_kept(tmp_path: Path, state: State) -> None:
    bench = two_phase(tmp_path)
    post = bench.queue(state=state)
    bench.x.lying.append(Draft(remote_id="d", age=9 * DAY, markers=(post.id,)))
    probe.ask(bench.parts, bench.parts.channels["x"])
    assert len(bench.x.lying) == 1


def test_d32_a_staged_draft_that_is_gone_ends_with_a_person_and_is_never_made_anew(page: Wired) -> None:
    page.round()
    post = page.bench.queue(channel="page")
    page.fault("facebook", role="flip", status=503)
    page.round()
    staged = (page.bench.row(post).staged or {})["post_id"]
    page.sandbox.state.remove("facebook", staged)
    page.live_on(8, step=5 * MINUTE)
    row = page.bench.row(post)
    assert row.state is State.ATTENTION
    assert "cannot be found" in row.reason or "draft" in row.reason
    assert (page.live("facebook"), len(page.requests("facebook", "stage"))) == ([], 2)  # the canary, and that draft
    assert page.subjects == ["a post needs you"]
