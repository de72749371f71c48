"""Named I/O boundaries of delivery: the instants at which a process may die and the promises must still hold.

The product calls :func:`reached` and nothing happens. The crash tests install a hook that kills the process there;
a boundary that is never hit by them is a failure (see ``tests/crash``). No environment variable, no setting, no flag
reaches this: only code that imports it can set the hook.
"""

from collections.abc import Callable
from enum import StrEnum


class Boundary(StrEnum):
    """Every named boundary, in the order in which one delivery passes them."""

    COMPOSED = "composed"
    BEFORE_CLAIM = "before claim"
    CLAIM_WRITTEN = "claim written, not committed"
    CLAIMED = "claim committed"
    BEFORE_STAGE = "before stage"
    STAGED = "staged, not recorded"
    STAGE_RECORDED = "stage recorded"
    FENCED = "fence committed"
    JOURNALED = "intent in the journal"
    WIRE_CONNECTED = "connected, nothing written"
    WIRE_HEADERS = "headers written"
    WIRE_HALF_BODY = "half the body written"
    WIRE_BODY = "body written"
    WIRE_STATUS = "status line read"
    WIRE_ANSWER = "answer read"
    BEFORE_RECORD = "receipt in hand, not recorded"
    RECEIPT_JOURNALED = "receipt in the journal, not recorded"
    RECORD_WRITTEN = "receipt written, not committed"
    RECORDED = "receipt committed"
    BEFORE_LOOK_UP = "before look-up"
    LOOKED_UP = "looked up, not recorded"
    LOOK_UP_RECORDED = "look-up recorded"


_hooks: list[Callable[[Boundary], None]] = []


def reached(boundary: Boundary) -> None:
    """Say that ``boundary`` was reached."""
    for hook in _hooks:
        hook(boundary)


def install(hook: Callable[[Boundary], None] | None) -> None:
    """Install the crash tests' hook in place of any other (None removes it)."""
    _hooks[:] = [] if hook is None else [hook]
