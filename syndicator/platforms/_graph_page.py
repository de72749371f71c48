"""The adapter of one Facebook Page: stages, publishes, finds and withdraws posts through the Graph API.

It must not send the visible request twice, and reuses what an earlier attempt staged (R17).
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from syndicator.errors import AuthRequired, OutcomeUnknown, PlatformError, Rejected, Unreachable
from syndicator.model import (
    Composed,
    Draft,
    Guard,
    Identity,
    Json,
    LoadMedia,
    LookUp,
    Pending,
    Probe,
    Receipt,
    Staged,
)
from syndicator.platforms import _graph_canary as canary
from syndicator.platforms import _graph_comments as comments
from syndicator.platforms._answer import is_recent
from syndicator.platforms._graph import PLATFORM, Answer, Graph
from syndicator.platforms._graph_errors import MISSING
from syndicator.platforms._graph_timeline import look_up, receipt

PHOTO_LIFE = timedelta(hours=20)
"""Photos uploaded unpublished are deleted after about a day (Page photos reference)."""
SKEW_WARNING = timedelta(seconds=60)
COMMENT = "comment"
"""``mode`` of a follow-up's request."""
GONE = "{}/{}".format(*MISSING)


class PageAdapter:
    """One Page, spoken to with one Page token."""

    def __init__(self, graph: Graph, *, page: str, scrape: bool, probe_wait: float = 0) -> None:
        self._graph = graph
        self._page = page
        self._scrape = scrape
        self._probe_wait = probe_wait

    def whoami(self) -> Identity:
        """Read the Page's id and name with the token; the warnings say what would surprise later."""
        answer = self._graph.get(self._page, fields="id,name")
        remote_id = _id_in(answer, Unreachable)
        warnings = tuple(self._warnings(answer, remote_id))
        return Identity(remote_id=remote_id, name=str(answer.data.get("name") or ""), warnings=warnings)

    def _warnings(self, answer: Answer, remote_id: str) -> Iterator[str]:
        if remote_id != self._page:
            yield f"page_id is {self._page}, but Facebook answers for {remote_id}"
        if not self._graph.fenced:
            yield "calls carry no timed proof (app_secret): a worker that slept could still post late"
        skew = datetime.now(UTC) - answer.platform_at if answer.platform_at else timedelta(0)
        if abs(skew) > SKEW_WARNING:
            yield f"this machine's clock differs from Facebook's by {skew}; timed proofs are refused from 5 minutes on"

    def stage(self, composed: Composed, load_media: LoadMedia, earlier: Staged | None) -> Staged:
        """Upload the picture unpublished and, with two_phase, create the unpublished post; keep what there is."""
        refs: Json = dict(earlier.refs) if earlier else {}
        request = composed.request
        if "post_id" in refs or request["mode"] == COMMENT:
            return Staged(composed=composed, refs=refs)
        if request["media"] and not is_recent(refs.get("uploaded_at"), PHOTO_LIFE):
            refs["photos"] = [self._upload(request["page"], item, load_media) for item in request["media"]]
            refs["uploaded_at"] = datetime.now(UTC).isoformat()
        if self._scrape and "link" in request["fields"]:
            self._refresh_preview(request["fields"]["link"])
        if request["mode"] == "two_phase":
            draft = _feed(request, refs) | {"published": "false"}
            refs["post_id"] = _id_in(self._graph.post(request["page"], "feed", fields=draft), Unreachable)
        return Staged(composed=composed, refs=refs)

    def _upload(self, page: str, item: Mapping[str, str], load_media: LoadMedia) -> str:
        fields = {"published": "false"} | ({"alt_text_custom": item["alt"]} if item["alt"] else {})
        name = "picture.png" if item["mime"] == "image/png" else "picture.jpg"
        source = (name, load_media(item["sha256"]), item["mime"])
        return _id_in(self._graph.post(page, "photos", fields=fields, source=source), Unreachable)

    def _refresh_preview(self, link: str) -> None:
        try:
            self._graph.post("", fields={"id": link, "scrape": "true"})
        except PlatformError:
            # Best effort: a preview that is not fresh is no reason to hold the news back.
            return

    def publish(self, staged: Staged, guard: Guard) -> Receipt | Pending:
        """Send the one visible request: create in the feed, publish the staged post by its id, or comment."""
        request = staged.composed.request
        if request["mode"] == COMMENT:
            return self._comment(request, guard)
        if request["mode"] == "two_phase":
            return self._flip(staged, guard)
        answer = self._graph.publish(request["page"], "feed", fields=_feed(request, staged.refs), guard=guard)
        return receipt(_id_in(answer, OutcomeUnknown), answer)

    def _comment(self, request: Json, guard: Guard) -> Receipt:
        try:
            answer = self._graph.publish(request["post"], "comments", fields=request["fields"], guard=guard)
        except AuthRequired as error:
            if not comments.is_no_permission(error):
                raise
            # A token that may post and not comment is no reason to stop the Page's news.
            raise comments.refused(error) from error
        return comments.receipt(_id_in(answer, OutcomeUnknown), answer)

    def _flip(self, staged: Staged, guard: Guard) -> Receipt:
        post_id = staged.refs.get("post_id")
        if not isinstance(post_id, str):
            raise Unreachable("no draft is staged, so nothing was sent", platform=PLATFORM, code="not-staged")
        try:
            answer = self._graph.publish(post_id, fields={"is_published": "true"}, guard=guard)
        except Rejected as error:
            if error.code != GONE:
                raise
            # A fresh draft may "not exist" for a while (D21), or somebody deleted it (D32): repeating is harmless,
            # and a draft that stays away ends with a person; another one is never made instead.
            raise _gone(error) from error
        if answer.data.get("success") is not True and answer.data.get("id") != post_id:
            raise _odd(answer, OutcomeUnknown, "does not confirm that the post is published")
        return receipt(post_id, answer)

    def progress(self, staged: Staged, pending: Pending) -> Receipt | Pending:  # noqa: ARG002
        """Give ``pending`` back: a Page post never finishes later."""
        return pending

    def find(self, staged: Staged, since: datetime) -> LookUp:
        """Look for the post: a staged draft by its id, and all posts published since ``since``."""
        post_id = staged.refs.get("post_id")
        if staged.composed.request["mode"] == COMMENT:
            return comments.look_up(self._graph, staged.composed, since)
        try:
            draft = self._find_draft(post_id) if isinstance(post_id, str) else None
            if draft is not None and draft.hits:
                return draft
            look = look_up(self._graph, staged.composed, since)
        except (AuthRequired, Rejected) as error:
            return LookUp(hits=(), complete=False, permitted=False, platform_at=error.platform_at, note=str(error))
        # A draft that is still invisible proves nothing alone: a person may have published an earlier, orphaned one.
        if draft is None or look.hits:
            return look
        note = "; ".join(part for part in (draft.note, look.note) if part)
        return replace(look, complete=look.complete and draft.complete, note=note)

    def _find_draft(self, post_id: str) -> LookUp:
        try:
            answer = self._graph.get(post_id, fields="id,is_published,permalink_url,created_time")
        except Rejected as error:
            if error.code != GONE:
                raise
            # Fresh ids were seen to "not exist" for a while (D21); publishing by id again is harmless meanwhile.
            return LookUp(hits=(), complete=False, platform_at=error.platform_at, note="the draft cannot be read")
        published = answer.data.get("is_published")
        readable = isinstance(published, bool) and not answer.cached and answer.platform_at is not None
        return LookUp(
            hits=(receipt(post_id, answer, answer.data),) if published is True else (),
            complete=readable,
            platform_at=answer.platform_at,
            seen=1,
            note="" if published is True else "the draft is not published" if readable else "the draft cannot be read",
        )

    def withdraw(self, receipt: Receipt) -> None:
        """Delete the post; gone already is success."""
        try:
            answer = self._graph.delete(receipt.remote_id)
        except Rejected as error:
            if error.code != GONE:
                raise
            return
        if answer.data.get("success") is not True:
            raise _odd(answer, Unreachable, "does not confirm that the post is deleted")

    def probe(self) -> Probe:
        """Show whether the Page hides its drafts; leaves nothing behind."""
        return canary.probe(self._graph, self._page, wait=self._probe_wait)

    def drafts(self) -> tuple[Draft, ...]:
        """List the Page's drafts."""
        return canary.drafts(self._graph, self._page)

    def discard(self, draft: Draft) -> bool:
        """Delete a draft that is still one."""
        return canary.discard(self._graph, draft)

    def close(self) -> None:
        """Do nothing: no connection outlives its call."""


def _gone(error: PlatformError) -> OutcomeUnknown:
    return OutcomeUnknown(
        f"the staged draft cannot be found: {error}",
        platform=PLATFORM,
        code=error.code,
        http_status=error.http_status,
        request_id=error.request_id,
        platform_at=error.platform_at,
    )


def _feed(request: Json, refs: Json) -> dict[str, str]:
    """Give the form of ``POST /{page}/feed``: the frozen fields and the uploaded pictures."""
    photos = refs.get("photos", ())
    attached = {f"attached_media[{n}]": json.dumps({"media_fbid": photo}) for n, photo in enumerate(photos)}
    return dict(request["fields"]) | attached


def _id_in(answer: Answer, kind: type[PlatformError]) -> str:
    remote_id = answer.data.get("id")
    if not isinstance(remote_id, str) or not remote_id:
        raise _odd(answer, kind, "has no id")
    return remote_id


def _odd(answer: Answer, kind: type[PlatformError], what: str) -> PlatformError:
    return kind(
        f"Facebook's answer {what} (HTTP {answer.status})",
        platform=PLATFORM,
        code="no-id",
        http_status=answer.status,
        platform_at=answer.platform_at,
    )
