"""One line of a journal: how it is written, and how it is read back or refused. Touches no post log."""

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from syndicator.errors import StoreError
from syndicator.model import Json, Post, Receipt
from syndicator.store import codec, replay
from syndicator.store.replay import Intent

_INTENT, _RECEIPT = "intent", "receipt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line: an intent, or a receipt of it."""

    kind: str
    token: str
    post: str
    at: datetime
    epoch: str
    """Which roll-back the post log had last noticed when it was written; empty before the first."""
    where: str
    """File and line, for people."""
    body: Json

    def intent(self) -> Intent | None:
        """Give the intent; None when only its token is known.

        Raises:
            StoreError: it cannot be read.
        """
        if not self.body:
            return None
        try:
            return replay.load(self.body)
        except (KeyError, TypeError, ValueError) as error:
            raise StoreError(damaged(self.where, repr(error))) from error

    def receipt(self) -> Receipt:
        """Give the receipt.

        Raises:
            StoreError: it cannot be read.
        """
        try:
            at = self.body["platform_at"]
            return Receipt(
                remote_id=self.body["remote_id"],
                remote_url=self.body["remote_url"],
                platform_at=codec.load_instant(at) if at else None,
                detail=self.body["detail"],
            )
        except (KeyError, TypeError, ValueError) as error:
            raise StoreError(damaged(self.where, repr(error))) from error


def intent_line(given: Intent, *, log_id: str, epoch: str) -> bytes:
    """Write down an attempt that passed the fence."""
    return _line(
        kind=_INTENT,
        log_id=log_id,
        token=given.token,
        post=given.post.id,
        at=given.fenced_at,
        epoch=epoch,
        body=replay.dump(given),
    )


def receipt_line(post: Post, receipt: Receipt, *, log_id: str, at: datetime) -> bytes:
    """Write down the proof that a post is live."""
    platform_at = receipt.platform_at
    body = {
        "remote_id": receipt.remote_id,
        "remote_url": receipt.remote_url,
        "platform_at": codec.dump_instant(platform_at) if platform_at else None,
        "detail": dict(receipt.detail),
    }
    return _line(kind=_RECEIPT, log_id=log_id, token=post.token or "", post=post.id, at=at, epoch="", body=body)


def _line(*, kind: str, log_id: str, token: str, post: str, at: datetime, epoch: str, body: Json) -> bytes:
    values = {
        "kind": kind,
        "log": log_id,
        "token": token,
        "post": post,
        "at": codec.dump_instant(at),
        "epoch": epoch,
        "body": body,
    }
    return codec.canonical(values).encode() + b"\n"


def legacy_line(path: Path, token: str, at: datetime) -> Line:
    """Give an intent of which only the token is known."""
    return Line(kind=_INTENT, token=token, post="", at=at, epoch="", where=str(path), body={})


def of_intent(line: Line) -> bool:
    """Say whether a line is an intent."""
    return line.kind == _INTENT


def of_receipt(line: Line) -> bool:
    """Say whether a line is a receipt."""
    return line.kind == _RECEIPT


def parsed(path: Path, data: bytes) -> list[tuple[str, Line]]:
    """Give (log id, line) of each line."""
    found = []
    for text in data.split(b"\n")[:-1]:
        where = f"{path}, the line that begins with {text[:40]!r}"
        try:
            values = json.loads(text)
            line = Line(
                kind=values["kind"],
                token=values["token"],
                post=values["post"],
                at=codec.load_instant(values["at"]),
                epoch=values["epoch"],
                where=where,
                body=values["body"],
            )
            found.append((str(values["log"]), line))
        except (KeyError, TypeError, ValueError) as error:
            raise StoreError(damaged(where, str(error) or repr(error))) from error
    return found


def complete(path: Path, start: int) -> tuple[bytes, int]:
    """Give the whole lines from ``start`` on and where they end: a torn last line was never acted upon."""
    try:
        with path.open("rb") as file:
            file.seek(start)
            data = file.read()
    except OSError as error:
        raise StoreError(unreadable(path, error)) from error
    end = data.rfind(b"\n") + 1
    return data[:end], start + end


def unreadable(path: Path, error: Exception) -> str:
    """Say that a file cannot be read, and the remedy."""
    return (
        f"{path}: cannot be read ({error}), and it tells whether the post log is older than what was sent, so nothing "
        f"is sent; let this user read it"
    )


def damaged(where: str, error: str) -> str:
    """Say that a line cannot be understood, and the remedy."""
    return (
        f"{where}: damaged ({error}); the journal tells whether the post log is older than what was sent, so nothing "
        f"is sent. Mend the line, or move the file away: then what only this file knew is not known any more"
    )
