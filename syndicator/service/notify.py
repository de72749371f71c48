"""Tell a person. It must never stop the work: a notice that cannot be delivered is logged, nothing more."""

import json
import subprocess
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from syndicator.logs import Logger
from syndicator.service.clock import Clock

log = Logger("syndicator.notify")

QUIET = timedelta(hours=1)
"""The same notice is given once in this time."""
TIMEOUT = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One thing a person should know; ``key`` names the matter, so that it is told once."""

    key: str
    subject: str
    text: str
    post: str = ""
    channel: str = ""
    remedy: str = ""
    """What to type, when it is something else than a look at the post."""

    @property
    def told(self) -> str:
        """Give the text with the command to type: whoever is woken by it need not look one up."""
        remedy = self.remedy or (f"syndicator show {self.post}" if self.post else "")
        return self.text if not remedy or "syndicator " in self.text else f"{self.text}\n{remedy}"


class Notifier:
    """Write notices to the log, and to a webhook (JSON POST) or a command (JSON on stdin) when configured."""

    def __init__(self, *, webhook: str = "", command: Sequence[str] = (), clock: Clock | None = None) -> None:
        self._webhook = webhook
        self._command = tuple(command)
        self._clock = clock or Clock()
        self._told: dict[str, datetime] = {}
        self._lock = threading.Lock()

    def tell(self, notice: Notice) -> None:
        """Tell it once an hour at most."""
        now = self._clock.now()
        with self._lock:
            last = self._told.get(notice.key)
            if last is not None and now - last < QUIET:
                return
            self._told = {key: at for key, at in self._told.items() if now - at < QUIET} | {notice.key: now}
        facts = {"post": notice.post, "channel": notice.channel}
        log.warning(notice.subject, text=notice.told, **{name: fact for name, fact in facts.items() if fact})
        body = json.dumps(
            {"subject": notice.subject, "text": notice.told, "post": notice.post, "channel": notice.channel}
        )
        try:
            self._deliver(body)
        except (OSError, subprocess.SubprocessError) as error:  # requests' exceptions are OSErrors
            # Not its text: a webhook's address is a secret and stands in it.
            log.error("notice not delivered", subject=notice.subject, error=type(error).__name__)

    def _deliver(self, body: str) -> None:
        if self._webhook:
            import requests

            headers = {"Content-Type": "application/json"}
            answer = requests.post(
                self._webhook, data=body.encode(), headers=headers, timeout=TIMEOUT, allow_redirects=False
            )
            answer.raise_for_status()
        if self._command:
            subprocess.run(self._command, input=body.encode(), timeout=TIMEOUT, check=True, capture_output=True)  # noqa: S603 - the newsroom's own command
