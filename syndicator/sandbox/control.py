"""The sandbox's switchboard in Python: script faults, move the clock, read the log. Over HTTP: ``control_http``."""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import timedelta
from typing import Any

from syndicator.sandbox.faults import LOTTERY_KINDS, Fault, Kind, Lottery, When
from syndicator.sandbox.hand import edit_by_hand, post_by_hand
from syndicator.sandbox.newsroom import Newsroom
from syndicator.sandbox.presets import PRESETS
from syndicator.sandbox.remote import Json, RemotePost
from syndicator.sandbox.state import State, platform_named

ROLES = {"create", "flip", "stage", "edit", "delete", "read", "token"}


class Control:
    """What a test or a demonstration may do to the played platforms."""

    def __init__(self, state: State, newsroom: Newsroom, hang_up: Callable[[], None]) -> None:
        self._state = state
        self._newsroom = newsroom
        self._hang_up = hang_up

    # --- faults

    def fault(
        self,
        kind: str,
        *,
        platform: str,
        match: Mapping[str, str] | None = None,
        when: str = "before",
        status: int | None = None,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        delay: float | None = None,
        size: int = 0,
        times: int = 1,
        skip: int = 0,
    ) -> None:
        """Queue a fault.

        ``kind`` is a :class:`Kind` or the name of a preset of that platform (``429``, ``403-duplicate``, ``190`` …).
        ``match`` narrows it: ``method``, ``path`` (below the mount point, Graph without version, ``*`` allowed) and
        ``role`` (``create``, ``flip``, ``stage``, ``edit``, ``delete``, ``read``, ``token``). ``times`` 0: for ever.

        Raises:
            ValueError: unknown kind, platform, role or moment.
        """
        platform, match = platform_named(platform), match or {}
        preset = kind in PRESETS[platform]
        if not preset and kind not in {*Kind}:
            raise ValueError(f"no such fault for {platform}: {kind}")
        if set(match) - {"method", "path", "role"} or match.get("role", "read") not in ROLES:
            raise ValueError(f"cannot match by {dict(match)}")
        fault = Fault(
            platform=platform,
            kind=Kind.STATUS if preset else Kind(kind),
            when=When(when),
            method=match.get("method"),
            path=match.get("path"),
            role=match.get("role"),
            status=status,
            body=body,
            headers=headers or {},
            delay=delay,
            size=size,
            times=times,
            skip=skip,
            name=kind if preset else "",
        )
        self._state.faults.add(fault)

    def lottery(
        self,
        *,
        seed: int,
        rate: float,
        platform: str | None = None,
        role: str | None = None,
        kinds: Sequence[str] = LOTTERY_KINDS,
        delay: float = 0.3,
    ) -> None:
        """Let requests meet random faults; the same seed and requests give the same faults."""
        self._state.faults.add_lottery(
            Lottery(
                platform=platform_named(platform) if platform else None,
                role=role,
                rate=rate,
                random=random.Random(seed),
                kinds=tuple(Kind(kind) for kind in kinds),
                delay=delay,
            )
        )

    def faults(self) -> list[Json]:
        """List the scripted faults to come."""
        return [asdict(fault) for fault in self._state.faults.pending()]

    def clear_faults(self) -> None:
        """Forget all faults to come."""
        self._state.faults.clear()

    def hang_up(self) -> None:
        """Close every open connection, as a server does with idle ones: the next request finds a stale connection."""
        self._hang_up()

    # --- conditions

    def lag(self, platform: str, seconds: float) -> None:
        """Let posts created from now on show up in reads only after that many seconds."""
        self._state.lags[platform_named(platform)] = seconds

    def clock(self, *, offset: float | None = None, date: str | None = None) -> None:
        """Set the sandbox's clock off by ``offset`` seconds, or falsify its ``Date`` header.

        ``date``: ``missing``, ``garbage``, any text sent as it is, or empty for the truth.
        """
        if offset is not None:
            self._state.clock.offset = offset
        if date is not None:
            self._state.clock.date = date

    def advance(self, seconds: float) -> None:
        """Move the sandbox's clock on (or back) from where it is."""
        self._state.clock.offset += seconds

    def switch(self, **changes: Any) -> None:
        """Change limits and permissions; see :class:`~syndicator.sandbox.switches.Switches`."""
        self._state.switches = self._state.switches.changed(**changes)

    def reset(self) -> None:
        """Forget posts, faults, log and settings."""
        self._state.reset()

    # --- what people do on the platforms themselves

    def by_hand(
        self, platform: str, text: str = "By hand", *, link: str | None = None, count: int = 1
    ) -> list[RemotePost]:
        """Add posts that an editor made on the platform itself, numbered when there are several."""
        texts = [f"{text} {number}" for number in range(1, count + 1)] if count > 1 else [text]
        return [post_by_hand(self._state, platform_named(platform), words, link=link) for words in texts]

    def remove(self, platform: str, post_id: str) -> bool:
        """Delete a post as an editor would on the platform itself."""
        return self._state.remove(platform, post_id)

    def edit(self, platform: str, post_id: str, text: str) -> None:
        """Change a post's words as an editor would.

        Raises:
            KeyError: no such post.
        """
        edit_by_hand(self._state, self._existing(platform, post_id), text)

    def age(self, platform: str, post_id: str, seconds: float) -> None:
        """Make a post older.

        Raises:
            KeyError: no such post.
        """
        post, earlier = self._existing(platform, post_id), timedelta(seconds=seconds)
        self._state.put(replace(post, created_at=post.created_at - earlier, visible_at=post.visible_at - earlier))

    def _existing(self, platform: str, post_id: str) -> RemotePost:
        post = self._state.post(platform, post_id)
        if post is None:
            raise KeyError(post_id)
        return post

    def article(self, **fields: Any) -> Json:
        """Publish a new article in the sandbox's newsroom; give its number, title and address."""
        article = self._newsroom.publish(**fields)
        return {
            "number": article.number,
            "slug": article.slug,
            "title": article.title,
            "summary": article.summary,
            "url": self._newsroom.url(article),
            "published_at": article.published_at.isoformat(),
        }

    # --- reading

    def requests(self, platform: str | None = None) -> list[Json]:
        """List the requests whose body arrived completely, oldest first."""
        return self._state.traffic.requests(platform_named(platform) if platform else None)

    def bodies(self, platform: str | None = None) -> dict[str, int]:
        """Count complete bodies of visible creates by logical send: by marker, else by the SHA-256 of the words."""
        return self._state.traffic.bodies(platform_named(platform) if platform else None)

    def flips(self, platform: str | None = None) -> dict[str, int]:
        """Count complete bodies of publish flips by logical send."""
        return self._state.traffic.flips(platform_named(platform) if platform else None)

    def state(self) -> Json:
        """Give everything the platforms have, as JSON."""
        return self._state.dump()
