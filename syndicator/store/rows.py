"""Rows to values and portable SQL shapes that several tables need. It knows no state machine."""

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, CursorResult, Row, Table, literal_column
from sqlalchemy.dialects import sqlite

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
    statement = only_new(conn.dialect.name, table)
    # Without the option SQLAlchemy does not ask the driver how many rows an INSERT wrote. One compiled statement for
    # each row costs a third of one with all their values.
    return count(conn.execute(statement, [dict(row) for row in rows], execution_options={"preserve_rowcount": True}))


def upsert(conn: Connection, table: Table, row: Values) -> None:
    """Insert a row or replace the one with the same primary key."""
    keys = [column.name for column in table.primary_key]
    changed = {name: value for name, value in row.items() if name not in keys}
    statement = inserting(conn.dialect.name, table).values(**row)
    conn.execute(statement.on_conflict_do_update(index_elements=keys, set_=changed))


@cache
def only_new(dialect: str, table: Table) -> Any:
    """Give the INSERT into ``table`` that leaves out what breaks a unique constraint."""
    return inserting(dialect, table).on_conflict_do_nothing()


def inserting(dialect: str, table: Table) -> Any:
    """Give the INSERT of a dialect, which knows ON CONFLICT. PostgreSQL's is 3 MB that a log on SQLite never loads."""
    if dialect == "postgresql":
        from sqlalchemy.dialects import postgresql

        return postgresql.insert(table)
    return sqlite.insert(table)


def count(result: CursorResult[Any]) -> int:
    """Give the number of rows a statement changed."""
    return int(result.rowcount)


def constant(word: StrEnum) -> ColumnElement[str]:
    """Give a word as a constant in the SQL text: only then may SQLite use a partial index."""
    return literal_column(f"'{word.value}'")  # a word of ours, without any sign that would have to be quoted


def constants(words: Iterable[StrEnum]) -> list[ColumnElement[str]]:
    """Give several words as constants in the SQL text."""
    return [constant(word) for word in words]
