"""Graph's ``fields`` parameter: ``id,attachments{media_type,url}`` selects what an object shows, nested."""

from typing import Any

from syndicator.sandbox.exchange import Refused
from syndicator.sandbox.problems import graph_error
from syndicator.sandbox.remote import Json

Wanted = dict[str, "Wanted"]


def parse(text: str) -> Wanted:
    """Read a ``fields`` parameter.

    Raises:
        Refused: 2500 for unbalanced braces.
    """
    root: Wanted = {}
    stack: list[Wanted] = [root]
    name = ""
    for character in text + ",":
        if character in ",{}":
            last = stack[-1].setdefault(name.strip().partition(".")[0], {}) if name.strip() else {}
            name = ""
            if character == "{":
                stack.append(last)
            elif character == "}":
                stack.pop()
        else:
            name += character
        if not stack:
            break
    if len(stack) != 1:
        raise Refused(graph_error(2500, "Syntax error in the fields parameter"))
    return root


def parse_known(text: str, known: set[str]) -> Wanted:
    """Read a ``fields`` parameter of an object that has the fields ``known``.

    Raises:
        Refused: 100 for a field that does not exist, 12 for one that was removed, 2500 for bad syntax.
    """
    wanted = parse(text)
    if "link" in wanted and "link" not in known:
        raise Refused(graph_error(12, "(#12) link field is deprecated for versions v3.3 and higher"))
    if unknown := sorted(wanted.keys() - known):
        raise Refused(graph_error(100, f"(#100) Tried accessing nonexisting field ({unknown[0]})"))
    return wanted


def select(value: Json, wanted: Wanted, *, always: tuple[str, ...] = ("id",)) -> Json:
    """Give the fields asked for; those without a value are left out, as Graph does."""
    names = [*wanted, *(name for name in always if name not in wanted)]
    return {name: _narrow(value[name], wanted.get(name, {})) for name in names if value.get(name) is not None}


def _narrow(value: Any, wanted: Wanted) -> Any:
    """Select inside an object, a list, or an edge (``{"data": [...]}``)."""
    if not wanted:
        return value
    if isinstance(value, list):
        return [_narrow(item, wanted) for item in value]
    if isinstance(value, dict) and set(value) == {"data"}:
        return {"data": _narrow(value["data"], wanted)}
    if isinstance(value, dict):
        return {name: _narrow(value[name], inner) for name, inner in wanted.items() if name in value}
    return value
