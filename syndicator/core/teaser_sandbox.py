"""The Jinja2 environment of teaser templates. They are the newsroom's own files, yet nothing is left to trust.

Immutable sandbox (X18), undefined names are errors, no global functions, a short list of filters, text methods that
cannot multiply their text, and numbers only for ``*`` and ``%`` (X19). Data is never compiled (C01). What takes time or
memory all the same ends with the process it runs in (``service.rendering``).
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from jinja2 import BaseLoader, StrictUndefined, nodes
from jinja2.exceptions import SecurityError
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

from syndicator.core.teaser_context import ArticleView
from syndicator.core.teaser_filters import FILTERS
from syndicator.core.teaser_tags import AltTag, PartTag
from syndicator.core.text_hashtags import key_of
from syndicator.core.text_sentences import sentences
from syndicator.model import HouseStyle

_KEPT_FILTERS = (
    "capitalize", "count", "d", "default", "first", "int", "join", "last", "length", "list", "lower", "map", "reject",
    "rejectattr", "reverse", "round", "select", "selectattr", "sort", "string", "title", "trim", "unique", "upper",
)  # fmt: skip
_TEXT_METHODS = frozenset(
    ("capitalize", "casefold", "count", "endswith", "find", "isdigit", "isupper", "lower", "lstrip", "removeprefix",
     "removesuffix", "rstrip", "split", "splitlines", "startswith", "strip", "title", "upper")
)  # fmt: skip
_OF_AN_ARTICLE = frozenset(
    ("title", "summary", "authors", "tags", "published_at", "updated_at", "url", "language", "labels", "source")
)
_LOOPS_IN_LOOPS = 2


class TeaserEnvironment(ImmutableSandboxedEnvironment):
    """Plain text, strict, without functions. Compiles a template once and again when its file changes."""

    intercepted_binops = frozenset(("*", "**", "%"))

    def __init__(
        self, loader: BaseLoader, house: HouseStyle | None = None, *, reading: Callable[[str], object] = str
    ) -> None:
        super().__init__(
            loader=loader,
            extensions=(PartTag, AltTag),
            undefined=StrictUndefined,
            autoescape=False,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=False,
        )
        self.house = house or HouseStyle()
        self.reading = reading
        """Told of each file of data before it is read."""
        self.sentences = lru_cache(maxsize=64)(sentences)
        """The same lead goes to several channels."""
        self.named = {key_of(tag): word for tag, word in self.house.hashtags.items()}
        self.globals.clear()
        self.filters = {name: self.filters[name] for name in _KEPT_FILTERS} | {"replace": _replace} | FILTERS

    def getattr(self, obj: Any, attribute: str) -> Any:
        """Give an attribute if that is safe; of an article, which is asked most, without looking further."""
        if type(obj) is ArticleView and attribute in _OF_AN_ARTICLE:
            return getattr(obj, attribute)
        return super().getattr(obj, attribute)

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """Allow of a text only methods whose result is not longer than the text; of a date no formatting."""
        if isinstance(obj, str):
            return attr in _TEXT_METHODS
        return attr not in ("strftime", "format") and super().is_safe_attribute(obj, attr, value)

    def wrap_str_format(self, value: Any) -> None:
        """Leave ``str.format`` to ``is_safe_attribute``, which refuses it: a width alone can fill the memory."""

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Refuse everything that can make a huge value out of a small one."""
        numbers = isinstance(left, int | float) and isinstance(right, int | float)
        if operator == "**" or not numbers:
            raise SecurityError(f"{operator!r} is for numbers only" if operator != "**" else "'**' is not available")
        return super().call_binop(context, operator, left, right)


def _replace(text: str, old: str, new: str) -> str:
    """Replace in a text, if the result stays small."""
    text, old, new = str(text), str(old), str(new)
    if not old or len(text) + text.count(old) * len(new) > 65536:
        raise SecurityError("replace would make the text too long")
    return text.replace(old, new)


def deepest_loops(template: nodes.Template) -> list[int]:
    """Give the lines of loops that are nested more than two deep or recursive: they can run for minutes."""
    found: list[int] = []

    def walk(node: nodes.Node, depth: int) -> None:
        if isinstance(node, nodes.For):
            depth += 1
            if depth > _LOOPS_IN_LOOPS or node.recursive:
                found.append(node.lineno)
        for child in node.iter_child_nodes():
            walk(child, depth)

    walk(template, 0)
    return found
