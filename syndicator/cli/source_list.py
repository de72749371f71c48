"""The sources as a table that fits a narrow terminal, and as JSON."""

import shutil
import sys
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from syndicator.cli import output, shapes

if TYPE_CHECKING:
    from syndicator.core.health import Finding
    from syndicator.service.checkup import Checkup

NAMED = 5
"""Sources that need a person whose commands are told below the table."""
WIDEST = 24
_COLUMNS = ("source", "kind", "state", "read", "next", "every", "a day", "24 h")
_RIGHT = ("a day", "24 h")


def document(found: "Sequence[Checkup]") -> dict[str, Any]:
    """Shape all sources."""
    return {"sources": [shape(item) for item in found], "needs_a_person": [item.name for item in found if item.needs]}


def shape(item: "Checkup") -> dict[str, Any]:
    """Shape one source."""
    state = item.state
    return {
        "name": item.name,
        "kind": item.source.kind if item.source else None,
        "url": item.source.url if item.source else None,
        "state": str(item.findings[0].sign),
        "needs_a_person": item.needs,
        "findings": [_finding(finding) for finding in item.findings],
        "last_success_at": shapes.instant(state.last_success_at),
        "last_polled_at": shapes.instant(state.last_polled_at),
        "next_poll_at": shapes.instant(item.next_at),
        "interval_seconds": item.interval.total_seconds() if item.interval else None,
        "interval_learned": item.learned,
        "entries_a_day": None if item.a_day is None else round(item.a_day, 2),
        "new_24h": item.row.new,
        "held": item.row.held,
        "failures": state.failures,
        "last_error": state.last_error,
        "baseline_at": shapes.instant(state.baseline_at),
        "paused_until": shapes.instant(state.paused_until) if state.paused(item.now) else None,
    }


def _finding(finding: "Finding") -> dict[str, Any]:
    return {
        "sign": str(finding.sign),
        "says": finding.says,
        "needs_a_person": finding.needs,
        "commands": list(finding.commands),
    }


def show(found: "Sequence[Checkup]") -> None:
    """Print all sources: a table on a terminal, tab-separated lines elsewhere; what needs a person last."""
    if not sys.stdout.isatty():
        _lines(found)
    else:
        _table(found)
    _footer([item for item in found if item.needs])


def _lines(found: "Sequence[Checkup]") -> None:
    columns = ("source", "kind", "state", "last success", "next poll", "interval", "a day", "24 h", "last error")
    rows = [
        (
            item.name,
            item.source.kind if item.source else "",
            _state(item),
            shapes.instant(item.state.last_success_at) or "",
            shapes.instant(item.next_at) or "",
            f"{item.interval.total_seconds():g}{' learned' if item.learned else ''}" if item.interval else "",
            _a_day(item),
            str(item.row.new),
            item.state.last_error,
        )
        for item in found
    ]
    output.table(columns, rows)


def _table(found: "Sequence[Checkup]") -> None:
    """Print the table without boxes: eight columns of them would not fit."""
    rows = [_cells(item) for item in found]
    widths = [min(max([len(name), *(len(row[place]) for row in rows)]), WIDEST) for place, name in enumerate(_COLUMNS)]
    room = shutil.get_terminal_size().columns
    # Where it is too narrow, what is said elsewhere too goes first.
    left_out = {"kind"} if sum(widths) + 2 * (len(widths) - 1) > room else set()
    click.secho(_line(_COLUMNS, widths, left_out), bold=True)
    for item, row in zip(found, rows, strict=True):
        first = item.findings[0]
        colour = "yellow" if item.needs or first.short.startswith("failing") else None
        click.secho(_line(row, widths, left_out), fg=colour)
        if item.needs or item.state.failures:
            click.echo(_cut(f"  └ {output.printable(_short_of(item))}", room))


def _short_of(item: "Checkup") -> str:
    """Say what is wrong; where it fails, in the words of the error."""
    first = item.findings[0]
    failing = first.short.startswith("failing")
    return item.state.last_error.removeprefix(f"{item.name}: ") if failing else first.says


def _cells(item: "Checkup") -> tuple[str, ...]:
    return (
        item.name,
        item.source.kind if item.source else "–",
        _state(item),
        _ago(item.state.last_success_at, item.now),
        _next(item),
        f"{_short(item.interval)}{'*' if item.learned else ''}" if item.interval else "–",
        _a_day(item) or "–",
        str(item.row.new),
    )


def _line(cells: Sequence[str], widths: Sequence[int], left_out: set[str]) -> str:
    made = (
        f"{_cut(cell, width):>{width}}" if name in _RIGHT else f"{_cut(cell, width):<{width}}"
        for name, cell, width in zip(_COLUMNS, cells, widths, strict=True)
        if name not in left_out
    )
    return "  ".join(made).rstrip()


def _footer(needing: "Sequence[Checkup]") -> None:
    """Say who needs a person, and what to type."""
    if not needing:
        return
    number = "1 source needs you" if len(needing) == 1 else f"{len(needing)} sources need you"
    click.secho(f"{number}:", fg="yellow", err=True)
    for item in needing[:NAMED]:
        typed = " | ".join(item.findings[0].commands) or f"syndicator sources show {item.name}"
        click.echo(f"  {item.name}: {typed}", err=True)
    if len(needing) > NAMED:
        click.echo(f"  … and {len(needing) - NAMED} more: syndicator sources --problems", err=True)


def _state(item: "Checkup") -> str:
    return ", ".join(finding.short for finding in item.findings)


def _a_day(item: "Checkup") -> str:
    if item.a_day is None:
        return ""
    return f"{item.a_day:.0f}" if item.a_day >= 9.95 else f"{item.a_day:.1f}"


def _next(item: "Checkup") -> str:
    if item.source is None or (item.state.paused(item.now) and item.next_at is None):
        return "–"
    return "now" if item.next_at is None or item.next_at <= item.now else f"in {_short(item.next_at - item.now)}"


def _ago(at: datetime | None, now: datetime) -> str:
    return "never" if at is None else f"{_short(now - at)} ago"


def _short(length: timedelta) -> str:
    """Write a duration by its largest unit alone."""
    seconds = max(round(length.total_seconds()), 0)
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def _cut(text: str, room: int) -> str:
    return text if len(text) <= room else text[: room - 1] + "…"
