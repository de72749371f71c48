"""The machine runs out: of disk, of file handles, of what a file may grow to (S01, D08, D34)."""

import json
import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from syndicator.model import State
from syndicator.service.deliver import deliver
from tests.faults.ground import again, begin, judge, rows, step
from tests.service.bench import Bench


def _may_mount() -> bool:
    command = ["unshare", "-rm", "mount", "-t", "tmpfs", "none", "/mnt"]
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


def small_disk(folder: Path, when: str) -> dict[str, Any]:
    """Go through one case on a disk of its own."""
    if shutil.which("unshare") is None or not _may_mount():
        pytest.skip("this system lets nobody mount a disk of his own (unshare -rm)")
    command = ["unshare", "-rm", sys.executable, "-m", "tests.faults.small_disk", str(folder), when]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def test_s01_a_full_disk_before_the_intent_sends_nothing(tmp_path: Path) -> None:
    seen = small_disk(tmp_path / "disk", "intent")
    assert (seen["sent"], seen["states"]) == (0, ["queued"])
    assert seen["ends"] == ["published"]


def test_d08_a_full_disk_after_the_send_delays_the_receipt(tmp_path: Path) -> None:
    seen = small_disk(tmp_path / "disk", "receipt")
    assert (seen["sent"], seen["states"], seen["ends"], seen["bodies"]) == (1, ["published"], ["published"], 1)


def test_d08_a_disk_that_stays_full_after_the_send_loses_no_post(tmp_path: Path) -> None:
    """Kept in the journal if that has room, else found by a look-up."""
    seen = small_disk(tmp_path / "disk", "receipt for long")
    assert (seen["sent"], seen["ends"], seen["bodies"]) == (1, ["published"], 1)


def test_s01_a_full_disk_in_a_checkpoint_keeps_every_commit(tmp_path: Path) -> None:
    seen = small_disk(tmp_path / "disk", "checkpoint")
    assert seen["ends"] == ["published"] * 29


# --- limits of this process -----------------------------------------------------------------------------------------


@contextmanager
def limited(what: int, to: int) -> Iterator[None]:
    soft, hard = resource.getrlimit(what)
    resource.setrlimit(what, (to, hard))
    try:
        yield
    finally:
        resource.setrlimit(what, (soft, hard))


def handles() -> int:
    """Give the number of the highest open file handle of this process."""
    return max(int(name) for name in os.listdir("/proc/self/fd" if os.path.isdir("/proc/self/fd") else "/dev/fd"))  # noqa: PTH208, PTH112


@pytest.mark.parametrize("left", range(8))
def test_d34_without_file_handles_nothing_is_lost(left: int, tmp_path: Path) -> None:
    assert step(begin(tmp_path / "first")) == []  # everything is imported before handles run out
    bench = begin(tmp_path / "then")
    bench.parts.store.close()
    highest = handles()
    taken = [os.open(os.devnull, os.O_RDONLY)]
    while taken[-1] < highest:
        taken.append(os.open(os.devnull, os.O_RDONLY))  # no gap below the limit
    try:
        with limited(resource.RLIMIT_NOFILE, taken[-1] + 1 + left):
            step(bench)
    finally:
        for handle in taken:
            os.close(handle)
    judge(again(bench))


@pytest.mark.parametrize("after_the_send", [False, True])
def test_s01_files_that_may_not_grow(after_the_send: bool, tmp_path: Path) -> None:
    """Like a quota: every write beyond is refused by the system, for the log, the journal and everything else."""
    bench = begin(tmp_path)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        if after_the_send:
            _after_publishing(bench, lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard)))
        else:
            resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
        with open(os.devnull, "w") as nothing:  # noqa: PTH123 - pytest's own capture is a file too
            from contextlib import redirect_stdout

            with redirect_stdout(nothing):
                deliver(bench.parts)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert len(bench.x.bodies) == int(after_the_send)
    assert [row.state for row in rows(bench)] == [State.SENDING if after_the_send else State.QUEUED]
    assert judge(again(bench)) == [State.PUBLISHED]
    assert len(bench.x.bodies) == 1


def _after_publishing(bench: Bench, act: Any) -> None:
    publish = bench.x.publish

    def publish_and_act(*args: Any) -> Any:
        receipt = publish(*args)
        act()
        return receipt

    bench.x.publish = publish_and_act  # type: ignore[method-assign]


def test_s01_a_log_that_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    """stderr goes to a full disk: what is said is lost, what is done is not."""
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "from syndicator.cli.app import App\n"
        "from tests.faults.ground import begin, judge\n"
        "from syndicator.service.deliver import deliver\n"
        "bench = begin(Path(sys.argv[1]))\n"
        "App(config='', verbose=2).set_up_logs()\n"
        "deliver(bench.parts)\n"
        "print(judge(bench))\n"
    )
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-c", code, str(tmp_path)],
            check=False,
            stdout=subprocess.PIPE,
            stderr=full,
            text=True,
            timeout=60,
        )
    assert "State.PUBLISHED" in done.stdout
