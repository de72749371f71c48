"""``log`` and ``show``: the post log, for people and scripts."""

from typing import TYPE_CHECKING, Any

import click

from syndicator.cli import output, shapes, when
from syndicator.cli.app import App, pass_app

if TYPE_CHECKING:
    from syndicator.model import Article, Attempt, LookUpRecord, Post

ANSWERS = """It may be live, and only you can tell. Look at {account} and answer:
  it is live:   syndicator settle {id} --live URL
  send again:   syndicator settle {id} --resend
  let it go:    syndicator settle {id} --drop"""


@click.command()
@click.option("--channel", metavar="NAME", help="Only this channel.")
@click.option("--state", metavar="STATE", help="Only this state: queued, published, attention …")
@click.option("--since", metavar="TIME", help="Only posts changed since: 7d, 12h, 2026-11-01.")
@click.option("--limit", default=200, show_default=True, type=click.IntRange(1), help="At most so many, newest first.")
@click.option("--json", "wants_json", is_flag=True, help="One JSON document on stdout.")
@pass_app
def log(app: App, channel: str | None, state: str | None, since: str | None, limit: int, *, wants_json: bool) -> None:
    """List the post log, newest first: every post, where it is and why."""
    from datetime import UTC, datetime

    from syndicator.model import State
    from syndicator.store import views

    if state is not None and state not in set(State):
        raise click.UsageError(f"no state {state!r}; states are: {', '.join(State)}")
    zone = app.settings.site.timezone
    since_at = when.past(since, timezone=zone, now=datetime.now(UTC)) if since else None
    with app.store() as store, store.read() as conn:
        rows = views.log(conn, channel=channel, state=State(state) if state else None, since=since_at, limit=limit)
    if wants_json:
        output.as_json({"posts": [shapes.post(row.post, row.url) for row in rows]})
        return
    cells = [
        (
            row.post.id,
            shapes.instant(row.post.published_at or row.post.due_at) or "",
            row.post.channel,
            str(row.post.state),
            row.title,
            row.post.remote_url or row.post.reason,
        )
        for row in rows
    ]
    output.table(("post", "published / due", "channel", "state", "article", "where / why"), cells)
    if not rows:
        click.echo("no posts" + (" match" if channel or state or since else " yet"), err=True)


@click.command()
@click.argument("post_id", metavar="POST")
@click.option("--open", "opens", is_flag=True, help="Open the hand-off page or the remote post in the browser.")
@click.option("--json", "wants_json", is_flag=True, help="One JSON document on stdout.")
@pass_app
def show(app: App, post_id: str, *, opens: bool, wants_json: bool) -> None:
    """Show one post: frozen text, attempts, look-ups, and what can be done. POST may be the beginning of its id."""
    from syndicator.service import admin
    from syndicator.store import articles, posts

    with app.parts() as parts:
        post = admin.find(parts, post_id)
        with parts.store.read() as conn:
            article = articles.get(conn, post.article_id)
            tries = posts.attempts(conn, post.id)
            looks = posts.look_ups(conn, post.id)
    if wants_json:
        output.as_json(document(post, article, tries, looks))
    else:
        account = next((item.account for item in app.settings.channels if item.name == post.channel), post.channel)
        _show(post, article, tries, looks, account=account or post.channel)
    if opens:
        click.launch(_page(post) or post.remote_url or (article.url if article else ""))


def _page(post: "Post") -> str:
    return str(((post.pending or {}).get("detail") or {}).get("page", ""))


def document(
    post: "Post", article: "Article | None", tries: "list[Attempt]", looks: "list[LookUpRecord]"
) -> dict[str, Any]:
    """Shape one post with its whole story."""
    return {
        "post": shapes.post(post, article.url if article else None),
        "article": shapes.article(article) if article else None,
        "teaser": shapes.teaser(post.payload) if post.payload else None,
        "pending": post.pending,
        "next_look_at": shapes.instant(post.next_look_at),
        "attempts": [shapes.attempt(item) for item in tries],
        "look_ups": [shapes.look_up(item) for item in looks],
    }


def _show(
    post: "Post", article: "Article | None", tries: "list[Attempt]", looks: "list[LookUpRecord]", *, account: str
) -> None:
    output.block(
        f"{post.channel}: {post.state}",
        [
            ("post", post.id),
            ("article", output.printable(article.title) if article else ""),
            ("", article.url if article else ""),
            ("remote", post.remote_url or ""),
            ("reason", output.printable(post.reason)),
            ("due", shapes.instant(post.due_at) or ""),
            ("expires", shapes.instant(post.expires_at) or "" if post.remote_id is None else ""),
            ("published", shapes.instant(post.published_at) or ""),
            ("next look-up", shapes.instant(post.next_look_at) or ""),
            ("hand-off page", _page(post)),
        ],
    )
    if post.payload is not None:
        teaser = post.payload.teaser
        click.secho(f"\nfrozen text, {teaser.length}/{teaser.limit}", bold=True)
        for line in teaser.text.splitlines():
            click.echo("  " + output.printable(line))
        if teaser.link not in teaser.text:
            click.echo(f"  [link] {teaser.link}")
        for media in teaser.media:
            click.echo(f"  [picture] {media.mime} {media.width}×{media.height}, alt: {output.printable(media.alt)}")
    _show_story(tries, looks)
    if post.state == "attention":
        click.secho("\n" + ANSWERS.format(account=account, id=post.id), fg="yellow")
    elif post.state == "processing" and _page(post):
        click.secho(f"\nOpen {_page(post)}, press Post, then: syndicator settle {post.id} --live URL", fg="yellow")
    elif post.state == "held":
        click.secho(f"\nsyndicator approve {post.id}   or   syndicator drop {post.id}", fg="yellow")


def _reach(item: "Attempt") -> str:
    """Say how far an attempt without a clear end came."""
    if item.result not in ("open", "unknown", "not sent"):
        return ""
    sent = item.fenced_at is not None and item.result != "not sent"
    return " · may have reached the platform" if sent else " · nothing was sent"


def _show_story(tries: "list[Attempt]", looks: "list[LookUpRecord]") -> None:
    for item in tries:
        status = f" · HTTP {item.http_status}" if item.http_status else ""
        click.echo(f"\nattempt {item.n} · {shapes.instant(item.opened_at)} · {item.result}{status}{_reach(item)}")
        if item.reason:
            click.echo(f"  {output.printable(item.reason)}")
    for look in looks:
        clock = f"the platform's clock {look.platform_at:%H:%M:%S}Z" if look.platform_at else "no platform clock"
        proof = "complete" if look.complete else "not evidence"
        click.echo(
            f"look-up · {shapes.instant(look.at)} · {clock} · {look.seen} posts read, {look.hits} match · {proof}"
            + (f" · {output.printable(look.note)}" if look.note else "")
        )
