"""One sandbox for the contract tests, emptied before each of them."""

from collections.abc import Iterator

import pytest

from syndicator.sandbox import Sandbox


@pytest.fixture(scope="session")
def running_sandbox() -> Iterator[Sandbox]:
    with Sandbox(port=0, state_file=None) as running:
        yield running


@pytest.fixture
def sandbox(running_sandbox: Sandbox) -> Iterator[Sandbox]:
    running_sandbox.state.reset()
    yield running_sandbox
    running_sandbox.state.reset()
