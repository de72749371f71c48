"""Is what a channel stages really invisible (R18)? Asked before the first send and every week; the answer is kept.

Publishing by id is safe only while nobody sees what is staged. Where readers do see it, posts not composed yet are
composed without staging, and one notice says so. Nobody knows: the channel waits. With each answer, what earlier
attempts left staged is swept. This module must not publish, and never deletes what is not provably ours and over.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256

from syndicator import platforms
from syndicator.core import retry
from syndicator.core.lifecycle import FINAL
from syndicator.errors import AuthRequired, ConfigError, Owner, PlatformError, Unreachable
from syndicator.logs import Logger
from syndicator.model import AfterUnknown, Channel, Composed, Draft, Post, Probe
from syndicator.platforms import Probing
from syndicator.service import halt
from syndicator.service.notify import Notice
from syndicator.service.parts import Parts
from syndicator.store import channels, posts
from syndicator.store.channels import ChannelState
from syndicator.store.engine import Connection

log = Logger("syndicator.probe")

EVERY = timedelta(days=7)
GOOD_FOR = timedelta(days=8)
"""How long "invisible" is believed; a day more than the pace, so that one bad day at the platform stops nobody."""
ORPHAN_AGE = timedelta(hours=24)
"""By the platform's clock: younger drafts may belong to an attempt that is still under way somewhere."""
PURPOSE = "probe"
"""Names the adapter that probes; it never shares a connection with the one that sends."""


class Standing(StrEnum):
    """What is known about the drafts of a channel."""

    FREE = "free"
    """It stages nothing that could be seen."""
    UNKNOWN = "unknown"
    HIDDEN = "hidden"
    SHOWN = "shown"


def standing(state: ChannelState, channel: Channel, now: datetime) -> Standing:
    """Say what the answer on record is worth: for this account, at this moment."""
    if not _staging(channel):
        return Standing.FREE
    word, _, rest = state.probe.partition(" ")
    if not rest.startswith(_account(channel)) or state.probed_at is None:
        return Standing.UNKNOWN
    if word == Standing.SHOWN:
        return Standing.SHOWN  # until a later probe shows otherwise
    good = word == Standing.HIDDEN and timedelta(0) <= now - state.probed_at < GOOD_FOR
    return Standing.HIDDEN if good else Standing.UNKNOWN


def _staging(channel: Channel) -> bool:
    return bool(platforms.load(channel.platform).capabilities(channel).when_shown)


def _account(channel: Channel) -> str:
    """Name what was probed: with other options it may be another account, of which nothing is known."""
    what = repr((channel.platform, channel.api_base, sorted(channel.options.items())))
    return sha256(what.encode()).hexdigest()[:12]


def note(state: ChannelState, channel: Channel, now: datetime) -> str:
    """Say for people what is known; empty for a channel that needs no probe."""
    found = standing(state, channel, now)
    if found is Standing.FREE:
        return ""
    if found is Standing.UNKNOWN:
        return "not known yet whether drafts are invisible; nothing is sent until a probe says so"
    what = "drafts are invisible" if found is Standing.HIDDEN else "drafts are VISIBLE, so posts go out directly"
    said = state.probe.partition(": ")[2]
    return f"{what} (probed {state.probed_at:%Y-%m-%d %H:%M}Z: {said})"


def shown(conn: Connection, group: Iterable[Channel], now: datetime) -> dict[str, str]:
    """Say it for each channel whose drafts are visible."""
    states = {channel.name: (channels.get(conn, channel.name), channel) for channel in group}
    return {
        name: note(state, channel, now)
        for name, (state, channel) in states.items()
        if standing(state, channel, now) is Standing.SHOWN
    }


def as_probed(parts: Parts, channel: Channel) -> Channel:
    """Give the channel as it may be composed for: without staging where drafts are visible."""
    if not _staging(channel):
        return channel
    with parts.store.read() as conn:
        found = standing(channels.get(conn, channel.name), channel, parts.clock.now())
    if found is not Standing.SHOWN:
        return channel
    instead = platforms.load(channel.platform).capabilities(channel).when_shown
    return replace(channel, options={**channel.options, **instead})


def obstacle(conn: Connection, channel: Channel, post: Post, composed: Composed, now: datetime) -> Standing | None:
    """Say why a request may not be staged now; None when it may, or when it is staged already or needs no staging."""
    if composed.after_unknown is not AfterUnknown.REPEAT or post.staged:
        # What is staged already is out of our hands: publishing it by its id makes no second post.
        return None
    found = standing(channels.get(conn, channel.name), channel, now)
    return found if found in (Standing.UNKNOWN, Standing.SHOWN) else None


# --- asking ---------------------------------------------------------------------------------------------------------


def keep(parts: Parts, channel: Channel) -> None:
    """Probe if it is time; a channel of which nothing is known waits, with the reason, until it could be probed.

    Raises:
        StoreError: the post log is in trouble.
    """
    if not _staging(channel):
        return
    now = parts.clock.now()
    with parts.store.read() as conn:
        state = channels.get(conn, channel.name)
        if state.paused(now) or halt.standing(parts, conn):
            return
    known = standing(state, channel, now)
    if known is not Standing.UNKNOWN and state.probed_at and timedelta(0) <= now - state.probed_at < EVERY:
        return
    tries, again = parts.probe_tries.get(channel.name, (0, 0.0))
    if known is not Standing.UNKNOWN and parts.clock.elapsed() < again:
        return
    try:
        ask(parts, channel)
    except PlatformError as error:
        _failed(parts, channel, error, known=known, tries=tries + 1)


def ask(parts: Parts, channel: Channel) -> Probe:
    """Probe now, keep the answer, tell a person when drafts turn out to be visible, and sweep what is left over.

    Raises:
        PlatformError: nothing was shown either way; what was known stays.
        StoreError: the answer cannot be kept.
    """
    adapter = _adapter(parts, channel)
    found = _guarded(adapter, channel)
    now = parts.clock.now()
    word = Standing.HIDDEN if found.hidden else Standing.SHOWN
    with parts.store.write() as conn:
        before = standing(channels.get(conn, channel.name), channel, now)
        channels.record_probe(conn, channel.name, probe=f"{word} {_account(channel)}: {found.note}", at=now)
    parts.probe_tries.pop(channel.name, None)
    log.info("probed", channel=channel.name, drafts=str(word), note=found.note)
    if word is Standing.SHOWN and before is not Standing.SHOWN:
        text = f"{found.note}. Posts on {channel.name} go out directly from now on, without staging, until drafts hide"
        parts.notifier.tell(
            Notice(key=f"probe:{channel.name}", subject="staged drafts are visible", text=text, channel=channel.name)
        )
    _sweep(parts, channel, adapter)
    return found


def _adapter(parts: Parts, channel: Channel) -> Probing:
    try:
        adapter = parts.adapter(channel.name, PURPOSE)
    except ConfigError as error:
        # As for sending: a secret that cannot be read is the channel's condition.
        raise AuthRequired(str(error), platform=channel.platform, code="configuration") from error
    if not isinstance(adapter, Probing):
        raise Unreachable("its platform stages posts and cannot probe", platform=channel.platform, code="no-probe")
    return adapter


def _guarded(adapter: Probing, channel: Channel) -> Probe:
    try:
        return adapter.probe()
    except PlatformError:
        raise
    except Exception as error:
        # The source loop of probes: a bug in one proves nothing and must not end the channel's tick.
        log.exception("bug while probing", channel=channel.name)
        raise Unreachable(
            f"bug while probing: {type(error).__name__}", platform=channel.platform, code="bug"
        ) from error


def _failed(parts: Parts, channel: Channel, error: PlatformError, *, known: Standing, tries: int) -> None:
    """Keep what was known; with nothing known the channel waits, since a send might show twice."""
    now = parts.clock.now()
    until = retry.wait_until(error, channel=channel, attempt=tries, now=now)
    parts.probe_tries[channel.name] = (tries, parts.clock.elapsed() + (until - now).total_seconds())
    log.warning("not probed", channel=channel.name, known=str(known), reason=str(error), code=error.code)
    if known is not Standing.UNKNOWN:
        return
    reason = f"whether drafts are invisible could not be probed: {error}"
    with parts.store.write() as conn:
        if not channels.get(conn, channel.name).paused(now):
            channels.pause(conn, channel.name, reason=reason, at=now, until=until)
    if error.owner is Owner.CHANNEL:
        parts.notifier.tell(
            Notice(
                key=f"probe:{channel.name}:{error.code}",
                subject=f"{channel.name}: waits for a probe",
                text=reason,
                channel=channel.name,
            )
        )


# --- sweeping -------------------------------------------------------------------------------------------------------


def _sweep(parts: Parts, channel: Channel, adapter: Probing) -> None:
    """Delete the drafts that nobody will publish any more; what cannot be deleted now is there next week."""
    try:
        found = adapter.drafts()
        for draft in found:
            if _is_over(parts, channel, draft) and adapter.discard(draft):
                log.info("orphaned draft deleted", channel=channel.name, remote_id=draft.remote_id, of=draft.markers)
    except PlatformError as error:
        log.warning("drafts not swept", channel=channel.name, reason=str(error), code=error.code)


def _is_over(parts: Parts, channel: Channel, draft: Draft) -> bool:
    """Say whether a draft is ours, old, and no post's any more."""
    if draft.age is None or draft.age < ORPHAN_AGE:
        return False
    if draft.canary:
        return True
    if len(draft.markers) != 1:
        return False  # nobody's of ours, or not clear whose
    with parts.store.read() as conn:
        post = posts.get(conn, draft.markers[0])
    if post is None or post.channel != channel.name or post.state not in FINAL:
        return False
    return draft.remote_id != post.remote_id and draft.remote_id not in (post.staged or {}).values()
