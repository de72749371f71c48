"""The benchmarks run: every row once, small. What they find is not held to a goal here."""

import json
import sys
from pathlib import Path

import pytest

from tests.benchmarks import __main__ as bench
from tests.benchmarks import ground, material
from tests.benchmarks.costs import cost
from tests.benchmarks.figures import Figure, document, lines


@pytest.mark.slow
@pytest.mark.parametrize("row", bench.ROWS)
def test_a_row_runs_small(row: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert bench.main([row, "--quick", "--json", "--sources", "40", "--folder", str(tmp_path)]) == 0
    said = capsys.readouterr()
    found = json.loads(said.out)["figures"]
    assert found
    assert all(one["what"] and (one["value"] >= 0) for one in found)
    if not ground.PEERS.exists():
        assert "ours is measured alone" in said.err
    assert list(tmp_path.iterdir()) == []


def test_a_missed_goal_is_shown_and_fails_a_script() -> None:
    slow = Figure(row="1", what="all 304", value=7.9, least=8)
    lean = Figure(row="2", what="memory", value=79, unit="MB", most=80)
    assert (slow.met, lean.met) == (False, True)
    text = "\n".join(lines([slow, lean]))
    assert "MISSED" in text
    assert "<= 80 MB" in text
    assert document([slow, lean])["met"] is False
    assert document([lean])["met"] is True


def test_without_the_shared_documents_our_own_are_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYNDICATOR_SHARED", str(tmp_path / "nowhere"))
    assert material.shared() is None
    assert len(material.usual_feeds(tmp_path)) == len(material.all_feeds(tmp_path)) == 10
    assert len(material.pages(tmp_path)) == 20


def test_the_cost_of_a_process_holds_its_children() -> None:
    burn = "sum(range(10**6))"
    alone = cost(sys.executable, "-c", "pass")
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', 'for _ in range(20): {burn}'])"
    assert cost(sys.executable, "-c", parent).less(alone).cpu > 0.1
