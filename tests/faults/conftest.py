"""SQLite's file layer with faults, where this Python allows it."""

from collections.abc import Iterator

import pytest

from tests.faults import vfs


@pytest.fixture
def shim() -> Iterator[vfs.Shim]:
    made = vfs.shim()
    if made is None:
        pytest.skip("SQLite is linked into this Python without its names: its file layer cannot be replaced")
    made.register()
    yield made
    made.plan = None
    made.unregister()
