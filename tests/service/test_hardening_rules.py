"""Rules that a mutation showed to be without a test of their own."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, cast

from syndicator.errors import StoreError
from syndicator.model import State
from syndicator.service.deliver import deliver
from syndicator.store import Store
from tests.service.bench import Bench


class FullStore:
    """A post log whose disk is full at one commit."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.full = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    @contextmanager
    def write(self) -> Iterator[Any]:
        if self.full:
            self.full = False
            raise StoreError("the disk is full")
        with self._store.write() as conn:
            yield conn


def test_law_7_a_receipt_in_hand_waits_for_a_database_that_cannot_commit(bench: Bench) -> None:
    """D08: the post is live, and the commit that would say so fails."""
    post = bench.queue()
    store = FullStore(bench.parts.store)

    def fill_up() -> None:
        store.full = True

    bench.x.publishing.append(fill_up)
    deliver(replace(bench.parts, store=cast(Store, store)))
    row = bench.row(post)
    assert (row.state, [(post.id, row.remote_id)]) == (State.PUBLISHED, bench.x.live)
    assert bench.results(post) == ["published"]
