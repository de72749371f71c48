"""Tries a mutation: copy the tree, switch the rule off, run exactly the named tests there, say what they noticed."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.mutations.mutation import Mutation, MutationError

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("syndicator", "tests", "templates", "config")
LONGEST = 150
"""Seconds after which a run counts as hanging, which is no red test."""
CRASHES = ("NameError", "UnboundLocalError", "ImportError", "ModuleNotFoundError", "SyntaxError", "IndentationError")
"""A test that fails on one of these tripped over the mutation's own mistake."""
_FAILED = re.compile(r"^FAILED (\S+?::.*?)(?: - (.*))?$", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the tests said about one mutation; ``problem`` is empty when it was caught."""

    mutation: Mutation
    by: str = ""
    why: str = ""
    """What that test said."""
    problem: str = ""
    seconds: float = 0.0


def copy(source: Path, target: Path) -> None:
    """Copy what the tests need, compiled files included: the mutated one is compiled anew."""
    _copy(source, target, shutil.copy2)


def _copy(source: Path, target: Path, act: Callable[..., object]) -> None:
    for folder in FOLDERS:
        shutil.copytree(source / folder, target / folder, copy_function=act)
    act(source / "pyproject.toml", target / "pyproject.toml")


def run(tree: Path, tests: Sequence[str]) -> tuple[int, str]:
    """Run tests in a copy; give pytest's exit code and words; -1 when it hangs."""
    told = {"PYTHONPATH": str(tree), "COLUMNS": "300", "PYTHONDONTWRITEBYTECODE": ""}
    shared = {"SYNDICATOR_SHARED": os.environ.get("SYNDICATOR_SHARED") or str(ROOT.parent / "shared")}
    command = [sys.executable, "-m", "pytest", "-x", "-q", "--tb=short", "-p", "no:cacheprovider"]
    process = subprocess.Popen(
        [*command, "-p", "tests.mutations.witness", f"--basetemp={tree / 'scratch'}", *tests],
        cwd=tree,
        env=os.environ | told | shared,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        words, _ = process.communicate(timeout=LONGEST)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        words, _ = process.communicate()
        return -1, words
    return process.returncode, words


def sound(tree: Path, tests: Sequence[str]) -> str:
    """Say what is wrong with the tests before anything is switched off; empty when all pass and none is skipped."""
    code, words = run(tree, tests)
    if code == 0 and not re.search(r"^(SKIPPED|XFAIL|XPASS)", words, re.MULTILINE):
        return ""
    return f"pytest ended with {code} on the product as it is:\n{words[-3000:]}"


def attempt(mutation: Mutation, *, source: Path, folder: Path) -> Verdict:
    """Switch one rule off in a copy of ``source`` and let its tests look."""
    began = time.monotonic()
    # Links: nothing writes into these files, the mutated one is made anew, and Python replaces what it compiles.
    _copy(source, folder, os.link)
    path = mutation.path(folder)
    try:
        changed = mutation.mutated(path.read_text(encoding="utf-8"))
        path.unlink()
        path.write_text(changed, encoding="utf-8")
    except MutationError as error:
        return Verdict(mutation=mutation, problem=str(error))
    for compiled in (path.parent / "__pycache__").glob(f"{path.stem}.*.pyc"):
        compiled.unlink()
    code, words = run(folder, mutation.tests)
    shutil.rmtree(folder)
    by, why, problem = _read(code, words)
    return Verdict(mutation=mutation, by=by, why=why, problem=problem, seconds=time.monotonic() - began)


def _read(code: int, words: str) -> tuple[str, str, str]:
    """Give the test that failed, what it said, and why that does not count, if it does not."""
    if code == 0:
        return "", "", "SURVIVED: every test stayed green"
    failed = _FAILED.search(words)
    if code != 1 or failed is None:
        return "", "", f"no test failed, but pytest ended with {code}:\n{words[-1500:]}"
    test, why = failed[1], failed[2] or ""
    if why.startswith(CRASHES):
        return test, why, f"{test} tripped over the mutation itself: {why}"
    return test, why, ""
