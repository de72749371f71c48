"""One post as one card: what is frozen, what happened, what the platform's clock said, and what can be answered.

For an editor at three in the morning: the present first, the story in order, and at the end, next to the prompt, the
commands to type, complete.
"""

import shutil
import sys
import textwrap
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from syndicator.cli import output, shapes
from syndicator.core import answers, story

if TYPE_CHECKING:
    from syndicator.model import Article, Attempt, LookUpRecord, Post
    from syndicator.service.corrections import Change, Headline
    from syndicator.store.views import Move

LOOKS_MOST = 8
"""More look-ups than this are told by their first and last ones; ``--json`` has them all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """Everything that is known about one post."""

    post: "Post"
    article: "Article | None"
    attempts: "list[Attempt]"
    look_ups: "list[LookUpRecord]"
    moves: "list[Move]"
    platform: str
    """The platform's name as people say it: X, Facebook, YouTube."""
    account: str
    window: timedelta | None
    """The settle window of the channel; None when the channel is gone."""
    change: "Change | None"
    """What a post that was not sent would say now, if that is something else."""
    waits: str
    """Why nothing is sent on the channel now; empty when it may send."""
    quarantine: str
    """Why it is looked up although nobody saw it go wrong; empty for most."""
    now: datetime
    headline: "Headline | None" = None
    """How the headline of a live post's article was changed since."""
    drafts: str = ""
    """What is known of the drafts on the channel's account (R18); empty where nothing is staged."""
    command: str = "syndicator"
    """How this very program was called, so that a command can be pasted."""


def document(card: Card) -> dict[str, Any]:
    """Shape one post with its whole story."""
    post = card.post
    return {
        "post": shapes.post(post, card.article.url if card.article else None),
        "article": shapes.article(card.article) if card.article else None,
        "teaser": shapes.teaser(post.payload) if post.payload else None,
        "payload_sha256": post.payload_sha256,
        "pending": post.pending,
        "expires_at": shapes.instant(post.expires_at),
        "next_look_at": shapes.instant(post.next_look_at),
        "heading": story.heading(post),
        "window": _window(card),
        "quarantine": card.quarantine,
        "waits": card.waits,
        "drafts": card.drafts,
        "changed": None if card.change is None else asdict(card.change),
        "headline_changed": _headline(card),
        "attempts": [shapes.attempt(item) for item in card.attempts],
        "look_ups": [shapes.look_up(item, card.platform) for item in card.look_ups],
        "history": [shapes.move(item) for item in card.moves],
        "answers": [shapes.answer(item, command=_typed(card, item.command)) for item in _answers(card)],
    }


def _window(card: Card) -> dict[str, Any] | None:
    words = story.window(card.post, card.window, card.platform)
    if not words or card.window is None:
        return None
    return {
        "seconds": card.window.total_seconds(),
        "from_platform_at": shapes.instant(card.post.settle_from),
        "says": words,
    }


def _headline(card: Card) -> dict[str, Any] | None:
    if card.headline is None:
        return None
    return {"at": shapes.instant(card.headline.at), "then": card.headline.then, "now": card.headline.now}


def _answers(card: Card) -> tuple[answers.Answer, ...]:
    return answers.answers(card.post, card.article.url if card.article else "")


def _typed(card: Card, command: str) -> str:
    return card.command + command.removeprefix("syndicator")


def show(card: Card) -> None:
    """Print the card."""
    post = card.post
    _facts(card)
    if post.payload is not None:
        frozen(post)
    if card.change is not None:
        changes(card.change)
    _what_happened(card)
    _what_next(card)


def _facts(card: Card) -> None:
    post, article = card.post, card.article
    click.secho(f"{post.channel}: {post.state} – {story.heading(post)}", bold=True)
    sent = post.remote_id is not None
    facts = (
        ("post", post.id),
        ("article", output.printable(article.title) if article else ""),
        ("", article.url if article else ""),
        ("headline", _told_of_headline(card)),
        ("remote", post.remote_url or ""),
        ("part", f"follow-up {post.part}" if post.part else ""),
        ("why", output.printable(post.reason)),
        ("waits", output.printable(card.waits)),
        ("due", _instant(card, post.due_at)),
        ("expires", "" if sent else _instant(card, post.expires_at)),
        ("published", _instant(card, post.published_at)),
        ("duplicate", story.duplicate(post, card.platform)),
        ("window", story.window(post, card.window, card.platform)),
        ("next look-up", _instant(card, post.next_look_at)),
        ("hand-off", page(post)),
        ("quarantine", card.quarantine),
        ("drafts", output.printable(card.drafts)),
    )
    for name, value in facts:
        if value:
            line = f"  {name:<12}  {value}"
            # An address stays whole, however narrow the terminal is.
            click.echo(wrapped(line, indent=16) if " " in value else line)


def _told_of_headline(card: Card) -> str:
    changed = card.headline
    if changed is None:
        return ""
    return f"changed after posting: it was “{output.printable(changed.then)}” until {shapes.instant(changed.at)}"


def _instant(card: Card, at: datetime | None) -> str:
    return "" if at is None else f"{shapes.instant(at)}  {story.relative(at, card.now)}"


def page(post: "Post") -> str:
    """Name the page that was written for a person; empty when none was."""
    return str(((post.pending or {}).get("detail") or {}).get("page", ""))


def wrapped(text: str, *, indent: int) -> str:
    """Break a paragraph for the terminal, with the lines after the first one indented; elsewhere it stays one line."""
    if not sys.stdout.isatty():
        return text
    lines = textwrap.wrap(
        text,
        max(shutil.get_terminal_size().columns, 40),
        subsequent_indent=" " * indent,
        break_long_words=False,
        break_on_hyphens=False,
        replace_whitespace=False,
    )
    return "\n".join(lines)


def frozen(post: "Post") -> None:
    """Print the bytes that are frozen with a post, with the hash by which they are approved."""
    if post.payload is None:
        return
    teaser = post.payload.teaser
    sha256 = (post.payload_sha256 or "")[: answers.SHORT]
    click.secho(f"\nfrozen text, {teaser.length}/{teaser.limit}, sha256 {sha256}", bold=True)
    for line in teaser.text.splitlines():
        click.echo("  " + output.printable(line))
    if teaser.link not in teaser.text:
        click.echo(f"  [link] {teaser.link}")
    for media in teaser.media:
        click.echo(f"  [picture] {media.mime} {media.width}×{media.height}, alt: {output.printable(media.alt)}")
    for n, part in enumerate(teaser.parts, start=post.part + 1):
        click.echo(f"  ↳ follow-up {n}, {part.length}/{part.limit}")
        for line in part.text.splitlines():
            click.echo("    " + output.printable(line))


def changes(change: "Change") -> None:
    """Print what a frozen post does not say and would say now."""
    click.secho("\nchanged since it was frozen", bold=True, fg="yellow")
    if change.headline_then != change.headline_now:
        click.echo(wrapped(f"  headline then  {output.printable(change.headline_then)}", indent=17))
        click.echo(wrapped(f"  headline now   {output.printable(change.headline_now)}", indent=17))
    if change.problem:
        click.echo(wrapped(f"  it cannot be composed any more: {output.printable(change.problem)}", indent=2))
    else:
        click.echo("  composed now it would say:")
        for line in change.text_now.splitlines():
            click.echo("    " + output.printable(line))


def _what_happened(card: Card) -> None:
    told = [(item.opened_at, _attempt(item, card)) for item in card.attempts]
    told += [(item.at, [f"look-up: {output.printable(story.saw(item, card.platform))}"]) for item in _some(card)]
    if not told:
        return
    click.secho("\nwhat happened (UTC)", bold=True)
    for at, lines in sorted(told, key=lambda item: item[0]):
        click.echo(wrapped(f"  {at:%H:%M:%S}  {lines[0]}", indent=12))
        for line in lines[1:]:
            click.echo(wrapped(" " * 12 + line, indent=12))
    if len(card.look_ups) > LOOKS_MOST:
        click.echo(f"  ({len(card.look_ups) - LOOKS_MOST} look-ups in between are left out; --json has them all)")


def _some(card: Card) -> "list[LookUpRecord]":
    looks = card.look_ups
    return looks if len(looks) <= LOOKS_MOST else [*looks[: LOOKS_MOST // 2], *looks[-LOOKS_MOST // 2 :]]


def _attempt(item: "Attempt", card: Card) -> list[str]:
    """Tell one attempt: how far it came, what was answered, and with which bytes."""
    lines = [f"attempt {item.n}, {item.opened_at:%Y-%m-%d}, by {item.node or 'somebody'}: {story.came(item)}"]
    facts = [f"HTTP {item.http_status}"] if item.http_status else []
    facts += [f"{card.platform}'s clock {item.platform_at:%H:%M:%S}"] if item.platform_at else []
    facts += [f"request {output.printable(item.request_id)}"] if item.request_id else []
    facts += [f"bytes {item.payload_sha256[: answers.SHORT]}"]
    lines.append(", ".join(facts))
    if item.reason and item.reason != card.post.reason:
        lines.append(output.printable(item.reason))
    return lines


def _what_next(card: Card) -> None:
    """Print the answers that are possible, as commands, and the ones that are not, with the reason."""
    ways = _answers(card)
    if not ways:
        return
    click.secho("\n" + wrapped(_question(card), indent=0), fg="yellow", bold=True)
    ways_on([replace(way, command=_typed(card, way.command)) for way in ways])


def ways_on(ways: Sequence[answers.Answer]) -> None:
    """Print answers, each with its command on one line that can be pasted; the impossible ones with the reason."""
    possible = [way for way in ways if way.possible]
    width = max((len(way.says) for way in possible), default=0)
    room = shutil.get_terminal_size().columns if sys.stdout.isatty() else 10_000
    for way in possible:
        short = width + len(way.command) + 4 <= room
        click.echo(f"  {way.says:<{width}}  {way.command}" if short else f"  {way.says}:\n    {way.command}")
    for way in ways:
        if not way.possible:
            click.echo(wrapped(f"  not now: {way.answer} – {way.why_not}", indent=4))


def _question(card: Card) -> str:
    post = card.post
    where = f"{card.account} on {card.platform}" if card.account else card.platform
    if post.state == "attention":
        return f"It may be live, and only you can tell. Look at {where}, then answer:"
    if post.state == "unknown":
        return f"You need do nothing: it is being looked up. If you see it on {where}, say so:"
    if post.state == "processing" and page(post):
        return f"Open {page(post)}, press Post, then:"
    if post.state == "skipped":
        return "It is over. If it is live after all, or should go out all the same:"
    return {"published": "It is live. To repeat it:", "held": "It waits for you:"}.get(post.state, "You can:")
