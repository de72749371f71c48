"""A quicker way to execute what the store says: the same SQL text, the same types, the same database, less ceremony.

SQLAlchemy compiles each sentence (see ``spoken``) once and says how its values are bound and its columns are read; that
plan is kept and followed here. What is not a sentence, and every error, goes the long way. ``--plain`` plays without
it; a test compares the histories.
"""

import re
import sqlite3
from collections import namedtuple
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
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
    """How one sentence, or one statement that the store made once for all, is executed, whatever its values are."""

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
        self.named: list[tuple[str, Any, Processor | None]] = []
        for name in names:
            number = _VALUE.fullmatch(name)
            self.steps.append((int(number[1]) if number else -1, fixed.get(name), binders.get(name)))
            self.named.append((name, fixed.get(name), binders.get(name)))
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

    def bind_named(self, given: Mapping[str, Any]) -> list[Any]:
        """Do the same for a whole statement, whose values have names."""
        return [
            value if binder is None else binder(value)
            for value, binder in [(given.get(name, constant), binder) for name, constant, binder in self.named]
        ]

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


class Whole:
    """A statement that SQLAlchemy made, with its plan; None where its text depends on its values."""

    __slots__ = ("columns", "plan", "statement")

    def __init__(self, statement: Any, parameters: Mapping[str, Any], dialect: Any) -> None:
        self.statement = statement
        self.columns = frozenset(parameters)
        self.plan: Plan | None = None
        try:
            compiled = statement.compile(dialect=dialect, column_keys=sorted(parameters))
        except SQLAlchemyError:
            return
        wanting = compiled.post_compile_params or compiled.literal_execute_params
        if not wanting and not compiled.insert_prefetch and not compiled.update_prefetch:
            with suppress(ValueError):
                self.plan = Plan(compiled, dialect)


class QuickConnection(Connection):
    """SQLAlchemy's connection, quicker for sentences."""

    plans: dict[Shape, Plan | None] = {}  # noqa: RUF012 - one for the process, as SQLAlchemy's own cache
    wholes: dict[int, "Whole"] = {}  # noqa: RUF012

    def execute(self, statement: Any, parameters: Any = None, *, execution_options: Any = None) -> Any:
        """Execute as planned, or the long way."""
        if statement.__class__ is not Said:
            if (rows := self._whole(statement, parameters)) is not None:
                return rows
            return super().execute(statement, parameters, execution_options=execution_options or {})
        if parameters is not None:
            return Rows([], sum([self.execute(statement.values([row])).rowcount for row in parameters]))
        try:
            plan = self.plans[statement.shape_]
        except KeyError:
            plan = self._plan(statement.shape_)
        if plan is not None and (rows := self._rows(plan, plan.bind(statement.values_))) is not None:
            return rows
        said = Speaker(TABLES, statement.values_).say(statement.shape_)
        return super().execute(said, execution_options=execution_options or {})

    def _rows(self, plan: Plan, values: list[Any]) -> Rows | None:
        """Do as planned; None where that fails: nothing was done, and the long way tells of it in the store's words."""
        raw: sqlite3.Connection = self.info["raw"]
        try:
            cursor = raw.execute(plan.sql, values)
            return Rows(plan.read(cursor.fetchall() if plan.row is not None else []), cursor.rowcount)
        except sqlite3.Error:
            return None

    def _whole(self, statement: Any, parameters: Any) -> Rows | None:
        """Execute a statement that was made once and is only given values; None for what goes the long way."""
        if parameters is not None and parameters.__class__ is not dict:
            return None
        known = self.wholes.get(id(statement))
        # The statement is kept with its plan, so that no other one can ever have its number.
        if known is None or (known.plan is not None and known.columns != (parameters or {}).keys()):
            if len(self.wholes) > PLANS_MOST:
                self.wholes.clear()
            known = self.wholes[id(statement)] = Whole(statement, parameters or {}, self.dialect)
        return None if known.plan is None else self._rows(known.plan, known.plan.bind_named(parameters or {}))

    def _plan(self, shape: Shape) -> Plan | None:
        """Make a plan; None for what cannot be said with parameters in place of its values."""
        if len(self.plans) > PLANS_MOST:
            self.plans.clear()
        try:
            self.plans[shape] = Plan(Speaker(TABLES).say(shape).compile(dialect=self.dialect), self.dialect)
        except (TypeError, ValueError, SQLAlchemyError):
            self.plans[shape] = None
        return self.plans[shape]
