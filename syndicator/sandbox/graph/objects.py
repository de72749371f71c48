"""How Graph shows a Page's post: the object behind ``fields``, with its link attachment and its addresses."""

import hashlib
from datetime import datetime
from urllib.parse import quote, urlsplit

from syndicator.sandbox.accounts import FACEBOOK
from syndicator.sandbox.remote import Json, RemotePost
from syndicator.sandbox.state import State

POST_FIELDS = {
    "id",
    "message",
    "created_time",
    "updated_time",
    "permalink_url",
    "is_published",
    "is_hidden",
    "application",
    "attachments",
    "from",
    "full_picture",
    "picture",
    "status_type",
    "scheduled_publish_time",
    "story",
    "privacy",
    "shares",
    "parent_id",
}
DEFAULT_POST_FIELDS = "created_time,message,id"
PAGE_FIELDS = {"id", "name", "link", "username", "category", "tasks", "is_published", "access_token", "fan_count"}


def shown(post: RemotePost, state: State) -> Json:
    """Give the whole object of a post."""
    due = post.detail.get("scheduled_at")
    live = post.live(state.clock.now())
    return {
        "id": post.id,
        "message": post.text or None,
        "created_time": stamp(post.created_at),
        "updated_time": stamp(datetime.fromisoformat(post.detail.get("updated_at") or post.created_at.isoformat())),
        "permalink_url": post.url,
        "is_published": live,
        "is_hidden": False,
        "application": _application(post),
        "attachments": _attachments(post, state),
        "from": {"id": FACEBOOK["page_id"], "name": FACEBOOK["page_name"]},
        "full_picture": _picture(post, state),
        "status_type": "added_photos" if post.media else "shared_story" if post.link else "mobile_status_update",
        "scheduled_publish_time": int(datetime.fromisoformat(due).timestamp()) if due and not live else None,
        "privacy": {"value": "EVERYONE", "description": "Public"},
    }


def page_shown() -> Json:
    """Give the object of the Page."""
    return {
        "id": FACEBOOK["page_id"],
        "name": FACEBOOK["page_name"],
        "link": f"https://www.facebook.com/{FACEBOOK['page_id']}",
        "category": "News & media website",
        "tasks": ["CREATE_CONTENT", "MODERATE", "MANAGE"],
        "is_published": True,
        "fan_count": 1049,
    }


def stamp(at: datetime) -> str:
    """Write an instant as Graph does."""
    return at.strftime("%Y-%m-%dT%H:%M:%S+0000")


def shimmed(url: str) -> str:
    """Wrap a link the way Facebook shows it to readers."""
    return f"https://l.facebook.com/l.php?u={quote(url, safe='')}&h=AT{hashlib.sha256(url.encode()).hexdigest()[:24]}"


def _application(post: RemotePost) -> Json | None:
    if post.author == "hand":
        return None
    return {"id": FACEBOOK["app_id"], "name": FACEBOOK["app_name"]}


def _picture(post: RemotePost, state: State) -> str | None:
    if post.media:
        return f"https://scontent.example/{post.media[0].id}.jpg"
    card = state.card(post.link) if post.link else None
    return card.get("image") if card else None


def _attachments(post: RemotePost, state: State) -> Json | None:
    if post.media:
        album = len(post.media) > 1
        items = [
            {
                "media_type": "photo",
                "type": "photo",
                "target": {"id": media.id},
                "unshimmed_url": post.url,
                "url": post.url,
            }
            for media in post.media
        ]
        if not album:
            return {"data": items}
        return {"data": [{"media_type": "album", "type": "album", "url": post.url, "subattachments": {"data": items}}]}
    if not post.link:
        return None
    card = state.card(post.link) or {}
    item: Json = {
        "media_type": "link",
        "type": "share",
        "title": card.get("title") or urlsplit(post.link).hostname,
        "description": card.get("description"),
        "target": {"url": shimmed(post.link)},
        "url": shimmed(post.link),
        "unshimmed_url": post.link,
    }
    return {"data": [{name: value for name, value in item.items() if value is not None}]}
