"""The post log: everything syndicator remembers, on SQLite or PostgreSQL with the same code.

Commands and queries take a SQLAlchemy ``Connection`` from ``Store.read`` or ``Store.write``; the caller decides what
is one transaction. This package must not decide anything about delivery, read the clock, or touch the network other
than the database.
"""

from syndicator.store.engine import Store
from syndicator.store.faults import CommitUnknown, Conflict, Missing

__all__ = ["CommitUnknown", "Conflict", "Missing", "Store"]
