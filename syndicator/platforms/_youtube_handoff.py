"""The ``handoff`` and ``auto`` drivers: a person presses *Post*, or Google's API does where the project may use it.

Handing over touches no network: everything is prepared, the person gets text, picture and the composer's address, and
the post counts as published only once its address is known. This module must not open, fill or read any YouTube page
(terms of service).
"""

from datetime import datetime

from syndicator.errors import AuthRequired, Rejected
from syndicator.model import Composed, Guard, Identity, Json, LoadMedia, LookUp, Pending, Receipt, Staged
from syndicator.platforms._youtube_api import ApiAdapter

PLATFORM = "youtube"
NOT_READABLE = "handed to a person: only the person can say whether it was posted"


class HandoffAdapter:
    """Hands every post of one YouTube channel to a person."""

    def __init__(self, *, channel_id: str, why: str = "") -> None:
        self._channel_id = channel_id
        self._why = why

    def whoami(self) -> Identity:
        """Give the configured channel; nobody is asked."""
        why = f" ({self._why})" if self._why else ""
        warning = f"posts are handed to a person: YouTube's posts API is a closed pilot{why}"
        return Identity(remote_id=self._channel_id, name="", warnings=(warning,))

    def stage(self, composed: Composed, load_media: LoadMedia, earlier: Staged | None) -> Staged:  # noqa: ARG002
        """Prepare nothing: what the person needs is frozen already."""
        return Staged(composed=composed, refs={})

    def publish(self, staged: Staged, guard: Guard) -> Receipt | Pending:
        """Hand over. Nothing becomes visible by it, so this is never doubtful."""
        guard()
        return Pending(person=True, detail=handover(staged.composed))

    def progress(self, staged: Staged, pending: Pending) -> Receipt | Pending:  # noqa: ARG002
        """Give ``pending`` back: only a person's answer ends it."""
        return pending

    def find(self, staged: Staged, since: datetime) -> LookUp:  # noqa: ARG002
        """Say that nothing may be read."""
        return LookUp(hits=(), complete=False, permitted=False, note=NOT_READABLE)

    def withdraw(self, receipt: Receipt) -> None:
        """Refuse: a person has to delete the post.

        Raises:
            Rejected: always.
        """
        raise Rejected(
            f"a person has to delete this post by hand: {receipt.remote_url}", platform=PLATFORM, code="handoff"
        )

    def close(self) -> None:
        """Have nothing to close."""


def handover(composed: Composed) -> Json:
    """Give what the person needs: composer address, text, picture by its SHA-256, and the marker's link."""
    media = composed.request["media"]
    return {
        "channel_id": composed.request["channel_id"],
        "composer_url": composed.request["composer_url"],
        "text": composed.request["text"],
        "link": composed.teaser.link,
        "image_sha256": media[0]["sha256"] if media else None,
        "image_mime": media[0]["mime"] if media else None,
        "image_alt": media[0]["alt"] if media else "",
        "marker": composed.marker,
    }


class AutoAdapter:
    """Uses the API when a probe of the posts list succeeds, else a person. What was staged decides from then on."""

    def __init__(self, api: ApiAdapter, *, channel_id: str) -> None:
        self._api = api
        self._channel_id = channel_id

    def whoami(self) -> Identity:
        """Say who posts at present: the credentials' channel, or a person."""
        why = self._refusal()
        return self._handoff(why).whoami() if why else self._api.whoami()

    def _refusal(self) -> str:
        try:
            return self._api.probe()
        except AuthRequired as error:
            return str(error)

    def _handoff(self, why: str = "") -> HandoffAdapter:
        return HandoffAdapter(channel_id=self._channel_id, why=why)

    def _driver(self, staged: Staged) -> ApiAdapter | HandoffAdapter:
        return self._api if staged.refs.get("driver") == "api" else self._handoff()

    def stage(self, composed: Composed, load_media: LoadMedia, earlier: Staged | None) -> Staged:
        """Choose the driver (an earlier choice stays, R17) and stage with it.

        Raises:
            PlatformError: YouTube cannot be asked right now; an outage alone hands nothing to a person.
        """
        refs: Json = dict(earlier.refs) if earlier else {}
        if "driver" not in refs:
            why = self._refusal()
            refs |= {"driver": "handoff", "why": why} if why else {"driver": "api"}
        chosen = Staged(composed=composed, refs=refs)
        return self._api.stage(composed, load_media, chosen) if refs["driver"] == "api" else chosen

    def publish(self, staged: Staged, guard: Guard) -> Receipt | Pending:
        """Publish with the driver that was staged."""
        return self._driver(staged).publish(staged, guard)

    def progress(self, staged: Staged, pending: Pending) -> Receipt | Pending:
        """Ask the driver that was staged."""
        return self._driver(staged).progress(staged, pending)

    def find(self, staged: Staged, since: datetime) -> LookUp:
        """Look with the driver that was staged."""
        return self._driver(staged).find(staged, since)

    def withdraw(self, receipt: Receipt) -> None:
        """Delete through the API where it is open; else say that a person has to."""
        try:
            self._api.withdraw(receipt)
        except (AuthRequired, Rejected):
            self._handoff().withdraw(receipt)

    def close(self) -> None:
        """Close connections."""
        self._api.close()
