"""How answers look: JSON for scripts, a table on a terminal, plain lines elsewhere."""

import json
import sys
import unicodedata
from collections.abc import Sequence
from typing import Any

import click


def as_json(value: Any) -> None:
    """Print one JSON document on stdout."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))


def answer(document: Any, text: str, *, wants_json: bool) -> None:
    """Print what was done: the document for scripts, or the text for people."""
    if wants_json:
        as_json(document)
    else:
        click.echo(text)


def printable(text: str) -> str:
    """Make text from outside safe for a terminal: one line, no control or escape characters (X23)."""
    flat = " ".join(text.split())
    return "".join(character for character in flat if unicodedata.category(character) not in {"Cc", "Co", "Cs"})


def table(columns: Sequence[str], rows: Sequence[Sequence[str]], *, title: str = "", grouped: bool = False) -> None:
    """Print rows: boxed on a terminal, tab-separated lines elsewhere.

    ``grouped`` rows follow each other by their first cell; a terminal shows it once for each group.
    """
    clean = [[printable(cell) for cell in row] for row in rows]
    if not sys.stdout.isatty():
        click.echo("\t".join(columns))
        for row in clean:
            click.echo("\t".join(row))
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    grid = Table(*columns, title=title or None, title_justify="left", header_style="bold")
    for number, row in enumerate(clean):
        repeated = grouped and number > 0 and row[0] == clean[number - 1][0]
        ends = not grouped or number + 1 == len(clean) or row[0] != clean[number + 1][0]
        cells = ["", *row[1:]] if repeated else row
        grid.add_row(*(Text(cell, overflow="fold") for cell in cells), end_section=grouped and ends)
    Console().print(grid)


def block(title: str, pairs: Sequence[tuple[str, str]]) -> None:
    """Print a heading and its facts, one a line; empty facts are left out."""
    click.secho(title, bold=True)
    width = max((len(name) for name, value in pairs if value), default=0)
    for name, value in pairs:
        if value:
            click.echo(f"  {name:<{width}}  {value}")
