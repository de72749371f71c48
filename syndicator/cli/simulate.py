"""``simulate``: what would have been posted where and when, from stored articles; with another configuration, too."""

from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import click

from syndicator.cli.app import App, pass_app
from syndicator.errors import SyndicatorError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from syndicator.service.backtest import Played
    from syndicator.service.backtest_difference import Difference
    from syndicator.service.backtest_history import History


class NothingToPlay(SyndicatorError):
    """There are no articles in the time that was asked for."""

    exit_code: ClassVar[int] = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulation:
    """A backtest, and with ``--config`` the one under the present configuration beside it."""

    config: str
    played: "Played"
    present: "Played | None" = None
    differences: "tuple[Difference, ...]" = ()


@click.command()
@click.option(
    "--since",
    default="30d",
    show_default=True,
    metavar="TIME",
    help="From when on: 30d or 12h ago, or a date such as 2026-11-01.",
)
@click.option("--until", metavar="TIME", help="Up to when, likewise; default: now.")
@click.option(
    "--config",
    "new",
    metavar="NEW",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Another configuration to try; what it changes against the present one is shown.",
)
@click.option("--channel", "names", multiple=True, metavar="NAME", help="Show only this channel (repeatable).")
@click.option("--posts", "wants_posts", is_flag=True, help="List every post, however many there are.")
@click.option("--json", "wants_json", is_flag=True, help="One JSON document on stdout.")
@click.option(
    "--html", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path), help="Draw a calendar: a page."
)
@pass_app
def simulate(
    app: App,
    since: str,
    until: str | None,
    new: Path | None,
    names: tuple[str, ...],
    *,
    wants_posts: bool,
    wants_json: bool,
    html: Path | None,
) -> None:
    """Show what would have been posted, where, when and at what cost, from the articles of the post log.

    Stored articles go once more through rules, guards, timing (stability, spacing, quiet hours, embargoes, caps,
    budgets) and templates, on a clock of its own. Nothing is sent, fetched or written: neither platforms nor the post
    log are touched. To see what a change would do, make it in a copy of the configuration:

    \b
    syndicator simulate --since 30d
    syndicator simulate --since 30d --html calendar.html
    cp config/syndicator.toml config/new.toml; $EDITOR config/new.toml
    syndicator simulate --since 30d --config config/new.toml --html calendar.html

    Every send counts as a success, and pages and pictures are not asked for. What people approved, dropped or released
    in that time is taken as they decided it; articles of a source that only NEW has are not known.
    """
    from syndicator.cli import output, simulate_shapes, simulate_table

    app.set_up_logs()
    history = _history(app, since, until)
    simulation = _simulation(app, history, new)
    channels = _channels(simulation, names)
    if html is not None:
        _write(html, simulation, app, channels)
    if wants_json:
        output.as_json(simulate_shapes.document(simulation, channels))
    elif html is None or wants_posts:
        simulate_table.show(simulation, channels, app.settings.site.timezone, wants_posts=wants_posts)
    else:
        simulate_table.sums(simulation, channels)


def _history(app: App, since: str, until: str | None) -> "History":
    """Read what is played again; errors say what there is instead."""
    from syndicator.cli import when
    from syndicator.service import backtest_history

    now, timezone = datetime.now(UTC), app.settings.site.timezone
    start = when.past(since, timezone=timezone, now=now)
    end = _until(until, timezone=timezone, now=now) if until else now
    if start >= end:
        before = f"--until {until}" if until else "now"
        raise click.BadParameter(f"{since!r} is not before {before}", param_hint="--since")
    with app.store() as store, store.read() as conn:
        history = backtest_history.read(conn, since=start, until=end)
    if history.first is None or history.last is None:
        raise NothingToPlay(
            "the post log has no articles yet, so there is nothing to play: `syndicator once` reads the sources (and "
            "posts nothing the first time); come back when some days of news have come in"
        )
    if not history.shown:
        days = (now - history.last).days + 1
        raise NothingToPlay(
            f"the post log has no articles from {start:%Y-%m-%d %H:%M}Z to {end:%Y-%m-%d %H:%M}Z; it has some from "
            f"{history.first:%Y-%m-%d %H:%M}Z to {history.last:%Y-%m-%d %H:%M}Z (hint: --since {days}d)"
        )
    return history


def _until(text: str, *, timezone: str, now: datetime) -> datetime:
    from syndicator.cli import when

    try:
        end = when.past(text, timezone=timezone, now=now)
    except click.BadParameter as error:
        raise click.BadParameter(error.message, param_hint="--until") from error
    if end > now:
        raise click.BadParameter(f"{text!r} is not over yet", param_hint="--until")
    return end


def _simulation(app: App, history: "History", new: Path | None) -> Simulation:
    from syndicator.service.backtest_difference import differences

    with _progress() as tell:
        present = _played(app, history, tell)
        if new is None:
            return Simulation(config=app.config, played=present)
        played = _played(App(config=str(new)), history, tell)
    return Simulation(config=str(new), played=played, present=present, differences=differences(present, played))


def _played(app: App, history: "History", tell: "Callable[[str, int, int], None]") -> "Played":
    from syndicator.service import backtest

    settings = app.settings
    setup = backtest.Setup(
        sources=settings.sources,
        channels=settings.channels,
        rules=settings.rules,
        compose=backtest.composing(app.composer),
    )
    return backtest.play(history, setup, tell=lambda done, whole: tell(app.config, done, whole))


def _channels(simulation: Simulation, names: tuple[str, ...]) -> tuple[str, ...]:
    """Give the channels that are shown: the named ones, else all of both configurations."""
    setups = [played.setup for played in (simulation.present, simulation.played) if played is not None]
    known = tuple(dict.fromkeys(channel.name for setup in setups for channel in setup.channels))
    unknown = [name for name in names if name not in known]
    if unknown:
        raise click.UsageError(f"no channel {unknown[0]!r}; configured: {', '.join(known) or 'none'}")
    return tuple(name for name in known if name in names) if names else known


def _write(path: Path, simulation: Simulation, app: App, channels: tuple[str, ...]) -> None:
    from syndicator.cli import preview_page, simulate_page

    try:
        preview_page.write(path, simulate_page.render(simulation, settings=app.settings, channels=channels))
    except OSError as error:
        raise click.FileError(str(path), hint=error.strerror or str(error)) from error
    click.echo(f"wrote {path}", err=True)


@contextmanager
def _progress() -> "Iterator[Callable[[str, int, int], None]]":
    """Show on a terminal how far it has come; say nothing elsewhere."""
    import sys

    if not sys.stderr.isatty():
        yield lambda _config, _done, _whole: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:3.0f} %"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        tasks: dict[str, int] = {}

        def tell(config: str, done: int, whole: int) -> None:
            if config not in tasks:
                tasks[config] = bar.add_task(f"playing {config}", total=whole)
            bar.update(tasks[config], completed=done)  # type: ignore[arg-type]

        yield tell
