"""How often a source has news, learned from its polls: when to ask again, what is many, how long is silent. Pure.

Nothing is decided here about what is posted. Only successful polls are learned from, and never what a guard held: one
flood would make the next one look usual.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

KEPT = 128
"""Polls with news that are remembered."""
CHANCE = 0.25
"""News per poll that an interval aims at: the mean delay is then an eighth of the time between two articles."""
HOURS_KEPT = 1024
"""Polls with news in the profile of the day; older ones fade."""
AWAY = timedelta(hours=6)
"""Nobody polled for so long: what the source did meanwhile is not known, so it is no silence of the source."""
WATCHED_LEAST = timedelta(days=8)
NEWS_LEAST = 20
"""Polls with news, over days that hold a weekend, before a silence means anything."""
SILENT_LEAST = timedelta(hours=12)
SILENT_TIMES = 2.0
_FADE = 0.999
JITTER = 0.1
_DAY = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """What is known of a source's rhythm. Instants are Unix seconds; all arrays are bounded."""

    news_at: tuple[int, ...] = ()
    """When the last polls brought news, oldest first."""
    sizes: tuple[int, ...] = ()
    """How many new items each of them brought."""
    hours: tuple[int, ...] = (0,) * 24
    """Polls with news by hour of the day (UTC), old ones faded."""
    began_at: int | None = None
    """The first poll that was learned from."""
    since: int | None = None
    """From when on ``news_at`` is complete."""
    heard_at: int | None = None
    """Last news, or the end of an absence of ours after it."""
    longest: int = 0
    """Longest silence between two news, in seconds; fades with the years."""


def learned(rhythm: Rhythm, *, at: datetime, new: int, last: datetime | None = None) -> Rhythm:
    """Learn from one successful poll at ``at`` that brought ``new`` items which no guard held.

    ``last`` is the successful poll before it. The first reading of a source is its archive: learn it with ``new=0``.
    Gives the same object when there is nothing to write down.
    """
    now = int(at.timestamp())
    if rhythm.since is None or (last is not None and at - last > AWAY) or (rhythm.heard_at or now) > now:
        began_at, since = rhythm.began_at or now, rhythm.since or now
        rhythm = replace(rhythm, began_at=min(began_at, now), since=min(since, now), heard_at=now)
    if new <= 0:
        return rhythm
    news_at, sizes = (*rhythm.news_at, now), (*rhythm.sizes, new)
    hours = list(rhythm.hours)
    hours[at.astimezone(UTC).hour] += 1
    if sum(hours) > HOURS_KEPT:
        hours = [count // 2 for count in hours]
    silence = now - (rhythm.heard_at if rhythm.heard_at is not None else now)
    return replace(
        rhythm,
        news_at=news_at[-KEPT:],
        sizes=sizes[-KEPT:],
        hours=tuple(hours),
        since=news_at[-KEPT - 1] if len(news_at) > KEPT else rhythm.since,
        heard_at=now,
        longest=max(silence, int(rhythm.longest * _FADE)),
    )


def interval(rhythm: Rhythm, *, least: timedelta, most: timedelta | None, now: datetime) -> timedelta:
    """Give how long to wait until the next poll: ``least`` while news is frequent, at most ``most`` (None: always
    ``least``).
    """
    if most is None or most <= least or len(rhythm.news_at) < 2:
        # Nothing learned yet: a new source is watched closely.
        return least
    wanted = CHANCE * _gap(rhythm, now) / _busy(rhythm, now)
    return min(max(timedelta(seconds=int(wanted)), least), most)


def _gap(rhythm: Rhythm, now: datetime) -> float:
    """Give the usual seconds between two news; a silence that lasts makes it longer, one burst does not make it short.

    The mean of the last dozen, so that a source that changes its ways is followed within a day or two.
    """
    gaps = [later - earlier for earlier, later in pairwise(rhythm.news_at)][-12:]
    silent = now.timestamp() - (rhythm.heard_at or rhythm.news_at[-1])
    return max(sum(gaps) / len(gaps), silent / 2, 1.0)


def _busy(rhythm: Rhythm, now: datetime) -> float:
    """Give how busy this hour and the next are, against the mean hour: 0.25 to 4."""
    total = sum(rhythm.hours)
    if total < NEWS_LEAST:
        return 1.0
    hour = now.astimezone(UTC).hour
    expected = max(rhythm.hours[hour], rhythm.hours[(hour + 1) % 24])
    return min(max((expected + 1) / (total / 24 + 1), 0.25), 4.0)


def usual_most(rhythm: Rhythm) -> int:
    """Give the 99th percentile of new items in a poll, over the polls that brought any (0: nothing is known).

    Polls without news say nothing about the size of a batch: counted too, a source that publishes its day at once
    would be a flood every day.
    """
    ranked = sorted(rhythm.sizes)
    return ranked[(99 * len(ranked) + 99) // 100 - 1] if ranked else 0


def a_day(rhythm: Rhythm, *, now: datetime) -> float:
    """Give new items a day, over the time that is remembered (at least a day)."""
    if rhythm.since is None:
        return 0.0
    return sum(rhythm.sizes) * _DAY / max(now.timestamp() - rhythm.since, _DAY)


def silence(rhythm: Rhythm, *, now: datetime) -> timedelta | None:
    """Give how long a source that usually has news has had none, when that is unusually long; else None."""
    if rhythm.heard_at is None or rhythm.began_at is None or len(rhythm.sizes) < NEWS_LEAST:
        return None
    watched = timedelta(seconds=now.timestamp() - rhythm.began_at)
    quiet = timedelta(seconds=now.timestamp() - rhythm.heard_at)
    usual = timedelta(seconds=rhythm.longest * SILENT_TIMES)
    return quiet if watched >= WATCHED_LEAST and quiet > max(usual, SILENT_LEAST) else None


def jittered(wait: timedelta, *, source: str, polls: int) -> timedelta:
    """Take up to a tenth off ``wait``, so that sources part that began together; the same poll gets the same wait.

    Only ever shorter: an interval promises how late news may be.
    """
    digest = hashlib.blake2b(f"{source}\0{polls}".encode(), digest_size=4).digest()
    return wait * (1 - JITTER * int.from_bytes(digest, "big") / 2**32)


def written(rhythm: Rhythm) -> dict[str, Any]:
    """Give plain JSON."""
    return {
        "news_at": list(rhythm.news_at),
        "sizes": list(rhythm.sizes),
        "hours": list(rhythm.hours),
        "began_at": rhythm.began_at,
        "since": rhythm.since,
        "heard_at": rhythm.heard_at,
        "longest": rhythm.longest,
    }


def read(value: Mapping[str, Any] | None) -> Rhythm:
    """Give what ``written`` wrote; nothing learned when there is none or it was written by another version."""
    if not value:
        return Rhythm()
    hours = tuple(value.get("hours", ()))
    return Rhythm(
        news_at=tuple(value.get("news_at", ())),
        sizes=tuple(value.get("sizes", ())),
        hours=hours if len(hours) == 24 else (0,) * 24,
        began_at=value.get("began_at"),
        since=value.get("since"),
        heard_at=value.get("heard_at"),
        longest=value.get("longest", 0),
    )
