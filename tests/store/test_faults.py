"""Storage faults on SQLite: each is named with a remedy, earlier rows are kept, the store works on afterwards."""

import os
import sqlite3
from collections.abc import Iterator
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from sqlalchemy.exc import InvalidRequestError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from syndicator.errors import StoreError
from syndicator.model import Media, State
from syndicator.store import Store, media, posts
from syndicator.store.faults import explain
from tests.store.samples import in_state, put


@pytest.fixture
def log(sqlite_path: Path) -> Iterator[Store]:
    store = Store.open(f"sqlite:///{sqlite_path}", busy_timeout=timedelta(seconds=0.2))
    with store.write() as conn:
        put(conn, in_state(State.QUEUED))
    yield store
    store.close()


def test_locked(log: Store) -> None:
    other = sqlite3.connect(str(log.path), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError, match=r"posts.sqlite: locked.*waited 0.2 s"), log.write():
        pytest.fail("two writers at once")
    with log.read() as conn:
        assert posts.get(conn, "p1") is not None
    other.execute("ROLLBACK")
    other.close()
    with log.write() as conn:
        put(conn, in_state(State.QUEUED, 2))


def test_disk_full(log: Store) -> None:
    data = os.urandom(1_000_000)
    picture = Media(sha256=sha256(data).hexdigest(), mime="image/png", width=1, height=1, size=len(data))

    def fill() -> None:
        with log.write() as conn:
            pages = conn.exec_driver_sql("PRAGMA page_count").scalar_one()
            conn.exec_driver_sql(f"PRAGMA max_page_count = {pages + 2}")
            put(conn, in_state(State.QUEUED, 2))
            media.put(conn, picture, data)

    with pytest.raises(StoreError, match=r"disk full.*earlier rows are kept"):
        fill()
    with log.read() as conn:
        assert posts.get(conn, "p1") is not None
        assert posts.get(conn, "p2") is None
    with log.write() as conn:
        conn.exec_driver_sql("PRAGMA max_page_count = 1000000")
        media.put(conn, picture, data)


def test_read_only_connection(sqlite_path: Path) -> None:
    store = Store.open(f"sqlite:///{sqlite_path}")
    with pytest.raises(StoreError, match=r"read-only.*owner and mode"), store.read() as conn:
        put(conn, in_state(State.QUEUED))
    store.close()


def test_a_corrupt_page(log: Store) -> None:
    log.close()
    assert log.path is not None
    data = bytearray(log.path.read_bytes())
    data[4096 : 4096 * 60] = os.urandom(4096 * 59)
    log.path.write_bytes(data)
    with pytest.raises(StoreError, match=r"corrupt.*keep the file"):
        Store.open(f"sqlite:///{log.path}").close()


def test_faults_outside_the_databases() -> None:
    assert "no connection became free" in str(explain(PoolTimeout(), where="w", waited=""))
    assert "w: odd" in str(explain(InvalidRequestError("odd"), where="w", waited=""))
    strange = OperationalError("SELECT 1", {}, sqlite3.OperationalError("no {such} thing\nsecond line"))
    assert str(explain(strange, where="w", waited="")) == "w: SQLite refused [no (such) thing]"
