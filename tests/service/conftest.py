"""The bench, fresh for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from syndicator.sandbox import Sandbox
from tests.service.bench import Bench, make_bench


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = make_bench(tmp_path)
    yield made
    made.parts.store.close()


@pytest.fixture(scope="session")
def running_sandbox() -> Iterator[Sandbox]:
    with Sandbox(port=0, state_file=None) as running:
        yield running


@pytest.fixture
def sandbox(running_sandbox: Sandbox) -> Iterator[Sandbox]:
    running_sandbox.state.reset()
    yield running_sandbox
    running_sandbox.state.reset()
