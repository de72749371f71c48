"""A pooler in transaction mode between us and PostgreSQL (S11): every transaction on another backend, reset before it.

So nothing may rest on the session: no setting, no prepared statement, no advisory lock, no temporary table.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from syndicator.errors import StoreError
from syndicator.fleet import jobs
from syndicator.model import Post, State
from syndicator.service.deliver import deliver
from syndicator.service.reconcile import reconcile
from syndicator.store import Store
from tests import values
from tests.failover.relay import Relay
from tests.service.bench import make_bench
from tests.store.samples import claim, in_state, put


def test_s11_whole_deliveries_through_a_pooler(relayed: Callable[..., tuple[Relay, str]], tmp_path: Path) -> None:
    relay, url = relayed(pooled=True)
    store = Store.open(url, create=True)
    bench = make_bench(tmp_path, store=store, channels=(values.channel(), values.channel("page", "facebook")))
    for n in range(1, 11):
        bench.queue(n=n, channel=("x", "page")[n % 2])
    bench.x.publishing.extend(["lost", "ok", "gone"])
    for _ in range(40):
        deliver(bench.parts)
        reconcile(bench.parts)
        bench.clock.tick(timedelta(minutes=5))
    states = bench.states()
    assert sorted(states) == sorted([State.PUBLISHED] * 9 + [State.ATTENTION]), states
    store.verify()
    store.close()
    # It was a pooler indeed: transactions went from backend to backend.
    assert relay.transactions > 200
    assert relay.hops > relay.transactions / 2


def test_s11_claims_race_through_a_pooler(relayed: Callable[..., tuple[Relay, str]]) -> None:
    relay, url = relayed(pooled=True)
    stores = [Store.open(url) for _ in range(4)]
    rows = [in_state(State.QUEUED, n, channel=f"x{n}") for n in range(1, 26)]
    with stores[0].write() as conn:
        put(conn, *rows)

    def run(number: int) -> list[Post]:
        won = []
        for row in rows:
            with stores[number].write() as conn:
                claimed = claim(conn, row, token=f"{number} {row.id}")
            won += [claimed] if claimed else []
        return won

    with ThreadPoolExecutor(len(stores)) as pool:
        won = [post for each in pool.map(run, range(len(stores))) for post in each]
    assert sorted(post.id for post in won) == sorted(row.id for row in rows)
    for store in stores:
        store.close()
    assert relay.hops


def test_a_fleet_behind_such_a_pooler_says_so(relayed: Callable[..., tuple[Relay, str]]) -> None:
    """Its job queue listens and has a search path of its own: both are lost. It must not look as if it worked."""
    relay, url = relayed(pooled=True)
    store = Store.open(url)
    jobs.prepare(store)
    bell = jobs.Bell(url)
    bell.open()
    try:
        with pytest.raises(StoreError, match="procrastinate"):
            [bell.ringing(now=0, believed=1) for _ in range(3)]
    finally:
        bell.close()
        store.close()
    assert relay.transactions
