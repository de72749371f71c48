"""``approve --source`` and ``drop --source``: a person decides about what a guard holds of a source."""

import sys
from typing import TYPE_CHECKING, Any

import click

from syndicator.cli import output, shapes
from syndicator.cli.app import App

if TYPE_CHECKING:
    from syndicator.service.batches import Review

TITLES = 10
"""Headlines that are shown; ``--json`` has them all."""

SOURCE = click.option("--source", metavar="NAME", help="All that is held of this source, instead of posts.")
YES = click.option("--yes", is_flag=True, help="With --source: do not ask.")


def decide(app: App, source: str, *, release: bool, with_old: bool, yes: bool, wants_json: bool) -> None:
    """Show what is held of a source and, once that is confirmed, release or drop it.

    Raises:
        Refused: nothing is held of it, or somebody decided meanwhile.
    """
    from syndicator.service import batches

    with app.parts() as parts:
        seen = batches.review(parts, source, with_old=with_old or not release)
        if not wants_json:
            _show(seen, release=release)
        if not yes:
            _ask(seen, release=release, wants_json=wants_json)
        (batches.release if release else batches.drop)(parts, seen)
    if wants_json:
        output.as_json(_document(seen, decision="released" if release else "dropped"))
    elif release:
        click.echo(f"released {len(seen.news)}; the next `once` or the running daemon plans them")
    else:
        click.echo(f"dropped {len(seen.news)}: known, and never posted (syndicator post URL posts one all the same)")


def _ask(seen: "Review", *, release: bool, wants_json: bool) -> None:
    if wants_json:
        # A look: nothing is decided by a script that did not say so.
        output.as_json(_document(seen, decision=None))
        raise click.exceptions.Exit(1)
    if not sys.stdin.isatty():
        raise click.UsageError("nothing was decided: nobody is there to confirm it; add --yes")
    click.confirm(f"{'Release' if release else 'Drop'} {len(seen.news)} articles of {seen.source}?", abort=True)


def _show(seen: "Review", *, release: bool) -> None:
    for batch in seen.batches:
        click.secho(f"{batch.source}: {output.printable(batch.reason)}", bold=True)
        click.echo(f"  held since {shapes.instant(batch.at)} ({batch.guard}), {batch.size} articles")
    listed = (*seen.news, *seen.old) if not release else seen.news
    for article in listed[:TITLES]:
        click.echo(f"  {shapes.instant(article.published_at) or 'undated':<20}  {output.printable(article.title)}")
    if len(listed) > TITLES:
        click.echo(f"  … and {len(listed) - TITLES} more")
    if release:
        posts = ", ".join(f"{number} on {channel}" for channel, number in sorted(seen.posts.items())) or "none"
        click.echo(f"posts if released: {posts}")
        if seen.old:
            click.echo(f"{len(seen.old)} are too old by now and are skipped (--with-old posts them too)")


def _document(seen: "Review", *, decision: str | None) -> dict[str, Any]:
    return {
        "source": seen.source,
        "decision": decision,
        "batches": [shapes.batch(item) for item in seen.batches],
        "articles": [shapes.article(item) for item in seen.news],
        "too_old": [shapes.article(item) for item in seen.old],
        "posts": seen.posts,
    }
