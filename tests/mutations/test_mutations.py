"""Keeps the table alive: each mutation still fits the product once, and its tests exist. Whether they notice is
``python -m tests.mutations``.
"""

import ast
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from tests.mutations.mutation import Mutation, MutationError
from tests.mutations.table import EVERY, RULES
from tests.mutations.trial import ROOT

LAWS = {f"law {number}" for number in range(1, 11)}


@cache
def _names(file: Path) -> set[str]:
    """Give the functions and classes of a file, those inside its classes included."""
    if not file.is_file():
        return set()
    kinds = (ast.FunctionDef, ast.ClassDef)
    return {node.name for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))) if isinstance(node, kinds)}


def _missing(node: str) -> bool:
    """Say whether a node id names nothing; values of parameters are left to pytest."""
    file, *names = node.partition("[")[0].split("::")
    path = ROOT / file
    # What a class inherits stands in the suite beside it. Not imported: that alone would take seconds.
    known = _names(path) | (_names(path.with_name("suite.py")) if len(names) > 1 else set())
    return not names or not path.is_file() or not set(names) <= known


def test_every_mutation_fits_once_and_is_python(tmp_path: Path) -> None:
    wrong = []
    for number, mutation in enumerate(EVERY):
        try:
            changed = mutation.mutated(mutation.path(ROOT).read_text(encoding="utf-8"))
        except MutationError as error:
            wrong.append(str(error))
        else:
            (tmp_path / f"{number}.py").write_text(changed, encoding="utf-8")
    assert wrong == []
    # A mutation that uses an undefined name would be caught by its own crash.
    ruff: list[str] = [
        sys.executable,
        "-m",
        "ruff",
        "check",
        "--isolated",
        "--no-cache",
        "--select=F821,F822,F823",
        "--quiet",
        str(tmp_path),
    ]
    checked = subprocess.run(ruff, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout


def test_every_test_exists() -> None:
    assert {test for mutation in EVERY for test in mutation.tests if _missing(test)} == set()
    assert _missing("tests/unit/test_house.py::test_that_is_not_there")
    assert _missing("tests/unit/test_nothing.py::test_x")


def test_every_rule_and_every_law_is_switched_off() -> None:
    rules = {mutation.rule for mutation in EVERY}
    named = {rule for rule in rules if not re.fullmatch(r"[CFTX]\d\d", rule)}
    looks = {"picture", "card", "preflight", "lead", "lint", "golden", "backtest"}
    assert named == set(RULES) | LAWS | looks | {"naive", "halt", "stabilise", "undo", "follow-up", "preview"}
    assert rules >= {f"F{number:02}" for number in (1, 5, 6, 7, 8, 9, 10, 11, 16)}
    said = [(mutation.rule, mutation.off) for mutation in EVERY]
    assert len(set(said)) == len(said)
    assert all(mutation.tests and mutation.old != mutation.new for mutation in EVERY)


@pytest.mark.parametrize(
    ("old", "new", "match"), [("a", "b", "2 times"), ("z", "", "0 times"), ("a = 1", "a =", "inva")]
)
def test_a_mutation_that_does_not_fit_is_an_error(old: str, new: str, match: str) -> None:
    mutation = Mutation(rule="R1", file="x.py", off="x", old=old, new=new, tests=("t",))
    with pytest.raises(MutationError, match=match):
        mutation.mutated("a = 1\nb = a\n")
