"""One sandbox for the tests of this folder, emptied before each; plain clients that know nothing of the product."""

import hashlib
import hmac
import io
import struct
import time
import zlib
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from requests_oauthlib import OAuth1

from syndicator.sandbox import Sandbox
from syndicator.sandbox.accounts import FACEBOOK, YOUTUBE, X

TIMEOUT = 5


@pytest.fixture(scope="session")
def running() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running: Sandbox) -> Sandbox:
    running.control.reset()
    return running


class XClient:
    """Signs requests with OAuth 1.0a as any client would."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.base = sandbox.urls.x
        self.session = requests.Session()

    def sign(self, **changes: Any) -> OAuth1:
        keys = {
            "client_key": X["consumer_key"],
            "client_secret": X["consumer_secret"],
            "resource_owner_key": X["access_token"],
            "resource_owner_secret": X["access_token_secret"],
        }
        return OAuth1(**{**keys, **changes})

    def send(self, method: str, path: str, auth: Any = None, **arguments: Any) -> requests.Response:
        return self.session.request(
            method, self.base + path, auth=auth or self.sign(), timeout=TIMEOUT, allow_redirects=False, **arguments
        )

    def post(self, text: str, **more: Any) -> requests.Response:
        return self.send("POST", "/2/tweets", json={"text": text, **more})

    def timeline(self, **query: Any) -> requests.Response:
        return self.send("GET", f"/2/users/{X['user_id']}/tweets", params=query)


class GraphClient:
    """Sends forms with token and proof."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.base = sandbox.urls.graph + "/v26.0"
        self.page = FACEBOOK["page_id"]
        self.session = requests.Session()

    def proof(self, *, at: float | None = None) -> dict[str, str]:
        signed = FACEBOOK["page_token"] + (f"|{int(at)}" if at is not None else "")
        digest = hmac.new(FACEBOOK["app_secret"].encode(), signed.encode(), hashlib.sha256).hexdigest()
        return {"appsecret_proof": digest, **({"appsecret_time": str(int(at))} if at is not None else {})}

    def send(self, method: str, path: str, fields: dict[str, Any] | None = None, **more: Any) -> requests.Response:
        fields = {"access_token": FACEBOOK["page_token"], **self.proof(at=time.time()), **(fields or {})}
        place = {"data": fields} if method == "POST" else {"params": fields}
        return self.session.request(method, self.base + path, timeout=TIMEOUT, **place, **more)

    def post(self, message: str, **fields: Any) -> requests.Response:
        return self.send("POST", f"/{self.page}/feed", {"message": message, **fields})

    def published(self, **fields: Any) -> requests.Response:
        return self.send("GET", f"/{self.page}/published_posts", fields)


class YouTubeClient:
    """Sends requests with a fresh access token."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.base = sandbox.urls.youtube
        self.token_uri = sandbox.urls.token_uri
        self.session = requests.Session()
        self.token = self.refresh().json()["access_token"]

    def refresh(self, **changes: str) -> requests.Response:
        form = {name: YOUTUBE[name] for name in ("client_id", "client_secret", "refresh_token")}
        form = {"grant_type": "refresh_token", **form, **changes}
        return self.session.post(self.token_uri, data=form, timeout=TIMEOUT)

    def send(
        self, method: str, path: str, headers: dict[str, str] | None = None, **arguments: Any
    ) -> requests.Response:
        url = path if path.startswith("http") else self.base + path
        headers = {"Authorization": f"Bearer {self.token}", **(headers or {})}
        return self.session.request(method, url, headers=headers, timeout=TIMEOUT, **arguments)

    def post(self, text: str, **attachments: Any) -> requests.Response:
        body = {"snippet": {"textDisplay": text}, **({"attachments": attachments} if attachments else {})}
        return self.send("POST", "/youtube/v3/posts", params={"part": "snippet,attachments"}, json=body)


@pytest.fixture
def x(sandbox: Sandbox) -> Iterator[XClient]:
    client = XClient(sandbox)
    yield client
    client.session.close()


@pytest.fixture
def graph(sandbox: Sandbox) -> Iterator[GraphClient]:
    client = GraphClient(sandbox)
    yield client
    client.session.close()


@pytest.fixture
def youtube(sandbox: Sandbox) -> Iterator[YouTubeClient]:
    client = YouTubeClient(sandbox)
    yield client
    client.session.close()


def png(width: int = 4, height: int = 3) -> bytes:
    """Make a valid black PNG."""
    rows = zlib.compress(b"".join(b"\0" + b"\0\0\0" * width for _ in range(height)))
    file = io.BytesIO(b"")
    file.write(b"\x89PNG\r\n\x1a\n")
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    for kind, data in ((b"IHDR", header), (b"IDAT", rows), (b"IEND", b"")):
        file.write(struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)))
    return file.getvalue()


@pytest.fixture(scope="session")
def picture() -> bytes:
    return png()
