"""A quicker way to execute what the store says: the same SQL text, the same types, the same database, less ceremony.

SQLAlchemy compiles each sentence (see ``spoken``) once and says how its values are bound and its columns are read; that
plan is kept and followed here. What is not a sentence, and every error, goes the long way. ``--plain`` plays without
it; a test compares the histories.
"""

import re
import sqlite3
from collections import namedtuple
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, exc
from sqlalchemy.exc import SQLAlchemyError

from syndicator.store.schema import metadata
from tests.simulation.spoken import Said, Shape, Speaker

Processor = Callable[[Any], Any]
PLANS_MOST = 3000
TABLES = dict(metadata.tables)
_VALUE = re.compile(r"v(\d+)")


class Rows:
    """The answer to one statement: what the store asks of a result."""

    __slots__ = ("_rows", "rowcount")

    def __init__(self, rows: list[Any], rowcount: int) -> None:
        self._rows = rows
        self.rowcount = rowcount

    def __iter__(self) -> Iterator[Any]:
        return iter(self._rows)

    def all(self) -> list[Any]:
        return self._rows

    def first(self) -> Any:
        return self._rows[0] if self._rows else None

    def one_or_none(self) -> Any:
        if len(self._rows) > 1:
            raise exc.MultipleResultsFound
        return self._rows[0] if self._rows else None

    def one(self) -> Any:
        if not self._rows:
            raise exc.NoResultFound
        return self.one_or_none()

    def scalar_one(self) -> Any:
        return self.one()[0]

    def scalar_one_or_none(self) -> Any:
        row = self.one_or_none()
        return None if row is None else row[0]

    def scalar(self) -> Any:
        row = self.first()
        return None if row is None else row[0]

    def scalars(self) -> "Rows":
        return Rows([row[0] for row in self._rows], self.rowcount)


class Plan:
    """How one sentence is executed, whatever its values are."""

    def __init__(self, compiled: Any, dialect: Any) -> None:
        names, self.sql = compiled.positiontup, compiled.string
        binders = dict(compiled._bind_processors)
        fixed = {name: compiled.binds[name].effective_value for name in compiled.bind_names.values()}
        if compiled.post_compile_params or compiled.literal_execute_params:
            # Words that are constants of the sentence: the same every time.
            parameters = compiled.construct_params(escape_names=False)
            state = compiled._process_parameters_for_postcompile(parameters)
            names, self.sql = state.positiontup, state.statement
            binders |= state.processors
            fixed |= parameters
        self.steps: list[tuple[int, Any, Processor | None]] = []
        for name in names:
            number = _VALUE.fullmatch(name)
            self.steps.append((int(number[1]) if number else -1, fixed.get(name), binders.get(name)))
        columns = compiled._result_columns or ()
        self.readers = [column.type._cached_result_processor(dialect, None) for column in columns]
        self.row = namedtuple("row", [c.keyname for c in columns])._make if columns else None  # type: ignore[misc]  # noqa: PYI024
        self.plain_row = not any(self.readers)

    def bind(self, given: Sequence[Any]) -> list[Any]:
        """Give the values for the SQL text; ``given`` are those of the sentence in its order."""
        values = []
        for index, constant, binder in self.steps:
            value = constant if index < 0 else given[index]
            values.append(value if binder is None else binder(value))
        return values

    def read(self, raw: list[tuple[Any, ...]]) -> list[Any]:
        """Make rows of what the driver gave."""
        make, readers = self.row, self.readers
        if make is None:
            return []
        if self.plain_row:
            return [make(row) for row in raw]
        return [
            make([value if reader is None else reader(value) for value, reader in zip(row, readers, strict=True)])
            for row in raw
        ]


class QuickConnection(Connection):
    """SQLAlchemy's connection, quicker for sentences."""

    plans: dict[Shape, Plan | None] = {}  # noqa: RUF012 - one for the process, as SQLAlchemy's own cache

    def execute(self, statement: Any, parameters: Any = None, *, execution_options: Any = None) -> Any:
        """Execute as planned, or the long way."""
        if statement.__class__ is not Said:
            return super().execute(statement, parameters, execution_options=execution_options or {})
        if parameters is not None:
            return Rows([], sum([self.execute(statement.values([row])).rowcount for row in parameters]))
        try:
            plan = self.plans[statement.shape_]
        except KeyError:
            plan = self._plan(statement.shape_)
        if plan is not None:
            raw: sqlite3.Connection = self.info["raw"]
            try:
                cursor = raw.execute(plan.sql, plan.bind(statement.values_))
                return Rows(plan.read(cursor.fetchall() if plan.row is not None else []), cursor.rowcount)
            except sqlite3.Error:
                # Nothing was done: the long way fails in the same way, with the errors that the store knows.
                pass
        said = Speaker(TABLES, statement.values_).say(statement.shape_)
        return super().execute(said, execution_options=execution_options or {})

    def _plan(self, shape: Shape) -> Plan | None:
        """Make a plan; None for what cannot be said with parameters in place of its values."""
        if len(self.plans) > PLANS_MOST:
            self.plans.clear()
        try:
            self.plans[shape] = Plan(Speaker(TABLES).say(shape).compile(dialect=self.dialect), self.dialect)
        except (TypeError, ValueError, SQLAlchemyError):
            self.plans[shape] = None
        return self.plans[shape]
