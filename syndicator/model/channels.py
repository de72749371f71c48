"""Where it goes: channels, their policy and secrets, platforms' specs, rules and routes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time, timedelta
from decimal import Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class QuietHours:
    """Local wall time in which a channel does not publish; ``start`` > ``end`` spans midnight."""

    start: time
    end: time


@dataclass(frozen=True, slots=True, kw_only=True)
class Stabilise:
    """How long an article is watched before it is posted: until it has stopped changing."""

    minimum: timedelta = timedelta(minutes=1)
    """Since it was first seen."""
    quiet: timedelta = timedelta(minutes=3)
    """Since a reader could last see it change."""
    maximum: timedelta = timedelta(minutes=15)
    """Since it was first seen, however often it changes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CatchUp:
    """What of the news that we missed is posted afterwards. Neither number: a person is asked."""

    newest: int | None = None
    """The newest so many of those that the route takes; the others are skipped and listed."""
    younger: timedelta | None = None
    """Those published less than this ago; the others are skipped and listed."""

    def __str__(self) -> str:
        if self.newest is not None:
            return f"newest {self.newest}"
        return f"younger than {self.younger}" if self.younger is not None else "ask"


@dataclass(frozen=True, slots=True, kw_only=True)
class Windows:
    """Every delay that the safety of delivery rests on; the defaults are those of the reliability rules."""

    lease: timedelta = timedelta(seconds=55)
    """How long a worker owns a sending post before another may *recover* it (never: resend it). Longer than the send
    dead-line and the longest visible request together; each picture to be uploaded adds as much again.
    """
    send_deadline: timedelta = timedelta(seconds=10)
    """R4: longest time from committed fence to the first byte written."""
    settle: timedelta | None = None
    """R10: by the platform's clock, before absence counts; None takes the platform's own default."""
    look_ups: tuple[timedelta, ...] = (
        timedelta(0),
        timedelta(seconds=15),
        timedelta(minutes=1),
        timedelta(minutes=5),
        timedelta(minutes=15),
    )
    """When to look after a doubt, counted from it; the last look-up is at the end of the settle window."""
    look_up_patience: timedelta = timedelta(hours=2)
    """How long look-ups may fail before a person is asked."""
    retry_first: timedelta = timedelta(seconds=30)
    """First wait after "certainly not sent"; doubles up to ``retry_most``."""
    retry_most: timedelta = timedelta(minutes=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """One configured destination: platform + account + policy. Secrets are not here (see :class:`Credentials`)."""

    name: str
    platform: str
    account: str = ""
    template: str = ""
    """Template file name; empty: the first that exists of those that ``core.teaser_choice`` names."""
    api_base: str = ""
    """Another server to talk to; plain http only to loopback. Empty means the real platform."""
    language: str | None = None
    timezone: str = "UTC"
    image: str = "card"
    """``attach``: upload the article's picture; ``card``: leave it to the link preview; ``none``."""
    image_fallback: str = "none"
    """Where ``attach`` finds no picture that can be had: ``card`` draws one from title and section; ``none``."""
    preflight: bool = False
    """True: a post whose platform makes a card of the linked page waits until that page has what the card needs."""
    preflight_wait: timedelta = timedelta(minutes=5)
    """For so long; then it is held for a person."""
    min_interval: timedelta = timedelta(0)
    hashtags_most: int | None = None
    """At most so many hashtags, whatever a template asks for."""
    hashtags_style: str = ""
    """``camel``, ``snake`` or ``lower`` where a template does not say; empty is ``camel``."""
    daily_cap: int | None = None
    monthly_budget: Decimal | None = None
    quiet_hours: QuietHours | None = None
    expires_after: timedelta = timedelta(hours=6)
    """R21: a post not sent this long after it became due is skipped as stale."""
    undo: timedelta = timedelta(0)
    """Nothing goes out for so long after it was planned, approved or posted by hand: time to drop it."""
    resend: bool = False
    """False is STRICT: a doubtful post is never sent again without a person. True is RESEND (opt-in)."""
    utm: Mapping[str, str] = field(default_factory=dict)
    """Extra query parameters for the link; ``utm_content`` is always the marker."""
    windows: Windows = field(default_factory=Windows)
    options: Mapping[str, str] = field(default_factory=dict)
    """What only this platform knows (``page_id``, ``driver``, ``publish_mode`` …), validated against its spec."""


class Credentials:
    """Secrets of one channel, by name. Never printed: ``repr`` shows the names only."""

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = dict(values)

    def __getitem__(self, name: str) -> str:
        return self._values[name]

    def get(self, name: str) -> str | None:
        """The secret, or None when it is not configured."""
        return self._values.get(name)

    def secrets(self) -> tuple[str, ...]:
        """All values, for redacting them from messages and logs."""
        return tuple(value for value in self._values.values() if value)

    def __repr__(self) -> str:
        return f"Credentials({', '.join(sorted(self._values))})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One option or credential that a platform or a kind of source understands, with the sentence that explains it."""

    name: str
    help: str
    required: bool = False
    default: str = ""
    choices: tuple[str, ...] = ()
    pattern: str = ""
    """Regular expression that the whole value must match; empty: any text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformSpec:
    """What the configuration may say about a platform; each platform module has one as ``SPEC``."""

    name: str
    title: str
    credentials: tuple[Field, ...] = ()
    options: tuple[Field, ...] = ()
    default_image: str = "card"
    default_fallback: str = "none"
    """``image_fallback`` where the configuration says nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceSpec:
    """What the configuration may say about a kind of source; a kind's module has one as ``SPEC``."""

    name: str
    title: str
    options: tuple[Field, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """(channel, template, timing) named by a rule."""

    channel: str
    template: str = ""
    delay: timedelta = timedelta(0)
    approval: bool = False
    """True: the post is held until an editor approves it."""
    stabilise: Stabilise | None = None
    """Wait until the article has stopped changing; None posts it as it is first seen."""
    catch_up: CatchUp | None = None
    """What to do with the news of an outage of ours; None posts what is plausible for its length and else asks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Predicate over articles and the routes it opens. Empty conditions match everything; all must hold."""

    name: str
    routes: tuple[Route, ...]
    sources: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    not_tags: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    title: str = ""
    """Regular expression searched in the title, case-insensitively."""
    not_title: str = ""
    breaking: bool = False
    """True: what matches does not wait to be stable, also when an edit makes it match."""
    final: bool = False
    """True: later rules are not asked once this one matched."""
