"""What a trial works on: a fresh sandbox with a few articles, a configuration, a fresh post log."""

import json
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import Template

from syndicator.sandbox import Sandbox
from syndicator.store import Store

CHANNELS = ("x", "page", "youtube")
ARTICLES = 2
SHORT = """
[windows]
lease = "4s"
send_deadline = "2s"
settle = "2s"
look_ups = ["0s", "500ms"]
look_up_patience = "$patience"
retry_first = "200ms"
retry_most = "400ms"
"""
"""Windows are short because the sandbox's clock and ours are the same and it applies requests at once; what that rests
on is asserted in ``trial``."""
SETTLE, LEASE, SEND_DEADLINE = 2.0, 4.0, 2.0
"""Seconds, as in :data:`SHORT`."""

CONFIG = """
[site]
name = "Sandbox Today"
url = "$sandbox/news/"
timezone = "Europe/Brussels"
language = "en"

[store]
url = "$store"
state_dir = "$state"

[sources.news]
url = "$sandbox/news/feed/"
interval = "3s"
max_age = "5d"
allow_private = true
flood_limit = 100

$channels
[[rules]]
name = "all news"
routes = $routes
"""


ACCOUNTS = {
    "x": """
[channels.x]
platform = "x"
account = "@sandbox_today"
api_base = "$sandbox/x"
image = "$image"
resend = $resend

[channels.x.credentials]
consumer_key = "sandbox-consumer-key"
consumer_secret = "sandbox-consumer-secret"
access_token = "1725000000000000001-sandboxAccessToken"
access_token_secret = "sandbox-access-token-secret"
""",
    "page": """
[channels.page]
platform = "facebook"
account = "Sandbox Today"
api_base = "$sandbox/graph"
page_id = "100200300400500"
publish_mode = "$page"
resend = $resend

[channels.page.credentials]
page_token = "sandbox-page-token"
app_secret = "sandbox-app-secret"
""",
    "youtube": """
[channels.youtube]
platform = "youtube"
account = "@sandboxtoday"
api_base = "$sandbox/youtube-api"
token_uri = "$sandbox/google/token"
channel_id = "UCsandboxsandboxsandbox0"
driver = "api"
pilot_approved = true
image = "card"
resend = $resend

[channels.youtube.credentials]
client_id = "sandbox-client-id.apps.googleusercontent.com"
client_secret = "sandbox-client-secret"
refresh_token = "sandbox-refresh-token"
""",
}
"""The channels' tables, by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """Where a trial takes place."""

    folder: Path
    sandbox: Sandbox
    store_url: str

    @property
    def config(self) -> Path:
        return self.folder / "syndicator.toml"

    @property
    def reached(self) -> Path:
        """Where lives write the boundaries they reach."""
        return self.folder / "reached"

    @property
    def log(self) -> Path:
        """What the lives say."""
        return self.folder / "log"

    def configure(
        self,
        *,
        page: str = "direct",
        resend: bool = False,
        pictures: bool = False,
        patience: str = "20s",
        windows: str = SHORT,
        host: str = "",
        routes: Sequence[str] = CHANNELS,
    ) -> Path:
        """Write a configuration of the channels ``routes`` and give its file; no ``windows`` leaves the product's own.

        ``host`` makes it that of one more machine, which shares nothing with the first but the post log.
        """
        values = {
            "sandbox": self.sandbox.url,
            "page": page,
            "store": self.store_url,
            "state": host or "state",
            "resend": str(resend).lower(),
            "image": "attach" if pictures else "card",
            "patience": patience,
            "routes": json.dumps(routes),
        }
        text = Template(CONFIG + windows).safe_substitute(channels="\n".join(ACCOUNTS[name] for name in routes))
        path = self.folder / f"{host}.toml" if host else self.config
        path.write_text(Template(text).substitute(values), encoding="utf-8")
        return path

    def is_sound(self) -> bool:
        """Say whether the database file survived whole; PostgreSQL looks after itself."""
        if not self.store_url.startswith("sqlite"):
            return True
        with sqlite3.connect(self.folder / "log.db") as connection:
            found = connection.execute("PRAGMA integrity_check").fetchone()[0]
        connection.close()
        return bool(found == "ok")


@contextmanager
def scene(
    folder: Path, *, database: Callable[[], str] | None, articles: int = ARTICLES, begun: bool = False
) -> Iterator[Scene]:
    """Set a scene in ``folder``; ``database`` gives an empty PostgreSQL database's URL, None is for SQLite.

    With ``begun`` an SQLite post log is there already, empty: most trials are not about its creation.
    """
    folder.mkdir(parents=True)
    if database is None and begun:
        for name, content in _begun().items():
            (folder / name).write_bytes(content)
    url = database() if database else f"sqlite:///{folder / 'log.db'}"
    with Sandbox(articles=articles) as sandbox:
        yield Scene(folder=folder, sandbox=sandbox, store_url=url)


@cache
def _begun() -> dict[str, bytes]:
    """Begin a post log once and give its files."""
    with tempfile.TemporaryDirectory(prefix="syndicator-begun-") as made:
        folder = Path(made)
        Store.open(f"sqlite:///{folder / 'log.db'}", create=True).close()
        return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


@contextmanager
def fast_folder(prefix: str) -> Iterator[Path]:
    """Lend a folder in memory where there is one: a SIGKILL loses nothing that was written, wherever it lies."""
    memory = Path("/dev/shm")
    place = memory if memory.is_dir() and shutil.disk_usage(memory).free > 1 << 30 else None
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir=place))
    try:
        yield folder
    finally:
        # What a trial that broke a promise left stays, with its post log and what the lives said.
        if not any(folder.iterdir()):
            folder.rmdir()
