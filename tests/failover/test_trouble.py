"""PostgreSQL refuses for a while (S11): said clearly, nothing sent on it, and the next round goes on by itself."""

import os
import subprocess
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest

from syndicator.boundary import Boundary
from syndicator.errors import StoreError
from syndicator.model import State
from syndicator.service.deliver import deliver
from syndicator.service.reconcile import reconcile
from syndicator.store import CommitUnknown, Store
from tests import values
from tests.failover import machine
from tests.failover.cluster import Template, cluster
from tests.failover.machine import Machine
from tests.service.bench import Bench, make_bench
from tests.store.samples import claim, in_state, put

PATIENCE = timedelta(seconds=0.5)


@pytest.fixture(scope="module")
def server() -> Iterator[Machine]:
    with machine.running(max_connections="12", superuser_reserved_connections="0", deadlock_timeout="100ms") as made:
        Store.open(made.url, create=True).close()
        yield made


@pytest.fixture
def bench(server: Machine, tmp_path: Path) -> Iterator[Bench]:
    store = Store.open(server.url, busy_timeout=PATIENCE)
    yield make_bench(tmp_path, store=store, channels=(values.channel(),))
    store.close()
    server.run("TRUNCATE aliases, attempts, events, look_ups, posts, articles CASCADE")


def connect(server: Machine, **options: object) -> "psycopg.Connection[tuple[object, ...]]":
    return psycopg.connect(host=str(server.place), user="postgres", dbname="postgres", **options)  # type: ignore[arg-type]


def goes_on(bench: Bench) -> None:
    for _ in range(8):
        deliver(bench.parts)
        reconcile(bench.parts)
        bench.clock.tick(timedelta(minutes=1))
    assert set(bench.states()) == {State.PUBLISHED}
    assert len(bench.x.live) == len(bench.x.bodies) == len(bench.states())


def test_too_many_connections(server: Machine, bench: Bench) -> None:
    bench.queue()
    bench.parts.store.close()  # so that it has to connect anew
    with ExitStack() as stack:
        with pytest.raises(psycopg.OperationalError, match="too many clients"):
            [stack.enter_context(connect(server)) for _ in range(20)]
        with pytest.raises(StoreError, match="too many connections"), bench.parts.store.read():
            pass
        assert not deliver(bench.parts).posts
    assert bench.x.bodies == []
    goes_on(bench)


def test_another_session_holds_the_row(server: Machine, bench: Bench) -> None:
    post = bench.queue()
    with connect(server) as other:
        other.execute("SELECT * FROM posts FOR UPDATE")
        assert not deliver(bench.parts).posts
        assert bench.row(post).state is State.QUEUED
        other.rollback()
    assert bench.x.bodies == []
    goes_on(bench)


def test_a_deadlock_has_one_victim_and_the_round_after_goes_on(server: Machine) -> None:
    store = Store.open(server.url)
    with store.write() as conn:
        put(conn, in_state(State.QUEUED, 1), in_state(State.QUEUED, 2, channel="y"))
    with connect(server) as other:
        other.execute("SET deadlock_timeout = '1min'")  # ours notices first, so ours is the victim
        other.execute("UPDATE posts SET note = 'theirs' WHERE id = 'p2'")
        theirs = threading.Thread(target=other.execute, args=("UPDATE posts SET note = 'theirs' WHERE id = 'p1'",))

        def deadlock() -> None:
            with store.write() as conn:
                assert claim(conn, in_state(State.QUEUED, 1), token="t1")
                theirs.start()
                claim(conn, in_state(State.QUEUED, 2, channel="y"), token="t2")

        with pytest.raises(StoreError, match="busy: another transaction"):
            deadlock()
        theirs.join()
        other.rollback()
    with store.write() as conn:
        assert claim(conn, in_state(State.QUEUED, 1), token="t3"), "nothing of the victim's transaction was kept"
    store.close()
    server.run("TRUNCATE aliases, attempts, events, look_ups, posts, articles CASCADE")


def test_serialization_failures_where_the_database_asks_for_more_than_we_do(server: Machine, bench: Bench) -> None:
    server.run("ALTER DATABASE postgres SET default_transaction_isolation = 'serializable'")
    stores = [Store.open(server.url, busy_timeout=PATIENCE) for _ in range(3)]
    rows = [in_state(State.QUEUED, n, channel=f"x{n}") for n in range(1, 21)]
    refused: list[str] = []
    with stores[0].write() as conn:
        put(conn, *rows)

    def run(number: int) -> list[str]:
        won = []
        for row in rows:
            for tries in range(5):
                try:
                    with stores[number].write() as conn:
                        claimed = claim(conn, row, token=f"{number} {row.id} {tries}")
                except StoreError as error:
                    refused.append(str(error))
                    continue
                won += [row.id] if claimed else []
                break
        return won

    try:
        with ThreadPoolExecutor(len(stores)) as pool:
            won = [post for each in pool.map(run, range(len(stores))) for post in each]
        assert sorted(won) == sorted(row.id for row in rows)
        assert refused, "the database never refused: this showed nothing"
        assert all("busy: another transaction" in text for text in refused), refused
        server.run("DELETE FROM events"), server.run("DELETE FROM attempts"), server.run("DELETE FROM posts")
        bench.parts.store.close()
        bench.queue(n=30)
        goes_on(bench)
    finally:
        server.run("ALTER DATABASE postgres RESET default_transaction_isolation")
        for store in stores:
            store.close()


@pytest.mark.parametrize("at", [Boundary.CLAIM_WRITTEN, Boundary.RECORD_WRITTEN])
def test_a_transaction_that_slept_too_long_is_ended_by_the_server(
    server: Machine, bench: Bench, hooked: Callable[..., None], at: Boundary
) -> None:
    bench.queue()

    def end_it(boundary: Boundary) -> None:
        if boundary is at:
            hooked(None)
            server.run(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE state = 'idle in transaction'"
            )

    hooked(end_it)
    deliver(bench.parts)
    assert len(bench.x.bodies) == (at is Boundary.RECORD_WRITTEN)
    goes_on(bench)


def test_the_server_ends_idle_transactions_itself(server: Machine) -> None:
    store = Store.open(server.url)
    with store.write() as conn:
        assert conn.exec_driver_sql("SHOW idle_in_transaction_session_timeout").scalar_one() == "30s"

    def sleep_in_it() -> None:
        with store.write() as conn:
            conn.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = '50ms'")
            threading.Event().wait(0.4)

    with pytest.raises(CommitUnknown):
        sleep_in_it()
    with store.read():
        pass
    store.close()


def test_a_full_disk(server: Machine, bench: Bench, tmp_path: Path) -> None:
    """A tablespace on a file system of 8 MB, filled up: only root can make one."""
    with machine.folder() as place:
        mount = ["mount", "-t", "tmpfs", "-o", "size=8m", "none", str(place)]
        if os.geteuid() != 0 or subprocess.run(mount, check=False, capture_output=True).returncode:
            pytest.skip("only root can mount a small file system")
        try:
            small = place / "tables"
            small.mkdir()
            subprocess.run(["chown", "--reference", str(server.data), str(small)], check=True)
            server.run(f"CREATE TABLESPACE small LOCATION '{small}'")
            server.run("ALTER TABLE events SET TABLESPACE small")
            bench.queue()
            fill = place / "filler"
            with pytest.raises(OSError, match="No space"), fill.open("wb", buffering=0) as file:  # noqa: PT012
                while True:
                    file.write(b"\0" * 4096)
            server.run("VACUUM FULL posts")  # so that the table itself has room, and only the small disk has none
            with pytest.raises(StoreError, match="disk full"), bench.parts.store.write() as conn:
                conn.exec_driver_sql(
                    "INSERT INTO events (post_id, at, event, to_state, reason, node)"
                    " SELECT id, changed_at, 'x', 'queued', repeat('long ', 2000), ''"
                    " FROM posts, generate_series(1, 900)"
                )
            assert bench.x.bodies == []
            fill.unlink()
            goes_on(bench)
        finally:
            server.run("ALTER TABLE events SET TABLESPACE pg_default")
            server.run("DROP TABLESPACE IF EXISTS small")
            subprocess.run(["umount", place], check=False)


def test_a_standby_is_named_and_never_sent_from(template: Template, tmp_path: Path) -> None:
    with cluster(template) as pair:
        with pytest.raises(StoreError, match="standby"):
            Store.open(pair.standby.url).verify()
        with pytest.raises(StoreError, match=r"standby|read-only"):
            Store.open(pair.standby.url, create=True).verify()
        bench = make_bench(tmp_path, store=Store.open(pair.url))
        bench.queue()
        pair.primary.kill()  # no primary for a while: the address of both finds nobody who takes writes
        assert not deliver(bench.parts).posts
        with pytest.raises(StoreError, match="standby"):
            bench.parts.store.verify()
        assert bench.x.bodies == []
        bench.parts.store.close()
