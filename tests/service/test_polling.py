"""Polling many sources: one question for what is due, groups of outcomes in a transaction, and slow ones beside it."""

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Self

import pytest
from sqlalchemy import event

from syndicator.model import Source
from syndicator.service.poll import due, poll
from syndicator.store import articles, polls
from syndicator.store.articles import SourceState
from syndicator.store.polls import Saving
from tests.service.bench import Bench, make_bench
from tests.sources.site import Site, drip, serving

RSS = b'<rss version="2.0"><channel><title>N</title><item><title>A</title><link>https://a.example/%d</link></item></channel></rss>'


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as running:
        yield running


def many(url: str, count: int, **changes: object) -> tuple[Source, ...]:
    one = Source(name="", kind="feed", url=url, allow_private=True)
    return tuple(replace(one, name=f"s{n:05}", url=f"{url}/{n}", **changes) for n in range(count))  # type: ignore[arg-type]


def state(bench: Bench, name: str) -> SourceState:
    with bench.parts.store.read() as conn:
        found = articles.source_state(conn, name)
    assert found is not None
    return found


class Counted:
    """Counts what is asked of a post log."""

    def __init__(self, bench: Bench) -> None:
        self._engine = bench.parts.store._engine
        self.statements: list[str] = []
        self.commits = 0

    def __enter__(self) -> Self:
        event.listen(self._engine, "before_cursor_execute", self._ask)
        event.listen(self._engine, "commit", self._commit)
        return self

    def __exit__(self, *_: object) -> None:
        event.remove(self._engine, "before_cursor_execute", self._ask)
        event.remove(self._engine, "commit", self._commit)

    def _ask(self, *args: object) -> None:
        self.statements.append(str(args[2]))

    def _commit(self, *_: object) -> None:
        self.commits += 1


def test_what_is_due_among_10000_sources_is_one_question_by_an_index(tmp_path: Path) -> None:
    sources = many("http://127.0.0.1:9", 10_000)
    bench = make_bench(tmp_path, sources=sources)
    now = bench.clock.now()
    rows = [
        Saving(before=None, after=SourceState(name=one.name, next_poll_at=now + timedelta(minutes=1 + n % 5)))
        for n, one in enumerate(sources[:9_990])
    ]
    with bench.parts.store.write() as conn:
        polls.save(conn, rows)
    with bench.parts.store.read() as conn:
        assert len(due(bench.parts, conn, now=now)) == 10  # the new ones, which have no row
        with Counted(bench) as counted:
            began = time.process_time()
            assert len(due(bench.parts, conn, now=now)) == 10
            idle = time.process_time() - began
        assert len(counted.statements) == 2
        assert idle < 0.05
        plan = conn.exec_driver_sql("EXPLAIN QUERY PLAN " + _literal(counted.statements[-1])).fetchall()
        assert all("ix_sources_next_poll_at" in str(row) or "SCAN sources" not in str(row) for row in plan)
        assert len(due(bench.parts, conn, now=now + timedelta(minutes=1))) == 10 + 1_998
        assert len(due(bench.parts, conn, now=now, force=True)) == 10_000


def _literal(statement: str) -> str:
    return statement.replace("?", "'2026-11-22 12:00:00'")


def test_f18_sources_that_failed_come_last(tmp_path: Path) -> None:
    sources = many("http://127.0.0.1:9", 4)
    bench = make_bench(tmp_path, sources=sources)
    past = bench.clock.now() - timedelta(minutes=1)
    with bench.parts.store.write() as conn:
        for n, failures in ((0, 3), (1, 0), (2, 1)):
            after = SourceState(name=sources[n].name, next_poll_at=past + timedelta(seconds=n), failures=failures)
            polls.save(conn, [Saving(before=None, after=after)])
    with bench.parts.store.read() as conn:
        found = due(bench.parts, conn, now=bench.clock.now())
    assert [one.name for one in found] == ["s00003", "s00001", "s00000", "s00002"]


def test_unchanged_and_failed_polls_are_written_in_groups(tmp_path: Path, site: Site) -> None:
    for n in range(120):
        site.conditional(f"/{n}", RSS % n, etag=f'"{n}"')
    bench = make_bench(tmp_path, sources=many(site.url, 130))  # ten have no page
    first = poll(bench.parts)
    assert (first.polled, first.baselined, len(first.errors)) == (130, 120, 10)
    bench.clock.tick(timedelta(minutes=6))
    with Counted(bench) as counted:
        second = poll(bench.parts)
    assert (second.polled, second.unchanged, second.errors) == (120, 120, {})
    assert counted.commits <= 12  # of which reading takes most
    assert len(counted.statements) < 60
    assert state(bench, "s00007").polls == 2
    assert state(bench, "s00007").next_poll_at > bench.clock.now()  # type: ignore[operator]
    assert state(bench, "s00125").failures == 1


def test_the_same_body_is_not_parsed_again(tmp_path: Path, site: Site) -> None:
    site.page("/0", RSS % 0)
    bench = make_bench(tmp_path, sources=many(site.url, 1))
    assert poll(bench.parts).baselined == 1
    assert state(bench, "s00000").digest
    bench.clock.tick(timedelta(minutes=6))
    assert poll(bench.parts).unchanged == 1
    site.page("/0", RSS % 1)
    bench.clock.tick(timedelta(minutes=6))
    assert poll(bench.parts).new == 1


def test_f13_what_was_read_in_part_is_fetched_and_parsed_again(tmp_path: Path, site: Site) -> None:
    whole = (RSS % 1).replace(b"</channel>", b"<item><title>B</title><link>https://a.example/b</link></item></channel>")
    site.page("/0", whole[:-60], ETag='"half"')
    bench = make_bench(tmp_path, sources=many(site.url, 1))
    assert poll(bench.parts).baselined == 1
    kept = state(bench, "s00000")
    assert (kept.etag, kept.digest) == (None, None)


def test_f18_fifty_slow_loris_and_fifty_good_feeds(tmp_path: Path, site: Site) -> None:
    """The good ones are read and stored while the slow ones drip; nobody waits for their dead-line."""
    read: dict[str, float] = {}

    def good(handler: BaseHTTPRequestHandler) -> None:
        body = RSS % int(handler.path[1:])
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)
        read[handler.path] = time.monotonic() - began

    for n in range(50):
        site.script(f"/{n}", drip(RSS * 10, pause=0.2))
    for n in range(50, 100):
        site.script(f"/{n}", good)
    bench = make_bench(tmp_path, sources=many(site.url, 100))
    parts = replace(bench.parts, poll_concurrency=20)

    def stored() -> int:
        with parts.store.read() as conn:
            return sum(articles.source_state(conn, source.name) is not None for source in parts.sources[50:])

    def stop_when_stored() -> None:
        while stored() < 50 and time.monotonic() - began < 25:
            time.sleep(0.1)
        parts.stop.set()

    began = time.monotonic()
    watcher = threading.Thread(target=stop_when_stored)
    watcher.start()
    report = poll(parts)
    watcher.join()
    assert len(read) == 50
    assert max(read.values()) < 15
    assert report.baselined == 50


def test_f15_a_person_hears_of_a_broken_source_after_five_polls_and_when_it_is_well(tmp_path: Path, site: Site) -> None:
    site.page("/0", b"<html><title>Log in</title></html>")
    bench = make_bench(tmp_path, sources=many(site.url, 1))
    for _ in range(8):
        assert list(poll(bench.parts).errors) == ["s00000"]
        bench.clock.tick(timedelta(hours=1))
    assert [notice.subject for notice in bench.told.notices] == ["source failing"]
    assert "HTML page" in bench.told.notices[0].text
    site.page("/0", RSS % 0)
    assert poll(bench.parts).errors == {}
    assert [notice.subject for notice in bench.told.notices] == ["source failing", "source well again"]


@pytest.mark.parametrize(
    ("body", "status", "reason"),
    [
        (b"<html><body><form>Password</form></body></html>", 200, "HTML page"),
        (b"<!doctype html><h1>502 Bad Gateway</h1>", 502, "502"),
        (b'{"error": "maintenance"}', 200, "JSON"), (b"We are back soon", 200, "neither"), (b"", 200, "empty"),
        (b"<html><div class='g-recaptcha'></div></html>", 200, "HTML page"), (b"", 403, "forbidden"),
    ],
)  # fmt: skip
def test_f15_what_is_no_feed_is_an_error_with_its_reason(
    tmp_path: Path, site: Site, body: bytes, status: int, reason: str
) -> None:
    site.page("/0", RSS % 0, ETag='"1"')
    bench = make_bench(tmp_path, sources=many(site.url, 1))
    poll(bench.parts)
    before = state(bench, "s00000")
    site.page("/0", body, status=status)
    bench.clock.tick(timedelta(minutes=6))
    assert reason in poll(bench.parts).errors["s00000"]
    after = state(bench, "s00000")
    assert (after.failures, after.etag, after.digest) == (1, before.etag, before.digest)
    site.page("/0", RSS % 0, ETag='"1"')
    bench.clock.tick(timedelta(hours=1))
    assert poll(bench.parts).unchanged == 1


def test_f17_a_source_that_is_gone_is_not_asked_any_more(tmp_path: Path, site: Site) -> None:
    site.page("/0", status=410)
    bench = make_bench(tmp_path, sources=many(site.url, 1))
    for _ in range(40):
        poll(bench.parts)
        bench.clock.tick(timedelta(hours=2))
    assert len(site.requests) == 13
    assert [notice.subject for notice in bench.told.notices] == ["source failing", "source gone"]


def test_f16_a_feed_that_moved_is_asked_where_it_is(tmp_path: Path, site: Site) -> None:
    site.page("/0", status=301, Location="/new")
    site.conditional("/new", RSS % 0, etag='"1"')
    bench = make_bench(tmp_path, sources=many(site.url, 1))
    for _ in range(6):
        assert not poll(bench.parts).errors
        bench.clock.tick(timedelta(hours=9))
    assert [path for path, _ in site.requests] == ["/0", "/new"] * 4 + ["/new"] * 2


def test_a_store_in_trouble_costs_a_source_no_back_off(tmp_path: Path, site: Site) -> None:
    site.conditional("/0", RSS % 0, etag='"1"')
    bench = make_bench(tmp_path, sources=many(site.url, 1))
    poll(bench.parts)
    bench.clock.tick(timedelta(minutes=6))
    with bench.parts.store.write() as conn:
        conn.exec_driver_sql("CREATE TRIGGER no BEFORE UPDATE ON sources BEGIN SELECT RAISE(ABORT, 'disk'); END")
    assert "s00000" in poll(bench.parts).errors
    with bench.parts.store.write() as conn:
        conn.exec_driver_sql("DROP TRIGGER no")
    assert state(bench, "s00000").failures == 0
    assert poll(bench.parts).unchanged == 1


def test_a_pause_during_a_poll_is_not_overwritten(tmp_path: Path) -> None:
    bench = make_bench(tmp_path)
    before = SourceState(name="news")
    with bench.parts.store.write() as conn:
        polls.save(conn, [Saving(before=None, after=before)])
        articles.save_source_state(conn, replace(before, paused_at=bench.clock.now(), pause_reason="redesign"))
        polls.save(conn, [Saving(before=before, after=replace(before, failures=1, last_error="x"))])
    kept = state(bench, "news")
    assert (kept.failures, kept.pause_reason) == (1, "redesign")


def test_a_failure_of_one_is_written_alone(tmp_path: Path) -> None:
    bench = make_bench(tmp_path, sources=many("http://127.0.0.1:9", 1))
    assert list(poll(bench.parts).errors) == ["s00000"]
    assert state(bench, "s00000").last_error.startswith("s00000: ")
