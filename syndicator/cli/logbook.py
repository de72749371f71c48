"""``log`` and ``show``: the post log, for people, for scripts, and as a file for auditors."""

import shlex
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from syndicator.cli import output, shapes, when
from syndicator.cli.app import App, pass_app

if TYPE_CHECKING:
    from syndicator.cli.card import Card
    from syndicator.model import Channel
    from syndicator.service.parts import Parts
    from syndicator.store.engine import Connection
    from syndicator.store.views import LogRow, Move

DECIDED_BY_HAND = ("attention", "held", "rejected", "processing")
"""States whose listing says what to type."""


@click.command()
@click.option("--channel", metavar="NAME", help="Only this channel.")
@click.option("--state", metavar="STATE", help="Only this state: queued, published, attention …")
@click.option("--since", metavar="TIME", help="Only posts changed since: 7d, 12h, 2026-11-01.")
@click.option("--limit", default=200, show_default=True, type=click.IntRange(1), help="At most so many, newest first.")
@click.option(
    "--export", "export", metavar="FILE", help="Append what is new to a hash-chained audit file; - is stdout."
)
@click.option("--verify", "verify", metavar="FILE", help="Check such a file, and compare it with the post log.")
@click.option("--json", "wants_json", is_flag=True, help="One JSON document on stdout.")
@click.pass_context
@pass_app
def log(
    app: App,
    ctx: click.Context,
    channel: str | None,
    state: str | None,
    since: str | None,
    limit: int,
    export: str | None,
    verify: str | None,
    *,
    wants_json: bool,
) -> None:
    """List the post log, newest first: every post, where it is and why; or keep it as an audit file.

    \b
    syndicator log --state attention
    syndicator log --export audit.jsonl      # for cron: appends only what is new
    syndicator log --verify audit.jsonl      # finds every change to the file
    """
    if export is not None or verify is not None:
        _audit(app, ctx, export=export, verify=verify, wants_json=wants_json)
        return
    from syndicator.model import State
    from syndicator.service import probe
    from syndicator.store import batches, views

    if state is not None and state not in set(State):
        raise click.UsageError(f"no state {state!r}; states are: {', '.join(State)}")
    zone = app.settings.site.timezone
    since_at = when.past(since, timezone=zone, now=datetime.now(UTC)) if since else None
    with app.store() as store, store.read() as conn:
        rows = views.log(conn, channel=channel, state=State(state) if state else None, since=since_at, limit=limit)
        waiting = [] if wants_json else views.attention(conn)
        held = batches.held(conn)
        visible = probe.shown(conn, app.settings.channels, datetime.now(UTC))
    if wants_json:
        posts = [shapes.post(row.post, row.url) for row in rows]
        output.as_json({"posts": posts, "batches": [shapes.batch(item) for item in held]})
        return
    _table(rows, remedies=state in DECIDED_BY_HAND)
    if not rows:
        click.echo("no posts" + (" match" if channel or state or since else " yet"), err=True)
    _footer(waiting)
    for batch in held:
        decide = f"syndicator approve --source {batch.source} | syndicator drop --source {batch.source}"
        click.secho(f"{batch.source}: {output.printable(batch.reason)}, held: {decide}", fg="yellow", err=True)
    for name, text in visible.items():
        click.secho(f"channel {name}: {output.printable(text)}", fg="yellow", err=True)


def _audit(app: App, ctx: click.Context, *, export: str | None, verify: str | None, wants_json: bool) -> None:
    from syndicator.cli import audit

    given = click.core.ParameterSource.COMMANDLINE
    filters = [name for name in ("channel", "state", "since", "limit") if ctx.get_parameter_source(name) is given]
    if filters:
        raise click.UsageError(f"an audit is of the whole post log: leave out --{', --'.join(filters)}")
    if export is not None and verify is not None:
        raise click.UsageError("give one of --export and --verify")
    if export is not None:
        if export == "-" and wants_json:
            raise click.UsageError("--export - writes the audit to stdout: leave out --json")
        audit.export(app, export, wants_json=wants_json)
    elif verify is not None:
        audit.verify(app, verify, wants_json=wants_json)


def _table(rows: "list[LogRow]", *, remedies: bool) -> None:
    from syndicator.core import answers

    columns = ("post", "published / due", "channel", "state", "article", "where / why")
    cells = [
        (
            row.post.id,
            shapes.instant(row.post.published_at or row.post.due_at) or "",
            row.post.channel,
            str(row.post.state),
            row.title,
            row.post.remote_url or row.post.reason,
        )
        for row in rows
    ]
    typed = [answers.remedy(row.post) if remedies else "" for row in rows]
    if not any(typed):
        output.table(columns, cells)
    elif sys.stdout.isatty():
        # Below the table: in a narrow column no command could be copied.
        output.table(columns, cells)
        for line in filter(None, typed):
            click.echo(line)
    else:
        output.table((*columns, "what to type"), [(*cell, what) for cell, what in zip(cells, typed, strict=True)])


def _footer(waiting: "list[LogRow]") -> None:
    """Say how many posts wait for a person, and what to type; those that may be live come first."""
    if not waiting:
        return
    first = sorted(waiting, key=lambda row: (row.post.state != "attention", row.post.state != "rejected"))
    named = " ".join(row.post.id for row in first[:1])
    need = "1 post needs you" if len(waiting) == 1 else f"{len(waiting)} posts need you"
    kinds = {str(row.post.state): sum(other.post.state is row.post.state for other in waiting) for row in first}
    counted = ", ".join(f"{number} {state}" for state, number in kinds.items())
    lists = "; all: " + ", ".join(f"syndicator log --state {state}" for state in kinds) if len(waiting) > 1 else ""
    click.secho(f"{need} ({counted}): syndicator show {named}{lists}", fg="yellow", err=True)


@click.command()
@click.argument("post_id", metavar="POST")
@click.option("--open", "opens", is_flag=True, help="Open the hand-off page or the remote post in the browser.")
@click.option("--json", "wants_json", is_flag=True, help="One JSON document on stdout.")
@click.pass_context
@pass_app
def show(app: App, ctx: click.Context, post_id: str, *, opens: bool, wants_json: bool) -> None:
    """Show one post as a card: frozen text, attempts, look-ups, and what can be done, with the commands to type.

    POST may be the beginning of its id.
    """
    from syndicator.cli import card

    with app.parts() as parts:
        made = _card(parts, post_id, command=_called(app, ctx))
    if wants_json:
        output.as_json(card.document(made))
    else:
        card.show(made)
    if opens:
        click.launch(card.page(made.post) or made.post.remote_url or (made.article.url if made.article else ""))


def _called(app: App, ctx: click.Context) -> str:
    """Give the beginning of a command that means the same configuration."""
    named = ctx.find_root().get_parameter_source("config") is click.core.ParameterSource.COMMANDLINE
    return f"syndicator -c {shlex.quote(app.config)}" if named else "syndicator"


def _card(parts: "Parts", post_id: str, *, command: str) -> "Card":
    from syndicator import platforms
    from syndicator.cli.card import Card
    from syndicator.core import settle
    from syndicator.service import admin, approval, corrections
    from syndicator.store import articles, posts, views

    post = admin.find(parts, post_id)
    channel = parts.channels.get(post.channel)
    platform = platforms.load(post.platform)
    with parts.store.read() as conn:
        moves = views.history(conn, post.id)
        article = articles.get(conn, post.article_id)
        return Card(
            post=post,
            article=article,
            headline=corrections.headline(conn, post, article),
            attempts=posts.attempts(conn, post.id),
            look_ups=posts.look_ups(conn, post.id),
            moves=moves,
            platform=platform.SPEC.title.split()[0],
            account=channel.account if channel else "",
            window=settle.window(channel, platform.capabilities(channel)) if channel else None,
            change=approval.changed(parts, post),
            waits=_waits(parts, conn, post.channel),
            quarantine=_quarantine(conn, moves),
            now=parts.clock.now(),
            drafts=_drafts(parts, conn, channel),
            command=command,
        )


def _drafts(parts: "Parts", conn: "Connection", channel: "Channel | None") -> str:
    from syndicator.service import probe
    from syndicator.store import channels

    return probe.note(channels.get(conn, channel.name), channel, parts.clock.now()) if channel else ""


def _waits(parts: "Parts", conn: "Connection", name: str) -> str:
    """Say why nothing is sent on a channel now, and what to type about it."""
    from syndicator.service import halt
    from syndicator.store import channels

    if (halted := halt.standing(parts, conn)) is not None:
        return str(halted)
    if name not in parts.channels:
        return f"channel {name} is no longer configured"
    state, now = channels.get(conn, name), parts.clock.now()
    if not state.paused(now):
        return ""
    until = f" until {shapes.instant(state.paused_until)}" if state.paused_until else ""
    return f"channel {name} is paused{until}: {state.reason} (syndicator resume {name})"


def _quarantine(conn: "Connection", moves: "list[Move]") -> str:
    from syndicator.core import story
    from syndicator.core.lifecycle import Event
    from syndicator.store import trust

    last = [move.at for move in moves if move.event == Event.QUARANTINE]
    if not last or any(move.event == Event.CLAIM and move.at > last[-1] for move in moves):
        return ""
    known = trust.get(conn)
    return story.quarantine(last[-1], known.rolled_back_from)
