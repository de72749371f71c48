"""What arrived: the request log and the counts of complete bodies per logical send. Decides nothing."""

import hashlib
import re
import threading
from collections import Counter, deque
from dataclasses import asdict, dataclass, field
from typing import Any
from urllib.parse import unquote_plus

MARKER = re.compile(r"utm_content=([a-z2-7]{13})(?![a-z2-7])")
LONGEST_LOG = 20_000


def marker_of(text: str) -> str | None:
    """Find the marker that a link in ``text`` carries, however often it is percent-encoded."""
    for _ in range(3):
        if found := MARKER.search(text):
            return found[1]
        text = unquote_plus(text)
    return None


def key_of(text: str) -> str:
    """Name the logical send that ``text`` belongs to: its marker, else the SHA-256 of the words."""
    return marker_of(text) or hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(slots=True, kw_only=True)
class Exchange:
    """One request whose body arrived completely, and what became of it. ``role`` says what it would do:

    ``create`` (visible at once), ``flip`` (publishes something staged), ``stage``, ``edit``, ``delete``, ``read``,
    ``token``.
    """

    n: int = 0
    at: str
    platform: str
    method: str
    path: str
    """Below the mount point; for Graph without the version."""
    query: dict[str, str]
    role: str
    text: str = ""
    """The words and link that a write carries."""
    key: str = ""
    marker: str | None = None
    size: int = 0
    body_sha256: str = ""
    text_sha256: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    fault: str | None = None
    effect: bool = False
    """True when the platform's own code ran (not: that it agreed)."""
    status: int | None = None
    """What was answered; None when no complete answer went out."""


class Traffic:
    """The log of exchanges, the latest 20,000; and two counters that are never cut."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._log: deque[Exchange] = deque(maxlen=LONGEST_LOG)
        self._n = 0
        self._counts: dict[str, Counter[tuple[str, str]]] = {"create": Counter(), "flip": Counter()}
        """Role -> how often (platform, logical send) came."""
        self._broken: Counter[str] = Counter()

    def record(self, exchange: Exchange) -> None:
        """Log an exchange and count its body if it is a visible create or a publish flip."""
        with self._lock:
            self._n += 1
            exchange.n = self._n
            self._log.append(exchange)
            if exchange.role in self._counts:
                self._counts[exchange.role][exchange.platform, exchange.key] += 1

    def requests(self, platform: str | None = None) -> list[dict[str, Any]]:
        """List what arrived, oldest first."""
        with self._lock:
            return [asdict(exchange) for exchange in self._log if platform in {None, exchange.platform}]

    def bodies(self, platform: str | None = None) -> dict[str, int]:
        """Count complete bodies of visible creates by logical send."""
        return self._counted("create", platform)

    def flips(self, platform: str | None = None) -> dict[str, int]:
        """Count complete bodies of publish flips by logical send."""
        return self._counted("flip", platform)

    def _counted(self, role: str, platform: str | None) -> dict[str, int]:
        total: Counter[str] = Counter()
        with self._lock:
            for (where, key), count in self._counts[role].items():
                if platform in {None, where}:
                    total[key] += count
        return dict(total)

    def count_broken(self, platform: str) -> None:
        """Count a request whose client left before its body was complete."""
        with self._lock:
            self._broken[platform] += 1

    def broken(self, platform: str) -> int:
        """Say how many requests never arrived completely; nothing ever came of them."""
        with self._lock:
            return self._broken[platform]

    def dump(self) -> dict[str, list[list[Any]]]:
        """The JSON form of the counts."""
        with self._lock:
            return {role: [[*name, count] for name, count in counts.items()] for role, counts in self._counts.items()}

    def restore(self, content: dict[str, list[list[Any]]]) -> None:
        """Take the counts of an earlier run over."""
        with self._lock:
            for role, rows in content.items():
                self._counts[role] = Counter({(platform, key): count for platform, key, count in rows})
