"""A sound configuration: every key reaches the value it stands for, and nothing heavy is imported for it."""

import subprocess
import sys
from datetime import time, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from syndicator.errors import ConfigError
from syndicator.model import CatchUp, QuietHours, Route, Source, Stabilise
from syndicator.settings import load, project_folder
from tests.unit.settings_files import SOUND, SPECS, newsroom, read

FULL = """
[site]
name = "Today"
timezone = "Europe/Paris"
[store]
url = "sqlite:///log/posts.db"
[poll]
concurrency = 3
[notify]
webhook = "env:HOOK"
command = ["page", "desk"]
[push]
listen = "[::1]:8722"
public_url = "https://today.example/push/"
sha1 = true
[windows]
lease = "20s"
retry_first = "200ms"
[sources.wire]
kind = "feed"
url = "http://127.0.0.1:8000/feed"
interval = "90s"
labels = ["a", "b"]
language = "fr_BE"
max_age = "2d"
allow_private = true
interval_most = "30m"
live_check = true
flood_limit = 12
websub = true
webhook_secret = "env:WIRE_SECRET"
[channels.x-main]
platform = "x"
account = "@today"
template = "short.j2"
api_base = "http://127.0.0.1:9/x/"
language = "en"
timezone = "UTC"
image = "none"
min_interval = "10m"
daily_cap = 40
monthly_budget = 150.10
quiet_hours = "23:00-06:00"
expires_after = "1h30m"
undo = "45s"
resend = true
text_limit = 25000
[channels.x-main.credentials]
consumer_key = "literal"
access_token = "literal too"
[channels.x-main.utm]
source = "x"
campaign = "c"
[channels.x-main.windows]
settle = "5s"
look_ups = ["0s", "1s"]
lease = "1m"
[channels.club]
platform = "acme.club"
[[rules]]
sources = ["wire"]
labels = ["a"]
tags = ["t"]
not_tags = ["n"]
languages = ["en", "pt_BR"]
title = '^a\\b'
not_title = 'b$'
breaking = true
final = true
routes = [{ channel = "x-main", template = "short.j2", delay = "10m", approval = true, catch_up = "newest 3" },
  { channel = "club", stabilise = { minimum = "2m", maximum = "20m" } }]
"""


def test_every_key_arrives(tmp_path: Path) -> None:
    settings = read(tmp_path, FULL)
    assert settings.sources == (
        Source(
            name="wire",
            kind="feed",
            url="http://127.0.0.1:8000/feed",
            interval=timedelta(seconds=90),
            labels=("a", "b"),
            language="fr-BE",
            max_age=timedelta(days=2),
            allow_private=True,
            interval_most=timedelta(minutes=30),
            live_check=True,
            flood_limit=12,
            websub=True,
            webhook=True,
        ),
    )
    channel = settings.channel("x-main")
    assert (channel.platform, channel.account, channel.template) == ("twitter", "@today", "short.j2")
    assert (channel.api_base, channel.language, channel.timezone) == ("http://127.0.0.1:9/x", "en", "UTC")
    assert (channel.image, channel.min_interval, channel.daily_cap) == ("none", timedelta(minutes=10), 40)
    assert str(channel.monthly_budget) == "150.10"
    assert channel.quiet_hours == QuietHours(start=time(23), end=time(6))
    assert (channel.expires_after, channel.resend) == (timedelta(minutes=90), True)
    assert channel.undo == timedelta(seconds=45)
    assert dict(channel.utm) == {"source": "x", "campaign": "c"}
    assert dict(channel.options) == {"text_limit": "25000"}
    assert (settings.poll_concurrency, settings.notify.command) == (3, ("page", "desk"))


def test_windows_of_a_channel_go_before_those_of_the_file(tmp_path: Path) -> None:
    settings = read(tmp_path, FULL)
    own, common = settings.channel("x-main").windows, settings.channel("club").windows
    assert (own.lease, own.retry_first, own.settle) == (
        timedelta(minutes=1),
        timedelta(milliseconds=200),
        timedelta(seconds=5),
    )
    assert own.look_ups == (timedelta(0), timedelta(seconds=1))
    assert (common.lease, common.settle) == (timedelta(seconds=20), None)
    assert common.retry_most == timedelta(minutes=30)


def test_rules_and_routes_arrive(tmp_path: Path) -> None:
    (rule,) = read(tmp_path, FULL).rules
    assert rule.name == "rule 1"
    assert (rule.sources, rule.labels, rule.tags, rule.not_tags) == (("wire",), ("a",), ("t",), ("n",))
    assert (rule.languages, rule.title, rule.not_title, rule.final) == (("en", "pt-BR"), r"^a\b", "b$", True)
    assert rule.breaking
    first = Route(
        channel="x-main",
        template="short.j2",
        delay=timedelta(minutes=10),
        approval=True,
        catch_up=CatchUp(newest=3),
    )
    watched = Stabilise(minimum=timedelta(minutes=2), quiet=timedelta(minutes=3), maximum=timedelta(minutes=20))
    assert rule.routes == (first, Route(channel="club", stabilise=watched))


def test_a_third_partys_platform_keeps_its_dotted_name_and_its_template_is_looked_up(tmp_path: Path) -> None:
    club = read(tmp_path, FULL).channel("club")
    assert (club.platform, club.template) == ("acme.club", "")


def test_what_is_left_out_has_the_models_defaults(tmp_path: Path) -> None:
    settings = read(tmp_path)
    x, page = settings.channels
    assert settings.source("news").interval == timedelta(minutes=5)
    assert (x.timezone, x.template, x.image, x.daily_cap) == ("Europe/Brussels", "", "card", None)
    assert (page.image, page.options["page_id"], page.options["publish_mode"]) == ("attach", "4200", "direct")
    assert (x.resend, x.expires_after, x.monthly_budget) == (False, timedelta(hours=6), None)


@pytest.mark.parametrize(("written", "kept"), [("true", "on"), ("false", "off"), ('"on"', "on")])
def test_a_truth_value_becomes_the_options_own_word(tmp_path: Path, written: str, kept: str) -> None:
    text = SOUND.replace("page_id = 4200", f"page_id = 4200\nscrape = {written}\npilot = true")
    options = read(tmp_path, text).channel("facebook").options
    assert (options["scrape"], options["pilot"]) == (kept, "true")


def test_without_rules_everything_goes_everywhere_and_that_is_said(tmp_path: Path) -> None:
    settings = read(tmp_path, SOUND[: SOUND.index("[[rules]]")])
    (rule,) = settings.rules
    assert [route.channel for route in rule.routes] == ["x", "facebook"]
    assert rule.sources == rule.labels == rule.tags == ()
    assert settings.notices == ("there are no [[rules]]: every article goes to every channel",)


def test_a_rule_without_routes_may_end_the_matter(tmp_path: Path) -> None:
    settings = read(tmp_path, SOUND + '[[rules]]\nname = "never"\ntags = ["Sponsored"]\nfinal = true\n')
    assert settings.rules[1].routes == ()


def test_doubtful_settings_are_remarked_on(tmp_path: Path) -> None:
    text = """
[channels.x]
platform = "x"
quiet_hours = "23:00-06:00"
credentials = { consumer_key = "env:A", access_token = "env:B" }
[channels.club]
platform = "acme.club"
[[rules]]
name = "r"
labels = ["News"]
routes = ["x"]
"""
    assert read(tmp_path, text).notices == (
        "there is no source: nothing is read until you add [sources.news] with a url",
        "no rule leads to channel club",
        "rule r: no source has the label News",
        "the quiet hours of channel x are in UTC: set timezone in [site]",
    )


# --- places ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("file", "project"), [("a/config/s.toml", "a"), ("a/s.toml", "a"), ("config/x/s.toml", "config/x")]
)
def test_paths_start_at_the_project_folder(tmp_path: Path, file: str, project: str) -> None:
    assert project_folder(tmp_path / file) == tmp_path / project


def test_a_linked_file_belongs_to_the_folder_it_is_seen_in(tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "s.toml").write_text("")
    (tmp_path / "config" / "s.toml").symlink_to(tmp_path / "elsewhere" / "s.toml")
    assert project_folder(tmp_path / "config" / "s.toml") == tmp_path


def test_relative_places_become_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    newsroom(tmp_path, FULL)
    monkeypatch.chdir(tmp_path)
    settings = load(Path("syndicator.toml"), spec_of=SPECS.get, env={})
    assert settings.store_url == f"sqlite:///{tmp_path}/log/posts.db"
    assert (settings.project, settings.state_dir) == (tmp_path, tmp_path / "log")
    assert settings.templates_dir == tmp_path / "templates"
    assert settings.credentials["x-main"].base == tmp_path


@pytest.mark.parametrize(
    ("url", "store", "state"),
    [
        ("sqlite:////var/lib/s/log.db", "sqlite:////var/lib/s/log.db", "/var/lib/s"),
        ("postgresql://news@db/posts", "postgresql://news@db/posts", "{project}/state"),
        ("postgresql+psycopg://u:pw@127.0.0.1/posts", "postgresql+psycopg://u:pw@127.0.0.1/posts", "{project}/state"),
        (
            "postgresql://postgres:@/postgres?host=/run/pg",
            "postgresql://postgres:@/postgres?host=/run/pg",
            "{project}/state",
        ),
        ("env:STORE", "postgresql://u:secret@db/posts", "{project}/state"),
    ],
)
def test_the_store_may_be_here_or_elsewhere(tmp_path: Path, url: str, store: str, state: str) -> None:
    env = {"STORE": "postgresql://u:secret@db/posts"}
    settings = read(tmp_path, f'store.url = "{url}"\n{SOUND}', env)
    assert settings.store_url == store
    assert settings.state_dir == Path(state.format(project=tmp_path))


def test_without_a_templates_folder_the_shipped_ones_serve(tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    path = tmp_path / "config" / "syndicator.toml"
    path.write_text('[channels.c]\nplatform = "acme.club"\n')
    with pytest.raises(ConfigError) as caught:
        load(path, spec_of=SPECS.get, env={})
    (problem,) = caught.value.problems
    assert problem.key == "channels.c.template"
    assert problem.message.startswith("there is no template club.j2 in ")


# --- around the file ------------------------------------------------------------------------------------------------


def test_secrets_are_references_and_literals_are_never_shown(tmp_path: Path) -> None:
    refs = read(tmp_path, FULL).credentials["x-main"]
    assert refs.references["consumer_key"] == "literal"
    assert "literal too" not in repr(read(tmp_path, FULL))
    hook = read(tmp_path, FULL).notify.webhook
    assert hook is not None
    assert hook.references == {"webhook": "env:HOOK"}


@pytest.mark.parametrize(("table", "name", "hint"), [("channel", "facebok", "`facebook`"), ("source", "new", "`news`")])
def test_asking_for_an_unknown_name_suggests_one(tmp_path: Path, table: str, name: str, hint: str) -> None:
    with pytest.raises(ConfigError, match=f"there is no {table} “{name}”.*{hint}"):
        getattr(read(tmp_path), table)(name)


def test_money_is_exact_to_the_cent(tmp_path: Path) -> None:
    assert read(tmp_path, FULL).channel("x-main").monthly_budget == Decimal("150.10")


def test_settings_import_nothing_heavy() -> None:
    heavy = (
        "aiohttp",
        "sqlalchemy",
        "tweepy",
        "pyfacebook",
        "googleapiclient",
        "requests",
        "keyring",
        "jinja2",
        "rich",
    )
    code = f"import sys, syndicator.settings; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"
