"""What only a kind of source knows, adaptive intervals, catching up and waiting to be stable, in the configuration."""

import re
from datetime import timedelta
from pathlib import Path

import pytest

from syndicator import wiring
from syndicator.errors import ConfigError
from syndicator.model import CatchUp, Field, SourceSpec, Stabilise
from syndicator.settings import Settings, load
from syndicator.settings.values import Unfit, read_catch_up
from tests.unit.settings_files import SOUND, SPECS, complaints, newsroom, read

FEED = 'url = "https://today.example/feed/"'
ROUTE = 'channel = "facebook", delay = "10m"'
API = SourceSpec(
    name="wordpress",
    title="WordPress",
    options=(
        Field(name="api", help="Address of the REST API."),
        Field(name="pages", help="How many pages.", default="1"),
        Field(name="drafts", help="Whether.", default="off", choices=("on", "off")),
    ),
)


def load_with(folder: Path, text: str, *specs: SourceSpec) -> Settings:
    known = {spec.name: spec for spec in specs}
    return load(newsroom(folder, text), spec_of=SPECS.get, env={}, kind_spec_of=known.get)


def test_a_kind_explains_its_own_keys(tmp_path: Path) -> None:
    text = SOUND.replace(FEED, f'{FEED}\nkind = "wordpress"\napi = "https://today.example/wp-json/"\ndrafts = true')
    source = load_with(tmp_path, text, API).source("news")
    assert dict(source.options) == {"api": "https://today.example/wp-json/", "pages": "1", "drafts": "on"}


def test_a_kind_of_a_third_party_is_asked_for_its_spec(tmp_path: Path) -> None:
    text = SOUND.replace(FEED, f'{FEED}\nkind = "acme.wire"\ntoken_name = "a"')
    spec = SourceSpec(name="acme.wire", title="Wire", options=(Field(name="token_name", help="Which.", required=True),))
    assert load_with(tmp_path, text, spec).source("news").kind == "acme.wire"
    with pytest.raises(ConfigError, match="there is no kind"):
        load_with(tmp_path, text)
    with pytest.raises(ConfigError, match="missing: Which"):
        load_with(
            tmp_path, text.replace('token_name = "a"', 'labels = ["a"]').replace('labels = ["news"]', "", 1), spec
        )


def test_a_shipped_kind_without_keys_of_its_own_is_not_loaded_for_its_spec(tmp_path: Path) -> None:
    def nobody(kind: str) -> SourceSpec | None:
        raise AssertionError(kind)

    path = newsroom(tmp_path, SOUND.replace(FEED, f'{FEED}\nkind = "sitemap"'))
    assert load(path, spec_of=SPECS.get, env={}, kind_spec_of=nobody).source("news").kind == "sitemap"


BROKEN = [
    (FEED, f'{FEED}\nkind = "wordpress"\nappi = "x"', "sources.news.appi", "unknown key", "known here: "),
    (FEED, f'{FEED}\nintervall = "5m"', "sources.news.intervall", "unknown key", "did you mean `interval`?"),
    (FEED, f"{FEED}\nflood_limit = 0", "sources.news.flood_limit", "must be a whole number, 1 or more", ""),
    (FEED, f'{FEED}\nlive_check = "yes"', "sources.news.live_check", "must be true or false", "without quotes"),
    (FEED, f'{FEED}\ninterval_most = "1m"', "sources.news.interval_most", "is shorter than interval", '"5m"'),
    (ROUTE, 'channel = "facebook", catch_up = "all"', "rules[all].routes[2].catch_up",
     "“all” is not a policy", "newest 3"),
    (ROUTE, 'channel = "facebook", catch_up = "younger than soon"', "rules[all].routes[2].catch_up",
     "“soon” is not a duration", "number and a unit"),
    (ROUTE, 'channel = "facebook", stabilise = "5m"', "rules[all].routes[2].stabilise", "must be a table", ""),
    (ROUTE, 'channel = "facebook", stabilise = { quite = "5m" }', "rules[all].routes[2].stabilise.quite",
     "unknown key", "did you mean `quiet`?"),
    (ROUTE, 'channel = "facebook", stabilise = { quiet = "1h" }', "rules[all].routes[2].stabilise.quiet",
     "is longer than maximum", "however often it changes"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "key", "message", "hint"), BROKEN, ids=[f"{b[2]} {b[3]}"[-40:] for b in BROKEN])
def test_one_mistake_is_one_problem(tmp_path: Path, old: str, new: str, key: str, message: str, hint: str) -> None:
    ((found_key, found_message, found_hint),) = complaints(tmp_path, SOUND.replace(old, new))
    assert found_key == key
    assert found_message.startswith(message)
    assert hint in found_hint


def test_what_is_left_out_has_the_models_defaults(tmp_path: Path) -> None:
    source = read(tmp_path).source("news")
    assert (source.interval_most, source.flood_limit, source.live_check) == (None, None, False)
    route = read(tmp_path, SOUND.replace(ROUTE, 'channel = "facebook", stabilise = {}')).rules[0].routes[1]
    assert route.stabilise == Stabilise()
    assert route.catch_up is None


@pytest.mark.parametrize(
    ("text", "policy"),
    [
        ("ask", CatchUp()),
        (" Newest  12 ", CatchUp(newest=12)),
        ("newest 0", CatchUp(newest=0)),
        ("younger than 1h30m", CatchUp(younger=timedelta(minutes=90))),
    ],
)
def test_the_documented_policies(text: str, policy: CatchUp) -> None:
    assert read_catch_up(text) == policy


@pytest.mark.parametrize("value", ["", "newest", "newest -1", "older than 2h", 3, None, True])
def test_odd_policies_are_refused(value: object) -> None:
    with pytest.raises(Unfit):
        read_catch_up(value)


SHIPPED_KINDS = (
    ('kind = "wordpress"\ncategories = "3, 17"\ntype = "news"', {"categories": "3, 17", "type": "news"}),
    ('kind = "sitemap"\npages = 25\nbelow = "https://today.example/news/"', {"pages": "25"}),
    ('kind = "sitemap"\nbelow = "https://today.example/news/"', {"pages": "10"}),
)


@pytest.mark.parametrize(("lines", "options"), SHIPPED_KINDS)
def test_the_options_of_the_kinds_that_ship(tmp_path: Path, lines: str, options: dict[str, str]) -> None:
    path = newsroom(tmp_path, SOUND.replace(FEED, f"{FEED}\n{lines}"))
    source = load(path, spec_of=SPECS.get, env={}, kind_spec_of=wiring.kind_spec_of).source("news")
    assert source.options.items() >= options.items()


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [('kind = "wordpress"\ncategories = "World"', "“World” does not fit (hint: only these categories, by number"),
     ('kind = "sitemap"\npages = 51', "“51” does not fit (hint: how many article pages one poll may read"),
     ('kind = "sitemap"\npages = "0"', "“0” does not fit"), ("pages = 3", "unknown key"),
     ('kind = "sitmap"', "there is no kind “sitmap” (hint: did you mean `sitemap`?)"),
     ('kind = "rss"', "there is no kind “rss” (hint: known here: feed, wordpress, sitemap, webpage)")],
)  # fmt: skip
def test_kinds_and_options_that_are_wrong_come_with_a_hint(tmp_path: Path, lines: str, sentence: str) -> None:
    path = newsroom(tmp_path, SOUND.replace(FEED, f"{FEED}\n{lines}"))
    with pytest.raises(ConfigError, match=re.escape(sentence)):
        load(path, spec_of=SPECS.get, env={}, kind_spec_of=wiring.kind_spec_of)
