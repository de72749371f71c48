"""What answers mean for the next question: pace, moves, pauses, and what a person hears of, once."""

from dataclasses import replace
from datetime import timedelta

import pytest

from syndicator.core import rhythm
from syndicator.errors import SourceError, SourceUnreachable
from syndicator.model import Source
from syndicator.service import pace
from syndicator.service.notify import Notice
from syndicator.sources import Reading, Validators
from syndicator.store.articles import SourceState
from tests import values

NOW = values.NOW
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
NEWS = Source(name="news", kind="feed", url="https://news.example/feed")
OTHER = "https://elsewhere.example/feed"
MOVED = "https://www.news.example/new/feed"


class Life:
    """A source's state from poll to poll, and what a person heard of it."""

    def __init__(self, source: Source = NEWS, state: SourceState | None = None) -> None:
        self.source = source
        self.state = state or SourceState(name=source.name)
        self.now = NOW
        self.heard: list[Notice] = []

    def good(self, *, moved_to: str = "", new: int = 0, after: timedelta = 5 * MINUTE) -> SourceState:
        self.now += after
        reading = Reading(entries=(), not_modified=not new, url=moved_to, moved_to=moved_to)
        known = rhythm.read(self.state.rhythm)
        return self._be(pace.succeeded(self.source, self.state, known, reading=reading, new=new, now=self.now))

    def bad(
        self, status: int | None = None, *, after: timedelta = 5 * MINUTE, wait: timedelta | None = None
    ) -> SourceState:
        self.now += after
        error = SourceUnreachable("no", source=self.source.name, status=status, retry_after=wait)
        return self._be(pace.failed(self.source, self.state, error, now=self.now))

    def _be(self, state: SourceState) -> SourceState:
        self.heard += pace.notices(self.source, self.state, state, now=self.now)
        self.state = state
        return state

    @property
    def asks(self) -> str:
        return pace.asked(self.source, self.state).url

    @property
    def subjects(self) -> list[str]:
        return [notice.subject for notice in self.heard]


# --- F30: politeness ------------------------------------------------------------------------------------------------


def test_f30_nobody_else_s_server_is_asked_more_than_once_a_minute() -> None:
    hasty = replace(NEWS, interval=timedelta(seconds=5))
    state = Life(hasty).good()
    assert state.next_poll_at is not None
    assert state.next_poll_at >= state.last_polled_at + 54 * timedelta(seconds=1)  # type: ignore[operator]
    ran_out = replace(state, next_poll_at=state.last_polled_at)
    for seconds, due in ((5, False), (59, False), (60, True)):
        at = NOW + 5 * MINUTE + timedelta(seconds=seconds)
        assert pace.is_due(ran_out, hasty, now=at, force=False) is due, seconds
        assert pace.is_due(ran_out, hasty, now=at, force=True)
        assert pace.is_due(ran_out, replace(hasty, allow_private=True), now=at, force=False)


def test_f30_waits_are_spread_and_always_the_same() -> None:
    starts = [Life(replace(NEWS, name=f"s{n}")).good() for n in range(300)]
    waits = {state.next_poll_at for state in starts}
    assert len(waits) > 250
    assert waits == {Life(replace(NEWS, name=f"s{n}")).good().next_poll_at for n in range(300)}
    assert all(NOW + 9.5 * MINUTE <= at <= NOW + 10 * MINUTE for at in waits if at)


def test_the_interval_follows_the_source_where_that_is_allowed() -> None:
    slow = Life(replace(NEWS, interval_most=2 * HOUR))
    slow.good()
    for _ in range(30):
        slow.good(new=1, after=12 * HOUR)
    assert slow.state.interval is not None
    assert slow.state.interval > 600
    assert slow.state.polls == 31
    fixed = Life(NEWS)
    fixed.good()
    fixed.good(new=1, after=12 * HOUR)
    assert fixed.state.interval == 300


@pytest.mark.parametrize("failures", [1, 2, 3, 9, 40])
def test_f17_back_off_doubles_up_to_an_hour_and_a_little_apart(failures: int) -> None:
    state = pace.failed(NEWS, SourceState(name="news", failures=failures - 1), SourceError("x", source="news"), now=NOW)
    most = min(HOUR, 5 * MINUTE * 2 ** min(failures, 9))
    assert state.next_poll_at is not None
    assert 0.9 * most <= state.next_poll_at - NOW <= most
    assert not pace.is_due(state, NEWS, now=NOW + 0.89 * most, force=True)
    assert pace.is_due(state, NEWS, now=NOW + most, force=False)


def test_f17_the_server_s_own_word_on_when_to_come_back_is_kept() -> None:
    for wait in (timedelta(hours=24), timedelta(minutes=90)):
        state = Life().bad(429, wait=wait)
        assert state.next_poll_at == NOW + 5 * MINUTE + wait
        assert not pace.is_due(state, NEWS, now=NOW + wait, force=True)
    assert Life().bad(429, wait=timedelta(0)).next_poll_at > NOW + 5 * MINUTE  # type: ignore[operator]


# --- F16: moves -----------------------------------------------------------------------------------------------------


def test_f16_a_move_on_its_own_site_is_believed_after_a_day_and_three_polls() -> None:
    life = Life()
    asked = []
    for _ in range(8):
        life.good(moved_to=MOVED, after=4 * HOUR)
        asked.append(life.asks)
    assert asked == [NEWS.url] * 6 + [MOVED] * 2
    assert life.subjects == []


def test_f16_many_polls_in_an_hour_are_no_day() -> None:
    life = Life()
    for _ in range(20):
        life.good(moved_to=MOVED, after=MINUTE)
    assert life.asks == NEWS.url


def test_f16_two_polls_over_a_month_are_not_three() -> None:
    life = Life()
    life.good(moved_to=MOVED)
    life.good(moved_to=MOVED, after=30 * DAY)
    assert life.asks == NEWS.url
    life.good(moved_to=MOVED)
    assert life.asks == MOVED


def test_f16_a_move_that_changes_or_stops_begins_anew() -> None:
    life = Life()
    for _ in range(3):
        life.good(moved_to=MOVED, after=10 * HOUR)
    life.good()  # once it did not say so
    assert life.state.moved_to is None
    for _ in range(3):
        life.good(moved_to=MOVED + "2", after=10 * HOUR)
    assert (life.asks, life.state.moved_polls) == (NEWS.url, 3)
    life.good(moved_to=MOVED, after=10 * HOUR)
    assert (life.asks, life.state.moved_polls) == (NEWS.url, 1)


def test_f16_a_move_to_another_site_is_told_once_and_never_believed() -> None:
    life = Life()
    for _ in range(40):
        life.good(moved_to=OTHER, after=4 * HOUR)
        assert life.asks == NEWS.url
    assert life.subjects == ["source moved"]
    assert OTHER in life.heard[0].text
    assert "[sources.news]" in life.heard[0].text


def test_f16_where_the_new_address_fails_the_configured_one_is_asked_again() -> None:
    life = Life()
    for _ in range(3):
        life.good(moved_to=MOVED, after=DAY)
    life.good(after=DAY)  # asked there, it says nothing of a move
    assert life.asks == MOVED
    life.bad(404)
    assert life.asks == NEWS.url
    for _ in range(3):
        life.good(moved_to=MOVED, after=DAY)
    assert life.asks == MOVED


def test_f16_another_configured_address_owes_nothing_to_the_old_one() -> None:
    life = Life()
    for _ in range(3):
        life.good(moved_to=MOVED, after=DAY)
    life.source = replace(NEWS, url="https://news.example/section/feed")
    assert life.asks == life.source.url


# --- F17: gone ------------------------------------------------------------------------------------------------------


def test_f17_gone_on_two_days_pauses_the_source_and_is_told_once() -> None:
    life = Life()
    life.good()
    life.bad(410)
    life.bad(410, after=23 * HOUR)
    assert life.state.paused_at is None
    life.bad(410, after=2 * HOUR)
    assert life.state.paused_at == life.now
    assert not pace.is_due(life.state, NEWS, now=life.now + 365 * DAY, force=True)
    assert life.subjects == ["source gone"]
    assert "410" in life.heard[0].text
    assert "syndicator sources resume news" in life.heard[0].told


def test_f17_gone_once_and_back_is_forgotten() -> None:
    life = Life()
    life.bad(410)
    life.good()
    life.bad(410, after=3 * DAY)
    assert life.state.paused_at is None
    for status in (401, 403, 404, 500, None):
        life.bad(status, after=3 * DAY)
    assert life.state.paused_at is None


# --- F15: failures, silence ---------------------------------------------------------------------------------------


def test_f15_five_failures_in_a_row_are_one_alarm_and_recovery_another() -> None:
    life = Life()
    life.good()
    for _ in range(4):
        life.bad(500)
    assert life.subjects == []
    for _ in range(20):
        life.bad(500)
    assert life.subjects == ["source failing"]
    life.good()
    life.good()
    assert life.subjects == ["source failing", "source well again"]
    for _ in range(3):
        life.bad(500)
    life.good()
    assert len(life.heard) == 2


def test_a_source_that_falls_silent_is_told_once_and_again_only_after_news() -> None:
    life = Life(replace(NEWS, max_age=DAY))
    life.good()
    for _ in range(30):
        life.good(new=2, after=8 * HOUR)
        life.good(after=HOUR)
    for _ in range(200):
        life.good(after=HOUR)
    assert life.subjects == ["source silent"]
    assert life.heard[0].key == "silent:news"
    life.good(new=1)
    for _ in range(30):
        life.good(new=2, after=5 * HOUR)
    assert life.subjects == ["source silent"]


def test_a_paused_source_is_left_alone_until_its_time() -> None:
    state = SourceState(name="news", paused_at=NOW, paused_until=NOW + DAY)
    assert not pace.is_due(state, NEWS, now=NOW + HOUR, force=True)
    assert pace.is_due(state, NEWS, now=NOW + DAY, force=False)


def test_when_everything_fails_a_person_hears_one_thing() -> None:
    found = []
    for n in range(1000):
        life = Life(replace(NEWS, name=f"s{n}"), SourceState(name=f"s{n}", failures=4))
        life.bad(500)
        found += life.heard
    assert len(found) == 1000
    (one,) = pace.together(found)
    assert one.text.startswith("1000 sources:\ns0 could not be read 5 times")
    assert one.text.endswith("… and 970 more")
    assert pace.together(found[:2]) == found[:2]


# --- F12: a newer name of the same document ----------------------------------------------------------------------


def test_f12_a_newer_etag_of_the_same_document_is_kept_and_nobody_else_s() -> None:
    state = SourceState(name="news", etag='"1"', url="https://news.example/feed", digest="d")

    def after(url: str) -> str | None:
        reading = Reading(entries=(), not_modified=True, validators=Validators(etag='"2"', last_modified=None, url=url))
        return pace.succeeded(NEWS, state, rhythm.Rhythm(), reading=reading, new=0, now=NOW).etag

    assert after("https://news.example/feed") == '"2"'
    assert after("https://cdn.example/feed") == '"1"'


def test_clocks_that_ran_ahead_do_not_silence_a_source() -> None:
    ahead = SourceState(name="news", last_polled_at=NOW + 9 * DAY, next_poll_at=NOW + 9 * DAY + 5 * MINUTE)
    assert pace.is_due(ahead, NEWS, now=NOW, force=False)
