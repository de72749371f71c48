"""Synchronous replication without its standby (D23), and a network in two halves (D39).

A commit that no standby has is not a commit: PostgreSQL waits, and if somebody ends the wait it only warns. Nothing
may go out on it.
"""

import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from syndicator.boundary import Boundary
from syndicator.model import State
from syndicator.service.deliver import deliver
from syndicator.service.reconcile import reconcile
from syndicator.store import CommitUnknown, Store
from tests import values
from tests.failover.cluster import Cluster, Template, cluster
from tests.service.bench import Bench, make_bench

CANCEL = "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'"


@pytest.fixture
def pair(template: Template) -> Iterator[Cluster]:
    with cluster(template, synchronous=True) as made:
        yield made


def bench_on(pair: Cluster, folder: Path) -> Bench:
    return make_bench(folder, store=Store.open(pair.primary.url), channels=(values.channel(),))


def work(bench: Bench, rounds: int = 8) -> None:
    for _ in range(rounds):
        deliver(bench.parts)
        reconcile(bench.parts)
        bench.clock.tick(timedelta(minutes=1))


class Canceller(threading.Thread):
    """Somebody loses patience with commits that hang."""

    def __init__(self, pair: Cluster) -> None:
        super().__init__(daemon=True)
        self._pair = pair
        self._over = threading.Event()
        self.cancelled = 0

    def run(self) -> None:
        while not self._over.wait(0.05):
            self.cancelled += len(self._pair.primary.run(CANCEL))

    def end(self) -> None:
        self._over.set()
        self.join()


@pytest.mark.parametrize("lost_at", [Boundary.BEFORE_CLAIM, Boundary.STAGE_RECORDED])
def test_d23_nothing_goes_out_on_a_commit_that_no_standby_has(
    pair: Cluster, tmp_path: Path, hooked: Callable[..., None], lost_at: Boundary
) -> None:
    bench = bench_on(pair, tmp_path)
    post = bench.queue()
    canceller = Canceller(pair)

    def lose(boundary: Boundary) -> None:
        if boundary is lost_at:
            hooked(None)
            pair.hold()
            canceller.start()

    hooked(lose)
    deliver(bench.parts)
    assert bench.x.bodies == []
    for _ in range(3):  # nor later, while the standby is away
        bench.clock.tick(timedelta(minutes=3))
        reconcile(bench.parts)
        deliver(bench.parts)
        assert bench.x.bodies == []
    canceller.end()
    assert canceller.cancelled
    pair.let_go()
    pair.primary.run("SELECT 1")
    work(bench)
    assert (bench.row(post).state, len(bench.x.bodies)) == (State.PUBLISHED, 1)
    bench.parts.store.close()


def test_d23_nobody_waits_for_ever_for_a_standby(pair: Cluster) -> None:
    """PostgreSQL's own statement_timeout does not count during COMMIT: left alone, it would wait until it is told."""
    pair.primary.run("ALTER DATABASE postgres SET statement_timeout = '100ms'")
    store = Store.open(pair.primary.url, busy_timeout=timedelta(seconds=0.5))
    pair.hold()
    began = time.monotonic()
    with pytest.raises(CommitUnknown, match="synchronous replication"), store.write() as conn:
        conn.exec_driver_sql("INSERT INTO sources (name) VALUES ('news')")
    assert 0.4 < time.monotonic() - began < 5
    pair.let_go()
    with store.write() as conn:  # the cancel hit nobody else
        conn.exec_driver_sql("UPDATE sources SET failures = 1")
    store.close()


def test_d39_the_isolated_half_cannot_send_with_synchronous_replication(
    pair: Cluster, tmp_path: Path, hooked: Callable[..., None]
) -> None:
    """The network falls in two halves; the standby is promoted on its side. The old primary's commits hang."""
    bench = bench_on(pair, tmp_path)
    bench.queue()
    pair.hold()
    pair.split()
    worker = threading.Thread(target=deliver, args=(bench.parts,), daemon=True)
    worker.start()
    worker.join(1.0)
    assert worker.is_alive(), "the claim must hang"
    assert bench.x.bodies == []
    assert pair.primary.run("SELECT state FROM posts") == [("queued",)]
    assert pair.standby.run("SELECT pg_is_in_recovery()") == [(False,)]
    # Whoever ends the wait has no commit all the same, and the next one waits again.
    pair.primary.run(CANCEL)
    worker.join(1.0)
    assert bench.x.bodies == []
    pair.primary.kill()
    worker.join(10)
    assert not worker.is_alive()
    assert bench.x.bodies == []
    bench.parts.store.close()
