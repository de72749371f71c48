"""Column types: how our values are kept on each database. Migrations import ``Instant``, so it must not change.

Text types cut nothing; instants are UTC with microseconds; money is whole micro-dollars so that SQL can sum it.
"""

# ruff: noqa: ARG002 - SQLAlchemy's type hooks take the dialect whether or not it matters

import json
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import DateTime, Dialect, Text
from sqlalchemy.types import BigInteger, TypeDecorator, TypeEngine

from syndicator.store import codec
from syndicator.store.faults import Unreadable


class Instant(TypeDecorator[datetime]):
    """Aware UTC instant: TIMESTAMP WITH TIME ZONE on PostgreSQL, fixed-width text that sorts as time on SQLite."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Choose the database's own type."""
        return dialect.type_descriptor(DateTime(timezone=True) if dialect.name == "postgresql" else Text())

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """Refuse instants without a time zone."""
        if value is None:
            return None
        text = codec.dump_instant(value)
        return value if dialect.name == "postgresql" else text

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Give UTC, whatever the session's time zone is."""
        if value is None:
            return None
        if isinstance(value, datetime):
            return value.astimezone(UTC)
        try:
            return codec.load_instant(value)
        except (ValueError, TypeError) as error:
            raise Unreadable(f"{value!r:.60} is no instant") from error


class Money(TypeDecorator[Decimal]):
    """US dollars as whole micro-dollars."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> int | None:
        """Write micro-dollars."""
        return None if value is None else codec.dump_money(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        """Read micro-dollars (PostgreSQL gives sums as NUMERIC)."""
        try:
            return None if value is None else codec.load_money(int(value))
        except ValueError as error:
            raise Unreadable(f"{value!r:.60} is no amount") from error


class Coded(TypeDecorator[Any]):
    """A value as text, by a pair of functions that undo each other."""

    impl = Text
    cache_ok = True

    def __init__(self, dump: Callable[[Any], str], load: Callable[[str], Any]) -> None:
        self.dump = dump
        self.load = load
        super().__init__()

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        """Write the text."""
        return None if value is None else self.dump(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        """Read the value.

        Raises:
            Unreadable: nothing that was ever written here.
        """
        try:
            return None if value is None else self.load(value)
        except (ValueError, KeyError, TypeError, AttributeError, ArithmeticError) as error:
            raise Unreadable(f"{value!r:.60} cannot be read") from error


def word(words: type[StrEnum]) -> Coded:
    """Give the type of a column that holds one word of an enum; a CHECK in the schema names the words allowed."""
    return Coded(lambda value: words(value).value, words)


WORDS = Coded(codec.plain, str)
"""Text from outside: what no database text may hold is dropped."""
STRINGS = Coded(lambda value: codec.canonical(list(value)) if value else "[]", lambda text: tuple(json.loads(text)))
"""A tuple of texts as a JSON array."""
JSON = Coded(codec.canonical, json.loads)
"""An opaque JSON object as canonical text, so that equality in SQL is equality of values."""
COMPOSED = Coded(codec.dump_composed, codec.load_composed)
"""The frozen request of a post."""
PICTURE = Coded(codec.dump_picture, codec.load_picture)
"""A picture named by a source."""
