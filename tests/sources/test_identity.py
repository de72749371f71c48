"""The identity proof: 40 feeds, each changed in every way that newsrooms' systems change theirs. No story is posted
twice, none is lost (it is posted, was there before, or is held), and a flood is one alarm.

Real remember, plan and deliver on SQLite; the platform is scripted. A few feeds are tried in the quick suite, all of
them in the slow one.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from syndicator.model import Entry, State
from syndicator.service.deliver import deliver
from syndicator.store import batches, views
from syndicator.store.schema import articles as table
from tests import values
from tests.service.bench import Bench
from tests.service.newsfeed import newsroom, read
from tests.sources.mutations_of_feeds import ANEW, OWN, QUICK, REAL, SAME, SOURCE, archive, own, real

FIVE = timedelta(minutes=5)
NEW = 3
"""Stories of each feed that come out after its baseline and are posted."""
FEEDS = (*OWN, *REAL)
MUTATIONS = SAME | ANEW


def test_there_are_forty_feeds_and_twelve_mutations_and_more() -> None:
    assert len(FEEDS) == len(set(FEEDS)) == 40
    assert len(MUTATIONS) >= 12
    assert set(QUICK) <= set(FEEDS)


class Story:
    """One feed on one bench, from its baseline over its news to what a mutation makes of it."""

    def __init__(self, folder: Path, name: str) -> None:
        self.bench: Bench = newsroom(folder, feed=SOURCE)
        make = own if name in OWN else real
        self.entries = make(name, now=values.NOW)

    def begin(self) -> None:
        """Read the baseline, then the newest stories, which are posted."""
        read(self.bench, self.entries[NEW:])
        self.bench.clock.tick(FIVE)
        self.read(self.entries)
        assert self.bench.told.notices == [] or self.doubtful()

    def doubtful(self) -> bool:
        """Say whether the feed's own headlines repeat, so that some of its news is held from the start (F05)."""
        titles = [entry.title.casefold() for entry in self.entries]
        return len(set(titles)) < len(titles)

    def read(self, entries: list[Entry]) -> None:
        read(self.bench, entries)
        deliver(self.bench.parts)
        self.bench.clock.tick(FIVE)

    def fresh(self) -> Entry:
        """Give news that has nothing to do with the mutation."""
        url = f"https://{'today.example'}/fresh-from-the-press"
        at = self.bench.clock.now()
        return Entry(guid="fresh", url=url, canonical_url=url, title="Fresh from the press", published_at=at,
                     authors=("fresh",))  # fmt: skip

    def posted(self) -> Counter[str]:
        """Give how often each story is live."""
        with self.bench.parts.store.read() as conn:
            numbers = {row.id: row.authors[0] for row in conn.execute(select(table.c.id, table.c.authors))}
            owners = {row.post.id: row.post.article_id for row in views.log(conn)}
        return Counter(numbers[owners[marker]] for marker, _ in self.bench.x.live)

    def accounted(self) -> set[str]:
        """Give every story that the log knows and that was posted, was there before, or is held."""
        with self.bench.parts.store.read() as conn:
            posts = {row.post.article_id: row.post.state for row in views.log(conn)}
            held = {one.id for batch in batches.held(conn) for one in batches.content(conn, batch.id)}
            found = set()
            for row in conn.execute(select(table)):
                before = row.planned_at is not None and row.planned_at == row.first_seen_at and row.id not in posts
                if before or row.id in held or posts.get(row.id) in (State.PUBLISHED, State.HELD):
                    found.add(row.authors[0])
        return found

    def floods(self) -> int:
        return sum("articles held" in notice.subject for notice in self.bench.told.notices)


@pytest.fixture
def story(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Story]:
    made = Story(tmp_path, request.param)
    yield made
    made.bench.parts.store.close()


def sift(names: tuple[str, ...]) -> list[object]:
    return [pytest.param(name, marks=() if name in QUICK else pytest.mark.slow) for name in names]


@pytest.mark.parametrize("mutation", MUTATIONS)
@pytest.mark.parametrize("story", sift(FEEDS), indirect=True)
def test_f01_to_f11_no_story_is_posted_twice_and_none_is_lost(story: Story, mutation: str) -> None:
    story.begin()
    changed = MUTATIONS[mutation](story.entries, story.bench.clock.now())
    story.read([story.fresh(), *changed])
    story.read(changed)
    story.read(story.entries)
    assert {name: times for name, times in story.posted().items() if times > 1} == {}
    everything = {entry.authors[0] for entry in (*story.entries, *changed)} | {"fresh"}
    assert everything - story.accounted() == set()
    assert story.floods() <= 1


ORDINARY = ("own:wordpress", "own:counters", "own:queries", REAL[1], REAL[13], REAL[15])
"""Feeds whose guids are not their addresses, so that each of these mutations leaves one of the two."""


@pytest.mark.parametrize("mutation", SAME)
@pytest.mark.parametrize("story", sift(ORDINARY), indirect=True)
def test_f01_f02_f04_what_keeps_one_of_its_names_is_known_and_nobody_is_asked(story: Story, mutation: str) -> None:
    """Holding everything would pass the proof above; a newsroom would switch it off."""
    story.begin()
    assert story.entries[0].guid not in (story.entries[0].url, story.entries[0].canonical_url)
    changed = SAME[mutation](story.entries, story.bench.clock.now())
    story.read([story.fresh(), *changed])
    assert story.floods() == 0
    assert story.posted() == Counter({"0": 1, "1": 1, "2": 1, "fresh": 1})
    assert State.HELD not in story.bench.states()


@pytest.mark.slow
@pytest.mark.parametrize("story", ["own:wordpress", "own:undated", REAL[13]], indirect=True)
def test_f08_an_archive_of_ten_thousand_is_one_alarm(story: Story) -> None:
    story.begin()
    changed = archive(story.entries, story.bench.clock.now(), 10_000)
    for _ in range(2):
        story.read(changed)
    assert (story.floods(), set(story.posted().values())) == (1, {1})
    assert {entry.authors[0] for entry in changed} - story.accounted() == set()


@pytest.mark.parametrize("story", ["own:wordpress"], indirect=True)
def test_f08_an_archive_that_comes_in_pieces_is_one_alarm(story: Story) -> None:
    """Thirty at a time, as a window moves over it."""
    story.begin()
    changed = archive(story.entries, story.bench.clock.now(), 300)
    for start in range(0, 300, 30):
        story.read([replace(entry, published_at=story.bench.clock.now()) for entry in changed[start : start + 30]])
    assert (story.floods(), set(story.posted().values())) == (1, {1})
    assert {entry.authors[0] for entry in changed} - story.accounted() == set()
