"""Follow-ups: the next posts of a thread and first comments are posts of their own, after the one before is live."""

from dataclasses import replace
from typing import Any

import pytest

from syndicator.core import identity
from syndicator.errors import Rejected, Unreachable
from syndicator.model import Post, State
from syndicator.service import admin, approval, followups
from syndicator.service.deliver import deliver
from syndicator.service.plan import plan
from syndicator.store import articles, posts, views
from tests import values
from tests.postgres import postgres_server
from tests.service.bench import Bench
from tests.service.threads import MINUTE, bench, history, retitle, seen, texts, thread, until_quiet

__all__ = ["bench", "postgres_server"]

# --- how it goes ----------------------------------------------------------------------------------------------------


def test_a_thread_goes_out_in_order_each_an_answer_to_the_one_before(bench: Bench) -> None:
    first = bench.queue()
    deliver(bench.parts)
    rows = thread(bench, first)
    assert [(row.part, row.state) for row in rows] == [(0, State.PUBLISHED), (1, State.PUBLISHED), (2, State.PUBLISHED)]
    assert [marker for marker, _ in bench.x.live] == [row.id for row in rows]
    requests = [row.payload.request for row in rows if row.payload]
    assert "reply" not in requests[0]
    assert [request["reply"]["in_reply_to_tweet_id"] for request in requests[1:]] == [
        rows[0].remote_id,
        rows[1].remote_id,
    ]
    assert len(bench.x.bodies) == 3


def test_the_id_of_the_post_itself_is_what_it_was_and_each_follow_up_has_a_marker_of_its_own(bench: Bench) -> None:
    first = bench.queue()
    deliver(bench.parts)
    rows = thread(bench, first)
    assert rows[0].id == identity.post_id(first.article_id, "x")
    assert rows[1].id == identity.follow_up_id(rows[0].id)
    assert len({row.id for row in rows}) == 3
    assert [row.key for row in rows[1:]] == [f"x/{first.article_id}+1", f"x/{first.article_id}+2"]
    assert rows[2].payload is not None
    assert f"utm_content={rows[2].id}" in rows[2].payload.request["text"]
    assert rows[0].id not in rows[2].payload.request["text"]


def test_a_follow_up_has_no_row_while_the_post_before_it_is_not_live(bench: Bench) -> None:
    first = bench.queue()
    bench.x.publishing.append("lost")
    deliver(bench.parts)
    plan(bench.parts)
    assert seen(bench, first) == [(0, "unknown")]
    until_quiet(bench, 2)
    assert seen(bench, first) == [(0, "published"), (1, "published"), (2, "published")]


def test_planning_makes_what_nobody_made_and_makes_it_once(bench: Bench) -> None:
    first = bench.queue()
    deliver(bench.parts)
    before = seen(bench, first)
    for _ in range(3):
        plan(bench.parts)
        assert followups.make(bench.parts) == 0
    assert seen(bench, first) == before
    with bench.parts.store.read() as conn:
        assert posts.to_follow(conn) == []


def test_the_log_and_the_card_tell_of_follow_ups(bench: Bench) -> None:
    first = bench.queue()
    deliver(bench.parts)
    with bench.parts.store.read() as conn:
        listed = [row.post.part for row in views.log(conn)]
    assert sorted(listed) == [0, 1, 2]
    assert history(bench, thread(bench, first)[1])[0].reason.startswith("follow-up 1 of https://")


def test_posting_by_hand_sends_the_whole_thread(bench: Bench) -> None:
    story = values.article(id="a000000000009", title="By hand")
    (placed,) = admin.place(bench.parts, story, channels_=[bench.parts.channels["x"]])
    sent = admin.send_now(bench.parts, placed.post)
    assert (sent.part, sent.state) == (0, State.PUBLISHED)
    assert seen(bench, sent) == [(0, "published"), (1, "published"), (2, "published")]


def test_a_repeat_counts_posts_and_not_follow_ups(bench: Bench) -> None:
    story = values.article(id="a000000000009", title="By hand")
    channel = bench.parts.channels["x"]
    for again in ("", "asked for"):
        (placed,) = admin.place(bench.parts, story, channels_=[channel], again=again)
        admin.send_now(bench.parts, placed.post)
    assert placed.post.edition == 1
    assert seen(bench, placed.post) == [(0, "published"), (1, "published"), (2, "published")]


# --- approval and frozen bytes --------------------------------------------------------------------------------------


def test_r22_an_approval_covers_the_follow_ups(bench: Bench) -> None:
    first = bench.queue()
    draft = bench.parts.composer.compose(_article(bench, first), channel=values.channel(), marker=first.id)
    teaser = draft.composed.teaser
    parts = (replace(teaser.parts[0], text="Else"), teaser.parts[1])
    other = replace(draft.composed, teaser=replace(teaser, parts=parts))
    assert replace(draft, composed=other).sha256 != draft.sha256
    fewer = replace(draft.composed, teaser=replace(teaser, parts=teaser.parts[:1]))
    assert replace(draft, composed=fewer).sha256 != draft.sha256


def _article(bench: Bench, post: Post) -> Any:
    with bench.parts.store.read() as conn:
        found = articles.get(conn, post.article_id)
    assert found is not None
    return found


def test_r22_what_was_approved_goes_out_whatever_the_article_says_by_then(bench: Bench) -> None:
    story = values.article(id="a000000000009", title="As approved")
    later = bench.clock.now() + MINUTE
    (placed,) = admin.place(bench.parts, story, channels_=[bench.parts.channels["x"]], at=later)
    bench.clock.tick(2 * MINUTE)
    # The article is corrected when the post itself is out and its follow-ups are not.
    bench.x.publishing.append(lambda: None)
    bench.x.publishing.append(lambda: retitle(bench, story.id, "Corrected"))
    deliver(bench.parts)
    rows = thread(bench, placed.post)
    assert [row.state for row in rows] == [State.PUBLISHED] * 3
    assert rows[1].payload is not None
    assert rows[1].payload.request["text"] == "Second of As approved"


def test_r22_changed_words_of_a_follow_up_void_the_approval(bench: Bench) -> None:
    first = bench.queue(state=State.HELD)
    post, draft = admin.freeze(bench.parts, _article(bench, first), bench.parts.channels["x"], first)
    with bench.parts.store.write() as conn:
        posts.freeze(conn, first, payload=draft.composed, payload_sha256=draft.sha256)
    held = bench.row(first)
    damaged = replace(draft.composed, teaser=replace(draft.composed.teaser, parts=()))
    with bench.parts.store.write() as conn:
        conn.execute(posts_table().update().values(payload=damaged))
    approval.approve(bench.parts, held, sha256=post.payload_sha256 or "")
    deliver(bench.parts)
    assert bench.x.bodies == []
    assert bench.row(first).state is State.HELD


def posts_table() -> Any:
    from syndicator.store.schema import posts as table

    return table


def test_the_request_of_a_follow_up_is_frozen_before_it_is_sent(bench: Bench) -> None:
    first = bench.queue()
    found: list[Any] = []

    def look() -> None:
        found.append(thread(bench, first)[-1])

    bench.x.publishing.extend([lambda: None, look])
    deliver(bench.parts)
    (row,) = found
    assert (row.part, row.state) == (1, State.SENDING)
    assert row.payload is not None
    assert texts(bench)[1] == str(row.payload.request)


# --- doubt and refusal ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("step", ["lost", "gone"])
def test_law_6_a_doubtful_follow_up_is_looked_up_and_never_sent_again_unasked(bench: Bench, step: str) -> None:
    first = bench.queue()
    bench.x.publishing.extend(["ok", step])
    until_quiet(bench, 60)
    rows = thread(bench, first)
    assert sum("Second of" in text for text in texts(bench)) == 1
    if step == "lost":
        assert [row.state for row in rows] == [State.PUBLISHED] * 3
        return
    assert seen(bench, first) == [(0, "published"), (1, "attention")]
    admin.settle_resend(bench.parts, rows[1])
    until_quiet(bench, 2)
    assert seen(bench, first) == [(0, "published"), (1, "published"), (2, "published")]
    assert len({marker for marker, _ in bench.x.live}) == len(bench.x.live) == 3


def test_a_refused_follow_up_stops_the_thread_until_a_person_answers(bench: Bench) -> None:
    first = bench.queue()
    bench.x.publishing.extend(["ok", Rejected("no answers here", platform="twitter", http_status=403)])
    until_quiet(bench, 3)
    assert seen(bench, first) == [(0, "published"), (1, "rejected")]
    admin.retry(bench.parts, thread(bench, first)[1])
    until_quiet(bench, 2)
    assert seen(bench, first) == [(0, "published"), (1, "published"), (2, "published")]
    rows = thread(bench, first)
    assert rows[1].payload is not None
    assert rows[1].payload.request["reply"] == {"in_reply_to_tweet_id": rows[0].remote_id}


def test_what_follows_a_dropped_follow_up_is_skipped_with_the_reason(bench: Bench) -> None:
    first = bench.queue()
    bench.x.publishing.extend(["ok", Rejected("no answers here", platform="twitter", http_status=403)])
    until_quiet(bench, 3)
    admin.drop(bench.parts, thread(bench, first)[1])
    until_quiet(bench, 2)
    assert seen(bench, first) == [(0, "published"), (1, "skipped"), (2, "skipped")]
    assert "which was skipped: dropped by an editor" in thread(bench, first)[2].reason
    assert len(bench.x.bodies) == 2


def test_what_follows_a_post_that_was_dropped_is_skipped(bench: Bench) -> None:
    story = values.article(id="a000000000009", title="Dropped")
    later = bench.clock.now() + 60 * MINUTE
    (placed,) = admin.place(bench.parts, story, channels_=[bench.parts.channels["x"]], at=later)
    admin.drop(bench.parts, placed.post)
    plan(bench.parts)
    assert seen(bench, placed.post) == [(0, "skipped"), (1, "skipped")]
    assert "follow-up 1 and 1 more of post" in thread(bench, placed.post)[1].reason
    until_quiet(bench, 2)
    assert bench.x.bodies == []


def test_a_withdrawn_article_gets_no_more_follow_ups(bench: Bench) -> None:
    first = bench.queue()
    bench.x.publishing.extend(["ok", Unreachable("down", platform="twitter")])
    deliver(bench.parts)
    assert seen(bench, first) == [(0, "published"), (1, "queued")]
    retitle(bench, first.article_id, "[withdrawn] Story")
    bench.clock.tick(5 * MINUTE)
    until_quiet(bench, 2)
    assert seen(bench, first) == [(0, "published"), (1, "skipped"), (2, "skipped")]
    assert len(bench.x.live) == 1
    assert "withdrawn" in thread(bench, first)[1].reason
    assert any(notice.subject == "follow-up skipped" for notice in bench.told.notices)


def test_a_follow_up_waits_while_the_post_before_it_is_in_doubt_again(bench: Bench) -> None:
    """The log lost commits: what is on record of the post before may be wrong, so its follow-up waits for a look."""
    first = bench.queue()
    bench.x.publishing.extend(["ok", Unreachable("down", platform="twitter")])
    deliver(bench.parts)
    with bench.parts.store.write() as conn:
        doubtful = {"state": State.ATTENTION, "remote_id": None, "remote_url": None, "published_at": None}
        conn.execute(posts_table().update().where(posts_table().c.part == 0).values(**doubtful))
    bench.clock.tick(5 * MINUTE)
    deliver(bench.parts)
    row = thread(bench, first)[1]
    assert (row.state, row.attempts) == (State.QUEUED, 1)
    assert row.reason == f"waits for the post that it follows, {first.id}, which is attention"
    admin.settle_live(bench.parts, bench.row(first), "https://x.com/desk/status/77")
    bench.clock.tick(MINUTE)
    until_quiet(bench, 4)
    assert seen(bench, first) == [(0, "published"), (1, "published"), (2, "published")]
