"""R18: a Page's drafts are tried out before the first send and every week; a Page that shows them gets direct posts."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from syndicator.errors import AuthRequired, Unreachable
from syndicator.model import Probe, State
from syndicator.platforms import Probing
from syndicator.platforms._graph_canary import NAME
from syndicator.sandbox import Sandbox
from syndicator.sandbox.faults import Kind, When
from syndicator.service import admin, probe
from syndicator.service.deliver import deliver
from syndicator.service.probe import Standing
from syndicator.store import channels
from tests import values
from tests.service.bench import Bench, make_bench
from tests.service.wired import Wired, channel_of, wired

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def page(tmp_path: Path, sandbox: Sandbox) -> Iterator[Wired]:
    with wired(tmp_path, sandbox, channel_of(sandbox, "page")) as made:
        yield made


def known(page: Wired) -> Standing:
    with page.bench.parts.store.read() as conn:
        state = channels.get(conn, "page")
    return probe.standing(state, page.bench.parts.channels["page"], page.bench.clock.now())


def canaries(page: Wired) -> list[str]:
    """Canaries at the platform, drafts included."""
    return [post.id for post in page.sandbox.state.posts("facebook", drafts=True) if NAME.search(post.text)]


def made(page: Wired) -> int:
    """Probes that were begun: the requests that staged a canary."""
    return sum(row["role"] == "stage" and row["marker"] is None for row in page.requests("facebook"))


# --- a Page that hides its drafts -----------------------------------------------------------------------------------


def test_r18_a_page_is_probed_before_its_first_post_and_each_week(page: Wired) -> None:
    first = page.bench.queue(channel="page", n=1)
    page.round()
    assert page.bench.row(first).state is State.PUBLISHED
    order = [(row["role"], bool(row["marker"])) for row in page.requests("facebook") if row["method"] == "POST"]
    assert [role for role, _ in order] == ["stage", "stage", "flip"]
    assert (known(page), canaries(page), made(page)) == (Standing.HIDDEN, [], 1)
    page.bench.queue(channel="page", n=2)
    page.round()
    assert made(page) == 1
    page.live_on(24 * 7 - 1, step=6 * HOUR)
    assert made(page) == 1
    page.live_on(12, step=6 * HOUR)
    assert (made(page), known(page), canaries(page)) == (2, Standing.HIDDEN, [])
    assert len(page.live("facebook")) == 2
    assert page.subjects == []


def test_a_canary_says_what_it_is_and_links_to_nothing(page: Wired) -> None:
    page.fault("facebook", kind=Kind.DROP, role="delete")
    page.round()
    (left,) = page.sandbox.state.posts("facebook", drafts=True)
    assert left.text.startswith("Test draft")
    assert (left.link, left.published, "http" in left.text) == (None, False, False)


# --- a Page that shows them -----------------------------------------------------------------------------------------


def test_without_the_probe_a_page_that_shows_drafts_gets_the_news_twice(page: Wired) -> None:
    """Why R18 is there: the draft whose answer was lost is visible, and so is the one that is published."""
    page.round()  # probed while the Page still hid its drafts
    page.switch(
        facebook_honours_unpublished=False, facebook_duplicates=False
    )  # its refusal of duplicates is no promise
    page.bench.queue(channel="page")
    page.fault("facebook", kind=Kind.DROP, role="stage", when=When.AFTER)
    page.live_on(0.5, step=MINUTE)
    assert len(page.live("facebook")) == 2


def test_r18_a_page_that_shows_drafts_gets_direct_posts_and_one_alarm(page: Wired) -> None:
    page.switch(facebook_honours_unpublished=False, facebook_duplicates=False)
    queued = [page.bench.queue(channel="page", n=n) for n in (1, 2)]
    page.fault("facebook", kind=Kind.DROP, role="create", when=When.AFTER, skip=1)  # the one before is none of a canary
    page.live_on(1, step=MINUTE)
    assert known(page) is Standing.SHOWN
    assert canaries(page) == []
    assert {page.bench.row(post).state for post in queued} == {State.PUBLISHED}
    assert len(page.live("facebook")) == 2
    assert {page.bench.row(post).payload.request["mode"] for post in queued} == {"direct"}  # type: ignore[union-attr]
    assert page.subjects == ["staged drafts are visible"]
    page.live_on(24 * 15, step=12 * HOUR)
    assert page.subjects == ["staged drafts are visible"]
    assert canaries(page) == []


def test_a_page_that_hides_drafts_again_is_staged_for_again(page: Wired) -> None:
    page.switch(facebook_honours_unpublished=False)
    page.round()
    page.switch(facebook_honours_unpublished=True)
    page.live_on(24 * 8, step=12 * HOUR)
    post = page.bench.queue(channel="page")
    page.round()
    assert known(page) is Standing.HIDDEN
    row = page.bench.row(post)
    assert row.payload is not None
    assert row.payload.request["mode"] == "two_phase"


@pytest.mark.parametrize("kind", [Kind.DROP, Kind.RST, Kind.NO_ID, Kind.TRUNCATE])
def test_a_visible_canary_whose_answer_was_lost_is_found_and_deleted_at_once(page: Wired, kind: Kind) -> None:
    page.switch(facebook_honours_unpublished=False)
    page.fault("facebook", kind=kind, role="stage", when=When.AFTER)
    page.round()
    assert (known(page), canaries(page)) == (Standing.SHOWN, [])


def test_a_visible_canary_that_could_not_be_deleted_is_named_and_deleted_by_the_next_probe(page: Wired) -> None:
    page.switch(facebook_honours_unpublished=False)
    page.fault("facebook", kind=Kind.DROP, role="delete")
    page.round()
    (left,) = canaries(page)
    (notice,) = page.bench.told.notices
    assert f"delete it by hand: https://www.facebook.com/{left}" in notice.text
    page.live_on(24 * 8, step=12 * HOUR)
    assert canaries(page) == []


def test_a_worker_that_died_with_a_visible_canary_leaves_it_to_the_next_one(page: Wired) -> None:
    adapter = page.bench.parts.adapter("page", "probe")
    assert isinstance(adapter, Probing)
    page.switch(facebook_honours_unpublished=False)
    page.fault("facebook", kind=Kind.DROP, role="read", skip=1, times=1)
    page.fault("facebook", kind=Kind.DROP, role="delete")
    with pytest.raises(Unreachable):
        adapter.probe()
    assert len(canaries(page)) == 1
    found = adapter.probe()
    assert (found.hidden, canaries(page)) == (False, [])


def test_what_was_staged_already_is_published_by_its_id(page: Wired) -> None:
    """Its draft is visible, whatever we do; another request would be a second post."""
    page.round()
    post = page.bench.queue(channel="page")
    page.fault("facebook", role="flip", status=503)
    page.round()
    assert page.bench.row(post).staged
    page.switch(facebook_honours_unpublished=False)
    page.pass_time(8 * DAY)
    page.live_on(2, step=MINUTE)
    assert known(page) is Standing.SHOWN
    assert len(page.live("facebook")) == 1
    assert page.bench.row(post).state is State.PUBLISHED


def test_what_was_frozen_for_staging_goes_to_a_person(page: Wired) -> None:
    page.round()
    post = page.bench.queue(channel="page")
    page.fault("facebook", role="stage", status=503)
    page.round()
    assert (page.bench.row(post).payload is not None, page.bench.row(post).staged) == (True, None)
    with page.bench.parts.store.write() as conn:
        account = probe._account(page.bench.parts.channels["page"])
        channels.record_probe(conn, "page", probe=f"shown {account}: it was", at=page.bench.clock.now())
    page.pass_time(2 * MINUTE)
    page.round()
    row = page.bench.row(post)
    assert row.state is State.ATTENTION
    assert "it may be visible already" in row.reason
    assert page.live("facebook") == []
    assert "a post needs you" in page.subjects


def test_a_one_off_on_a_page_that_shows_drafts_is_frozen_as_a_direct_post(page: Wired) -> None:
    page.switch(facebook_honours_unpublished=False)
    page.round()
    (placed,) = admin.place(page.bench.parts, values.article(), channels_=[page.bench.parts.channels["page"]])
    assert placed.post.payload is not None
    assert placed.post.payload.request["mode"] == "direct"


# --- nobody knows ---------------------------------------------------------------------------------------------------

TROUBLE = [
    {"role": "stage", "status": 503},
    {"role": "stage", "kind": Kind.DROP, "when": When.AFTER},
    {"role": "read", "status": 503},
    {"role": "read", "name": "190"},
    {"role": "stage", "name": "200"},
    {"role": "stage", "name": "80001"},
    {"role": "read", "kind": Kind.HEADERS, "headers": {"Age": "60"}},
    {"role": "read", "kind": Kind.WRONG_BODY},
]


@pytest.mark.parametrize("fault", TROUBLE, ids=str)
def test_a_channel_of_which_nothing_is_known_waits_and_says_why(page: Wired, fault: dict[str, object]) -> None:
    post = page.bench.queue(channel="page")
    page.fault("facebook", times=0, **fault)
    page.live_on(1, step=MINUTE)
    assert known(page) is Standing.UNKNOWN
    assert (page.bench.row(post).state, page.bench.row(post).attempts) == (State.QUEUED, 0)
    with page.bench.parts.store.read() as conn:
        assert "could not be probed" in channels.get(conn, "page").reason
    assert made(page) <= 8  # backs off: half a minute, a minute, … half an hour
    page.sandbox.state.faults.clear()
    page.live_on(1, step=MINUTE)
    assert (known(page), page.bench.row(post).state) == (Standing.HIDDEN, State.PUBLISHED)
    assert len(page.live("facebook")) == 1


def test_a_known_answer_outlives_a_bad_day_and_no_more(page: Wired) -> None:
    page.round()
    page.pass_time(7 * DAY)
    page.fault("facebook", role="stage", status=503, times=3)
    page.round()
    post = page.bench.queue(channel="page", n=1)
    page.fault("facebook", role="read", status=503, times=0)
    page.live_on(1, step=10 * MINUTE)
    assert known(page) is Standing.HIDDEN
    page.pass_time(DAY)
    later = page.bench.queue(channel="page", n=2)
    page.live_on(1, step=10 * MINUTE)
    assert known(page) is Standing.UNKNOWN
    assert (page.bench.row(post).state, page.bench.row(later).state) == (State.PUBLISHED, State.QUEUED)


def test_an_answer_for_another_page_is_none(page: Wired) -> None:
    page.round()
    channel = page.bench.parts.channels["page"]
    other = replace(channel, options={**channel.options, "page_id": "1"})
    with page.bench.parts.store.read() as conn:
        state = channels.get(conn, "page")
    assert probe.standing(state, other, page.bench.clock.now()) is Standing.UNKNOWN
    ahead = replace(state, probed_at=page.bench.clock.now() + HOUR)  # dated by a clock that ran ahead
    assert probe.standing(ahead, channel, page.bench.clock.now()) is Standing.UNKNOWN


def test_a_channel_that_stages_nothing_is_never_probed(tmp_path: Path, sandbox: Sandbox) -> None:
    with wired(tmp_path, sandbox, channel_of(sandbox, "facebook")) as page:
        page.bench.queue(channel="facebook")
        page.round()
        assert len(page.requests("facebook")) == 1


def test_a_probe_keeps_a_pause_and_a_pause_keeps_a_probe(page: Wired) -> None:
    page.round()
    parts = page.bench.parts
    admin.pause(parts, parts.channels["page"], "a person said so")
    with parts.store.write() as conn:
        channels.record_probe(conn, "page", probe="hidden x: y", at=page.bench.clock.now())
        assert channels.get(conn, "page").reason == "a person said so"
    admin.resume(parts, parts.channels["page"])
    with parts.store.read() as conn:
        assert channels.get(conn, "page").probe == "hidden x: y"


def two_phase(folder: Path) -> Bench:
    options = {"page_id": "1", "publish_mode": "two_phase"}
    return make_bench(folder, channels=(values.channel(platform="facebook", options=options),))


# --- trouble of our own ---------------------------------------------------------------------------------------------


def test_a_bug_while_probing_leaves_the_channel_waiting(tmp_path: Path) -> None:
    bench = two_phase(tmp_path)
    bench.x.probing.append(ValueError("a bug"))
    post = bench.queue()
    deliver(bench.parts)
    assert (bench.row(post).state, bench.x.bodies) == (State.QUEUED, [])


def test_a_refused_credential_is_told_once(tmp_path: Path) -> None:
    bench = two_phase(tmp_path)
    bench.x.probing.append(AuthRequired("no", platform="facebook", code="190"))
    for _ in range(3):
        deliver(bench.parts)
    assert [notice.subject for notice in bench.told.notices] == ["x: waits for a probe"]


def test_a_halted_syndicator_stages_no_canary(page: Wired) -> None:
    from syndicator.service import halt

    halt.stop_here(page.bench.parts.state_dir, "enough", page.bench.clock.now())
    page.round()
    assert page.requests("facebook") == []


def test_notes_for_people(tmp_path: Path) -> None:
    bench = two_phase(tmp_path)
    channel, now = bench.parts.channels["x"], bench.clock.now()

    def said() -> str:
        with bench.parts.store.read() as conn:
            return probe.note(channels.get(conn, "x"), channel, now)

    assert said().startswith("not known yet")
    probe.ask(bench.parts, channel)
    assert said().startswith("drafts are invisible (probed ")
    bench.x.probing.append(Probe(hidden=False, note="there it was"))
    probe.ask(bench.parts, channel)
    assert "VISIBLE" in said()
    assert "there it was" in said()
    with bench.parts.store.read() as conn:
        assert probe.note(channels.get(conn, "x"), values.channel(), now) == ""
