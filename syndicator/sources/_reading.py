"""What a reading gives, as values. Must not import anything that reads."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from syndicator.model import Entry


@dataclass(frozen=True, slots=True, kw_only=True)
class Validators:
    """What to send back so that an unchanged document costs nothing; valid for exactly this final URL (F12)."""

    etag: str | None
    last_modified: str | None
    url: str
    digest: str | None = None
    """SHA-256 of the body: an equal one is unchanged, though the server does not say so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """One document as it came over HTTP: ``status`` is 200, 304 or one that was asked for, ``body`` is decompressed,
    ``url`` the final one.
    """

    status: int
    url: str
    body: bytes
    content_type: str
    charset: str | None
    validators: Validators | None
    headers: Mapping[str, str] = field(default_factory=dict)
    """The few headers that a kind reads, by their usual names."""
    moved_to: str = ""
    """Where the address says that it is now for good (301, 308); empty when it says nothing (F16)."""

    def unchanged(self) -> "Reading":
        """Give the reading of a document that is as it was."""
        return Reading(entries=(), validators=self.validators, not_modified=True, url=self.url, moved_to=self.moved_to)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The entries of one source at one instant.

    ``validators`` is None when the document must be fetched in full next time: it gave none, or was read only in
    part (F13; then ``complete`` is False). They may be saved only after every entry is committed.
    """

    entries: tuple[Entry, ...]
    validators: Validators | None = None
    not_modified: bool = False
    title: str = ""
    warnings: tuple[str, ...] = ()
    complete: bool = True
    gone: tuple[str, ...] = ()
    """Guids of entries that the source had and no longer shows to the public (F07)."""
    hub: str = ""
    """The WebSub hub that announces it; empty when it names none."""
    topic: str = ""
    """What the hub calls it."""
    url: str = ""
    """The final address of the document: another name of the source."""
    moved_to: str = ""
    """Where the source says that it is now for good."""

    def of(self, fetched: Fetched) -> "Reading":
        """Add what its document brought along; validators only for one that was read whole (F13)."""
        validators = fetched.validators if self.complete else None
        return replace(self, validators=validators, url=fetched.url, moved_to=fetched.moved_to)
