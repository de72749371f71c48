"""Rules, plans and identity: which article becomes which posts, under which names."""

from datetime import timedelta

import pytest

from syndicator.core import identity, plan, rules
from syndicator.model import Entry, Route, Rule, State
from tests.values import NOW, article, channel, rule

CHANNELS = {name: channel(name) for name in ("x", "facebook", "youtube")}


@pytest.mark.parametrize(
    ("condition", "matches"),
    [
        ({}, True),
        ({"sources": ("news",)}, True),
        ({"sources": ("sport",)}, False),
        ({"labels": ("NEWS",)}, True),
        ({"labels": ("opinion",)}, False),
        ({"tags": ("weather", "politics")}, True),
        ({"tags": ("politics",)}, False),
        ({"not_tags": ("Weather",)}, False),
        ({"languages": ("en",)}, True),
        ({"languages": ("en-GB",)}, False),
        ({"languages": ("fr",)}, False),
        ({"title": r"\bstorm\b"}, True),
        ({"title": "^storm"}, False),
        ({"not_title": "STORM"}, False),
        ({"sources": ("news",), "tags": ("politics",)}, False),
    ],
)
def test_all_conditions_of_a_rule_must_hold(condition: dict[str, object], matches: bool) -> None:
    asked = rule("x", **condition)
    assert bool(rules.matches([asked], article())) is matches
    assert bool(rules.refusal(asked, article())) is not matches


def test_a_language_without_region_matches_every_region() -> None:
    assert rules.matches([rule("x", languages=("en",))], article(language="en_GB"))


def test_law_1_one_post_per_channel_and_the_first_rule_wins() -> None:
    first = Rule(name="breaking", routes=(Route(channel="x", template="breaking.j2"),))
    found = plan.posts_for(article(), rules_=[first, rule("x", "facebook")], channels=CHANNELS, now=NOW)
    assert [(post.channel, post.template) for post in found] == [("x", "breaking.j2"), ("facebook", "")]


def test_a_final_rule_ends_the_asking() -> None:
    found = plan.posts_for(article(), rules_=[rule("x", final=True), rule("facebook")], channels=CHANNELS, now=NOW)
    assert [post.channel for post in found] == ["x"]


def test_approval_holds_and_delay_delays() -> None:
    routes = (Route(channel="x", approval=True), Route(channel="facebook", delay=timedelta(minutes=10)))
    held, delayed = plan.posts_for(article(), rules_=[Rule(name="r", routes=routes)], channels=CHANNELS, now=NOW)
    assert held.state is State.HELD
    assert (delayed.state, delayed.due_at) == (State.QUEUED, NOW + timedelta(minutes=10))
    assert delayed.expires_at == delayed.due_at + timedelta(hours=6)


def test_f27_a_future_date_waits_and_a_far_one_is_held() -> None:
    soon = plan.posts_for(
        article(published_at=NOW + timedelta(hours=2)), rules_=[rule("x")], channels=CHANNELS, now=NOW
    )
    far = plan.posts_for(
        article(published_at=NOW + timedelta(days=365)), rules_=[rule("x")], channels=CHANNELS, now=NOW
    )
    assert (soon[0].state, soon[0].due_at) == (State.QUEUED, NOW + timedelta(hours=2))
    assert far[0].state is State.HELD


def test_the_marker_is_the_post_id_and_the_same_for_ever() -> None:
    first = identity.post_id("aabc", "x")
    assert first == identity.post_id("aabc", "x")
    assert len({first, identity.post_id("aabc", "x", 1), identity.post_id("aabc", "facebook")}) == 3
    assert len(first) == identity.MARKER_LENGTH
    assert set(first) <= set("abcdefghijklmnopqrstuvwxyz234567")


def test_an_article_has_one_id_in_two_feeds() -> None:
    entry = Entry(guid="g", url="https://n.example/a/", canonical_url="https://n.example/a", title="A")
    assert identity.article_id("news", entry) == identity.article_id("world", entry)
    assert identity.aliases("news", entry) == ("guid:news:g", "url:https://n.example/a")
