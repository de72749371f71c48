"""Plays the YouTube Data API: dispatch, the channel, and the pilot's ``posts`` resource."""

import re
import secrets
from collections.abc import Callable
from dataclasses import replace

from syndicator.sandbox.accounts import YOUTUBE
from syndicator.sandbox.exchange import Answer, Incoming, Refused, inner
from syndicator.sandbox.google_token import authenticate
from syndicator.sandbox.problems import google_error
from syndicator.sandbox.remote import Json, RemoteMedia, RemotePost
from syndicator.sandbox.state import State
from syndicator.sandbox.x.text import links
from syndicator.sandbox.youtube import images as youtube_images
from syndicator.sandbox.youtube import videos as youtube_videos

MANAGE = ("youtube.force-ssl",)
UPLOAD = ("youtube.force-ssl", "youtube.upload")
READ = ("youtube.force-ssl", "youtube.readonly")
PARTS = {"id", "snippet", "attachments", "statistics", "status"}
IMAGES = 10
POSTS, IMAGE = r"/youtube/v3/posts", r"/upload/youtube/v3/posts/image"
VIDEOS, VIDEO_UPLOAD = r"/youtube/v3/videos", r"(?:/resumable)?/upload/youtube/v3/videos"


class YouTubePlatform:
    """YouTube as one channel's project sees it."""

    name = "youtube"
    mount = "/youtube-api"

    def __init__(self, state: State) -> None:
        self._state = state
        self._routes: list[tuple[str, str, tuple[str, ...], Callable[[Incoming], Answer]]] = [
            ("POST", POSTS, MANAGE, self._pilot(self._insert)),
            ("GET", POSTS, READ, self._pilot(self._list)),
            ("PUT", POSTS, MANAGE, self._pilot(self._update)),
            ("DELETE", POSTS, MANAGE, self._pilot(self._delete)),
            ("POST", IMAGE, UPLOAD, self._pilot(lambda incoming: youtube_images.upload(incoming, state))),
            ("GET", r"/youtube/v3/channels", READ, self._channels),
            ("GET", VIDEOS, READ, lambda incoming: youtube_videos.listed(incoming, state)),
            ("PUT", VIDEOS, MANAGE, lambda incoming: youtube_videos.update(incoming, state)),
            ("DELETE", VIDEOS, MANAGE, lambda incoming: youtube_videos.delete(incoming, state)),
            ("POST", VIDEO_UPLOAD, UPLOAD, lambda incoming: youtube_videos.start(incoming, state)),
            ("PUT", VIDEO_UPLOAD, UPLOAD, lambda incoming: youtube_videos.proceed(incoming, state)),
        ]

    def describe(self, incoming: Incoming) -> tuple[str, str, str]:
        """Say path, role and words."""
        if incoming.method == "POST" and re.fullmatch(POSTS, incoming.path):
            return incoming.path, "create", str(_snippet(incoming).get("textDisplay", ""))
        if re.fullmatch(rf"{VIDEOS}|{VIDEO_UPLOAD}", incoming.path):
            return incoming.path, *youtube_videos.describe(incoming, self._state)
        roles = {"GET": "read", "DELETE": "delete", "PUT": "edit"}
        return incoming.path, roles.get(incoming.method, "stage"), ""

    async def answer(self, incoming: Incoming) -> Answer:
        """Do what YouTube does; every refusal ends up here."""
        try:
            for method, pattern, scopes, act in self._routes:
                if incoming.method == method and re.fullmatch(pattern, incoming.path):
                    authenticate(incoming, self._state, *scopes)
                    with self._state.lock:
                        return act(incoming)
        except Refused as refusal:
            return refusal.answer
        return google_error(404, "notFound", "Not Found")

    def _pilot(self, act: Callable[[Incoming], Answer]) -> Callable[[Incoming], Answer]:
        """Turn projects outside the pilot away."""

        def guarded(incoming: Incoming) -> Answer:
            if self._state.switches.pilot:
                return act(incoming)
            if self._state.switches.pilot_refusal == 403:
                raise Refused(google_error(403, "forbidden", "The project may not use this method."))
            raise Refused(google_error(404, "notFound", "Method not found."))

        return guarded

    # --- posts

    def _insert(self, incoming: Incoming) -> Answer:
        parts = _parts(incoming)
        snippet = _checked(incoming, {"kind", "etag", "id", "snippet", "attachments"}, _snippet(incoming))
        if snippet.get("channelId", YOUTUBE["channel_id"]) != YOUTUBE["channel_id"]:
            raise Refused(google_error(403, "forbidden", "The channel is not yours."))
        images = self._images(incoming)
        text = self._text(snippet, required=not images)
        post_id = f"Ugkx{secrets.token_urlsafe(24)}"
        found = links(text)
        post = RemotePost(
            platform="youtube",
            id=post_id,
            url=f"https://www.youtube.com/post/{post_id}",
            text=text,
            link=found[0].target if found else None,
            created_at=self._state.clock.now(),
            visible_at=self._state.visible_from("youtube"),
            media=self._state.use_media([image.id for image in images]),
        )
        self._state.put(post)
        return Answer(body=shown(post, parts))

    def _text(self, snippet: Json, *, required: bool) -> str:
        text = snippet.get("textDisplay", "")
        if not isinstance(text, str) or (required and not text.strip()):
            raise Refused(
                google_error(400, "required", "Required", domain="youtube.post", location="snippet.textDisplay")
            )
        if len(text) > self._state.switches.youtube_text_limit:
            raise Refused(google_error(400, "postTextTooLong", "The post's text is too long.", domain="youtube.post"))
        return text

    def _images(self, incoming: Incoming) -> list[RemoteMedia]:
        items = inner(incoming.document, "attachments").get("imageAttachments", [])
        if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
            raise Refused(google_error(400, "badRequest", "imageAttachments must be a list of objects."))
        if len(items) > IMAGES:
            raise Refused(google_error(400, "tooManyImages", "A post has at most 10 images.", domain="youtube.post"))
        images = [self._state.usable_media("youtube", str(item.get("uploadToken", ""))) for item in items]
        good = [image for image in images if image is not None and not image.used]
        if len(good) != len(items):
            raise Refused(google_error(400, "invalidUploadToken", "Invalid upload token.", domain="youtube.post"))
        return good

    def _list(self, incoming: Incoming) -> Answer:
        parts, query = _parts(incoming), incoming.query
        if not {"id", "channelId"} & query.keys():
            message = "No filter selected. Expected one of: id, channelId"
            raise Refused(google_error(400, "missingRequiredParameter", message, location="parameters."))
        posts = [post for post in self._state.visible("youtube") if post.kind == "post"]
        if "id" in query:
            posts = [post for post in posts if post.id in query["id"].split(",")]
        elif query["channelId"] != YOUTUBE["channel_id"]:
            posts = []
        return Answer(body=page_of(incoming, "youtube#postListResponse", [shown(post, parts) for post in posts]))

    def _update(self, incoming: Incoming) -> Answer:
        parts = _parts(incoming)
        post = self._wanted(str(incoming.document.get("id", "")))
        text = self._text(_snippet(incoming), required=not post.media)
        return Answer(body=shown(self._state.put(replace(post, text=text)), parts))

    def _delete(self, incoming: Incoming) -> Answer:
        post = self._wanted(incoming.query.get("id", ""))
        self._state.remove("youtube", post.id)
        return Answer(body={})

    def _wanted(self, post_id: str) -> RemotePost:
        post = self._state.post("youtube", post_id)
        if post is None or post.kind != "post":
            raise Refused(google_error(404, "postNotFound", "The post cannot be found.", domain="youtube.post"))
        return post

    # --- channel

    def _channels(self, incoming: Incoming) -> Answer:
        parts = _parts(incoming, {"id", "snippet", "status", "statistics", "contentDetails"})
        ids = incoming.query.get("id", "").split(",")
        if incoming.query.get("mine") != "true" and YOUTUBE["channel_id"] not in ids:
            return Answer(body=page_of(incoming, "youtube#channelListResponse", []))
        whole: Json = {
            "snippet": {
                "title": YOUTUBE["title"],
                "customUrl": YOUTUBE["handle"],
                "publishedAt": "2019-03-01T08:00:00Z",
            },
            "status": {
                "privacyStatus": "public",
                "isLinked": True,
                "longUploadsStatus": "allowed",
                "madeForKids": False,
            },
            "statistics": {"viewCount": "104900", "subscriberCount": "1049", "videoCount": "3"},
            "contentDetails": {"relatedPlaylists": {"uploads": YOUTUBE["channel_id"].replace("UC", "UU", 1)}},
        }
        channel = {"kind": "youtube#channel", "etag": secrets.token_urlsafe(20), "id": YOUTUBE["channel_id"]}
        channel |= {name: value for name, value in whole.items() if name in parts}
        return Answer(body=page_of(incoming, "youtube#channelListResponse", [channel]))


def shown(post: RemotePost, parts: set[str]) -> Json:
    """Give the resource of a post with the parts asked for."""
    images = [{"imagePreview": {"url": f"https://yt3.example/{image.id}"}} for image in post.media]
    whole: Json = {
        "snippet": {
            "channelId": YOUTUBE["channel_id"],
            "textDisplay": post.text,
            "publishTime": post.created_at.isoformat().replace("+00:00", "Z"),
        },
        "attachments": {"imageAttachments": images} if images else {},
        "statistics": {"likeCount": "0", "commentCount": "0"},
        "status": {"processingStatus": "processed", "publishingStatus": "published", "archiveState": "notArchived"},
    }
    resource = {"kind": "youtube#post", "etag": secrets.token_urlsafe(20), "id": post.id}
    return {**resource, **{name: value for name, value in whole.items() if name in parts}}


def page_of(incoming: Incoming, kind: str, items: list[Json]) -> Json:
    """Give one page of a list."""
    size = incoming.query.get("maxResults", "5")
    if not size.isdigit() or not 0 <= int(size) <= 50:
        raise Refused(google_error(400, "invalidParameter", "Invalid value for maxResults", location="maxResults"))
    token = "" if incoming.repeat else incoming.query.get("pageToken", "")
    if token and not re.fullmatch(r"C[0-9a-f]+", token):
        raise Refused(google_error(400, "invalidPageToken", "The page token is invalid.", location="pageToken"))
    start = int(token[1:], 16) if token else 0
    end = start + max(1, int(size))
    body: Json = {"kind": kind, "etag": secrets.token_urlsafe(20)}
    if end < len(items):
        body["nextPageToken"] = f"C{end:x}"
    return {**body, "pageInfo": {"totalResults": len(items), "resultsPerPage": int(size)}, "items": items[start:end]}


def _parts(incoming: Incoming, known: set[str] = PARTS) -> set[str]:
    parts = {part.strip() for part in incoming.query.get("part", "").split(",") if part.strip()}
    if not parts:
        raise Refused(google_error(400, "missingRequiredParameter", "Required parameter: part", location="part"))
    if unknown := sorted(parts - known):
        raise Refused(google_error(400, "unknownPart", unknown[0], domain="youtube.part", location="part"))
    return parts


def _snippet(incoming: Incoming) -> Json:
    return inner(incoming.document, "snippet")


def _checked(incoming: Incoming, known: set[str], snippet: Json) -> Json:
    """Refuse a body that is no object or has unknown names, as Google's JSON front end does."""
    if not isinstance(incoming.json, dict):
        raise Refused(google_error(400, "parseError", "This API does not support parsing form-encoded input."))
    unknown = [
        *sorted(incoming.document.keys() - known),
        *sorted(snippet.keys() - {"channelId", "textDisplay", "publishTime"}),
    ]
    if unknown:
        message = f'Invalid JSON payload received. Unknown name "{unknown[0]}": Cannot find field.'
        raise Refused(google_error(400, "badRequest", message))
    return snippet
