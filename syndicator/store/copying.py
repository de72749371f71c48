"""Copies of the post log, row by row: for dry runs, backups and restores. It must not change what it copies."""

from pathlib import Path
from typing import Any

from sqlalchemy import BigInteger, Column, Connection, MetaData, Table, Text, func, insert, select

from syndicator.errors import StoreError
from syndicator.store.columns import Coded, Money
from syndicator.store.engine import Missing, Store
from syndicator.store.schema import genesis, metadata

ROWS = 500


def _as_kept(column: "Column[Any]") -> Any:
    """Give the type of a column as the database keeps it: a copy neither reads nor rewrites what our values mean."""
    if isinstance(column.type, Coded):
        return Text()
    return BigInteger() if isinstance(column.type, Money) else column.type


_kept = MetaData()
_TABLES = [
    Table(table.name, _kept, *[Column(column.name, _as_kept(column)) for column in table.c])
    # Parents before children, as the foreign keys want it.
    for table in metadata.sorted_tables
    if table is not genesis
]


def copy(url: str, path: Path) -> Store:
    """Copy the post log at ``url`` into a new SQLite file at ``path`` and open that; a missing log gives an empty one.

    The copy is a log of its own: it has another name.

    Raises:
        StoreError: the log is there but cannot be read.
    """
    target = Store.open(f"sqlite:///{path}", create=True)
    try:
        origin = Store.open(url)
    except Missing:
        return target
    except StoreError:
        target.close()
        raise
    try:
        with origin.read() as source, target.write() as sink:
            rows(source, sink)
    finally:
        origin.close()
    return target


def rows(source: Connection, sink: Connection) -> int:
    """Copy every row of every table but the genesis row into empty tables; give their number."""
    copied = 0
    for table in _TABLES:
        found = source.execute(select(table), execution_options={"stream_results": True})
        while batch := found.fetchmany(ROWS):
            sink.execute(insert(table), [row._asdict() for row in batch])
            copied += len(batch)
    return copied


def forget(conn: Connection) -> None:
    """Delete every row of every table but the genesis row: what is there is on file elsewhere."""
    for table in reversed(_TABLES):
        conn.execute(table.delete())


def identity(source: Connection, sink: Connection, *, timeline: str | None) -> None:
    """Make a log the one that it was copied from: its genesis row, on the timeline on which commits are made now."""
    row = source.execute(select(genesis)).one()._asdict() | {"timeline": timeline}
    sink.execute(genesis.delete())
    sink.execute(insert(genesis), [row])


def count_on(conn: Connection) -> None:
    """Let the numbers of a copied log's history go on after the highest one."""
    if conn.dialect.name != "postgresql":
        return
    for table in ("batches", "events", "look_ups", "revisions"):
        found = _kept.tables[table]
        highest = conn.execute(select(func.max(found.c.id))).scalar_one()
        if highest is not None:
            conn.execute(select(func.setval(func.pg_get_serial_sequence(table, "id"), highest)))
