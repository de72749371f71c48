"""``sources``: how the sources are, and what a person does with one."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from syndicator.cli import output, shapes
from syndicator.cli.app import App, pass_app

if TYPE_CHECKING:
    from syndicator.model import Source
    from syndicator.service.sourcing import Polled
    from syndicator.store.articles import Connection

JSON = click.option("--json", "wants_json", is_flag=True, help="One JSON document on stdout.")
PROBLEMS = click.option("--problems", "only_problems", is_flag=True, help="Only those that are not simply ok.")
LATELY = 5
"""Articles that `show` lists."""


@click.group(invoke_without_command=True)
@PROBLEMS
@JSON
@click.pass_context
def sources(ctx: click.Context, *, only_problems: bool, wants_json: bool) -> None:
    """Show how the sources are, try one out, read one now, pause one.

    Without a subcommand it lists them; exit code 1 says that one of them needs a person.

    \b
    syndicator sources                      # which are well, which are not, since when
    syndicator sources show eutoday         # all that is known of one, its rhythm as a picture
    syndicator sources test https://site/   # would that work as a source? touches nothing
    syndicator sources pause eutoday --for 2h "the site is being moved"
    """
    if ctx.invoked_subcommand is None:
        ctx.invoke(list_, only_problems=only_problems, wants_json=wants_json)
    elif wants_json or only_problems:
        raise click.UsageError(f"put options behind the subcommand: syndicator sources {ctx.invoked_subcommand} …")


@sources.command("list", short_help="List them: state, times, how much news.")
@PROBLEMS
@JSON
@click.pass_context
@pass_app
def list_(app: App, ctx: click.Context, *, only_problems: bool, wants_json: bool) -> None:
    """List all sources: state, when they were read, how often, how much news they bring.

    States: ok · failing · gone (410) · moved · silent (no news for unusually long) · held (a guard holds its articles
    until you decide) · paused · baseline not yet (never read). An interval with * is learned from the source's rhythm.
    """
    from syndicator.cli import source_list
    from syndicator.core.health import Sign
    from syndicator.service import checkup

    with _log(app) as conn:
        now = datetime.now(UTC)
        found = checkup.everything(conn, app.settings.sources, now=now)
    shown = [item for item in found if item.findings[0].sign is not Sign.OK] if only_problems else found
    if wants_json:
        output.as_json(source_list.document(shown))
    elif shown:
        source_list.show(shown)
    else:
        click.echo(f"all {len(found)} sources are ok" if found else "no sources are configured", err=True)
    if any(item.needs for item in found):
        ctx.exit(1)


@sources.command(short_help="Show all that is known of one.")
@click.argument("name")
@JSON
@click.pass_context
@pass_app
def show(app: App, ctx: click.Context, name: str, *, wants_json: bool) -> None:
    """Show all that is known of one source: health, rhythm, limits, what is held of it, what can be typed."""
    from syndicator.cli import source_card
    from syndicator.core import health
    from syndicator.service import checkup
    from syndicator.service.remember import circumstances
    from syndicator.store import batches, source_views, subscriptions

    source = app.settings.source(name)
    now = datetime.now(UTC)
    with _log(app) as conn:
        found = checkup.one(conn, source, now=now)
        card = source_card.Card(
            checkup=found,
            timezone=app.settings.site.timezone,
            limit=health.limit(circumstances(source, found.state, found.rhythm, now=now)),
        )
        if conn is not None:
            card = replace(
                card,
                batches=[
                    (one, batches.content(conn, one.id, waiting=True)[:LATELY]) for one in batches.held(conn, name)
                ],
                subscription=subscriptions.of_source(conn, name),
                lately=source_views.lately(conn, name, LATELY),
            )
    if wants_json:
        output.as_json(source_card.document(card))
    else:
        source_card.show(card)
    if found.needs:
        ctx.exit(1)


@sources.command(short_help="Try one out; touches no state.")
@click.argument("where", metavar="NAME|URL")
@JSON
@click.pass_context
@pass_app
def test(app: App, ctx: click.Context, where: str, *, wants_json: bool) -> None:
    """Read a source once and say what would come of it; touches no state.

    For an address that is not configured the kind is guessed. It shows what was fetched and how long that took, what
    would be new, which rules take it, whether a guard would hold it, and what is odd.
    """
    from syndicator.cli import source_trial
    from syndicator.service import trial

    app.set_up_logs()
    settings = app.settings if app.configured or "://" not in where else None
    made = trial.run(where, configured=settings.sources if settings else ())
    if settings:
        with _log(app) as conn:
            made = trial.judged(made, conn, rules_=settings.rules, now=datetime.now(UTC))
    else:
        made = trial.judged(made, None, rules_=(), now=datetime.now(UTC))
    if wants_json:
        output.as_json(source_trial.document(made))
    else:
        source_trial.show(made)
    if made.reading is None:
        ctx.exit(1)


@sources.command(short_help="Read now; plans, delivers nothing.")
@click.argument("names", metavar="[NAME...]", nargs=-1)
@click.option("--force", is_flag=True, help="Also one whose server asked to be left alone for a while (Retry-After).")
@JSON
@click.pass_context
@pass_app
def poll(app: App, ctx: click.Context, names: tuple[str, ...], *, force: bool, wants_json: bool) -> None:
    """Read sources now, all or those named, without waiting for their interval; what is new is planned by the rules.

    Nothing is delivered: the next `once` or the running daemon does that. A paused source stays unread.
    """
    from syndicator.service import sourcing

    wanted = [app.settings.source(name) for name in names] or list(app.settings.sources)
    with app.parts(create=True) as parts:
        done, planned = sourcing.poll(parts, wanted, force=force)
    if wants_json:
        output.as_json(
            {
                "sources": [_polled(item) for item in done],
                "planned": {"articles": planned.articles, "posts": planned.posts},
                "delivered": 0,
            }
        )
    else:
        for item in done:
            _tell(item)
        click.echo(f"{planned.posts} posts planned, nothing was delivered: `once` or the running daemon does that")
    if any(item.report is None or item.report.errors or item.report.held for item in done):
        ctx.exit(1)


def _polled(item: "Polled") -> dict[str, Any]:
    report = item.report
    return {
        "name": item.name,
        "read": report is not None and not report.errors,
        "waits": item.waits,
        "unchanged": bool(report and report.unchanged),
        "new": report.new if report else 0,
        "held": report.held if report else 0,
        "remembered": report.baselined if report else 0,
        "error": next(iter(report.errors.values()), "") if report else "",
        "articles": [shapes.article(article) for article in item.found],
    }


def _tell(item: "Polled") -> None:
    said = _polled(item)
    if said["waits"] or said["error"]:
        click.secho(output.printable(f"{item.name}: {said['waits'] or said['error']}"), fg="yellow", err=True)
        return
    found = [f"{said['new']} new"] if said["new"] or not (said["held"] or said["remembered"]) else []
    found += [f"{said['held']} held (syndicator approve --source {item.name})"] if said["held"] else []
    found += [f"{said['remembered']} remembered without posting"] if said["remembered"] else []
    click.echo(f"{item.name}: " + ("unchanged" if said["unchanged"] else ", ".join(found)))
    for article in item.found:
        click.echo(f"  {output.printable(article.title)}  {article.url}")


@sources.command(short_help="Leave one unread for a while.")
@click.argument("name")
@click.argument("reason", default="paused by an editor")
@click.option("--for", "length", metavar="TIME", help="Go on by itself after 30m, 2h, 3d …; else until `resume`.")
@JSON
@pass_app
def pause(app: App, name: str, reason: str, length: str | None, *, wants_json: bool) -> None:
    """Leave a source unread for a while. REASON is shown wherever the source is.

    What it publishes meanwhile is found afterwards, and is posted or held as after any outage.
    """
    from syndicator.service import sourcing
    from syndicator.settings.values import read_duration

    source = app.settings.source(name)
    try:
        lasts = read_duration(length) if length else None
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--for") from None
    with app.parts(create=True) as parts:
        until = parts.clock.now() + lasts if lasts else None
        sourcing.pause(parts, source, reason=reason, until=until)
    ends = f"until {shapes.instant(until)}" if until else f"until `syndicator sources resume {name}`"
    document = {"source": name, "paused": True, "until": shapes.instant(until), "reason": reason}
    output.answer(document, f"{name} is not read {ends}", wants_json=wants_json)


@sources.command(short_help="Let a paused one be read again.")
@click.argument("name")
@JSON
@pass_app
def resume(app: App, name: str, *, wants_json: bool) -> None:
    """Let a paused source be read again, at the next poll."""
    from syndicator.service import sourcing

    source: Source = app.settings.source(name)
    with app.parts(create=True) as parts:
        was = sourcing.resume(parts, source)
    said = f"{name} is read again" if was else f"{name} was not paused"
    output.answer({"source": name, "paused": False, "was_paused": was}, said, wants_json=wants_json)


@contextmanager
def _log(app: App) -> "Iterator[Connection | None]":
    """Give a view of the post log; None before there is one, when nothing was read yet."""
    from syndicator.store.engine import Store

    file = Store.file_of(app.settings.store_url)
    if file is not None and not file.exists():
        yield None
        return
    with app.store() as store, store.read() as conn:
        yield conn
