"""Rows to values and portable SQL shapes that several tables need. It knows no state machine."""

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, CursorResult, Row, Table, literal
from sqlalchemy.dialects import postgresql, sqlite

from syndicator.model import Article, Attempt, LookUpRecord, Post
from syndicator.store.schema import articles, attempts, look_ups

_OWN = ("planned_at", "batch", "title_key")
"""What the log alone knows of an article."""
ARTICLE = [column for column in articles.c if column.name not in _OWN]
ATTEMPT = [column for column in attempts.c if column.name != "channel"]
LOOK_UP = [column for column in look_ups.c if column.name != "id"]

Values = Mapping[str, Any]


def to_post(row: Row[Any]) -> Post:
    """Make a post of a row of ``posts``; columns that a join added start with an underscore."""
    return Post(**{name: value for name, value in row._asdict().items() if not name.startswith("_")})


def to_article(row: Row[Any]) -> Article:
    """Make an article of a row of ``ARTICLE`` columns."""
    return Article(**row._asdict())


def to_attempt(row: Row[Any]) -> Attempt:
    """Make an attempt of a row of ``ATTEMPT`` columns."""
    return Attempt(**row._asdict())


def to_look_up_record(row: Row[Any]) -> LookUpRecord:
    """Make a look-up of a row of ``LOOK_UP`` columns."""
    return LookUpRecord(**row._asdict())


def fields(value: object) -> dict[str, Any]:
    """Give the fields of a frozen dataclass by name, nested values as they are."""
    return {name: getattr(value, name) for name in value.__class__.__dataclass_fields__}  # type: ignore[attr-defined]


def insert_new(conn: Connection, table: Table, rows: Sequence[Values]) -> int:
    """Insert what breaks no unique constraint and give the number of rows written; other laws still refuse."""
    if not rows:
        return 0
    dialect = postgresql if conn.dialect.name == "postgresql" else sqlite
    statement = dialect.insert(table).on_conflict_do_nothing()
    # Without the option SQLAlchemy does not ask the driver how many rows an INSERT wrote. One compiled statement for
    # each row costs a third of one with all their values.
    return count(conn.execute(statement, [dict(row) for row in rows], execution_options={"preserve_rowcount": True}))


def upsert(conn: Connection, table: Table, row: Values) -> None:
    """Insert a row or replace the one with the same primary key."""
    dialect = postgresql if conn.dialect.name == "postgresql" else sqlite
    keys = [column.name for column in table.primary_key]
    changed = {name: value for name, value in row.items() if name not in keys}
    conn.execute(dialect.insert(table).values(**row).on_conflict_do_update(index_elements=keys, set_=changed))


def count(result: CursorResult[Any]) -> int:
    """Give the number of rows a statement changed."""
    return int(result.rowcount)


def constant(word: StrEnum) -> ColumnElement[str]:
    """Give a word as a constant in the SQL text: only then may SQLite use a partial index."""
    return literal(str(word.value), literal_execute=True)


def constants(words: Iterable[StrEnum]) -> list[ColumnElement[str]]:
    """Give several words as constants in the SQL text."""
    return [constant(word) for word in words]
