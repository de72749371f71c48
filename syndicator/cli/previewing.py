"""``preview``: the posts exactly as they would be sent, without sending."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from syndicator.cli import output, shapes
from syndicator.cli.app import App, pass_app

if TYPE_CHECKING:
    from syndicator.service.rehearsal import Preview


@click.command()
@click.argument("url", required=False)
@click.option("--file", "path", metavar="PATH", help="A local .html, .md or .txt article instead of a URL.")
@click.option("--source", "source_name", metavar="NAME", help="The newest articles of a configured source.")
@click.option("--latest", default=1, show_default=True, type=click.IntRange(1, 100), help="How many, with --source.")
@click.option("--channel", "names", multiple=True, metavar="NAME", help="Only this channel (repeatable).")
@click.option("--text", help="Your own words instead of the template.")
@click.option("--json", "wants_json", is_flag=True, help="One JSON document on stdout.")
@click.option("--html", "html", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path), help="Write a page.")
@pass_app
def preview(
    app: App,
    url: str | None,
    path: str | None,
    source_name: str | None,
    latest: int,
    names: tuple[str, ...],
    text: str | None,
    *,
    wants_json: bool,
    html: Path | None,
) -> None:
    """Show an article's posts exactly as they would be sent. Touches neither platform nor log.

    \b
    syndicator preview https://example.org/2026/11/story/
    syndicator preview --source eutoday --latest 3 --channel x --html preview.html
    """
    from datetime import UTC, datetime

    from syndicator.service import oneoff, rehearsal

    if sum(value is not None for value in (url, path, source_name)) != 1:
        raise click.UsageError("name exactly one of URL, --file, --source")
    app.set_up_logs()
    settings, now = app.settings, datetime.now(UTC)
    channels = app.channels(names)
    if source_name:
        found = oneoff.read_source(settings.source(source_name), now=now, latest=latest)
    else:
        found = (oneoff.read_page(url or path or "", configured=settings.sources, now=now),)
    app.typed = url or ""
    previews = rehearsal.preview(
        app.composer, found, channels=channels, rules=settings.rules, text=text, known=app.known_articles
    )
    if html is not None:
        from syndicator.cli.preview_page import write

        try:
            write(html, previews, settings=settings, card_picture=app.composer.card)
        except OSError as error:
            raise click.FileError(str(html), hint=error.strerror or str(error)) from error
        click.echo(f"wrote {html}", err=True)
    if wants_json:
        documents = [document(item) for item in previews]
        output.as_json(documents[0] if len(documents) == 1 else {"previews": documents})
    elif html is None:
        show(previews)


def document(item: "Preview") -> dict[str, Any]:
    """Shape one preview."""
    return {
        "article": shapes.article(item.article),
        "teasers": [shapes.teaser(draft.composed) for draft in item.drafts.values()],
        "problems": [{"channel": channel, "problem": text} for channel, text in item.problems.items()],
    }


def show(previews: Sequence["Preview"]) -> None:
    """Print previews for reading."""
    for item in previews:
        click.secho(output.printable(item.article.title), bold=True)
        for channel, draft in item.drafts.items():
            teaser = draft.composed.teaser
            cost = f" · ${draft.composed.cost}" if draft.composed.cost else ""
            click.secho(f"\n── {channel} · {teaser.length}/{teaser.limit} · {teaser.template}{cost}", fg="cyan")
            for line in teaser.text.splitlines():
                click.echo("   " + output.printable(line))
            if teaser.link not in teaser.text:
                click.echo(f"   [link] {teaser.link}")
            for media in teaser.media:
                click.echo(
                    f"   [picture] {media.mime} {media.width}×{media.height}, alt: {output.printable(media.alt)}"
                )
            for warning in teaser.warnings:
                click.secho(f"   ! {output.printable(warning)}", fg="yellow")
        for channel, problem in item.problems.items():
            click.secho(f"\n── {channel}: {output.printable(problem)}", fg="red")
        click.echo()
