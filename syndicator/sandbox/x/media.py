"""Plays X's media endpoints: one-shot upload of a picture and its alternative text."""

import base64
import binascii
from dataclasses import replace
from datetime import timedelta
from typing import Any

from syndicator.sandbox.exchange import Answer, Incoming, Refused
from syndicator.sandbox.pictures import recognise
from syndicator.sandbox.problems import x_invalid
from syndicator.sandbox.remote import RemoteMedia
from syndicator.sandbox.state import State

IMAGE_BYTES = 5 * 1024 * 1024
GIF_BYTES = 15 * 1024 * 1024
ALT_LENGTH = 1000
LIFE = timedelta(hours=24)
UPLOAD_FIELDS = {"media", "media_category", "additional_owners"}


def upload(incoming: Incoming, state: State) -> Answer:
    """Take a picture, base64 in JSON or raw in multipart, and give its id."""
    data, category = _content(incoming)
    if category not in {"tweet_image", "tweet_gif"}:
        raise Refused(x_invalid("media_category is not one for pictures.", media_category=[category]))
    picture = recognise(data)
    if picture is None:
        raise Refused(x_invalid("The media is not a picture this endpoint takes.", media=["?"]))
    if len(data) > (GIF_BYTES if picture.mime == "image/gif" else IMAGE_BYTES):
        raise Refused(x_invalid("The media is too large.", media=[f"{len(data)} bytes"]))
    now = state.clock.now()
    media = state.put_media(
        RemoteMedia(
            platform="x",
            id=state.snowflake(),
            mime=picture.mime,
            data=data,
            width=picture.width,
            height=picture.height,
            created_at=now,
            expires_at=now + LIFE,
        )
    )
    image = {"image_type": media.mime, "w": media.width, "h": media.height}
    return Answer(
        body={
            "data": {
                "id": media.id,
                "media_key": f"3_{media.id}",
                "size": len(data),
                "expires_after_secs": int(LIFE.total_seconds()),
                "image": image,
            }
        }
    )


def _content(incoming: Incoming) -> tuple[bytes, str]:
    if incoming.content_type == "multipart/form-data":
        files = [part.data for part in incoming.parts if part.name == "media"]
        if not files:
            raise Refused(x_invalid("media is required.", media=[]))
        return files[0], incoming.fields.get("media_category", "")
    request = incoming.document
    if unknown := sorted(request.keys() - UPLOAD_FIELDS):
        raise Refused(x_invalid(f"[{unknown[0]}] is not a field of this request.", **{unknown[0]: ["?"]}))
    try:
        return base64.b64decode(request.get("media", ""), validate=True), str(request.get("media_category", ""))
    except (binascii.Error, TypeError, ValueError):
        raise Refused(x_invalid("media is not base64.", media=["?"])) from None


def describe(incoming: Incoming, state: State) -> Answer:
    """Attach the alternative text to a picture."""
    request = incoming.document
    media_id = str(request.get("id", ""))
    media = state.usable_media("x", media_id)
    if media is None:
        raise Refused(x_invalid("Your media IDs are invalid.", id=[media_id]))
    text = _alt_text(request.get("metadata"))
    if not isinstance(text, str) or len(text) > ALT_LENGTH:
        raise Refused(x_invalid("alt_text.text must be text of at most 1000 characters.", metadata=["?"]))
    state.put_media(replace(media, alt=text))
    return Answer(body={"data": {"id": media_id, "associated_metadata": {"alt_text": {"text": text}}}})


def _alt_text(metadata: Any) -> Any:
    alt = metadata.get("alt_text") if isinstance(metadata, dict) else None
    return alt.get("text") if isinstance(alt, dict) else None
