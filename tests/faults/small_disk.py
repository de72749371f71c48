"""A whole delivery on a disk of its own that runs full: ``unshare -rm python -m tests.faults.small_disk FOLDER WHEN``.

In a user name space anybody may mount a small tmpfs; it goes away with this process. Prints the verdict as JSON.
"""

import json
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from syndicator.service.deliver import deliver
from tests.faults.ground import begin, judge, rows, step
from tests.service.bench import Bench

SIZE = "12m"
MINUTE = timedelta(minutes=1)


class Disk:
    """The small disk below ``folder``."""

    def __init__(self, folder: Path) -> None:
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "none", str(folder)], check=True)
        self._filler = folder / "filler"

    def fill(self) -> None:
        """Leave no byte."""
        with self._filler.open("ab", buffering=0) as file:
            for size in (65536, 4096, 1):
                try:
                    while True:
                        file.write(bytes(size))
                except OSError:
                    continue

    def free(self) -> None:
        self._filler.unlink(missing_ok=True)


def before_the_intent(bench: Bench, disk: Disk) -> list[str]:
    disk.fill()
    return step(bench)


def after_the_send(bench: Bench, disk: Disk) -> list[str]:
    """The receipt is in hand for half a minute before there is room again."""
    _fill_with_the_post_live(bench, disk)
    sleep, slept = bench.clock.sleep, []

    def wait(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == 10:
            disk.free()
        sleep(seconds)

    bench.clock.sleep = wait  # type: ignore[method-assign]
    return step(bench)


def for_long_after_the_send(bench: Bench, disk: Disk) -> list[str]:
    """The patience ends before there is room again."""
    _fill_with_the_post_live(bench, disk)
    return step(bench)


def in_a_checkpoint(bench: Bench, disk: Disk) -> list[str]:
    """The write-ahead log is full of commits, and folding it in needs room in the file."""
    for n in range(2, 30):
        bench.queue(n=n)
    disk.fill()
    bench.parts.store.close()
    return []


WHEN: dict[str, Callable[[Bench, Disk], list[str]]] = {
    "intent": before_the_intent,
    "receipt": after_the_send,
    "receipt for long": for_long_after_the_send,
    "checkpoint": in_a_checkpoint,
}


def _fill_with_the_post_live(bench: Bench, disk: Disk) -> None:
    # The platform has taken the request, and at that moment the last byte of the disk is taken by something else.
    publish = bench.x.publish

    def publish_and_fill(*args: object) -> object:
        receipt = publish(*args)  # type: ignore[arg-type]
        disk.fill()
        return receipt

    bench.x.publish = publish_and_fill  # type: ignore[method-assign, assignment]


def main(folder: Path, when: str) -> None:
    """Go through one case and print what became of it."""
    folder.mkdir(parents=True, exist_ok=True)
    disk = Disk(folder)
    bench = begin(folder)
    before = WHEN[when](bench, disk)
    sent, states = len(bench.x.bodies), [] if when == "checkpoint" else [str(row.state) for row in rows(bench)]
    disk.free()
    if when == "checkpoint":
        from tests.faults.ground import again

        bench = again(bench)
    deliver(bench.parts)
    count = len(rows(bench))
    ends = [str(state) for state in judge(bench, expected=count)]
    answer = {"said": before, "sent": sent, "states": states, "ends": ends, "bodies": len(bench.x.bodies)}
    sys.stdout.write("\n" + json.dumps(answer))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
