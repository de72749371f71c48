"""Nothing in an audit file, nor in the post log behind it, can be changed unnoticed; no change is called none."""

import io
import random
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from syndicator.service import admin, audit
from syndicator.service.audit_check import lines_of, verify
from syndicator.service.chain import Broken
from syndicator.service.deliver import deliver
from syndicator.store import trust
from tests.service.audit_desk import busy, change, check, export, file, lines
from tests.service.bench import Bench

__all__ = ["busy", "file"]

MINUTE = timedelta(minutes=1)
ROUNDS = 500


def spoil(data: bytes, dice: random.Random) -> tuple[str, bytes]:
    """Change an audit file in one of the ways in which somebody might; give how, and what it is now."""
    rows = data.splitlines(keepends=True)
    how = dice.choice(("byte", "byte", "delete", "swap", "insert", "middle", "bit"))
    if how in ("byte", "bit"):
        place = dice.randrange(len(data))
        new = data[place] ^ (1 << dice.randrange(8)) if how == "bit" else dice.choice([*range(256)])
        return how, data[:place] + bytes([new]) + data[place + 1 :]
    first = dice.randrange(len(rows) - 1)
    if how == "delete":
        del rows[first]  # never the last one: see the next test
    elif how == "swap":
        other = dice.choice([number for number in range(len(rows)) if number != first])
        rows[first], rows[other] = rows[other], rows[first]
    elif how == "insert":
        rows.insert(first, dice.choice(rows))
    else:
        cut = dice.randrange(first + 1, len(rows))
        rows = rows[:first] + rows[cut:]
    return how, b"".join(rows)


def test_every_change_inside_the_file_is_found_without_a_database(busy: Bench, file: Path, tmp_path: Path) -> None:
    export(busy, file)
    data, dice, tried = file.read_bytes(), random.Random(20261122), Counter[str]()
    spoiled = tmp_path / "spoiled.jsonl"
    while tried.total() < ROUNDS:
        how, now = spoil(data, dice)
        if now == data:
            continue
        spoiled.write_bytes(now)
        found = verify(spoiled)
        assert not found.holds, f"{how} was not found"
        assert found.broken
        tried[how] += 1
    assert len(tried) == 6
    assert verify(file).holds


def test_which_line_is_told(busy: Bench, file: Path) -> None:
    export(busy, file)
    rows = file.read_bytes().splitlines(keepends=True)
    for spoiled, line, why in (
        ([*rows[:4], rows[4].replace(b'"at":"2026', b'"at":"2025'), *rows[5:]], 5, "was changed"),
        ([*rows[:4], *rows[5:]], 5, "missing"),
        ([*rows[:4], rows[5], rows[4], *rows[6:]], 5, "missing"),
        ([*rows[:5], rows[4], *rows[5:]], 6, "added or moved"),
    ):
        file.write_bytes(b"".join(spoiled))
        found = verify(file)
        assert found.line == line
        assert why in found.broken


def test_an_end_that_was_cut_off_is_found_by_the_mark_and_not_without(busy: Bench, file: Path, tmp_path: Path) -> None:
    export(busy, file)
    rows = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(b"".join(rows[:-3]))
    assert verify(file).holds, "documented: nobody can see it from the file alone"
    found = check(busy, file)
    assert (found.holds, found.line) == (False, len(rows) - 2)
    with pytest.raises(Broken, match="cut off"):
        export(busy, file)
    elsewhere = verify(file, busy.parts.store, state_dir=tmp_path / "another machine")
    assert elsewhere.holds
    assert elsewhere.not_exported == 3


def test_a_chain_that_was_made_anew_is_found(busy: Bench, file: Path) -> None:
    """Whoever has the file can compute every hash again; the mark and the post log tell."""
    export(busy, file)
    facts = lines(file)
    facts[5]["node"] = "somebody/else"
    stream = io.BytesIO()
    writer = audit.Writer(stream)
    for fact in facts:
        writer.write({name: value for name, value in fact.items() if name not in ("seq", "prev", "sha256")})
    file.write_bytes(stream.getvalue())
    assert verify(file).holds
    assert "made anew" in check(busy, file).broken
    found = verify(file, busy.parts.store)
    assert (found.missing, found.not_exported) == (1, 1)
    assert "line 6" in found.named[0]


@pytest.mark.parametrize(
    ("statement", "facts"),
    [
        ("UPDATE events SET reason = 'it was like this' WHERE id = 2", 1),
        ("DELETE FROM events WHERE id = 3", 1),
        ("DELETE FROM look_ups", 2),
        ("UPDATE attempts SET http_status = 200 WHERE result = 'refused'", 1),
        ("UPDATE attempts SET payload_sha256 = 'f' WHERE n = 1", 5),
        ("UPDATE posts SET remote_url = 'https://x.example/other' WHERE remote_id LIKE '1-%'", 1),
    ],
)  # fmt: skip
def test_a_post_log_that_was_changed_is_found(busy: Bench, file: Path, statement: str, facts: int) -> None:
    export(busy, file)
    change(busy, statement)
    found = check(busy, file)
    assert not found.holds
    assert found.missing >= facts
    assert any("does not say so" in line for line in lines_of(found))


def test_what_is_not_exported_yet_is_counted_and_no_fault(busy: Bench, file: Path) -> None:
    export(busy, file)
    busy.queue(n=30)
    admin.resume(busy.parts, busy.parts.channels["x"])
    found = check(busy, file)
    assert (found.holds, found.compared, found.not_exported) == (True, True, 2)


def test_r14_what_a_roll_back_took_is_told_and_no_fault(bench: Bench, file: Path) -> None:
    bench.queue()
    bench.clock.tick(MINUTE)
    since = bench.clock.now()
    deliver(bench.parts)
    export(bench, file)
    change(bench, "DELETE FROM events WHERE event <> 'plan'")
    change(bench, "DELETE FROM attempts")
    change(bench, "UPDATE posts SET state = 'queued', remote_id = NULL, remote_url = NULL, published_at = NULL")
    assert check(bench, file).missing == 6
    bench.clock.tick(MINUTE)
    with bench.parts.store.write() as conn:
        assert trust.roll_back(conn, trust.get(conn), since=since, at=bench.clock.now(), timeline=None)
    found = check(bench, file)
    assert (found.holds, found.missing, found.lost) == (True, 0, 6)
    bench.x.live.clear()
    deliver(bench.parts)  # ids of rows come again: they must not be taken for the old ones
    assert export(bench, file).new > 0
    assert 2 in Counter(line["id"] for line in lines(file) if line["kind"] == "move").values()
    assert check(bench, file).holds
