"""``preview``: the posts exactly as they would be sent, without sending."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from syndicator.cli.app import App, pass_app

if TYPE_CHECKING:
    from syndicator.cli.preview_run import Wanted


@click.command()
@click.argument("url", required=False)
@click.option("--file", "path", metavar="PATH", help="A local .html, .md or .txt article instead of a URL.")
@click.option("--source", "source_name", metavar="NAME", help="The newest articles of a configured source.")
@click.option("--latest", default=1, show_default=True, type=click.IntRange(1, 100), help="How many, with --source.")
@click.option("--channel", "names", multiple=True, metavar="NAME", help="Only this channel (repeatable).")
@click.option("--text", help="Your own words instead of the template.")
@click.option("--json", "wants_json", is_flag=True, help="One JSON document on stdout.")
@click.option("--html", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path), help="Draw the posts: a page.")
@click.option(
    "--png", metavar="FILE", type=click.Path(path_type=Path), help="The same as a picture; several: a folder."
)
@click.option("--scheme", type=click.Choice(("light", "dark", "both")), help="Colours of the page or the pictures.")
@click.option(
    "--width", type=click.Choice(("phone", "desktop", "both")), default="phone", show_default=True, help="How wide."
)
@click.option("--watch", is_flag=True, help="Show them again whenever a template or the configuration is changed.")
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
    png: Path | None,
    scheme: str | None,
    width: str,
    watch: bool,
) -> None:
    """Show an article's posts exactly as they would be sent. Touches neither platform nor log.

    \b
    syndicator preview https://example.org/2026/11/story/
    syndicator preview --source eutoday --latest 3 --channel x --html preview.html
    syndicator preview --file draft.md --html preview.html --watch
    """
    from syndicator.cli.preview_run import Wanted

    if sum(value is not None for value in (url, path, source_name)) != 1:
        raise click.UsageError("name exactly one of URL, --file, --source")
    if watch and wants_json:
        raise click.UsageError("--watch shows for people; --json is one document")
    wanted = Wanted(
        url=url, path=path, source_name=source_name, latest=latest, names=names, text=text, wants_json=wants_json,
        html=html, png=png, scheme=scheme, width=width,
    )  # fmt: skip
    app.set_up_logs()
    app.typed = url or ""
    _watch(app, wanted) if watch else wanted.show(app)


def _watch(app: App, wanted: "Wanted") -> None:
    from syndicator.cli.preview_watch import watch

    watch(app, wanted)
