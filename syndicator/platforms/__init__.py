"""What a platform is to the rest of syndicator, and how its module is loaded.

A platform is one file, ``platforms/<name>.py``, with five names:

``SPEC``                       :class:`~syndicator.model.PlatformSpec`: credentials and options for the configuration
``capabilities(channel)``      limits and prices; pure
``compose(channel, teaser, marker)``   the exact request to come; pure, needs no credentials and no SDK
``connect(channel, credentials)``      an :class:`Adapter`; the only place that imports the SDK
``remote_id_from_url(channel, url)``   the remote id in an address that a person copied

Previews and dry runs end after ``compose``, so they need no credentials and cannot lie. There is no registry and no
scanning: ``load("twitter")`` imports ``syndicator.platforms.twitter``; a dotted name imports a third party's module.
"""

from datetime import datetime
from importlib import import_module
from typing import Protocol, cast, runtime_checkable

from syndicator.model import (
    Capabilities,
    Channel,
    Composed,
    Credentials,
    Draft,
    Guard,
    Identity,
    LoadMedia,
    LookUp,
    Pending,
    PlatformSpec,
    Probe,
    Receipt,
    Staged,
    Teaser,
)

ALIASES = {"x": "twitter"}


class Adapter(Protocol):
    """One platform seen from one channel. Keeps no state of its own; raises only ``PlatformError``."""

    def whoami(self) -> Identity:
        """Check the credentials; read-only."""
        ...

    def stage(self, composed: Composed, load_media: LoadMedia, earlier: Staged | None) -> Staged:
        """Do all invisible work (uploads, drafts); safe to repeat. ``earlier`` is what a former attempt staged."""
        ...

    def publish(self, staged: Staged, guard: Guard) -> Receipt | Pending:
        """Put exactly one visible, non-repeatable request on the wire, calling ``guard`` right before its first byte.

        Raises:
            PlatformError: ``happened`` says whether it may be live. Everything doubtful is ``OutcomeUnknown``.
        """
        ...

    def progress(self, staged: Staged, pending: Pending) -> Receipt | Pending:
        """Ask how a pending publish is getting on; safe to repeat."""
        ...

    def find(self, staged: Staged, since: datetime) -> LookUp:
        """Read the channel's own timeline back to ``since`` (platform time) and look for the post; read-only."""
        ...

    def withdraw(self, receipt: Receipt) -> None:
        """Delete the remote post; gone already is success."""
        ...

    def close(self) -> None:
        """Close connections."""
        ...


@runtime_checkable
class Probing(Protocol):
    """What an adapter has besides, where its capabilities name ``when_shown``: how it is shown that drafts are hidden.

    All three raise only ``PlatformError``.
    """

    def probe(self) -> Probe:
        """Stage a canary, look whether readers see it, and delete it, also when something fails on the way.

        Raises:
            PlatformError: nothing was shown either way.
        """
        ...

    def drafts(self) -> tuple[Draft, ...]:
        """List what lies staged and invisible at the platform, whoever staged it; read-only."""
        ...

    def discard(self, draft: Draft) -> bool:
        """Delete a draft; False when it is published meanwhile, which keeps it."""
        ...


class Platform(Protocol):
    """The module of one platform."""

    SPEC: PlatformSpec

    def capabilities(self, channel: Channel) -> Capabilities:
        """Limits and prices of the platform for this channel."""
        ...

    def compose(self, channel: Channel, teaser: Teaser, marker: str) -> Composed:
        """Build the exact request that publish will send; pure."""
        ...

    def connect(self, channel: Channel, credentials: Credentials) -> Adapter:
        """Make an adapter. Opens no connection yet."""
        ...

    def remote_id_from_url(self, channel: Channel, url: str) -> str:
        """Read the remote id out of the address a person copied; ValueError when it is not a post's address."""
        ...


@runtime_checkable
class Following(Protocol):
    """What the module of a platform has besides, where its capabilities name ``parts_most``."""

    def follow(self, channel: Channel, teaser: Teaser, marker: str, *, to: str) -> Composed:
        """Build the exact request of a follow-up of the remote post ``to`` (empty in previews); pure."""
        ...


def load(name: str) -> Platform:
    """Import the module of platform ``name`` (``twitter``, its alias ``x``, or a dotted third-party module).

    Raises:
        ModuleNotFoundError: no such platform.
    """
    name = ALIASES.get(name, name)
    module = import_module(name if "." in name else f"syndicator.platforms.{name}")
    return cast(Platform, module)
