"""``post``: one article, by hand."""

from typing import TYPE_CHECKING

import click

from syndicator.cli import output, previewing, shapes, when
from syndicator.cli.app import App, pass_app

if TYPE_CHECKING:
    from syndicator.model import Post


@click.command()
@click.argument("url", required=False)
@click.option("--file", "path", metavar="PATH", help="A local .html, .md or .txt article instead of a URL.")
@click.option("--channel", "names", multiple=True, metavar="NAME", help="Only this channel (repeatable); else all.")
@click.option("--at", "at", metavar="WHEN", help="18:30, 2026-12-01T08:00 or 'in 2h', in the site's time zone.")
@click.option("--text", help="Your own words instead of the template; never cut.")
@click.option("--again", metavar="REASON", default="", help="Repeat an article that was posted before, and say why.")
@click.option("--dry-run", is_flag=True, help="Show what would be sent; touch neither platform nor log.")
@click.option("--json", "wants_json", is_flag=True, help="One JSON document on stdout.")
@click.pass_context
@pass_app
def post(
    app: App,
    ctx: click.Context,
    url: str | None,
    path: str | None,
    names: tuple[str, ...],
    at: str | None,
    text: str | None,
    again: str,
    *,
    dry_run: bool,
    wants_json: bool,
) -> None:
    """Post one article now, or at a time. Posting it again says where it is live and does nothing.

    \b
    syndicator post https://example.org/2026/11/story/
    syndicator post --file note.md --channel x --at 18:30
    """
    from datetime import UTC, datetime

    from syndicator.model import State
    from syndicator.service import admin, oneoff

    if (url is None) == (path is None):
        raise click.UsageError("name exactly one of URL, --file")
    if dry_run:
        ctx.invoke(previewing.preview, url=url, path=path, names=names, text=text, wants_json=wants_json)
        return
    settings, now = app.settings, datetime.now(UTC)
    channels = app.channels(names)
    due_at = when.moment(at, timezone=settings.site.timezone, now=now) if at else None
    with app.parts(create=True) as parts:
        article = oneoff.read_page(url or path or "", configured=settings.sources, now=now)
        placed = admin.place(parts, article, channels_=channels, typed=url or "", at=due_at, text=text, again=again)
        results = [
            (admin.send_now(parts, item.post) if item.new and item.post.state is State.QUEUED else item.post, item.new)
            for item in placed
        ]
    if wants_json:
        output.as_json({"posts": [shapes.post(item, article.url) for item, _ in results]})
    else:
        for item, new in results:
            output.block(*_answer(item, new=new))
    if any(item.state in (State.ATTENTION, State.REJECTED, State.HELD) for item, _ in results):
        ctx.exit(1)


def _answer(item: "Post", *, new: bool) -> tuple[str, list[tuple[str, str]]]:
    """Say in a line what is true now, with the facts below."""
    head = f"{item.channel}: {item.state}"
    if not new and item.remote_url:
        head = f"{item.channel}: already live, nothing done"
    elif not new:
        head = f"{item.channel}: already {item.state}, nothing done"
    facts = [
        ("post", item.id),
        ("url", item.remote_url or ""),
        ("due", shapes.instant(item.due_at) or "" if item.remote_url is None else ""),
        ("reason", output.printable(item.reason)),
    ]
    if not new:
        facts.append(("repeat with", f"--again 'why' (post {item.id} stays as it is)"))
    return head, facts
