"""Configuration files for the tests of settings: a sound one to break, and the platforms it speaks of."""

from collections.abc import Mapping
from pathlib import Path

from syndicator.errors import ConfigError
from syndicator.model import Field, PlatformSpec
from syndicator.settings import Settings, load

X = PlatformSpec(
    name="twitter",
    title="X",
    credentials=(
        Field(name="consumer_key", help="API key of the app.", required=True),
        Field(name="access_token", help="Token of the account.", required=True),
        Field(name="bearer", help="App-only token."),
    ),
    options=(Field(name="text_limit", help="Longest text.", default="280"),),
)
PAGE = PlatformSpec(
    name="facebook",
    title="Facebook Page",
    credentials=(Field(name="page_token", help="Page access token.", required=True),),
    options=(
        Field(name="page_id", help="Numeric id of the Page.", required=True),
        Field(name="publish_mode", help="How.", default="direct", choices=("direct", "two_phase")),
        Field(name="scrape", help="Refresh.", default="off", choices=("on", "off")),
        Field(name="pilot", help="Truth.", default="false", choices=("true", "false")),
        Field(name="token_uri", help="Token server."),
    ),
    default_image="attach",
)
SPECS = {"x": X, "twitter": X, "facebook": PAGE, "acme.club": PlatformSpec(name="club", title="Club")}

SOUND = """
[site]
name = "Today"
url = "https://today.example"
timezone = "Europe/Brussels"

[sources.news]
url = "https://today.example/feed/"
labels = ["news"]

[channels.x]
platform = "x"
account = "@today"

[channels.x.credentials]
consumer_key = "env:X_KEY"
access_token = "file:secrets/token"

[channels.facebook]
platform = "facebook"
page_id = 4200

[channels.facebook.credentials]
page_token = "keyring:syndicator/page"

[[rules]]
name = "all"
labels = ["news"]
routes = ["x", { channel = "facebook", delay = "10m", approval = true }]
"""


def newsroom(folder: Path, text: str = SOUND) -> Path:
    """Lay out a project folder around a configuration; give the file's path."""
    (folder / "templates").mkdir(exist_ok=True)
    for name in ("twitter.j2", "facebook.j2", "club.j2", "short.j2"):
        (folder / "templates" / name).write_text("{{ article.title }}")
    path = folder / "syndicator.toml"
    path.write_text(text, encoding="utf-8")
    return path


def read(folder: Path, text: str = SOUND, env: Mapping[str, str] | None = None) -> Settings:
    return load(newsroom(folder, text), spec_of=SPECS.get, env=env or {})


def complaints(folder: Path, text: str, env: Mapping[str, str] | None = None) -> list[tuple[str, str, str]]:
    """Give (key, message, hint) of every problem; empty when the file is sound."""
    try:
        read(folder, text, env)
    except ConfigError as error:
        problems = error.problems
    else:
        return []
    assert {problem.file for problem in problems} == {str(folder / "syndicator.toml")}
    return [(problem.key, problem.message, problem.hint) for problem in problems]
