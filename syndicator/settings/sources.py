"""Read ``[sources.…]``: where articles come from, how often it is asked, and what only its kind knows.

What a kind takes is told by its :class:`~syndicator.model.SourceSpec`; it is asked for only where a table needs it, so
that reading the configuration imports no parser. It must not read any source.
"""

from collections.abc import Callable, Collection, Mapping
from typing import Any, TypeAlias

from syndicator.model import Field, Source, SourceSpec
from syndicator.settings.problems import Problems, unknown
from syndicator.settings.shape import File, SourceTable
from syndicator.settings.values import as_option, is_private, show_duration

KINDS = ("feed", "wordpress", "sitemap", "webpage")
_POLICY = (
    *("interval", "interval_most", "labels", "language", "max_age", "allow_private"),
    *("live_check", "flood_limit", "websub", "boilerplate"),
)

_NO_OPTIONS: Mapping[str, str] = {}
"""One for all sources: there may be ten thousand."""

KindSpecOf: TypeAlias = Callable[[str], SourceSpec | None]


def bare(kind: str) -> SourceSpec | None:
    """Give the spec of a shipped kind as if it had no options of its own; None when there is no such kind."""
    return SourceSpec(name=kind, title=kind) if kind in KINDS else None


def read_sources(
    file: File, *, kinds: Collection[str], kind_spec_of: KindSpecOf, problems: Problems
) -> tuple[Source, ...]:
    """Read all sources in order; those without an address are left out (and noted)."""
    found = (_source(name, table, kinds, kind_spec_of, problems) for name, table in file.sources.items())
    return tuple(source for source in found if source is not None)


def _source(
    name: str, table: SourceTable, kinds: Collection[str], kind_spec_of: KindSpecOf, problems: Problems
) -> Source | None:
    kind = table.kind or KINDS[0]
    spec = _spec(name, kind, table, kinds, kind_spec_of, problems)
    options = (_options(name, table.extras, spec, problems) if spec is not None else {}) or _NO_OPTIONS
    if table.url is None:
        if not problems.at("sources", name, "url"):
            problems.add(("sources", name, "url"), "missing: the address to read", 'url = "https://…"')
        return None
    if is_private(table.url) and not table.allow_private:
        message = "is an address of a private network or of this machine"
        problems.add(("sources", name, "url"), message, "if that is meant, add allow_private = true")
    told = table.webhook_secret is not None
    source = Source(name=name, kind=kind, url=table.url, options=options, webhook=told, **table.given(*_POLICY))
    if source.interval_most is not None and source.interval_most < source.interval:
        hint = f'interval is "{show_duration(source.interval)}"; leave interval_most out for a fixed interval'
        problems.add(("sources", name, "interval_most"), "is shorter than interval", hint)
    return source


def _spec(
    name: str,
    kind: str,
    table: SourceTable,
    kinds: Collection[str],
    kind_spec_of: KindSpecOf,
    problems: Problems,
) -> SourceSpec | None:
    """Give what the kind takes. A shipped kind is asked only when there is something that it alone can explain."""
    if kind in kinds and not table.extras:
        return SourceSpec(name=kind, title=kind)
    words = kind.split(".")
    known = kind in kinds or ("." in kind and all(word.isidentifier() and word[0] != "_" for word in words))
    spec = kind_spec_of(kind) if known else None
    if spec is None and not problems.at("sources", name, "kind"):
        problems.add(("sources", name, "kind"), f"there is no kind “{kind}”", unknown(kind, kinds))
    return spec


def _options(name: str, extras: Mapping[str, Any], spec: SourceSpec, problems: Problems) -> dict[str, str]:
    options = {option.name: option for option in spec.options}
    for key in extras.keys() - options.keys():
        problems.add(("sources", name, key), "unknown key", unknown(key, (*SourceTable.model_fields, *options)))
    for option in spec.options:
        if option.required and option.name not in extras:
            hint = f'add {option.name} = "…" to [sources.{name}]'
            problems.add(("sources", name, option.name), f"missing: {option.help}", hint)
    given = {key: _option(name, key, value, options[key], problems) for key, value in extras.items() if key in options}
    return {option.name: option.default for option in spec.options if option.default} | given


def _option(name: str, key: str, value: object, option: Field, problems: Problems) -> str:
    text, message, hint = as_option(value, option)
    if message:
        problems.add(("sources", name, key), message, hint)
    return text
