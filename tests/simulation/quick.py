"""A quicker way to execute what the store builds: the same SQL text, the same types, the same database, less ceremony.

SQLAlchemy compiles each statement once and says how its values are bound and its columns are read; that plan is kept
and followed here without the machinery of cursors, contexts and metadata, which is most of a statement's price. What a
plan cannot express, and every error, goes the long way. ``--plain`` plays without it; a test compares the histories.
"""

import sqlite3
from collections import namedtuple
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, exc

Processor = Callable[[Any], Any]
EXPANSIONS_MOST = 5000


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
    """How one statement is executed, whatever its values are."""

    def __init__(self, compiled: Any, dialect: Any) -> None:
        self.compiled = compiled
        self.sql: str = compiled.string
        self.expands = bool(compiled.post_compile_params or compiled.literal_execute_params)
        self.expanded: dict[Any, tuple[str, list[tuple[int, Any, Processor | None]]]] = {}
        slots = {parameter.key: index for index, parameter in enumerate(compiled.cache_key[1])}
        binds = compiled.binds
        # What the compiler adds by itself (the OFFSET that SQLite's LIMIT wants) is the same every time.
        self.slots: dict[str, int] = {name: slots.get(binds[name].key, -1) for name in compiled.bind_names.values()}
        self.fixed = {name: binds[name].effective_value for name, slot in self.slots.items() if slot < 0}
        self.binders: dict[str, Processor] = dict(compiled._bind_processors)
        self.variable = [
            self.slots[name]
            for name in compiled.bind_names.values()
            if compiled.binds[name] in compiled.post_compile_params | compiled.literal_execute_params
        ]
        self.steps = [] if self.expands else [self._step(name) for name in compiled.positiontup]
        columns = compiled._result_columns
        self.readers = [column.type._cached_result_processor(dialect, None) for column in columns] if columns else []
        names = [column.keyname for column in columns] if columns else []
        self.row = namedtuple("row", names)._make if names else None  # type: ignore[misc]  # noqa: PYI024
        self.plain_row = not any(self.readers)

    def _step(self, name: str) -> tuple[int, Any, Processor | None]:
        return self.slots[name], self.fixed.get(name), self.binders.get(name)

    def bind(self, given: Sequence[Any]) -> tuple[str, list[Any]]:
        """Give the SQL text and the values for it; ``given`` are the statement's own parameters in its order."""
        sql, steps = self.sql, self.steps
        if self.expands:
            sql, steps = self._expand(given)
        values = []
        for index, constant, binder in steps:
            value = constant if index < 0 else given[index].effective_value
            values.append(value if binder is None else binder(value))
        return sql, values

    def _expand(self, given: Sequence[Any]) -> tuple[str, list[tuple[int, Any, Processor | None]]]:
        found = tuple(given[index].effective_value for index in self.variable)
        key = tuple(tuple(value) if isinstance(value, list | tuple | set | frozenset) else value for value in found)
        if key not in self.expanded:
            if len(self.expanded) > EXPANSIONS_MOST:
                self.expanded.clear()
            parameters = self.compiled.construct_params(extracted_parameters=given, escape_names=False)
            before = dict(parameters)
            state = self.compiled._process_parameters_for_postcompile(parameters)
            binders = {**self.binders, **state.processors}
            added = {name: value for name, value in parameters.items() if name not in before}
            steps = [
                (-1, added[name], binders.get(name)) if name in added else self._step(name)
                for name in state.positiontup
            ]
            self.expanded[key] = (state.statement, steps)
        return self.expanded[key]

    def read(self, raw: list[tuple[Any, ...]]) -> list[Any]:
        """Make rows of what the driver gave."""
        if self.row is None:
            return []
        if self.plain_row:
            return [self.row(row) for row in raw]
        readers = self.readers
        return [
            self.row([value if reader is None else reader(value) for value, reader in zip(row, readers, strict=True)])
            for row in raw
        ]


class QuickConnection(Connection):
    """SQLAlchemy's connection, quicker where it can be."""

    plans: dict[Any, Plan | None] = {}  # noqa: RUF012 - one for the process, as SQLAlchemy's own cache

    def execute(self, statement: Any, parameters: Any = None, *, execution_options: Any = None) -> Any:
        """Execute as planned, or the long way."""
        key = statement._generate_cache_key() if parameters is None else None
        if key is None:
            return super().execute(statement, parameters, execution_options=execution_options or {})
        try:
            plan = self.plans[key.key]
        except KeyError:
            plan = self.plans[key.key] = self._plan(statement)
        if plan is None:
            return super().execute(statement, execution_options=execution_options or {})
        sql, values = plan.bind(key.bindparams)
        raw: sqlite3.Connection = self.info["raw"]
        try:
            cursor = raw.execute(sql, values)
            rows = cursor.fetchall() if plan.row is not None else []
        except sqlite3.Error:
            # Nothing was done: the long way fails in the same way, with the errors that the store knows.
            return super().execute(statement, execution_options=execution_options or {})
        return Rows(plan.read(rows), cursor.rowcount)

    def _plan(self, statement: Any) -> Plan | None:
        compiled, *_ = statement._compile_w_cache(self.dialect, compiled_cache={}, column_keys=[])
        if getattr(compiled, "insert_prefetch", None) or getattr(compiled, "update_prefetch", None):
            return None
        try:
            return Plan(compiled, self.dialect)
        except (KeyError, ValueError, AttributeError):
            # A name that is no identifier, a value made while compiling: no plan.
            return None
