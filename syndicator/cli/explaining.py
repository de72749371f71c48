"""``explain``: the whole story of one article."""

from typing import TYPE_CHECKING, Any

import click

from syndicator.cli import output, shapes
from syndicator.cli.app import App, pass_app

if TYPE_CHECKING:
    from syndicator.core.fate import Ruling
    from syndicator.service.dossier import Dossier, OnChannel, Stranger
    from syndicator.service.happenings import Happening


@click.command()
@click.argument("what", metavar="URL|ARTICLE|POST")
@click.option("--json", "wants_json", is_flag=True, help="One JSON document on stdout.")
@click.pass_context
@pass_app
def explain(app: App, ctx: click.Context, what: str, *, wants_json: bool) -> None:
    """Tell the whole story of one article: where and when it was seen, what the rules and guards made of it, its posts.

    WHAT is the article's address in any form (with tracking parameters, wrapped in another link, as we published it),
    the address of its post on a platform, the article's id, or a post's id or its beginning. Fetches nothing. Exit code
    1 says that something about it needs a person, or that the log does not know it.

    \b
    syndicator explain https://your.site/2026/11/story/
    syndicator explain https://x.com/EU_today/status/1234567890
    """
    from syndicator.cli import story_card
    from syndicator.service import dossier

    with app.parts() as parts:
        found = dossier.open_(parts, what)
    if isinstance(found, dossier.Stranger):
        output.as_json(stranger(found)) if wants_json else story_card.stranger(found)
        ctx.exit(1)
    output.as_json(document(found)) if wants_json else story_card.show(found)
    if found.needs:
        ctx.exit(1)


def document(found: "Dossier") -> dict[str, Any]:
    """Shape the story of a known article."""
    return {
        "known": True,
        "found": found.found_by,
        "article": shapes.article(found.article) | {"first_seen_at": shapes.instant(found.article.first_seen_at)},
        "names": list(found.names),
        "fate": str(found.fate),
        "says": _fate(found),
        "batch": shapes.batch(found.batch) if found.batch else None,
        "revisions": [
            {"at": shapes.instant(old.at), "title": old.title, "summary": old.summary, "url": old.url}
            for old in found.revisions
        ],
        "rules": [_ruling(ruling) for ruling in found.rulings],
        "channels": [_on_channel(row, found.article.url) for row in found.channels],
        "happenings": [_happening(one) for one in found.happenings],
        "needs_a_person": found.needs,
        "commands": list(found.commands),
    }


def _fate(found: "Dossier") -> str:
    from syndicator.core import fate

    return fate.told(found.course, now=found.now)


def _ruling(ruling: "Ruling") -> dict[str, Any]:
    return {"rule": ruling.rule, "channels": list(ruling.channels), "why_not": ruling.why_not}


def _on_channel(row: "OnChannel", url: str) -> dict[str, Any]:
    return {
        "channel": row.channel,
        "says": row.says,
        "next_at": shapes.instant(row.next_at),
        "needs_a_person": row.needs,
        "posts": [shapes.post(post, url) for post in row.posts],
        "commands": list(row.commands),
    }


def _happening(one: "Happening") -> dict[str, Any]:
    return {"at": shapes.instant(one.at), "kind": one.kind, "channel": one.channel, "says": one.says}


def stranger(found: "Stranger") -> dict[str, Any]:
    """Shape what is known of an address that the log does not know."""
    return {
        "known": False,
        "asked": found.asked,
        "canonical": list(found.canonical),
        "sources": [
            {
                "name": source.name,
                "url": source.url,
                "baseline_at": shapes.instant(state.baseline_at) if state else None,
                "last_success_at": shapes.instant(state.last_success_at) if state else None,
                "last_error": state.last_error if state else "",
            }
            for source, state in found.sources
        ],
        "near": [shapes.article(article) for article in found.near],
        "commands": list(found.commands),
    }
