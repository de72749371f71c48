"""Plays videos: resumable upload sessions that remember their result, list, change of privacy, delete."""

import re
import secrets
from dataclasses import replace

from syndicator.sandbox.accounts import YOUTUBE
from syndicator.sandbox.exchange import Answer, Incoming, Refused, inner
from syndicator.sandbox.problems import google_error
from syndicator.sandbox.remote import Json, RemotePost
from syndicator.sandbox.state import State

CHUNK = 256 * 1024
SESSION_SECONDS = 7 * 86_400
_RANGE = re.compile(r"bytes (?:\*|(\d+)-(\d+))/(\*|\d+)")


def describe(incoming: Incoming, state: State) -> tuple[str, str]:
    """Say role and words of a request about videos. What makes a public video appear is a visible create."""
    if incoming.method in {"GET", "DELETE"}:
        return ("read" if incoming.method == "GET" else "delete"), ""
    if incoming.method == "POST":
        return "stage", _words(incoming.document)
    if "/upload/" not in incoming.path:
        public = inner(incoming.document, "status").get("privacyStatus") == "public"
        post = state.post("youtube", str(incoming.document.get("id", "")))
        return ("flip" if public else "edit"), _words(incoming.document) or (post.text if post else "")
    session = state.sessions.get(incoming.query.get("upload_id", ""))
    if session is None:
        return "stage", ""
    total, got = int(session["total"]), int(session["got"])
    ends = bool(incoming.body) and got + len(incoming.body) >= total and not session["video"]
    return ("create" if ends and _privacy(session["meta"]) == "public" else "stage"), _words(session["meta"])


def start(incoming: Incoming, state: State) -> Answer:
    """Open a session and give its address."""
    if incoming.query.get("uploadType") != "resumable":
        raise Refused(google_error(400, "badRequest", "Only resumable uploads are played."))
    total = incoming.headers.get("x-upload-content-length", "")
    if not total.isdigit():
        raise Refused(google_error(400, "badRequest", "X-Upload-Content-Length is missing."))
    session_id = secrets.token_urlsafe(24)
    state.sessions[session_id] = {
        "total": int(total),
        "got": 0,
        "meta": incoming.document,
        "video": None,
        "expires": state.clock.epoch() + SESSION_SECONDS,
    }
    state.save()
    query = incoming.raw_query + f"&upload_id={session_id}"
    return Answer(
        headers={"Location": f"{incoming.url}?{query}", "X-GUploader-UploadID": session_id},
        content_type="text/plain; charset=utf-8",
    )


def proceed(incoming: Incoming, state: State) -> Answer:
    """Take a chunk, or say how far the session is (``bytes */N``). A complete session repeats its result."""
    session = state.sessions.get(incoming.query.get("upload_id", ""))
    if session is None or session["expires"] <= state.clock.epoch():
        raise Refused(google_error(404, "notFound", "The upload session was not found."))
    place = _RANGE.fullmatch(
        incoming.headers.get("content-range", f"bytes 0-{len(incoming.body) - 1}/{session['total']}")
    )
    if place is None:
        raise Refused(google_error(400, "badContentRange", "Content-Range is malformed."))
    if place[1] is not None and session["video"] is None:
        _take(session, int(place[1]), incoming.body)
        if session["got"] >= session["total"]:
            session["video"] = _publish(session, state).id
        state.save()
    if session["video"]:
        post = state.post("youtube", session["video"])
        if post is None:
            raise Refused(google_error(404, "videoNotFound", "The video was deleted.", domain="youtube.video"))
        return Answer(body=shown(post, {"snippet", "status"}))
    so_far = {"Range": f"bytes=0-{session['got'] - 1}"} if session["got"] else {}
    return Answer(status=308, headers=so_far, content_type="text/plain; charset=utf-8")


def _take(session: Json, first: int, body: bytes) -> None:
    """Take a chunk that continues where the session stands; what it has already is skipped."""
    got, total = int(session["got"]), int(session["total"])
    last = first + len(body) == total
    if first > got or first + len(body) > total or (len(body) % CHUNK and not last):
        raise Refused(google_error(400, "badContentRange", "The chunk does not continue the upload."))
    session["got"] = max(got, first + len(body))


def _publish(session: Json, state: State) -> RemotePost:
    video_id = secrets.token_urlsafe(8)[:11]
    meta = session["meta"]
    return state.put(
        RemotePost(
            platform="youtube",
            id=video_id,
            url=f"https://www.youtube.com/watch?v={video_id}",
            text=_words(meta),
            created_at=state.clock.now(),
            visible_at=state.visible_from("youtube"),
            published=_privacy(meta) == "public",
            kind="video",
            detail={
                "snippet": inner(meta, "snippet"),
                "status": {**inner(meta, "status"), "privacyStatus": _privacy(meta)},
            },
        )
    )


def listed(incoming: Incoming, state: State) -> Answer:
    """``videos.list`` by id; the owner sees private ones as well."""
    parts = set(incoming.query.get("part", "").split(","))
    posts = [state.post("youtube", video_id) for video_id in incoming.query.get("id", "").split(",")]
    items = [shown(post, parts) for post in posts if post and post.kind == "video"]
    page = {"totalResults": len(items), "resultsPerPage": len(items)}
    return Answer(body={"kind": "youtube#videoListResponse", "pageInfo": page, "items": items})


def update(incoming: Incoming, state: State) -> Answer:
    """``videos.update``: replaces the parts that the body has; ``status.privacyStatus`` publishes."""
    request = incoming.document
    post = _wanted(str(request.get("id", "")), state)
    detail: Json = {**post.detail, **{part: inner(request, part) for part in ("snippet", "status") if part in request}}
    public = detail["status"].get("privacyStatus") == "public"
    if public and not post.published:
        post = replace(post, visible_at=state.visible_from("youtube"))
    post = state.put(replace(post, detail=detail, published=public, text=_words(detail)))
    return Answer(body=shown(post, set(incoming.query.get("part", "").split(","))))


def delete(incoming: Incoming, state: State) -> Answer:
    """``videos.delete``: 204."""
    state.remove("youtube", _wanted(incoming.query.get("id", ""), state).id)
    return Answer(status=204)


def shown(post: RemotePost, parts: set[str]) -> Json:
    """Give the resource of a video with the parts asked for."""
    published_at = post.created_at.isoformat().replace("+00:00", "Z")
    whole: Json = {
        "snippet": {**post.detail["snippet"], "channelId": YOUTUBE["channel_id"], "publishedAt": published_at},
        "status": {"uploadStatus": "processed", **post.detail["status"]},
        "processingDetails": {"processingStatus": "succeeded"},
    }
    resource = {"kind": "youtube#video", "etag": secrets.token_urlsafe(20), "id": post.id}
    return {**resource, **{name: value for name, value in whole.items() if name in parts}}


def _wanted(video_id: str, state: State) -> RemotePost:
    post = state.post("youtube", video_id)
    if post is None or post.kind != "video":
        raise Refused(google_error(404, "videoNotFound", "The video cannot be found.", domain="youtube.video"))
    return post


def _privacy(meta: Json) -> str:
    return str(inner(meta, "status").get("privacyStatus", "public"))


def _words(meta: Json) -> str:
    snippet = inner(meta, "snippet")
    return "\n".join(str(snippet[name]) for name in ("title", "description") if snippet.get(name))
