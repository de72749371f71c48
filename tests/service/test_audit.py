"""The audit file: everything that happened is in it once, secrets are not, and it survives crashes and crowds."""

import io
import json
import multiprocessing
import subprocess
import sys
from collections import Counter
from hashlib import sha256
from pathlib import Path

import pytest
from sqlalchemy import text

from syndicator.errors import OutcomeUnknown, StoreError
from syndicator.model import Receipt
from syndicator.service import admin, audit
from syndicator.service.audit_check import verify
from syndicator.service.chain import Broken
from syndicator.service.deliver import deliver
from syndicator.service.reconcile import reconcile
from syndicator.store import posts
from syndicator.store.engine import Store
from tests.postgres import Server, postgres_server
from tests.service.audit_desk import busy, check, export, file, lines
from tests.service.bench import Bench, make_bench

__all__ = ["busy", "file", "postgres_server"]


def test_everything_that_happened_is_a_line(busy: Bench, file: Path) -> None:
    done = export(busy, file)
    written = lines(file)
    assert (len(written), done.new) == (done.lines, done.lines)
    assert [line["seq"] for line in written] == list(range(1, done.lines + 1))
    assert (written[0]["kind"], written[0]["log_id"]) == ("log", busy.parts.store.log_id)
    assert {"schema", "syndicator", "export"} <= set(written[0])
    kinds = Counter(line["kind"] for line in written)
    with busy.parts.store.read() as conn:
        for kind, table in (("move", "events"), ("attempt opened", "attempts"), ("look-up", "look_ups")):
            assert kinds[kind] == conn.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()
    assert kinds["attempt closed"] == kinds["attempt fenced"] == kinds["attempt opened"] == 5
    assert kinds["receipt"] == len(busy.x.live) == 3
    refused = next(line for line in written if line.get("result") == "refused")
    assert (refused["http_status"], refused["code"]) == (403, "187")
    assert any(line["kind"] == "channel state" and line["reason"] == "lunch" for line in written)
    at = [line["at"] for line in written[1:] if line["kind"] not in audit.STANDING]
    assert at == sorted(at)
    assert file.stat().st_mode & 0o777 == 0o600


def test_an_auditor_needs_only_a_sha256(busy: Bench, file: Path) -> None:
    """The recipe that the module gives, without any code of ours."""
    export(busy, file)
    prev = "0" * 64
    for raw in file.read_bytes().splitlines():
        body, _, rest = raw.rpartition(b',"sha256":"')
        digest = sha256(body + b"}").hexdigest()
        assert rest == digest.encode() + b'"}'
        assert json.loads(raw)["prev"] == prev
        prev = digest


def test_again_appends_only_what_is_new(busy: Bench, file: Path) -> None:
    export(busy, file)
    before = file.read_bytes()
    assert export(busy, file).new == 0
    assert file.read_bytes() == before
    admin.resume(busy.parts, busy.parts.channels["x"])
    busy.queue(n=20)
    deliver(busy.parts)
    done = export(busy, file)
    assert file.read_bytes().startswith(before)
    kinds = [line["kind"] for line in lines(file)[-done.new :]]
    assert Counter(kinds) == {
        "move": 3, "attempt opened": 1, "attempt fenced": 1, "attempt closed": 1, "receipt": 1, "channel state": 1,
    }  # fmt: skip
    assert check(busy, file).holds


def test_r16_what_a_late_receipt_corrects_is_a_new_line(bench: Bench, file: Path) -> None:
    bench.x.publishing.append("lost")
    post = bench.queue()
    deliver(bench.parts)
    export(bench, file)
    before = file.read_bytes()
    reconcile(bench.parts)
    export(bench, file)
    assert file.read_bytes().startswith(before)
    closed = [line["result"] for line in lines(file) if line["kind"] == "attempt closed"]
    assert closed == ["unknown", "published"]
    found = check(bench, file)
    assert (found.holds, found.not_exported) == (True, 0)
    assert bench.row(post).remote_id


def test_a_second_receipt_is_in_it(bench: Bench, file: Path) -> None:
    post = bench.queue()
    deliver(bench.parts)
    second = Receipt(remote_id="2", remote_url="https://x.example/2")
    with bench.parts.store.write() as conn:
        posts.record_receipt(conn, post.id, second, token=None, at=bench.clock.now())
    export(bench, file)
    assert [line["event"] for line in lines(file) if line["kind"] == "move"][-1] == "second receipt"
    assert sum(line["kind"] == "receipt" for line in lines(file)) == 1


def test_secrets_are_blotted_out(bench: Bench, file: Path) -> None:
    bench.x.publishing.append(OutcomeUnknown("answer held k3y-of-the-house, access_token=abc123", platform="twitter"))
    bench.queue()
    deliver(bench.parts)
    export(bench, file, hidden=("k3y-of-the-house",))
    assert b"k3y-of-the-house" not in file.read_bytes()
    assert b"abc123" not in file.read_bytes()
    assert b"[secret]" in file.read_bytes()
    assert verify(file, bench.parts.store, hidden=("k3y-of-the-house",)).holds


def test_standard_output_gets_all_of_it(busy: Bench, file: Path) -> None:
    stream = io.BytesIO()
    done = audit.export_to(stream, busy.parts.store, now=busy.clock.now())
    file.write_bytes(stream.getvalue())
    assert check(busy, file).lines == done.lines
    assert check(busy, file).holds


@pytest.mark.postgres
def test_on_postgresql_as_on_sqlite(tmp_path: Path, file: Path, postgres_server: Server) -> None:
    with postgres_server.borrowed() as url:
        _on_postgresql(make_bench(tmp_path, store=Store.open(url, create=True)), file)


def _on_postgresql(bench: Bench, file: Path) -> None:
    bench.x.publishing.extend(["ok", "lost"])
    for n in (1, 2):
        bench.queue(n=n)
        deliver(bench.parts)
    export(bench, file)
    reconcile(bench.parts)
    assert check(bench, file).not_exported > 0
    export(bench, file)
    found = check(bench, file)
    assert (found.holds, found.not_exported) == (True, 0)
    bench.parts.store.close()


# --- crashes, strangers, crowds -------------------------------------------------------------------------------------


def test_a_torn_last_line_is_told_and_mended(busy: Bench, file: Path) -> None:
    export(busy, file)
    whole = file.read_bytes()
    last = len(whole.splitlines(keepends=True)[-1])
    for length in (1, 20, last - 1):
        file.write_bytes(whole[: len(whole) - last + length])
        assert "no end" in verify(file).broken
        # The mark says that the whole line was exported: that is no crash of ours, and it is not mended silently.
        for mark in (busy.parts.state_dir / "audit").glob("*.mark"):
            mark.unlink()
        done = export(busy, file)
        assert (done.repaired, done.new) == (True, 1)
        assert check(busy, file).holds
        whole = file.read_bytes()


def test_a_torn_first_line_is_mended(bench: Bench, file: Path) -> None:
    export(bench, file)
    file.write_bytes(file.read_bytes()[:50])
    assert export(bench, file).repaired
    assert check(bench, file).holds


@pytest.mark.parametrize("content", [b"my diary", b"my diary\n", b'{"at":1}\n', b"\n", b"\0" * 100])
def test_another_file_is_never_written_to(bench: Bench, file: Path, content: bytes) -> None:
    file.write_bytes(content)
    with pytest.raises((audit.NotOurs, Broken)):
        export(bench, file)
    assert file.read_bytes() == content
    assert not verify(file).holds


def test_an_empty_file_is_begun_and_not_called_fine(bench: Bench, file: Path) -> None:
    file.touch()
    assert not verify(file).holds
    assert export(bench, file).lines > 0
    assert verify(file).holds


def test_the_audit_of_another_post_log_is_refused(bench: Bench, file: Path, tmp_path: Path) -> None:
    other = Store.open(f"sqlite:///{tmp_path / 'other.db'}", create=True)
    audit.export(file, other, state_dir=tmp_path, now=bench.clock.now())
    before = file.read_bytes()
    with pytest.raises(audit.NotOurs, match=other.log_id):
        export(bench, file)
    assert file.read_bytes() == before
    assert other.log_id in check(bench, file).broken
    other.close()


def test_a_broken_file_is_not_written_on(busy: Bench, file: Path) -> None:
    export(busy, file)
    broken = file.read_bytes().replace(b"lunch", b"brunc")
    file.write_bytes(broken)
    with pytest.raises(Broken, match="was changed"):
        export(busy, file)
    assert file.read_bytes() == broken


@pytest.mark.parametrize("path", ["/dev/null", "folder"])
def test_what_is_no_regular_file_is_refused(bench: Bench, tmp_path: Path, path: str) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises((audit.NotOurs, OSError)):
        export(bench, tmp_path / path)


def _export(url: str, path: str, folder: str) -> int:
    from syndicator.service.clock import Clock

    store = Store.open(url)
    try:
        return audit.export(Path(path), store, state_dir=Path(folder), now=Clock().now()).new
    finally:
        store.close()


def test_exports_at_once_write_everything_once(busy: Bench, file: Path, tmp_path: Path) -> None:
    url = f"sqlite:///{busy.parts.store.path}"
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        new = pool.starmap(_export, [(url, str(file), str(tmp_path))] * 8)
    found = check(busy, file)
    assert (found.holds, found.not_exported) == (True, 0)
    assert (sum(new), found.lines) == (found.lines, len(lines(file)))


KILLED = """
import os, sys
from datetime import UTC, datetime
from pathlib import Path
from syndicator.service import audit
from syndicator.store.engine import Store

class Dying(audit.Writer):
    def write(self, fact):
        super().write(fact)
        if self.new == int(sys.argv[3]):
            self._stream.write(b'{"at":"20')
            self._stream.flush()
            os.kill(os.getpid(), 9)

audit.Writer = Dying
audit.export(Path(sys.argv[2]), Store.open(sys.argv[1]), state_dir=Path(sys.argv[4]), now=datetime.now(UTC))
"""


@pytest.mark.parametrize("after", [1, 2, 17])
def test_killed_while_writing_the_next_export_goes_on(busy: Bench, file: Path, tmp_path: Path, after: int) -> None:
    url = f"sqlite:///{busy.parts.store.path}"
    args = [sys.executable, "-c", KILLED, url, str(file), str(after), str(tmp_path)]
    assert subprocess.run(args, timeout=60, check=False).returncode == -9
    assert "no end" in verify(file).broken
    done = export(busy, file)
    assert done.repaired
    found = check(busy, file)
    assert (found.holds, found.not_exported, found.lines) == (True, 0, done.lines)


def test_a_post_log_that_cannot_be_read_says_so(busy: Bench, file: Path) -> None:
    export(busy, file)
    busy.parts.store.close()
    path = busy.parts.store.path
    assert path is not None
    path.unlink()
    with pytest.raises(StoreError):
        check(busy, file)
