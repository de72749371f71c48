"""The JSON shapes that scripts rely on. Tests pin them; times are ISO 8601 UTC with ``Z``."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from syndicator.core import story
from syndicator.core.answers import Answer
from syndicator.model import Article, Attempt, Composed, LookUpRecord, Post

if TYPE_CHECKING:
    from syndicator.store.batches import Batch
    from syndicator.store.views import Move


def instant(at: datetime | None) -> str | None:
    """Write an instant: ``2026-11-22T18:00:00Z``."""
    return None if at is None else at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def article(value: Article) -> dict[str, Any]:
    """Shape one article."""
    return {
        "id": value.id,
        "guid": value.guid,
        "url": value.url,
        "canonical_url": value.canonical_url,
        "title": value.title,
        "summary": value.summary,
        "published_at": instant(value.published_at),
        "updated_at": instant(value.updated_at),
        "authors": list(value.authors),
        "tags": list(value.tags),
        "image": None if value.image is None else {"url": value.image.url, "alt": value.image.alt},
        "language": value.language,
        "source": value.source,
    }


def teaser(composed: Composed) -> dict[str, Any]:
    """Shape one teaser as it would be sent."""
    value = composed.teaser
    media = value.media[0] if value.media else None
    return {
        "channel": value.channel,
        "platform": value.platform,
        "template": value.template,
        "template_why": value.template_why,
        "text": value.text,
        "length": value.length,
        "limit": value.limit,
        "link": value.link,
        "image": None
        if media is None
        else {
            "sha256": media.sha256,
            "mime": media.mime,
            "width": media.width,
            "height": media.height,
            "alt": media.alt,
        },
        "cost_usd": str(composed.cost),
        "request": composed.request,
        "warnings": list(value.warnings),
    }


def post(value: Post, article_url: str | None) -> dict[str, Any]:
    """Shape one post of the log."""
    return {
        "id": value.id,
        "key": value.key,
        "article_url": article_url,
        "channel": value.channel,
        "platform": value.platform,
        "part": value.part,
        "state": str(value.state),
        "reason": value.reason,
        "due_at": instant(value.due_at),
        "published_at": instant(value.published_at),
        "remote_id": value.remote_id,
        "remote_url": value.remote_url,
        "attempts": value.attempts,
    }


def attempt(value: Attempt) -> dict[str, Any]:
    """Shape one attempt."""
    return {
        "n": value.n,
        "token": value.token,
        "node": value.node,
        "opened_at": instant(value.opened_at),
        "fenced_at": instant(value.fenced_at),
        "closed_at": instant(value.closed_at),
        "result": str(value.result),
        "reach": str(story.reach(value)),
        "says": story.came(value),
        "reason": value.reason,
        "code": value.code,
        "http_status": value.http_status,
        "request_id": value.request_id,
        "platform_at": instant(value.platform_at),
        "payload_sha256": value.payload_sha256,
        "cost_usd": str(value.cost),
    }


def look_up(value: LookUpRecord, platform: str) -> dict[str, Any]:
    """Shape one look-up; ``platform`` is the name as people say it."""
    return {
        "at": instant(value.at),
        "platform_at": instant(value.platform_at),
        "complete": value.complete,
        "permitted": value.permitted,
        "seen": value.seen,
        "hits": value.hits,
        "note": value.note,
        "says": story.saw(value, platform),
    }


def move(value: "Move") -> dict[str, Any]:
    """Shape one line of a post's history."""
    return {
        "at": instant(value.at),
        "from": None if value.before is None else str(value.before),
        "event": value.event,
        "to": str(value.after),
        "reason": value.reason,
        "node": value.node,
    }


def answer(value: Answer, *, command: str) -> dict[str, Any]:
    """Shape one answer that a person may give."""
    return {
        "answer": value.answer,
        "says": value.says,
        "command": command,
        "possible": value.possible,
        "why_not": value.why_not,
    }


def batch(value: "Batch") -> dict[str, Any]:
    """Shape one batch."""
    return {
        "id": value.id,
        "source": value.source,
        "guard": value.guard,
        "reason": value.reason,
        "size": value.size,
        "at": instant(value.at),
        "decision": value.decision,
        "decided_at": instant(value.decided_at),
        "decided_by": value.decided_by,
    }
