"""Plays ``posts.imageUpload``: takes a picture (simple or multipart) and gives an upload token."""

import secrets
from datetime import timedelta

from syndicator.sandbox.exchange import Answer, Incoming, Refused
from syndicator.sandbox.pictures import recognise
from syndicator.sandbox.problems import google_error
from syndicator.sandbox.remote import RemoteMedia
from syndicator.sandbox.state import State

IMAGE_BYTES = 16 * 1024 * 1024
LIFE = timedelta(hours=24)


def upload(incoming: Incoming, state: State) -> Answer:
    """Keep the picture and give its token."""
    data = _content(incoming)
    if len(data) > IMAGE_BYTES:
        raise Refused(google_error(413, "uploadTooLarge", "Request Too Large"))
    picture = recognise(data)
    if picture is None:
        raise Refused(
            google_error(400, "imageFormatUnsupported", "The image format is not supported.", domain="youtube.post")
        )
    if not 2 * picture.height <= 5 * picture.width <= 5 * 5 * picture.height // 2:
        message = "The image's aspect ratio must be between 2:5 and 5:2."
        raise Refused(google_error(400, "invalidImageRatio", message, domain="youtube.post"))
    now = state.clock.now()
    media = RemoteMedia(
        platform="youtube",
        id=f"post-image-{secrets.token_urlsafe(18)}",
        mime=picture.mime,
        data=data,
        width=picture.width,
        height=picture.height,
        created_at=now,
        expires_at=now + LIFE,
    )
    state.put_media(media)
    return Answer(body={"kind": "youtube#postImage", "uploadToken": media.id})


def _content(incoming: Incoming) -> bytes:
    """Find the picture: the whole body, or the part of a multipart body that is no JSON."""
    if not incoming.content_type.startswith("multipart/"):
        return incoming.body
    media = [part for part in incoming.parts if "json" not in part.headers.get("content-type", "")]
    if not media:
        raise Refused(google_error(400, "mediaBodyRequired", "The request does not include the image content."))
    return media[-1].data
