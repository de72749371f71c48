"""The same promises on PostgreSQL: ours or refused, safe commits, warnings and fail-overs noticed.

Rules R2, R3, R14; S11.
"""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from types import SimpleNamespace

import psycopg
import pytest

from syndicator.errors import StoreError
from syndicator.model import State
from syndicator.store import CommitUnknown, Conflict, Missing, Store, postgres, posts, trust
from syndicator.store.engine import RolledBack
from tests.postgres import Server
from tests.store.samples import in_state, put
from tests.values import NOW

pytestmark = pytest.mark.postgres


@pytest.fixture
def empty(postgres_server: Server) -> Iterator[str]:
    url = postgres_server.empty()
    yield url
    postgres_server.drop(url)


@pytest.fixture
def migrated(postgres_server: Server) -> Iterator[str]:
    url = postgres_server.migrated()
    yield url
    postgres_server.drop(url)


@pytest.fixture
def log(migrated: str) -> Iterator[Store]:
    store = Store.open(migrated, busy_timeout=timedelta(seconds=0.3))
    yield store
    store.close()


def name_of(url: str) -> str:
    return url.split("?", maxsplit=1)[0].rpartition("/")[2]


def test_an_empty_database_is_no_log(empty: str, postgres_server: Server) -> None:
    with pytest.raises(Missing, match="syndicator once"):
        Store.open(empty)
    with ThreadPoolExecutor(4) as pool:
        stores = list(pool.map(lambda _: Store.open(empty, create=True), range(4)))
    assert len({store.log_id for store in stores}) == 1
    assert (stores[0].dialect, stores[0].path) == ("postgresql", None)
    for store in stores:
        store.verify()
        store.close()


def test_tables_of_another_program_are_refused(empty: str, postgres_server: Server) -> None:
    postgres_server.run("CREATE TABLE posts (id text)", name_of(empty))
    postgres_server.run("CREATE TABLE procrastinate_jobs (id text)", name_of(empty))
    with pytest.raises(StoreError, match=r"another program \(posts\)"):
        Store.open(empty, create=True)
    postgres_server.run("DROP TABLE posts", name_of(empty))
    Store.open(empty, create=True).close()  # a job queue beside the log is welcome


@pytest.mark.parametrize("create", [False, True])
def test_a_newer_schema_is_refused(migrated: str, postgres_server: Server, create: bool) -> None:
    postgres_server.run("UPDATE schema_version SET version_num = '9999'", name_of(migrated))
    with pytest.raises(StoreError, match="newer"):
        Store.open(migrated, create=create)


def test_a_missing_database_or_server_is_named_without_the_password(postgres_server: Server) -> None:
    with pytest.raises(StoreError, match=r"does not exist|gone") as caught:
        Store.open(postgres_server.url("nowhere").replace("postgres:@", "postgres:hunter2@"))
    assert "hunter2" not in str(caught.value)
    with pytest.raises(StoreError, match="is PostgreSQL running"):
        Store.open("postgres://nobody:hunter2@127.0.0.1:1/db", create=True)


def test_r2_commits_are_safe_even_where_the_database_says_otherwise(migrated: str, postgres_server: Server) -> None:
    postgres_server.run(f"ALTER DATABASE {name_of(migrated)} SET synchronous_commit = off")
    store = Store.open(migrated)
    with store.write() as conn:
        assert conn.exec_driver_sql("SHOW synchronous_commit").scalar_one() == "on"
    with store.read() as conn:
        # Nothing of it stays with the session, so a pooler may hand it to somebody else.
        assert conn.exec_driver_sql("SHOW synchronous_commit").scalar_one() == "off"
    postgres_server.run(f"ALTER DATABASE {name_of(migrated)} SET synchronous_commit = remote_apply")
    store.close()
    store = Store.open(migrated)
    with store.write() as conn:
        assert conn.exec_driver_sql("SHOW synchronous_commit").scalar_one() == "remote_apply"
    store.close()


def test_readers_see_one_moment_and_cannot_write(log: Store) -> None:
    with log.read() as reader:
        assert posts.get(reader, "p1") is None
        with log.write() as writer:
            put(writer, in_state(State.QUEUED))
        assert posts.get(reader, "p1") is None
    with pytest.raises(StoreError, match="read-only"), log.read() as reader:
        reader.exec_driver_sql("DELETE FROM posts")


def test_a_locked_row_is_waited_for_and_then_named(log: Store) -> None:
    with log.write() as conn:
        put(conn, in_state(State.QUEUED))
    with log.write() as first:
        first.exec_driver_sql("UPDATE posts SET note = 'mine'")
        with pytest.raises(StoreError, match=r"locked.*waited 0.3 s"), log.write() as second:
            second.exec_driver_sql("UPDATE posts SET note = 'yours'")


def test_a_lost_connection_is_named(log: Store, postgres_server: Server) -> None:
    def kill(conn: posts.Connection) -> None:
        pid = conn.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
        postgres_server.run(f"SELECT pg_terminate_backend({pid}, 5000)")

    def lose(*, early: bool) -> None:
        with log.write() as conn:
            if not early:
                put(conn, in_state(State.QUEUED))
            kill(conn)
            if early:
                put(conn, in_state(State.QUEUED))

    with pytest.raises(StoreError, match="connection is gone") as caught:
        lose(early=True)
    assert not isinstance(caught.value, CommitUnknown)
    with pytest.raises(CommitUnknown, match="during COMMIT"):
        lose(early=False)
    with log.read() as conn:
        assert posts.get(conn, "p1") is None


@pytest.mark.parametrize(
    ("severity", "plain", "kept"),
    [("WARNING", "WARNUNG", 1), (None, "WARNING", 1), ("NOTICE", "HINWEIS", 0), ("INFO", "INFO", 0)],
)
def test_only_warnings_count_in_any_language(severity: str | None, plain: str, kept: int) -> None:
    warnings: list[str] = []
    notice = SimpleNamespace(severity_nonlocalized=severity, severity=plain, message_primary="canceling wait")
    postgres.note(notice, warnings)
    assert len(warnings) == kept


def test_r3_a_commit_that_no_standby_has_counts_as_not_kept(log: Store, postgres_server: Server) -> None:
    """R3, D23: a real server waits for a standby that is not there; somebody cancels the wait."""

    def configure(standbys: str) -> None:
        postgres_server.run(f"ALTER SYSTEM SET synchronous_standby_names = '{standbys}'")
        postgres_server.run("SELECT pg_reload_conf()")

    def cancel_the_wait() -> None:
        waiting = "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
        for _ in range(200):
            if postgres_server.run(waiting):
                return
            time.sleep(0.05)

    def write_on() -> None:
        for number in range(1, 100):  # commits wait only once the checkpointer, too, has read the new setting
            with log.write() as conn:
                put(conn, in_state(State.QUEUED, number))
            time.sleep(0.05)

    configure("nobody")
    try:
        canceller = threading.Thread(target=cancel_the_wait)
        canceller.start()
        with pytest.raises(CommitUnknown, match=r"warned at COMMIT.*synchronous replication"):
            write_on()
        canceller.join()
    finally:
        configure("")
    with log.write() as conn:  # earlier warnings are not held against a later commit
        put(conn, in_state(State.QUEUED, 100))


def test_r14_a_fail_over_is_noticed_at_every_claim(log: Store) -> None:
    """R14: the timeline is not the one on which the log was known to be complete."""
    with log.write() as conn:
        conn.exec_driver_sql("UPDATE genesis SET timeline = '00000007'")
    with pytest.raises(RolledBack, match="timeline from 00000007 to 00000001"):
        log.verify()
    with pytest.raises(RolledBack, match="timeline"), log.write() as conn:
        log.check_timeline(conn)
    with log.write() as conn:
        seen = trust.get(conn)
        assert trust.roll_back(conn, seen, since=NOW, at=NOW, timeline=log.timeline(conn))
    log.verify()
    with log.write() as conn:
        assert not trust.roll_back(conn, seen, since=NOW, at=NOW, timeline="00000009"), "another node did it already"
    log.verify()


def test_another_log_under_the_same_name_is_noticed(log: Store) -> None:
    with log.write() as conn:
        conn.exec_driver_sql("UPDATE genesis SET log_id = 'another'")
    with pytest.raises(StoreError, match="another post log"):
        log.verify()


def test_a_unique_refusal_is_a_conflict(log: Store) -> None:
    with log.write() as conn:
        put(conn, in_state(State.HELD), in_state(State.HELD, 2, note="another"))
    with pytest.raises(Conflict, match="uq_posts_article_id_channel_edition"), log.write() as conn:
        conn.exec_driver_sql("UPDATE posts SET article_id = 'a1'")


def test_the_driver_is_told_what_a_pooler_needs(migrated: str) -> None:
    store = Store.open(migrated)
    with store.read() as conn:
        driver = conn.connection.driver_connection
        assert isinstance(driver, psycopg.Connection)
        assert driver.prepare_threshold is None
    store.close()
