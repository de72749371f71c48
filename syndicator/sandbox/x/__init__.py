"""Plays the X API v2 as far as a newsroom needs it: create, delete and list posts, users/me, pictures with alt text."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial

from syndicator.sandbox.accounts import X as ACCOUNT
from syndicator.sandbox.exchange import Answer, Incoming, Refused
from syndicator.sandbox.limits import count_call
from syndicator.sandbox.problems import (
    X_CASHTAGS,
    X_DUPLICATE,
    X_NOT_PERMITTED,
    X_PROBLEMS,
    X_REPLY_GONE,
    x_forbidden,
    x_invalid,
    x_missing,
    x_problem,
)
from syndicator.sandbox.remote import Json, RemoteMedia, RemotePost
from syndicator.sandbox.state import State
from syndicator.sandbox.x import media as x_media
from syndicator.sandbox.x import timeline as x_timeline
from syndicator.sandbox.x.auth import authenticate
from syndicator.sandbox.x.text import cashtags, invalid, links, weighted_length

CREATE_FIELDS = {
    "card_uri",
    "community_id",
    "direct_message_deep_link",
    "edit_options",
    "for_super_followers_only",
    "geo",
    "made_with_ai",
    "media",
    "nullcast",
    "paid_partnership",
    "poll",
    "quote_tweet_id",
    "reply",
    "reply_settings",
    "share_with_followers",
    "text",
}
CLOSED_FIELDS = ("edit_options", "quote_tweet_id", "community_id", "card_uri")
"""Need a subscription, a summons or an Ads account, none of which this account has. Its own posts it may answer."""


class XPlatform:
    """X as one account of a self-serve developer sees it."""

    name = "x"
    mount = "/x"

    def __init__(self, state: State) -> None:
        self._state = state
        self._routes: list[tuple[str, str, str, str, Callable[[Incoming, str], Answer]]] = [
            ("POST", r"/2/tweets", "create", "posts", self._create),
            ("DELETE", r"/2/tweets/(\d+)", "delete", "deletes", self._delete),
            ("GET", r"/2/users/me", "read", "me", self._me),
            ("GET", r"/2/users/(\w+)/tweets", "read", "timeline", self._timeline),
            ("POST", r"/2/media/upload", "stage", "upload", self._upload),
            ("POST", r"/2/media/metadata", "stage", "metadata", self._metadata),
        ]

    def describe(self, incoming: Incoming) -> tuple[str, str, str]:
        """Say path, role and words."""
        role = next((role for method, pattern, role, *_ in self._routes if _hit(incoming, method, pattern)), "read")
        text = incoming.document.get("text", "") if role == "create" else ""
        return incoming.path, role, text if isinstance(text, str) else ""

    async def answer(self, incoming: Incoming) -> Answer:
        """Do what X does; every refusal ends up here."""
        for method, pattern, _role, limit, act in self._routes:
            if hit := _hit(incoming, method, pattern):
                try:
                    return self._guarded(incoming, limit, partial(act, incoming, hit.group(hit.re.groups)))
                except Refused as refusal:
                    return refusal.answer
        return x_problem(404, title="Not Found", detail="Not Found")

    def _guarded(self, incoming: Incoming, limit: str, act: Callable[[], Answer]) -> Answer:
        """Authenticate, count against the limit, act, and add the limit's headers."""
        authenticate(incoming, self._state, app_only=limit == "timeline")
        limits = {
            "posts": self._state.switches.x_post_limit,
            "timeline": self._state.switches.x_read_limit,
            "me": 75,
            "deletes": 50,
        }
        allowance = count_call(self._state, name=f"x/{limit}", limit=limits.get(limit, 500))
        if allowance.exceeded:
            answer = x_problem(429, title="Too Many Requests", detail="Too Many Requests")
        else:
            try:
                answer = act()
            except Refused as refusal:
                answer = refusal.answer
        return replace(answer, headers={**allowance.headers(), **answer.headers})

    # --- posts

    def _create(self, incoming: Incoming, _hit: str) -> Answer:
        self._check_write_access()
        request = incoming.json
        if not isinstance(request, dict) or incoming.content_type != "application/json":
            raise Refused(x_invalid("The body is not a JSON object."))
        if unknown := sorted(request.keys() - CREATE_FIELDS):
            raise Refused(x_invalid(f"[{unknown[0]}] is not a field of this request.", **{unknown[0]: ["?"]}))
        if any(request.get(name) for name in CLOSED_FIELDS):
            raise Refused(x_forbidden(X_NOT_PERMITTED))
        with self._state.lock:
            text = self._checked_text(request)
            media = self._checked_media(request)
            post = self._publish(text, media, answered=self._checked_reply(request))
        data = {"id": post.id, "text": post.detail["shown"], "edit_history_tweet_ids": [post.id]}
        return Answer(status=201, body={"data": data})

    def _check_write_access(self) -> None:
        if not self._state.switches.x_writes:
            detail = "Your client app is not configured with the appropriate oauth1 app permissions for this endpoint."
            kind = X_PROBLEMS + "oauth1-permissions"
            raise Refused(x_problem(403, title="Forbidden", detail=detail, kind=kind))

    def _checked_text(self, request: Json) -> str:
        text = request.get("text", "")
        if not isinstance(text, str) or (not text.strip() and not request.get("media")):
            raise Refused(x_invalid("The text is missing or empty.", text=[str(text)]))
        if invalid(text):
            raise Refused(x_invalid("The text has an invalid character.", text=["?"]))
        if weighted_length(text) > self._state.switches.x_text_limit:
            raise Refused(x_forbidden(X_NOT_PERMITTED))
        if len(cashtags(text)) > 1:
            raise Refused(x_forbidden(X_CASHTAGS))
        if self._is_duplicate(text):
            raise Refused(x_forbidden(X_DUPLICATE))
        return text

    def _is_duplicate(self, text: str) -> bool:
        oldest = self._state.clock.now() - timedelta(seconds=self._state.switches.x_duplicate_window)
        return any(post.text == text and post.created_at > oldest for post in self._state.posts("x")) and bool(text)

    def _checked_media(self, request: Json) -> tuple[RemoteMedia, ...]:
        wanted = request.get("media")
        if wanted is None:
            return ()
        ids = wanted.get("media_ids") if isinstance(wanted, dict) else None
        if not isinstance(ids, list) or not 1 <= len(ids) <= 4:
            raise Refused(x_invalid("media.media_ids must have 1 to 4 ids.", **{"media.media_ids": ["?"]}))
        if any(self._state.usable_media("x", str(media_id)) is None for media_id in ids):
            raise Refused(x_invalid("Your media IDs are invalid.", **{"media.media_ids": [str(i) for i in ids]}))
        return self._state.use_media([str(media_id) for media_id in ids])

    def _checked_reply(self, request: Json) -> RemotePost | None:
        """Give the post that is answered; only the account's own ones can be, and only while they are there."""
        wanted = request.get("reply")
        if wanted is None:
            return None
        target = wanted.get("in_reply_to_tweet_id") if isinstance(wanted, dict) else None
        if not isinstance(target, str) or not re.fullmatch(r"[0-9]{1,19}", target):
            raise Refused(x_invalid("reply.in_reply_to_tweet_id is not a post id", reply=[str(target)]))
        if not self._state.switches.x_self_replies:
            raise Refused(x_forbidden(X_NOT_PERMITTED))
        post = self._state.post("x", target)
        if post is None:
            raise Refused(x_forbidden(X_REPLY_GONE))
        return post

    def _publish(self, text: str, media: tuple[RemoteMedia, ...], *, answered: RemotePost | None) -> RemotePost:
        post_id = self._state.snowflake()
        shown, entities = x_timeline.read_back_of(post_id, text, media=media, card=self._state.card)
        found = links(text)
        post = RemotePost(
            platform="x",
            id=post_id,
            url=f"https://x.com/{ACCOUNT['username']}/status/{post_id}",
            text=text,
            link=found[0].target if found else None,
            created_at=self._state.clock.now(),
            visible_at=self._state.visible_from("x"),
            media=media,
            entities=entities,
            detail={"shown": shown, "weighted_length": weighted_length(text), **_thread(post_id, answered)},
        )
        return self._state.put(post)

    def _delete(self, _incoming: Incoming, post_id: str) -> Answer:
        self._check_write_access()
        if not self._state.remove("x", post_id):
            raise Refused(x_missing(post_id))
        return Answer(body={"data": {"deleted": True}})

    # --- reading

    def _me(self, incoming: Incoming, _hit: str) -> Answer:
        data = {name: ACCOUNT[key] for name, key in (("id", "user_id"), ("name", "name"), ("username", "username"))}
        extra = {"verified": False, "protected": False, "created_at": "2023-11-18T09:00:00.000Z"}
        asked = incoming.query.get("user.fields", "").split(",")
        return Answer(body={"data": {**data, **{name: value for name, value in extra.items() if name in asked}}})

    def _timeline(self, incoming: Incoming, user_id: str) -> Answer:
        if not self._state.switches.x_reads:
            detail = "You currently have access to a subset of X API endpoints; this one is not among them."
            kind = X_PROBLEMS + "client-forbidden"
            raise Refused(x_problem(403, title="Forbidden", detail=detail, kind=kind, reason="client-not-enrolled"))
        return x_timeline.read(incoming, self._state, user_id=user_id)

    # --- media

    def _upload(self, incoming: Incoming, _hit: str) -> Answer:
        self._check_write_access()
        return x_media.upload(incoming, self._state)

    def _metadata(self, incoming: Incoming, _hit: str) -> Answer:
        self._check_write_access()
        return x_media.describe(incoming, self._state)


def _thread(post_id: str, answered: RemotePost | None) -> Json:
    if answered is None:
        return {"conversation": post_id}
    return {"in_reply_to": answered.id, "conversation": answered.detail.get("conversation", answered.id)}


def _hit(incoming: Incoming, method: str, pattern: str) -> re.Match[str] | None:
    return re.fullmatch(pattern, incoming.path) if incoming.method == method else None
