"""The journal: what was sent and what came back, in a file that no lost commit takes along (R15, R16, D08)."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from syndicator.errors import StoreError
from syndicator.model import Post, State
from syndicator.service import journal as journals
from syndicator.service.deliver import deliver
from syndicator.service.journal import LEGACY, Journal
from syndicator.service.quarantine import ensure
from syndicator.service.reconcile import reconcile
from syndicator.store import Store, posts, replay, trust, views
from tests.service.bench import Bench, make_bench
from tests.service.rolled import Rolled, lines, states


@pytest.fixture
def rolled(tmp_path: Path) -> Rolled:
    return Rolled(tmp_path)


def rolled_back(bench: Bench) -> bool:
    with bench.parts.store.read() as conn:
        return trust.get(conn).rolled_back_at is not None


def kinds(bench: Bench) -> list[str]:
    return [json.loads(line)["kind"] for line in lines(bench)]


def told(bench: Bench) -> list[str]:
    return [json.loads(line)["post"] for line in lines(bench)]


def test_r15_the_intent_is_in_the_journal_before_the_request_and_the_receipt_before_the_log_has_it(
    bench: Bench,
) -> None:
    post = bench.queue()
    seen: list[list[str]] = []
    bench.x.publishing.append(lambda: seen.append(kinds(bench)))
    deliver(bench.parts)
    assert seen == [["intent"]]
    assert kinds(bench) == ["intent", "receipt"]
    intent, receipt = (json.loads(line) for line in lines(bench))
    assert intent["post"] == receipt["post"] == post.id
    assert receipt["body"]["remote_id"] == bench.row(post).remote_id


def test_r15_an_intent_holds_all_that_is_needed_to_write_the_rows_again(bench: Bench) -> None:
    post = bench.queue(text="An editor's own words", note="why")
    deliver(bench.parts)
    line = bench.parts.journal.lines(bench.parts.store.log_id)[0]
    given = line.intent()
    assert given is not None
    row = bench.row(post)
    with bench.parts.store.read() as conn:
        tried = posts.attempts(conn, post.id)[0]
    assert given.post.payload == row.payload
    assert (given.post.payload_sha256, given.post.text, given.post.note) == (row.payload_sha256, row.text, row.note)
    assert (given.token, given.fenced_at, given.node) == (tried.token, tried.fenced_at, tried.node)
    assert given.post.changed_at == tried.opened_at
    assert replay.load(json.loads(json.dumps(replay.dump(given)))) == given


@pytest.mark.parametrize("kept", [0, 1, 40, 100_000])
def test_r15_a_torn_last_line_is_no_line_and_the_next_one_heals_it(rolled: Rolled, kept: int) -> None:
    first = rolled.bench.queue(n=1)
    deliver(rolled.bench.parts)
    path = rolled.bench.parts.journal.path
    whole = path.read_bytes()
    path.write_bytes(whole + whole.partition(b"\n")[0][:kept])
    bench = rolled.restart()
    ensure(bench.parts)
    assert not rolled_back(bench)
    second = bench.queue(n=2)
    deliver(bench.parts)
    assert states(bench, first, second) == ["published", "published"]
    assert path.read_bytes().startswith(whole)
    assert kinds(bench) == ["intent", "receipt", "intent", "receipt"]


def test_r15_zeros_that_a_power_cut_left_are_cut_off(bench: Bench) -> None:
    deliver_one(bench, 1)
    path = bench.parts.journal.path
    with path.open("ab") as file:
        file.write(b"\0" * 100_000)
    deliver_one(bench, 2)
    assert b"\0" not in path.read_bytes()
    assert len(kinds(bench)) == 4


def deliver_one(bench: Bench, n: int) -> Post:
    post = bench.queue(n=n)
    deliver(bench.parts)
    assert bench.row(post).state is State.PUBLISHED
    return post


def test_r15_what_cannot_be_journaled_is_not_sent(bench: Bench) -> None:
    post = bench.queue()
    bench.parts.journal.path.mkdir()
    with pytest.raises(StoreError, match="cannot be read"):
        ensure(bench.parts)
    bench.parts.journal.path.rmdir()
    lock = bench.parts.state_dir / ".intents-bench.lock"
    lock.mkdir()
    deliver(bench.parts)
    assert (bench.row(post).state, bench.x.bodies) == (State.QUEUED, [])
    assert "journal cannot be written" in bench.row(post).reason
    lock.rmdir()
    bench.clock.tick(timedelta(minutes=1))
    deliver(bench.parts)
    assert states(bench, post) == ["published"]


def test_r15_a_writer_that_froze_holds_nobody_up_for_ever(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journals, "LOCK_PATIENCE", 0.1)
    post = bench.queue()
    deliver_one(bench, 2)
    with bench.parts.journal._writing():
        bench.clock.tick(timedelta(minutes=1))
        third = bench.queue(n=3)
        deliver(bench.parts)
    assert states(bench, post, third) == ["published", "queued"]


def test_r16_a_receipt_that_cannot_be_journaled_is_recorded_all_the_same(bench: Bench) -> None:
    post = bench.queue()

    def spoil() -> None:
        lock = bench.parts.state_dir / ".intents-bench.lock"
        lock.unlink()
        lock.mkdir()

    bench.x.publishing.append(spoil)
    deliver(bench.parts)
    assert states(bench, post) == ["published"]
    assert kinds(bench) == ["intent"]


@pytest.mark.parametrize("damage", [b"garbage\n", b'{"kind": "intent"}\n', b"[]\n", b'"\xff"\n'])
def test_r15_a_damaged_journal_stops_sending_and_says_what_to_do(rolled: Rolled, damage: bytes) -> None:
    deliver_one(rolled.bench, 1)
    path = rolled.bench.parts.journal.path
    path.write_bytes(damage + path.read_bytes())
    bench = rolled.restart()
    post = bench.queue(n=2)
    deliver(bench.parts)
    assert states(bench, post) == ["queued"]
    with pytest.raises(StoreError, match=r"damaged.*nothing is sent\. Mend the line, or move the file away"):
        ensure(bench.parts)
    path.rename(path.with_suffix(".away"))
    deliver(bench.parts)
    assert states(bench, post) == ["published"]


def test_r15_an_intent_whose_rows_cannot_be_read_changes_nothing(rolled: Rolled) -> None:
    copy = rolled.keep()
    deliver_one(rolled.bench, 1)
    path = rolled.bench.parts.journal.path
    path.write_text(
        path.read_text(encoding="utf-8").replace('"edition":0', '"edition":null', 1).replace("title", "tit")
    )
    bench = rolled.back(copy)
    with pytest.raises(StoreError, match="damaged"):
        ensure(bench.parts)
    assert not rolled_back(bench)


def test_r15_lines_of_another_log_and_of_a_later_version_mean_nothing_here(rolled: Rolled) -> None:
    deliver_one(rolled.bench, 1)
    path = rolled.bench.parts.journal.path
    intent = json.loads(path.read_text(encoding="utf-8").splitlines()[0])
    foreign = intent | {"log": "another", "token": "t1"}
    newer = intent | {"kind": "marvel", "token": "t2"}
    with path.open("a", encoding="utf-8") as file:
        file.writelines(json.dumps(line) + "\n" for line in (foreign, newer))
    bench = rolled.restart()
    deliver_one(bench, 2)
    assert not rolled_back(bench)


# --- compaction -----------------------------------------------------------------------------------------------------


def test_r15_a_long_journal_is_compacted_and_keeps_the_newest(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"BYTES_MOST": 12_000, "BYTES_KEPT": 6_000, "LINES_KEPT": 2}.items():
        monkeypatch.setattr(journals, name, value)
    sizes, sent = [], []
    for n in range(1, 12):
        sent.append(deliver_one(bench, n).id)
        sizes.append(bench.parts.journal.path.stat().st_size)
    assert max(sizes) < 14_000
    kept = list(dict.fromkeys(told(bench)))
    assert 1 < len(kept) < 11
    assert kept == sent[-len(kept) :]
    ensure(bench.parts)
    assert not rolled_back(bench)
    assert not list(bench.parts.state_dir.glob("*.new"))


def test_r15_old_lines_go_first_and_a_clock_that_leapt_does_not_empty_the_journal(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journals, "LINES_KEPT", 2)
    deliver_one(bench, 1)
    bench.clock.tick(timedelta(days=36))
    young = deliver_one(bench, 2)
    monkeypatch.setattr(journals, "BYTES_MOST", 1)
    newest = deliver_one(bench, 3)
    assert told(bench) == [young.id] * 2 + [newest.id] * 2
    bench.clock.jump(timedelta(days=3650))
    leapt = deliver_one(bench, 4)
    assert told(bench) == [leapt.id] * 2


def test_r15_a_backup_older_than_the_compacted_journal_is_still_noticed(
    rolled: Rolled, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journals, "BYTES_MOST", 12_000)
    monkeypatch.setattr(journals, "BYTES_KEPT", 6_000)
    monkeypatch.setattr(journals, "LINES_KEPT", 2)
    waiting = rolled.bench.queue(n=20)
    copy = rolled.keep()
    for n in range(1, 8):
        deliver_one(rolled.bench, n)
    assert waiting.id not in rolled.bench.parts.journal.path.read_text(encoding="utf-8")
    bench = rolled.back(copy)
    ensure(bench.parts)
    assert rolled_back(bench)
    reconcile(bench.parts)
    assert states(bench, waiting) == ["published"]
    assert len(bench.x.bodies) == 8


# --- more than one process ------------------------------------------------------------------------------------------


def test_two_processes_and_many_threads_write_whole_lines(tmp_path: Path) -> None:
    bench = make_bench(tmp_path)
    deliver_one(bench, 1)
    given = bench.parts.journal.lines(bench.parts.store.log_id)[0].intent()
    assert given is not None
    script = (
        "import sys; from pathlib import Path; from syndicator.service.journal import Journal\n"
        f"journal = Journal(Path({str(tmp_path)!r}), 'bench/2')\n"
        f"given = journal.lines({bench.parts.store.log_id!r})[0].intent()\n"
        "for _ in range(50): journal.intend(given, log_id='other', epoch='')\n"
    )
    others = [subprocess.Popen([sys.executable, "-c", script]) for _ in range(2)]

    def write() -> None:
        for _ in range(50):
            bench.parts.journal.intend(given, log_id="mine", epoch="")

    threads = [threading.Thread(target=write) for _ in range(2)]
    for thread in threads:
        thread.start()
    for each in (*threads, *others):
        each.join() if isinstance(each, threading.Thread) else each.wait()
    assert [process.returncode for process in others] == [0, 0]
    owners = [json.loads(line)["log"] for line in lines(bench)]
    assert (owners.count("mine"), owners.count("other")) == (100, 100)
    bench.parts.store.close()


def test_every_machine_has_its_own_file_in_a_shared_folder_and_reads_all(rolled: Rolled) -> None:
    copy = rolled.keep()
    deliver_one(rolled.bench, 1)
    path = rolled.bench.parts.journal.path
    path.rename(path.with_name("intents-elsewhere.jsonl"))
    deliver_one(rolled.bench, 2)
    assert sorted(file.name for file in rolled.folder.glob("intents-*")) == [
        "intents-bench.jsonl",
        "intents-elsewhere.jsonl",
    ]
    bench = rolled.back(copy)
    ensure(bench.parts)
    assert bench.states() == [State.PUBLISHED] * 2


def test_a_host_name_makes_a_file_name(tmp_path: Path) -> None:
    assert Journal(tmp_path, "web 1/../x:é/7").path.parent == tmp_path


# --- an earlier version's mark --------------------------------------------------------------------------------------


def test_r15_the_mark_of_an_earlier_version_still_counts(rolled: Rolled) -> None:
    post, late = rolled.bench.queue(n=1), rolled.bench.queue(n=2)
    copy = rolled.keep()
    deliver(rolled.bench.parts)
    with rolled.bench.parts.store.read() as conn:
        token = posts.attempts(conn, late.id)[0].token
    mark = {"log": rolled.bench.parts.store.log_id, "token": token}
    rolled.bench.parts.journal.path.unlink()
    (rolled.folder / LEGACY).write_text(json.dumps(mark), encoding="utf-8")
    bench = rolled.restart()
    ensure(bench.parts)
    assert not rolled_back(bench), "the log knows it"
    bench = rolled.back(copy, journal=False)
    ensure(bench.parts)
    assert rolled_back(bench)
    assert states(bench, post, late) == ["unknown", "unknown"]
    told = len(bench.told.notices)
    ensure(bench.parts)
    ensure(rolled.restart().parts)
    assert len(bench.told.notices) == told == 1
    reconcile(rolled.bench.parts)
    assert states(rolled.bench, post, late) == ["published", "published"]


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"log": 1'])
def test_r15_a_mark_that_cannot_be_read_stops_sending(bench: Bench, text: str) -> None:
    (bench.parts.state_dir / LEGACY).write_text(text, encoding="utf-8")
    for _ in range(2):
        with pytest.raises(StoreError, match="cannot be read"):
            ensure(bench.parts)


# --- receipts -------------------------------------------------------------------------------------------------------


class Full:
    """A post log whose disk is full from a moment on."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.full = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    @contextmanager
    def write(self) -> Iterator[Any]:
        if self.full:
            raise StoreError("disk full")
        with self._store.write() as conn:
            yield conn


def fill(bench: Bench) -> tuple[Bench, Full]:
    """Let the disk run full while the next request is under way."""
    store = Full(bench.parts.store)
    bench.x.publishing.append(lambda: setattr(store, "full", True))
    return replace(bench, parts=replace(bench.parts, store=cast(Store, store))), store


def test_d08_a_receipt_that_could_not_be_recorded_is_recorded_by_the_next_process(rolled: Rolled) -> None:
    post = rolled.bench.queue()
    bench, _ = fill(rolled.bench)
    deliver(bench.parts)
    assert bench.row(post).state is State.SENDING
    bench = rolled.restart()
    bench.x.hidden = True
    reconcile(bench.parts)
    assert (bench.row(post).state, bench.row(post).remote_id) == (State.PUBLISHED, bench.x.live[0][1])
    assert bench.results(post) == ["published"]
    assert not rolled_back(bench)
    with bench.parts.store.read() as conn:
        assert views.history(conn, post.id)[-1].reason == "from the journal"


def test_d08_the_same_process_records_it_as_soon_as_the_log_can_be_written(rolled: Rolled) -> None:
    post = rolled.bench.queue()
    bench, store = fill(rolled.bench)
    deliver(bench.parts)
    assert bench.row(post).state is State.SENDING
    with pytest.raises(StoreError, match="disk full"):
        reconcile(bench.parts)
    store.full = False
    bench.x.hidden = True
    reconcile(bench.parts)
    assert (states(bench, post), len(bench.x.bodies)) == (["published"], 1)
