"""What a source's state adds up to: well, or what is wrong with it, since when, and what a person does about it. Pure.

A source may be unwell in several ways at once; all of them are named, what needs a person first.
"""

import math
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from syndicator.core import guards, rhythm
from syndicator.core.guards import Circumstances
from syndicator.core.rhythm import Rhythm
from syndicator.core.story import span

FAILURES = 5
"""So many failed polls in a row are not a hiccup: somebody has to look (F15)."""
MOVED_POLLS = 3
MOVED = timedelta(hours=24)
"""A redirect for good is believed when so many polls over so long a time met it (F16)."""


class Sign(StrEnum):
    """In what way a source is well or not."""

    HELD = "held"
    GONE = "gone"
    FAILING = "failing"
    MOVED = "moved"
    SILENT = "silent"
    STRAY = "not configured"
    PAUSED = "paused"
    NEW = "baseline not yet"
    OK = "ok"


@dataclass(frozen=True, slots=True, kw_only=True)
class Vitals:
    """What is known of a source, as far as its health goes."""

    name: str
    now: datetime
    configured: bool = True
    baseline_at: datetime | None = None
    last_success_at: datetime | None = None
    failures: int = 0
    last_error: str = ""
    gone_at: datetime | None = None
    moved_to: str | None = None
    moved_at: datetime | None = None
    moved_polls: int = 0
    followed: bool = False
    """Its new address, on the same site, is the one that is read."""
    paused_at: datetime | None = None
    paused_until: datetime | None = None
    pause_reason: str | None = None
    held: int = 0
    """Articles in batches that wait for a person."""
    held_for: str = ""
    rhythm: Rhythm = field(default_factory=Rhythm)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing about a source's health: for a table, as a sentence, and what to type about it."""

    sign: Sign
    short: str
    says: str
    needs: bool = False
    """Whether it stays so until a person does something."""
    commands: tuple[str, ...] = ()


def paused(vitals: Vitals) -> bool:
    """Say whether a person's pause holds now."""
    return vitals.paused_at is not None and (vitals.paused_until is None or vitals.now < vitals.paused_until)


def findings(vitals: Vitals) -> tuple[Finding, ...]:
    """Say how a source is; one finding at least, what needs a person first."""
    asked = (_held, _gone, _failing, _moved, _silent, _stray, _paused, _new)
    found = [finding for look in asked if (finding := look(vitals)) is not None]
    # Sorting keeps the order of the rest.
    found.sort(key=lambda finding: not finding.needs)
    return tuple(found) or (Finding(sign=Sign.OK, short="ok", says="read as it should be"),)


def _held(vitals: Vitals) -> Finding | None:
    if not vitals.held:
        return None
    articles = "1 article is" if vitals.held == 1 else f"{vitals.held} articles are"
    return Finding(
        sign=Sign.HELD,
        short=f"held: {vitals.held}",
        says=f"{articles} held until you decide: {vitals.held_for}",
        needs=True,
        commands=(f"syndicator approve --source {vitals.name}", f"syndicator drop --source {vitals.name}"),
    )


def _gone(vitals: Vitals) -> Finding | None:
    if vitals.gone_at is None:
        return None
    return Finding(
        sign=Sign.GONE,
        short=f"gone {about(vitals.now - vitals.gone_at)}",
        says=f"its server says since {_at(vitals.gone_at)} that the address is gone for good (410): give it its new "
        "address in the configuration, or take it out",
        needs=True,
        commands=(f"syndicator sources test {vitals.name}",),
    )


def _failing(vitals: Vitals) -> Finding | None:
    # Where it is gone, that is the failure.
    if not vitals.failures or vitals.gone_at is not None:
        return None
    since = vitals.last_success_at
    length = vitals.now - since if since else None
    polls = "1 poll" if vitals.failures == 1 else f"{vitals.failures} polls in a row"
    read = f"it was last read {about(length)} ago" if length else "it was never read"
    return Finding(
        sign=Sign.FAILING,
        short=f"failing {about(length)}" if length else f"failing, {vitals.failures} polls",
        says=f"{polls} failed; {read}: {vitals.last_error}",
        needs=vitals.failures >= FAILURES,
        commands=(f"syndicator sources test {vitals.name}", f"syndicator sources poll {vitals.name} --force"),
    )


def _moved(vitals: Vitals) -> Finding | None:
    if not vitals.moved_to:
        return None
    length = vitals.now - vitals.moved_at if vitals.moved_at else timedelta(0)
    sure = vitals.moved_polls >= MOVED_POLLS and length >= MOVED
    polls = "1 poll was" if vitals.moved_polls == 1 else f"{vitals.moved_polls} polls were"
    what = "it is read there by now" if vitals.followed else "it is read there by way of the old one"
    advice = "; write the new one into the configuration" if sure else ", and that is not sure yet"
    return Finding(
        sign=Sign.MOVED,
        short="moved" if sure else "moved?",
        says=f"{polls} sent on for good to {vitals.moved_to}: {what}{advice}",
        needs=sure and not vitals.followed,
        commands=(f"syndicator sources test {vitals.moved_to}",) if sure else (),
    )


def _silent(vitals: Vitals) -> Finding | None:
    quiet = None if paused(vitals) or vitals.failures else rhythm.silence(vitals.rhythm, now=vitals.now)
    if quiet is None:
        return None
    longest = about(timedelta(seconds=vitals.rhythm.longest))
    return Finding(
        sign=Sign.SILENT,
        short=f"silent {about(quiet)}",
        says=f"nothing new for {about(quiet)}; its longest silence before was {longest}: the site may have left this "
        "feed behind",
        needs=True,
        commands=(f"syndicator sources test {vitals.name}",),
    )


def _stray(vitals: Vitals) -> Finding | None:
    if vitals.configured:
        return None
    return Finding(
        sign=Sign.STRAY, short="not configured", says="it is no longer in the configuration, nobody reads it"
    )


def _paused(vitals: Vitals) -> Finding | None:
    if not paused(vitals):
        return None
    left = f" for {about(vitals.paused_until - vitals.now)} more" if vitals.paused_until else " until you resume it"
    why = f": {vitals.pause_reason}" if vitals.pause_reason else ""
    short = f"paused {about(vitals.paused_until - vitals.now)}" if vitals.paused_until else "paused"
    return Finding(
        sign=Sign.PAUSED,
        short=short,
        says=f"not read{left}{why}",
        commands=(f"syndicator sources resume {vitals.name}",),
    )


def _new(vitals: Vitals) -> Finding | None:
    if vitals.baseline_at is not None or not vitals.configured:
        return None
    return Finding(
        sign=Sign.NEW,
        short="baseline not yet",
        says="it was never read: the first reading is remembered and posts nothing",
        commands=() if paused(vitals) else (f"syndicator sources poll {vitals.name}",),
    )


def _at(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M}Z"


def about(length: timedelta) -> str:
    """Write a duration by its largest unit: the rest says nothing about health."""
    return " ".join(span(length).split()[:2])


# --- how much news is believed --------------------------------------------------------------------------------------


def limit(given: Circumstances) -> str:
    """Say how many new articles one poll of a source may bring now, and why."""
    number = guards.believed(given)
    said = f"{number} new articles in one poll"
    if given.flood_limit is not None:
        return f"{said}, as the configuration says (flood_limit)"
    share = math.floor(guards.SHARE * given.window) if given.window else 0
    document = f"a fifth of its {given.window} entries is {share}" if given.window else "its length is not known yet"
    learned = len(given.rhythm.sizes)
    if learned < guards.LEARNED:
        history = f"its rhythm is not known yet ({learned} of {guards.LEARNED} polls with news), so {document}"
    else:
        usual = rhythm.usual_most(given.rhythm)
        most = f"99 of 100 polls with news brought at most {usual}, times {guards.TIMES} is {usual * guards.TIMES}"
        history = f"{most}; {document}, and the smaller one counts"
    floor = f"; never fewer than {guards.LEAST}" if number == guards.LEAST else ""
    now = guards.plausible(given)
    away = f"; {now} at this moment, as nobody read it for {about(given.gap)}" if now > number else ""
    return f"{said}: {history}{floor}{away}"
