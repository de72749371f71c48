"""What came of trying a source out, for reading and for scripts."""

from typing import TYPE_CHECKING, Any

import click

from syndicator.cli import output, shapes
from syndicator.cli.card import wrapped

if TYPE_CHECKING:
    from syndicator.service.trial import Fetch, Trial

SHOWN = 8
"""Entries that are listed; ``--json`` has them all."""
FETCHES = 3


def document(trial: "Trial") -> dict[str, Any]:
    """Shape a trial."""
    reading = trial.reading
    return {
        "source": trial.source.name if trial.configured else None,
        "url": trial.source.url,
        "kind": trial.source.kind,
        "ok": reading is not None,
        "problem": trial.problem,
        "looks_like": trial.looks,
        "guessed_kind": trial.guess or None,
        "seconds": round(trial.seconds, 3),
        "fetches": [_fetch(fetch) for fetch in trial.fetches],
        "title": reading.title if reading else None,
        "complete": reading.complete if reading else None,
        "hub": (reading.hub or None) if reading else None,
        "warnings": list(reading.warnings) if reading else [],
        "first_reading": trial.first,
        "counts": {fate: sum(item.fate == fate for item in trial.entries) for fate in ("new", "known", "too old")},
        "held": None if trial.doubt is None else {"guard": str(trial.doubt.guard), "reason": trial.doubt.reason},
        "rules": trial.matched,
        "entries": [
            shapes.article(item.article) | {"fate": item.fate, "channels": list(item.channels)}
            for item in trial.entries
        ],
    }


def _fetch(fetch: "Fetch") -> dict[str, Any]:
    return {
        "asked": fetch.asked,
        "url": fetch.url,
        "redirected": fetch.redirected,
        "status": fetch.status,
        "bytes": fetch.size,
        "seconds": round(fetch.seconds, 3),
        "content_type": fetch.content_type,
        "etag": fetch.etag,
        "last_modified": fetch.last_modified,
        "problem": fetch.problem,
    }


def show(trial: "Trial") -> None:
    """Print a trial."""
    name = trial.source.name if trial.configured else trial.source.url
    if trial.reading is None:
        click.secho(wrapped(f"✗ {name}: {output.printable(trial.problem)}", indent=2), fg="red")
    else:
        said = f'✓ {name}: {len(trial.entries)} entries in {trial.seconds:.2f} s, read as kind = "{trial.source.kind}"'
        click.secho(said, fg="green")
    _on_the_way(trial)
    if trial.guess:
        where = f"[sources.{name}]" if trial.configured else "its table in the configuration"
        click.secho(f'  it looks like {trial.looks}: write kind = "{trial.guess}" into {where}', fg="yellow")
    if trial.reading is not None:
        _content(trial)
    click.echo("nothing was remembered, planned or sent")


def _on_the_way(trial: "Trial") -> None:
    for fetch in trial.fetches[:FETCHES]:
        if fetch.status is None:
            click.echo(wrapped(f"  no answer  {output.printable(fetch.asked)}  after {fetch.seconds:.2f} s", indent=4))
            continue
        facts = [f"{fetch.status}", f"{fetch.size:,} bytes", f"{fetch.seconds:.2f} s", fetch.content_type]
        click.echo(
            f"  {output.printable(fetch.asked)}\n    " + ", ".join(output.printable(fact) for fact in facts if fact)
        )
        if fetch.redirected:
            click.echo(f"    redirected to {output.printable(fetch.url)}")
        kept = [
            f"ETag {fetch.etag}" if fetch.etag else "",
            f"Last-Modified {fetch.last_modified}" if fetch.last_modified else "",
        ]
        said = ", ".join(filter(None, kept)) or "no validators: it is fetched whole at every poll"
        click.echo(f"    {output.printable(said)}")
    if len(trial.fetches) > FETCHES:
        rest = trial.fetches[FETCHES:]
        click.echo(f"  … and {len(rest)} more, {sum(fetch.size for fetch in rest):,} bytes")


def _content(trial: "Trial") -> None:
    reading = trial.reading
    if reading is None:
        return
    for name, value in (
        ("calls itself", reading.title),
        ("hub", reading.hub),
        ("next reading", _promise(trial)),
        ("rules", ", ".join(f"{name}: {number} of {len(trial.entries)}" for name, number in trial.matched.items())),
    ):
        if value:
            click.echo(wrapped(f"  {name:<12}  {output.printable(value)}", indent=16))
    for warning in reading.warnings:
        click.secho(wrapped(f"  ! {output.printable(warning)}", indent=4), fg="yellow")
    for item in trial.entries[:SHOWN]:
        at = f"{item.article.published_at:%Y-%m-%d %H:%M}Z" if item.article.published_at else "undated"
        goes = f" → {', '.join(item.channels)}" if item.channels else " → no rule takes it"
        said = (
            f"  {item.fate:<7}  {at:<17}  {output.printable(item.article.title)}{goes if item.fate != 'known' else ''}"
        )
        click.echo(wrapped(said, indent=30))
    if len(trial.entries) > SHOWN:
        click.echo(f"  … and {len(trial.entries) - SHOWN} more")


def _promise(trial: "Trial") -> str:
    """Say what the next reading would do with what was found."""
    counts = {fate: sum(item.fate == fate for item in trial.entries) for fate in ("new", "known", "too old")}
    said = ", ".join(f"{number} {fate}" for fate, number in counts.items() if number) or "no entries"
    if trial.first:
        return f"{said}; it is the first one: all are remembered, none is posted (the baseline)"
    if trial.doubt is not None:
        return f"{said}; a guard would hold what is new ({trial.doubt.guard}): {trial.doubt.reason}"
    return f"{said}; what is new is planned by the rules"
