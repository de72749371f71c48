"""Damaged files (S05): refused or stopped with a remedy, never a wrong post, never a second one, never a traceback."""

import random
import shutil
from collections import Counter
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from syndicator.errors import StoreError
from syndicator.service.deliver import deliver
from tests.faults.ground import again, begin, step
from tests.faults.thorough import ALL
from tests.service.bench import Bench, make_bench

PAGE = 4096
STORIES = 30
"""So many are published; one more is in doubt and three wait."""
FLIPS = 500 if ALL else 60


def grown(folder: Path) -> Bench:
    """Give a bench with a history: published, in doubt, waiting."""
    bench = begin(folder, stories=STORIES)
    deliver(bench.parts)
    bench.x.publishing.append("lost")
    bench.queue(n=STORIES + 1)
    deliver(bench.parts)
    for n in (2, 3, 4):
        bench.queue(n=STORIES + n)
    return bench


@cache
def grown_log() -> tuple[dict[str, bytes], tuple[tuple[str, str], ...], frozenset[str]]:
    """Give the log's files, what is live then, and every body that may ever be sent from it."""
    with TemporaryDirectory() as name:
        bench = grown(Path(name))
        bench.parts.store.close()
        files = {file: (Path(name) / file).read_bytes() for file in ("log.db", "log.db.genesis")}
        live = tuple(bench.x.live)
        bench = again(bench)
        step(bench)
        step(bench)
        assert len(bench.x.bodies) == STORIES + 4
        bench.parts.store.close()
        return files, live, frozenset(bench.x.bodies)


def flipped(data: bytes, seed: int) -> bytes:
    """Damage one page as a disk does: one bit, some bytes, or the whole page."""
    dice = random.Random(seed)
    broken = bytearray(data)
    start = dice.randrange(len(data) // PAGE) * PAGE
    if dice.random() < 0.2:
        broken[start : start + PAGE] = dice.choice([bytes(PAGE), dice.randbytes(PAGE), data[:PAGE]])
    else:
        for _ in range(dice.choice([1, 4, 16, 64])):
            broken[start + dice.randrange(PAGE)] ^= 1 << dice.randrange(8)
    return bytes(broken)


def live_on(folder: Path, files: dict[str, bytes], live: tuple[tuple[str, str], ...]) -> tuple[str, Bench | None]:
    """Work from a damaged log; give what became of it."""
    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_bytes(content)
    try:
        bench = make_bench(folder)
    except StoreError as error:
        said = [str(error)]
        bench = None
    if bench is None:
        assert str(folder) in said[0], said
        assert "backup" in said[0], said
        return "refused", None
    bench.x.live.extend(live)
    said = [*step(bench), *step(bench)]
    assert all("backup" in line or "refused by the post log's own laws" in line for line in said), said
    return ("stopped" if said or bench.parts.store._damage else "worked"), bench


def test_s05_random_page_flips_never_become_a_wrong_post(tmp_path: Path) -> None:
    files, live, wanted = grown_log()
    ends: Counter[str] = Counter()
    for seed in range(FLIPS):
        broken = files | {"log.db": flipped(files["log.db"], seed)}
        end, bench = live_on(tmp_path / str(seed), broken, live)
        if bench is not None:
            if bench.parts.store._damage:
                assert "the post log is damaged" in {notice.subject for notice in bench.told.notices}, seed
            done = {marker for marker, _ in live}
            sent = Counter(body.partition(" ")[0] for body in bench.x.bodies)
            assert all(n == 1 for n in sent.values()), (seed, sent)
            assert not done & set(sent), f"seed {seed}: sent again"
            if set(bench.x.bodies) - wanted:
                # SQLite keeps no checksum: a letter that turned into another one in a title is a title to everybody.
                end = "a word changed"
            bench.parts.store.close()
        ends[end] += 1
        shutil.rmtree(tmp_path / str(seed))
    print(f"\n{FLIPS} page flips: {dict(ends)}")  # noqa: T201
    assert ends["refused"] > FLIPS / 4
    assert ends["a word changed"] <= FLIPS / 50
