"""What the played platforms keep: posts and media, as frozen values with their JSON form. No behaviour."""

import base64
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteMedia:
    """An uploaded picture. ``expires_at``: when a platform forgets it unless a post uses it."""

    platform: str
    id: str
    mime: str
    data: bytes
    width: int
    height: int
    created_at: datetime
    expires_at: datetime | None = None
    alt: str = ""
    used: bool = False

    def dump(self) -> Json:
        """The JSON form, bytes included."""
        return {**self.summary(), "data": base64.b64encode(self.data).decode(), "used": self.used}

    def summary(self) -> Json:
        """The JSON form without the bytes; those are at ``/media/<id>``."""
        return {
            "platform": self.platform,
            "id": self.id,
            "mime": self.mime,
            "size": len(self.data),
            "width": self.width,
            "height": self.height,
            "alt": self.alt,
            "created_at": self.created_at.isoformat(),
            "expires_at": self.expires_at.isoformat() if self.expires_at else None,
            "url": f"/media/{self.id}",
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class RemotePost:
    """One post as the platform has it. ``published`` False is a draft; readers see it from ``visible_at`` on."""

    platform: str
    id: str
    url: str
    text: str
    """The words as they were sent; links not shortened, nothing escaped."""
    created_at: datetime
    visible_at: datetime
    link: str | None = None
    published: bool = True
    kind: str = "post"
    """``post``, ``video``, or Facebook's ``comment``."""
    author: str = "app"
    """``app``: came over the API; ``hand``: a person posted it on the platform itself."""
    media: tuple[RemoteMedia, ...] = ()
    entities: Json = field(default_factory=dict)
    """X: link, tag and mention entities of the text as read back."""
    detail: Json = field(default_factory=dict)
    """What only one platform knows (``scheduled_at``, ``title``, ``privacy``, the text as read back …).

    ``in_reply_to`` is the id of the post that an answer on X, or a comment, stands under.
    """

    def visible(self, now: datetime) -> bool:
        """True when a reader of the platform sees it at ``now``."""
        return self.live(now) and self.visible_at <= now

    def live(self, now: datetime) -> bool:
        """True when it is published: at once, by a flip, or because its scheduled time has come."""
        due = self.detail.get("scheduled_at")
        return self.published or (due is not None and datetime.fromisoformat(due) <= now)

    def dump(self) -> Json:
        """The JSON form; media without their bytes."""
        return {
            "platform": self.platform,
            "id": self.id,
            "url": self.url,
            "text": self.text,
            "link": self.link,
            "created_at": self.created_at.isoformat(),
            "visible_at": self.visible_at.isoformat(),
            "published": self.published,
            "kind": self.kind,
            "author": self.author,
            "media": [media.summary() for media in self.media],
            "entities": self.entities,
            "detail": self.detail,
        }


def load_media(row: Json) -> RemoteMedia:
    """Read the JSON form of :meth:`RemoteMedia.dump` back."""
    expires_at = row["expires_at"]
    return RemoteMedia(
        platform=row["platform"],
        id=row["id"],
        mime=row["mime"],
        data=base64.b64decode(row["data"]),
        width=row["width"],
        height=row["height"],
        alt=row["alt"],
        created_at=datetime.fromisoformat(row["created_at"]),
        expires_at=datetime.fromisoformat(expires_at) if expires_at else None,
        used=row["used"],
    )


def load_post(row: Json, media: dict[str, RemoteMedia]) -> RemotePost:
    """Read the JSON form of :meth:`RemotePost.dump` back; ``media`` has the pictures by id."""
    return RemotePost(
        platform=row["platform"],
        id=row["id"],
        url=row["url"],
        text=row["text"],
        link=row["link"],
        created_at=datetime.fromisoformat(row["created_at"]),
        visible_at=datetime.fromisoformat(row["visible_at"]),
        published=row["published"],
        kind=row["kind"],
        author=row["author"],
        media=tuple(media[item["id"]] for item in row["media"] if item["id"] in media),
        entities=row["entities"],
        detail=row["detail"],
    )
