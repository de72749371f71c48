"""Plays writing to a Facebook Page: link posts, drafts, photos, editing, publishing a draft, deleting."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from syndicator.sandbox.accounts import FACEBOOK
from syndicator.sandbox.exchange import Answer, Incoming, Refused
from syndicator.sandbox.pictures import recognise
from syndicator.sandbox.problems import graph_error
from syndicator.sandbox.remote import RemoteMedia, RemotePost
from syndicator.sandbox.state import State

PHOTO_BYTES = 10 * 1024 * 1024
PHOTO_LIFE = timedelta(hours=24)
SOONEST, LATEST = timedelta(minutes=10), timedelta(days=30)
DUPLICATE_WITHIN = timedelta(hours=24)
_ATTACHED = re.compile(r"attached_media\[(\d+)\]")


def is_true(fields: dict[str, str], name: str, *, default: bool) -> bool:
    """Read a boolean parameter."""
    return fields.get(name, str(default)).strip().lower() not in {"false", "0", "no", ""}


def missing(object_id: str, verb: str) -> Answer:
    """The error for an object that is not there."""
    message = (
        f"Unsupported {verb} request. Object with ID '{object_id}' does not exist, cannot be loaded due to missing "
        "permissions, or does not support this operation."
    )
    return graph_error(100, message, subcode=33, type="GraphMethodException")


def create_post(incoming: Incoming, state: State) -> Answer:
    """``POST /{page}/feed``: a post with words, a link, or uploaded photos."""
    fields = incoming.fields
    text, link = fields.get("message", ""), fields.get("link") or None
    with state.lock:
        photos = _attached(fields, state)
        if not text and not link and not photos:
            raise Refused(graph_error(100, "(#100) The post is empty. Please enter a message to share."))
        _check_text(text, state)
        if link and (urlsplit(link).scheme not in {"http", "https"} or not urlsplit(link).hostname):
            raise Refused(graph_error(100, "(#100) link URL is not properly formatted", subcode=1609008))
        published, scheduled_at = _timing(fields, state)
        if published:
            _check_duplicate(text, link, state)
        used = state.use_media([photo.id for photo in photos])
        post = _put(state, text=text, link=link, published=published, scheduled_at=scheduled_at, media=used)
    return Answer(body={"id": post.id})


def _put(
    state: State,
    *,
    text: str,
    link: str | None,
    published: bool,
    scheduled_at: datetime | None,
    media: tuple[RemoteMedia, ...],
) -> RemotePost:
    post_id = f"{FACEBOOK['page_id']}_{state.number()}"
    return state.put(
        RemotePost(
            platform="facebook",
            id=post_id,
            url=f"https://www.facebook.com/{post_id}",
            text=text,
            link=link,
            created_at=state.clock.now(),
            visible_at=state.visible_from("facebook"),
            published=published,
            media=media,
            detail={"scheduled_at": scheduled_at.isoformat() if scheduled_at else None},
        )
    )


def _check_text(text: str, state: State) -> None:
    if len(text.encode("utf-16-le", "surrogatepass")) // 2 > state.switches.facebook_text_limit:
        raise Refused(graph_error(100, "(#100) The message is too long"))


def _check_duplicate(text: str, link: str | None, state: State) -> None:
    latest = [post for post in state.posts("facebook") if post.author == "app" and post.kind == "post"][-1:]
    recent = state.clock.now() - DUPLICATE_WITHIN
    if not state.switches.facebook_duplicates or not latest or latest[0].created_at < recent:
        return
    if (latest[0].text, latest[0].link) == (text, link):
        raise Refused(graph_error(506, "Duplicate status message", subcode=1366051))


def _timing(fields: dict[str, str], state: State) -> tuple[bool, datetime | None]:
    """Say whether it is published at once, and when a scheduled post is due."""
    published = is_true(fields, "published", default=True) or not state.switches.facebook_honours_unpublished
    when = fields.get("scheduled_publish_time")
    if not when:
        return published, None
    due = instant(when)
    ahead = due - state.clock.now() if due else None
    if published or ahead is None or not SOONEST <= ahead <= LATEST:
        raise Refused(graph_error(100, "(#100) The specified scheduled publish time is invalid.", subcode=1363009))
    return False, due


def instant(text: str) -> datetime | None:
    """Read a time parameter: seconds since 1970 or ISO 8601."""
    if re.fullmatch(r"\d{1,12}(\.\d+)?", text):
        return datetime.fromtimestamp(float(text), UTC)
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _attached(fields: dict[str, str], state: State) -> list[RemoteMedia]:
    found = []
    for item in _attached_items(fields):
        photo = state.usable_media("facebook", str(item.get("media_fbid", "")) if isinstance(item, dict) else "")
        if photo is None:
            raise Refused(graph_error(100, "(#100) Invalid parameter: attached_media", subcode=1366046))
        found.append(photo)
    return found


def _attached_items(fields: dict[str, str]) -> list[Any]:
    try:
        whole = json.loads(fields.get("attached_media", "[]"))
        numbered = [json.loads(value) for name, value in sorted(fields.items()) if _ATTACHED.fullmatch(name)]
    except ValueError:
        raise Refused(graph_error(100, "(#100) param attached_media must be an array.")) from None
    return [*whole, *numbered] if isinstance(whole, list) else numbered


def add_photo(incoming: Incoming, state: State, fetched: bytes | None) -> Answer:
    """``POST /{page}/photos``: a picture, as a post of its own or (``published=false``) for a later one.

    ``fetched`` is what the address in ``url`` gave.
    """
    fields = incoming.fields
    sources = [part.data for part in incoming.parts if part.filename is not None]
    text = fields.get("caption") or fields.get("message", "")
    _check_text(text, state)
    with state.lock:
        photo = _keep_photo(sources[0] if sources else fetched, state, alt=fields.get("alt_text_custom", ""))
        published, scheduled_at = _timing(fields, state)
        if not published and scheduled_at is None:
            return Answer(body={"id": photo.id})
        used = state.use_media([photo.id])
        post = _put(state, text=text, link=None, published=published, scheduled_at=scheduled_at, media=used)
    return Answer(body={"id": photo.id, "post_id": post.id})


def _keep_photo(data: bytes | None, state: State, *, alt: str) -> RemoteMedia:
    picture = recognise(data) if data else None
    if data is None or picture is None or len(data) > PHOTO_BYTES:
        raise Refused(graph_error(324, "(#324) Missing or invalid image file", subcode=2069019))
    now = state.clock.now()
    return state.put_media(
        RemoteMedia(
            platform="facebook",
            id=state.number(),
            mime=picture.mime,
            data=data,
            width=picture.width,
            height=picture.height,
            alt=alt,
            created_at=now,
            expires_at=now + PHOTO_LIFE,
        )
    )


def change(incoming: Incoming, state: State, post_id: str) -> Answer:
    """``POST /{post}``: new words, or ``is_published=true`` for a draft; repeating it changes nothing."""
    fields = incoming.fields
    with state.lock:
        post = state.post("facebook", post_id)
        if post is None:
            raise Refused(missing(post_id, "post"))
        if post.author == "hand":
            raise Refused(graph_error(10, "(#10) The post was not made using this app", status=403))
        now = state.clock.now()
        if "message" in fields:
            _check_text(fields["message"], state)
            post = replace(post, text=fields["message"], detail={**post.detail, "updated_at": now.isoformat()})
        if is_true(fields, "is_published", default=False) and not post.live(now):
            post = replace(post, published=True, created_at=now, visible_at=state.visible_from("facebook"))
        state.put(post)
    return Answer(body={"success": True})


def delete(state: State, post_id: str) -> Answer:
    """``DELETE /{post}``."""
    if not state.remove("facebook", post_id):
        raise Refused(missing(post_id, "delete"))
    return Answer(body={"success": True})
