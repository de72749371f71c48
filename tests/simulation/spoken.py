"""Statements as they are spoken: the store's own code builds a light shape instead of SQLAlchemy's expressions.

SQLAlchemy's building of an expression is the greater part of a seed's price, and the store says the same hundred
sentences over and over. So while a story runs, the names ``select``, ``update``, the tables … of the store's modules
only note what is said: a nested tuple and the values in it. A sentence heard for the first time is said to SQLAlchemy
for real, which compiles it; from then on the text is known and only the values change. The SQL, its types and the
database are the same as ever; a test compares whole histories with the plain way.
"""

import sys
from collections.abc import Callable, Iterator
from typing import Any

import sqlalchemy
from sqlalchemy import Column, Table, bindparam
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql import ClauseElement

Shape = tuple[Any, ...]
LEAF: Shape = ("?",)
CONSTANT = ("literal", "literal_column", "startswith")
"""Words whose arguments are part of the text."""
_FUNCTIONS = ("select", "update", "case", "or_", "and_", "literal", "literal_column", "exists", "func")
MODULES = ("articles", "channels", "moves", "outcomes", "queries", "replay", "rows", "sending", "trust", "views")


class Said:
    """Something that was said: its shape, and the values in the order of saying."""

    __slots__ = ("shape_", "values_")

    def __init__(self, shape: Shape, values: tuple[Any, ...] = ()) -> None:
        self.shape_ = shape
        self.values_ = values

    def __getattr__(self, name: str) -> "Said":
        return Said(("attr", self.shape_, name), self.values_)

    def __getitem__(self, name: str) -> "Said":
        return Said(("item", self.shape_, name), self.values_)

    def __call__(self, *args: Any, **named: Any) -> "Said":
        values = list(self.values_)
        name = self.shape_[-1]
        if name in CONSTANT:
            return Said(("fixed", self.shape_, args, tuple(named.items())), self.values_)
        whole = _rows if name == "values" else _fold
        given = tuple([whole(arg, values) for arg in args])
        if not named:
            return Said(("call", self.shape_, given), tuple(values))
        leaf = _leaf if name == "values" else whole
        kept = tuple(
            [(key, ("is", tuple(one)) if key == "index_elements" else leaf(one, values)) for key, one in named.items()]
        )
        return Said(("call", self.shape_, given, kept), tuple(values))

    def _with(self, sign: str, other: Any) -> "Said":
        values = list(self.values_)
        return Said((sign, self.shape_, _leaf(other, values)), tuple(values))

    def __eq__(self, other: object) -> "Said":  # type: ignore[override]
        return self._with("==", other)

    def __ne__(self, other: object) -> "Said":  # type: ignore[override]
        return self._with("!=", other)

    def __lt__(self, other: Any) -> "Said":
        return self._with("<", other)

    def __le__(self, other: Any) -> "Said":
        return self._with("<=", other)

    def __gt__(self, other: Any) -> "Said":
        return self._with(">", other)

    def __ge__(self, other: Any) -> "Said":
        return self._with(">=", other)

    def __and__(self, other: Any) -> "Said":
        return self._with("&", other)

    def __or__(self, other: Any) -> "Said":
        return self._with("|", other)

    def __invert__(self) -> "Said":
        return Said(("~", self.shape_), self.values_)

    __hash__ = None  # type: ignore[assignment]


class SpokenColumn(Said):
    """A column of a table, which also knows its type."""

    __slots__ = ("name", "type")

    def __init__(self, column: Column[Any]) -> None:
        super().__init__(("attr", ("attr", ("table", column.table.name), "c"), column.name))
        self.name = column.name
        self.type = column.type


SIGNS: dict[str, Callable[[Any, Any], Any]] = {
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "&": lambda a, b: a & b,
    "|": lambda a, b: a | b,
}


def _leaf(arg: Any, values: list[Any]) -> Shape:
    """Note one thing: another sentence, a constant that changes the text, or a value."""
    if isinstance(arg, Said):
        values.extend(arg.values_)
        return arg.shape_  # type: ignore[no-any-return]
    if arg is None or arg is True or arg is False:
        return ("is", arg)
    if isinstance(arg, ClauseElement):
        if not isinstance(arg, Column):
            raise TypeError(f"half a sentence was said to SQLAlchemy already: {arg}")
        return ("attr", ("attr", ("table", arg.table.name), "c"), arg.name)
    if isinstance(arg, SpokenTable):
        return arg.said.shape_
    values.append(arg)
    return LEAF


def _fold(arg: Any, values: list[Any]) -> Shape:
    """Note one thing, or a list or mapping of things."""
    kind = arg.__class__
    if kind is Said or kind is SpokenColumn:
        values.extend(arg.values_)
        return arg.shape_  # type: ignore[no-any-return]
    if kind in (list, tuple, set, frozenset) or isinstance(arg, Iterator):
        return ("list", tuple([_fold(one, values) for one in arg]))
    if kind is dict:
        return ("dict", tuple([(key, _leaf(value, values)) for key, value in arg.items()]))
    return _leaf(arg, values)


def _rows(arg: Any, values: list[Any]) -> Shape:
    """Note rows of values: what stands in a column is a value, whatever it is."""
    rows = [arg] if isinstance(arg, dict) else arg
    return ("list", tuple([_fold(dict(row), values) for row in rows]))


# --- saying it for real ---------------------------------------------------------------------------------------------


class Speaker:
    """Says one shape to SQLAlchemy: with its values, or with a named parameter for each (``v0``, ``v1`` …)."""

    def __init__(self, tables: dict[str, Table], values: tuple[Any, ...] | None = None) -> None:
        self._tables = tables
        self._values = values
        self._said = 0
        self._known: dict[Shape, Any] = {}

    def say(self, shape: Shape) -> Any:
        """Give SQLAlchemy's own object."""
        if shape == LEAF:
            self._said += 1
            number = self._said - 1
            return bindparam(f"v{number}", None) if self._values is None else self._values[number]
        if shape in self._known:
            return self._known[shape]  # a subquery that is named twice is one subquery
        before = self._said
        made = getattr(self, f"_{WORDS.get(shape[0], 'sign')}")(*shape)
        if self._said == before:
            self._known[shape] = made
        return made

    def _table(self, _: str, name: str) -> Any:
        return self._tables[name]

    def _root(self, _: str, module: Any, name: str) -> Any:
        return getattr(module, name)

    def _is(self, _: str, value: Any) -> Any:
        return value

    def _attr(self, _: str, owner: Shape, name: str) -> Any:
        return getattr(self.say(owner), name)

    def _item(self, _: str, owner: Shape, name: str) -> Any:
        return self.say(owner)[name]

    def _call(self, _: str, owner: Shape, given: tuple[Shape, ...], named: tuple[tuple[str, Shape], ...] = ()) -> Any:
        act = self.say(owner)
        args = [self.say(one) for one in given]
        return act(*args, **{key: self.say(value) for key, value in named})

    def _fixed(self, _: str, owner: Shape, given: tuple[Any, ...], named: tuple[tuple[str, Any], ...]) -> Any:
        return self.say(owner)(*given, **dict(named))

    def _list(self, _: str, parts: tuple[Shape, ...]) -> Any:
        return [self.say(part) for part in parts]

    def _dict(self, _: str, parts: tuple[tuple[str, Shape], ...]) -> Any:
        return {key: self.say(value) for key, value in parts}

    def _not(self, _: str, owner: Shape) -> Any:
        return ~self.say(owner)

    def _sign(self, sign: str, left: Shape, right: Shape) -> Any:
        one = self.say(left)
        return SIGNS[sign](one, self.say(right))


WORDS = {"~": "not"} | {word: word for word in ("table", "root", "is", "attr", "item", "call", "fixed", "list", "dict")}


# --- the names that the store uses ----------------------------------------------------------------------------------


class SpokenColumns:
    """A table's columns: named ones are noted, all together they are themselves."""

    def __init__(self, table: Table) -> None:
        self._all = table.c
        for column in table.c:
            setattr(self, column.name, SpokenColumn(column))

    def __getitem__(self, name: str) -> Said:
        found: Said = getattr(self, name)
        return found

    def __iter__(self) -> Iterator[Any]:
        return iter(self._all)


class SpokenTable:
    """A table of the post log."""

    def __init__(self, table: Table) -> None:
        self.name = table.name
        self.primary_key = table.primary_key
        self.c = self.columns = SpokenColumns(table)
        self.said = Said(("table", table.name))

    def __getattr__(self, name: str) -> Said:
        found: Said = getattr(self.said, name)
        return found


class SpokenDialect:
    """A dialect's own ``insert``."""

    def __init__(self, module: Any) -> None:
        self.insert = Said(("root", module, "insert"))
        self.dialect = module.dialect


def names(tables: dict[str, Table]) -> list[tuple[Any, str, Any]]:
    """Give every name of the store's modules that has to speak, with what it is while a story runs."""
    spoken = {id(table): SpokenTable(table) for table in tables.values()}
    spoken |= {id(getattr(sqlalchemy, name)): Said(("root", sqlalchemy, name)) for name in _FUNCTIONS}
    spoken |= {id(module): SpokenDialect(module) for module in (sqlite, postgresql)}
    found = []
    for word in MODULES:
        module = sys.modules[f"syndicator.store.{word}"]
        found += [(module, name, spoken[id(value)]) for name, value in vars(module).items() if id(value) in spoken]
    return found
