"""The bench, fresh for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.service.bench import Bench, make_bench


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = make_bench(tmp_path)
    yield made
    made.parts.store.close()
