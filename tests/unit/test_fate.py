"""Why an article went where it went, in tables: rules in order, a headline's words, addresses that wrap addresses."""

from datetime import timedelta
from typing import Any

import pytest

from syndicator.core import fate, rules
from syndicator.core.fate import Course, Fate
from syndicator.model import Route, Rule
from tests import values
from tests.values import NOW

DAY = timedelta(days=1)
LATER = NOW + 2 * DAY


def rule(name: str, *channels: str, **changes: Any) -> Rule:
    return Rule(name=name, routes=tuple(Route(channel=channel) for channel in channels), **changes)


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ((rule("all", "x", "y"),), [("all", ("x", "y"), "")]),
        ((rule("a", "x"), rule("b", "x", "y")), [("a", ("x",), ""), ("b", ("y",), "")]),
        (
            (rule("a", "x"), rule("b", "x")),
            [("a", ("x",), ""), ("b", (), "matches, but earlier rules named its channels already")],
        ),
        (
            (rule("a", "x", final=True), rule("b", "y")),
            [("a", ("x",), ""), ("b", (), "not asked: rule a matched and is final")],
        ),
        (
            (rule("a", "x", title="nothing", final=True), rule("b", "y")),
            [("a", (), "title does not match /nothing/"), ("b", ("y",), "")],
        ),
        (
            (rule("a", "x"), rule("b", "x", final=True), rule("c", "y")),
            [
                ("a", ("x",), ""),
                ("b", (), "matches, but earlier rules named its channels already"),
                ("c", (), "not asked: rule b matched and is final"),
            ],
        ),
    ],
)
def test_every_rule_is_told_as_the_rules_are_asked(asked: tuple[Rule, ...], told: list[Any]) -> None:
    article = values.article()
    found = fate.rulings(asked, article)
    assert [(one.rule, one.channels, one.why_not) for one in found] == told
    opened = {channel: one.rule for one in found for channel in one.channels}
    assert opened == {match.route.channel: match.rule for match in rules.matches(asked, article)}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"planned_at": None}, Fate.WAITING),
        ({"planned_at": None, "held": True}, Fate.HELD),
        ({"planned_at": None, "held": True, "decision": "released", "decided_at": NOW}, Fate.WAITING),
        ({"held": True, "decision": "dropped", "decided_at": NOW}, Fate.DROPPED),
        ({"planned_at": LATER, "held": True, "decision": "released", "decided_at": LATER}, Fate.TOO_OLD),
        ({"planned_at": NOW + DAY / 2, "held": True, "decision": "released", "decided_at": NOW}, Fate.PLANNED),
        ({"planned_at": NOW + timedelta(seconds=1)}, Fate.PLANNED),
        ({"baseline_at": NOW}, Fate.BASELINE),
        ({"baseline_at": NOW - DAY}, Fate.PLANNED),
        ({"by_hand": True, "baseline_at": NOW}, Fate.BY_HAND),
        ({"article": values.article(published_at=NOW - 2 * DAY)}, Fate.TOO_OLD),
    ],
)  # fmt: skip
def test_how_far_an_article_came(changes: dict[str, Any], expected: Fate) -> None:
    course = Course(**{"article": values.article(), "planned_at": NOW, **changes})
    assert fate.fate(course) is expected
    assert fate.told(course, now=NOW + DAY)


@pytest.mark.parametrize(
    ("old", "new", "marked"),
    [
        ("Harbour closed after storm", "Harbour reopens after storm", "Harbour [closed → reopens] after storm"),
        ("Harbour opens", "Harbour opens again today", "Harbour opens [+again today]"),
        ("Breaking: harbour opens", "harbour opens", "[−Breaking:] harbour opens"),
        ("One", "Two", "[One → Two]"),
        ("", "New", "[+New]"),
    ],
)
def test_a_changed_headline_shows_what_changed(old: str, new: str, marked: str) -> None:
    assert fate.marked(old, new) == marked


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("https://a.example/x/?utm_source=y", ("https://a.example/x",)),
        (" a.example/x ", ("https://a.example/x",)),
        ("https://m.example/l?u=https%3A%2F%2Fa.example%2Fx%3Fid%3D1&h=z",
         ("https://m.example/l?u=https://a.example/x?id%3D1&h=z", "https://a.example/x?id=1")),
        ("https://c.example/amp/s/a.example/x", ("https://c.example/amp/s/a.example/x", "https://a.example/x")),
        ("https://c.example/web/2026/https://a.example/x",
         ("https://c.example/web/2026/https://a.example/x", "https://a.example/x")),
        ("not an address", ()),
        ("https://", ()),
    ],
)  # fmt: skip
def test_an_address_stands_for_itself_and_for_those_it_wraps(typed: str, found: tuple[str, ...]) -> None:
    seen = fate.addresses(typed)
    assert seen[-1:] == found[-1:]
    assert len(seen) == len(found)


def test_links_inside_links_end() -> None:
    typed = "https://a.example/"
    for _ in range(6):
        typed = f"https://b.example/?u={typed}"
    assert len(fate.addresses(typed)) <= fate.DEEP + 1


def test_the_marker_of_a_published_link() -> None:
    assert fate.marker("https://a.example/?utm_source=x&utm_content=abcdefghijklm") == "abcdefghijklm"
    assert fate.marker("https://[broken") == ""


@pytest.mark.parametrize(
    ("url", "end"),
    [
        ("https://a.example/2026/harbour-opens/", "harbour-opens"),
        ("https://a.example/Harbour.html", "harbour"),
        ("https://a.example/", ""),
    ],
)
def test_the_last_part_of_an_address(url: str, end: str) -> None:
    assert fate.slug(url) == end
