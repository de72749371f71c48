"""A post log is opened only if it is ours and complete; nothing is ever silently empty (R23, S02-S07)."""

import contextlib
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from syndicator.errors import StoreError
from syndicator.model import State
from syndicator.store import Missing, Store, migrate, posts
from syndicator.store.schema import APPLICATION_ID, REVISIONS
from tests.store.samples import in_state, put


def url(path: Path) -> str:
    return f"sqlite:///{path}"


def refused(path: Path, match: str, *, create: bool) -> None:
    before = path.read_bytes() if path.exists() else None
    with pytest.raises(StoreError, match=match):
        Store.open(url(path), create=create)
    assert (path.read_bytes() if path.exists() else None) == before


def test_r23_a_missing_log_is_refused_and_not_made(tmp_path: Path) -> None:
    path = tmp_path / "posts.sqlite"
    with pytest.raises(Missing, match=r"missing.*syndicator once"):
        Store.open(url(path))
    assert list(tmp_path.iterdir()) == []


def test_a_log_is_made_once_and_complete(tmp_path: Path) -> None:
    path = tmp_path / "new folder" / "posts.sqlite"
    first = Store.open(url(path), create=True)
    assert len(first.log_id) == 16
    assert (first.dialect, first.path) == ("sqlite", path)
    first.verify()
    with first.write() as conn:
        put(conn, in_state(State.QUEUED))
    first.close()
    assert sorted(file.name for file in path.parent.iterdir()) == ["posts.sqlite", "posts.sqlite.genesis"]
    for create in (True, False):
        again = Store.open(url(path), create=create)
        assert again.log_id == first.log_id
        with again.read() as conn:
            assert posts.get(conn, "p1") is not None
        again.close()
    with sqlite3.connect(path) as raw:
        assert raw.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,)
        assert raw.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    raw.close()


def test_many_creators_make_one_log(tmp_path: Path) -> None:
    path = tmp_path / "posts.sqlite"
    with ThreadPoolExecutor(6) as pool:
        stores = list(pool.map(lambda _: Store.open(url(path), create=True), range(6)))
    assert len({store.log_id for store in stores}) == 1
    for store in stores:
        store.verify()
        store.close()
    assert sorted(file.name for file in tmp_path.iterdir()) == ["posts.sqlite", "posts.sqlite.genesis"]


@pytest.mark.parametrize("create", [False, True])
def test_what_is_not_our_log_is_refused(tmp_path: Path, create: bool) -> None:
    path = tmp_path / "posts.sqlite"
    path.touch()
    refused(path, "empty .0 bytes", create=create)
    path.write_bytes(b"not a database " * 400)
    refused(path, "not an SQLite database", create=create)
    path.write_bytes(b"SQLite format 3\0 cut short")
    refused(path, "not an SQLite database", create=create)
    path.unlink()
    raw = sqlite3.connect(path)
    raw.execute("CREATE TABLE posts (id TEXT)")
    raw.close()
    refused(path, "another program", create=create)
    path.unlink()
    path.mkdir()
    with pytest.raises(StoreError, match="cannot be read"):
        Store.open(url(path), create=create)


@pytest.mark.parametrize("create", [False, True])
def test_a_newer_schema_is_refused(sqlite_path: Path, create: bool) -> None:
    raw = sqlite3.connect(sqlite_path)
    raw.execute("UPDATE schema_version SET version_num = '9999'")
    raw.commit()
    raw.close()
    with pytest.raises(StoreError, match=r"'9999' is newer.*upgrade syndicator"):
        Store.open(url(sqlite_path), create=create)


def test_an_older_schema_is_told_from_the_newest(sqlite_path: Path) -> None:
    store = Store.open(url(sqlite_path))
    with store.read() as conn:
        assert migrate.check_version(conn, where="here")
        assert not migrate.check_version(conn, where="here", known=(*REVISIONS, "9999"))
    store.close()


def test_a_log_without_its_genesis_row_is_refused(sqlite_path: Path) -> None:
    raw = sqlite3.connect(sqlite_path)
    raw.execute("DELETE FROM genesis")
    raw.commit()
    raw.close()
    with pytest.raises(StoreError, match="no genesis row"):
        Store.open(url(sqlite_path))


def test_r23_a_replaced_file_is_noticed(sqlite_path: Path, sqlite_template: Path) -> None:
    store = Store.open(url(sqlite_path))
    store.verify()
    aside = sqlite_path.rename(sqlite_path.with_name("aside"))
    with pytest.raises(StoreError, match="replaced or removed"):
        store.verify()
    sqlite_path.write_bytes(sqlite_template.read_bytes())
    with pytest.raises(StoreError, match="replaced or removed"):
        store.verify()
    # A new connection would go to the new file: it is refused too, not only the check before a claim.
    with store.read(), pytest.raises(StoreError, match="replaced or removed"), store.write():
        pytest.fail("a connection to another file was given")
    aside.rename(sqlite_path)
    store.verify()
    store.close()


def test_r2_connections_are_durable_and_readers_cannot_write(sqlite_path: Path) -> None:
    store = Store.open(url(sqlite_path))
    with store.read() as conn:
        for pragma, wanted in (
            ("journal_mode", "wal"),
            ("synchronous", 2),
            ("foreign_keys", 1),
            ("busy_timeout", 30000),
        ):
            assert conn.exec_driver_sql(f"PRAGMA {pragma}").scalar_one() == wanted
    with pytest.raises(StoreError, match="read-only"), store.read() as conn:
        conn.exec_driver_sql("DELETE FROM genesis")
    with store.write() as conn:
        put(conn, in_state(State.QUEUED))
    store.close()


def test_a_reader_sees_one_moment_and_disturbs_no_writer(sqlite_path: Path) -> None:
    store = Store.open(url(sqlite_path), busy_timeout=timedelta(seconds=0.2))
    with store.read() as reader:
        assert posts.get(reader, "p1") is None
        with store.write() as writer:
            put(writer, in_state(State.QUEUED))
        assert posts.get(reader, "p1") is None
    with store.read() as reader:
        assert posts.get(reader, "p1") is not None
    store.close()


@pytest.mark.parametrize(
    ("wrong", "match"),
    [
        ("sqlite://", "memory"),
        ("sqlite:///:memory:", "memory"),
        ("mysql://host/db", "unknown kind of database"),
        ("posts.sqlite", "cannot be read"),
    ],
)
def test_other_addresses_are_refused(wrong: str, match: str) -> None:
    with pytest.raises(StoreError, match=match):
        Store.open(wrong, create=True)


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="cannot be created"):
        Store.open(url(tmp_path / "file" / "posts.sqlite"), create=True)


def test_a_crash_while_creating_leaves_no_log(tmp_path: Path) -> None:
    """The process dies when the tables are there but the genesis row is not: no file has the log's name."""
    path = tmp_path / "posts.sqlite"
    code = (
        "import os, sys\n"
        "from syndicator.store import Store, migrate\n"
        "migrate.begin_log = lambda *_, **__: os._exit(9)\n"
        "Store.open(sys.argv[1], create=True)\n"
    )
    died = subprocess.run([sys.executable, "-c", code, url(path)], check=False)
    assert died.returncode == 9
    assert not path.exists()
    Store.open(url(path), create=True).close()


def test_opening_loads_neither_alembic_nor_psycopg(sqlite_path: Path) -> None:
    code = (
        "import sys\n"
        "from syndicator.store import Store\n"
        "Store.open(sys.argv[1]).close()\n"
        "sys.exit(bool({'alembic', 'psycopg'} & set(sys.modules)))\n"
    )
    subprocess.run([sys.executable, "-c", code, url(sqlite_path)], check=True)


def test_r23_a_log_that_was_there_and_is_gone_is_never_a_new_one(tmp_path: Path) -> None:
    path = tmp_path / "log.db"
    with contextlib.closing(Store.open(f"sqlite:///{path}", create=True)) as store:
        log_id = store.log_id
    path.unlink()
    with pytest.raises(StoreError, match=log_id):
        Store.open(f"sqlite:///{path}", create=True)
    assert not path.exists()
    (tmp_path / "log.db.genesis").unlink()
    with contextlib.closing(Store.open(f"sqlite:///{path}", create=True)) as store:
        assert store.log_id != log_id
