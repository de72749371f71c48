"""A plugin of pytest: it ends the run when anything but the copy is under test (the product is installed editable)."""

from pathlib import Path

import pytest

import syndicator
import tests


def pytest_configure() -> None:
    """Compare where the packages come from with where pytest was started."""
    for package in (syndicator, tests):
        if Path(package.__path__[0]).resolve().parent != Path.cwd().resolve():
            pytest.exit(f"{package.__name__} comes from {package.__path__[0]}, not from the copy", returncode=9)
