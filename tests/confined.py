"""Confined processes in tests: those of a test can be counted only when none of an earlier test idles here."""

from syndicator.confined import process
from syndicator.service import rendering
from syndicator.sources import _child


def end_all() -> None:
    """End what earlier tests left idle: it is kept for minutes, for the next question."""
    rendering.close()
    _child.close()
    for one in tuple(process.alive):
        one.end()
