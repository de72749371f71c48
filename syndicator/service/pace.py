"""What an answer means for the next question: when a source is asked again, where, and what a person should know.

Pure but for the values it is given: it reads no clock, no network and no post log.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from syndicator.core import rhythm
from syndicator.core.rhythm import Rhythm
from syndicator.core.story import span
from syndicator.errors import SourceError
from syndicator.model import Source
from syndicator.service.notify import Notice
from syndicator.sources import Reading, Validators
from syndicator.sources._links import same_site
from syndicator.store.articles import SourceState

FLOOR = timedelta(seconds=60)
"""Nobody else's server is asked more often (F30), unless a person or the source itself says so."""
BACKOFF_MOST = timedelta(hours=1)
FARTHEST = timedelta(hours=25)
"""No wait is longer than a day: a poll planned further ahead was dated by a clock that ran ahead (T05)."""
ALARM_AFTER = 5
"""Failures in a row after which a person hears of it (F15)."""
GONE_AFTER = timedelta(hours=24)
MOVED_AFTER = timedelta(hours=24)
MOVED_POLLS = 3
NAMED = 30
"""Sources that one notice names."""


def is_due(state: SourceState | None, source: Source, *, now: datetime, force: bool) -> bool:
    """Say whether ``source`` is to be read now; ``force`` only shortens the wait after a success.

    A source that failed keeps its back-off (and the server's Retry-After) also when a person is impatient.
    """
    if state is None:
        return True
    if state.paused(now):
        return False
    last = state.last_polled_at
    if not force and not source.allow_private and last is not None and last <= now < last + FLOOR:
        return False
    longest = max(FARTHEST, 2 * source.interval, 2 * (source.interval_most or source.interval))
    if state.next_poll_at is None or not now < state.next_poll_at <= now + longest:
        return True
    return force and not state.failures


def asked(source: Source, state: SourceState | None) -> Source:
    """Give ``source`` with the address to ask: where it has said for a day that it is now, on its own site (F16)."""
    if state is None or not is_followed(source, state, now=state.last_success_at):
        return source
    return replace(source, url=str(state.moved_to))


def is_followed(source: Source, state: SourceState, *, now: datetime | None) -> bool:
    """Say whether the source's move is believed."""
    return _settled(source, state, now=now) and same_site(source.url, str(state.moved_to))


def _settled(source: Source, state: SourceState, *, now: datetime | None) -> bool:
    """Say whether the source has said for a day, in at least three polls, that it moved for good."""
    if state.moved_to is None or state.moved_at is None or now is None or state.moved_from != source.url:
        return False
    return state.moved_polls >= MOVED_POLLS and now - state.moved_at >= MOVED_AFTER


def succeeded(
    source: Source, state: SourceState, known: Rhythm, *, reading: Reading, new: int, now: datetime
) -> SourceState:
    """Give the state after a successful poll that brought ``new`` articles which no guard held."""
    learned = rhythm.learned(known, at=now, new=new, last=state.last_success_at)
    wait = rhythm.interval(learned, least=source.interval, most=source.interval_most, now=now)
    fresh = replace(
        _moved(source, state, reading, now=now),
        last_polled_at=now,
        last_success_at=now,
        next_poll_at=now + rhythm.jittered(_polite(wait, source), source=source.name, polls=state.polls),
        failures=0,
        last_error="",
        interval=int(wait.total_seconds()),
        polls=state.polls + 1,
        gone_at=None,
        rhythm=state.rhythm if learned is known else rhythm.written(learned),
    )
    kept = reading.validators
    if reading.not_modified and kept is not None and kept.url == state.url and not _same(kept, state):
        # The same document under a newer name (F12): what was stored with it stays true.
        fresh = replace(fresh, etag=kept.etag, last_modified=kept.last_modified)
    return fresh


def _same(kept: Validators, state: SourceState) -> bool:
    return (kept.etag, kept.last_modified) == (state.etag, state.last_modified)


def _polite(wait: timedelta, source: Source) -> timedelta:
    return wait if source.allow_private else max(wait, FLOOR)


def _moved(source: Source, state: SourceState, reading: Reading, *, now: datetime) -> SourceState:
    if not reading.moved_to:
        # Asked at its new address it has nothing to say of a move.
        if state.moved_to is None or is_followed(source, state, now=state.last_success_at):
            return state
        return _unmoved(state)
    if (state.moved_from, state.moved_to) == (source.url, reading.moved_to):
        return replace(state, moved_polls=state.moved_polls + 1)
    return replace(state, moved_from=source.url, moved_to=reading.moved_to, moved_at=now, moved_polls=1)


def _unmoved(state: SourceState) -> SourceState:
    return replace(state, moved_from=None, moved_to=None, moved_at=None, moved_polls=0)


def back_off(source: Source, failures: int) -> timedelta:
    """Give how long a source waits after so many failures in a row, unless its server wants longer; never less."""
    return _polite(min(BACKOFF_MOST, source.interval * (1 << min(failures, 10))), source)


def failed(source: Source, state: SourceState, error: SourceError, *, now: datetime) -> SourceState:
    """Give the state after a poll that failed: longer and longer waits, and a pause for what is gone (F17)."""
    failures = state.failures + 1
    wait = rhythm.jittered(back_off(source, failures), source=source.name, polls=state.polls + failures)
    wait = max(wait, error.retry_after or timedelta(0))
    gone = error.status == 410
    fresh = replace(
        # The new address does not hold what was promised: back to the one that the newsroom wrote down.
        _unmoved(state) if is_followed(source, state, now=state.last_success_at) else state,
        last_polled_at=now,
        next_poll_at=now + wait,
        failures=failures,
        last_error=str(error),
        gone_at=(state.gone_at or now) if gone else state.gone_at,
    )
    if gone and state.gone_at is not None and now - state.gone_at >= GONE_AFTER:
        reason = f"gone: the server answers 410 since {state.gone_at:%Y-%m-%d %H:%M}Z"
        fresh = replace(fresh, paused_at=now, paused_until=None, pause_reason=reason)
    return fresh


def notices(source: Source, before: SourceState, after: SourceState, *, now: datetime) -> list[Notice]:
    """Give what a person should hear of, once each: what went from well to ill between two polls, or back."""
    found = []
    if after.paused_at is not None and before.paused_at is None:
        text = f"{source.name} is not read any more: {after.pause_reason}. Correct or remove its address."
        remedy = f"syndicator sources resume {source.name}"
        found.append(_notice("gone", source, "source gone", text, remedy=remedy))
    elif after.failures >= ALARM_AFTER > before.failures:
        text = f"{source.name} could not be read {after.failures} times in a row; it is tried again and again. Last: "
        found.append(_notice("failing", source, "source failing", text + after.last_error))
    elif before.failures >= ALARM_AFTER and not after.failures:
        text = f"{source.name} is read again after {before.failures} failures."
        found.append(_notice(f"well:{before.failures}", source, "source well again", text))
    was, is_now = _settled(source, before, now=before.last_polled_at), _settled(source, after, now=now)
    if is_now and not was and not is_followed(source, after, now=now):
        text = f"{source.name} says that it moved for good to another site, {after.moved_to}. It is read there for"
        text += f' now, by way of {source.url}. If that is right, set url = "{after.moved_to}"'
        found.append(_notice("moved", source, "source moved", f"{text} in [sources.{source.name}]."))
    return found + _silence(source, before, after, now=now)


def _silence(source: Source, before: SourceState, after: SourceState, *, now: datetime) -> list[Notice]:
    if after.failures or after.rhythm is None:
        return []
    # As it was at the last poll: silence is told when it begins to be long, not while it lasts.
    known, earlier = rhythm.read(after.rhythm), before.last_success_at
    quiet = rhythm.silence(known, now=now)
    if quiet is None or (earlier is not None and rhythm.silence(known, now=earlier) is not None):
        return []
    text = f"{source.name} answers and has had nothing new for {span(quiet)}; its longest silence before was "
    text += f"{span(timedelta(seconds=known.longest))}. Does its feed still get the news?"
    return [_notice("silent", source, "source silent", text)]


def _notice(key: str, source: Source, subject: str, text: str, *, remedy: str = "") -> Notice:
    return Notice(key=f"{key}:{source.name}", subject=subject, text=text, remedy=remedy)


def together(found: Iterable[Notice]) -> list[Notice]:
    """Make one notice of many of a kind: when our own network fails, every source does."""
    kinds: dict[str, list[Notice]] = {}
    for notice in found:
        kinds.setdefault(notice.subject, []).append(notice)
    return [notice for group in kinds.values() for notice in (group if len(group) <= 3 else [_one(group)])]


def _one(group: Sequence[Notice]) -> Notice:
    lines = [notice.text for notice in group[:NAMED]]
    more = [f"… and {len(group) - NAMED} more"] if len(group) > NAMED else []
    text = "\n".join([f"{len(group)} sources:", *lines, *more])
    return Notice(key=f"{group[0].key}:{len(group)}", subject=group[0].subject, text=text)
