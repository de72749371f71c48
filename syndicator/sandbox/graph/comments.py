"""Plays comments under a Page's posts: the Page's own over the API, and the list in which they are read back."""

import base64
from urllib.parse import urlencode

from syndicator.sandbox.accounts import FACEBOOK
from syndicator.sandbox.exchange import Answer, Incoming, Refused
from syndicator.sandbox.graph.fields import parse_known, select
from syndicator.sandbox.graph.objects import stamp
from syndicator.sandbox.graph.write import missing
from syndicator.sandbox.problems import graph_error
from syndicator.sandbox.remote import Json, RemotePost
from syndicator.sandbox.state import State

KIND = "comment"
LONGEST = 8000
FIELDS = {"id", "message", "created_time", "permalink_url", "from", "attachment", "parent", "like_count"}
DEFAULT_FIELDS = "created_time,from,message,id"


def add(incoming: Incoming, state: State, post_id: str) -> Answer:
    """``POST /{post}/comments``: a comment of the Page."""
    text = incoming.fields.get("message", "")
    with state.lock:
        post = _post(state, post_id, "post")
        if not text.strip():
            raise Refused(graph_error(100, "(#100) One of the parameters message, attachment_id must be set"))
        if len(text) > LONGEST:
            raise Refused(graph_error(100, "(#100) Comment is too long"))
        return Answer(body={"id": put(state, post, text).id})


def put(state: State, post: RemotePost, text: str, *, author: str = "app") -> RemotePost:
    """Add a comment; ``author`` "reader" is somebody else's."""
    number = state.number()
    return state.put(
        RemotePost(
            platform="facebook",
            kind=KIND,
            id=f"{post.id.rpartition('_')[2]}_{number}",
            url=f"{post.url}?comment_id={number}",
            text=text,
            created_at=state.clock.now(),
            visible_at=state.visible_from("facebook"),
            author=author,
            detail={"in_reply_to": post.id},
        )
    )


def listed(incoming: Incoming, state: State, post_id: str) -> Answer:
    """``GET /{post}/comments``: one page of them, ranked as they came unless another order is asked for."""
    fields = incoming.fields
    _post(state, post_id, "get")
    found = [each for each in reversed(state.visible("facebook")) if each.detail.get("in_reply_to") == post_id]
    if fields.get("order") == "reverse_chronological":
        found.reverse()
    ids = [each.id for each in found]
    after = None if incoming.repeat else fields.get("after")
    if after:
        last = base64.urlsafe_b64decode(after.encode()).decode()
        found = found[ids.index(last) + 1 :] if last in ids else []
    size = fields.get("limit", "25")
    if not size.isdigit() or not 1 <= int(size) <= 100:
        raise Refused(graph_error(100, "(#100) The limit parameter must be between 1 and 100"))
    page = found[: int(size)]
    wanted = parse_known(fields.get("fields") or DEFAULT_FIELDS, FIELDS)
    body: Json = {"data": [select(shown(each), wanted) for each in page]}
    if len(found) > len(page):
        cursor = base64.urlsafe_b64encode(page[-1].id.encode()).decode()
        body["paging"] = {
            "cursors": {"after": cursor},
            "next": f"{incoming.url}?{urlencode({**incoming.query, 'after': cursor})}",
        }
    return Answer(body=body)


def shown(comment: RemotePost) -> Json:
    """Give the whole object of a comment. Who wrote it is told of the Page's own ones only."""
    ours = comment.author == "app"
    return {
        "id": comment.id,
        "message": comment.text,
        "created_time": stamp(comment.created_at),
        "permalink_url": comment.url,
        "from": {"id": FACEBOOK["page_id"], "name": FACEBOOK["page_name"]} if ours else None,
        "like_count": 0,
    }


def _post(state: State, post_id: str, verb: str) -> RemotePost:
    post = state.post("facebook", post_id)
    now = state.clock.now()
    if post is None or not post.live(now) or post.visible_at > now:
        raise Refused(missing(post_id, verb))
    return post
