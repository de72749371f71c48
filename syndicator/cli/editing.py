"""``drop``, ``retry``, ``settle``, ``pause``, ``halt``, ``resume``: what an editor decides."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from syndicator.cli import batches, output, shapes
from syndicator.cli.app import App, pass_app

if TYPE_CHECKING:
    from syndicator.model import Post
    from syndicator.service.parts import Parts

POSTS = click.argument("post_ids", metavar="POST...", nargs=-1, required=True)
JSON = click.option("--json", "wants_json", is_flag=True, help="One JSON document on stdout.")


def _each(app: App, post_ids: tuple[str, ...], act: "Callable[[Parts, Post], Post]", *, wants_json: bool) -> None:
    """Do one thing to each post; the first that cannot be done is named, those before it are done."""
    from syndicator.errors import SyndicatorError
    from syndicator.service import admin
    from syndicator.store import articles

    done: list[Post] = []
    failed: SyndicatorError | None = None
    with app.parts() as parts:
        for post_id in post_ids:
            try:
                done.append(act(parts, admin.find(parts, post_id)))
            except SyndicatorError as error:
                failed = failed or error
                click.echo(f"syndicator: {error}", err=True)
        with parts.store.read() as conn:
            urls = {post.id: article.url for post in done if (article := articles.get(conn, post.article_id))}
    if wants_json:
        output.as_json({"posts": [shapes.post(post, urls.get(post.id)) for post in done]})
    else:
        for post in done:
            click.echo(f"{post.id}\t{post.channel}\t{post.state}\t{output.printable(post.remote_url or post.reason)}")
    if failed is not None:
        raise click.exceptions.Exit(failed.exit_code)


@click.command()
@click.argument("post_ids", metavar="[POST]...", nargs=-1)
@batches.SOURCE
@batches.YES
@JSON
@pass_app
def drop(app: App, post_ids: tuple[str, ...], source: str | None, *, yes: bool, wants_json: bool) -> None:
    """Decide that posts will not be sent. What may be live already cannot be dropped, only settled.

    --source NAME drops the articles that a guard holds of a source: they stay known and are never posted.
    """
    from syndicator.service import admin

    if bool(post_ids) == (source is not None):
        raise click.UsageError("name posts, or a source with --source")
    if source is not None:
        batches.decide(app, source, release=False, with_old=True, yes=yes, wants_json=wants_json)
        return
    _each(app, post_ids, admin.drop, wants_json=wants_json)


@click.command()
@POSTS
@JSON
@pass_app
def retry(app: App, post_ids: tuple[str, ...], *, wants_json: bool) -> None:
    """Queue rejected posts again, rendered anew; or bring waiting ones forward."""
    from syndicator.service import admin

    _each(app, post_ids, admin.retry, wants_json=wants_json)


@click.command()
@click.argument("post_id", metavar="POST")
@click.option("--live", "url", metavar="URL", help="It is live: the address of the remote post.")
@click.option("--resend", is_flag=True, help="It is not live: send the same bytes again.")
@click.option("--drop", "dropped", is_flag=True, help="Let it go.")
@JSON
@pass_app
def settle(app: App, post_id: str, url: str | None, *, resend: bool, dropped: bool, wants_json: bool) -> None:
    """Say what became of a doubtful or handed-over post: --live URL, --resend or --drop."""
    from syndicator.service import admin

    if sum((url is not None, resend, dropped)) != 1:
        raise click.UsageError("give exactly one answer: --live URL, --resend or --drop")

    def act(parts: "Parts", post: "Post") -> "Post":
        if url is not None:
            return admin.settle_live(parts, post, url)
        return admin.settle_resend(parts, post) if resend else admin.drop(parts, post)

    _each(app, (post_id,), act, wants_json=wants_json)


@click.command()
@click.argument("channel")
@click.option("--reason", default="", help="Shown wherever the channel's posts wait.")
@pass_app
def pause(app: App, channel: str, reason: str) -> None:
    """Stop sending on a channel until it is resumed; its posts stay queued."""
    from syndicator.service import admin

    (known,) = app.channels((channel,))
    with app.parts(create=True) as parts:
        admin.pause(parts, known, reason)
    click.echo(f"{channel} is paused; syndicator resume {channel} lets it go on")


@click.command()
@click.argument("channel", required=False)
@JSON
@pass_app
def resume(app: App, channel: str | None, *, wants_json: bool) -> None:
    """Let a paused channel send again, whoever or whatever paused it; without CHANNEL end a halt."""
    from syndicator.service import admin
    from syndicator.service import halt as switch

    if channel is None:
        with app.store() as store:
            halted = switch.go_on(app.settings.state_dir, store)
        said = "sending goes on" if halted else "there was no halt (a paused channel is resumed by its name)"
        output.answer({"halted": False, "was_halted": halted}, said, wants_json=wants_json)
        return
    (known,) = app.channels((channel,))
    with app.parts(create=True) as parts:
        admin.resume(parts, known)
    output.answer({"channel": channel, "paused": False}, f"{channel} sends again", wants_json=wants_json)


@click.command()
@click.argument("reason", default="by an editor")
@JSON
@pass_app
def halt(app: App, reason: str, *, wants_json: bool) -> None:
    """Stop all sending at once: every channel, every process, every machine on this post log, until `resume`.

    Reading goes on, and so do look-ups. What is on the wire this moment cannot be called back; it is named. The file
    that stops this machine is written first, so that it stops even when the database does not answer.
    """
    from datetime import UTC, datetime

    from syndicator.errors import StoreError
    from syndicator.service import halt as switch

    now = datetime.now(UTC)
    path = switch.stop_here(app.settings.state_dir, reason, now)
    try:
        with app.store() as store:
            sending = switch.stop_everywhere(store, reason, now)
    except StoreError as error:
        raise StoreError(f"this machine is halted by {path}, other machines are not: {error}") from error
    lines = ["halted: nothing is sent any more; syndicator resume lets it go on"]
    lines += [f"on its way this moment: post {post.id} on {post.channel}" for post in sending]
    document = {"halted": True, "reason": reason, "sending": [post.id for post in sending]}
    output.answer(document, "\n".join(lines), wants_json=wants_json)
