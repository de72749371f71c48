"""Signed calls of a newsroom's own system: ``POST /hooks/<source>`` (X13, X14). Decides whether to believe that there
is news; what the news is, is never read from a call.

Two ways to sign, both HMAC-SHA256 with the source's secret, written ``sha256=<hexadecimal>``:

``X-Syndicator-Signature``
    of ``<timestamp>.<delivery>.<body>``; the time (Unix seconds, ``X-Syndicator-Timestamp``) and the id
    (``X-Syndicator-Delivery``) are headers. Both are part of what is signed, or a replay could bring new ones.
``X-Hub-Signature-256``
    of the body alone, as many systems send it. Here the signature itself is the id, so one body counts once.
"""

import re
import secrets
from collections.abc import Mapping
from datetime import timedelta
from enum import Enum, auto

from multidict import CIMultiDictProxy

from syndicator.push.seen import BODY, CALL, Seen
from syndicator.push.signature import is_signed
from syndicator.service.clock import Clock

SIGNATURE = "X-Syndicator-Signature"
TIMESTAMP = "X-Syndicator-Timestamp"
DELIVERY = "X-Syndicator-Delivery"
BODY_SIGNATURE = "X-Hub-Signature-256"
SKEW = timedelta(minutes=5)
"""So far a call's time may lie from ours."""
METHODS = frozenset({"sha256"})
_SECONDS = re.compile(r"\d{1,12}", re.ASCII)
_ID = re.compile(r"[A-Za-z0-9_:-]{8,128}", re.ASCII)
_TIMED = re.compile(rb"\d{1,12}\.[A-Za-z0-9_:-]{8,128}\.")
"""How what is signed with a time begins; a body may not, or a signature of the one kind would be one of the other."""


class Verdict(Enum):
    """What a call is."""

    REFUSED = auto()
    REPEATED = auto()
    TAKEN = auto()


class Webhooks:
    """The sources' secrets, and what was taken. Used from one event loop."""

    def __init__(self, secrets_: Mapping[str, bytes], *, seen: Seen, clock: Clock) -> None:
        self._secrets = secrets_
        self._seen = seen
        self._clock = clock
        self._nobodys = secrets.token_bytes(32)

    def judge(self, source: str, headers: CIMultiDictProxy[str], body: bytes) -> Verdict:
        """Say what a call for ``source`` is. One for a source that takes none is refused as slowly as any other."""
        secret = self._secrets.get(source, self._nobodys)
        said = [(name, value) for name in (SIGNATURE, BODY_SIGNATURE) for value in headers.getall(name, ())]
        if len(said) != 1:
            return Verdict.REFUSED
        name, value = said[0]
        if name == SIGNATURE:
            return self._timed(source, headers, body, said=value, secret=secret)
        if _TIMED.match(body) or not self._in_time(headers) or not is_signed(value, body, secret, methods=METHODS):
            return Verdict.REFUSED
        return self._first(BODY, f"{source} {value.lower()}")

    def _timed(self, source: str, headers: CIMultiDictProxy[str], body: bytes, *, said: str, secret: bytes) -> Verdict:
        at, name = headers.getall(TIMESTAMP, ()), headers.getall(DELIVERY, ())
        if len(at) != 1 or len(name) != 1 or not _ID.fullmatch(name[0]) or not self._in_time(headers):
            return Verdict.REFUSED
        if not is_signed(said, f"{at[0]}.{name[0]}.".encode() + body, secret, methods=METHODS):
            return Verdict.REFUSED
        return self._first(CALL, f"{source} {name[0]}")

    def _in_time(self, headers: CIMultiDictProxy[str]) -> bool:
        """Say whether the call names a time close to ours; what names none is not judged by it."""
        now = self._clock.now().timestamp()
        return all(
            _SECONDS.fullmatch(at) and abs(now - int(at)) <= SKEW.total_seconds()
            for at in headers.getall(TIMESTAMP, ())
        )

    def _first(self, kind: str, name: str) -> Verdict:
        return Verdict.TAKEN if self._seen.add(kind, name) else Verdict.REPEATED
