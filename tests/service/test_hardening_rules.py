"""Rules that ``python -m tests.mutations`` showed to be without a test: switched off, everything stayed green."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

import pytest

from syndicator.core.lifecycle import Event
from syndicator.errors import StoreError
from syndicator.model import State
from syndicator.service.deliver import deliver
from syndicator.store import Store
from tests.service.bench import Bench
from tests.unit.test_settle import W, absent, doubtful, judge
from tests.values import NOW


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


def test_r9_a_doubt_is_on_record_as_unsettled(bench: Bench) -> None:
    post = bench.queue()
    assert post.clean
    bench.x.publishing.append("lost")
    deliver(bench.parts)
    assert (bench.row(post).state, bench.row(post).clean) == (State.UNKNOWN, False)


def test_r10_a_clock_of_ours_that_is_a_little_ahead_does_not_end_the_window() -> None:
    """Less than the skew at which a look-up proves nothing at all."""
    theirs, ours = NOW + W - timedelta(seconds=20), NOW + W + timedelta(seconds=20)
    verdict = judge(doubtful(settle_from=NOW), absent(theirs), now=ours, resend=True)
    assert (verdict.event, verdict.settle_from) == (Event.LOOKED, NOW)


def test_r10_the_time_without_a_complete_look_up_is_no_part_of_the_window() -> None:
    """The timeline could not be read for longer than the window: its first word of absence is a beginning."""
    first = NOW + 2 * W
    verdict = judge(doubtful(doubt_at=NOW), absent(first), now=first, resend=True)
    assert (verdict.event, verdict.settle_from) == (Event.LOOKED, first)


def test_r23_a_log_that_vanishes_in_use_is_not_made_anew(bench: Bench) -> None:
    store = bench.parts.store
    path = store.path
    assert path is not None
    aside = path.rename(path.with_name("aside"))
    # The reader holds the only connection, so that the writer needs a new one.
    with store.read(), pytest.raises(StoreError), store.write():
        pytest.fail("a connection to a new file was given")
    assert not path.exists()
    aside.rename(path)
    store.verify()
