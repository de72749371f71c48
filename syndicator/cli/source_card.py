"""One source as one card: how it is, what it taught us, and what can be typed. Its rhythm is drawn."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from syndicator.cli import charts, output, shapes, source_list
from syndicator.cli.card import wrapped
from syndicator.core import story

if TYPE_CHECKING:
    from syndicator.model import Article
    from syndicator.service.checkup import Checkup
    from syndicator.store.batches import Batch
    from syndicator.store.subscriptions import Subscription

SIZES = ((1, 1), (2, 2), (3, 5), (6, 10), (11, 20), (21, 50), (51, 10**9))
"""New items in a poll, as the picture groups them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """Everything that is known of one source."""

    checkup: "Checkup"
    timezone: str
    limit: str
    """How many new articles one poll may bring now, and why."""
    batches: "list[tuple[Batch, list[Article]]]" = field(default_factory=list)
    """What is held of it."""
    subscription: "Subscription | None" = None
    lately: "list[Article]" = field(default_factory=list)
    """What was seen last, newest first."""


def document(card: Card) -> dict[str, Any]:
    """Shape one source with all that is known of it."""
    state, known = card.checkup.state, card.checkup.rhythm
    subscription = card.subscription
    return source_list.shape(card.checkup) | {
        "title": state.title,
        "final_url": state.url,
        "etag": state.etag,
        "last_modified": state.last_modified,
        "digest": state.digest,
        "window": state.window,
        "polls": state.polls,
        "options": dict(card.checkup.source.options) if card.checkup.source else {},
        "labels": list(card.checkup.source.labels) if card.checkup.source else [],
        "hub": state.hub,
        "subscription": None
        if subscription is None
        else {
            "hub": subscription.hub,
            "state": str(subscription.state),
            "lease_until": shapes.instant(subscription.lease_until),
            "last_push_at": shapes.instant(subscription.last_push_at),
            "last_error": subscription.last_error,
        },
        "moved_to": state.moved_to,
        "gone_at": shapes.instant(state.gone_at),
        "flood_limit": card.limit,
        "batches": [
            shapes.batch(batch) | {"titles": [article.title for article in found]} for batch, found in card.batches
        ],
        "rhythm": {
            "polls_with_news": len(known.sizes),
            "by_hour": by_hour(known.hours, card.timezone, card.checkup.now),
            "timezone": card.timezone,
            "new_in_a_poll": dict(grouped(known.sizes)),
            "longest_silence_seconds": known.longest,
        },
        "latest": [shapes.article(article) for article in card.lately],
    }


def by_hour(hours: Sequence[int], timezone: str, now: datetime) -> list[int]:
    """Give polls with news by local hour; the log counts them by UTC, so half hours fall to the hour before."""
    offset = now.astimezone(ZoneInfo(timezone)).utcoffset() or timedelta(0)
    shift = int(offset.total_seconds() // 3600)
    return [hours[(hour - shift) % 24] for hour in range(24)]


def grouped(sizes: Sequence[int]) -> list[tuple[str, int]]:
    """Count polls by how many new items they brought, up to the largest there was."""
    most = max(sizes, default=0)
    return [
        (f"{least}" if least == last else f"{least}–{last}" if last < 10**9 else f"over {least - 1}",
         sum(least <= size <= last for size in sizes))
        for least, last in SIZES
        if least <= most
    ]  # fmt: skip


def show(card: Card) -> None:
    """Print the card."""
    checkup = card.checkup
    first = checkup.findings[0]
    click.secho(wrapped(f"{checkup.name}: {first.short} – {output.printable(first.says)}", indent=2), bold=True)
    for finding in checkup.findings[1:]:
        click.echo(wrapped(f"  also {finding.short} – {output.printable(finding.says)}", indent=4))
    for name, value in (*_address(card), *_times(card), *_document(card)):
        if value:
            line = f"  {name:<12}  {output.printable(value)}"
            click.echo(wrapped(line, indent=16) if " " in value else line)
    _rhythm(card)
    _held(card)
    _lately(card)
    _ways(card)


def _address(card: Card) -> tuple[tuple[str, str], ...]:
    checkup = card.checkup
    source, state = checkup.source, checkup.state
    if source is None:
        return ()
    options = ", ".join(f"{name} = {value}" for name, value in source.options.items())
    return (
        ("kind", source.kind + (f" ({options})" if options else "")),
        ("address", source.url),
        ("read from", state.url if state.url and state.url.startswith("http") and state.url != source.url else ""),
        ("calls itself", state.title or ""),
        ("labels", ", ".join(source.labels)),
        ("moved to", state.moved_to or ""),
        ("hub", _hub(card)),
    )


def _times(card: Card) -> tuple[tuple[str, str], ...]:
    checkup, now = card.checkup, card.checkup.now
    source, state = checkup.source, checkup.state
    every = ""
    if source is not None and checkup.interval is not None:
        least, most = story.span(source.interval), story.span(source.interval_most or source.interval)
        how = f"learned, between {least} and {most}" if checkup.learned else "as configured"
        every = f"{story.span(checkup.interval)} ({how})"
    read = state.last_success_at
    polls = "1 poll" if state.polls == 1 else f"{state.polls} polls"
    return (
        ("every", every),
        ("last read", f"{_instant(read, now)}, {polls}" if read else "never"),
        ("last tried", _instant(state.last_polled_at, now) if state.failures else ""),
        ("next", _instant(checkup.next_at, now) or ("" if state.paused(now) or source is None else "now")),
        ("baseline", _instant(state.baseline_at, now)),
        ("last error", state.last_error),
    )


def _document(card: Card) -> tuple[tuple[str, str], ...]:
    checkup = card.checkup
    source, state = checkup.source, checkup.state
    kept = [f"ETag {state.etag}" if state.etag else "", state.last_modified or ""]
    a_day = "" if checkup.a_day is None else f"{checkup.a_day:.1f} articles a day, {checkup.row.new} in 24 h"
    return (
        ("news", a_day or f"{checkup.row.new} in 24 h"),
        ("flood limit", card.limit),
        ("older than", f"{story.span(source.max_age)} is remembered and never posted" if source else ""),
        ("entries", "" if state.window is None else f"{state.window} in the last complete document"),
        ("validators", "; ".join(filter(None, kept))),
        ("digest", (state.digest or "")[:16]),
    )


def _instant(at: datetime | None, now: datetime) -> str:
    return "" if at is None else f"{shapes.instant(at)} ({story.relative(at, now)})"


def _hub(card: Card) -> str:
    now, subscription = card.checkup.now, card.subscription
    if subscription is None:
        return f"{card.checkup.state.hub} (announced, not asked: websub = true does)" if card.checkup.state.hub else ""
    lease = f", until {_instant(subscription.lease_until, now)}" if subscription.lease_until else ""
    push = f", last push {_instant(subscription.last_push_at, now)}" if subscription.last_push_at else ""
    error = f"; {subscription.last_error}" if subscription.last_error else ""
    return f"{subscription.hub}: {subscription.state}{lease}{push}{error}"


def _rhythm(card: Card) -> None:
    known = card.checkup.rhythm
    drawn = charts.columns(by_hour(known.hours, card.timezone, card.checkup.now))
    if not drawn or not known.sizes:
        return
    click.secho(f"\npolls with news by hour of the day ({card.timezone})", bold=True)
    for line in drawn:
        click.echo(f"  {line}".rstrip())
    click.echo("  " + "".join(f"{hour:<6}" for hour in range(0, 24, 3)).rstrip())
    click.secho("\nnew items in a poll that brought any", bold=True)
    for line in charts.bars(grouped(known.sizes)):
        click.echo(f"  {line}")
    silence = story.span(timedelta(seconds=known.longest)) if known.longest else ""
    if silence:
        click.echo(f"  longest silence: {silence}")


def _held(card: Card) -> None:
    for batch, found in card.batches:
        click.secho(
            wrapped(f"\nheld ({batch.guard}): {output.printable(batch.reason)}", indent=2), fg="yellow", bold=True
        )
        for article in found:
            click.echo(f"  {_dated(article):<17}  {output.printable(article.title)}")
        if batch.size > len(found):
            click.echo(f"  … {batch.size} in all")


def _lately(card: Card) -> None:
    if not card.lately or card.batches:
        return
    click.secho("\nseen last", bold=True)
    for article in card.lately:
        click.echo(f"  {_dated(article):<17}  {output.printable(article.title)}")


def _dated(article: "Article") -> str:
    return f"{article.published_at:%Y-%m-%d %H:%M}Z" if article.published_at else "undated"


def _ways(card: Card) -> None:
    typed = [command for finding in card.checkup.findings for command in finding.commands]
    typed += [f"syndicator sources test {card.checkup.name}"] if card.checkup.source else []
    click.secho("\nYou can:", bold=True)
    for command in dict.fromkeys(typed):
        click.echo(f"  {command}")
