"""Servers for this folder: the suite's shared one behind a relay, and machines of our own that may be killed."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from syndicator import boundary
from tests.failover import cluster
from tests.failover.relay import Relay, relay
from tests.postgres import Server, postgres_server

__all__ = ["postgres_server"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep this folder on one worker: its servers are dear, and it needs the processor for itself."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.postgres)
            item.add_marker(pytest.mark.xdist_group("failover"))


@pytest.fixture
def hooked() -> Iterator[Callable[..., None]]:
    """Install a boundary hook for this test."""
    yield boundary.install
    boundary.install(None)


@pytest.fixture
def relayed(postgres_server: Server) -> Iterator[Callable[..., tuple[Relay, str]]]:
    """Make relays before the shared server: gives the relay and the URL of an empty post log behind it."""
    with ExitStack() as stack:

        def make(*, pooled: bool = False) -> tuple[Relay, str]:
            direct = urlsplit(postgres_server.migrated())
            stack.callback(postgres_server.drop, direct.geturl())
            made = stack.enter_context(relay(Path(parse_qs(direct.query)["host"][0]), pooled=pooled))
            return made, made.url(direct.path.strip("/"))

        yield make


@pytest.fixture(scope="session")
def template() -> Iterator[cluster.Template]:
    with cluster.template() as made:
        yield made
