"""Many processes want the same post (D14): one claim, one token, on both databases.

`python -m tests.failover races --races 10000 --processes 8` runs as many as the specification asks for.
"""

from pathlib import Path

import pytest

from syndicator.store import Store
from tests.failover import races
from tests.postgres import Server


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_d14_one_of_many_processes_gets_it(kind: str, tmp_path: Path, postgres_server: Server) -> None:
    url = f"sqlite:///{tmp_path / 'races.db'}" if kind == "sqlite" else postgres_server.migrated()
    Store.open(url, create=True).close()
    found = races.run(url, races=60, processes=3)
    assert not found.wrong, found
    assert found.lost == 120, found
    if kind == "postgres":
        postgres_server.drop(url)
