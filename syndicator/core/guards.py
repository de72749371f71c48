"""What stands between a reading and its posts: how much news is plausible, and what looks like news we had. Pure.

Guards hold, they never drop: whatever they find suspicious waits for a person, with the reason in words.
"""

import math
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache

from syndicator.core import rhythm
from syndicator.core.rhythm import Rhythm
from syndicator.core.story import span
from syndicator.model import Article, CatchUp

LEAST = 5
"""So many new articles in one poll are never a flood (F08)."""
UNLEARNED_MOST = 20
"""Before a source's rhythm is known, no more than this is believed, however long its document is."""
LEARNED = 20
"""Polls with news from which on the source's own history says what is many."""
TIMES = 3
SHARE = 0.2
"""Of the document: more new entries than this at once are an archive rather than news."""
ECHOES = 3
"""So many headlines that were there before, in one poll, are an archive that comes again under other names."""
SAME_TITLE = timedelta(hours=48)
"""F05: for so long a headline stands for its story, whatever address and guid it comes under."""
OUTAGE_LEAST = timedelta(minutes=30)
OUTAGE_TIMES = 4
"""An absence of so many intervals, and of half an hour at least, is one after which routes catch up by their policy."""


class Suspect(StrEnum):
    """What a guard holds a batch for."""

    FLOOD = "flood"
    SILENCE = "silence"
    CATCH_UP = "catch-up"
    ECHO = "echo"


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """Why a batch is held."""

    guard: Suspect
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What is known of a source when a reading comes in."""

    rhythm: Rhythm
    window: int | None
    """Entries in the last complete document; None before there was one."""
    flood_limit: int | None
    max_age: timedelta
    interval: timedelta
    """Between two polls, as it is usual now."""
    last_at: datetime | None
    """The last successful poll."""
    last_news_at: datetime | None
    """When anything new was last found."""
    now: datetime

    @property
    def gap(self) -> timedelta:
        """For how long nobody read the source."""
        return max(self.now - self.last_at, timedelta(0)) if self.last_at else timedelta(0)

    @property
    def outage(self) -> bool:
        """Whether nobody read the source for much longer than usual."""
        return self.gap > max(OUTAGE_LEAST, OUTAGE_TIMES * self.interval)


def believed(given: Circumstances) -> int:
    """Give how many new articles one ordinary poll may bring.

    max(5, the smaller of 3 x the 99th percentile and a fifth of the document); before anything is learned the
    document alone counts, up to 20. What a person released once is believed the next time.
    """
    if given.flood_limit is not None:
        return given.flood_limit
    share = math.floor(SHARE * given.window) if given.window else 0
    usual = rhythm.usual_most(given.rhythm)
    many = UNLEARNED_MOST if len(given.rhythm.sizes) < LEARNED else TIMES * usual
    return max(LEAST, usual, min(many, share))


def missed(given: Circumstances) -> float:
    """Give how many new articles the source usually brings in the time that nobody read it.

    No longer than its ``max_age`` counts: what is older is not posted anyway.
    """
    days = min(given.gap, given.max_age) / timedelta(days=1)
    return rhythm.a_day(given.rhythm, now=given.now) * days


def plausible(given: Circumstances) -> int:
    """Give how many new articles are plausible now: an ordinary poll's, and twice what came while nobody read."""
    return believed(given) + math.floor(2 * missed(given))


def flood(given: Circumstances, new: int) -> Doubt | None:
    """Say why ``new`` articles at once are held; None when so many are plausible."""
    limit = plausible(given)
    if new <= limit:
        return None
    if given.outage:
        usual = f"{round(missed(given))} are usual in that time" if missed(given) >= 1 else f"{limit} are plausible"
        reason = f"{new} new articles after {span(given.gap)} in which nobody read the source; {usual}"
        return Doubt(guard=Suspect.CATCH_UP, reason=reason)
    quiet = given.now - given.last_news_at if given.last_news_at else timedelta(0)
    if quiet > max(rhythm.SILENT_LEAST, rhythm.SILENT_TIMES * timedelta(seconds=given.rhythm.longest), _WEEK):
        reason = f"{new} new articles at once after {span(quiet)} without any; at most {limit} are plausible"
        return Doubt(guard=Suspect.SILENCE, reason=reason)
    return Doubt(guard=Suspect.FLOOD, reason=f"{new} new articles at once; at most {limit} are plausible")


_WEEK = timedelta(days=7)


def echo(echoes: int, new: int) -> Doubt:
    """Say why articles are held whose headlines were there before."""
    reason = f"{echoes} of {new} new articles have headlines of earlier ones, under other addresses: an archive again?"
    return Doubt(guard=Suspect.ECHO, reason=reason)


# --- the same headline ----------------------------------------------------------------------------------------------


@lru_cache(maxsize=4096)
def title_key(title: str) -> str:
    """Reduce a headline to what makes it the same: letters, digits and marks, without case; empty when it has none."""
    # NFKC after folding too: some letters fold into what is composed differently.
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", title).casefold())
    if folded.isascii():
        return "".join(filter(str.isalnum, folded))
    kept = "".join(sign for sign in folded if unicodedata.category(sign)[0] in "LNM")
    # What stood between a letter and a mark is gone, so they may compose now.
    return unicodedata.normalize("NFKC", kept)


_WITHDRAWN = re.compile(r"\s*[\[(]\s*(?:withdrawn|removed|retracted|deleted)\s*[\])]", re.IGNORECASE)


def withdrawn(title: str) -> bool:
    """Say whether a headline says by itself that the story was taken back (F07)."""
    return bool(_WITHDRAWN.match(title))


# --- catching up ----------------------------------------------------------------------------------------------------


def left_out(policy: CatchUp | None, article: Article, *, newer: int, now: datetime) -> str:
    """Say why a route's policy leaves an article of an outage out; empty when it is posted.

    ``newer`` is how many articles of the same outage the route takes that are newer.
    """
    if policy is None:
        return ""
    if policy.newest is not None and newer >= policy.newest:
        return f"catching up after an outage: newest {policy.newest} only, and {newer} are newer"
    if policy.younger is not None:
        age = now - written_at(article)
        if age > policy.younger:
            return f"catching up after an outage: younger than {span(policy.younger)} only, it is {span(age)} old"
    return ""


def written_at(article: Article) -> datetime:
    """Give when an article came out: by its date, or when it was first seen if that is earlier or there is none."""
    return min(article.published_at or article.first_seen_at, article.first_seen_at)


def newest_first(found: Sequence[Article]) -> list[Article]:
    """Sort articles by when they came out, newest first."""
    return sorted(found, key=lambda article: (written_at(article), article.published_at or written_at(article)))[::-1]
