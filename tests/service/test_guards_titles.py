"""The same headline under another address (F05), and names that contradict each other: held, told, never merged."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from syndicator.model import Route, Rule, Source
from syndicator.service import admin, approval
from syndicator.service.deliver import deliver
from syndicator.service.plan import plan
from syndicator.store import articles, views
from tests import values
from tests.service.bench import Bench
from tests.service.newsfeed import FEED, FIVE, HOUR, alarms, baseline, entry, newsroom, read, reasons, states

STORM = "Harbour reopens after the storm"


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return newsroom(tmp_path)


def posted(bench: Bench, title: str = STORM, n: int = 50) -> None:
    """Let the news have an article that is posted."""
    baseline(bench)
    read(bench, [entry(bench, n, title=title)])
    deliver(bench.parts)
    assert states(bench) == {title: "published"}


@pytest.mark.parametrize("later", [FIVE, 47 * HOUR])
def test_f05_the_same_headline_under_another_address_is_held_and_says_of_what(bench: Bench, later: timedelta) -> None:
    posted(bench)
    bench.clock.tick(later)
    read(bench, [entry(bench, 51, title="HARBOUR re-opens — after the storm!".replace("re-", "re"))])
    deliver(bench.parts)
    (title,) = set(states(bench)) - {STORM}
    assert states(bench)[title] == "held"
    assert reasons(bench)[title].startswith(
        "same headline as another article, “Harbour reopens after the storm” (https://news.example/2026/11/story-50/), "
        "posted 2026-11-22 12:05Z as https://x.example/"
    )
    (alarm,) = alarms(bench, "post held")
    assert "same headline as another article" in alarm
    assert len(bench.x.bodies) == 1


def test_f05_two_days_later_a_headline_may_come_again(bench: Bench) -> None:
    posted(bench)
    bench.clock.tick(49 * HOUR)
    read(bench, [entry(bench, 51, title=STORM + ".")])
    assert states(bench)[STORM + "."] == "queued"


def test_f05_a_person_may_let_it_go(bench: Bench) -> None:
    posted(bench)
    bench.clock.tick(FIVE)
    read(bench, [entry(bench, 51, title=STORM + "!")])
    with bench.parts.store.read() as conn:
        (row,) = [row for row in views.log(conn) if row.title == STORM + "!"]
    approval.approve(bench.parts, row.post)
    deliver(bench.parts)
    assert states(bench)[STORM + "!"] == "published"
    assert len(bench.x.live) == 2


def test_f05_of_two_new_ones_the_first_is_posted_and_the_second_held(bench: Bench) -> None:
    baseline(bench)
    first = entry(bench, 50, title=STORM, age=2 * FIVE)
    second = entry(bench, 51, title=STORM.upper(), age=FIVE)
    read(bench, [second, first])
    assert states(bench) == {STORM: "queued", STORM.upper(): "held"}


def test_f05_whatever_source_has_it(tmp_path: Path) -> None:
    wire = Source(name="wire", kind="feed", url="https://wire.example/feed/")
    bench = newsroom(tmp_path)
    posted(bench)
    read(bench, [], feed=wire)
    bench.clock.tick(FIVE)
    read(bench, [entry(bench, 9, site="wire", title=STORM)], feed=wire)
    assert sorted(state for state in _all(bench)) == ["held", "published"]


def test_f05_what_the_rules_send_elsewhere_does_not_stand_in_the_way(tmp_path: Path) -> None:
    rules = tuple(Rule(name=name, tags=(name,), routes=(Route(channel=name),)) for name in ("x", "y"))
    bench = newsroom(tmp_path, rules=rules, channels=(values.channel("x"), values.channel("y")))
    baseline(bench)
    read(bench, [entry(bench, 50, title=STORM, tags=("y",))])
    bench.clock.tick(timedelta(seconds=1))
    plan(bench.parts)
    with bench.parts.store.write() as conn:  # planned a moment after it was seen, as on a clock that runs
        found = [one.id for one in articles.latest(conn, "news", 1)]
        conn.exec_driver_sql(f"UPDATE articles SET planned_at = '2026-11-22T12:05:01.000000Z' WHERE id = '{found[0]}'")
    read(bench, [entry(bench, 51, title=STORM + "!", tags=("x",))])
    assert states(bench) == {STORM: "queued", STORM + "!": "queued"}


def test_f05_what_was_there_before_us_may_have_been_posted_by_others(bench: Bench) -> None:
    document = baseline(bench)
    read(bench, [entry(bench, 50, title=document[0].title)])
    assert states(bench) == {document[0].title: "held"}
    assert "seen 2026-11-22 12:00Z" in reasons(bench)[document[0].title]


def test_f05_headlines_without_letters_are_like_no_other(bench: Bench) -> None:
    baseline(bench)
    read(bench, [entry(bench, n, title="…") for n in (50, 51)])
    assert sorted(_all(bench)) == ["queued", "queued"]


def _all(bench: Bench) -> list[str]:
    return [str(state) for state in bench.states()]


# --- names that contradict each other -------------------------------------------------------------------------------


def test_f11_one_guid_for_another_story_at_another_address_is_held_and_neither_merged_nor_posted(bench: Bench) -> None:
    posted(bench)
    bench.clock.tick(HOUR)
    first = entry(bench, 50, title=STORM, age=HOUR + FIVE)
    second = entry(bench, 51, title="Parliament dissolved", guid=first.guid)
    for _ in range(3):
        read(bench, [second, first])
        bench.clock.tick(FIVE)
    deliver(bench.parts)
    assert states(bench) == {STORM: "published", "Parliament dissolved": "held"}
    assert reasons(bench)["Parliament dissolved"].startswith(
        f"has the guid of another article with another headline: “{STORM}”"
    )
    assert len(bench.x.live) == 1


def test_f11_one_address_for_another_story_with_another_guid_is_held(bench: Bench) -> None:
    """A page that is filled anew every day."""
    posted(bench, "Weather: rain")
    bench.clock.tick(timedelta(hours=23))
    first = entry(bench, 50, title="Weather: rain", age=timedelta(hours=23))
    today = replace(first, guid="tomorrow", title="Weather: sun", published_at=bench.clock.now())
    for _ in range(3):
        read(bench, [today])
        bench.clock.tick(FIVE)
    assert states(bench) == {"Weather: rain": "published", "Weather: sun": "held"}
    assert "has the address of another article" in reasons(bench)["Weather: sun"]


def test_f11_in_one_document_both_stories_are_kept_and_the_second_is_held(bench: Bench) -> None:
    document = baseline(bench)
    one = entry(bench, 50, title="Minister resigns", age=2 * FIVE)
    other = entry(bench, 51, title="Storm warning", guid=one.guid)
    for _ in range(2):
        read(bench, [other, one, *document])
        bench.clock.tick(FIVE)
    assert states(bench) == {"Minister resigns": "queued", "Storm warning": "held"}


def test_f11_the_same_item_twice_in_one_document_is_one_article(bench: Bench) -> None:
    document = baseline(bench)
    one = entry(bench, 50)
    again = replace(one, url=one.url + "?from=top", canonical_url=one.canonical_url + "?from=top")
    read(bench, [one, again, one, *document])
    bench.clock.tick(FIVE)
    assert read(bench, [replace(again, guid="other"), *document]).new == 0  # both addresses are its names
    assert states(bench) == {"Story number 50": "queued"}


def test_f11_two_versions_of_one_item_in_a_document_do_not_take_turns(bench: Bench) -> None:
    """Both have its guid and address; else it would change at each reading and be told each time."""
    posted(bench)
    bench.clock.tick(FIVE)
    one = entry(bench, 50, title=STORM, age=2 * FIVE)
    other = replace(one, title=STORM + " (updated)", published_at=bench.clock.now())
    for _ in range(5):
        read(bench, [one, other])
        bench.clock.tick(FIVE)
    with bench.parts.store.read() as conn:
        (row,) = views.log(conn)
        assert len(views.changes(conn, row.post.article_id)) == 1
    assert len(alarms(bench, "headline changed")) == 1


@pytest.mark.parametrize("twin", ["http:", "https:"])
def test_f01_f02_a_guid_that_is_an_address_is_the_same_under_the_other_scheme(bench: Bench, twin: str) -> None:
    """Site and section moved, and the guid changed its scheme with them: nothing else is left of its names."""
    baseline(bench)
    first = "https:" if twin == "http:" else "http:"
    read(bench, [entry(bench, 50, guid=f"{first}//news.example/?p=50")])
    bench.clock.tick(FIVE)
    url = "https://new.example/politics/50"
    moved = entry(bench, 50, guid=f"{twin}//news.example/?p=50", url=url, canonical_url=url)
    assert read(bench, [moved]).new == 0
    assert states(bench) == {"Story number 50": "queued"}


def test_an_address_that_all_items_share_tells_none_of_them_apart(bench: Bench) -> None:
    """A podcast whose episodes all link to the show."""
    show = "https://news.example/show"
    episodes = [entry(bench, n, url=show, canonical_url=show, age=timedelta(days=9 - n)) for n in range(1, 6)]
    assert read(bench, episodes).baselined == 5
    bench.clock.tick(FIVE)
    new = entry(bench, 50, title="Episode fifty", url=show, canonical_url=show)
    assert read(bench, [new, *episodes]).new == 1
    assert states(bench) == {"Episode fifty": "queued"}


def test_a_home_page_is_no_articles_address(bench: Bench) -> None:
    home = "https://news.example"
    read(bench, [entry(bench, 1, url=home, canonical_url=home)])
    bench.clock.tick(FIVE)
    assert read(bench, [entry(bench, 2, url=home, canonical_url=home)]).new == 1
    assert states(bench) == {"Story number 2": "queued"}


def test_the_same_article_in_two_sections_keeps_the_headline_of_its_own_source(tmp_path: Path) -> None:
    """Two feeds, two headlines: without that each reading would be a correction of the other."""
    world = replace(FEED, name="world", url="https://news.example/world/")
    bench = newsroom(tmp_path)
    bench.parts = replace(bench.parts, sources=(FEED, world))
    baseline(bench)
    read(bench, [], feed=world)
    bench.clock.tick(FIVE)
    read(bench, [entry(bench, 50, title=STORM)])
    deliver(bench.parts)
    for _ in range(3):
        bench.clock.tick(FIVE)
        read(bench, [entry(bench, 50, title="Harbour reopens", guid="world-50", age=FIVE)], feed=world)
        read(bench, [entry(bench, 50, title=STORM, age=FIVE)])
    assert states(bench) == {STORM: "published"}
    assert alarms(bench, "headline changed") == []


def test_what_is_placed_by_hand_is_not_held_for_its_headline(bench: Bench) -> None:
    """A person looked at it."""
    posted(bench)
    story = values.article(id="a000000000777", guid="other", url="https://o.example/", canonical_url="https://o.example",
                           title=STORM)  # fmt: skip
    (placed,) = admin.place(bench.parts, story, channels_=(bench.parts.channels["x"],))
    assert placed.post.state == "queued"
