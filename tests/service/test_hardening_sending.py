"""What a review broke once in sending: each test keeps one promise that was broken then."""

import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from jinja2 import DictLoader

from syndicator import daemon
from syndicator.core.teaser import Teaser, TeaserRequest, Templates
from syndicator.errors import OutcomeUnknown, RateLimited, Rejected, Unreachable
from syndicator.model import Channel, Credentials, Pending, Receipt, Route, Rule, State
from syndicator.platforms import twitter
from syndicator.service import send
from syndicator.service.deliver import deliver
from syndicator.service.notify import Notifier
from syndicator.service.plan import plan
from syndicator.service.reconcile import reconcile
from syndicator.store import articles
from tests import values
from tests.contract.raw import closed_port
from tests.service.bench import TEMPLATE, Bench, make_bench
from tests.service.test_reconcile import run_for

MINUTE = timedelta(minutes=1)
PAGE = Channel(name="x", platform="facebook", options={"page_id": "1"})
TWO_PHASE = replace(PAGE, options={"page_id": "1", "publish_mode": "two_phase"})


class Brittle(Templates):
    """Templates with a bug that one article meets."""

    def render(self, request: TeaserRequest) -> Teaser:
        if request.article.title == "Story 1":
            raise ValueError("a bug in composing")
        return super().render(request)


def brittle(bench: Bench) -> None:
    bench.parts.composer.templates = Brittle(DictLoader({"twitter.j2": TEMPLATE}))


# --- what waiting helps ---------------------------------------------------------------------------------------------


def test_an_outage_of_minutes_rejects_nothing(tmp_path: Path) -> None:
    """Nobody listens: the real adapter says that nothing was sent, as often as it likes."""
    channel = values.channel(api_base=f"http://127.0.0.1:{closed_port()}")
    bench = make_bench(tmp_path, channels=(channel,))
    secrets = {name: f"1-{name}" for name in ("consumer_key", "consumer_secret", "access_token", "access_token_secret")}
    bench.adapters["x"] = twitter.connect(channel, Credentials(secrets))  # type: ignore[assignment]
    post = bench.queue()
    run_for(bench, timedelta(minutes=10), step=2 * MINUTE)
    assert bench.row(post).attempts > send.BUG_TRIES
    assert bench.row(post).state is State.QUEUED


def test_d36_waiting_is_no_bug_however_often(bench: Bench) -> None:
    post = bench.queue()
    down = Unreachable("nothing was sent", platform="twitter", code="not-sent")
    bench.x.publishing.extend([RateLimited("later", platform="twitter"), *[down] * 3])
    run_for(bench, timedelta(minutes=20), step=2 * MINUTE)
    assert bench.row(post).state is State.PUBLISHED


def test_d36_a_bug_while_staging_is_shown_to_a_person_after_three_tries(bench: Bench) -> None:
    post = bench.queue()
    bench.x.staging.extend([ValueError("a bug of ours")] * send.BUG_TRIES)
    run_for(bench, timedelta(minutes=6), step=MINUTE)
    row = bench.row(post)
    assert (row.state, row.attempts) == (State.REJECTED, send.BUG_TRIES)
    assert [notice.post for notice in bench.told.notices] == [post.id]


def test_d10_a_limit_that_may_have_come_with_a_live_post_paces_the_channel(tmp_path: Path) -> None:
    bench = make_bench(tmp_path, channels=(PAGE,))
    for n in range(1, 6):
        bench.queue(n=n, platform="facebook", template="facebook.j2")
    limit = OutcomeUnknown("(#32) Page request limit", platform="facebook", code="32", retry_after=5 * MINUTE)
    bench.x.publishing.extend([limit] * 5)
    deliver(bench.parts)
    reconcile(bench.parts)
    deliver(bench.parts)
    assert len(bench.x.bodies) == 1
    assert sorted(bench.states()) == [*[State.QUEUED] * 4, State.UNKNOWN]
    bench.parts.store.close()


def test_a_repeat_of_one_post_counts_once_for_the_daily_cap(tmp_path: Path) -> None:
    bench = make_bench(tmp_path, channels=(replace(TWO_PHASE, daily_cap=3),))
    bench.x.hidden = True
    bench.queue(platform="facebook", template="facebook.j2")
    bench.x.staging.append({"post_id": "1_2"})
    bench.x.publishing.extend(["gone"] * 8)
    run_for(bench, timedelta(hours=3), step=5 * MINUTE)
    assert bench.states() == [State.ATTENTION]
    other = bench.queue(n=2, platform="facebook", template="facebook.j2")
    bench.x.publishing.clear()
    deliver(bench.parts)
    assert bench.row(other).state is State.PUBLISHED
    bench.parts.store.close()


# --- one in trouble, the others go on -------------------------------------------------------------------------------


def test_d36_an_article_that_breaks_composing_does_not_stop_its_channel(bench: Bench) -> None:
    brittle(bench)
    bad, good = bench.queue(n=1), bench.queue(n=2)
    deliver(bench.parts)
    deliver(bench.parts)
    row = bench.row(bad)
    assert (row.state, bench.row(good).state) == (State.HELD, State.PUBLISHED)
    assert "bug while composing" in row.reason
    assert [notice.post for notice in bench.told.notices] == [bad.id]


def test_d36_an_article_that_breaks_composing_does_not_stop_the_planning(tmp_path: Path) -> None:
    rule = Rule(name="all", routes=(Route(channel="x", approval=True),))
    bench = make_bench(tmp_path, rules=(rule,))
    brittle(bench)
    with bench.parts.store.write() as conn:
        for n in (1, 2):
            url = f"https://news.example/{n}-story"
            story = values.article(id=f"a{n:012d}", title=f"Story {n}", url=url, canonical_url=url)
            articles.add(conn, story, (f"url:{url}",), planned=False)
    assert plan(bench.parts).posts == 2
    assert bench.states() == [State.HELD, State.HELD]
    bench.parts.store.close()


def test_a_bug_in_asking_for_progress_stops_neither_this_nor_another_channel(tmp_path: Path) -> None:
    bench = make_bench(tmp_path, channels=(values.channel("x"), values.channel("y")))
    waiting = bench.queue()
    bench.x.publishing.append(Pending(detail={"job": 1}))
    deliver(bench.parts)

    def broken(*_: object) -> Receipt:
        raise ValueError("a bug in an SDK")

    bench.x.progress = broken  # type: ignore[method-assign]
    other = bench.queue(channel="y", n=2)
    run_for(bench, timedelta(minutes=3))
    assert bench.row(other).state is State.PUBLISHED
    assert bench.row(waiting).state is State.PROCESSING
    bench.parts.store.close()


def test_a_slow_channel_delays_no_other_one_in_the_daemon(tmp_path: Path) -> None:
    bench = make_bench(tmp_path, channels=(values.channel("x"), values.channel("y")))
    go_on, begun = threading.Event(), threading.Event()

    def slow() -> None:
        begun.set()
        go_on.wait(10)

    bench.x.publishing.append(slow)
    bench.queue(n=1)
    quick = bench.queue(channel="y", n=2)
    ticks = daemon._verbs(bench.parts, backfill=0)
    thread = threading.Thread(target=ticks["send x"])
    thread.start()
    assert begun.wait(10)
    ticks["settle"]()
    ticks["send y"]()
    assert bench.row(quick).state is State.PUBLISHED
    go_on.set()
    thread.join()
    assert bench.states() == [State.PUBLISHED, State.PUBLISHED]
    bench.parts.store.close()


def test_a_slow_staging_is_not_taken_over_by_its_own_process(bench: Bench) -> None:
    """Two uploads at their time-outs outlast the lease, while the same daemon's settle tick runs beside them."""
    post = bench.queue()

    def slow() -> None:
        bench.clock.tick(timedelta(minutes=5))
        reconcile(bench.parts)

    bench.x.staging.append(slow)
    deliver(bench.parts)
    row = bench.row(post)
    assert (row.state, row.attempts) == (State.PUBLISHED, 1)


def test_a_hand_off_page_that_cannot_be_written_hands_nothing_over(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "handoff").write_text("a file where the folder should be")
    post = bench.queue()
    bench.x.publishing.extend([Pending(person=True), Pending(person=True)])
    deliver(bench.parts)
    assert (bench.row(post).state, bench.results(post)) == (State.QUEUED, ["not sent"])
    assert "hand-off page" in bench.row(post).reason
    (tmp_path / "handoff").unlink()
    bench.clock.tick(timedelta(hours=1))
    deliver(bench.parts)
    assert bench.row(post).state is State.PROCESSING


# --- what staging left ----------------------------------------------------------------------------------------------


def test_picture_ids_that_ran_out_are_replaced_by_the_fresh_ones(bench: Bench) -> None:
    bench.queue()
    used: list[object] = []
    publish = bench.x.publish

    def spy(staged: object, guard: object) -> object:
        used.append(staged.refs)  # type: ignore[attr-defined]
        return publish(staged, guard)  # type: ignore[arg-type]

    bench.x.publish = spy  # type: ignore[method-assign,assignment]
    bench.x.staging.extend([{"media": ["old"]}, {"media": ["fresh"]}])
    bench.x.publishing.append(RateLimited("later", platform="twitter"))
    deliver(bench.parts)
    bench.clock.tick(MINUTE)
    deliver(bench.parts)
    assert used == [{"media": ["old"]}, {"media": ["fresh"]}]


# --- what people are told -------------------------------------------------------------------------------------------


class Kept(Notifier):
    """Keeps what would have gone out, after the real rule of one hour."""

    bodies: list[str]

    def _deliver(self, body: str) -> None:
        self.bodies.append(body)


def test_every_refused_post_is_told_also_within_the_same_hour(bench: Bench) -> None:
    kept = Kept(clock=bench.clock)
    kept.bodies = []
    for n in (1, 2):
        bench.queue(n=n)
        bench.x.publishing.append(Rejected(f"text {n} refused", platform="twitter", code="400"))
    deliver(replace(bench.parts, notifier=kept))
    assert len(kept.bodies) == 2


def test_a_second_remote_post_is_told_and_not_only_logged(bench: Bench) -> None:
    post = bench.queue()
    deliver(bench.parts)
    other = Receipt(remote_id="other", remote_url="https://x.example/other")
    send.record(bench.parts, bench.row(post), other, reason="late")
    assert "https://x.example/other" in bench.told.notices[0].text


def test_r12_a_receipt_of_another_posts_remote_post_leaves_no_attempt_open(bench: Bench) -> None:
    first = bench.queue()
    deliver(bench.parts)
    taken = bench.row(first)
    second = bench.queue(n=2)
    stolen = Receipt(remote_id=taken.remote_id or "", remote_url=taken.remote_url or "")
    bench.x._receipt = lambda _: stolen  # type: ignore[method-assign]
    deliver(bench.parts)
    assert bench.row(second).state is State.ATTENTION
    assert bench.results(second) == ["unknown"]


@pytest.mark.parametrize("script", ["staging", "publishing", "looking"])
def test_a_bugs_words_are_kept_without_the_secrets_in_them(bench: Bench, script: str) -> None:
    post = bench.queue()
    if script == "looking":
        bench.x.publishing.append("lost")
    getattr(bench.x, script).append(ValueError("bad url https://g/?access_token=EAABsecret123"))
    deliver(bench.parts)
    reconcile(bench.parts)
    reasons = [bench.row(post).reason, *(notice.text for notice in bench.told.notices)]
    with bench.parts.store.read() as conn:
        from syndicator.store import posts, views

        reasons += [line.reason for line in views.history(conn, post.id)]
        reasons += [look.note for look in posts.look_ups(conn, post.id)]
    assert any("ValueError" in reason for reason in reasons)
    assert "EAABsecret123" not in " ".join(reasons)
