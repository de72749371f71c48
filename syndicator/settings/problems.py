"""Collect everything wrong with a configuration file, and put pydantic's findings into a newsroom's words.

Positions in lists are shown counting from 1, and a rule by its name: ``rules[breaking].routes[2].channel``.
It must not stop at the first problem, and never shows a value it was not given for showing.
"""

import copy
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from syndicator.errors import Problem
from syndicator.settings import shape
from syndicator.settings.shape import File, Key
from syndicator.settings.values import did_you_mean

_WRONG_TYPE = {
    "string_type": ("must be text in quotes", ""),
    "bool_type": ("must be true or false", "without quotes"),
    "list_type": ("must be a list", 'such as ["one", "two"]'),
}
_NOT_HERE = {
    ("utm", "content"): "utm_content always carries the post's marker, by which a look-up recognises it",
    ("rules", "channels"): 'write routes = ["x", "facebook"]',
    ("rules", "channel"): 'write routes = ["x"]',
}


class Problems:
    """The problems of one file, by place; each place is complained about in the order found."""

    def __init__(self, file: str, raw: Mapping[str, Any]) -> None:
        self._file = file
        self._raw = raw
        self._found: list[tuple[Key, str, str]] = []

    def add(self, key: Key, message: str, hint: str = "") -> None:
        """Note one problem."""
        self._found.append((key, message, hint))

    def at(self, *key: str | int) -> bool:
        """Say whether something is already wrong exactly there or with a table around it."""
        return any(key[: len(place)] == place for place, _, _ in self._found)

    def within(self, *key: str | int) -> bool:
        """Say whether something is wrong there, around it or inside it."""
        return self.at(*key) or any(place[: len(key)] == key for place, _, _ in self._found)

    def listed(self) -> tuple[Problem, ...]:
        """Give all problems in the order of the file."""
        ordered = sorted(self._found, key=lambda found: _position(found[0], self._raw))
        return tuple(
            Problem(file=self._file, key=shown(key, self._raw), message=message, hint=hint)
            for key, message, hint in ordered
        )


def _position(key: Key, raw: Any) -> list[int]:
    """Give the place of ``key`` in the file, for sorting: TOML keeps its order. What is missing comes last."""
    place: list[int] = []
    for step in key:
        if isinstance(raw, dict) and step in raw:
            place.append(list(raw).index(step))
            raw = raw[step]
        elif isinstance(raw, list) and isinstance(step, int) and step < len(raw):
            place.append(step)
            raw = raw[step]
        else:
            return [*place, len(raw) if isinstance(raw, dict | list) else 0]
    return place


def shown(key: Key, raw: Any) -> str:
    """Write ``("rules", 0, "routes", 1)`` as ``rules[breaking].routes[2]``."""
    text = ""
    for step in key:
        raw = raw[step] if _holds(raw, step) else None
        if isinstance(step, int):
            name = raw.get("name") if isinstance(raw, dict) else None
            text += f"[{name if isinstance(name, str) and name.isprintable() and name else step + 1}]"
        else:
            text += f".{step}" if text else step
    return text


def _holds(raw: Any, step: str | int) -> bool:
    if isinstance(step, int):
        return isinstance(raw, list) and step < len(raw)
    return isinstance(raw, dict) and step in raw


# --- the shape ------------------------------------------------------------------------------------------------------


def read_shape(raw: Mapping[str, Any], problems: Problems) -> File:
    """Give the file's tables without what is unfit, which is noted in ``problems``: the rest can still be checked."""
    rest = copy.deepcopy(dict(raw))
    try:
        return File.model_validate(rest)
    except ValidationError as error:
        findings = error.errors(include_url=False, include_input=False)
    for finding in findings:
        _note(finding, raw, problems)
        _prune(rest, _place(finding))
    return File.model_validate(rest)


def _place(finding: ErrorDetails) -> Key:
    return tuple(step for step in finding["loc"] if step != "[key]")


def _prune(raw: dict[str, Any], place: Key) -> None:
    """Remove the unfit value: a key, the whole list around a single value, or the content of a rule or route."""
    table: Any = raw
    for step, below in zip(place, [*place[1:], None], strict=True):
        if not _holds(table, step):
            return
        one_of_many = isinstance(below, int) and step not in {"rules", "routes"}
        if below is None and isinstance(step, int):
            table[step] = {}
            return
        if below is None or one_of_many:
            del table[step]
            return
        table = table[step]


def _note(finding: ErrorDetails, raw: Mapping[str, Any], problems: Problems) -> None:
    key = _place(finding)
    kind = finding["type"]
    context = finding.get("ctx", {})
    if kind == "unfit":
        problems.add(key, context["message"], context["hint"])
    elif kind == "extra_forbidden":
        problems.add(key, "unknown key", _known_keys(key))
    elif kind in {"model_type", "dict_type"}:
        problems.add(key, "must be a table", f"write [{shown(key, raw)}]" if not isinstance(key[-1], int) else "")
    elif key == ("rules",):
        problems.add(key, "must be a list of tables", "write [[rules]], with two brackets, above each rule")
    else:
        problems.add(key, *_WRONG_TYPE.get(kind, (finding["msg"], "")))


def _known_keys(key: Key) -> str:
    """Give the remedy for an unknown key: the closest one, or all that the table knows."""
    *_, name = key
    kind = next((str(step) for step in reversed(key[:-1]) if step in {"rules", "utm"}), "")
    known = tuple(_table(key[:-1]).model_fields)
    return _NOT_HERE.get((kind, str(name))) or unknown(str(name), known)


def unknown(name: str, known: Iterable[str]) -> str:
    """Give the remedy for an unknown name."""
    listed = ", ".join(known)
    return did_you_mean(name, known) or (f"known here: {listed}" if listed else "")


def _table(key: Key) -> type[BaseModel]:
    tables: tuple[tuple[type[BaseModel], bool], ...] = (
        (shape.StabiliseTable, key[-1:] == ("stabilise",)),
        (shape.RouteTable, "routes" in key),
        (shape.RuleTable, key[:1] == ("rules",)),
        (shape.WindowsTable, key[-1:] == ("windows",)),
        (shape.UtmTable, key[-1:] == ("utm",)),
        (shape.SourceTable, key[:1] == ("sources",)),
        (shape.SiteTable, key == ("site",)),
        (shape.BrandTable, key == ("brand",)),
        (shape.StoreTable, key == ("store",)),
        (shape.TemplatesTable, key == ("templates",)),
        (shape.PollTable, key == ("poll",)),
        (shape.NotifyTable, key == ("notify",)),
        (shape.PushTable, key == ("push",)),
    )
    return next((table for table, applies in tables if applies), File)
