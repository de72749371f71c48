"""One nursery for each kind of database, started when first asked for."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.crash.databases import Databases, roomy
from tests.crash.harness import Place
from tests.crash.nursery import Nursery
from tests.crash.scene import Scene, scene
from tests.postgres import Server


@pytest.fixture(scope="package")
def nursery() -> Iterator[Nursery]:
    with Nursery() as running:
        yield running


@pytest.fixture
def sqlite_place(nursery: Nursery, tmp_path: Path) -> Place:
    return Place(nursery=nursery, folder=tmp_path)


@pytest.fixture(scope="package")
def server() -> Iterator[Server]:
    running = roomy()
    yield running
    running.stop()


@pytest.fixture(scope="package")
def databases(server: Server) -> Databases:
    return Databases(server)


@pytest.fixture(scope="package")
def postgres_nursery(server: Server) -> Iterator[Nursery]:
    with Nursery(warm=server.empty()) as running:
        yield running


@pytest.fixture
def postgres_place(postgres_nursery: Nursery, databases: Databases, tmp_path: Path) -> Place:
    return Place(nursery=postgres_nursery, folder=tmp_path, postgres=databases)


@pytest.fixture
def newsroom(tmp_path: Path) -> Iterator[Scene]:
    with scene(tmp_path / "newsroom", database=None) as here:
        here.configure(page="two_phase")
        yield here
