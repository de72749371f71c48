"""Find the templates and example configurations that come with syndicator, and copy them for a newsroom.

In an installed package they lie in ``_shipped/``; in a checkout at the top of the repository. A file that is already
there is never overwritten unless asked: it may hold an editor's work.
"""

import os
from pathlib import Path

from syndicator.errors import ConfigError, Problem

_PACKAGE = Path(__file__).parent


def _root() -> Path:
    inside = _PACKAGE / "_shipped"
    return inside if inside.is_dir() else _PACKAGE.parent


def templates() -> Path:
    """Give the folder of the shipped templates."""
    return _root() / "templates"


def config(name: str) -> Path:
    """Give the path of a shipped configuration, ``syndicator.toml`` or ``demo.toml``."""
    return _root() / "config" / name


def layout(directory: Path) -> dict[Path, Path]:
    """Say what :func:`init` lays out: where each file goes, and the shipped file it comes from."""
    teasers = sorted(templates().glob("*.j2"))
    example = {directory / "config" / name: config(name) for name in ("syndicator.toml", "syndicator.service")}
    return example | {directory / "templates" / teaser.name: teaser for teaser in teasers}


def init(directory: Path, *, force: bool = False) -> list[Path]:
    """Copy the example configuration and the templates into ``directory``; give the files written.

    A file of ``layout(directory)`` that is not among them was there before and is kept; ``force`` replaces it.

    Raises:
        ConfigError: the folder cannot be written.
    """
    written = []
    for target, origin in layout(directory).items():
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            if _write(target, origin.read_bytes(), force=force):
                written.append(target)
        except OSError as error:
            hint = "choose a folder that you may write to"
            message = f"cannot be written: {error.strerror}"
            raise ConfigError([Problem(file=str(target), key="", message=message, hint=hint)]) from None
    return written


def _write(target: Path, data: bytes, *, force: bool) -> bool:
    """Write a new file; say False when there is one already (even a broken link) and it stays."""
    if force and os.path.lexists(target):
        target.unlink()
    try:
        with target.open("xb") as stream:
            stream.write(data)
    except FileExistsError:
        return False
    return True
