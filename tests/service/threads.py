"""A bench whose template makes threads of three, on either database, and what tests ask of them often."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from syndicator.model import Post, State
from syndicator.service.deliver import deliver
from syndicator.service.plan import plan
from syndicator.service.reconcile import reconcile
from syndicator.store import Store, posts, views
from tests.postgres import Server
from tests.service.bench import Bench, make_bench

THREAD = "{{ article.title }}\n{{ link }}{% part %}Second of {{ article.title }}{% part %}Third: {{ link }}"
MINUTE = timedelta(minutes=1)


def bench_on(folder: Path, **options: Any) -> Bench:
    return make_bench(folder, template=THREAD, **options)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    if request.param == "sqlite":
        made = bench_on(tmp_path)
        yield made
        made.parts.store.close()
        return
    server: Server = request.getfixturevalue("postgres_server")
    url = server.migrated()
    made = bench_on(tmp_path, store=Store.open(url))
    yield made
    made.parts.store.close()
    server.drop(url)


def thread(bench: Bench, first: Post) -> list[Post]:
    """Give the rows of a thread, as many as there are."""
    with bench.parts.store.read() as conn:
        found = posts.of_article(conn, first.article_id)
    return sorted((post for post in found if post.edition == first.edition), key=lambda post: post.part)


def seen(bench: Bench, first: Post) -> list[tuple[int, str]]:
    return [(post.part, str(post.state)) for post in thread(bench, first)]


def texts(bench: Bench) -> list[str]:
    return [body.partition(" ")[2] for body in bench.x.bodies]


def unsettled(bench: Bench) -> bool:
    """Say whether anything is left to do, now or later, without a person."""
    waiting = (State.QUEUED, State.SENDING, State.UNKNOWN, State.PROCESSING)
    with bench.parts.store.read() as conn:
        return bool(posts.to_follow(conn)) or any(row.post.state in waiting for row in views.log(conn))


def until_quiet(bench: Bench, rounds: int = 12, step: timedelta = MINUTE) -> None:
    for _ in range(rounds):
        if not unsettled(bench):
            return
        reconcile(bench.parts)
        plan(bench.parts)
        deliver(bench.parts)
        bench.clock.tick(step)


def history(bench: Bench, post: Post) -> list[Any]:
    with bench.parts.store.read() as conn:
        return list(views.history(conn, post.id))


def retitle(bench: Bench, article_id: str, title: str) -> None:
    with bench.parts.store.write() as conn:
        conn.exec_driver_sql(f"UPDATE articles SET title = '{title}' WHERE id = '{article_id}'")
