"""Headers of answers that say when to ask again and whether anything changed (F12, F17). Pure: knows no connection."""

import hashlib
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from yarl import URL

from syndicator.sources._reading import Validators

MAX_RETRY_AFTER = timedelta(hours=24)
_HEADER_VALUE = re.compile(r"[\x20-\x7e]{1,1000}")


def retry_after(headers: Mapping[str, str], *, now: datetime) -> timedelta | None:
    """Read ``Retry-After`` (seconds, or an HTTP date counted from the server's own ``Date``); at most 24 hours."""
    value = headers.get("Retry-After", "").strip()
    if not value:
        return None
    if value.isascii() and value.isdigit():
        return min(timedelta(seconds=int(value[:9])), MAX_RETRY_AFTER)
    at = _http_date(value)
    if at is None:
        return None
    return min(max(at - (_http_date(headers.get("Date", "")) or now), timedelta(0)), MAX_RETRY_AFTER)


def _http_date(value: str) -> datetime | None:
    try:
        at = parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def conditions(known: Validators | None, url: URL) -> dict[str, str]:
    """Give the conditional headers, which only hold for the URL that gave them (F12)."""
    if known is None or known.url != str(url):
        return {}
    pairs = {"If-None-Match": known.etag, "If-Modified-Since": known.last_modified}
    return {name: value for name, value in pairs.items() if value and _HEADER_VALUE.fullmatch(value)}


def kept(headers: Mapping[str, str], url: URL, *, earlier: Validators) -> Validators:
    """Give the validators after a 304, which need not repeat them: what is missing stays as it was."""
    return Validators(
        etag=_clean(headers.get("ETag")) or earlier.etag,
        last_modified=_clean(headers.get("Last-Modified")) or earlier.last_modified,
        url=str(url),
        digest=earlier.digest,
    )


def validators(headers: Mapping[str, str], url: URL, *, body: bytes) -> Validators:
    """Give what recognises this document the next time."""
    return Validators(
        etag=_clean(headers.get("ETag")),
        last_modified=_clean(headers.get("Last-Modified")),
        url=str(url),
        digest=hashlib.sha256(body).hexdigest(),
    )


def _clean(value: str | None) -> str | None:
    return value if value and _HEADER_VALUE.fullmatch(value) else None
