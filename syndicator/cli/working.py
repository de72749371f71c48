"""``once`` and ``run``: the main job, in one round or for ever."""

import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

import click

from syndicator.cli import output, shapes
from syndicator.cli.app import App, pass_app

if TYPE_CHECKING:
    from syndicator.service.parts import Parts
    from syndicator.service.work import WorkReport

BACKFILL = click.option(
    "--backfill",
    default=0,
    metavar="N",
    type=click.IntRange(0, 1000),
    help="On a source's first reading post its newest N articles; without it the first reading posts nothing.",
)
DRY_RUN = click.option("--dry-run", is_flag=True, help="Work on a throw-away copy of the log; put nothing on any wire.")


@click.command()
@DRY_RUN
@BACKFILL
@click.option("--json", "wants_json", is_flag=True, help="One JSON document on stdout.")
@click.pass_context
@pass_app
def once(app: App, ctx: click.Context, backfill: int, *, dry_run: bool, wants_json: bool) -> None:
    """Poll, plan, deliver and reconcile until nothing is due. For cron, and for trying things out.

    The first reading of a source is a baseline: everything is remembered, nothing is posted.
    """
    from syndicator.service.work import work

    with working_parts(app, dry_run=dry_run) as parts, progress() as tell:
        report = work(parts, backfill=backfill, tell=tell)
        urls = article_urls(parts, report)
    if wants_json:
        output.as_json(document(report, urls, dry_run=dry_run))
    else:
        show(report, urls, dry_run=dry_run)
    nothing_read = bool(report.polled.errors) and len(report.polled.errors) == len(app.settings.sources)
    if report.needs_a_person or nothing_read:
        ctx.exit(1)


@click.command()
@DRY_RUN
@BACKFILL
@click.option("--fleet", "in_fleet", is_flag=True, help="Be one of several machines on one PostgreSQL post log.")
@click.option(
    "--sweep",
    default=5.0,
    show_default=True,
    metavar="SECONDS",
    type=click.FloatRange(0.1, 10),
    help="In a fleet: how often this machine looks what is due.",
)
@pass_app
def run(app: App, backfill: int, sweep: float, *, dry_run: bool, in_fleet: bool) -> None:
    """Run as a daemon: read, post and settle until SIGTERM or Ctrl-C, which let what is open finish."""
    _ = app.settings  # first: what reading thousands of sources needed for a moment, the modules then move into
    app.set_up_logs(logging.INFO)
    from syndicator import daemon

    if in_fleet:
        run_in_fleet(app, backfill=backfill, sweep=sweep, dry_run=dry_run)
        return
    with working_parts(app, dry_run=dry_run) as parts:
        beside = None if dry_run else pushed(app, parts, backfill=backfill)
        daemon.run(parts, backfill=backfill, beside=beside)


def run_in_fleet(app: App, *, backfill: int, sweep: float, dry_run: bool) -> None:
    """Run as one node of several: the daemon's frame, but its tick only rings, and a worker answers."""
    from syndicator import daemon, fleet

    if dry_run:
        raise click.UsageError("a fleet works on one post log, a dry run on a copy: use --dry-run without --fleet")
    url = fleet.address(app.settings)
    app.set_up_logs(logging.INFO)
    with app.parts(create=True) as parts:
        node = fleet.Node(parts, url=url, sweep_every=sweep, backfill=backfill)
        beside = both(pushed(app, parts, backfill=backfill), node)
        daemon.run(parts, tick=sweep, ticks={"sweep": node.sweep}, beside=beside)


def pushed(app: App, parts: "Parts", *, backfill: int) -> AbstractContextManager[object]:
    """Give what listens for pushes while it is entered; nothing where none are configured."""
    settings = app.settings
    if settings.push is None:
        return nullcontext()
    from syndicator import push, wiring

    return push.PushServer(parts, settings.push, secrets=wiring.webhook_secrets(settings), backfill=backfill)


@contextmanager
def both(one: AbstractContextManager[object], other: AbstractContextManager[object]) -> Iterator[None]:
    """Enter two things, and leave them the other way round."""
    with one, other:
        yield


@contextmanager
def working_parts(app: App, *, dry_run: bool) -> Iterator["Parts"]:
    """Give the real parts, or for a dry run a copy of the log and adapters that reach nothing."""
    if not dry_run:
        with app.parts(create=True) as parts:
            yield parts
        return
    from syndicator import wiring

    app.set_up_logs(logging.INFO)
    with wiring.rehearsing(app.settings) as parts:
        yield parts


@contextmanager
def progress() -> Iterator[Callable[[str], None]]:
    """Show on a terminal which verb is at work; say nothing elsewhere."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console

    with Console(stderr=True).status("starting") as status:
        yield status.update


def article_urls(parts: "Parts", report: "WorkReport") -> dict[str, tuple[str, str]]:
    """Give (title, url) of the articles behind the moved posts, by article id."""
    from syndicator.store import articles

    with parts.store.read() as conn:
        found = (articles.get(conn, article_id) for article_id in {post.article_id for post in report.posts})
        return {article.id: (article.title, article.url) for article in found if article}


def document(report: "WorkReport", urls: dict[str, tuple[str, str]], *, dry_run: bool) -> dict[str, Any]:
    """Shape one round."""
    return {
        "dry_run": dry_run,
        "sources": {
            "polled": report.polled.polled,
            "unchanged": report.polled.unchanged,
            "new": report.polled.new,
            "baselined": report.polled.baselined,
            "held": report.polled.held,
            "errors": report.polled.errors,
        },
        "planned": {"articles": report.planned.articles, "posts": report.planned.posts},
        "posts": [shapes.post(post, urls.get(post.article_id, ("", ""))[1]) for post in report.posts],
        "left": report.left,
        "held": report.held,
        "paused": report.paused,
        "halted": report.halted,
        "next_due_at": shapes.instant(report.next_due_at),
    }


def show(report: "WorkReport", urls: dict[str, tuple[str, str]], *, dry_run: bool) -> None:
    """Print one round for reading."""
    rows = [
        (urls.get(post.article_id, ("", ""))[0], post.channel, str(post.state), post.remote_url or post.reason)
        for post in sorted(report.posts, key=lambda post: (post.created_at, post.article_id, post.channel))
    ]
    if rows:
        output.table(
            ("article", "channel", "state", "where / why"), rows, title="dry run" if dry_run else "", grouped=True
        )
    polled = report.polled
    click.echo(
        f"{polled.polled} sources polled, {polled.new} new articles, {polled.baselined} remembered without posting; "
        f"{report.planned.posts} posts planned, {len(rows)} moved" + ("" if rows else ": nothing to do")
    )
    for name, text in polled.errors.items():
        click.secho(f"source {name}: {output.printable(text)}", fg="yellow", err=True)
    if report.held:
        told = f"{report.held} new articles are held and wait for you: syndicator log names them"
        click.secho(told, fg="yellow", err=True)
    if report.halted:
        click.secho(output.printable(report.halted), fg="yellow", err=True)
    for name, reason in report.paused.items():
        click.secho(f"channel {name} waits: {output.printable(reason)}", fg="yellow", err=True)
    if report.left:
        left = ", ".join(f"{n} {state}" for state, n in report.left.items())
        next_at = f"; next due {shapes.instant(report.next_due_at)}" if report.next_due_at else ""
        click.echo(f"left: {left}{next_at}")
