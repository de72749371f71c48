"""What a reading gives, as values. Must not import anything that reads."""

from dataclasses import dataclass

from syndicator.model import Entry


@dataclass(frozen=True, slots=True, kw_only=True)
class Validators:
    """What to send back so that an unchanged document costs nothing; valid for exactly this final URL (F12)."""

    etag: str | None
    last_modified: str | None
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """One document as it came over HTTP: ``status`` is 200 or 304, ``body`` is decompressed, ``url`` the final one."""

    status: int
    url: str
    body: bytes
    content_type: str
    charset: str | None
    validators: Validators | None


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
