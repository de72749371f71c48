"""Finds the shared reference material; a test that needs it skips visibly where it is absent."""

import os
from pathlib import Path

import pytest


def shared(path: str) -> Path:
    """Return ``path`` below the shared folder (``SYNDICATOR_SHARED``, else ``shared`` beside the repository)."""
    root = Path(os.environ.get("SYNDICATOR_SHARED") or Path(__file__).resolve().parents[2] / "shared")
    found = root / path
    if not found.exists():
        pytest.skip(f"needs the shared material: {path}")
    return found
