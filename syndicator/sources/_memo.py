"""What a kind remembers from one reading to the next, besides or instead of a server's validators. Pure.

It travels as the ETag of :class:`Validators` and is therefore committed together with the entries that it stands for
(F13). It is never sent: kinds that keep a memo give the fetcher validators of their own.
"""

import base64
import hashlib
import json
from typing import Any

from syndicator.sources._reading import Validators

_SIGN = "syndicator:"
MAX_MEMO = 200_000


def write(kind: str, *, url: str, **values: Any) -> Validators:
    """Make validators that carry ``values`` (JSON) for ``kind``; ``url`` is what was read."""
    text = json.dumps(values, separators=(",", ":"), ensure_ascii=False)
    return Validators(etag=f"{_SIGN}{kind} {text}", last_modified=None, url=url)


def read(validators: Validators | None, kind: str) -> dict[str, Any]:
    """Give what ``kind`` wrote; empty when there is nothing, or another kind wrote it."""
    etag = (validators.etag or "") if validators else ""
    start = f"{_SIGN}{kind} "
    if not etag.startswith(start) or len(etag) > MAX_MEMO:
        return {}
    try:
        values = json.loads(etag[len(start) :])
    except (ValueError, RecursionError):
        return {}
    return values if isinstance(values, dict) else {}


def plain(validators: Validators | None) -> Validators | None:
    """Give ``validators`` if a server gave them, None when they are a memo."""
    return None if validators and (validators.etag or "").startswith(_SIGN) else validators


def digest(*bodies: bytes) -> str:
    """Give a short fingerprint: equal means unchanged."""
    whole = hashlib.sha256()
    for body in bodies:
        whole.update(hashlib.sha256(body).digest())
    return base64.urlsafe_b64encode(whole.digest()[:15]).decode()
