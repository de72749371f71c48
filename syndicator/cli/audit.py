"""``log --export`` and ``log --verify``: the post log as a file that shows every change made to it."""

import os
import sys
from contextlib import suppress
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from syndicator.cli import output
from syndicator.cli.app import App

if TYPE_CHECKING:
    from syndicator.service.audit_check import Finding


def export(app: App, file: str, *, wants_json: bool) -> None:
    """Append to FILE what is new in the post log; ``-`` writes all of it to stdout."""
    from syndicator.service import audit
    from syndicator.service.chain import Broken

    now, hidden = datetime.now(UTC), _secrets(app)
    with app.store() as store:
        if file == "-":
            audit.export_to(sys.stdout.buffer, store, now=now, hidden=hidden)
            return
        try:
            done = audit.export(Path(file), store, state_dir=app.settings.state_dir, now=now, hidden=hidden)
        except audit.NotOurs as error:
            raise audit.NotOurs(f"{file}: {error} (hint: export to another file)") from error
        except Broken as error:
            hint = "keep the file as it is, and export to another one"
            raise Broken(error.line, f"of {file} {error.why} (hint: {hint})") from error
        except OSError as error:
            raise click.UsageError(f"{file}: {error.strerror or error}") from error
    said = f"{file}: {done.new} lines new, {done.lines} in all, the last one's hash is {done.sha256}"
    output.answer(
        {"file": file, **asdict(done)},
        said + ("; a torn last line was cut off first" if done.repaired else ""),
        wants_json=wants_json,
    )


def verify(app: App, file: str, *, wants_json: bool) -> None:
    """Check FILE; exit with 1 when something is wrong with it, with 3 when the post log cannot be asked."""
    from syndicator.errors import StoreError
    from syndicator.service import audit_check

    trouble: StoreError | None = None
    try:
        if not app.configured:
            found = audit_check.verify(Path(file))
        else:
            state_dir = app.settings.state_dir
            try:
                with app.store() as store:
                    found = audit_check.verify(Path(file), store, state_dir=state_dir, hidden=_secrets(app))
            except StoreError as error:
                found, trouble = audit_check.verify(Path(file), state_dir=state_dir), error
    except OSError as error:
        raise click.UsageError(f"{file}: {error.strerror or error}") from error
    _say(found, wants_json=wants_json)
    if not found.holds:
        raise click.exceptions.Exit(1)
    if trouble is not None:
        raise trouble


def _say(found: "Finding", *, wants_json: bool) -> None:
    from syndicator.service.audit_check import lines_of

    if wants_json:
        output.as_json({"ok": found.holds, **asdict(found)})
        return
    for line in lines_of(found):
        click.secho(output.printable(line), fg="red" if line.startswith("BROKEN") else None)


def _secrets(app: App) -> tuple[str, ...]:
    """Read the secrets that are blotted out if one should stand in the log; one that cannot be read stands nowhere."""
    from syndicator import credentials
    from syndicator.errors import ConfigError

    for refs in app.settings.credentials.values():
        with suppress(ConfigError):
            credentials.resolve(refs, os.environ)
    return credentials.resolved()
