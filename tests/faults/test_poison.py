"""A post that cannot be brought out stops no other and ends with a person (D36); equal texts are told apart (D28)."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from syndicator.model import LookUp, Post, Receipt, State
from syndicator.store import schema
from tests.faults.ground import SHOWN, begin, rows, settle
from tests.service.bench import Bench, make_bench

HUGE = 5_000_000


def with_title(bench: Bench, post: Post, title: str) -> None:
    with bench.parts.store.write() as conn:
        conn.execute(update(schema.articles).where(schema.articles.c.id == post.article_id).values(title=title))


def huge_words(bench: Bench, post: Post) -> None:
    with bench.parts.store.write() as conn:
        conn.execute(update(schema.posts).where(schema.posts.c.id == post.id).values(text="x" * HUGE))


def huge_title(bench: Bench, post: Post) -> None:
    with_title(bench, post, "word " * (HUGE // 5))


def no_template(bench: Bench, post: Post) -> None:
    with bench.parts.store.write() as conn:
        conn.execute(update(schema.posts).where(schema.posts.c.id == post.id).values(template="nowhere.j2"))


def a_render_error(bench: Bench, post: Post) -> None:
    with_title(bench, post, "boom")


def a_bug_while_staging(bench: Bench, post: Post) -> None:
    """The adapter fails for this one post, each time that it is tried."""
    adapter = bench.x
    stage = adapter.stage

    class Buggy(type(adapter)):  # type: ignore[misc]
        def stage(self, composed: object, *rest: object) -> object:
            if getattr(composed, "marker", "") == post.id:
                raise RuntimeError("boom")
            return stage(composed, *rest)  # type: ignore[arg-type]

    adapter.__class__ = Buggy


TEMPLATE = "{% if article.title == 'boom' %}{{ article.nothing.at.all }}{% endif %}{{ article.title }}\n{{ link }}"
POISONS = [huge_words, huge_title, no_template, a_render_error, a_bug_while_staging]


@pytest.mark.parametrize("poison", POISONS)
def test_d36_the_others_flow_and_a_person_sees_it(poison: Callable[[Bench, Post], None], tmp_path: Path) -> None:
    bench = make_bench(tmp_path, template=TEMPLATE)
    made = [bench.queue(n=n) for n in (1, 2, 3)]
    poison(bench, made[1])
    found = {row.id: row for row in settle(bench)}
    assert [found[post.id].state for post in (made[0], made[2])] == [State.PUBLISHED] * 2
    bad = found[made[1].id]
    assert bad.state in SHOWN, bad
    assert bad.reason
    assert len(bad.reason) < 2000
    assert bad.attempts <= 3
    assert sum(marker == bad.id for marker, _ in bench.x.live) == 0
    bench.parts.store.close()


def test_d28_equal_texts_are_told_apart_by_their_marker(tmp_path: Path) -> None:
    bench = make_bench(tmp_path, template="Weather\n{{ link }}")
    for n in (1, 2):
        bench.queue(n=n)
    bench.x.publishing.extend(["lost", "lost"])
    found = settle(bench)
    assert [row.state for row in found] == [State.PUBLISHED] * 2
    assert {(row.id, row.remote_id) for row in found} == set(bench.x.live)
    assert len(bench.x.bodies) == 2
    bench.parts.store.close()


def test_d28_one_remote_post_is_never_adopted_by_two(tmp_path: Path) -> None:
    """A platform that drops the link leaves no marker: both look-ups find the same remote post."""
    bench = begin(tmp_path, stories=2)
    only = Receipt(remote_id="7", remote_url="https://x.example/7")
    bench.x.publishing.extend(["gone", "gone"])
    bench.x.looking.extend([LookUp(hits=(only,), complete=True, platform_at=bench.clock.now(), seen=1)] * 40)
    found = settle(bench)
    assert sorted(row.state for row in found) == [State.ATTENTION, State.PUBLISHED]
    shown = next(row for row in found if row.state is State.ATTENTION)
    assert "belongs to post" in shown.reason
    assert len(bench.x.bodies) == 2
    bench.parts.store.close()


def test_d36_a_poisonous_channel_does_not_stop_the_others(tmp_path: Path) -> None:
    from tests import values

    bench = begin(tmp_path, channels=(values.channel(), values.channel("page", "facebook")))

    def broken(name: str, purpose: str) -> object:
        if name == "x":
            raise RuntimeError("no adapter today")
        return bench.adapters[name]

    bench.parts = replace(bench.parts, adapter=broken)  # type: ignore[arg-type]
    bench.clock.tick(timedelta(minutes=1))
    states = {row.channel: (row.state, row.reason) for row in settle(bench)}
    assert states["page"][0] is State.PUBLISHED
    assert states["x"][0] in SHOWN
    assert "no adapter today" in states["x"][1]
    assert len(rows(bench)) == 2
    bench.parts.store.close()
