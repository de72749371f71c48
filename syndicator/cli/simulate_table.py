"""A simulation as tables: the days, the posts if they are few or asked for, and what another configuration changes."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from syndicator.cli import output, preview_text, simulate_shapes
from syndicator.model import State

if TYPE_CHECKING:
    from syndicator.cli.simulate import Simulation
    from syndicator.service.backtest import Play
    from syndicator.service.backtest_difference import Difference

LISTED = 40
"""Posts that are listed without being asked for."""
WORDS = {
    State.PUBLISHED: "posted", State.HELD: "held", State.SKIPPED: "skipped", State.QUEUED: "waits"
}  # fmt: skip
KINDS = ("added", "removed", "moved", "changed")


def show(simulation: "Simulation", channels: Sequence[str], timezone: str, *, wants_posts: bool) -> None:
    """Print a simulation for reading; times are the site's."""
    plays = simulate_shapes.shown(simulation.played, channels)
    found = [one for one in simulation.differences if one.play.post.channel in channels]
    zone = ZoneInfo(timezone)
    if wants_posts or len(plays) <= LISTED:
        columns = ("when", "channel", "what", "article", "rule / why", "cost")
        output.table(columns, [_row(one, zone) for one in plays])
    else:
        output.table(("day", *channels, "held", "skipped", "cost"), list(_days(plays, channels, zone)))
        click.echo(f"{len(plays)} posts: --posts lists them, --html FILE draws them")
    if simulation.present is not None:
        click.echo()
        _show_differences(found, zone, whole=wants_posts)
    click.echo()
    sums(simulation, channels)


def at(instant: datetime, zone: ZoneInfo) -> str:
    """Write an instant as the newsroom's clock shows it."""
    return f"{instant.astimezone(zone):%a %Y-%m-%d %H:%M}"


def why(one: "Play") -> str:
    """Say by which rule a post went out, or why it did not."""
    return f"rule {one.rule}" if one.post.state is State.PUBLISHED else one.post.reason


def _row(one: "Play", zone: ZoneInfo) -> tuple[str, ...]:
    cost = preview_text.money(one.cost) if one.cost and one.post.state is State.PUBLISHED else ""
    when = one.post.due_at if one.post.state is State.QUEUED else one.at
    return at(when, zone), one.post.channel, WORDS[one.post.state], one.article.title, why(one), cost


def _days(plays: "Sequence[Play]", channels: Sequence[str], zone: ZoneInfo) -> Iterator[tuple[str, ...]]:
    days: dict[str, list[Play]] = {}
    for one in plays:
        days.setdefault(f"{one.at.astimezone(zone):%Y-%m-%d %a}", []).append(one)
    for day in sorted(days):
        found = simulate_shapes.sums(days[day])
        sent = [one for one in days[day] if one.post.state is State.PUBLISHED]
        counts = (sum(one.post.channel == name for one in sent) for name in channels)
        cost = preview_text.money(found.cost) if found.cost else ""
        yield (day, *(str(count or "") for count in counts), str(found.held or ""), str(found.skipped or ""), cost)


def _show_differences(found: "Sequence[Difference]", zone: ZoneInfo, *, whole: bool) -> None:
    if not found:
        click.secho("the new configuration changes no post", fg="green")
        return
    most = len(found) if whole else LISTED
    rows = [
        (" + ".join(one.kinds), at(one.play.at, zone), one.play.post.channel, one.play.article.title, one.why)
        for one in found[:most]
    ]
    output.table(
        ("change", "when", "channel", "article", "how / why"), rows, title="what the new configuration changes"
    )
    if len(found) > most:
        click.echo(f"and {len(found) - most} more: --posts lists them all, --html FILE draws them")


def sums(simulation: "Simulation", channels: Sequence[str]) -> None:
    """Print the sums, what was held whole, and what was left out."""
    played = simulation.played
    for name in channels:
        click.echo(f"{name}: {_sum(simulate_shapes.shown(played, [name]))}")
    if simulation.present is not None:
        _show_change(simulation, channels)
    for batch in played.batches:
        decided = f"; then {batch.decision}" if batch.decision else ""
        said = f"held: {len(batch.stories)} articles of {batch.source}: {batch.reason}{decided}"
        click.secho(output.printable(said), fg="yellow")
    left = [
        (played.history.shown, "articles came in"),
        (played.unrouted, "no rule sends anywhere"),
        (played.too_old, "were too old"),
        *((number, f"are of source {name}, which is not configured") for name, number in played.foreign.items()),
    ]
    click.echo("; ".join(f"{number} {what}" for number, what in left if number))


def _sum(plays: "Sequence[Play]") -> str:
    found = simulate_shapes.sums(plays)
    parts = ((found.published, "posted"), (found.held, "held"), (found.skipped, "skipped"), (found.queued, "waiting"))
    said = ", ".join(f"{number} {what}" for number, what in parts if number) or "nothing"
    return said + (f", {preview_text.money(found.cost)}" if found.cost else "")


def _show_change(simulation: "Simulation", channels: Iterable[str]) -> None:
    names = list(channels)
    found = [one for one in simulation.differences if one.play.post.channel in names]
    counts = ((len(simulate_shapes.of_kind(found, kind)), kind) for kind in KINDS)
    said = ", ".join(f"{number} {kind}" for number, kind in counts if number) or "nothing"
    cost = cost_change(simulation, names)
    click.secho(f"against the present configuration: {said}" + (f"; {cost}" if cost else ""), bold=True)


def cost_change(simulation: "Simulation", channels: Sequence[str]) -> str:
    """Say what another configuration costs more or less; empty when that is the same."""
    if simulation.present is None:
        return ""
    then, now = (
        simulate_shapes.sums(simulate_shapes.shown(played, channels)).cost
        for played in (simulation.present, simulation.played)
    )
    if now == then:
        return ""
    sign = "more" if now > then else "less"
    return f"{preview_text.money(abs(now - then))} {sign}"
