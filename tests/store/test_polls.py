"""States of sources, many at a time, on both databases."""

from dataclasses import replace
from datetime import timedelta

import pytest

from syndicator.store import Store, articles, polls
from syndicator.store.articles import SourceState
from syndicator.store.polls import Saving
from tests.store.samples import article, at

BEFORE = tuple(
    SourceState(name=f"s{n}", last_polled_at=at(n), next_poll_at=at(10 + n), polls=n, rhythm={"sizes": [n]})
    for n in range(1, 6)
)


@pytest.fixture
def known(store: Store) -> Store:
    with store.write() as conn:
        polls.save(conn, [Saving(before=None, after=state) for state in BEFORE])
    return store


def polled(state: SourceState) -> Saving:
    return Saving(before=state, after=replace(state, last_polled_at=at(30), polls=state.polls + 1, failures=0))


def test_states_come_back_as_they_were(known: Store) -> None:
    with known.read() as conn:
        assert polls.states(conn, [state.name for state in BEFORE]) == {state.name: state for state in BEFORE}
        assert polls.states(conn, []) == {}
        assert polls.size(conn) == len(set(polls.names(conn))) == 5


def test_what_is_ripe_comes_the_longest_due_first(known: Store) -> None:
    with known.write() as conn:
        polls.save(conn, [Saving(before=None, after=SourceState(name="never"))])
        polls.save(conn, [Saving(before=None, after=SourceState(name="far", next_poll_at=at(1) + timedelta(days=9)))])
    with known.read() as conn:
        found = [state.name for state in polls.ripe(conn, now=at(12), far=at(1) + timedelta(days=2))]
        assert found == ["never", "s1", "s2", "far"]
        assert len(list(polls.times(conn))) == 7


def test_an_idle_look_goes_through_no_index_as_a_whole(known: Store) -> None:
    """Asked every second: of ten thousand sources it touches those that are due."""
    if known.dialect != "sqlite":
        return
    with known.read() as conn:
        asked = polls._RIPE.compile(dialect=conn.dialect)
        plan = conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {asked}", ("a", "b")).all()
    assert [row[3] for row in plan if row[3].startswith("SCAN")] == []
    assert sum("USING INDEX ix_sources_next_poll_at" in row[3] for row in plan) == 3


def test_a_new_state_takes_the_place_of_an_old_one(known: Store) -> None:
    anew = SourceState(name="s1", etag='"2"')
    with known.write() as conn:
        polls.save(conn, [Saving(before=None, after=anew)])
        assert polls.states(conn, ["s1"]) == {"s1": anew}


def test_untouched_states_are_written_together_or_not_at_all(known: Store) -> None:
    with known.write() as conn:
        assert polls.save_untouched(conn, [polled(state) for state in BEFORE])
        assert [state.polls for state in polls.states(conn, ["s1", "s5"]).values()] == [2, 6]
    with known.write() as conn:
        assert not polls.save_untouched(conn, [polled(polled(BEFORE[0]).after), polled(BEFORE[1])])
        assert [state.polls for state in polls.states(conn, ["s1", "s2"]).values()] == [2, 3]
        # Nothing is known of it, so nothing can be compared.
        assert not polls.save_untouched(conn, [Saving(before=None, after=SourceState(name="new"))])
        assert not polls.save_untouched(conn, [polled(SourceState(name="s3"))])


def test_only_what_changed_is_written(known: Store) -> None:
    with known.write() as conn:
        polls.save(conn, [Saving(before=BEFORE[0], after=replace(BEFORE[0], title="Told by a person"))])
        assert polls.save_untouched(conn, [polled(BEFORE[0])])
        (found,) = polls.states(conn, ["s1"]).values()
    assert (found.title, found.polls) == ("Told by a person", 2)


def test_unplanned_articles_with_and_without_a_limit(store: Store) -> None:
    with store.write() as conn:
        for n in range(1, 5):
            assert articles.add(conn, article(n), [f"guid:{n}"], planned=n == 4)
        assert [one.id for one in articles.unplanned(conn)] == ["a1", "a2", "a3"]
        assert [one.id for one in articles.unplanned(conn, limit=2)] == ["a1", "a2"]
