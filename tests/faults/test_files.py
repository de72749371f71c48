"""The log's files go away, come back wrong, or stop taking writes, at start and under a running process (S02 – S06)."""

import json
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from syndicator.errors import StoreError
from syndicator.model import Media, State
from syndicator.service.deliver import deliver
from syndicator.store import Store, schema
from syndicator.store.faults import Damaged
from tests.faults.ground import again, begin, judge, rows, step
from tests.service.bench import Bench, make_bench


def log_of(bench: Bench) -> Path:
    assert bench.parts.store.path is not None
    return bench.parts.store.path


def beside(path: Path, ending: str) -> Path:
    return path.with_name(path.name + ending)


def unlinked(path: Path) -> None:
    path.unlink()


def replaced(path: Path) -> None:
    data = path.read_bytes()
    path.unlink()
    path.write_bytes(data)


def emptied(path: Path) -> None:
    path.unlink()
    path.touch()


def moved_away(path: Path) -> None:
    path.rename(beside(path, ".old"))


def wal_unlinked(path: Path) -> None:
    beside(path, "-wal").unlink()


GONE = [unlinked, replaced, emptied, moved_away, wal_unlinked]


@pytest.mark.parametrize("harm", GONE)
def test_s03_nothing_is_sent_once_the_file_is_another_one(harm: Callable[[Path], None], tmp_path: Path) -> None:
    """Inserts would still "succeed", into a file that nobody will ever see again."""
    bench = begin(tmp_path)
    harm(log_of(bench))
    deliver(bench.parts)
    assert bench.x.bodies == []
    with pytest.raises(StoreError, match="replaced or removed while in use; nothing is sent"):
        bench.parts.store.verify()
    bench.parts.store.close()


@pytest.mark.parametrize("harm", [unlinked, emptied, moved_away])
def test_s02_a_start_after_it_refuses_and_names_the_backup(harm: Callable[[Path], None], tmp_path: Path) -> None:
    bench = begin(tmp_path)
    bench.parts.store.close()
    harm(log_of(bench))
    with pytest.raises(StoreError, match="newest backup"):
        make_bench(tmp_path, store=Store.open(f"sqlite:///{log_of(bench)}", create=True))


def test_s02_another_log_of_ours_in_its_place_is_refused(tmp_path: Path) -> None:
    """A new, empty log knows nothing of what the old one posted."""
    bench = begin(tmp_path)
    bench.parts.store.close()
    Store.open(f"sqlite:///{tmp_path / 'new.db'}", create=True).close()
    (tmp_path / "new.db").replace(log_of(bench))
    for create in (True, False):
        with pytest.raises(StoreError, match=r"another post log .*than the one that was begun here.*backup"):
            Store.open(f"sqlite:///{log_of(bench)}", create=create)
    log_of(bench).with_name("log.db.genesis").unlink()
    Store.open(f"sqlite:///{log_of(bench)}").close()


def crashed(bench: Bench, folder: Path) -> Bench:
    """Give the log as a kill leaves it: the write-ahead log is not folded in."""
    folder.mkdir()
    for ending in ("", "-wal", ".genesis"):
        beside(folder / "log.db", ending).write_bytes(beside(log_of(bench), ending).read_bytes())
    bench.parts.store.close()
    return Bench(
        parts=replace(bench.parts, state_dir=folder), clock=bench.clock, adapters=bench.adapters, told=bench.told
    )


def test_s05_the_index_of_the_write_ahead_log_is_made_anew(tmp_path: Path) -> None:
    bench = begin(tmp_path)
    bench.x.publishing.append("lost")
    deliver(bench.parts)
    left = crashed(bench, tmp_path / "after")
    beside(tmp_path / "after" / "log.db", "-shm").write_bytes(os.urandom(32768))
    assert judge(again(left)) == [State.PUBLISHED]


@pytest.mark.parametrize("part", [0, 40, 4200], ids=["its header", "its first frame", "its second frame"])
def test_s05_a_damaged_write_ahead_log_is_taken_up_to_the_damage(part: int, tmp_path: Path) -> None:
    """SQLite drops what follows a bad checksum: the log is then older than the file says, and still whole."""
    bench = begin(tmp_path)
    left = crashed(bench, tmp_path / "after")
    wal = bytearray(beside(tmp_path / "after" / "log.db", "-wal").read_bytes())
    wal[part] ^= 0xFF
    beside(tmp_path / "after" / "log.db", "-wal").write_bytes(wal)
    fresh = again(left)
    assert [row.state for row in rows(fresh)] in ([], [State.QUEUED])
    judge(fresh, expected=len(rows(fresh)))


def test_s05_a_frozen_request_that_changed_is_shown_and_not_sent(tmp_path: Path) -> None:
    """SQLite keeps no checksum of a row, so the frozen bytes have one of ours."""
    bench = begin(tmp_path)
    bench.x.publishing.append(lambda: bench.clock.tick(timedelta(minutes=5)))  # too late to send: queued again, frozen
    deliver(bench.parts)
    assert [row.state for row in rows(bench)] == [State.QUEUED]
    with bench.parts.store.write() as conn:
        payload = rows(bench)[0].payload
        assert payload is not None
        harmed = replace(payload, request={"text": "Story 7"})
        conn.execute(update(schema.posts).values(payload=harmed))
    bench.clock.tick(timedelta(hours=1))
    deliver(bench.parts)
    assert bench.x.bodies == []
    assert [(row.state, "not what was frozen" in row.reason) for row in rows(bench)] == [(State.HELD, True)]
    assert any("not what was frozen" in notice.text for notice in bench.told.notices)
    bench.parts.store.close()


def test_s05_a_picture_that_changed_is_not_loaded(tmp_path: Path) -> None:
    from hashlib import sha256

    from syndicator.store import media

    data = b"a picture"
    item = Media(sha256=sha256(data).hexdigest(), mime="image/png", width=1, height=1, size=len(data))
    with closing(Store.open(f"sqlite:///{tmp_path / 'log.db'}", create=True)) as store:
        with store.write() as conn:
            media.put(conn, item, data)
            conn.execute(update(schema.media).values(bytes=b"b picture"))
        with pytest.raises(Damaged, match="backup"), store.read() as conn:
            media.load(conn, item.sha256)


def test_s05_once_damage_was_met_nothing_more_is_sent(tmp_path: Path) -> None:
    bench = begin(tmp_path)
    with bench.parts.store.write() as conn:
        conn.exec_driver_sql("UPDATE articles SET first_seen_at = 'never'")
    deliver(bench.parts)
    bench.clock.tick(timedelta(hours=1))
    with bench.parts.store.write() as conn:
        conn.exec_driver_sql("UPDATE articles SET first_seen_at = '2026-11-22T12:00:00.000000Z'")
    deliver(bench.parts)
    assert bench.x.bodies == []
    with pytest.raises(Damaged, match=r"'never' is no instant.*backup"):
        bench.parts.store.verify()
    assert judge(again(bench)) == [State.PUBLISHED]


def test_s06_a_lock_held_too_long_ends_the_round_and_not_the_process(tmp_path: Path) -> None:
    bench = begin(tmp_path)
    bench.parts.store.close()
    store = Store.open(f"sqlite:///{log_of(bench)}", busy_timeout=timedelta(seconds=0.1))
    bench.parts = replace(bench.parts, store=store)
    with closing(sqlite3.connect(log_of(bench), isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        step(bench)
        assert bench.x.bodies == []
        with pytest.raises(StoreError, match=r"locked: another process is writing; waited 0.1 s"), store.write():
            pytest.fail("two writers")
        other.execute("ROLLBACK")
    assert judge(bench) == [State.PUBLISHED]


def test_s06_a_lock_that_comes_after_the_send_delays_the_receipt_only(tmp_path: Path) -> None:
    """D08: the receipt is in hand; somebody else writes for a minute."""
    bench = begin(tmp_path)
    bench.parts.store.close()
    store = Store.open(f"sqlite:///{log_of(bench)}", busy_timeout=timedelta(seconds=0.02))
    bench.parts = replace(bench.parts, store=store)
    with closing(sqlite3.connect(log_of(bench), isolation_level=None)) as other:
        bench.x.publishing.append(lambda: other.execute("BEGIN EXCLUSIVE"))
        deliver(bench.parts)
        assert [row.state for row in rows(bench)] == [State.SENDING]
        other.execute("ROLLBACK")
    assert judge(bench) == [State.PUBLISHED]
    assert len(bench.x.bodies) == 1


def test_a_name_that_cannot_be_looked_up_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be reached"):
        Store.open(f"sqlite:///{tmp_path / ('x' * 300)}", create=True)


# --- no right to write ----------------------------------------------------------------------------------------------


def as_somebody_else(act: Callable[[], object]) -> str:
    """Do something in a process without root's rights and give what it said (root reads and writes everything)."""
    ours, theirs = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            if os.geteuid() == 0:
                os.setgroups([])
                os.setgid(65534)
                os.setuid(65534)
            said = json.dumps(str(act()))
        except StoreError as error:
            said = json.dumps(f"StoreError: {error}")
        except BaseException as error:  # noqa: BLE001 - this process ends here; the test reads what it was
            said = json.dumps(f"escaped: {error!r}")
        os.write(theirs, said.encode())
        os._exit(0)
    os.close(theirs)
    os.waitpid(pid, 0)
    with os.fdopen(ours) as answer:
        return str(json.loads(answer.read()))


@pytest.fixture
def open_folder(tmp_path: Path) -> Path:
    """A folder that others may enter, as pytest's own is not."""
    folder = Path("/tmp") / f"faults-{os.getpid()}-{tmp_path.name}"
    folder.mkdir(mode=0o755)
    return folder


@pytest.mark.parametrize(("file", "folder"), [(0o444, 0o755), (0o444, 0o555), (0o600, 0o755), (0o666, 0o555)])
def test_s04_without_the_right_to_write_nothing_is_sent_and_the_remedy_is_named(
    open_folder: Path, file: int, folder: int
) -> None:
    import shutil

    bench = begin(open_folder)
    bench.parts.store.close()
    log_of(bench).chmod(file)
    open_folder.chmod(folder)

    def work() -> object:
        fresh = again(bench)
        said = step(fresh)
        return f"sent {len(fresh.x.bodies)}: {said}"

    try:
        said = as_somebody_else(work)
        assert said.startswith("StoreError") or "sent 0" in said, said
        assert "owner and mode" in said or "cannot be" in said or "cannot write" in said, said
    finally:
        open_folder.chmod(0o755)
        log_of(bench).chmod(0o644)
        assert judge(again(bench)) == [State.PUBLISHED]
        shutil.rmtree(open_folder)
