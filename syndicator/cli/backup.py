"""``backup`` and ``restore``: the post log in one file, and back."""

import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from syndicator.cli import output, shapes
from syndicator.cli.app import App, pass_app

if TYPE_CHECKING:
    from syndicator.service.restoring import Restored
    from syndicator.store.backup import Contents

FILE = click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
JSON = click.option("--json", "wants_json", is_flag=True, help="One JSON document on stdout.")


@click.command()
@FILE
@click.option("--force", is_flag=True, help="Replace FILE if it is there.")
@JSON
@pass_app
def backup(app: App, file: Path, *, force: bool, wants_json: bool) -> None:
    """Write the whole post log into FILE, as it is at one moment, also while the daemon runs.

    FILE is an SQLite database, whatever database the post log is on; it is checked before it gets its name. Secrets are
    not in it, pictures are.
    """
    from syndicator.store import backup as files

    with app.store() as store:
        contents = files.write(store, file, force=force)
    said = f"{file}: {contents.posts} posts, {contents.articles} articles, {_size(contents.size)}, checked"
    output.answer({"file": str(file), **_document(contents)}, said, wants_json=wants_json)


@click.command()
@FILE
@click.option("--replace", is_flag=True, help="PostgreSQL: also when posts are there (they go to a backup first).")
@click.option("--yes", is_flag=True, help="Do not ask.")
@JSON
@pass_app
def restore(app: App, file: Path, *, replace: bool, yes: bool, wants_json: bool) -> None:
    """Put the backup FILE in the place of the post log. Stop the daemon first.

    What was sent after the backup was made, it does not know: it comes from this machine's journal where there is one,
    and every post that is not final is looked up at its platform before anything is sent again. The log that is there
    now is kept.
    """
    from datetime import UTC, datetime

    from syndicator import wiring
    from syndicator.service import restoring

    if sys.stdin.isatty() and not yes:
        click.confirm(f"Put {file} in the place of the post log? The present one is kept", abort=True, err=True)
    app.set_up_logs()
    journal = wiring.journal(app.settings)
    done = restoring.restore(app.settings.store_url, file, journal=journal, now=datetime.now(UTC), replace=replace)
    document = {
        "file": str(file),
        **_document(done.contents),
        "kept": None if done.kept is None else str(done.kept),
        "put_back": done.mended.put_back,
        "receipts": done.mended.recorded,
        "unknown": done.mended.doubtful,
    }
    output.answer(document, _said(file, done), wants_json=wants_json)


def _document(contents: "Contents") -> dict[str, Any]:
    return asdict(contents) | {"newest_at": shapes.instant(contents.newest_at)}


def _said(file: Path, done: "Restored") -> str:
    mended = done.mended
    newest = shapes.instant(done.contents.newest_at) or "nothing"
    lines = [f"{file} is the post log now: {done.contents.posts} posts; the last thing it knew: {newest}"]
    if done.kept is not None:
        lines.append(f"what was there is kept: {done.kept}")
    lines += [
        f"from the journal: {mended.put_back} attempts and {mended.recorded} receipts that the backup did not know",
        f"{mended.doubtful} posts may have been sent since: syndicator once (or run) looks them up before it sends",
        "  syndicator log --state unknown      what is being looked up",
        "  syndicator log --state attention    what was not found, and waits for your answer",
    ]
    return "\n".join(lines)


def _size(number: int) -> str:
    return f"{number / 1e6:.1f} MB" if number >= 1e5 else f"{number / 1e3:.0f} kB"
