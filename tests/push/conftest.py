"""A sandbox with a hub, and a desk, for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from syndicator.sandbox import Sandbox
from tests.push.desk import Desk, make_desk


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(articles=5) as made:
        yield made


@pytest.fixture
def desk(tmp_path: Path, sandbox: Sandbox) -> Iterator[Desk]:
    made = make_desk(tmp_path, sandbox)
    yield made
    made.parts.store.close()
