"""Signed calls as a newsroom's own system makes them, over real sockets; shares no code with what judges them."""

import hashlib
import hmac
import http.client
import time
import uuid

SECRET = "0123456789abcdef0123456789abcdef-of-the-desk"


def hexadecimal(message: bytes, secret: str = SECRET, method: str = "sha256") -> str:
    return f"{method}={hmac.new(secret.encode(), message, getattr(hashlib, method)).hexdigest()}"


def timed(
    body: bytes = b"{}", *, secret: str = SECRET, at: float | None = None, delivery: str | None = None
) -> dict[str, str]:
    """Give the headers of a call that is signed with its time."""
    stamp, name = str(int(time.time() if at is None else at)), delivery or str(uuid.uuid4())
    return {
        "X-Syndicator-Timestamp": stamp,
        "X-Syndicator-Delivery": name,
        "X-Syndicator-Signature": hexadecimal(f"{stamp}.{name}.".encode() + body, secret),
    }


def plain(body: bytes, *, secret: str = SECRET) -> dict[str, str]:
    """Give the header of a call whose body alone is signed."""
    return {"X-Hub-Signature-256": hexadecimal(body, secret)}


def call(
    port: int, path: str, *, body: bytes | None = None, headers: dict[str, str] | None = None, method: str = "POST"
) -> tuple[int, bytes, dict[str, str]]:
    """Make one request; give status, body and headers of the answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=15)
    try:
        connection.request(method, path, body=body, headers=headers or {})
        answer = connection.getresponse()
        return answer.status, answer.read(), {name.lower(): value for name, value in answer.getheaders()}
    finally:
        connection.close()


def hook(port: int, source: str = "news", body: bytes = b"{}", **headers: str) -> int:
    """Make a well-signed call; give the status."""
    return call(port, f"/hooks/{source}", body=body, headers=timed(body) | headers)[0]
