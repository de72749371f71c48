"""``approve``: an editor lets held posts go, with the very bytes that were shown (R22)."""

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import click

from syndicator.cli import batches, card, output, shapes
from syndicator.cli.app import App, pass_app
from syndicator.core import answers

if TYPE_CHECKING:
    from syndicator.errors import SyndicatorError
    from syndicator.model import Post
    from syndicator.service.approval import Changed
    from syndicator.service.parts import Parts


@dataclass(kw_only=True)
class Outcome:
    """What became of the posts of one call."""

    done: "list[Post]" = field(default_factory=list)
    changed: "list[Changed]" = field(default_factory=list)
    failed: "list[SyndicatorError]" = field(default_factory=list)


@click.command()
@click.argument("post_ids", metavar="[POST]...", nargs=-1)
@batches.SOURCE
@click.option("--with-old", is_flag=True, help="With --source: also what is too old by now.")
@batches.YES
@click.option(
    "--sha256", metavar="HASH", default="", help="Only these bytes: the hash that `show` prints, or its beginning."
)
@click.option("--recompose", is_flag=True, help="Compose anew, show the new bytes, and let them wait for approval.")
@click.option("--json", "wants_json", is_flag=True, help="One JSON document on stdout.")
@pass_app
def approve(
    app: App,
    post_ids: tuple[str, ...],
    source: str | None,
    sha256: str,
    *,
    recompose: bool,
    with_old: bool,
    yes: bool,
    wants_json: bool,
) -> None:
    """Let held posts go, as they were shown; they are sent by the next `once` or the running daemon.

    When the article or the template was changed after a post was frozen, nothing is approved: both texts are shown, and
    --sha256 or --recompose says which one is meant. --recompose also takes an approved post that was not sent yet back
    to held.

    --source NAME releases the articles that a guard holds of a source: it shows how many, and which, and asks.
    """
    if bool(post_ids) == (source is not None):
        raise click.UsageError("name posts, or a source with --source")
    if source is not None:
        if sha256 or recompose:
            raise click.UsageError("--sha256 and --recompose are for posts")
        batches.decide(app, source, release=True, with_old=with_old, yes=yes, wants_json=wants_json)
        return
    if sha256 and (len(post_ids) > 1 or recompose):
        raise click.UsageError("--sha256 names the bytes of one post that is to be approved as it is")
    with app.parts() as parts:
        outcome = _decide(parts, post_ids, sha256=sha256, recompose=recompose)
        if wants_json:
            output.as_json(_document(parts, outcome))
        else:
            _show(outcome, recompose=recompose)
    failed = [*outcome.failed, *outcome.changed]
    if failed:
        raise click.exceptions.Exit(failed[0].exit_code)


def _decide(parts: "Parts", post_ids: tuple[str, ...], *, sha256: str, recompose: bool) -> Outcome:
    """Decide about each post; those that cannot be approved are named, the others are approved."""
    from syndicator.errors import SyndicatorError
    from syndicator.service import admin, approval

    outcome = Outcome()
    for post_id in post_ids:
        try:
            post = admin.find(parts, post_id)
            done = approval.recompose(parts, post) if recompose else approval.approve(parts, post, sha256=sha256)
            outcome.done.append(done)
        except approval.Changed as error:
            outcome.changed.append(error)
        except SyndicatorError as error:
            outcome.failed.append(error)
            click.echo(f"syndicator: {error}", err=True)
    return outcome


def _document(parts: "Parts", outcome: Outcome) -> dict[str, Any]:
    from syndicator.store import articles

    with parts.store.read() as conn:
        urls = {post.id: article.url for post in outcome.done if (article := articles.get(conn, post.article_id))}
    return {
        "posts": [
            shapes.post(post, urls.get(post.id)) | {"payload_sha256": post.payload_sha256} for post in outcome.done
        ],
        "changed": [_changed(item) for item in outcome.changed],
    }


def _changed(item: "Changed") -> dict[str, Any]:
    post = item.post
    return {
        "id": post.id,
        "payload_sha256": post.payload_sha256,
        "text": post.payload.teaser.text if post.payload else "",
        **asdict(item.change),
        "answers": [shapes.answer(way, command=way.command) for way in answers.answers(post)],
    }


def _show(outcome: Outcome, *, recompose: bool) -> None:
    for post in outcome.done:
        click.echo(f"{post.id}\t{post.channel}\t{post.state}\t{output.printable(post.remote_url or post.reason)}")
        if recompose:
            card.frozen(post)
            _ways(post)
    for item in outcome.changed:
        click.secho(f"{item.post.id}\t{item.post.channel}\tnot approved", fg="yellow")
        card.frozen(item.post)
        card.changes(item.change)
        _ways(item.post)


def _ways(post: "Post") -> None:
    click.echo()
    card.ways_on([way for way in answers.answers(post) if way.possible])
