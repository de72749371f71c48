"""The import contracts hold, and each one breaks when it is violated: a check that cannot fail proves nothing."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

VIOLATIONS = {
    "a layer reaches up": ("syndicator/store/engine.py", "import syndicator.service.clock", "layers below its own"),
    "siblings know each other": ("syndicator/sources/feed.py", "import syndicator.store.media", "layers below its own"),
    "a new module stands outside the layers": ("syndicator/stranger.py", "import syndicator.model", "layers below"),
    "the core reads a clock": ("syndicator/core/timing.py", "import time", "reach no network"),
    "the core uses SQL": ("syndicator/core/plan.py", "import sqlalchemy", "reach no network"),
    "one platform uses another": (
        "syndicator/platforms/facebook.py",
        "import syndicator.platforms.twitter",
        "Platforms are independent",
    ),
    "the sandbox borrows the counter": (
        "syndicator/sandbox/x/__init__.py",
        "import syndicator.core.text",
        "shares no code",
    ),
    "a service talks to the sandbox": (
        "syndicator/service/poll.py",
        "import syndicator.sandbox",
        "Nothing but the demo command",
    ),
}


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    program = "import sys; from importlinter.cli import lint_imports_command; sys.exit(lint_imports_command())"
    return subprocess.run(
        [sys.executable, "-c", program, "--no-cache"],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(folder), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "syndicator", tmp_path / "syndicator", ignore=shutil.ignore_patterns("__pycache__", "site"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_the_contracts_hold(copy: Path) -> None:
    run = lint(copy)
    assert run.returncode == 0, run.stdout + run.stderr


@pytest.mark.parametrize("name", VIOLATIONS)
def test_a_violation_breaks_its_contract(copy: Path, name: str) -> None:
    file, line, contract = VIOLATIONS[name]
    path = copy / file
    before = path.read_text(encoding="utf-8") if path.exists() else '"""New."""\n'
    path.write_text(f"{before}\n{line}\n", encoding="utf-8")
    run = lint(copy)
    assert run.returncode != 0, run.stdout
    assert any("BROKEN" in text and contract in text for text in run.stdout.splitlines()), run.stdout + run.stderr
