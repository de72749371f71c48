"""Plays reading back from X: a user's timeline with its paging, its field selection and its escaped, shortened text."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from syndicator.sandbox.accounts import X as ACCOUNT
from syndicator.sandbox.exchange import Answer, Incoming, Refused
from syndicator.sandbox.problems import X_PROBLEMS, x_invalid
from syndicator.sandbox.remote import Json, RemoteMedia, RemotePost
from syndicator.sandbox.state import State
from syndicator.sandbox.x.text import Link, read_back, tags

POST_FIELDS = {
    "article",
    "attachments",
    "author_id",
    "card_uri",
    "community_id",
    "context_annotations",
    "conversation_id",
    "created_at",
    "display_text_range",
    "edit_controls",
    "edit_history_tweet_ids",
    "entities",
    "geo",
    "id",
    "in_reply_to_user_id",
    "lang",
    "note_post",
    "note_tweet",
    "possibly_sensitive",
    "public_metrics",
    "referenced_posts",
    "referenced_tweets",
    "reply_settings",
    "source",
    "text",
    "withheld",
}
INSTANT = ("%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%S.%fZ", "%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%dT%H:%M:%S.%f%z")


def read_back_of(
    post_id: str, text: str, *, media: tuple[RemoteMedia, ...], card: Callable[[str], Json | None]
) -> tuple[str, Json]:
    """Give the text as X returns it and its entities; pictures add a link of their own at the end."""
    shown, places = read_back(text)
    urls = [_url_entity(link, start, end, card=card(link.target)) for link, start, end in places]
    if media:
        photo = f"https://x.com/{ACCOUNT['username']}/status/{post_id}/photo/1"
        short = Link(start=0, end=0, url=photo).short
        start = len(shown) + 1 if shown else 0
        shown = f"{shown} {short}".strip()
        place = {"start": start, "end": start + len(short), "url": short, "expanded_url": photo}
        urls += [{**place, "display_url": short[8:], "media_key": f"3_{picture.id}"} for picture in media]
    entities: Json = dict(tags(shown))
    if urls:
        entities["urls"] = urls
    return shown, entities


def _url_entity(link: Link, start: int, end: int, *, card: Json | None) -> Json:
    parts = urlsplit(link.target)
    display = f"{parts.netloc}{parts.path}".removesuffix("/")
    entity: Json = {
        "start": start,
        "end": end,
        "url": link.short,
        "expanded_url": link.target,
        "display_url": display if len(display) <= 30 else f"{display[:29]}…",
    }
    if card:
        entity |= {"status": 200, "unwound_url": link.target}
        entity |= {name: card[name] for name in ("title", "description") if card.get(name)}
    return entity


def read(incoming: Incoming, state: State, *, user_id: str) -> Answer:
    """List a user's posts, newest first, one page.

    Raises:
        Refused: 400 about a parameter.
    """
    query = incoming.query
    size = _page_size(query)
    fields, names = _fields(query, state.switches.x_fields)
    if user_id != ACCOUNT["user_id"]:
        return _nobody(user_id)
    wanted = _range(query, now=state.clock.now())
    left_out = query.get("exclude", "").split(",")
    posts = [post for post in state.visible("x") if wanted(post)]
    if "replies" in left_out:
        posts = [post for post in posts if "in_reply_to" not in post.detail]
    token = None if incoming.repeat else query.get("pagination_token")
    if token:
        posts = [post for post in posts if int(post.id) < _token_id(token)]
    page = posts[:size]
    meta: Json = {"result_count": len(page)}
    if page:
        meta |= {"newest_id": page[0].id, "oldest_id": page[-1].id}
    if len(posts) > size:
        meta["next_token"] = _token(page[-1].id)
    body: Json = {"data": [_shown(post, fields, history=names) for post in page], "meta": meta}
    if not page:
        del body["data"]
    return Answer(body=body)


def _page_size(query: dict[str, str]) -> int:
    size = query.get("max_results", "10")
    if not size.isdigit() or not 5 <= int(size) <= 100:
        raise Refused(x_invalid(f"The `max_results` query parameter value [{size}] is not between 5 and 100"))
    return int(size)


def _fields(query: dict[str, str], honoured: str) -> tuple[set[str], str]:
    """Give the fields asked for by a parameter name this X knows, and how it calls the edit history."""
    names = {"both": ("tweet.fields", "post.fields")}.get(honoured, (honoured,))
    fields = {field for name in names for field in query.get(name, "").split(",") if field}
    if unknown := sorted(fields - POST_FIELDS):
        raise Refused(x_invalid(f"The field [{unknown[0]}] is not one of the fields of a post"))
    return (
        fields,
        "edit_history_post_ids" if "post.fields" in query or honoured == "post.fields" else "edit_history_tweet_ids",
    )


def _nobody(user_id: str) -> Answer:
    error = {
        "title": "Not Found Error",
        "detail": f"Could not find user with id: [{user_id}].",
        "type": X_PROBLEMS + "resource-not-found",
        "resource_type": "user",
        "resource_id": user_id,
        "parameter": "id",
        "value": user_id,
    }
    return Answer(body={"errors": [error]})


def _range(query: dict[str, str], *, now: datetime) -> Callable[[RemotePost], bool]:
    """Read the limits in time and id; where both are given, both hold."""
    start, end = _instant(query, "start_time"), _instant(query, "end_time")
    first, last = _id(query, "since_id", 0), _id(query, "until_id", 1 << 63)
    if start and start > now:
        raise Refused(
            x_invalid("Invalid 'start_time'. 'start_time' must be in the past", start_time=[query["start_time"]])
        )
    return lambda post: (
        (start is None or post.created_at >= start)
        and (end is None or post.created_at < end)
        and first < int(post.id) < last
    )


def _instant(query: dict[str, str], name: str) -> datetime | None:
    text = query.get(name)
    if text is None:
        return None
    for shape in INSTANT:
        try:
            found = datetime.strptime(text, shape)  # noqa: DTZ007 - the next line adds the zone that the Z stands for
        except ValueError:
            continue
        return found if found.tzinfo else found.replace(tzinfo=UTC)
    raise Refused(x_invalid(f"The `{name}` query parameter value is not an RFC 3339 date-time", **{name: [text]}))


def _id(query: dict[str, str], name: str, default: int) -> int:
    text = query.get(name)
    if text is None:
        return default
    if not text.isdigit() or len(text) > 19:
        raise Refused(x_invalid(f"The `{name}` query parameter value is not a post id", **{name: [text]}))
    return int(text)


def _token(post_id: str) -> str:
    return f"7140{int(post_id):x}"


def _token_id(token: str) -> int:
    try:
        return int(token.removeprefix("7140"), 16)
    except ValueError:
        raise Refused(x_invalid("The `pagination_token` is invalid", pagination_token=[token])) from None


def _shown(post: RemotePost, fields: set[str], *, history: str) -> Json:
    data: Json = {"id": post.id, "text": post.detail["shown"], history: [post.id]}
    answered = post.detail.get("in_reply_to")
    optional: dict[str, Any] = {
        "created_at": post.created_at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{post.created_at.microsecond // 1000:03d}Z",
        "author_id": ACCOUNT["user_id"],
        "conversation_id": post.detail.get("conversation", post.id),
        "in_reply_to_user_id": ACCOUNT["user_id"] if answered else None,
        "referenced_tweets": [{"type": "replied_to", "id": answered}] if answered else None,
        "entities": post.entities or None,
        "attachments": {"media_keys": [f"3_{media.id}" for media in post.media]} if post.media else None,
        "lang": "en",
        "possibly_sensitive": False,
        "reply_settings": "everyone",
        "source": "syndicator sandbox",
        "edit_history_tweet_ids": [post.id],
    }
    data |= {name: value for name, value in optional.items() if name in fields and value is not None}
    return data
