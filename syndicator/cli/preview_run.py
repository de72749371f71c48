"""What one call of ``preview`` was asked for: reads the articles, composes them, and shows them as wanted."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from syndicator.cli import output, preview_terminal
from syndicator.cli.app import App

if TYPE_CHECKING:
    from syndicator.cli.preview_page import View
    from syndicator.cli.preview_png import Shot
    from syndicator.cli.preview_posts import PageOf
    from syndicator.model import Article
    from syndicator.service.rehearsal import Preview

_BOTH = {"scheme": ("light", "dark"), "width": ("phone", "desktop")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The articles that are asked for, and how they are to be shown."""

    url: str | None = None
    path: str | None = None
    source_name: str | None = None
    latest: int = 1
    names: tuple[str, ...] = ()
    text: str | None = None
    wants_json: bool = False
    html: Path | None = None
    png: Path | None = None
    scheme: str | None = None
    width: str = "phone"
    pages: "dict[str, Article | None]" = field(default_factory=dict, compare=False)
    """What pages said for their link cards, by address; None is one that could not be read."""

    def show(self, app: App) -> None:
        """Read, compose and show once.

        Raises:
            SyndicatorError: the articles cannot be read, or the configuration is wrong.
            click.ClickException: the page or the picture cannot be written.
        """
        self.draw(app, self.previews(app, self.read(app)))

    def read(self, app: App) -> "tuple[Article, ...]":
        """Read the articles.

        Raises:
            SourceError: unreachable, or no article.
        """
        from syndicator.service import oneoff, rendering

        now, settings = datetime.now(UTC), app.settings
        if self.text is None:
            rendering.warm()  # it starts while we read
        if self.source_name:
            return oneoff.read_source(settings.source(self.source_name), now=now, latest=self.latest)
        return (oneoff.read_page(self.url or self.path or "", configured=settings.sources, now=now),)

    def previews(self, app: App, found: "Sequence[Article]") -> "tuple[Preview, ...]":
        """Compose every article for every channel that is asked for."""
        from syndicator.service import rehearsal

        return rehearsal.preview(
            app.composer,
            found,
            channels=app.channels(self.names),
            rules=app.settings.rules,
            text=self.text,
            known=app.known_articles,
        )

    def view(self) -> "View":
        """Give how a page is set when it is opened."""
        from syndicator.cli.preview_page import View

        scheme = self.scheme if self.scheme in _BOTH["scheme"] else "own"
        return View(scheme=scheme, width="desktop" if self.width == "desktop" else "phone")

    def draw(self, app: App, previews: "Sequence[Preview]", *, view: "View | None" = None) -> None:
        """Show what was composed: as page, as pictures, as JSON, or on the terminal.

        Raises:
            click.ClickException: the page or a picture cannot be written.
            NoBrowser: there is nothing to take pictures with.
        """
        if self.html is not None:
            self._write_page(self.html, app, previews, view or self.view())
        if self.png is not None:
            self._write_pictures(self.png, app, previews)
        if self.wants_json:
            output.as_json(preview_terminal.documents(previews))
        elif self.html is None and self.png is None:
            preview_terminal.show(previews)

    def _write_page(self, path: Path, app: App, previews: "Sequence[Preview]", view: "View") -> None:
        from syndicator.cli import preview_page

        page = self._prepared(app, previews)(view)
        with _written(path):
            preview_page.write(path, page)

    def _write_pictures(self, target: Path, app: App, previews: "Sequence[Preview]") -> None:
        from syndicator.cli import preview_page, preview_png

        if not previews:
            raise click.ClickException("there are no articles to take a picture of")
        schemes, widths = _chosen("scheme", self.scheme or "light"), _chosen("width", self.width)
        try:
            files = preview_png.named(target, articles=len(previews), schemes=schemes, widths=widths)
        except ValueError as error:
            raise click.UsageError(str(error)) from error
        shots = self._shots(app, previews, schemes, widths)
        with preview_png.camera() as camera:
            for file, shot in zip(files, shots, strict=True):
                with _written(file):
                    file.parent.mkdir(parents=True, exist_ok=True)
                    preview_page.replace(file, camera.take(shot))

    def _shots(
        self, app: App, previews: "Sequence[Preview]", schemes: Sequence[str], widths: Sequence[str]
    ) -> "Iterator[Shot]":
        from syndicator.cli.preview_page import View
        from syndicator.cli.preview_png import Shot

        pages = [self._prepared(app, [item]) for item in previews]
        for page in pages:
            page(View())  # what has to be fetched is fetched before the browser's loop runs, in which ours cannot
        return (
            Shot(page=page(View(scheme=scheme, width=width)), scheme=scheme, width=width)
            for page in pages
            for scheme in schemes
            for width in widths
        )

    def _prepared(self, app: App, previews: "Sequence[Preview]") -> "Callable[[View], str]":
        from syndicator.cli import preview_page

        return preview_page.prepared(
            previews, settings=app.settings, card_picture=app.composer.card, page_of=self._page_of(app)
        )

    def _page_of(self, app: App) -> "PageOf | None":
        """Read an article's page for its link cards, once; the page of an article in a file is not there yet."""

        def page_of(article: "Article") -> "Article | None":
            from syndicator.service import linkcard

            if article.url not in self.pages:
                self.pages[article.url] = linkcard.seen(article, configured=app.settings.sources, typed=self.url or "")
            return self.pages[article.url]

        return None if self.path else page_of


def _chosen(option: str, value: str) -> tuple[str, ...]:
    return _BOTH[option] if value == "both" else (value,)


@contextmanager
def _written(path: Path) -> Iterator[None]:
    """Say what was written, or why not."""
    try:
        yield
    except OSError as error:  # what it names may be a temporary file beside the one that is meant
        raise click.FileError(str(path), hint=error.strerror or str(error)) from error
    click.echo(f"wrote {path}", err=True)


def failure(error: Exception) -> str:
    """Say what went wrong, as the command line would."""
    return error.format_message() if isinstance(error, click.ClickException) else str(error)
