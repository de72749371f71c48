"""``preview --watch``: shows the same articles again whenever a template or the configuration changes, until Ctrl-C.

It looks at the files instead of waiting for events: some dozen of them are looked at in less than a millisecond, and it
works on network drives and in containers, where events do not arrive; and it needs no package.
"""

import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import click

from syndicator.cli import output
from syndicator.cli.app import App
from syndicator.cli.preview_run import Wanted, failure
from syndicator.errors import SourceError, SyndicatorError

if TYPE_CHECKING:
    from syndicator.model import Article
    from syndicator.service.rehearsal import Preview

INTERVAL = 0.3
"""Seconds between two looks: not felt after saving, and nothing to a processor."""
_SETTLED = 0.05
"""Seconds in which nothing may change: editors write a file in several steps."""
RELOAD = 2
"""Seconds after which an open page looks for a newer one. It has no script, so it cannot be told."""
_MOST = 1000
"""Files looked at; a folder of templates with more is a mistake."""
Looks: TypeAlias = dict[Path, tuple[int, int, int]]


def watch(app: App, wanted: Wanted) -> None:
    """Show what is wanted now and after every change, until Ctrl-C, which is the ordinary end.

    What is wrong with templates or the configuration is told, and the watch goes on.

    Raises:
        SourceError: the articles cannot be read in the first place.
    """
    watched = Watched(app, wanted)
    try:
        while True:
            watched.show()
            watched.wait()
    except KeyboardInterrupt:
        watched.end()


class Watched:
    """The articles, what they looked like when they were last shown, and the files that they depend on."""

    def __init__(self, app: App, wanted: Wanted) -> None:
        # Pages and pictures are fetched once and not after every change.
        self._app = replace(app, kept={})
        self._wanted = wanted
        self._articles: tuple[Article, ...] = ()
        self._read_for: object = None
        """What the articles depend on besides the web; None while they have not been read."""
        self._shown: tuple[App, tuple[Preview, ...]] | None = None
        self._files: Looks = {}
        self._times = 0

    def show(self) -> None:
        """Compose and show; or tell what is wrong, above what was last right.

        Raises:
            SourceError: the articles cannot be read in the first place.
        """
        began = time.perf_counter()
        self._app = replace(self._app)  # what it knows of the configuration is read again
        self._files = self._looks()
        try:
            previews = self._wanted.previews(self._app, self._found())
            if self._on_terminal and sys.stdout.isatty():
                click.clear()
            self._draw(self._app, previews)
        except (SyndicatorError, click.ClickException) as error:
            if isinstance(error, SourceError) and self._read_for is None:
                raise
            self._tell(failure(error))
            return
        self._times += 1
        self._shown = (self._app, previews)
        self._say_problems(previews)
        took = round(1000 * (time.perf_counter() - began))
        click.echo(f"{time.strftime('%H:%M:%S')} shown in {took} ms; watching {len(self._files)} files", err=True)

    @property
    def _on_terminal(self) -> bool:
        return self._wanted.html is None and self._wanted.png is None

    def _found(self) -> "tuple[Article, ...]":
        """Read the articles when first asked, and again when their file or the sources are other ones."""
        own = self._files.get(Path(self._wanted.path)) if self._wanted.path else None
        depends = (self._app.settings.sources, own)
        if depends != self._read_for:
            self._articles = self._wanted.read(self._app)
            self._read_for = depends
        return self._articles

    def _draw(self, app: App, previews: "tuple[Preview, ...]") -> None:
        self._wanted.draw(app, previews, view=replace(self._wanted.view(), again=RELOAD))

    def _draw_again(self, *, trouble: str = "", again: int = 0) -> None:
        """Write the page alone, with what was last right."""
        if self._wanted.html is not None and self._shown is not None:
            page = replace(self._wanted, png=None)
            page.draw(*self._shown, view=replace(page.view(), again=again, trouble=trouble))

    def _tell(self, trouble: str) -> None:
        click.secho(trouble, fg="red", err=True)
        self._draw_again(trouble=trouble, again=RELOAD)

    def _say_problems(self, previews: "Sequence[Preview]") -> None:
        """Name on the terminal what the page shows in the place of a post."""
        for item in () if self._on_terminal else previews:
            for channel, problem in item.problems.items():
                click.secho(f"{channel}: {output.printable(problem)}", fg="red", err=True)

    def wait(self) -> None:
        """Wait until a file has changed, and then until it does not change any more."""
        while self._looks() == self._files:
            time.sleep(INTERVAL)
        before: Looks = {}
        while (now := self._looks()) != before:
            before = now
            time.sleep(_SETTLED)

    def _looks(self) -> Looks:
        """Say what the files look like: the configuration, all templates, and the article if it is a file."""
        files = [Path(self._app.config), *([Path(self._wanted.path)] if self._wanted.path else ())]
        try:
            files += sorted(self._app.settings.templates_dir.rglob("*"))[:_MOST]
        except SyndicatorError:  # the configuration is wrong: it is watched, and what was watched before
            files += [path for path in self._files if path not in files]
        return {path: look for path in files if (look := _look(path)) is not None}

    def end(self) -> None:
        """Leave a page that stays as it is, and say that it was the end."""
        self._draw_again()
        times = f"{self._times} {'preview' if self._times == 1 else 'previews'}"
        click.echo(f"\nstopped watching after {times}; nothing was sent", err=True)


def _look(path: Path) -> tuple[int, int, int] | None:
    """Give what changes when a file is saved; None for what is no file (any more)."""
    try:
        found = path.stat()
    except OSError:
        return None
    return (found.st_mtime_ns, found.st_size, found.st_ino) if path.is_file() else None
