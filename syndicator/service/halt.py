"""The kill switch: nobody sends while it is on. A file stops this machine, a flag in the post log stops all of them.

Two places, so that it works when the database does not answer. Both are asked in every claim and once more right
before the first byte of a visible request; what is on the wire by then cannot be called back.
"""

import json
import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from syndicator.errors import StoreError, Unreachable
from syndicator.model import Post, State
from syndicator.service.parts import Parts
from syndicator.store import trust, views
from syndicator.store.engine import Connection, Store

NAME = "halted.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Halt:
    """A halt: why, since when, and the file that holds it (None: only the post log does)."""

    reason: str
    at: datetime | None
    file: Path | None = None

    def __str__(self) -> str:
        where = f" by {self.file}" if self.file else ""
        return f"halted{where}: {self.reason}; `syndicator resume` lets everything go on"


def path_of(state_dir: Path) -> Path:
    """Name the file that stops this machine."""
    return state_dir / NAME


def here(parts: Parts) -> Halt | None:
    """Give the halt of this machine; a file that cannot be read halts too."""
    path = path_of(parts.state_dir)
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return Halt(reason=str(found["reason"]), at=datetime.fromisoformat(found["at"]), file=path)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        return Halt(reason=f"the file cannot be read ({error})", at=None, file=path)


def standing(parts: Parts, conn: Connection) -> Halt | None:
    """Give the halt that holds for this process, if there is one."""
    known = trust.get(conn)
    everywhere = Halt(reason=known.halt_reason or "", at=known.halted_at) if known.halted_at else None
    return here(parts) or everywhere


def refuse(parts: Parts, post: Post) -> None:
    """Ask once more, right before the first byte; a log that cannot be asked, or is not ours any more, halts too.

    Raises:
        Unreachable: halted; nothing was written.
    """
    try:
        parts.store.verify()
        with parts.store.read() as conn:
            found = standing(parts, conn)
    except StoreError as error:
        raise Unreachable(f"nobody can say whether sending is halted: {error}", platform=post.platform) from error
    if found is not None:
        raise Unreachable(f"{found} (nothing was written)", platform=post.platform, code="halted")


def stop_here(state_dir: Path, reason: str, at: datetime) -> Path:
    """Stop this machine, whatever becomes of the database; give the file that does it.

    Raises:
        OSError: the file cannot be written.
    """
    path = path_of(state_dir)
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(f".{os.getpid()}")
    with draft.open("w", encoding="utf-8") as file:
        json.dump({"reason": reason, "at": at.isoformat()}, file)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    return path


def stop_everywhere(store: Store, reason: str, at: datetime) -> tuple[Post, ...]:
    """Stop every machine on this post log; give the posts that are being sent this moment."""
    with store.write() as conn:
        trust.halt(conn, reason=reason, at=at)
        return tuple(row.post for row in views.log(conn, state=State.SENDING))


def go_on(state_dir: Path, store: Store) -> bool:
    """End the halt of this machine and of the post log; False when there was none."""
    path = path_of(state_dir)
    there = path.exists()
    with store.write() as conn:
        halted = trust.go_on(conn)
    path.unlink(missing_ok=True)
    return halted or there
