"""Sources, articles, aliases and pictures."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from hashlib import sha256
from threading import Barrier
from typing import Any

import pytest

from syndicator.errors import StoreError
from syndicator.model import Media
from syndicator.store import Store, articles, media, views
from syndicator.store.articles import SourceState
from tests.store.samples import ARTICLE, aliases, article, at


def test_a_source_is_remembered(store: Store) -> None:
    fresh = SourceState(name="eutoday")
    full = SourceState(
        name="eutoday", etag='W/"1"', last_modified="Sun", url="https://eutoday.example/feed", baseline_at=at(0),
        last_polled_at=at(1), last_success_at=at(2), next_poll_at=at(3), failures=4, last_error="timed out",
    )  # fmt: skip
    with store.write() as conn:
        assert articles.source_state(conn, "eutoday") is None
        for state in (fresh, full, fresh):
            articles.save_source_state(conn, state)
            assert articles.source_state(conn, "eutoday") == state


def test_an_article_is_known_by_its_aliases(store: Store) -> None:
    with store.write() as conn:
        assert articles.add(conn, ARTICLE, aliases(1), planned=False)
        assert articles.get(conn, "a1") == ARTICLE
        assert articles.known(conn, [*aliases(1), "guid:other"]) == dict.fromkeys(aliases(1), "a1")
        articles.add_aliases(conn, "a1", ["guid:other", aliases(1)[0]])
        assert articles.find(conn, "guid:other") == ARTICLE
        assert articles.find(conn, "guid:nobody") is None
        assert articles.get(conn, "nobody") is None


def test_an_article_is_added_once(store: Store) -> None:
    with store.write() as conn:
        assert articles.add(conn, article(1), aliases(1), planned=False)
        assert not articles.add(conn, article(1), ["guid:new"], planned=False)
        assert not articles.add(conn, article(2), [aliases(1)[0], "guid:new"], planned=False)
        # Nothing of a refused article stays, and the transaction goes on.
        assert articles.get(conn, "a2") is None
        assert articles.known(conn, ["guid:new"]) == {}
        articles.add_aliases(conn, "a1", aliases(2))
        assert articles.known(conn, aliases(2)) == dict.fromkeys(aliases(2), "a1")


def race(store: Store, act: Callable[[int, Any], Any], threads: int = 8) -> list[Any]:
    start = Barrier(threads)

    def one(number: int) -> Any:
        start.wait()
        with store.write() as conn:
            return act(number, conn)

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(one, range(threads)))


def test_many_pollers_store_one_article(store: Store) -> None:
    """The same entry under eight ids that share one alias: one of them is stored, with all its aliases."""
    names = ["guid:same", *(f"guid:{n}" for n in range(20))]
    added = race(store, lambda n, conn: articles.add(conn, article(n), names, planned=False))
    assert sorted(added) == [False] * 7 + [True]
    with store.read() as conn:
        (stored,) = articles.unplanned(conn)
        assert set(articles.known(conn, names).values()) == {stored.id}


def test_planning_asks_each_article_once(store: Store) -> None:
    with store.write() as conn:
        articles.add(conn, article(1), aliases(1), planned=True)
        for number in (2, 3, 4):
            articles.add(conn, article(number, first_seen_at=at(-number)), aliases(number), planned=False)
        assert [one.id for one in articles.unplanned(conn)] == ["a4", "a3", "a2"]
        assert [one.id for one in articles.unplanned(conn, limit=2)] == ["a4", "a3"]
        articles.mark_planned(conn, ["a4", "a2"], at(9))
        assert [one.id for one in articles.unplanned(conn)] == ["a3"]
        articles.mark_planned(conn, [], at(9))


def test_a_visible_change_is_a_revision(store: Store) -> None:
    with store.write() as conn:
        articles.add(conn, ARTICLE, aliases(1), planned=False)
        assert not articles.revise(conn, ARTICLE, at=at(1))
        quiet = replace(ARTICLE, updated_at=at(1), first_seen_at=at(1), source="other", guid="other")
        assert not articles.revise(conn, quiet, at=at(1))
        assert articles.get(conn, "a1") == replace(ARTICLE, updated_at=at(1))
        louder = replace(quiet, title="Corrected")
        assert articles.revise(conn, louder, at=at(2))
        assert not articles.revise(conn, louder, at=at(3))
        (revision,) = views.changes(conn, "a1")
        assert (revision.at, revision.title, revision.url) == (at(2), ARTICLE.title, ARTICLE.url)
        assert not articles.revise(conn, article(9), at=at(4))


def test_the_latest_articles(store: Store) -> None:
    with store.write() as conn:
        for number, seen, published in ((1, 5, -9), (2, 5, -1), (3, 9, None), (4, 5, None)):
            published_at = None if published is None else at(published)
            one = article(number, first_seen_at=at(seen), published_at=published_at)
            articles.add(conn, one, aliases(number), planned=True)
        articles.add(conn, article(5, source="other", first_seen_at=at(99)), aliases(5), planned=True)
        assert [one.id for one in articles.latest(conn, "eutoday", 9)] == ["a3", "a2", "a1", "a4"]
        assert [one.id for one in articles.latest(conn, None, 2)] == ["a5", "a3"]


def test_many_aliases_at_once(store: Store) -> None:
    names = [f"guid:{n}" for n in range(2500)]
    with store.write() as conn:
        assert articles.add(conn, ARTICLE, names, planned=False)
        assert len(articles.known(conn, names)) == 2500
        assert articles.known(conn, []) == {}


def test_hostile_text_is_stored_without_what_cannot_be(store: Store) -> None:
    """F26: NUL and half a surrogate pair fit no database text; the entry must not stop the poll."""
    hostile = article(1, title="Nu\0l \ud800 🇱🇹", tags=("\udfff",), guid="g\0")
    names = ["guid:eutoday:g\0", "url:x"]
    with store.write() as conn:
        assert articles.add(conn, hostile, names, planned=False)
        assert articles.known(conn, names) == dict.fromkeys(names, "a1")
        stored = articles.get(conn, "a1")
        assert stored is not None
        assert (stored.title, stored.guid) == ("Nul  🇱🇹", "g")
        assert not articles.add(conn, replace(hostile, id="a2"), names, planned=False)
        assert not articles.revise(conn, replace(hostile, tags=stored.tags), at=at(1))


def test_pictures_are_kept_by_their_bytes(store: Store) -> None:
    data = bytes(range(256)) * 40
    picture = Media(sha256=sha256(data).hexdigest(), mime="image/png", width=3, height=2, size=len(data), alt="A")
    with store.write() as conn:
        media.put(conn, picture, data)
        media.put(conn, replace(picture, alt="B"), data)
        assert media.load(conn, picture.sha256) == data
        with pytest.raises(StoreError, match="not in the post log"):
            media.load(conn, "0" * 64)
        for wrong in (replace(picture, sha256="0" * 64), replace(picture, size=1)):
            with pytest.raises(ValueError, match="not those"):
                media.put(conn, wrong, data)
