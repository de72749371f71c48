"""A log of an earlier release with a post in every state is migrated and goes on where it was (D35)."""

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from syndicator.errors import StoreError
from syndicator.store import Store, migrate, sqlite
from syndicator.store.schema import REVISIONS, VERSION_TABLE
from tests.faults.ground import again, begin, rows, sound
from tests.faults.test_clock import ENDS, RESENDS, left_in, minutes


def downgraded(path: Path, revision: str) -> None:
    """Replace the log by one that the release with ``revision`` made, with the same rows."""
    from alembic import command
    from alembic.config import Config

    old = path.with_name("old.db")
    sqlite.blank(old)
    engine = sqlite.connect(old, busy_timeout=timedelta(seconds=1), expected=sqlite.identity(old), foreign_keys=False)
    with engine.begin() as connection:
        config = Config()
        config.set_main_option("script_location", migrate.SCRIPTS)
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
    engine.dispose()
    with closing(sqlite3.connect(old, isolation_level=None)) as raw:
        raw.execute("ATTACH ? AS new", (str(path),))
        names = [row[0] for row in raw.execute("SELECT name FROM main.sqlite_master WHERE type = 'table'")]
        for name in names:
            if name != VERSION_TABLE and not name.startswith("sqlite_"):
                columns = ", ".join(row[1] for row in raw.execute(f"PRAGMA main.table_info({name})"))
                raw.execute(f"INSERT INTO main.{name} ({columns}) SELECT {columns} FROM new.{name}")
    path.unlink()
    old.replace(path)


@pytest.mark.parametrize("revision", REVISIONS[:-1])
@pytest.mark.parametrize("state", ENDS)
def test_d35_a_post_in_every_state_goes_on_after_the_migration(state: str, revision: str, tmp_path: Path) -> None:
    bench = begin(tmp_path, channels=(RESENDS,))
    left_in(state, bench)
    before = rows(bench)
    bench.parts.store.close()
    path = tmp_path / "log.db"
    downgraded(path, revision)
    with pytest.raises(StoreError, match="older than this syndicator needs"):
        Store.open(f"sqlite:///{path}")
    bench = again(bench)
    assert rows(bench) == before
    if state == "processing":
        bench.x.progressing.append("ok")
        bench.x.live.append((before[0].id, "1"))
    minutes(bench, 30, timedelta(minutes=5))
    wanted, sent = ENDS[state]
    assert (rows(bench)[0].state, len(bench.x.bodies)) == (wanted, sent)
    bench.parts.store.close()
    assert sound(path) == []
    with closing(sqlite3.connect(path)) as raw:
        assert raw.execute(f"SELECT version_num FROM {VERSION_TABLE}").fetchall() == [(REVISIONS[-1],)]


def test_d35_a_migration_that_fails_changes_nothing(tmp_path: Path) -> None:
    bench = begin(tmp_path)
    bench.parts.store.close()
    path = tmp_path / "log.db"
    downgraded(path, REVISIONS[0])
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("ALTER TABLE genesis ADD COLUMN halted_at TEXT")  # somebody tried by hand
    before = path.read_bytes()
    with pytest.raises(StoreError, match="damaged"):
        Store.open(f"sqlite:///{path}", create=True)
    with closing(sqlite3.connect(path)) as raw:
        assert raw.execute(f"SELECT version_num FROM {VERSION_TABLE}").fetchall() == [(REVISIONS[0],)]
    assert len(path.read_bytes()) == len(before)
