"""What a trial works on: a fresh sandbox with a few articles, a configuration, a fresh post log."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from string import Template

from syndicator.sandbox import Sandbox

CHANNELS = ("x", "page", "youtube")
ARTICLES = 2

CONFIG = Template("""
[site]
name = "Sandbox Today"
url = "$sandbox/news/"
timezone = "Europe/Brussels"
language = "en"

[store]
url = "$store"

[sources.news]
url = "$sandbox/news/feed/"
interval = "1s"
max_age = "5d"
allow_private = true

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

[[rules]]
name = "all news"
routes = ["x", "page", "youtube"]

[windows]
lease = "4s"
send_deadline = "2s"
settle = "1s"
look_ups = ["0s", "200ms", "400ms"]
look_up_patience = "$patience"
retry_first = "200ms"
retry_most = "400ms"
""")
"""Windows are short because the sandbox's clock and ours are the same and it applies requests at once."""


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

    def configure(self, *, page: str, resend: bool, pictures: bool = False, patience: str = "20s") -> None:
        """Write the configuration."""
        values = {
            "sandbox": self.sandbox.url,
            "page": page,
            "store": self.store_url,
            "resend": str(resend).lower(),
            "image": "attach" if pictures else "card",
            "patience": patience,
        }
        self.config.write_text(CONFIG.substitute(values), encoding="utf-8")

    def is_sound(self) -> bool:
        """Say whether the database file survived whole; PostgreSQL looks after itself."""
        if not self.store_url.startswith("sqlite"):
            return True
        with sqlite3.connect(self.folder / "log.db") as connection:
            found = connection.execute("PRAGMA integrity_check").fetchone()[0]
        connection.close()
        return bool(found == "ok")


@contextmanager
def scene(folder: Path, *, database: Callable[[], str] | None, articles: int = ARTICLES) -> Iterator[Scene]:
    """Set a scene in ``folder``; ``database`` gives an empty PostgreSQL database's URL, None is for SQLite."""
    folder.mkdir(parents=True)
    url = database() if database else f"sqlite:///{folder / 'log.db'}"
    with Sandbox(articles=articles) as sandbox:
        yield Scene(folder=folder, sandbox=sandbox, store_url=url)
