"""Previews for a terminal and for scripts. Shows composed requests and changes nothing."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import click

from syndicator.cli import output, shapes
from syndicator.cli.preview_text import money

if TYPE_CHECKING:
    from syndicator.model import Composed, Teaser
    from syndicator.service.compose import Draft
    from syndicator.service.rehearsal import Preview


def documents(previews: Sequence["Preview"]) -> dict[str, Any]:
    """Shape what was previewed: one article as it is, several as a list."""
    found = [document(item) for item in previews]
    return found[0] if len(found) == 1 else {"previews": found}


def document(item: "Preview") -> dict[str, Any]:
    """Shape one preview."""
    return {
        "article": shapes.article(item.article),
        "teasers": [_teaser(draft) for draft in item.drafts.values()],
        "problems": [{"channel": channel, "problem": text} for channel, text in item.problems.items()],
    }


def _teaser(draft: "Draft") -> dict[str, Any]:
    """Shape a teaser with what only a preview shows: everything that is sent, and what it is called by."""
    composed = draft.composed
    value = composed.teaser
    return {
        **shapes.teaser(composed),
        "template_why": value.template_why,
        "language": value.language,
        "marker": composed.marker,
        "sha256": draft.sha256,
        "media": [asdict(media) for media in value.media],
        "follow_ups": [shapes.teaser(each) | {"marker": each.marker} for each in draft.follow_ups],
    }


def show(previews: Sequence["Preview"]) -> None:
    """Print previews for reading: each post with its count, cost and template, then what is to be known about it."""
    for item in previews:
        click.secho(output.printable(item.article.title), bold=True)
        for channel, draft in item.drafts.items():
            _show(channel, draft)
        for channel, problem in item.problems.items():
            click.secho(f"\n── {channel}: {output.printable(problem)}", fg="red")
        click.echo()
    sent = [each for item in previews for draft in item.drafts.values() for each in (draft.composed, *draft.follow_ups)]
    total = sum((each.cost for each in sent), Decimal(0))
    if total and len(sent) > 1:
        click.echo(f"{len(sent)} posts, {money(total)} if all are sent; nothing was sent")


def _show(channel: str, draft: "Draft") -> None:
    teaser = draft.composed.teaser
    template = f"{teaser.template} ({teaser.template_why})" if teaser.template else teaser.template_why
    head = f"{channel} · {teaser.length}/{teaser.limit} · {template}{_cost(draft.composed)}"
    click.secho(f"\n── {output.printable(head)}", fg="cyan")
    _lines(teaser.text)
    for fact in _facts(teaser):
        click.echo(f"   {output.printable(fact)}")
    for each in draft.follow_ups:
        click.secho(f"   ↳ then · {each.teaser.length}/{each.teaser.limit}{_cost(each)}", fg="cyan")
        _lines(each.teaser.text)
    for warning in teaser.warnings:
        click.secho(f"   ! {output.printable(warning)}", fg="yellow")


def _cost(composed: "Composed") -> str:
    return f" · {money(composed.cost)}" if composed.cost else ""


def _lines(text: str) -> None:
    for line in text.splitlines():
        click.echo(f"   {output.printable(line)}")


def _facts(teaser: "Teaser") -> Iterator[str]:
    if teaser.link not in teaser.text:
        yield f"[link] {teaser.link}"
    for media in teaser.media:
        yield f"[picture] {media.mime} {media.width}×{media.height}, alt: {media.alt or 'none'}"
