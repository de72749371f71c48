"""``articles``: what a source yields."""

import click

from syndicator.cli import output, shapes
from syndicator.cli.app import App, pass_app


@click.command()
@click.option("--source", "source_name", metavar="NAME", help="A source of the configuration.")
@click.option("--feed", metavar="FILE|URL", help="A feed: RSS, Atom or JSON Feed.")
@click.option("--page", metavar="FILE|URL", help="An article's page, or a .html, .md or .txt file.")
@click.option("--json", "wants_json", is_flag=True, help="One JSON document on stdout.")
@pass_app
def articles(app: App, source_name: str | None, feed: str | None, page: str | None, *, wants_json: bool) -> None:
    """Show the articles that a source, a feed or a page yields. Touches no state.

    \b
    syndicator articles --source eutoday
    syndicator articles --feed https://example.org/feed/ --json
    """
    from datetime import UTC, datetime

    from syndicator.service import oneoff

    if sum(value is not None for value in (source_name, feed, page)) != 1:
        raise click.UsageError("name exactly one of --source, --feed, --page")
    app.set_up_logs()
    now = datetime.now(UTC)
    configured = app.settings.sources if source_name or app.configured else ()
    if source_name:
        found = oneoff.read_source(app.settings.source(source_name), now=now)
    elif feed:
        found = oneoff.read_feed(feed, configured=configured, now=now)
    else:
        found = (oneoff.read_page(page or "", configured=configured, now=now),)
    if wants_json:
        output.as_json({"articles": [shapes.article(article) for article in found]})
        return
    rows = [
        (shapes.instant(article.published_at) or "undated", article.language or "", article.title, article.url)
        for article in found
    ]
    output.table(("published", "lang", "title", "url"), rows, title=f"{len(rows)} articles")
