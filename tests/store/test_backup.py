"""Copies, backups and what takes the place of a log: complete or not there at all (S10)."""

import hashlib
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, select, text

from syndicator.errors import StoreError
from syndicator.model import LookUpRecord, Media, State
from syndicator.store import Store, articles, backup, channels, codec, copying, media, migrate, posts, sqlite, trust
from syndicator.store.articles import SourceState
from syndicator.store.schema import APPLICATION_ID, REVISIONS, genesis, metadata
from tests.store.samples import START, article, at, attempt, in_state, put

PICTURE = b"\x89PNG and more"


def fill(store: Store) -> None:
    """Put something odd into every table."""
    group = [in_state(state, n, channel=f"x{n}") for n, state in enumerate(State, start=1)]
    with store.write() as conn:
        put(conn, *group)
        attempt(conn, group[0], token="second", n=9, fenced=True)
        articles.revise(conn, article(1, title="A “new” title\u2028 \U0001f1f1\U0001f1f9"), at=at(5))
        articles.save_source_state(conn, SourceState(name="news", etag='W/"1"', baseline_at=START, failures=3))
        channels.pause(conn, "x1", reason="Ž", at=START, until=at(60))
        item = Media(
            sha256=hashlib.sha256(PICTURE).hexdigest(), mime="image/png", width=1, height=1, size=len(PICTURE), alt=""
        )
        media.put(conn, item, PICTURE)
        look = LookUpRecord(
            post_id="p5", at=at(3), platform_at=None, complete=False, permitted=True, seen=0, hits=0, note="„“"
        )
        posts.record_look_up(conn, "p5", look)
        trust.halt(conn, reason="storm", at=at(9))


def dump(store: Store) -> dict[str, list[Any]]:
    with store.read() as conn:
        return {
            table.name: sorted(conn.execute(select(table)).all(), key=repr)
            for table in metadata.sorted_tables
            if table is not genesis
        }


def of(store: Store) -> dict[str, Any]:
    with store.read() as conn:
        row = conn.execute(select(genesis)).one()._asdict()
    del row["timeline"]
    return row


def test_s10_a_backup_is_the_log_itself(store: Store, tmp_path: Path) -> None:
    fill(store)
    path = tmp_path / "backup.db"
    contents = backup.write(store, path)
    assert (contents.posts, contents.articles) == (len(State), len(State))
    assert contents.size == path.stat().st_size
    assert [file.name for file in tmp_path.iterdir() if "backup" in file.name] == ["backup.db"]
    with backup.opened(path) as copy:
        assert dump(copy) == dump(store)
        assert of(copy) == of(store)
        assert contents.log_id == of(store)["log_id"]


def test_a_backup_can_stand_in_for_the_log(store: Store, tmp_path: Path) -> None:
    fill(store)
    path = tmp_path / "backup.db"
    backup.write(store, path)
    opened = Store.open(f"sqlite:///{path}")
    assert opened.log_id == store.log_id
    opened.close()


def test_copied_history_counts_on(store: Store, tmp_path: Path) -> None:
    """Rows come with their numbers: the next line of the history must not take one of them."""
    fill(store)
    path = tmp_path / "backup.db"
    backup.write(store, path)
    with backup.opened(path) as copy, copy.read() as source, store.write() as conn:
        copying.forget(conn)
        copying.rows(source, conn)
        copying.identity(source, conn, timeline=store.timeline(conn))
        copying.count_on(conn)
        put(conn, in_state(State.QUEUED, 50))
    store.verify()


def test_a_row_that_cannot_be_read_is_copied_as_it_is(sqlite_path: Path, tmp_path: Path) -> None:
    store = Store.open(f"sqlite:///{sqlite_path}")
    fill(store)
    with store.write() as conn:
        conn.exec_driver_sql("UPDATE posts SET payload = '{\"of\": \"a later version\"}' WHERE id = 'p3'")
    backup.write(store, tmp_path / "backup.db")
    store.close()
    with closing(sqlite3.connect(tmp_path / "backup.db")) as connection:
        kept = connection.execute("SELECT payload FROM posts WHERE id = 'p3'").fetchone()
    assert kept == ('{"of": "a later version"}',)


def test_what_fails_leaves_nothing_behind(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(store)
    monkeypatch.setattr(copying, "identity", lambda *_, **__: (_ for _ in ()).throw(StoreError("disk full")))
    before = sorted(tmp_path.iterdir())
    with pytest.raises(StoreError, match="disk full"):
        backup.write(store, tmp_path / "backup.db")
    assert sorted(tmp_path.iterdir()) == before


def test_a_name_that_is_taken_meanwhile_is_not_replaced(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "backup.db"
    write = copying.identity

    def taken(*args: Any, **options: Any) -> None:
        path.write_text("mine", encoding="utf-8")
        write(*args, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(copying, "identity", taken)
        with pytest.raises(StoreError, match="there already"):
            backup.write(store, path)
    assert path.read_text(encoding="utf-8") == "mine"


# --- in place of the log --------------------------------------------------------------------------------------------


def test_a_log_that_is_open_elsewhere_is_in_use(sqlite_path: Path) -> None:
    store = Store.open(f"sqlite:///{sqlite_path}")
    with store.read() as conn:
        posts.get(conn, "p1")
    with pytest.raises(StoreError, match="in use; stop the daemon"), backup.alone(sqlite_path):
        pass
    store.close()
    with backup.alone(sqlite_path), pytest.raises(StoreError, match="locked"):
        Store.open(f"sqlite:///{sqlite_path}", busy_timeout=timedelta(seconds=0.1))
    Store.open(f"sqlite:///{sqlite_path}").close()


def test_the_log_that_is_replaced_is_kept_and_never_overwritten(sqlite_path: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    copy.write_bytes(sqlite_path.read_bytes())
    kept = []
    for n in range(3):
        sqlite_path.write_text(f"log {n}", encoding="utf-8")
        with backup.draft_of(copy, sqlite_path) as draft:
            backup.seal(draft)
            kept.append(backup.put_in_place(draft, sqlite_path, at=START, log_id="mine"))
    assert [path.read_text(encoding="utf-8") for path in kept if path] == ["log 0", "log 1", "log 2"]
    assert kept[0] == sqlite_path.with_name(f"{sqlite_path.name}.before-2026-11-22T100000Z")
    assert sqlite.trace_of(sqlite_path).read_text(encoding="utf-8").startswith("mine\n")
    with backup.draft_of(sqlite_path, tmp_path / "new.db") as draft:
        assert backup.put_in_place(draft, tmp_path / "new.db", at=START, log_id="mine") is None


def older_log(path: Path, revision: str) -> None:
    """Make a post log as an earlier version made it: by the migrations that it had."""
    config = Config()
    config.set_main_option("script_location", migrate.SCRIPTS)
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        row = {"at": codec.dump_instant(START)}
        connection.execute(text("INSERT INTO genesis (id, log_id, created_at) VALUES (1, 'older', :at)"), row)
        connection.execute(text(f"PRAGMA application_id = {APPLICATION_ID}"))
    engine.dispose()


@pytest.mark.parametrize("revision", REVISIONS)
def test_an_older_backup_is_migrated_on_its_way(tmp_path: Path, revision: str) -> None:
    older_log(tmp_path / "older.db", revision)
    with backup.draft_of(tmp_path / "older.db", tmp_path / "new.db") as draft:
        assert backup.seal(draft).posts == 0
