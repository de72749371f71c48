"""What a process costs: processor time of itself and of all its children that it waited for, wall time, memory.

The kernel counts, when the process is over. What is to be left out (the start of an interpreter) is measured with a
second process that does nothing else, and taken off.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
OURS = (sys.executable, "-m")
"""How a module of ours is run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Seconds of processor and wall; ``said`` is the JSON that the process wrote on its last line."""

    cpu: float
    wall: float
    said: Mapping[str, Any] = field(default_factory=dict)

    def less(self, start: "Cost") -> "Cost":
        """Give it without what starting costs."""
        return Cost(cpu=max(self.cpu - start.cpu, 1e-9), wall=max(self.wall - start.wall, 1e-9), said=self.said)

    @property
    def begun(self) -> "Cost":
        """It without what its own start cost, as the process told."""
        start = float(self.said["start_cpu"])
        return Cost(cpu=max(self.cpu - start, 1e-9), wall=float(self.said["seconds"]), said=self.said)


class Failed(Exception):
    """A measured process did not do its work; the text is what it said."""


def cost(*command: str | Path, folder: Path = ROOT) -> Cost:
    """Run a command in ``folder`` and give what it cost.

    Raises:
        Failed: it ended with another code than 0.
    """
    words = [str(word) for word in command]
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        began = time.perf_counter()
        process = subprocess.Popen(words, cwd=folder, stdin=subprocess.DEVNULL, stdout=out, stderr=err)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        wall = time.perf_counter() - began
        if process.returncode:
            err.seek(0)
            said = err.read().decode(errors="replace")[-2000:]
            raise Failed(f"{' '.join(words[:8])} ended with {process.returncode}: {said}")
        out.seek(0)
        return Cost(cpu=used.ru_utime + used.ru_stime, wall=wall, said=_said(out.read()))


def _said(out: bytes) -> dict[str, Any]:
    last = out.rstrip().rpartition(b"\n")[2]
    said = json.loads(last) if last.startswith(b"{") else {}
    return said if isinstance(said, dict) else {}


def mean(costs: Sequence[Cost]) -> Cost:
    """Give the mean of several runs of one thing; what they said is what the last one said."""
    return Cost(
        cpu=sum(one.cpu for one in costs) / len(costs),
        wall=sum(one.wall for one in costs) / len(costs),
        said=costs[-1].said,
    )


def forget_memory_peak(pid: int | str = "self") -> None:
    """Let the most memory count from now on (Linux; see proc(5), clear_refs)."""
    with suppress(OSError):
        Path(f"/proc/{pid}/clear_refs").write_text("5", encoding="ascii")


def memory(pid: int | str = "self", *, most: bool = True) -> float:
    """Give megabytes in memory of a process: the most there were since it began, or now (Linux)."""
    wanted = "VmHWM:" if most else "VmRSS:"
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith(wanted):
            return int(line.split()[1]) / 1024
    return 0.0
