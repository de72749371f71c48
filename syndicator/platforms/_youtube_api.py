"""The ``api`` driver: community posts through Google's ``posts`` pilot. It must not send the insert twice."""

import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from syndicator.core.links import marker_in
from syndicator.errors import AuthRequired, OutcomeUnknown, PlatformError, Rejected, Unreachable
from syndicator.model import Composed, Guard, Identity, Json, LoadMedia, LookUp, Pending, Receipt, Staged
from syndicator.platforms._answer import is_recent
from syndicator.platforms._youtube_google import PLATFORM, Answer, Google, picture

PARTS = "id,snippet,status"
PAGES_MOST = 50
UPLOAD_LIFE = timedelta(hours=12)
"""Ours: the pilot does not say how long an upload token lives, and a refused one would cost the post (D30)."""
MARGIN = timedelta(hours=24)
"""Read from this long before the intent: nothing at the platform bounds how wrong our clock may have been (D18)."""
LEEWAY = timedelta(seconds=62)
"""R12: how far before the intent a post with the same text may have been published and still be ours.
Wider than the rule by the difference of clocks that a look-up still believes (core.settle.SKEW_MOST)."""


class ApiAdapter:
    """One YouTube channel, spoken to as its owner."""

    def __init__(self, google: Google, *, channel_id: str) -> None:
        self._google = google
        self._channel_id = channel_id

    def whoami(self) -> Identity:
        """Read the owner's channel, and whether the project may use posts at all."""
        answer = self._google.ask(lambda youtube: youtube.channels().list(part="snippet", mine=True))
        items = answer.data.get("items")
        if items == []:
            raise AuthRequired("the Google account has no YouTube channel", platform=PLATFORM, code="no-channel")
        first = items[0] if isinstance(items, list) and isinstance(items[0], dict) else {}
        remote_id = first.get("id")
        if not isinstance(remote_id, str):
            raise _odd(answer, Unreachable, "names no channel")
        name = str(_snippet(first).get("title") or "")
        return Identity(remote_id=remote_id, name=name, warnings=tuple(self._warnings(remote_id)))

    def _warnings(self, remote_id: str) -> Iterator[str]:
        if remote_id != self._channel_id:
            yield f"channel_id is {self._channel_id}, but the credentials are those of {remote_id}"
        refusal = self.probe()
        if refusal:
            yield f"the project may not use YouTube's posts API yet: {refusal}"

    def probe(self) -> str:
        """Give why the project may not use the posts API; empty when it may.

        Raises:
            PlatformError: YouTube cannot be asked right now; that says nothing about the project.
        """
        try:
            self._list({"maxResults": 1})
        except (AuthRequired, Rejected) as error:
            return str(error)
        return ""

    def stage(self, composed: Composed, load_media: LoadMedia, earlier: Staged | None) -> Staged:
        """Fetch a token that outlives the delivery and upload the picture; keep what an earlier attempt uploaded."""
        refs: Json = dict(earlier.refs) if earlier else {}
        self._google.prepare()
        if composed.request["media"] and not is_recent(refs.get("uploaded_at"), UPLOAD_LIFE):
            # One request, no session to resume: posts.imageUpload is documented as a simple upload only. So a lost
            # answer leaves a picture that no post refers to and nobody sees, and the picture is sent again (D30, D33).
            refs["upload_token"] = self._upload(composed.request["media"][0], load_media)
            refs["uploaded_at"] = datetime.now(UTC).isoformat()
        return Staged(composed=composed, refs=refs)

    def _upload(self, item: Json, load_media: LoadMedia) -> str:
        body = picture(load_media(item["sha256"]), item["mime"])
        answer = self._google.ask(lambda youtube: youtube.posts().imageUpload(media_body=body))
        token = answer.data.get("uploadToken")
        if not isinstance(token, str) or not token:
            raise _odd(answer, Unreachable, "has no upload token")
        return token

    def publish(self, staged: Staged, guard: Guard) -> Receipt | Pending:
        """Send the one ``posts.insert``."""
        body, part = dict(staged.composed.request["body"]), "snippet"
        if "upload_token" in staged.refs:
            body["attachments"] = {"imageAttachments": [{"uploadToken": staged.refs["upload_token"]}]}
            part = "snippet,attachments"
        answer = self._google.publish(lambda youtube: youtube.posts().insert(part=part, body=body), guard)
        remote_id = answer.data.get("id")
        if not isinstance(remote_id, str) or not remote_id:
            raise _odd(answer, OutcomeUnknown, "has no id")
        return _receipt(remote_id, answer.platform_at)

    def progress(self, staged: Staged, pending: Pending) -> Receipt | Pending:  # noqa: ARG002
        """Give ``pending`` back: an inserted post is public at once."""
        return pending

    def find(self, staged: Staged, since: datetime) -> LookUp:
        """Read the channel's posts back to ``since`` and look for the marker, else for the very text."""
        reading = Reading()
        try:
            for answer in self._pages(since, reading):
                _take(answer, staged.composed, since=since, reading=reading)
        except (AuthRequired, Rejected) as error:
            return LookUp(hits=(), complete=False, permitted=False, platform_at=error.platform_at, note=str(error))
        note = "; ".join(dict.fromkeys(reading.doubts))
        return LookUp(
            hits=tuple(reading.hits),
            complete=not note,
            platform_at=reading.platform_at,
            seen=reading.seen,
            note=note,
        )

    def _pages(self, since: datetime, reading: "Reading") -> Iterator[Answer]:
        query: Json = {"maxResults": 50}
        asked: list[Json] = []
        while query not in asked and len(asked) < PAGES_MOST:
            asked.append(query)
            try:
                answer = self._list(query)
            except PlatformError as error:
                if not reading.hits:
                    raise
                reading.doubts.append(f"page {len(asked)} of the posts could not be read: {error}")
                return
            yield answer
            token = answer.data.get("nextPageToken")
            if not token or reading.is_past(since - MARGIN):
                return
            query = {"maxResults": 50, "pageToken": str(token)}
        reading.doubts.append(f"the list did not end after {len(asked)} pages")

    def _list(self, query: Json) -> Answer:
        return self._google.ask(lambda youtube: youtube.posts().list(part=PARTS, channelId=self._channel_id, **query))

    def withdraw(self, receipt: Receipt) -> None:
        """Delete the post; gone already is success."""
        try:
            self._google.ask(lambda youtube: youtube.posts().delete(id=receipt.remote_id))
        except (AuthRequired, Rejected) as error:
            # The pilot does not document how a missing post is answered, so ask for it before calling it gone.
            if error.http_status != 404 or not self._is_gone(receipt.remote_id):
                raise

    def _is_gone(self, remote_id: str) -> bool:
        answer = self._google.ask(lambda youtube: youtube.posts().list(part="id", id=remote_id))
        return bool(answer.data.get("items", []) == [])

    def close(self) -> None:
        """Do nothing: no connection outlives its call."""


@dataclass(slots=True, kw_only=True)
class Reading:
    """What one walk through the posts has seen; ``doubts`` are the reasons why it proves no absence (R11)."""

    hits: list[Receipt] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
    times: list[datetime] = field(default_factory=list)
    seen: int = 0
    platform_at: datetime | None = None

    def is_past(self, since: datetime) -> bool:
        """True when the list has shown to be newest first and has gone back beyond ``since``."""
        return bool(self.times) and self.times[-1] < since and self.times == sorted(self.times, reverse=True)


def _take(answer: Answer, composed: Composed, *, since: datetime, reading: Reading) -> None:
    reading.platform_at = reading.platform_at or answer.platform_at
    reading.doubts += _doubts(answer, since)
    items = answer.data.get("items")
    if items is None and _total(answer) == 0:
        # Google's answers may leave an empty list out.
        items = []
    if not isinstance(items, list):
        reading.doubts.append("the answer has no list of posts")
        return
    for post in items:
        reading.seen += 1
        text, at = _text_of(post), _published_at(post)
        if text is None or at is None or not isinstance(post.get("id"), str):
            reading.doubts.append("a post in the list lacks id, textDisplay or publishTime")
            continue
        reading.times.append(at)
        if _is_ours(text, at, composed, since):
            reading.hits.append(_receipt(post["id"], at))


def _total(answer: Answer) -> Any:
    info = answer.data.get("pageInfo")
    return info.get("totalResults") if isinstance(info, dict) else None


def _doubts(answer: Answer, since: datetime) -> Iterator[str]:
    if answer.cached:
        yield "a cache answered"
    if answer.platform_at is None:
        yield "YouTube's answer has no readable Date"
    elif answer.platform_at < since:
        yield "YouTube's clock is before the intent"


def _is_ours(text: str, at: datetime, composed: Composed, since: datetime) -> bool:
    if marker_in(text, composed.marker):
        return True
    if "utm_content=" in text:
        # The same words under another marker belong to another post of ours.
        return False
    return _plain(text) == _plain(composed.request["text"]) and at >= since - LEEWAY


def _plain(text: str) -> str:
    return unicodedata.normalize("NFC", text).strip()


def _snippet(post: Any) -> Json:
    snippet = post.get("snippet") if isinstance(post, dict) else None
    return snippet if isinstance(snippet, dict) else {}


def _text_of(post: Any) -> str | None:
    text = _snippet(post).get("textDisplay")
    return text if isinstance(text, str) else None


def _published_at(post: Any) -> datetime | None:
    try:
        at = datetime.fromisoformat(_snippet(post)["publishTime"])
    except (KeyError, TypeError, ValueError):
        return None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def _receipt(remote_id: str, platform_at: datetime | None) -> Receipt:
    return Receipt(remote_id=remote_id, remote_url=f"https://www.youtube.com/post/{remote_id}", platform_at=platform_at)


def _odd(answer: Answer, kind: Callable[..., PlatformError], what: str) -> PlatformError:
    return kind(
        f"YouTube's answer {what} (HTTP {answer.status})",
        platform=PLATFORM,
        code="no-id",
        http_status=answer.status,
        platform_at=answer.platform_at,
    )
