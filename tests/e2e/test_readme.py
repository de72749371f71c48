"""The README is true: its words, its diagram, its commands, its promises of speed."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from syndicator import model
from syndicator.cli import COMMANDS
from syndicator.core.lifecycle import Event, diagram
from syndicator.model import State
from tests.e2e.project import Project

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")

NAMED_ELSEWHERE = {
    "Adapter": "syndicator.platforms:Adapter",
    "Platform": "syndicator.platforms:Platform",
    "Outbox": "syndicator.core.lifecycle:FINAL",  # a view: the posts that are not final
    "Post log": "syndicator.store.engine:Store",
    "Compose": "syndicator.service.compose:Composer",
    "Stage": "syndicator.model:Staged",
    "Publish": "syndicator.model:Receipt",
    "Fence": "syndicator.store.posts:fence",
    "Marker": "syndicator.core.identity:MARKER_LENGTH",
    "Look-up": "syndicator.model:LookUp",
    "Sandbox": "syndicator.sandbox:Sandbox",
    "poll": "syndicator.service.poll:poll",
    "plan": "syndicator.service.plan:plan",
    "deliver": "syndicator.service.deliver:deliver",
    "reconcile": "syndicator.service.reconcile:reconcile",
}


def words() -> list[str]:
    """Give the words of the glossary."""
    table = README.split("## Words")[1].split("## ")[0]
    first = [row.split("|")[1].strip() for row in table.splitlines() if row.startswith("| ") and "---" not in row][1:]
    return [word.strip("* ") for cell in first for word in re.split(r" / |, ", cell)]


@pytest.mark.parametrize("word", words())
def test_each_word_of_the_glossary_names_something(word: str) -> None:
    from importlib import import_module

    if word in NAMED_ELSEWHERE:
        module, _, name = NAMED_ELSEWHERE[word].partition(":")
        assert hasattr(import_module(module), name)
    else:
        assert word.lower() in {*State, *Event, *COMMANDS} or hasattr(model, word)


def test_the_diagram_is_the_table() -> None:
    assert diagram() in README


def test_every_command_is_documented_and_every_documented_command_exists() -> None:
    table = README.split("## Commands")[1].split("## Words")[0]
    named = set(re.findall(r"`(?:syndicator )?([a-z]+)[ `]", table.split("Every listing")[0]))
    assert set(COMMANDS) <= named
    called = set(re.findall(r"syndicator ([a-z]+)(?=[ `\n-])", README))
    assert called - {"and", "reads", "does", "is", "prepares"} <= set(COMMANDS) | {"init"}


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_teaches(command: str) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "syndicator", command, "--help"], capture_output=True, text=True, timeout=60, check=True
    )
    assert len(run.stdout.splitlines()) > 4


SENDING = {"tweepy", "pyfacebook", "googleapiclient", "requests", "aiohttp", "apscheduler", "lxml", "PIL", "babel"}
SHOWING = {"jinja2", "rich", "structlog", "alembic"}


def loaded(*args: str, folder: Path = ROOT, env: dict[str, str] | None = None) -> set[str]:
    """Call syndicator in a fresh interpreter; give the names of all modules that it has loaded then."""
    program = (
        "import sys\nfrom syndicator.cli import cli\n"
        f"try:\n    cli.main({list(args)}, standalone_mode=False)\nexcept SystemExit:\n    pass\n"
        "print('LOADED', *sys.modules)\n"
    )
    order = [sys.executable, "-c", program]
    run = subprocess.run(order, cwd=folder, env=env, capture_output=True, text=True, timeout=60, check=True)
    first, *names = run.stdout.splitlines()[-1].split()
    assert first == "LOADED"
    return set(names)


def test_help_imports_no_sdk_and_nothing_heavy() -> None:
    assert loaded("--help") & {*SENDING, *SHOWING, "sqlalchemy", "pydantic"} == set()


def test_a_listing_loads_nothing_that_composes_or_sends(project: Project) -> None:
    project.run("once")
    names = loaded("log", folder=project.folder, env=project.env)
    assert "sqlalchemy" in names
    assert names & {*SENDING, *SHOWING} == set()


def test_the_links_of_the_house_are_there() -> None:
    for name in ("CONTRIBUTING.md", "CHANGELOG.md", "LICENSE", "config/syndicator.toml", "config/syndicator.service"):
        assert (ROOT / name).is_file()
