"""A throw-away copy of the post log, for dry runs. It must not change the original."""

from pathlib import Path

from sqlalchemy import insert, select

from syndicator.errors import StoreError
from syndicator.store.engine import Missing, Store
from syndicator.store.schema import genesis, metadata

ROWS = 500


def copy(url: str, path: Path) -> Store:
    """Copy the post log at ``url`` into a new SQLite file at ``path`` and open that; a missing log gives an empty one.

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
            # Parents before children, as the foreign keys want it.
            for table in metadata.sorted_tables:
                if table is not genesis:
                    rows = source.execute(select(table))
                    while batch := rows.fetchmany(ROWS):
                        sink.execute(insert(table), [row._asdict() for row in batch])
    finally:
        origin.close()
    return target
