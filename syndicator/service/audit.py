"""The audit: the post log's facts in an append-only, hash-chained file, and the check of such a file.

What was exported once stays as it is; what is new, or was corrected since, becomes a new line. A chain shows every
change inside it, but anybody can make a chain anew or cut off its end: the post log, and the mark that each export
leaves in the state folder, show that. Keep the last line's hash elsewhere and the file needs neither. It must not
change the log.
"""

import fcntl
import os
import secrets
import stat
from array import array
from bisect import bisect_left
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from syndicator import __version__
from syndicator.errors import SyndicatorError
from syndicator.model import Json
from syndicator.platforms._redaction import redact
from syndicator.service.chain import BEFORE_ALL, Broken, Link, Torn, read, seal
from syndicator.store import audit as log_facts
from syndicator.store.codec import canonical, dump_instant
from syndicator.store.engine import Connection, Store
from syndicator.store.schema import REVISIONS

HEAD = "log"
"""Kind of the first line."""
STANDING = frozenset({"log state", "channel state"})
_WORDS = ("reason", "note", "remote_url", "halt_reason", "request_id")
"""Members with text from outside, in which a secret would have to stand if it stood anywhere."""


class NotOurs(SyndicatorError):
    """The file is no audit of this post log; nothing was written to it."""

    exit_code = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """What an export left: lines in all, lines that are new, the hash of the last one."""

    lines: int
    new: int
    sha256: str
    repaired: bool = False
    """A torn last line was cut off."""


class Facts:
    """Which facts are there, by hash, in nine bytes each: two logs of a million facts fit into twenty megabytes."""

    def __init__(self) -> None:
        self._buckets = [array("Q") for _ in range(256)]
        self._sorted = True
        self.count = 0

    def add(self, fact: Json) -> None:
        """Remember a fact."""
        bucket, key = _key(fact)
        self._buckets[bucket].append(key)
        self._sorted = False
        self.count += 1

    def __contains__(self, fact: Json) -> bool:
        if not self._sorted:
            self._buckets = [array("Q", sorted(bucket)) for bucket in self._buckets]
            self._sorted = True
        bucket, key = _key(fact)
        place = bisect_left(self._buckets[bucket], key)
        return place < len(self._buckets[bucket]) and self._buckets[bucket][place] == key


def _key(fact: Json) -> tuple[int, int]:
    # 72 bits of a SHA-256: among a million facts two are taken for one with a probability of 10^-10, and then the
    # check says that one is not exported yet.
    digest = sha256(canonical(fact).encode()).digest()
    return digest[0], int.from_bytes(digest[1:9], "big")


@dataclass(kw_only=True)
class Standing:
    """The last value that a file has for each pause, halt and roll-back."""

    values: dict[str, Json] = field(default_factory=dict)

    def take(self, fact: Json) -> None:
        """Remember a value as the last one of its subject."""
        self.values[_subject(fact)] = _timeless(fact)

    def differs(self, fact: Json) -> bool:
        """Say whether a value is not the last one that was exported."""
        return self.values.get(_subject(fact)) != _timeless(fact)


def _subject(fact: Json) -> str:
    return f"{fact['kind']} {fact.get('channel', '')}"


def _timeless(fact: Json) -> Json:
    return {name: value for name, value in fact.items() if name != "at"}


def facts(conn: Connection, hidden: tuple[str, ...]) -> Iterator[Json]:
    """Give the facts of the post log without any secret."""
    for fact in log_facts.facts(conn):
        yield _clean(fact, hidden)


def standing(conn: Connection, hidden: tuple[str, ...]) -> list[Json]:
    """Give what holds now, without any secret."""
    return [_clean(fact, hidden) for fact in log_facts.standing(conn)]


def _clean(fact: Json, hidden: tuple[str, ...]) -> Json:
    for name in _WORDS:
        if fact.get(name):
            fact[name] = redact(fact[name], hidden)
    return fact


def head(store: Store, now: datetime) -> Json:
    """Make the first line: which log this is, and a name of its own for this file."""
    return {
        "kind": HEAD,
        "at": dump_instant(now),
        "log_id": store.log_id,
        "schema": REVISIONS[-1],
        "syndicator": __version__,
        "export": secrets.token_hex(8),
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """How far a file had come when it was last exported on this machine, kept beside the post log."""

    seq: int
    sha256: str

    @staticmethod
    def path(state_dir: Path, name: str) -> Path:
        """Name the mark of the file that calls itself ``name`` in its first line, wherever it lies."""
        return state_dir / "audit" / f"{''.join(filter(str.isalnum, name))}.mark"

    @classmethod
    def load(cls, state_dir: Path | None, name: str) -> "Mark | None":
        """Give the mark; None when this machine has none, or none that can be read."""
        if state_dir is None:
            return None
        try:
            seq, digest = cls.path(state_dir, name).read_text(encoding="ascii").split()
            return cls(seq=int(seq), sha256=digest)
        except (OSError, ValueError):
            return None

    def leave(self, state_dir: Path, name: str) -> None:
        """Write the mark, whole or not at all."""
        path = self.path(state_dir, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(f".{os.getpid()}")
        draft.write_text(f"{self.seq} {self.sha256}\n", encoding="ascii")
        draft.replace(path)

    def check(self, link: Link) -> None:
        """Compare with the line that was the last one then.

        Raises:
            Broken: it is another one.
        """
        if link.seq == self.seq and link.sha256 != self.sha256:
            raise Broken(link.seq, "is not the one that was exported: the chain was made anew")

    def check_end(self, lines: int) -> None:
        """Compare with where the file ends.

        Raises:
            Broken: it ended later then.
        """
        if lines < self.seq:
            raise Broken(lines + 1, f"is missing: the end was cut off, {self.seq} lines were exported")


def links(stream: BinaryIO, *, log_id: str | None, state_dir: Path | None) -> Iterator[Link]:
    """Give the lines of an audit file, checked against each other and against the mark that the last export left.

    Raises:
        NotOurs: no audit file, or that of another post log than ``log_id``.
        Broken: a line is not what was exported.
    """
    mark, lines = None, 0
    for link in _ours(read(stream)):
        if link.seq == 1:
            if link.fact.get("kind") != HEAD:
                raise NotOurs("its first line does not say whose audit it is")
            if log_id not in (None, link.fact.get("log_id")):
                raise NotOurs(f"it is the audit of post log {link.fact.get('log_id')}, this one is {log_id}")
            mark = Mark.load(state_dir, str(link.fact.get("export", "")))
        if mark is not None:
            mark.check(link)
        lines = link.seq
        yield link
    if mark is not None:
        mark.check_end(lines)


def _ours(found: Iterator[Link]) -> Iterator[Link]:
    try:
        yield from found
    except Torn:
        raise
    except Broken as error:
        if error.line == 1:
            raise NotOurs("it is not an audit file, or its first line was changed") from error
        raise


@contextmanager
def opened(path: Path, *, writing: bool) -> Iterator[BinaryIO]:
    """Open an audit file and keep other exports away from it.

    Raises:
        NotOurs: not a regular file, or another one has taken its place meanwhile.
        OSError: it cannot be opened.
    """
    flags = os.O_RDWR | os.O_CREAT if writing else os.O_RDONLY
    handle = os.open(path, flags | os.O_CLOEXEC | os.O_NONBLOCK, 0o600)
    with os.fdopen(handle, "r+b" if writing else "rb") as stream:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise NotOurs(f"{path} is not a regular file (write - for standard output)")
        fcntl.flock(handle, fcntl.LOCK_EX if writing else fcntl.LOCK_SH)
        if not os.path.samestat(os.fstat(handle), path.stat()):
            raise NotOurs(f"{path} was replaced this moment; try again")
        yield stream


class Writer:
    """Appends sealed lines; knows where the chain stands."""

    def __init__(self, stream: BinaryIO, *, seq: int = 0, prev: str = BEFORE_ALL) -> None:
        self._stream = stream
        self.seq = seq
        self.prev = prev
        self.new = 0

    def write(self, fact: Json) -> None:
        """Append one line."""
        self.seq += 1
        line, self.prev = seal(fact, seq=self.seq, prev=self.prev)
        self._stream.write(line)
        self.new += 1

    def write_news(
        self, store: Store, *, had: Facts, last: Standing, now: datetime, hidden: tuple[str, ...]
    ) -> Exported:
        """Append what the post log knows at this moment and the file does not."""
        with store.read() as conn:
            for fact in facts(conn, hidden):
                if fact not in had:
                    self.write(fact)
            for value in standing(conn, hidden):
                if last.differs(value):
                    self.write({**value, "at": dump_instant(now)})
        self._stream.flush()
        return Exported(lines=self.seq, new=self.new, sha256=self.prev)


def export_to(stream: BinaryIO, store: Store, *, now: datetime, hidden: tuple[str, ...] = ()) -> Exported:
    """Write the whole audit to a stream that has nothing yet (standard output)."""
    writer = Writer(stream)
    writer.write(head(store, now))
    return writer.write_news(store, had=Facts(), last=Standing(), now=now, hidden=hidden)


def export(path: Path, store: Store, *, state_dir: Path, now: datetime, hidden: tuple[str, ...] = ()) -> Exported:
    """Append to the audit file what is new; make the file when it is not there. Two exports wait for each other.

    Raises:
        NotOurs: the file is something else, or the audit of another post log.
        Broken: its chain does not hold, or its end was cut off; nothing was written.
        OSError: it cannot be read or written.
    """
    with opened(path, writing=True) as stream:
        had, last = Facts(), Standing()
        name, seq, prev, repaired = _take_up(stream, store, state_dir=state_dir, had=had, last=last)
        stream.seek(0, os.SEEK_END)
        writer = Writer(stream, seq=seq, prev=prev)
        if not seq:
            first = head(store, now)
            name = str(first["export"])
            writer.write(first)
        done = writer.write_news(store, had=had, last=last, now=now, hidden=hidden)
        os.fsync(stream.fileno())
        _sync(path.absolute().parent)
        # After the file: a crash in between leaves a mark that is too old, which accuses nobody.
        Mark(seq=done.lines, sha256=done.sha256).leave(state_dir, name)
    return Exported(lines=done.lines, new=done.new, sha256=done.sha256, repaired=repaired)


def _take_up(
    stream: BinaryIO, store: Store, *, state_dir: Path, had: Facts, last: Standing
) -> tuple[str, int, str, bool]:
    """Read what the file has; give its name, its last line's number and hash, and whether a torn end was cut off."""
    name, seq, prev = "", 0, BEFORE_ALL
    try:
        for link in links(stream, log_id=store.log_id, state_dir=state_dir):
            if link.seq == 1:
                name = str(link.fact["export"])
            elif link.fact["kind"] in STANDING:
                last.take(link.fact)
            else:
                had.add(link.fact)
            seq, prev = link.seq, link.sha256
    except Torn as torn:
        _mend(stream, torn)
        return name, seq, prev, True
    return name, seq, prev, False


def _mend(stream: BinaryIO, torn: Torn) -> None:
    """Cut off a last line without an end; a first line that does not begin as ours do is somebody else's file."""
    begins = b'{"at":"'
    stream.seek(0)
    if not torn.offset and not stream.read(len(begins)).startswith(begins):
        raise NotOurs("it is not an audit file")
    stream.truncate(torn.offset)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
