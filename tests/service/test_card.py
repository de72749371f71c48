"""The card of a post, on the bench: why a quarantined post is looked up, how look-ups and attempts are told."""

from dataclasses import replace
from datetime import timedelta

import pytest
from click.testing import CliRunner

from syndicator.cli import card, logbook
from syndicator.core import story
from syndicator.core.lifecycle import Event
from syndicator.errors import AuthRequired, RateLimited, Unreachable
from syndicator.model import Attempt, LookUpRecord, Post, Result, State
from syndicator.service import admin
from syndicator.service.deliver import deliver
from syndicator.service.notify import Notice
from syndicator.service.reconcile import reconcile
from syndicator.store import posts, trust
from tests import values
from tests.service.bench import Bench
from tests.service.test_reconcile import doubt, run_for

MINUTE = timedelta(minutes=1)


def made(bench: Bench, post: Post) -> card.Card:
    return logbook._card(bench.parts, post.id, command="syndicator")


def printed(it: card.Card) -> str:
    import click

    command = click.Command("show", callback=lambda: card.show(it))
    return CliRunner().invoke(command).output


def quarantine(bench: Bench, post: Post) -> None:
    now = bench.clock.now()
    with bench.parts.store.write() as conn:
        posts.move(
            conn, bench.row(post), Event.QUARANTINE, at=now, reason="the log lost commits", clean=False, doubt_at=now
        )
        trust.roll_back(conn, trust.get(conn), since=now - 5 * MINUTE, at=now, timeline=None)


def test_a_quarantined_post_says_why_it_is_looked_up(bench: Bench) -> None:
    post = bench.queue()
    assert made(bench, post).quarantine == ""
    quarantine(bench, post)
    it = made(bench, post)
    assert it.quarantine.startswith("at 2026-11-22 12:00Z this post log was found to be older than what happened")
    assert "between 2026-11-22 11:55Z and then may be lost" in it.quarantine
    assert it.quarantine in printed(it)
    assert card.document(it)["quarantine"] == it.quarantine
    assert [way.answer for way in card._answers(it) if way.possible] == ["live"]


def test_a_quarantine_that_is_over_is_not_told_any_more(bench: Bench) -> None:
    post = doubt(bench, "gone")
    quarantine(bench, post)
    run_for(bench, timedelta(hours=3))
    assert bench.row(post).state is State.ATTENTION
    assert made(bench, post).quarantine
    admin.settle_resend(bench.parts, bench.row(post))
    deliver(bench.parts)
    assert made(bench, post).quarantine == ""


def test_many_look_ups_are_told_by_the_first_and_the_last(bench: Bench) -> None:
    post = doubt(bench)
    bench.x.looking.extend([Unreachable("no answer", platform="twitter")] * 30)
    for _ in range(12):
        reconcile(bench.parts)
        bench.clock.tick(31 * MINUTE)
        if bench.row(post).state is not State.UNKNOWN:
            break
        with bench.parts.store.write() as conn:
            posts.touch(conn, bench.row(post), next_look_at=bench.clock.now(), reason="again")
    it = made(bench, post)
    more = replace(it, look_ups=it.look_ups * 20)
    shown = printed(more)
    assert shown.count("look-up: ") == card.LOOKS_MOST
    assert f"({len(more.look_ups) - card.LOOKS_MOST} look-ups in between are left out" in shown


@pytest.mark.parametrize(
    ("error", "reach", "words"),
    [
        (Unreachable("refused", platform="twitter"), "after the fence", "stopped after the fence: nothing was sent"),
        (
            RateLimited("slow", platform="twitter", http_status=429),
            "on the wire",
            "clearly not taken: nothing was sent",
        ),
        (AuthRequired("who?", platform="twitter", http_status=401), "on the wire", "clearly not taken"),
        ("gone", "on the wire", "on the wire: may have reached the platform"),
        ("ok", "on the wire", "on the wire: published"),
    ],
)
def test_how_far_an_attempt_came(bench: Bench, error: object, reach: str, words: str) -> None:
    post = bench.queue()
    bench.x.publishing.append(error)
    deliver(bench.parts)
    (attempt,) = made(bench, post).attempts
    if error == "gone":
        attempt = replace(attempt, code="lost")
    assert story.reach(attempt) == reach
    assert words in story.came(attempt)


def test_a_worker_that_died_leaves_no_more_than_the_fence() -> None:
    before = Attempt(
        token="t", post_id="p", n=1, node="host/1", opened_at=values.NOW, fenced_at=None, closed_at=None,
        result=Result.OPEN, reason="", code=None, http_status=None, request_id=None, platform_at=None,
        payload_sha256="a" * 64, cost=values.composed().cost,
    )  # fmt: skip
    assert story.came(before) == "not past the fence yet"
    assert story.came(replace(before, closed_at=values.NOW, result=Result.NOT_SENT)).endswith("nothing was sent")
    fenced = replace(before, fenced_at=values.NOW, closed_at=values.NOW, result=Result.UNKNOWN)
    assert story.reach(fenced) is story.Reach.AFTER
    assert story.came(fenced) == "after the fence: may have reached the platform"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "X's clock 12:00:00, 14 posts since the intent, none matches"),
        ({"seen": 1, "hits": 1}, "X's clock 12:00:00, 1 post since the intent, one matches"),
        ({"seen": 0}, "X's clock 12:00:00, no posts since the intent, none matches"),
        ({"hits": 2}, "X's clock 12:00:00, 14 posts since the intent, 2 match"),
        ({"complete": False, "note": "cached"}, "none matches; incomplete, it proves nothing: cached"),
        ({"permitted": False, "note": "403"}, "X does not let us read its timeline: 403"),
        ({"platform_at": None, "seen": 0, "note": "down"}, "no answer that can be used: down; it proves nothing"),
    ],
)
def test_what_a_look_up_saw(changes: dict[str, object], words: str) -> None:
    fields: dict[str, object] = {
        "post_id": "p", "at": values.NOW, "platform_at": values.NOW, "complete": True, "permitted": True, "seen": 14,
        "hits": 0, "note": "",
    }  # fmt: skip
    assert words in story.saw(LookUpRecord(**fields | changes), "X")  # type: ignore[arg-type]


@pytest.mark.parametrize("state", State)
def test_every_state_is_told_in_words(state: State) -> None:
    assert story.heading(values.post(state=state))


def test_a_span_is_said_as_people_say_it() -> None:
    seconds = {0: "0 s", 0.2: "0.2 s", 45: "45 s", 1800: "30 min", 7500: "2 h 5 min", 90061: "1 d 1 h"}
    assert {number: story.span(timedelta(seconds=number)) for number in seconds} == seconds


def test_an_alarm_carries_the_command_to_type() -> None:
    notice = Notice(key="k", subject="a post needs you", text="not found", post="abc")
    assert notice.told == "not found\nsyndicator show abc"
    assert (
        replace(notice, text="then: syndicator settle abc --live URL").told == "then: syndicator settle abc --live URL"
    )
    assert replace(notice, remedy="syndicator resume x").told.endswith("syndicator resume x")
    assert replace(notice, post="").told == "not found"
