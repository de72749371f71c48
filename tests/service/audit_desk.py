"""A post log with a bit of everything and an audit file of it."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from syndicator.errors import Rejected
from syndicator.service import admin, audit
from syndicator.service.audit_check import Finding, verify
from syndicator.service.deliver import deliver
from syndicator.service.reconcile import reconcile
from tests.service.bench import Bench
from tests.service.test_reconcile import run_for

MINUTE = timedelta(minutes=1)


def export(bench: Bench, path: Path, hidden: tuple[str, ...] = ()) -> audit.Exported:
    return audit.export(
        path, bench.parts.store, state_dir=bench.parts.state_dir, now=bench.clock.now(), hidden=hidden
    )  # fmt: skip


def check(bench: Bench, path: Path) -> Finding:
    return verify(path, bench.parts.store, state_dir=bench.parts.state_dir)


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def change(bench: Bench, statement: str) -> None:
    """Change the post log behind everybody's back."""
    with bench.parts.store.write() as conn:
        conn.execute(text(statement))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "audit.jsonl"


@pytest.fixture
def busy(bench: Bench) -> Bench:
    """A bench with a bit of everything: published, rejected, lost and found, lost for good, dropped, paused."""
    bench.x.publishing.extend(["ok", Rejected("no", platform="twitter", http_status=403, code="187"), "lost", "gone"])
    for n in range(1, 6):
        bench.queue(n=n)
        deliver(bench.parts)
        reconcile(bench.parts)
        bench.clock.tick(MINUTE)
    run_for(bench, timedelta(hours=3), step=5 * MINUTE)
    admin.drop(bench.parts, bench.queue(n=9))
    admin.pause(bench.parts, bench.parts.channels["x"], "lunch")
    return bench
