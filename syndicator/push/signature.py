"""Is a message signed with the secret (X13)? Pure; compares in constant time and never raises on what it is given."""

import hashlib
import hmac
import re
from collections.abc import Collection

STRONG = frozenset({"sha256", "sha384", "sha512"})
_SIGNATURE = re.compile(r"(sha1|sha256|sha384|sha512)=([0-9a-fA-F]{40,128})", re.ASCII)


def is_signed(said: str, message: bytes, secret: bytes, *, methods: Collection[str] = STRONG) -> bool:
    """Say whether ``said`` (``sha256=…`` in hexadecimal) is the HMAC of ``message`` by one of ``methods``."""
    found = _SIGNATURE.fullmatch(said)
    if found is None or found[1] not in methods:
        return False
    expected = hmac.new(secret, message, getattr(hashlib, found[1])).hexdigest()
    return hmac.compare_digest(expected.encode(), found[2].lower().encode())
