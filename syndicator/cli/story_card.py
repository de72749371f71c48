"""The story of one article for reading: what happened in order, what the rules say, where it stands, what to type."""

from typing import TYPE_CHECKING

import click

from syndicator.cli import output, shapes
from syndicator.cli.card import wrapped
from syndicator.core import fate, story

if TYPE_CHECKING:
    from syndicator.model import State
    from syndicator.service.dossier import Dossier, OnChannel, Stranger

NAMES = 6
_NEXT = {"queued": "due", "held": "expires", "unknown": "looked up", "processing": "expires"}


def show(found: "Dossier") -> None:
    """Print the story of a known article."""
    article = found.article
    click.secho(wrapped(output.printable(article.title), indent=2), bold=True)
    click.echo(f"  {output.printable(article.url)}")
    facts = [f"article {article.id}, found {found.found_by}", f"source {article.source}"]
    facts += [f"labels {', '.join(article.labels)}"] if article.labels else []
    facts += [f"tags {', '.join(article.tags)}"] if article.tags else []
    facts += [f"language {article.language}"] if article.language else []
    click.echo(wrapped(f"  {output.printable('; '.join(facts))}", indent=4))
    others = [name for name in found.names if name != f"url:{article.canonical_url}"]
    if others:
        click.echo(wrapped(f"  also known as {output.printable(', '.join(others[:NAMES]))}", indent=4))
    _happened(found)
    _rules(found)
    _channels(found)
    _ways(found.commands)


def _happened(found: "Dossier") -> None:
    click.secho("\nwhat happened (UTC)", bold=True)
    day = ""
    for one in found.happenings:
        date = f"{one.at:%Y-%m-%d}"
        click.echo(
            wrapped(f"  {date if date != day else '':<10}  {one.at:%H:%M:%S}  {output.printable(one.says)}", indent=22)
        )
        day = date
    if found.fate in (fate.Fate.HELD, fate.Fate.WAITING, fate.Fate.DROPPED):
        click.echo(wrapped(f"  {'now':<10}  {'':<8}  {fate.told(found.course, now=found.now)}", indent=22))


def _rules(found: "Dossier") -> None:
    click.secho("\nwhat the rules say of it now", bold=True)
    if not found.rulings:
        click.echo("  there are no rules: nothing is posted by itself")
    width = max((len(ruling.rule) for ruling in found.rulings), default=0)
    for ruling in found.rulings:
        said = f"→ {', '.join(ruling.channels)}" if ruling.channels else f"no: {ruling.why_not}"
        click.echo(wrapped(f"  {ruling.rule:<{width}}  {output.printable(said)}", indent=width + 4))


def _channels(found: "Dossier") -> None:
    click.secho("\nwhere it stands", bold=True)
    width = max((len(row.channel) for row in found.channels), default=0)
    for row in found.channels:
        line = wrapped(f"  {row.channel:<{width}}  {output.printable(row.says)}", indent=width + 4)
        click.secho(line, fg="yellow" if row.needs else None)
        for extra in _extras(row, found):
            click.echo(" " * (width + 4) + extra)


def _extras(row: "OnChannel", found: "Dossier") -> list[str]:
    if not row.posts:
        return []
    post = [each for each in row.posts if not each.part][-1]
    extras = [f"post {post.id}" + (f", edition {post.edition}" if post.edition else "")]
    if row.next_at is not None:
        extras[0] += f", {_next(post.state)} {shapes.instant(row.next_at)} ({story.relative(row.next_at, found.now)})"
    if post.published_at is not None:
        extras[0] += f", {shapes.instant(post.published_at)}"
    later = [each for each in row.posts if each.part and each.edition == post.edition]
    lines = [f"follow-up {each.part}: post {each.id}, {each.remote_url or each.state}" for each in later]
    return [*extras, *([post.remote_url] if post.remote_url else []), *lines]


def _next(state: "State") -> str:
    return _NEXT.get(str(state), "next")


def stranger(found: "Stranger") -> None:
    """Print what is known of an address that the log does not know."""
    click.secho(wrapped(f"the post log does not know {output.printable(found.asked)}", indent=2), bold=True)
    if not found.canonical:
        click.echo("  it is no web address, and no id of an article or post: `syndicator log` lists posts")
        return
    click.echo(f"  it would be known as {output.printable(found.canonical[-1])}")
    for source, state in found.sources:
        if state is None or state.baseline_at is None:
            click.echo(wrapped(f"  source {source.name} is on that site and was never read: {source.url}", indent=4))
            continue
        read = story.relative(state.last_success_at, found.now) if state.last_success_at else "never"
        said = (
            f"  source {source.name} is on that site, first read {shapes.instant(state.baseline_at)}, last {read}: the "
            "article was in none of its readings, not even in the first one, the baseline"
        )
        click.echo(wrapped(said, indent=4))
        if state.last_error:
            click.secho(wrapped(f"    it fails: {output.printable(state.last_error)}", indent=6), fg="yellow")
    if not found.sources:
        click.echo("  no configured source is on that site")
    if found.near:
        click.secho("\nnearest that are known", bold=True)
        for article in found.near:
            click.echo(f"  {output.printable(article.url)}\n    {output.printable(article.title)}  ({article.id})")
    _ways(found.commands)


def _ways(commands: tuple[str, ...]) -> None:
    if not commands:
        return
    click.secho("\nYou can:", bold=True)
    for command in commands:
        click.echo(f"  {output.printable(command)}")
