"""Everything the played platforms remember, in memory and optionally in one file. Thread-safe; speaks no HTTP."""

import json
import os
import secrets
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from syndicator.sandbox.clock import Clock
from syndicator.sandbox.faults import FaultQueue
from syndicator.sandbox.remote import Json, RemoteMedia, RemotePost, load_media, load_post
from syndicator.sandbox.switches import Switches
from syndicator.sandbox.traffic import Traffic

PLATFORMS = {
    "x": "x",
    "twitter": "x",
    "facebook": "facebook",
    "graph": "facebook",
    "youtube": "youtube",
    "google": "google",
}
TWITTER_EPOCH_MS = 1_288_834_974_657
FILE_VERSION = 1


def platform_named(name: str) -> str:
    """Give the sandbox's own name of a platform (``twitter`` is ``x``, ``graph`` is ``facebook``).

    Raises:
        ValueError: no such platform.
    """
    try:
        return PLATFORMS[name]
    except KeyError:
        raise ValueError(f"no such platform: {name}") from None


class State:
    """Posts, media, upload sessions and tokens of all platforms, with the clock, the switches, the log and the faults.

    With ``path`` every change is written to that JSON file, replaced atomically, and read back at the start.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.lock = threading.RLock()
        self.path = path
        self.card_source: Callable[[str], Json | None] = lambda _url: None
        """Asks the sandbox's own newsroom what an article's page says about itself."""
        self._clear()
        if path and path.exists():
            self._load(json.loads(path.read_text(encoding="utf-8")))

    def _clear(self) -> None:
        self.clock = Clock()
        self.switches = Switches()
        self.traffic = Traffic()
        self.faults = FaultQueue()
        self.lags: dict[str, float] = {}
        self.windows: dict[str, tuple[float, int]] = {}
        """Rate limit windows: name -> (start, used)."""
        self.nonces: set[str] = set()
        self.tokens: dict[str, float] = {}
        """Google access tokens -> expiry (sandbox time)."""
        self.sessions: dict[str, Json] = {}
        """YouTube upload sessions by id."""
        self._posts: dict[tuple[str, str], RemotePost] = {}
        self._media: dict[str, RemoteMedia] = {}
        self._rows: dict[str, Json] = {}
        self._serial = 0

    def reset(self) -> None:
        """Forget everything, faults and settings included."""
        with self.lock:
            self._clear()
            self.save()

    # --- posts

    def posts(self, platform: str, *, drafts: bool = False) -> list[RemotePost]:
        """List a platform's published posts, oldest first; with ``drafts`` the unpublished ones as well.

        A post that a time-line lag still hides is in the list: it is live, readers just do not see it yet.
        """
        platform, now = platform_named(platform), self.clock.now()
        with self.lock:
            mine = [post for post in self._posts.values() if post.platform == platform and (drafts or post.live(now))]
        return sorted(mine, key=lambda post: (post.created_at, post.id))

    def visible(self, platform: str) -> list[RemotePost]:
        """List what a reader of the platform sees now, newest first."""
        now = self.clock.now()
        return [post for post in reversed(self.posts(platform)) if post.visible(now)]

    def post(self, platform: str, post_id: str) -> RemotePost | None:
        """Find one post, draft or not."""
        with self.lock:
            return self._posts.get((platform_named(platform), post_id))

    def put(self, post: RemotePost) -> RemotePost:
        """Add or replace a post and write the file."""
        with self.lock:
            self._posts[post.platform, post.id] = post
            self.save()
        return post

    def remove(self, platform: str, post_id: str) -> bool:
        """Delete a post; False when there was none."""
        with self.lock:
            gone = self._posts.pop((platform_named(platform), post_id), None)
            self.save()
        return gone is not None

    def visible_from(self, platform: str) -> datetime:
        """Say when a post created now shows up in reads."""
        return self.clock.now() + timedelta(seconds=self.lags.get(platform, 0))

    # --- media

    def media(self, media_id: str) -> RemoteMedia | None:
        """Find an uploaded picture, expired or not."""
        with self.lock:
            return self._media.get(media_id)

    def usable_media(self, platform: str, media_id: str) -> RemoteMedia | None:
        """Find a picture of that platform that has not expired."""
        found = self.media(media_id)
        if found is None or found.platform != platform:
            return None
        if found.expires_at and found.expires_at <= self.clock.now() and not found.used:
            return None
        return found

    def put_media(self, media: RemoteMedia) -> RemoteMedia:
        """Add or replace a picture and write the file."""
        with self.lock:
            self._media[media.id] = media
            self.save()
        return media

    def use_media(self, media_ids: list[str]) -> tuple[RemoteMedia, ...]:
        """Mark pictures as part of a post and give them."""
        with self.lock:
            for media_id in media_ids:
                self._media[media_id] = replace(self._media[media_id], used=True)
            return tuple(self._media[media_id] for media_id in media_ids)

    # --- names

    def snowflake(self) -> str:
        """Make an id as X does: milliseconds of the sandbox's clock, then a serial number."""
        with self.lock:
            self._serial += 1
            milliseconds = int(self.clock.epoch() * 1000) - TWITTER_EPOCH_MS
            return str((milliseconds << 22) | (self._serial & 0x3FFFFF))

    def number(self) -> str:
        """Make an id as Facebook does: digits that say nothing."""
        with self.lock:
            self._serial += 1
            return f"12{self._serial:06d}{secrets.randbelow(10**7):07d}"

    def card(self, url: str) -> Json | None:
        """Say what the page at ``url`` tells link previews, if it is a page of the sandbox's own newsroom."""
        return self.card_source(url)

    # --- file

    def dump(self) -> Json:
        """The JSON form for people: posts of every platform, media without bytes, counts."""
        with self.lock:
            return {
                "now": self.clock.now().isoformat(),
                "posts": [post.dump() for post in self._posts.values()],
                "media": [media.summary() for media in self._media.values()],
                "bodies": self.traffic.bodies(),
                "flips": self.traffic.flips(),
            }

    def save(self) -> None:
        """Write the file, replaced atomically; nothing happens without one."""
        if self.path is None:
            return
        with self.lock:
            content = {
                "version": FILE_VERSION,
                "serial": self._serial,
                "posts": [post.dump() for post in self._posts.values()],
                "media": [self._row(media) for media in self._media.values()],
                "sessions": self.sessions,
                "counts": self.traffic.dump(),
            }
            fresh = self.path.with_name(self.path.name + ".new")
            fresh.write_text(json.dumps(content), encoding="utf-8")
            os.replace(fresh, self.path)  # noqa: PTH105 - Path.replace is the same call; os.replace says "atomic"

    def _row(self, media: RemoteMedia) -> Json:
        """Give a picture's JSON form, encoded once."""
        if media.id not in self._rows or self._rows[media.id]["used"] != media.used:
            self._rows[media.id] = media.dump()
        return {**self._rows[media.id], "alt": media.alt}

    def _load(self, content: dict[str, Any]) -> None:
        if content.get("version") != FILE_VERSION:
            raise ValueError(f"{self.path}: not a state file of this sandbox")
        self._serial = content["serial"]
        self._media = {row["id"]: load_media(row) for row in content["media"]}
        for row in content["posts"]:
            post = load_post(row, self._media)
            self._posts[post.platform, post.id] = post
        self.sessions = content["sessions"]
        self.traffic.restore(content["counts"])
