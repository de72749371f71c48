"""The two tags that templates have beside Jinja2's own, and what becomes of what they print. Pure.

``{% part %}`` begins the next follow-up: on X the next post of the thread, on Facebook the first comment.
``{% alt %}…{% endalt %}`` gives the alternative text of the post's picture. Both leave control characters in the
rendered text, which no data can contain; :func:`divide` takes the text apart there.
"""

import re
from dataclasses import dataclass

from jinja2 import nodes
from jinja2.ext import Extension
from jinja2.parser import Parser

_PART, _ALT, _END = "\x1d", "\x02", "\x03"
_ALTS = re.compile(f"{_ALT}([^{_ALT}{_END}]*){_END}")


class PartTag(Extension):
    """``{% part %}``."""

    tags = {"part"}  # noqa: RUF012 - Jinja2's own form

    def parse(self, parser: Parser) -> nodes.Node:
        """Print the mark."""
        return _printed(_PART, next(parser.stream).lineno)


class AltTag(Extension):
    """``{% alt %}…{% endalt %}``."""

    tags = {"alt"}  # noqa: RUF012 - Jinja2's own form

    def parse(self, parser: Parser) -> list[nodes.Node]:
        """Print what stands between, with a mark before and behind it."""
        line = next(parser.stream).lineno
        body = parser.parse_statements(("name:endalt",), drop_needle=True)
        return [_printed(_ALT, line), *body, _printed(_END, line)]


def _printed(text: str, line: int) -> nodes.Node:
    return nodes.Output([nodes.TemplateData(text)]).set_lineno(line)


@dataclass(frozen=True, slots=True, kw_only=True)
class Division:
    """A rendered template: the post itself, its follow-ups, and the alternative text that it gives ("" if none)."""

    first: str
    parts: tuple[str, ...] = ()
    alt: str = ""


def divide(rendered: str) -> Division:
    """Take a rendered text apart at the marks of the tags."""
    if _PART not in rendered and _ALT not in rendered:
        return Division(first=rendered)
    alts = _ALTS.findall(rendered)
    first, *parts = _ALTS.sub("", rendered).replace(_ALT, "").replace(_END, "").split(_PART)
    return Division(first=first, parts=tuple(parts), alt=" ".join(alts))
