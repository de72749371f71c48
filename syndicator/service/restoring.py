"""Put a backup in the place of the post log, already in quarantine: it does not know what was sent since it was made.

The log that is there is kept: on SQLite under another name, on PostgreSQL as a backup file in the state directory.
"""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from syndicator.errors import StoreError
from syndicator.service.journal import Journal
from syndicator.service.quarantine import Mended, mend
from syndicator.store import backup, codec, copying, postgres, trust
from syndicator.store.backup import Contents
from syndicator.store.engine import Connection, Store
from syndicator.store.trust import Trust


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What was put back, where the log is that was there before, and what the quarantine found."""

    contents: Contents
    kept: Path | None
    mended: Mended


def restore(url: str, file: Path, *, journal: Journal, now: datetime, replace: bool = False) -> Restored:
    """Put the backup ``file`` in the place of the post log at ``url``.

    ``replace`` lets it take the place of a log with posts on PostgreSQL, where nothing can be moved aside.

    Raises:
        StoreError: not a backup of ours, damaged, of a newer syndicator; or the log is in use.
    """
    path = Store.file_of(url)
    if path is not None:
        return _into_file(path, file, journal=journal, now=now)
    return _into_server(url, file, journal=journal, now=now, replace=replace)


def _into_file(path: Path, file: Path, *, journal: Journal, now: datetime) -> Restored:
    if path.exists() and file.exists() and path.samefile(file):
        raise StoreError(f"{file}: is the post log itself")
    halted = _halt_of(f"sqlite:///{path}")
    with backup.draft_of(file, path.resolve()) as draft, backup.alone(path):
        contents = backup.seal(draft)
        with backup.opened(draft) as store, store.write() as conn:
            log_id = trust.get(conn).log_id
            lines = journal.lines(log_id)
            mended = mend(store, conn, lines, at=now, node=journal.node, why=f"restored from {file.name}")
            _keep_halted(conn, halted)
        # In quarantine before it has its name: whenever this process dies, a log without doubts is never there.
        backup.seal(draft)
        kept = backup.put_in_place(draft, path, at=now, log_id=log_id)
    return Restored(contents=contents, kept=kept, mended=mended)


def _into_server(url: str, file: Path, *, journal: Journal, now: datetime, replace: bool) -> Restored:
    with backup.draft_of(file, journal.folder / "restore.db") as draft:
        contents = backup.seal(draft)
        server = Store.open(url, create=True)
        try:
            kept = _keep_present(server, journal.folder, now, replace=replace)
            with backup.opened(draft) as store, store.read() as source, server.write() as conn:
                _refuse_others(conn, url_of=server.where)
                halted = trust.get(conn, lock=True)
                lines = journal.lines(trust.get(source).log_id)
                copying.forget(conn)
                copying.rows(source, conn)
                copying.identity(source, conn, timeline=server.timeline(conn))
                copying.count_on(conn)
                mended = mend(server, conn, lines, at=now, node=journal.node, why=f"restored from {file.name}")
                _keep_halted(conn, halted)
        finally:
            server.close()
    return Restored(contents=contents, kept=kept, mended=mended)


def _refuse_others(conn: Connection, *, url_of: str) -> None:
    others = postgres.others(conn)
    if others:
        raise StoreError(f"{url_of}: in use by {', '.join(others)}; stop every daemon on this post log first")


def _keep_present(server: Store, folder: Path, now: datetime, *, replace: bool) -> Path | None:
    """Write down the log that is about to be replaced; None when it has no posts."""
    with server.read() as conn:
        _refuse_others(conn, url_of=server.where)
        found = backup.counts(conn)
    if found == (0, 0):
        return None
    if not replace:
        said = f"{found[0]} posts and {found[1]} articles are there; --replace puts the backup in their place"
        raise StoreError(f"{server.where}: {said} (they are written to a backup first)")
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"before-restore-{codec.dump_instant(now)[:19].replace(':', '')}Z.db"
    backup.write(server, path)
    return path


def _halt_of(url: str) -> Trust | None:
    """Give what the present log says of itself, if it can be read at all."""
    with suppress(StoreError):
        store = Store.open(url)
        try:
            with store.read() as conn:
                return trust.get(conn)
        finally:
            store.close()
    return None


def _keep_halted(conn: Connection, present: Trust | None) -> None:
    # A halt of today must not end because a backup of yesterday knows nothing of it.
    if present is not None and present.halted_at is not None:
        trust.halt(conn, reason=present.halt_reason or "", at=present.halted_at)
