"""R22: what an editor approved is what goes out, or nothing does. D29: two editors, late editors, changed words."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from syndicator.core import answers
from syndicator.errors import ComposeError, Rejected, SyndicatorError, Unreachable
from syndicator.model import Pending, Post, Route, Rule, State
from syndicator.service import admin, approval
from syndicator.service.deliver import deliver
from syndicator.service.plan import plan
from syndicator.service.reconcile import reconcile
from syndicator.store import articles, posts, views
from tests import values
from tests.service.bench import TEMPLATE, Bench, make_bench

HOUR = timedelta(hours=1)
STORY = values.article(title="Minister denies fraud")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Bench]:
    """A bench whose rule asks for approval, with one article."""
    made = make_bench(tmp_path, rules=(Rule(name="all", routes=(Route(channel="x", approval=True),)),))
    with made.parts.store.write() as conn:
        articles.add(conn, STORY, (f"url:{STORY.canonical_url}",), planned=False)
    plan(made.parts)
    yield made
    made.parts.store.close()


def held(bench: Bench) -> Post:
    with bench.parts.store.read() as conn:
        found = posts.latest_edition(conn, STORY.id, "x")
    assert found is not None
    return found


def correct(bench: Bench, title: str = "Minister admits fraud") -> None:
    """Let the newsroom change the headline."""
    bench.clock.tick(timedelta(minutes=1))
    with bench.parts.store.write() as conn:
        assert articles.revise(conn, replace(STORY, title=title), at=bench.clock.now())


def new_template(bench: Bench, text: str = "NEW " + TEMPLATE) -> None:
    from jinja2 import DictLoader

    from syndicator.core.teaser import Templates

    bench.parts.composer.templates = Templates(DictLoader({"twitter.j2": text}))


# --- approval binds to the bytes ------------------------------------------------------------------------------------


def test_r22_an_approval_that_names_other_bytes_is_refused(desk: Bench) -> None:
    post = held(desk)
    assert post.payload_sha256
    for wrong in ("0" * 12, post.payload_sha256[:7], post.payload_sha256[::-1]):
        with pytest.raises(admin.Refused, match="not approved"):
            approval.approve(desk.parts, post, sha256=wrong)
    assert held(desk) == post
    assert approval.approve(desk.parts, post, sha256=post.payload_sha256[:8].upper()).state is State.QUEUED


def test_r22_changed_words_are_not_approved_unseen(desk: Bench) -> None:
    correct(desk)
    with pytest.raises(approval.Changed, match="--recompose") as refused:
        approval.approve(desk.parts, held(desk))
    change = refused.value.change
    assert (change.headline_then, change.headline_now) == (STORY.title, "Minister admits fraud")
    assert change.text_now.startswith("Minister admits fraud")
    assert held(desk).state is State.HELD
    deliver(desk.parts)
    assert desk.x.bodies == []


def test_r22_a_changed_template_is_a_change_too(desk: Bench) -> None:
    new_template(desk)
    with pytest.raises(approval.Changed) as refused:
        approval.approve(desk.parts, held(desk))
    assert refused.value.change.text_now.startswith("NEW ")
    new_template(desk, "{{ nothing_of_the_kind }}")
    with pytest.raises(approval.Changed) as refused:
        approval.approve(desk.parts, held(desk))
    assert "nothing_of_the_kind" in refused.value.change.problem
    approval.approve(desk.parts, held(desk), sha256=held(desk).payload_sha256 or "")
    deliver(desk.parts)
    assert "Minister denies" in desk.x.bodies[0]


def test_r22_a_change_that_no_reader_sees_needs_no_second_look(desk: Bench) -> None:
    with desk.parts.store.write() as conn:
        articles.revise(conn, replace(STORY, tags=("Other",), summary="Another lead."), at=desk.clock.now())
    assert approval.approve(desk.parts, held(desk)).state is State.QUEUED


def test_r22_what_was_never_composed_cannot_be_approved(bench: Bench) -> None:
    blank = bench.queue(state=State.HELD)
    with pytest.raises(admin.Refused, match="nothing was composed"):
        approval.approve(bench.parts, blank)
    shown = approval.recompose(bench.parts, blank)
    assert (shown.state, bool(shown.payload_sha256)) == (State.HELD, True)
    assert approval.approve(bench.parts, shown).state is State.QUEUED


# --- composing anew voids what was approved -------------------------------------------------------------------------


def test_r22_composing_anew_voids_the_approval(desk: Bench) -> None:
    before = held(desk)
    queued = approval.approve(desk.parts, before)
    correct(desk)
    fresh = approval.recompose(desk.parts, queued)
    assert fresh.state is State.HELD
    assert fresh.payload_sha256 != before.payload_sha256
    deliver(desk.parts)
    assert desk.x.bodies == []
    with pytest.raises(admin.Refused, match="not approved"):
        approval.approve(desk.parts, fresh, sha256=before.payload_sha256 or "")
    approval.approve(desk.parts, fresh, sha256=fresh.payload_sha256 or "")
    deliver(desk.parts)
    (body,) = desk.x.bodies
    assert "Minister admits fraud" in body


def test_r22_an_approval_of_the_old_bytes_loses_against_new_ones(desk: Bench) -> None:
    """One editor looks at the old card while another composes anew."""
    seen = held(desk)
    correct(desk)
    approval.recompose(desk.parts, seen)
    with pytest.raises(admin.Refused, match="somebody else"):
        approval.approve(desk.parts, seen, sha256=seen.payload_sha256 or "")
    assert held(desk).state is State.HELD


def test_r22_what_cannot_be_composed_anew_stays_as_it_was(desk: Bench) -> None:
    before = held(desk)
    new_template(desk, "{{ nothing_of_the_kind }}")
    with pytest.raises(SyndicatorError, match="nothing_of_the_kind"):
        approval.recompose(desk.parts, before)
    assert held(desk) == before


def test_r22_drafts_of_the_old_bytes_are_not_published_with_the_new_ones(desk: Bench) -> None:
    approval.approve(desk.parts, held(desk))
    desk.x.staging.append({"draft": "old"})
    desk.x.publishing.append(lambda: (_ for _ in ()).throw(Unreachable("refused", platform="twitter")))
    deliver(desk.parts)
    assert held(desk).staged == {"draft": "old"}
    correct(desk)
    assert approval.recompose(desk.parts, held(desk)).staged is None


def test_r22_what_may_be_live_is_not_composed_anew(desk: Bench) -> None:
    approval.approve(desk.parts, held(desk))
    desk.x.publishing.append("gone")
    deliver(desk.parts)
    with pytest.raises(admin.Refused, match="not sent yet"):
        approval.recompose(desk.parts, held(desk))


@pytest.mark.parametrize("corrected", [True, False])
def test_r22_a_retry_does_not_smuggle_new_words_past_the_editor(desk: Bench, corrected: bool) -> None:
    approved = approval.approve(desk.parts, held(desk))
    desk.x.publishing.append(Rejected("no", platform="twitter"))
    deliver(desk.parts)
    assert held(desk).state is State.REJECTED
    if corrected:
        correct(desk)
    after = admin.retry(desk.parts, held(desk))
    assert after.state is (State.HELD if corrected else State.QUEUED)
    assert (after.payload_sha256 == approved.payload_sha256) is not corrected
    deliver(desk.parts)
    assert len(desk.x.live) == (0 if corrected else 1)


def test_a_retry_of_what_nobody_had_to_approve_is_composed_when_it_is_sent(bench: Bench) -> None:
    post = bench.queue()
    bench.x.publishing.append(Rejected("no", platform="twitter"))
    deliver(bench.parts)
    after = admin.retry(bench.parts, bench.row(post))
    assert (after.state, after.payload) == (State.QUEUED, None)


# --- D29: two editors, and late ones --------------------------------------------------------------------------------


def race(*acts: "tuple[object, ...]") -> list[object]:
    """Do everything at the same moment; give what each one got."""
    start, got = threading.Barrier(len(acts)), [object()] * len(acts)

    def one(number: int, act: "tuple[object, ...]") -> None:
        start.wait()
        try:
            got[number] = act[0](*act[1:])  # type: ignore[operator]
        except SyndicatorError as error:
            got[number] = error

    threads = [threading.Thread(target=one, args=item) for item in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return got


def test_r22_d29_editors_who_approve_at_once_make_one_post(desk: Bench) -> None:
    got = race(*[(approval.approve, desk.parts, held(desk))] * 8)
    assert sum(isinstance(item, Post) for item in got) == 1
    assert {type(item) for item in got} == {Post, admin.Refused}
    assert all("it is queued (approved" in str(item) for item in got if isinstance(item, admin.Refused))
    deliver(desk.parts)
    assert len(desk.x.bodies) == 1


def test_r22_d29_approving_dropping_and_composing_anew_at_once_is_one_decision(desk: Bench) -> None:
    for number in range(10):
        post = held(desk)
        if post.state is not State.HELD:
            break
        # Other words each time: composing the same ones anew takes nothing away from an approval of them.
        new_template(desk, f"NEW {number} {{{{ article.title }}}}\n{{{{ link }}}}")
        frozen = post.payload_sha256 or ""

        def approve(post: Post = post, frozen: str = frozen) -> Post:
            return approval.approve(desk.parts, post, sha256=frozen)

        got = race((approve,), (admin.drop, desk.parts, post), (approval.recompose, desk.parts, post))
        assert sum(isinstance(item, Post) for item in got) == 1
        assert sum(isinstance(item, admin.Refused) for item in got) == 2
    deliver(desk.parts)
    sent = held(desk).state is State.PUBLISHED
    assert len(desk.x.bodies) == (1 if sent else 0)


def test_r22_d29_an_approval_after_the_time_says_so_and_sends_once(desk: Bench) -> None:
    desk.clock.tick(7 * HOUR)
    late = approval.approve(desk.parts, held(desk))
    assert "1 h after it had gone stale" in late.reason
    reconcile(desk.parts)
    deliver(desk.parts)
    assert (held(desk).state, len(desk.x.bodies)) == (State.PUBLISHED, 1)


def test_r22_d29_an_approval_after_it_was_skipped_is_refused_with_a_way_on(desk: Bench) -> None:
    seen = held(desk)
    desk.clock.tick(7 * HOUR)
    reconcile(desk.parts)
    assert held(desk).state is State.SKIPPED
    with pytest.raises(admin.Refused, match="post --again"):
        approval.approve(desk.parts, held(desk))
    with pytest.raises(admin.Refused, match="somebody else"):
        approval.approve(desk.parts, seen)
    deliver(desk.parts)
    assert desk.x.bodies == []


def test_r22_d29_cancelling_while_it_is_sent_means_only_if_it_was_not_sent(desk: Bench) -> None:
    said: list[str] = []

    def cancel() -> None:
        with pytest.raises(admin.Refused) as refused:
            admin.drop(desk.parts, held(desk))
        said.append(str(refused.value))
        raise Unreachable("refused", platform="twitter")

    approval.approve(desk.parts, held(desk))
    desk.x.publishing.append(cancel)
    deliver(desk.parts)
    assert "only if it turns out not to have been sent" in said[0]
    assert f"syndicator show {held(desk).id}" in said[0]
    assert admin.drop(desk.parts, held(desk)).state is State.SKIPPED
    assert desk.x.live == []


# --- the hints are true ---------------------------------------------------------------------------------------------


def in_state(bench: Bench, state: State) -> Post:
    """Bring a post of its own into ``state``."""
    post = bench.queue()
    steps: dict[State, object] = {
        State.REJECTED: Rejected("no", platform="twitter"),
        State.UNKNOWN: "gone",
        State.ATTENTION: "gone",
        State.PROCESSING: Pending(person=True),
    }
    if state is State.HELD:
        approval.recompose(bench.parts, post)
    elif state is State.SKIPPED:
        admin.drop(bench.parts, post)
    elif state is not State.QUEUED:
        bench.x.publishing.extend([steps[state]] if state in steps else [])
        deliver(bench.parts)
    if state is State.ATTENTION:
        reconcile(replace(bench.parts, channels={}))
    return bench.row(post)


ACTS = {
    "approve": approval.approve,
    "recompose": approval.recompose,
    "drop": admin.drop,
    "resend": admin.settle_resend,
    "retry": admin.retry,
    "live": lambda parts, post: admin.settle_live(parts, post, "https://x.com/i/web/status/5"),
}


@pytest.mark.parametrize("state", [state for state in State if state is not State.SENDING])
def test_every_answer_that_is_offered_is_carried_out_and_every_other_is_refused(tmp_path: Path, state: State) -> None:
    offered = None
    for number, act in enumerate(ACTS):
        folder = tmp_path / str(number)
        folder.mkdir()
        bench = make_bench(folder)
        post = in_state(bench, state)
        assert post.state is state
        offered = {way.answer: way for way in answers.answers(post)}
        way = offered.get(act)
        if way is not None and way.possible:
            assert ACTS[act](bench.parts, post).id == post.id  # type: ignore[operator]
        elif way is not None:
            with pytest.raises(admin.Refused) as refused:
                ACTS[act](bench.parts, post)  # type: ignore[operator]
            assert way.why_not in str(refused.value)
        bench.parts.store.close()
    assert state is State.PUBLISHED or offered


def test_a_post_without_its_article_is_not_composed_anew(bench: Bench) -> None:
    post = bench.queue()
    with pytest.raises(ComposeError, match="not in the post log"):
        approval.recompose(bench.parts, replace(post, article_id="gone"))
    with pytest.raises(admin.Refused, match="no longer configured"):
        approval.recompose(replace(bench.parts, channels={}), post)
    with bench.parts.store.read() as conn:
        assert len(views.history(conn, post.id)) == 1
