"""The bytes of pictures, kept by their SHA-256 so that every attempt sends the same picture."""

import hashlib

from sqlalchemy import Connection, select

from syndicator.errors import StoreError
from syndicator.model import Media
from syndicator.store.faults import RESTORE, Damaged
from syndicator.store.rows import insert_new
from syndicator.store.schema import media as table


def put(conn: Connection, media: Media, data: bytes) -> None:
    """Keep a picture; again is harmless. The alternative text stays with the post.

    Raises:
        ValueError: the bytes are not those that ``media`` names.
    """
    if hashlib.sha256(data).hexdigest() != media.sha256 or len(data) != media.size:
        raise ValueError(f"the bytes are not those of picture {media.sha256}")
    row = {"sha256": media.sha256, "mime": media.mime, "width": media.width, "height": media.height, "size": media.size}
    insert_new(conn, table, [row | {"bytes": data}])


def load(conn: Connection, sha256: str) -> bytes:
    """Give the bytes of a picture.

    Raises:
        StoreError: the picture is not kept here, or no longer what it was.
    """
    data = conn.execute(select(table.c.bytes).where(table.c.sha256 == sha256)).scalar_one_or_none()
    if data is None:
        raise StoreError(f"picture {sha256} is not in the post log")
    if hashlib.sha256(data).hexdigest() != sha256:
        raise Damaged(f"picture {sha256} is not what was stored: the post log is damaged ({RESTORE})")
    return bytes(data)
