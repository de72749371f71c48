"""Who we say we are when we read (F30): our name, and where whoever runs a source can find the newsroom.

Said once by whoever knows the settings; must not import anything that reads.
"""

from syndicator import __version__

_said = {"contact": ""}


def introduce(url: str | None) -> None:
    """Name the newsroom's own address, for all that this process reads from now on; None names nobody."""
    _said["contact"] = url or ""


def user_agent() -> str:
    """Give the honest name that goes with every request."""
    contact = _said["contact"]
    return f"syndicator/{__version__} ({f'+{contact}; ' if contact else ''}news feed reader)"
