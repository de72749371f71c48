"""The high-water mark: a small file of this machine's that knows the last attempt which passed the fence (R15).

A database that does not know that attempt is older than what was already sent: a restored backup, a snapshot, a
fail-over that lost commits. Its queued posts may be live, so nothing is sent, skipped or recovered from it until a
person has decided. The file is written after the fence is committed and before anything goes out.
"""

import json
import os
import tempfile
from pathlib import Path

from syndicator.errors import StoreError
from syndicator.store import posts
from syndicator.store.engine import Store

NAME = "last-attempt.json"


class HighWater:
    """The mark of one post log in one state directory."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / NAME
        self._known = ""

    def check(self, store: Store) -> None:
        """Make sure that the post log knows the last attempt that this machine fenced.

        Raises:
            StoreError: it does not: it is older than what was sent.
        """
        token = self._last(store.log_id)
        if not token or token == self._known:
            return
        with store.read() as conn:
            if not posts.has_attempt(conn, token):
                raise StoreError(
                    f"{store.where}: this post log is older than what was sent from here (a restored backup?): what is "
                    f"queued may be live, so nothing is sent. Look at the timelines, `syndicator drop` or "
                    f"`settle --live` what is queued, then remove {self.path}"
                )
        self._known = token

    def raise_to(self, store: Store, token: str) -> None:
        """Remember that ``token`` passed the fence; durable before this returns.

        Raises:
            OSError: it cannot be written; then nothing may be sent.
        """
        self.path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=self.path.parent, prefix=".last-attempt-")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump({"log": store.log_id, "token": token}, file)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(self.path)
        self._known = token

    def _last(self, log_id: str) -> str:
        """Give the token on file; empty when there is none, or when it belongs to another log."""
        try:
            found = json.loads(self.path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return ""
        except (OSError, ValueError) as error:
            raise StoreError(
                f"{self.path}: cannot be read ({error}); it tells whether the post log is older"
            ) from error
        return str(found.get("token", "")) if found.get("log") == log_id else ""
