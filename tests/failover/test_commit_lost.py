"""The connection is lost during COMMIT (R3, D24): before the server heard of it, or after it had done it.

Nobody can tell the two apart, so nothing may be sent on a guess; the rows are read again, and in the end the post is
live once and on record.
"""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from syndicator.boundary import Boundary
from syndicator.model import State
from syndicator.service.deliver import deliver
from syndicator.service.reconcile import reconcile
from syndicator.store import Store
from tests import values
from tests.failover.relay import Cut, Relay
from tests.service.bench import Bench, make_bench

BEFORE_THE_COMMIT_OF = {
    "claim": Boundary.CLAIM_WRITTEN,
    "staging": Boundary.STAGED,
    "fence": Boundary.STAGE_RECORDED,
    "receipt": Boundary.RECORD_WRITTEN,
    "look-up": Boundary.LOOKED_UP,
}
"""What is reached last before each COMMIT of a delivery."""


@pytest.fixture
def behind(relayed: Callable[..., tuple[Relay, str]], tmp_path: Path) -> Iterator[tuple[Relay, Bench]]:
    relay, url = relayed()
    store = Store.open(url)
    yield relay, make_bench(tmp_path, store=store, channels=(values.channel(resend=False),))
    store.close()


def work(bench: Bench, rounds: int = 12) -> None:
    for _ in range(rounds):
        deliver(bench.parts)
        reconcile(bench.parts)
        bench.clock.tick(timedelta(minutes=1))


@pytest.mark.parametrize("when", [*Cut])
@pytest.mark.parametrize("commit", [*BEFORE_THE_COMMIT_OF])
def test_d24_a_commit_of_unknown_fate_sends_nothing_on_a_guess(
    behind: tuple[Relay, Bench], hooked: Callable[..., None], commit: str, when: Cut
) -> None:
    relay, bench = behind
    post = bench.queue()
    if commit == "look-up":
        bench.x.publishing.append("lost")  # live, and the answer lost: only a look-up can tell

    def cut(boundary: Boundary) -> None:
        if boundary is BEFORE_THE_COMMIT_OF[commit]:
            hooked(None)
            relay.cut_a_commit(when)

    hooked(cut)
    deliver(bench.parts)
    # A claim that is on record after all is gone on with: behind it the fence still had to be committed.
    if commit in {"staging", "fence"} or (commit, when) == ("claim", Cut.BEFORE):
        assert bench.x.bodies == []
    work(bench)
    assert relay.cuts == {when: 1}
    assert bench.row(post).state is State.PUBLISHED, bench.row(post)
    assert len(bench.x.live) == len(bench.x.bodies) == 1
