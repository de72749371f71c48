"""The story of one article: found in whatever form it is named, every hold and every reason told once."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from syndicator.cli import explaining, story_card
from syndicator.core.fate import Fate
from syndicator.model import CatchUp, Route, Rule, Stabilise, State
from syndicator.service import admin, batches, dossier
from syndicator.service.deliver import deliver
from syndicator.service.dossier import Dossier, Stranger
from syndicator.service.plan import plan
from syndicator.store import articles
from tests import values
from tests.service.bench import Bench
from tests.service.newsfeed import FIVE, HOUR, baseline, entry, newsroom, read

STORY = "https://news.example/2026/11/story-100/"
X_POST = Route(channel="x")


@pytest.fixture
def desk(tmp_path: Path) -> Bench:
    return newsroom(tmp_path)


def known(bench: Bench, what: str = STORY) -> Dossier:
    found = dossier.open_(bench.parts, what)
    assert isinstance(found, Dossier), found
    return found


def unknown(bench: Bench, what: str) -> Stranger:
    found = dossier.open_(bench.parts, what)
    assert isinstance(found, Stranger), found
    return found


def kinds(found: Dossier) -> list[str]:
    assert [one.at for one in found.happenings] == sorted(one.at for one in found.happenings)
    return [one.kind for one in found.happenings]


def on(found: Dossier, channel: str = "x") -> str:
    return next(row.says for row in found.channels if row.channel == channel)


def printed(found: Dossier | Stranger) -> str:
    """What stands on the screen, and that scripts get the same without a crash."""
    act = story_card.stranger if isinstance(found, Stranger) else story_card.show
    document = explaining.stranger(found) if isinstance(found, Stranger) else explaining.document(found)
    assert document["known"] is isinstance(found, Dossier)
    runner = CliRunner()
    with runner.isolation() as (out, *_):
        act(found)  # type: ignore[operator]
        return out.getvalue().decode()


def posted(bench: Bench, **changes: Any) -> None:
    """A baseline, then story 100, planned and delivered."""
    document = baseline(bench)
    read(bench, [entry(bench, 100, **changes), *document])
    deliver(bench.parts)


# --- finding it -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "how"),
    [
        (STORY, "by its address"),
        ("news.example/2026/11/story-100", "by its address"),
        ("http://www.news.example/2026/11/story-100/amp?utm_source=n&fbclid=x&gclid=1#top", "by its address"),
        ("https://l.messenger.example/l.php?u=https%3A%2F%2Fnews.example%2F2026%2F11%2Fstory-100%2F%3Ffbclid%3D1&h=A",
         "by the address that yours wraps"),
        ("https://find.example/u?q=https://m.news.example/2026/11/story-100/&sa=U", "by the address that yours wraps"),
        ("https://cache.example/amp/s/news.example/2026/11/story-100/", "by the address that yours wraps"),
        ("https://news.example/?p=100", "by its guid"),
    ],
)  # fmt: skip
def test_it_is_found_in_every_form_of_its_address(desk: Bench, typed: str, how: str) -> None:
    posted(desk)
    found = known(desk, typed)
    assert (found.article.title, found.found_by) == ("Story number 100", how)


def test_it_is_found_by_its_id_its_post_our_link_and_the_remote_post(desk: Bench) -> None:
    desk.parts.channels["x"]  # the channel whose timeline the address names
    posted(desk)
    first = known(desk)
    post = first.channels[0].posts[0]
    assert known(desk, first.article.id).found_by == "by its id"
    assert known(desk, post.id[:8]).found_by == f"by its post {post.id}"
    moved = f"https://elsewhere.example/?utm_content={post.id}"
    assert known(desk, moved).found_by == f"by the marker of its post {post.id}"
    with desk.parts.store.write() as conn:
        conn.exec_driver_sql("UPDATE posts SET remote_id = '1234567890'")
    assert known(desk, "https://x.com/EU_today/status/1234567890").found_by == f"by its post on x, {post.id}"


def test_an_unknown_address_is_told_what_it_would_be_and_what_is_near(desk: Bench) -> None:
    posted(desk)
    found = unknown(desk, "https://www.news.example/2026/11/story-1000/?utm_source=x")
    assert found.canonical == ("https://news.example/2026/11/story-1000",)
    assert [source.name for source, _ in found.sources] == ["news"]
    assert found.near[0].url == STORY
    text = printed(found)
    assert "not even in the first one, the baseline" in text
    assert "syndicator sources poll news" in text
    assert "syndicator explain " in text


def test_a_cut_off_address_names_what_begins_with_it(desk: Bench) -> None:
    posted(desk)
    desk.clock.tick(FIVE)
    read(desk, [entry(desk, 777)])
    near = unknown(desk, "https://news.example/2026/11/story-77").near
    assert near[0].title == "Story number 777"


def test_an_address_of_nobodys_site_and_no_address_at_all(desk: Bench) -> None:
    text = printed(unknown(desk, "https://elsewhere.example/a"))
    assert "no configured source is on that site" in text
    assert "it is no web address" in printed(unknown(desk, "gibberish"))
    text = printed(unknown(desk, "https://news.example/a"))
    assert "was never read" in text


# --- how far it came ------------------------------------------------------------------------------------------------


def test_the_way_of_an_ordinary_article(desk: Bench) -> None:
    posted(desk)
    found = known(desk)
    assert found.fate is Fate.PLANNED
    assert kinds(found) == ["published", "seen", "planned", "post queued", "post published"]
    assert "first seen by source news, 1 min after it came out" in printed(found)
    assert on(found).startswith("published – live")
    assert not found.needs


def test_the_baseline_is_remembered_and_never_posted(desk: Bench) -> None:
    baseline(desk)
    found = known(desk, "https://news.example/2026/11/story-3/")
    assert found.fate is Fate.BASELINE
    assert "in the source's first reading, the baseline" in on(found)
    assert found.commands == ("syndicator post https://news.example/2026/11/story-3/ --channel x",)


def test_what_was_too_old_says_how_old(desk: Bench) -> None:
    posted(desk, age=timedelta(days=3))
    found = known(desk)
    assert found.fate is Fate.TOO_OLD
    assert "it was 3 d old when it was first seen: what is older than 1 d is remembered and never posted" in on(found)


def test_a_flood_is_held_released_or_dropped(desk: Bench) -> None:
    document = baseline(desk)
    read(desk, [*(entry(desk, 100 + n) for n in range(30)), *document])
    found = known(desk)
    assert (found.fate, found.needs) == (Fate.HELD, True)
    assert kinds(found) == ["published", "seen", "held"]
    assert "held with 29 others (flood): 30 new articles at once" in printed(found)
    assert found.commands == ("syndicator approve --source news", "syndicator drop --source news")
    assert on(found) == "nothing yet: if it is released, rule all sends it here"
    desk.clock.tick(FIVE)
    batches.release(desk.parts, batches.review(desk.parts, "news"))
    assert known(desk).fate is Fate.WAITING
    plan(desk.parts)
    assert kinds(known(desk))[2:] == ["held", "released", "planned", "post queued"]


def test_what_was_dropped_says_so(desk: Bench) -> None:
    document = baseline(desk)
    read(desk, [*(entry(desk, 100 + n) for n in range(30)), *document])
    batches.drop(desk.parts, batches.review(desk.parts, "news"))
    found = known(desk)
    assert found.fate is Fate.DROPPED
    assert "dropped with the others" in on(found)
    assert "dropped by bench/1" in printed(found)


def test_what_is_too_old_when_the_others_are_released(desk: Bench) -> None:
    document = baseline(desk)
    read(desk, [*(entry(desk, 100 + n) for n in range(30)), *document])
    desk.clock.tick(timedelta(days=2))
    batches.release(desk.parts, batches.review(desk.parts, "news"))
    found = known(desk)
    assert found.fate is Fate.TOO_OLD
    assert "too old when the others were released" in printed(found)


def test_the_same_headline_is_held(desk: Bench) -> None:
    posted(desk)
    desk.clock.tick(HOUR)
    again = entry(desk, 200, title="Story number 100")
    read(desk, [again])
    found = known(desk, again.url)
    assert found.needs
    assert on(found).startswith("held")
    assert "same headline as another article" in on(found)
    assert any(command.startswith("syndicator approve ") for command in found.commands)


def test_a_date_in_the_future_is_held(desk: Bench) -> None:
    posted(desk, age=-timedelta(days=3))
    found = known(desk)
    assert "dated in the future" in on(found)
    assert "its date was 3 d ahead" in printed(found)


def test_it_waits_until_it_has_stopped_changing(tmp_path: Path) -> None:
    route = Route(channel="x", stabilise=Stabilise())
    bench = newsroom(tmp_path, rules=(Rule(name="all", routes=(route,)),))
    read(bench, [entry(bench, 100), *baseline(bench)])
    (row,) = known(bench).channels
    assert "waits until it has stopped changing" in row.says
    assert row.next_at is not None
    assert row.next_at > bench.clock.now()
    assert "due 2026-11-22T" in printed(known(bench))


def test_what_a_policy_left_out_after_an_outage(tmp_path: Path) -> None:
    route = Route(channel="x", catch_up=CatchUp(newest=1))
    bench = newsroom(tmp_path, rules=(Rule(name="all", routes=(route,)),))
    document = baseline(bench, 60)
    bench.clock.tick(5 * HOUR)
    read(bench, [*(entry(bench, 98 + n, age=timedelta(minutes=9 - n)) for n in range(9)), *document])
    found = known(bench)
    assert "marked" in kinds(found)
    assert on(found).startswith("skipped")
    assert "catching up after an outage: newest 1 only" in on(found)


def test_each_rule_says_why_not(tmp_path: Path) -> None:
    rules = (
        Rule(name="urgent", routes=(X_POST,), title="^urgent"),
        Rule(name="sport", routes=(X_POST,), labels=("sport",)),
        Rule(name="all", routes=(Route(channel="y"),), final=True),
        Rule(name="late", routes=(X_POST,)),
    )
    channels = (values.channel("x"), values.channel("y"))
    bench = newsroom(tmp_path, rules=rules, channels=channels)
    posted(bench)
    found = known(bench)
    assert {ruling.rule: ruling.why_not for ruling in found.rulings} == {
        "urgent": "title does not match /^urgent/",
        "sport": "none of the labels ['sport']",
        "all": "",
        "late": "not asked: rule all matched and is final",
    }
    assert on(found, "x") == "no rule sends it here"


def test_rules_that_were_others_then(tmp_path: Path) -> None:
    bench = newsroom(tmp_path, rules=())
    posted(bench)
    now = replace(bench, parts=replace(bench.parts, rules=(values.rule("x"),)))
    assert "no post, though rule all would send it here now" in on(known(now))


def test_posted_by_hand(desk: Bench) -> None:
    article = values.article()
    admin.place(desk.parts, article, channels_=[desk.parts.channels["x"]])
    found = known(desk, article.url)
    assert found.fate is Fate.BY_HAND
    assert "a person posted it by its address" in printed(found)


def test_a_headline_changed_after_it_was_posted(desk: Bench) -> None:
    posted(desk, title="Harbour closed after storm")
    edited = entry(desk, 100, title="Harbour reopens after storm")
    desk.clock.tick(HOUR)
    read(desk, [edited])
    desk.clock.tick(HOUR)
    read(desk, [replace(edited, summary="More.")])
    found = known(desk)
    assert kinds(found)[-2:] == ["headline", "edited"]
    text = printed(found)
    assert "headline changed: Harbour [closed → reopens] after storm – after it was posted on x" in text


def test_why_nothing_is_sent_and_what_ends_it(desk: Bench) -> None:
    read(desk, [entry(desk, 100), *baseline(desk)])
    admin.pause(desk.parts, desk.parts.channels["x"], "the account is being checked")
    found = known(desk)
    assert "the channel is paused: the account is being checked (syndicator resume x)" in on(found)
    post = found.channels[0].posts[0]
    assert f"syndicator show {post.id}" in found.commands


def test_a_doubtful_post_says_when_it_is_looked_up(desk: Bench) -> None:
    desk.x.publishing.append("lost")
    posted(desk)
    (row,) = known(desk).channels
    assert row.posts[0].state is State.UNKNOWN
    assert row.next_at == row.posts[0].next_look_at
    with desk.parts.store.read() as conn:
        assert articles.get(conn, row.posts[0].article_id) is not None
