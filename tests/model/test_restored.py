"""A counterexample of the model that the product once had, on the real code: an older post log (R15)."""

import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from syndicator.errors import StoreError
from syndicator.model import Post, State
from syndicator.service.deliver import deliver
from syndicator.service.reconcile import reconcile
from tests.service.bench import Bench, make_bench


def _restored(folder: Path) -> tuple[Bench, Post]:
    """Publish a post, then put back the post log as it was before."""
    bench = make_bench(folder)
    post = bench.queue()
    bench.parts.store.close()
    log, backup = folder / "log.db", folder / "backup.db"
    shutil.copy(log, backup)
    bench = make_bench(folder)
    deliver(bench.parts)
    assert bench.row(post).state is State.PUBLISHED
    live = bench.x.live
    bench.parts.store.close()
    shutil.copy(backup, log)
    bench = make_bench(folder)
    bench.x.live = live
    return bench, post


def test_r15_a_restored_backup_sends_nothing_again(tmp_path: Path) -> None:
    bench, _ = _restored(tmp_path)
    deliver(bench.parts)
    assert len(bench.x.live) == 1


def test_r15_a_restored_backup_does_not_call_a_live_post_skipped(tmp_path: Path) -> None:
    bench, post = _restored(tmp_path)
    bench.clock.tick(timedelta(days=1))
    with pytest.raises(StoreError, match="older than what was sent"):
        reconcile(bench.parts)
    assert bench.row(post).state is State.QUEUED
