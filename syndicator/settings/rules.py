"""Read ``[[rules]]``: every name a rule uses must exist, and what cannot have been meant is said.

It decides nothing about articles; that is ``core.rules``.
"""

from collections.abc import Iterable

from syndicator.model import Route, Rule, Stabilise
from syndicator.settings.channels import Folder
from syndicator.settings.problems import Problems, unknown
from syndicator.settings.shape import File, Key, RouteTable, RuleTable
from syndicator.settings.values import show_duration

EVERYTHING = "everything"
"""The rule that stands in when the file has none: every article goes to every channel."""

_CONDITIONS = ("sources", "labels", "tags", "not_tags", "languages", "title", "not_title", "breaking", "final")


def read_rules(file: File, *, channels: Iterable[str], templates: Folder, problems: Problems) -> tuple[Rule, ...]:
    """Read all rules in order. ``channels`` are the names in the file, whether or not they could be read."""
    names = tuple(channels)
    if not file.rules and not problems.at("rules"):
        return (Rule(name=EVERYTHING, routes=tuple(Route(channel=name) for name in names)),)
    seen: set[str] = set()
    rules = []
    for n, table in enumerate(file.rules):
        name = (table.name or "").strip() or f"rule {n + 1}"
        if name in seen:
            problems.add(
                ("rules", n, "name"), f"two rules are called “{name}”", "posts name their rule: choose another"
            )
        seen.add(name)
        _check_sources(n, table, tuple(file.sources), problems)
        routes = _routes(n, table, channels=names, templates=templates, problems=problems)
        rules.append(Rule(name=name, routes=routes, **table.given(*_CONDITIONS)))
    return tuple(rules)


def _check_sources(n: int, table: RuleTable, known: tuple[str, ...], problems: Problems) -> None:
    for source in table.sources or ():
        if source not in known and not problems.at("sources"):
            problems.add(("rules", n, "sources"), f"there is no source “{source}”", unknown(source, known))


def _routes(
    n: int, table: RuleTable, *, channels: tuple[str, ...], templates: Folder, problems: Problems
) -> tuple[Route, ...]:
    key: Key = ("rules", n, "routes")
    if not table.routes and not table.final and not problems.at(*key):
        hint = 'add routes = ["x"]; a rule that keeps articles off all channels says final = true'
        problems.add(key, "missing: where the articles go", hint)
    routes: list[Route] = []
    for i, route in enumerate(table.routes or ()):
        place = (*key, i)
        if _route_is_sound(route, place, channels=channels, problems=problems):
            if any(route.channel == earlier.channel for earlier in routes):
                problems.add(
                    (*place, "channel"), f"the rule names channel {route.channel} twice", "one post per channel"
                )
            if route.template:
                templates.check(route.template, (*place, "template"), problems)
            watched = _stabilise(route, (*place, "stabilise"), problems)
            given = route.given("channel", "template", "delay", "approval", "catch_up")
            routes.append(Route(stabilise=watched, **given))
    return tuple(routes)


def _stabilise(route: RouteTable, place: Key, problems: Problems) -> Stabilise | None:
    if route.stabilise is None:
        return None
    watched = Stabilise(**route.stabilise.given("minimum", "quiet", "maximum"))
    for name in ("minimum", "quiet"):
        if getattr(watched, name) > watched.maximum and not problems.within(*place):
            longest = show_duration(watched.maximum)
            hint = f'maximum is "{longest}": an article waits no longer, however often it changes'
            problems.add((*place, name), "is longer than maximum", hint)
    return watched


def _route_is_sound(route: RouteTable, place: Key, *, channels: tuple[str, ...], problems: Problems) -> bool:
    if route.channel is None:
        if not problems.at(*place, "channel"):
            problems.add((*place, "channel"), "missing: the channel to go to", f"one of: {', '.join(channels)}")
        return False
    if route.channel not in channels:
        if not problems.at("channels"):
            hint = unknown(route.channel, channels)
            problems.add((*place, "channel"), f"there is no channel “{route.channel}”", hint)
        return False
    return True
