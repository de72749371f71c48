"""A long life of the post log (S12): the work on what is due costs the same, however much was published before."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from syndicator.service.deliver import deliver
from syndicator.service.plan import plan
from syndicator.service.reconcile import reconcile
from syndicator.store import Store
from tests import values
from tests.failover import growth
from tests.postgres import Server
from tests.service.bench import make_bench

OLD = 4_000


@pytest.fixture(params=["sqlite", "postgres"])
def grown(request: pytest.FixtureRequest, tmp_path: Path, postgres_server: Server) -> Iterator[Store]:
    url = f"sqlite:///{tmp_path / 'grown.db'}" if request.param == "sqlite" else postgres_server.migrated()
    store = Store.open(url, create=True)
    growth.fill(store, OLD)
    yield store
    store.close()
    if request.param == "postgres":
        postgres_server.drop(url)


def test_s12_no_work_reads_what_is_done(grown: Store, tmp_path: Path) -> None:
    bench = make_bench(tmp_path, store=grown, channels=(values.channel(), values.channel("page", "facebook")))
    said: list[growth.Statement] = []
    for n in range(1, 4):
        bench.queue(n=n, channel=("x", "page")[n % 2])
    bench.x.publishing.append("lost")
    deliver(bench.parts)  # the first check after a start may read more
    with growth.overheard(said):
        for _ in range(4):
            deliver(bench.parts)
            reconcile(bench.parts)
            plan(bench.parts)
            bench.clock.tick(timedelta(minutes=1))
    assert len(said) > 40
    assert any("ix_posts" in _plan(grown, statement) for statement in said), "the plans name no index of ours"
    assert not growth.full_scans(grown, said)


def _plan(store: Store, statement: growth.Statement) -> str:
    explain = "EXPLAIN " if store.dialect == "postgresql" else "EXPLAIN QUERY PLAN "
    with store.read() as conn:
        return "\n".join(str(row[-1]) for row in conn.exec_driver_sql(explain + statement[0], statement[1]).all())


def test_s12_the_check_would_notice(grown: Store) -> None:
    said: list[growth.Statement] = []
    with growth.overheard(said), grown.read() as conn:
        conn.exec_driver_sql("SELECT count(*) FROM posts WHERE note = 'no index knows this'")
    assert growth.full_scans(grown, said)


def test_s12_a_claim_is_quick(grown: Store) -> None:
    asked, claimed = growth.claims(grown, 40)
    assert asked.half < 20, asked
    assert claimed.half < 40, claimed
