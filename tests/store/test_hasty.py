"""Writes that do not wait for the disk (R2): only where asked for, and never what another write rests on."""

from pathlib import Path

from syndicator.store import Store, deliveries
from tests.values import NOW


def synchronous(store: Store) -> int:
    with store.write() as conn:
        return int(conn.exec_driver_sql("PRAGMA synchronous").scalar_one())


def test_r2_a_hasty_write_leaves_every_other_one_durable(sqlite_path: Path) -> None:
    store = Store.open(f"sqlite:///{sqlite_path}", create=True)
    hasty = store.hasty()
    for _ in range(6):  # more than the pool keeps, so that connections serve both kinds
        assert synchronous(hasty) == 1
        assert synchronous(store) == 2
    with store.read() as conn:
        assert conn.exec_driver_sql("PRAGMA query_only").scalar_one() == 1
    store.close()


def test_both_are_one_log(sqlite_path: Path) -> None:
    store = Store.open(f"sqlite:///{sqlite_path}", create=True)
    hasty = store.hasty()
    with hasty.write() as conn:
        deliveries.add(conn, {"call news 1": NOW})
    with store.read() as conn:
        assert deliveries.since(conn, "call", NOW) == {"call news 1": NOW}
    assert (hasty.log_id, hasty.path) == (store.log_id, store.path)
    store._damage = "a page"
    assert hasty._damage == "a page"
    store.close()
