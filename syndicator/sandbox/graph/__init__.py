"""Plays the Graph API for one Page: dispatch, reading posts with cursors, ``me``, ``debug_token``, link scraping."""

import base64
import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from urllib.parse import urlencode

from syndicator.sandbox.accounts import FACEBOOK
from syndicator.sandbox.exchange import Answer, Incoming, Refused
from syndicator.sandbox.graph import comments as graph_comments
from syndicator.sandbox.graph import write as graph_write
from syndicator.sandbox.graph.auth import APP_TOKEN, authenticate, check_token, require
from syndicator.sandbox.graph.fields import parse_known, select
from syndicator.sandbox.graph.objects import (
    DEFAULT_POST_FIELDS,
    PAGE_FIELDS,
    POST_FIELDS,
    page_shown,
    shown,
    stamp,
)
from syndicator.sandbox.graph.write import instant, is_true, missing
from syndicator.sandbox.limits import count_call
from syndicator.sandbox.problems import graph_error, trace_id
from syndicator.sandbox.remote import Json, RemotePost
from syndicator.sandbox.state import State

Fetch = Callable[[str], Awaitable[bytes | None]]
_VERSION = re.compile(r"/v\d+\.\d(?=/|$)")
CALLS_PER_WINDOW = 4800
LISTS = ("published_posts", "posts", "feed", "scheduled_posts", "promotable_posts")


class GraphPlatform:
    """Facebook as one Page's token sees it."""

    name = "facebook"
    mount = "/graph"

    def __init__(self, state: State, fetch: Fetch) -> None:
        self._state = state
        self._fetch = fetch
        """Fetches a picture by address, from the sandbox's own newsroom only."""

    def describe(self, incoming: Incoming) -> tuple[str, str, str]:
        """Say path without version, role and words."""
        path = _VERSION.sub("", incoming.path, count=1) or "/"
        role = self._role(incoming, path)
        fields = incoming.fields
        text = f"{fields.get('message') or fields.get('caption', '')}\n{fields.get('link', '')}".strip()
        if role == "flip" and not text:
            post = self._state.post("facebook", path.strip("/"))
            text = f"{post.text}\n{post.link or ''}".strip() if post else path
        return path, role, text if role in {"create", "stage", "flip", "edit"} else ""

    def _role(self, incoming: Incoming, path: str) -> str:
        if incoming.method != "POST":
            return {"GET": "read", "DELETE": "delete"}.get(incoming.method, "read")
        if path.endswith("/comments"):
            return "create"
        if path.endswith(("/feed", "/photos")):
            return "create" if is_true(incoming.fields, "published", default=True) else "stage"
        if path == "/":
            return "stage"
        return "flip" if is_true(incoming.fields, "is_published", default=False) else "edit"

    async def answer(self, incoming: Incoming) -> Answer:
        """Do what Graph does; every refusal ends up here."""
        path = _VERSION.sub("", incoming.path, count=1)
        usage = count_call(self._state, name="facebook")
        photo_url = incoming.fields.get("url") if path.endswith("/photos") else None
        fetched = await self._fetch(photo_url) if photo_url else None
        try:
            answer = self._dispatch(incoming, [piece for piece in path.split("/") if piece], fetched)
        except Refused as refusal:
            answer = refusal.answer
        return replace(answer, headers={**_headers(usage.used), **answer.headers})

    def _dispatch(self, incoming: Incoming, pieces: list[str], fetched: bytes | None) -> Answer:
        if pieces == ["debug_token"] and incoming.method == "GET":
            return self._debug_token(incoming)
        authenticate(incoming, self._state)
        if not pieces and incoming.method == "POST":
            return self._scrape(incoming)
        if len(pieces) == 1:
            return self._object(incoming, pieces[0])
        if len(pieces) == 2 and pieces[0] in {"me", FACEBOOK["page_id"]}:
            return self._edge(incoming, pieces[1], fetched)
        if len(pieces) == 2 and pieces[1] == "comments" and incoming.method in {"GET", "POST"}:
            return self._comments(incoming, pieces[0])
        if len(pieces) == 2 and pieces[0].replace("_", "").isdigit():
            raise Refused(missing(pieces[0], incoming.method.lower()))
        raise Refused(graph_error(2500, f"Unknown path components: /{'/'.join(pieces[1:])}"))

    # --- objects

    def _object(self, incoming: Incoming, object_id: str) -> Answer:
        if incoming.method == "POST":
            require("pages_manage_posts", self._state)
            return graph_write.change(incoming, self._state, object_id)
        if incoming.method == "DELETE":
            require("pages_manage_posts", self._state)
            return graph_write.delete(self._state, object_id)
        if incoming.method != "GET":
            raise Refused(graph_error(100, "Unsupported method", type="GraphMethodException"))
        fields = incoming.fields.get("fields", "")
        if object_id in {"me", FACEBOOK["page_id"]}:
            return Answer(body=select(page_shown(), parse_known(fields or "name,id", PAGE_FIELDS)))
        require("pages_read_engagement", self._state)
        post = self._state.post("facebook", object_id)
        if post is None or (post.live(self._state.clock.now()) and post.visible_at > self._state.clock.now()):
            raise Refused(missing(object_id, "get"))
        return Answer(body=select(shown(post, self._state), parse_known(fields or DEFAULT_POST_FIELDS, POST_FIELDS)))

    def _comments(self, incoming: Incoming, post_id: str) -> Answer:
        if incoming.method == "POST":
            require("pages_manage_engagement", self._state)
            return graph_comments.add(incoming, self._state, post_id)
        require("pages_read_engagement", self._state)
        return graph_comments.listed(incoming, self._state, post_id)

    def _edge(self, incoming: Incoming, edge: str, fetched: bytes | None) -> Answer:
        if incoming.method == "POST" and edge in {"feed", "photos"}:
            require("pages_manage_posts", self._state)
            if edge == "feed":
                return graph_write.create_post(incoming, self._state)
            return graph_write.add_photo(incoming, self._state, fetched)
        if incoming.method == "GET" and edge in LISTS:
            require("pages_read_engagement", self._state)
            return self._list(incoming, edge)
        raise Refused(graph_error(2500, f"Unknown path components: /{edge}"))

    # --- lists

    def _list(self, incoming: Incoming, edge: str) -> Answer:
        fields = incoming.fields
        posts = [post for post in self._listed(edge, fields) if _within(post, fields)]
        after = None if incoming.repeat else fields.get("after")
        if after:
            last = _cursor_id(after)
            ids = [post.id for post in posts]
            posts = posts[ids.index(last) + 1 :] if last in ids else []
        size = _page_size(fields)
        page = posts[:size]
        wanted = parse_known(fields.get("fields") or DEFAULT_POST_FIELDS, POST_FIELDS)
        body: Json = {"data": [select(shown(post, self._state), wanted) for post in page]}
        if page:
            body["paging"] = {"cursors": {"before": _cursor(page[0].id), "after": _cursor(page[-1].id)}}
        if len(posts) > size:
            query = {**incoming.query, "limit": str(size), "after": _cursor(page[-1].id)}
            body["paging"]["next"] = f"{incoming.url}?{urlencode(query)}"
        return Answer(body=body)

    def _listed(self, edge: str, fields: dict[str, str]) -> list[RemotePost]:
        """List the posts of an edge, newest first: published and visible ones, those still waiting, or whatever."""
        now = self._state.clock.now()
        posts = reversed(
            [post for post in self._state.posts("facebook", drafts=True) if post.kind != graph_comments.KIND]
        )
        if edge == "promotable_posts":
            wanted = is_true(fields, "is_published", default=True)
            chosen = [post for post in posts if "is_published" not in fields or post.live(now) == wanted]
            return [post for post in chosen if not post.live(now) or post.visible_at <= now]
        if edge == "scheduled_posts":
            return [post for post in posts if not post.live(now)]
        return [post for post in posts if post.live(now) and post.visible_at <= now]

    # --- the rest

    def _debug_token(self, incoming: Incoming) -> Answer:
        if incoming.fields.get("access_token") not in {APP_TOKEN, FACEBOOK["page_token"]}:
            raise Refused(graph_error(190, "Invalid OAuth access token - Cannot parse access token"))
        data: Json = {"app_id": FACEBOOK["app_id"], "type": "PAGE", "application": FACEBOOK["app_name"]}
        try:
            check_token(incoming.fields.get("input_token", ""), self._state)
        except Refused as refusal:
            error = refusal.answer.body["error"]
            broken = {"code": error["code"], "message": error["message"], "subcode": error.get("error_subcode")}
            return Answer(body={"data": {**data, "error": broken, "is_valid": False, "scopes": []}})
        scopes = list(self._state.switches.facebook_scopes)
        return Answer(
            body={
                "data": {
                    **data,
                    "data_access_expires_at": int(self._state.clock.epoch()) + 90 * 86_400,
                    "expires_at": 0,
                    "is_valid": True,
                    "issued_at": int(self._state.clock.epoch()) - 86_400,
                    "profile_id": FACEBOOK["page_id"],
                    "scopes": scopes,
                    "granular_scopes": [{"scope": scope, "target_ids": [FACEBOOK["page_id"]]} for scope in scopes],
                    "user_id": FACEBOOK["user_id"],
                }
            }
        )

    def _scrape(self, incoming: Incoming) -> Answer:
        url = incoming.fields.get("id", "")
        if not url.startswith(("http://", "https://")):
            raise Refused(graph_error(100, "(#100) You must provide an id or ids query string argument"))
        card = self._state.card(url) or {}
        body = {"url": url, "type": "article" if card else "website", "updated_time": stamp(self._state.clock.now())}
        body |= {name: card[name] for name in ("title", "description") if card.get(name)}
        return Answer(body={**body, "id": url})


def _within(post: RemotePost, fields: dict[str, str]) -> bool:
    since, until = _time(fields, "since"), _time(fields, "until")
    created = post.created_at.timestamp()
    return (since is None or created >= since) and (until is None or created <= until)


def _time(fields: dict[str, str], name: str) -> float | None:
    if name not in fields:
        return None
    found = instant(fields[name])
    if found is None:
        raise Refused(graph_error(100, f"(#100) param {name} must be a unix timestamp or a date"))
    return found.timestamp()


def _page_size(fields: dict[str, str]) -> int:
    size = fields.get("limit", "25")
    if not size.isdigit() or not 1 <= int(size) <= 100:
        raise Refused(graph_error(100, "(#100) The limit parameter must be between 1 and 100"))
    return int(size)


def _cursor(post_id: str) -> str:
    return base64.urlsafe_b64encode(post_id.encode()).decode()


def _cursor_id(cursor: str) -> str:
    try:
        return base64.urlsafe_b64decode(cursor.encode()).decode()
    except ValueError:
        raise Refused(graph_error(100, "(#100) Invalid cursors values", type="GraphMethodException")) from None


def _headers(calls: int) -> dict[str, str]:
    """Give the headers of every answer; the usage is left out while it is below one per cent."""
    headers = {"facebook-api-version": "v26.0", "x-fb-trace-id": trace_id(), "x-fb-request-id": trace_id()}
    share = calls * 100 // CALLS_PER_WINDOW
    if share:
        usage = {"call_count": share, "total_time": share // 3, "total_cputime": share // 4}
        headers["X-App-Usage"] = json.dumps(usage)
        detail = {"type": "pages", **usage, "estimated_time_to_regain_access": 0}
        headers["X-Business-Use-Case-Usage"] = json.dumps({FACEBOOK["page_id"]: [detail]})
    return headers
