"""A sandbox and a project for each test."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from syndicator.sandbox import Sandbox
from tests.browser import browser
from tests.e2e.project import Project, make_project
from tests.postgres import postgres_server

__all__ = ["browser", "postgres_server"]


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(articles=5) as made:
        yield made


@pytest.fixture
def project(tmp_path: Path, sandbox: Sandbox) -> Iterator[Project]:
    env = {name: value for name, value in os.environ.items() if not name.startswith(("SYNDICATOR", "COVERAGE"))}
    made = make_project(tmp_path, sandbox, env=env)
    yield made
    made.end()
