"""Reading: one file per kind of source. Parses and fetches; must not store, plan or publish anything.

A kind is one module, ``sources/<kind>.py``, with ``async read(source, validators, fetcher) -> Reading``. There is no
registry: ``read`` imports the module named by ``source.kind``; a dotted name imports a third party's module. A kind
that takes options of its own names them in ``SPEC`` (:class:`~syndicator.model.SourceSpec`).
"""

import re
from importlib import import_module
from typing import TYPE_CHECKING, Protocol, cast

from syndicator.errors import SourceInvalid
from syndicator.model import Source
from syndicator.sources._reading import Fetched, Reading, Validators

if TYPE_CHECKING:
    from syndicator.sources._fetch import Fetcher

__all__ = ["Fetched", "Kind", "Reading", "Validators", "load", "read"]

SHIPPED = ("feed", "wordpress", "sitemap", "webpage")
"""The kinds that ship, for hints only."""
_KIND = re.compile(r"[a-z][a-z0-9_]*(\.[a-z_][a-z0-9_]*)*")


class Kind(Protocol):
    """The module of one kind of source."""

    async def read(self, source: Source, validators: Validators | None, fetcher: "Fetcher") -> Reading:
        """Fetch and parse the source once."""
        ...


def load(kind: str, *, source: str = "") -> Kind:
    """Import the module of ``kind``.

    Raises:
        SourceInvalid: there is no such kind.
    """
    name = kind if "." in kind else f"{__name__}.{kind}"
    if _KIND.fullmatch(kind):
        try:
            module = import_module(name)
        except ModuleNotFoundError as error:
            if error.name is None or not name.startswith(error.name):
                raise
        else:
            if hasattr(module, "read"):
                return cast("Kind", module)
    known = ", ".join(SHIPPED)
    raise SourceInvalid(f'there is no kind of source "{kind}" (known: {known})', source=source or kind)


async def read(source: Source, validators: Validators | None, fetcher: "Fetcher") -> Reading:
    """Read ``source`` once; with ``validators`` of the last reading an unchanged document is not sent again.

    Raises:
        SourceError: unreachable, or not readable as the configured kind. Nothing else is raised on purpose.
    """
    kind = _loaded.get(source.kind)
    if kind is None:
        kind = _loaded[source.kind] = load(source.kind, source=source.name)
    return await kind.read(source, validators, fetcher)


_loaded: dict[str, Kind] = {}
"""Kinds that were used: looking for a module costs more than asking many a server."""
