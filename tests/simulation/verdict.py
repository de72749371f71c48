"""Compares the log with the true story. Knows nothing of what happened in between."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from syndicator.core import identity
from tests.simulation import news
from tests.simulation.remote import Remote
from tests.simulation.stage import Stage

DUPLICATE, LOSS, FALSE, LAW, STUCK = "duplicate", "loss", "false failure", "law", "stuck"
KINDS = (DUPLICATE, LOSS, FALSE, STUCK, LAW)
ENDS = ("published", "attention", "held", "rejected", "skipped")


@dataclass(frozen=True, slots=True, kw_only=True)
class Breach:
    """A broken promise."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A post as the log has it at the end."""

    id: str
    channel: str
    state: str
    reason: str
    remote_id: str | None
    part: int
    frozen: bool


ROWS = "SELECT id, channel, state, reason, remote_id, part, payload IS NOT NULL FROM posts ORDER BY id"
COLUMNS = ("id", "channel", "state", "reason", "remote_id", "part", "frozen")


def states(stage: Stage) -> Counter[str]:
    """Count the posts by the state they ended in."""
    return Counter(row.state for row in _rows(stage))


def judge(stage: Stage) -> list[Breach]:
    """Give every broken promise of a story that has ended."""
    rows = {row.id: row for row in _rows(stage)}
    breaches: list[Breach] = []
    follow_ups = {row.id: row.channel for row in rows.values() if row.part}
    for marker, channel in (stage.markers() | follow_ups).items():
        remote = stage.world.remotes[channel]
        if marker not in rows:
            breaches.append(Breach(kind=LOSS, text=f"no post {marker} on {channel}"))
            continue
        breaches += [
            Breach(kind=kind, text=f"{marker} on {channel} ({rows[marker].state}): {text}")
            for kind, text in (*_outcome(rows[marker], remote), *_laws(marker, remote))
        ]
    breaches += _threads(stage, rows)
    breaches += _strangers(stage)
    return breaches


def _threads(stage: Stage, rows: Mapping[str, Row]) -> Iterator[Breach]:
    """A thread is told in order, and goes on behind every post of it that is on record as live."""
    for channel, remote in stage.world.remotes.items():
        first = news.marker(0, channel)
        second = identity.follow_up_id(first)
        if remote.live(second) and not remote.live(first):
            yield Breach(kind=LAW, text=f"{second} on {channel} answers {first}, which is not live")
        # Where a person says that a post is live of which the log has lost the bytes, nobody knows what is to follow.
        told = first in rows and rows[first].state == "published" and rows[first].frozen
        if told and remote.platform == "twitter" and second not in rows:
            yield Breach(kind=LOSS, text=f"{first} on {channel} is live, and nothing follows it")


def _rows(stage: Stage) -> list[Row]:
    found = stage.database.raw.execute(ROWS)
    return [Row(**dict(zip(COLUMNS, row, strict=True))) for row in found]


def _outcome(row: Row, remote: Remote) -> Iterator[tuple[str, str]]:
    live = [post.id for post in remote.live(row.id)]
    if len(live) > 1:
        yield DUPLICATE, f"{len(live)} live posts: {', '.join(live)}"
    if row.state == "published":
        if not live:
            yield LOSS, f"recorded as {row.remote_id}, but nothing is live"
        elif row.remote_id not in live:
            yield LAW, f"recorded as {row.remote_id}, live as {', '.join(live)}"
    elif row.state in ("skipped", "rejected", "held"):
        if live:
            yield FALSE, f"live as {', '.join(live)}: {row.reason}"
    elif row.state not in ENDS:
        yield STUCK, f"still open: {row.reason}"
    if row.state != "published" and not row.reason:
        yield LOSS, "nobody is told why"


def _laws(marker: str, remote: Remote) -> Iterator[tuple[str, str]]:
    bodies = [body for body in remote.bodies if body.marker == marker]
    if len({body.content for body in bodies}) > 1 and not remote.outlet.flips:
        yield LAW, "two attempts sent different bytes"
    for body in bodies:
        if "no fence before it" in body.notes:
            yield LAW, "a request went out without a fence of its own"
        strict = not remote.outlet.resend and not remote.outlet.flips
        if strict and "an earlier one was not settled" in body.notes:
            yield LAW, "STRICT, and sent again before the earlier attempt was settled"


def _strangers(stage: Stage) -> Iterator[Breach]:
    owners: dict[tuple[str, str], str] = {}
    for row in _rows(stage):
        if row.remote_id is not None and owners.setdefault((row.channel, row.remote_id), row.id) != row.id:
            yield Breach(kind=LAW, text=f"{row.remote_id} belongs to two posts")
    for remote in stage.world.remotes.values():
        if any(body.marker == "none" for body in remote.bodies):
            yield Breach(kind=LAW, text="a request without a marker")
