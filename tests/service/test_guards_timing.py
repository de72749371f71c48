"""Waiting until an article has stopped changing, breaking news that does not wait, and seconds to undo."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from syndicator.model import Channel, Entry, Post, Route, Rule, Stabilise, State
from syndicator.service import admin, approval
from syndicator.service.deliver import deliver
from syndicator.store import views
from tests import values
from tests.service.bench import Bench, make_bench
from tests.service.newsfeed import FIVE, HOUR, baseline, entry, newsroom, read

MINUTE = timedelta(minutes=1)
WATCHED = Stabilise(minimum=2 * MINUTE, quiet=5 * MINUTE, maximum=20 * MINUTE)
ALL = Rule(name="all", routes=(Route(channel="x", stabilise=WATCHED),))
BREAKING = Rule(name="breaking", title="^breaking", breaking=True, routes=(Route(channel="x", template="facebook.j2"),))


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = newsroom(tmp_path, rules=(BREAKING, ALL))
    baseline(made)
    yield made
    made.parts.store.close()


def only(bench: Bench) -> Post:
    with bench.parts.store.read() as conn:
        (row,) = views.log(conn)
    return row.post


def story(bench: Bench, title: str = "Minister resigns", **changes: object) -> Entry:
    return replace(entry(bench, 50), title=title, published_at=values.NOW, **changes)  # type: ignore[arg-type]


def in_minutes(bench: Bench, since: datetime) -> float:
    return (only(bench).due_at - since) / MINUTE


def test_an_article_that_does_not_change_is_posted_when_it_was_quiet_for_long_enough(bench: Bench) -> None:
    seen_at = bench.clock.now()
    read(bench, [story(bench)])
    assert in_minutes(bench, seen_at) == 5
    assert only(bench).reason == "rule all; waits until it has stopped changing"
    bench.clock.tick(4 * MINUTE)
    deliver(bench.parts)
    assert bench.x.bodies == []
    bench.clock.tick(MINUTE)
    deliver(bench.parts)
    assert only(bench).state is State.PUBLISHED


def test_each_edit_moves_it_and_the_maximum_ends_the_waiting(bench: Bench) -> None:
    seen_at = bench.clock.now()
    read(bench, [story(bench)])
    due = []
    for edit in range(1, 7):
        bench.clock.tick(4 * MINUTE)
        read(bench, [story(bench, f"Minister resigns, version {edit}")])
        due.append(in_minutes(bench, seen_at))
        deliver(bench.parts)
    assert due[:5] == [9, 13, 17, 20, 20]
    assert len(bench.x.bodies) == 1
    assert "version 5" in bench.x.bodies[0]
    assert only(bench).expires_at >= only(bench).due_at + HOUR


def test_an_edit_of_the_guid_or_the_date_of_change_alone_is_no_edit(bench: Bench) -> None:
    seen_at = bench.clock.now()
    read(bench, [story(bench)])
    bench.clock.tick(4 * MINUTE)
    read(bench, [story(bench, updated_at=bench.clock.now())])
    assert in_minutes(bench, seen_at) == 5


def test_breaking_news_goes_at_once(bench: Bench) -> None:
    read(bench, [story(bench, "BREAKING: minister resigns")])
    deliver(bench.parts)
    assert only(bench).state is State.PUBLISHED


def test_an_edit_that_makes_it_breaking_lets_it_go_at_once_in_that_rules_template(bench: Bench) -> None:
    read(bench, [story(bench)])
    bench.clock.tick(MINUTE)
    read(bench, [story(bench, "BREAKING: minister resigns")])
    assert only(bench).due_at == bench.clock.now()
    assert (only(bench).reason, only(bench).template) == ("rule breaking: breaking", "facebook.j2")
    deliver(bench.parts)
    assert only(bench).state is State.PUBLISHED
    assert "BREAKING" in bench.x.bodies[0]


def test_a_later_rule_may_say_that_it_is_breaking(tmp_path: Path) -> None:
    """The first rule that names the channel says how, any rule that matches says how urgent."""
    bench = newsroom(tmp_path, rules=(ALL, BREAKING))
    baseline(bench)
    read(bench, [story(bench, "BREAKING: minister resigns")])
    assert (only(bench).due_at, only(bench).template) == (bench.clock.now(), "")


def test_an_editor_who_brought_it_forward_is_not_overruled_by_an_edit(bench: Bench) -> None:
    read(bench, [story(bench)])
    admin.retry(bench.parts, only(bench))
    due_at = only(bench).due_at
    read(bench, [story(bench, "Minister resigns at last")])
    assert only(bench).due_at == due_at


def test_what_was_put_off_for_another_reason_is_not_brought_forward_by_an_edit(tmp_path: Path) -> None:
    spaced = values.channel("x", min_interval=HOUR)
    bench = newsroom(tmp_path, rules=(ALL,), channels=(spaced,))
    baseline(bench)
    read(bench, [entry(bench, 40)])
    bench.clock.tick(FIVE)
    deliver(bench.parts)
    read(bench, [story(bench)])
    bench.clock.tick(FIVE)
    deliver(bench.parts)
    with bench.parts.store.read() as conn:
        (waiting,) = [row.post for row in views.log(conn) if row.post.state is State.QUEUED]
    read(bench, [story(bench, "Minister resigns at last")])
    assert bench.row(waiting).due_at == waiting.due_at > bench.clock.now() + 50 * MINUTE


# --- undo -----------------------------------------------------------------------------------------------------------

UNDO = timedelta(seconds=30)


def careful(folder: Path, **changes: object) -> Bench:
    channel: Channel = values.channel("x", undo=UNDO)
    return newsroom(folder, channels=(channel,), **changes)


def test_undo_nothing_goes_out_within_the_time_after_planning_and_a_drop_then_works(tmp_path: Path) -> None:
    bench = careful(tmp_path)
    baseline(bench)
    read(bench, [story(bench)])
    bench.clock.tick(UNDO - timedelta(seconds=1))
    deliver(bench.parts)
    assert bench.x.bodies == []
    admin.drop(bench.parts, only(bench))
    bench.clock.tick(HOUR)
    deliver(bench.parts)
    assert (only(bench).state, bench.x.bodies) == (State.SKIPPED, [])


def test_undo_holds_for_breaking_news_too(tmp_path: Path) -> None:
    bench = careful(tmp_path, rules=(BREAKING,))
    baseline(bench)
    read(bench, [story(bench, "Breaking: flood")])
    assert only(bench).due_at == bench.clock.now() + UNDO


def test_undo_after_an_approval_a_retry_and_a_post_by_hand(tmp_path: Path) -> None:
    asked = Rule(name="all", routes=(Route(channel="x", approval=True),))
    bench = careful(tmp_path, rules=(asked,))
    baseline(bench)
    read(bench, [story(bench)])
    bench.clock.tick(FIVE)
    approval.approve(bench.parts, only(bench))
    assert only(bench).due_at == bench.clock.now() + UNDO
    bench.clock.tick(timedelta(seconds=10))
    admin.retry(bench.parts, only(bench))
    assert only(bench).due_at == bench.clock.now() + UNDO
    (tmp_path / "hand").mkdir()
    other = make_bench(tmp_path / "hand", channels=(values.channel("x", undo=UNDO),))
    (placed,) = admin.place(other.parts, values.article(), channels_=list(other.parts.channels.values()))
    assert admin.send_now(other.parts, placed.post).state is State.QUEUED
    other.clock.tick(UNDO)
    assert admin.send_now(other.parts, placed.post).state is State.PUBLISHED


def test_undo_does_not_move_what_is_due_later_anyway(tmp_path: Path) -> None:
    later = Rule(name="all", routes=(Route(channel="x", delay=HOUR),))
    bench = careful(tmp_path, rules=(later,))
    baseline(bench)
    read(bench, [story(bench)])
    assert only(bench).due_at == bench.clock.now() + HOUR
