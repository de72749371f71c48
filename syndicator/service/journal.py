"""The journal: what this machine sent, in a file of its own that no fail-over and no restored backup can take back.

One line before a post may become visible (the *intent*, with all that is needed to re-create it), one line with the
proof of publication before that is recorded in the post log (the *receipt*, D08). Each line is durable before its
writer goes on (R15). Every machine appends to its own file; all files in the folder are read.

It must not decide what a difference to the post log means: that is ``quarantine``'s.
"""

import errno
import fcntl
import json
import os
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog

from syndicator.errors import StoreError
from syndicator.model import Post, Receipt
from syndicator.service.journal_line import (
    Line,
    complete,
    intent_line,
    legacy_line,
    of_intent,
    of_receipt,
    parsed,
    receipt_line,
    unreadable,
)
from syndicator.store import codec, replay
from syndicator.store.replay import Intent

log = structlog.get_logger("syndicator.journal")

FILES = "intents-*.jsonl"
LEGACY = "last-attempt.json"
"""What an earlier version kept instead: the token of its last attempt."""
BYTES_MOST = 8_000_000
"""A longer file is compacted …"""
BYTES_KEPT = 4_000_000
"""… to at most so much,"""
KEPT_FOR = timedelta(days=35)
"""… and to lines that are younger than this."""
LINES_KEPT = 200
"""Whatever a clock that leapt says of their age, the newest lines stay."""
TIPS = 16
"""So many of the newest attempts are asked for each time: attempts of several processes pass each other."""
LOCK_PATIENCE = 5.0


@dataclass(slots=True)
class Watch:
    """What one process still has to compare with the post log."""

    log_id: str
    begun: bool = False
    unproved: dict[str, Line] = field(default_factory=dict)
    """Intents that the log was not asked about yet, by token."""
    unrecorded: dict[str, Line] = field(default_factory=dict)
    """Receipts that the log was not seen to have, by what stands in them."""
    tips: list[tuple[datetime, str]] = field(default_factory=list)
    witness: tuple[replay.Witness, str] | None = None
    """A line of the log's history that was seen, and the epoch it was seen in."""

    @property
    def newest(self) -> set[str]:
        """Tokens of the newest attempts."""
        return {token for _, token in self.tips}


class Journal:
    """The journals of one state directory; ``node`` (``host/pid``) names the file that is ours."""

    def __init__(self, folder: Path, node: str) -> None:
        host = re.sub(r"[^\w.-]", "_", node.rpartition("/")[0] or node)
        self.folder = folder
        self.node = node
        self.path = folder / f"intents-{host}.jsonl"
        self.checking = threading.Lock()
        """Held while the journals are compared with the post log: one thread does it for all."""
        self._lock = folder / f".intents-{host}.lock"
        self._read: dict[Path, tuple[int, int]] = {}
        """Inode and length of what was read of each file."""
        self._watch = Watch(log_id="")
        self._synced = False

    # --- writing ----------------------------------------------------------------------------------------------------

    def intend(self, intent: Intent, *, log_id: str, epoch: str) -> None:
        """Keep an attempt that passed the fence; durable before this returns.

        Raises:
            OSError: it cannot be written; then nothing may be sent.
        """
        self._append(intent_line(intent, log_id=log_id, epoch=epoch), intent.fenced_at)

    def receive(self, post: Post, receipt: Receipt, *, log_id: str, at: datetime) -> None:
        """Keep the proof that a post is live; durable before this returns.

        Raises:
            OSError: it cannot be written.
        """
        self._append(receipt_line(post, receipt, log_id=log_id, at=at), at)

    def _append(self, line: bytes, at: datetime) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        with self._writing():
            handle = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                size = _heal(handle)
                if os.write(handle, line) != len(line):
                    os.ftruncate(handle, size)
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self.path))
                os.fsync(handle)
            finally:
                os.close(handle)
            if not self._synced:
                _sync(self.folder)  # else a power cut may take the new file's name away
                self._synced = True
            if size + len(line) > BYTES_MOST:
                self._compact(at)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Keep the other threads and processes of this machine away; a frozen one is not waited for for ever."""
        handle = os.open(self._lock, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            ends_at = time.monotonic() + LOCK_PATIENCE
            while True:
                try:
                    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if time.monotonic() > ends_at:
                        raise
                    time.sleep(0.002)
            yield
        finally:
            os.close(handle)

    def _compact(self, now: datetime) -> None:
        """Keep the newest lines only. What fails here fails nobody: the long file stays."""
        draft = self.path.with_suffix(f".{os.getpid()}.new")
        try:
            lines = [line + b"\n" for line in self.path.read_bytes().split(b"\n")[:-1]]
            kept = _newest(lines, now)
            with draft.open("wb") as file:
                file.writelines(kept)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(self.path)
            _sync(self.folder)
        except OSError as error:
            log.warning("journal not compacted", path=str(self.path), error=str(error))
            with suppress(OSError):
                draft.unlink()
        else:
            log.info("journal compacted", path=str(self.path), lines=len(lines), kept=len(kept))

    # --- reading ----------------------------------------------------------------------------------------------------

    def watch(self, log_id: str) -> Watch:
        """Read what was appended since the last time and give what is to be compared with the post log ``log_id``.

        Raises:
            StoreError: a journal cannot be read, so nobody can say whether the post log is older than what was sent.
        """
        if self._watch.log_id != log_id:
            self._watch, self._read = Watch(log_id=log_id), {}
        for path in self._files():
            for line in self._grown(path):
                self._note(line, log_id)
        if not self._watch.begun:
            self._watch.unproved |= {line.token: line for line in self._legacy(log_id)}
            self._watch.begun = True
        return self._watch

    def newest(self, log_id: str) -> set[str]:
        """Give the tokens of the newest attempts, also of those that another process wrote since the last ``watch``.

        Changes nothing, so that it can be asked inside a transaction, where waiting for ``checking`` could block.

        Raises:
            StoreError: a journal cannot be read.
        """
        appended = [line for path in self._files() for line in self._unread(path)[0]]
        return self._watch.newest | {line.token for owner, line in appended if owner == log_id and of_intent(line)}

    def _note(self, line: tuple[str, Line], log_id: str) -> None:
        owner, said = line
        if owner != log_id:
            return
        if of_intent(said):
            self._watch.unproved[said.token] = said
            self._watch.tips = sorted({*self._watch.tips, (said.at, said.token)})[-TIPS:]
        elif of_receipt(said):
            self._watch.unrecorded[f"{said.post} {said.body.get('remote_id')}"] = said

    def lines(self, log_id: str) -> list[Line]:
        """Give everything that the journals know about the post log ``log_id``, each machine's oldest line first.

        Raises:
            StoreError: a journal cannot be read.
        """
        found = [line for path in self._files() for line in parsed(path, complete(path, 0)[0])]
        return [line for owner, line in found if owner == log_id] + self._legacy(log_id)

    def _files(self) -> list[Path]:
        return sorted(self.folder.glob(FILES))

    def _grown(self, path: Path) -> list[tuple[str, Line]]:
        """Parse what is new in one file, and remember how far it was read."""
        lines, self._read[path] = self._unread(path)
        return lines

    def _unread(self, path: Path) -> tuple[list[tuple[str, Line]], tuple[int, int]]:
        """Parse what is new in one file, all of it when it was made anew; give its inode and where the lines end."""
        try:
            stat = path.stat()
        except OSError as error:
            raise StoreError(unreadable(path, error)) from error
        inode, length = self._read.get(path, (0, 0))
        if inode == stat.st_ino and length == stat.st_size:
            return [], (inode, length)
        start = length if inode == stat.st_ino and length <= stat.st_size else 0
        data, end = complete(path, start)
        return parsed(path, data), (stat.st_ino, end)

    def _legacy(self, log_id: str) -> list[Line]:
        """Give the last attempt as an earlier version kept it; this version's own file takes its place."""
        path = self.folder / LEGACY
        if self.path.exists() or not path.exists():
            return []
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
            at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
            if found["log"] != log_id:
                return []
            token = str(found["token"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise StoreError(unreadable(path, error)) from error
        return [legacy_line(path, token, at)]

    def proved(self, tokens: set[str], receipts: set[str]) -> None:
        """Forget what was compared with the post log."""
        for token in tokens:
            self._watch.unproved.pop(token, None)
        for key in receipts:
            self._watch.unrecorded.pop(key, None)


def _heal(handle: int) -> int:
    """Cut off a last line that was torn, as nothing was sent for it; give the length of the file."""
    size = os.fstat(handle).st_size
    end = size
    while end:
        start = max(0, end - 65_536)
        newline = os.pread(handle, end - start, start).rfind(b"\n")
        if newline >= 0:
            end = start + newline + 1
            break
        end = start
    if end < size:
        log.warning("journal: a torn last line was cut off", bytes=size - end)
        os.ftruncate(handle, end)
    return end


def _newest(lines: list[bytes], now: datetime) -> list[bytes]:
    """Choose the lines that a compaction keeps: the newest ones, by size and by age."""
    since, size, kept = codec.dump_instant(now - KEPT_FOR), 0, 0
    for line in reversed(lines):
        size += len(line)
        if size > BYTES_KEPT or (kept >= LINES_KEPT and str(json.loads(line)["at"]) < since):
            break
        kept += 1
    return lines[len(lines) - kept :]


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
