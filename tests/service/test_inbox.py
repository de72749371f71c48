"""Readings and unchanged answers that share a transaction: none loses what another does, none stops another."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from syndicator.errors import StoreError
from syndicator.model import Entry, Source
from syndicator.service import batches
from syndicator.service.inbox import Inbox
from syndicator.service.poll import poll
from syndicator.service.remember import PollReport, remember, remember_all
from syndicator.sources import Reading, Validators
from syndicator.store import articles, polls, source_pauses
from syndicator.store.articles import SourceState
from syndicator.store.polls import Saving
from tests.service.bench import Bench, make_bench
from tests.service.test_polling import RSS, Counted, many, state
from tests.sources.site import Site, serving


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as running:
        yield running


def reading(source: Source, *titles: str) -> Reading:
    entries = tuple(
        Entry(guid=f"{source.name}-{title}", url=url, canonical_url=url, title=title)
        for title in titles
        for url in [f"https://{source.name}.example/{title}"]
    )
    return Reading(entries=entries, validators=Validators(etag='"1"', last_modified=None, url=source.url))


def refuse(bench: Bench, title: str) -> None:
    with bench.parts.store.write() as conn:
        conn.exec_driver_sql(
            f"CREATE TRIGGER no BEFORE INSERT ON articles WHEN NEW.title = '{title}' "
            "BEGIN SELECT RAISE(ABORT, 'never'); END"
        )


def test_f13_one_that_cannot_be_written_stops_no_other_and_keeps_no_validators(tmp_path: Path) -> None:
    bench = make_bench(tmp_path)
    sources = many("http://127.0.0.1:9", 3)
    refuse(bench, "bad")
    titles = ("good", "bad", "better")
    found = [(source, reading(source, "plain", title)) for source, title in zip(sources, titles, strict=True)]
    first, second, third = remember_all(bench.parts, found, backfill=0)
    assert isinstance(first, PollReport)
    assert isinstance(third, PollReport)
    assert (first.baselined, third.baselined) == (2, 2)
    assert isinstance(second, StoreError)
    assert state(bench, "s00000").etag == state(bench, "s00002").etag == '"1"'
    with bench.parts.store.read() as conn:
        assert articles.source_state(conn, "s00001") is None
        assert articles.latest(conn, "s00001", 9) == []
        assert len(articles.latest(conn, None, 9)) == 4


def test_readings_that_come_together_share_a_transaction(tmp_path: Path, site: Site) -> None:
    for n in range(60):
        site.page(f"/{n}", RSS % n)
    bench = make_bench(tmp_path, sources=many(site.url, 60))
    parts = replace(bench.parts, poll_concurrency=30)
    with Counted(bench) as counted:
        assert poll(parts).baselined == 60
    assert counted.commits < 60


def test_what_came_while_others_were_written_is_written(tmp_path: Path) -> None:
    bench = make_bench(tmp_path)
    sources = many("http://127.0.0.1:9", 25)

    async def all_at_once() -> list[PollReport]:
        inbox = Inbox(bench.parts, backfill=0)
        return await asyncio.gather(*(inbox.remember(source, reading(source, "a", "b")) for source in sources))

    assert [report.baselined for report in asyncio.run(all_at_once())] == [2] * 25


def test_a_reading_that_nobody_waits_for_any_more_is_written_all_the_same(tmp_path: Path) -> None:
    bench = make_bench(tmp_path)
    one, other = many("http://127.0.0.1:9", 2)

    async def leave() -> None:
        inbox = Inbox(bench.parts, backfill=0)
        waits = asyncio.ensure_future(inbox.remember(one, reading(one, "a")))
        await asyncio.sleep(0)
        waits.cancel()
        assert (await inbox.remember(other, reading(other, "b"))).baselined == 1

    asyncio.run(leave())
    assert state(bench, one.name).baseline_at is not None


def test_an_unchanged_answer_does_not_undo_another_poll(tmp_path: Path) -> None:
    """Another process failed to read it meanwhile: our "all is well" is about an earlier moment."""
    bench = make_bench(tmp_path)
    now = bench.clock.now()
    before = SourceState(name="s", last_polled_at=now, polls=4)
    after = replace(before, last_polled_at=now + timedelta(minutes=1), polls=5)
    quiet = replace(before, name="quiet")
    with bench.parts.store.write() as conn:
        polls.save(conn, [Saving(before=None, after=one) for one in (before, quiet)])
        polls.save(conn, [Saving(before=before, after=replace(before, failures=1, last_error="x"))])
    with bench.parts.store.write() as conn:
        done = polls.save_untouched(
            conn, [Saving(before=quiet, after=replace(after, name="quiet")), Saving(before=before, after=after)]
        )
        assert not done
    assert (state(bench, "s").polls, state(bench, "s").failures) == (4, 1)
    assert state(bench, "quiet").polls == 4
    with bench.parts.store.write() as conn:
        assert polls.save_untouched(conn, [Saving(before=quiet, after=replace(after, name="quiet"))])
    assert state(bench, "quiet").polls == 5


def test_a_pause_beside_an_unchanged_answer_stays(tmp_path: Path, site: Site) -> None:
    site.conditional("/0", RSS % 0, etag='"1"')
    bench = make_bench(tmp_path, sources=many(site.url, 1))
    poll(bench.parts)
    bench.clock.tick(timedelta(minutes=6))
    asked: list[str] = []

    def pause(*args: Any) -> None:
        asked.append(args[2])
        if "rhythm" in args[2] and len([one for one in asked if "rhythm" in one]) == 1:
            with bench.parts.store.write() as conn:
                source_pauses.pause(conn, "s00000", reason="me", at=bench.clock.now(), until=None)

    event.listen(bench.parts.store._engine, "after_cursor_execute", pause)
    assert poll(bench.parts).unchanged == 1
    assert (state(bench, "s00000").pause_reason, state(bench, "s00000").polls) == ("me", 2)


def test_a_release_writes_only_what_was_learned(tmp_path: Path) -> None:
    """On PostgreSQL a person may pause the source while it is released: that must not be undone."""
    bench = make_bench(tmp_path)
    source = replace(many("http://127.0.0.1:9", 1)[0], flood_limit=2)
    parts = replace(bench.parts, sources=(source,))
    remember(parts, source, reading(source, "first"), backfill=0)
    bench.clock.tick(timedelta(minutes=6))
    assert remember(parts, source, reading(source, *"abcdef"), backfill=0).held == 6
    with Counted(bench) as counted:
        batches.release(parts, batches.review(parts, source.name))
    (written,) = [one for one in counted.statements if one.startswith(("UPDATE sources", "INSERT INTO sources"))]
    assert written.startswith("UPDATE sources SET rhythm=")
