"""Broken configurations: each is told exactly what is wrong, where, and what to do; all at once."""

from pathlib import Path

import pytest

from syndicator.errors import ConfigError
from syndicator.settings import load
from tests.unit.settings_files import SOUND, SPECS, complaints, newsroom

DURATION = 'write a number and a unit, such as "90s", "5m", "1h30m", "2d" or "200ms"'
SITE = 'timezone = "Europe/Brussels"'
FEED = 'url = "https://today.example/feed/"'
X = 'account = "@today"'
PAGE = "page_id = 4200"
CREDENTIAL = 'consumer_key = "env:X_KEY"'
RULE = 'labels = ["news"]\nroutes'
MODE = f'{PAGE}\npublish_mode = "two-phase"'
TOKENS = f'{PAGE}\ntoken_uri = "http://a.example/t"'
HOOK = f'{SITE}\n[notify]\nwebhook = "http://a.example/s3cret"'
SECRET = "channels.x.credentials.consumer_key"
ROUTE = 'channel = "facebook", delay = "10m"'


def store(url: str) -> str:
    return f'{SITE}\n[store]\nurl = "{url}"'


# what is replaced, by what, and the one problem: key, message, hint
BROKEN = [
    # names of keys
    (X, 'acount = "@today"', "channels.x.acount", "unknown key", "did you mean `account`?"),
    (X, 'min_intervall = "5m"', "channels.x.min_intervall", "unknown key", "did you mean `min_interval`?"),
    (X, "text_limits = 5", "channels.x.text_limits", "unknown key", "did you mean `text_limit`?"),
    (FEED, f'{FEED}\nintervall = "5m"', "sources.news.intervall", "unknown key", "did you mean `interval`?"),
    (SITE, 'town = "B"', "site.town", "unknown key", "known here: name, url, timezone, language"),
    ("[sources.news]", "[source.news]\n[sources.news]", "source", "unknown key", "did you mean `sources`?"),
    (RULE, f"titel = 'a'\n{RULE}", "rules[all].titel", "unknown key", "did you mean `title`?"),
    (RULE, f'channels = ["x"]\n{RULE}', "rules[all].channels", "unknown key", 'write routes = ["x", "facebook"]'),
    (ROUTE, 'channel = "facebook", dely = "1m"', "rules[all].routes[2].dely", "unknown key", "did you mean `delay`?"),
    (X, f'{X}\nutm.content = "a"', "channels.x.utm.content", "unknown key", "utm_content always"),
    (X, f'{X}\nwindows.leas = "9s"', "channels.x.windows.leas", "unknown key", "did you mean `lease`?"),
    (X, 'consumer_key = "env:X"', "channels.x.consumer_key", "unknown key", "it belongs in [channels.x.credentials]"),
    # kinds of value
    (X, "account = 5", "channels.x.account", "must be text in quotes", ""),
    (X, 'resend = "yes"', "channels.x.resend", "must be true or false", "without quotes"),
    (RULE, 'tags = "Sport"\nroutes', "rules[all].tags", "must be a list", 'such as ["one", "two"]'),
    (RULE, 'tags = ["Sport", 5]\nroutes', "rules[all].tags[2]", "must be text in quotes", ""),
    (X, "utm = 'x'", "channels.x.utm", "must be a table", "write [channels.x.utm]"),
    ("[[rules]]", "[rules]", "rules",
     "must be a list of tables", "write [[rules]], with two brackets, above each rule"),
    (X, "min_interval = 10", "channels.x.min_interval", "10 has no unit", f'{DURATION}; for seconds: "10s"'),
    (X, 'min_interval = "ten"', "channels.x.min_interval", "“ten” is not a duration", DURATION),
    (FEED, f'{FEED}\ninterval = "0s"', "sources.news.interval", "must be longer than nothing", 'such as "5m"'),
    (X, "daily_cap = 0", "channels.x.daily_cap", "must be a whole number, 1 or more", "leave the key out for no cap"),
    (X, "daily_cap = true", "channels.x.daily_cap",
     "must be a whole number, 1 or more", "leave the key out for no cap"),
    (X, "monthly_budget = -1.0", "channels.x.monthly_budget", "-1.0 is not an amount to spend", "0 stops everything"),
    (X, 'quiet_hours = "23-6"', "channels.x.quiet_hours", "“23-6” is not two times of day", 'write "23:00-06:00"'),
    (X, 'image = "atach"', "channels.x.image", 'must be "card", "attach" or "none"', "did you mean `attach`?"),
    (X, 'language = "English!"', "channels.x.language", "must be a language code in quotes", '"en"'),
    (SITE, 'timezone = "Brussels"', "site.timezone",
     "“Brussels” is not a known time zone", "did you mean `Europe/Brussels`?"),
    (RULE, f"title = '(a'\n{RULE}", "rules[all].title", "is not a regular expression: missing )", "'single quotes'"),
    ("[sources.news]", '[sources."my feed"]', "sources.my feed", "“my feed” cannot be a name", "letters, digits"),
    (SITE, f"{SITE}\n[poll]\nconcurrency = 0", "poll.concurrency",
     "must be a whole number from 1 to 200", "10 is plenty"),
    # platforms and what they want to know
    ('platform = "x"', 'platform = "facebok"', "channels.x.platform",
     "there is no platform “facebok”", "did you mean `facebook`?"),
    ('platform = "x"', 'platform = "../x"', "channels.x.platform", "there is no platform “../x”", ""),
    ('platform = "x"', 'platform = "_wire"', "channels.x.platform", "there is no platform “_wire”", ""),
    ('platform = "x"', "", "channels.x.platform", "missing: which platform this channel is on", "one of: "),
    (PAGE, "", "channels.facebook.page_id",
     "missing: Numeric id of the Page.", 'add page_id = "…" to [channels.facebook]'),
    (PAGE, 'page_id = ""', "channels.facebook.page_id", "is empty", "Numeric id of the Page."),
    (PAGE, "page_id = [1]", "channels.facebook.page_id", "must be text in quotes", "Numeric id of the Page."),
    (PAGE, MODE, "channels.facebook.publish_mode", "must be one of: direct", "did you mean `two_phase`?"),
    # servers
    (X, 'api_base = "http://10.0.0.1/x"', "channels.x.api_base", "plain http would send secrets readable", "127.0.0.1"),
    (X, 'api_base = "localhost:80"', "channels.x.api_base", "is not a web address", "https://"),
    (PAGE, TOKENS, "channels.facebook.token_uri", "plain http would send secrets", "https://"),
    (FEED, 'url = "http://127.0.0.1/feed"', "sources.news.url",
     "is an address of a private network", "add allow_private = true"),
    (FEED, 'url = "http://10.1.1.1/feed"', "sources.news.url",
     "is an address of a private network", "add allow_private = true"),
    (FEED, 'url = "today.example/feed"', "sources.news.url",
     "is not a web address", 'write "https://today.example/feed"'),
    (FEED, "", "sources.news.url", "missing: the address to read", 'url = "https://…"'),
    (FEED, f'{FEED}\nkind = "fed"', "sources.news.kind", "there is no kind “fed”", "did you mean `feed`?"),
    (SITE, HOOK, "notify.webhook", "plain http would send secrets", '"env:NAME"'),
    (SITE, f"{SITE}\n[notify]\ncommand = []", "notify.command", "is empty", ""),
    # secrets
    (CREDENTIAL, 'consumer_key = "s3cret"', SECRET,
     "a secret must not stand in this file", '"file:secrets/x-consumer-key"'),
    (CREDENTIAL, 'consumer_key = "ENV:s3cret"', SECRET, "a secret must not stand in this file", "env:X_CONSUMER_KEY"),
    (CREDENTIAL, 'consumer_key = "env:s3cret!"', SECRET, "is not a complete reference", "write env:NAME, with letters"),
    (CREDENTIAL, 'consumer_key = "keyring:s3cret"', SECRET,
     "is not a complete reference", "write keyring:SERVICE/NAME"),
    (CREDENTIAL, 'consumer_key = ""', SECRET, "is empty", 'such as "env:X_CONSUMER_KEY"'),
    (CREDENTIAL, "consumer_key = 5", SECRET, "must be text in quotes", ""),
    (CREDENTIAL, "", SECRET, "missing: API key of the app.", 'add consumer_key = "env:X_CONSUMER_KEY" to ['),
    (CREDENTIAL, f'{CREDENTIAL}\nconsumer_kee = "env:A"', "channels.x.credentials.consumer_kee",
     "X has no such credential", "did you mean `consumer_key`?"),
    (CREDENTIAL, f'{CREDENTIAL}\nmin_interval = "5m"', "channels.x.credentials.min_interval",
     "X has no such credential", "above [channels.x.credentials]"),
    # templates, windows
    (X, 'template = "twiter.j2"', "channels.x.template",
     "there is no template twiter.j2 in ", "did you mean `twitter.j2`?"),
    (X, 'template = "../x.j2"', "channels.x.template", "must be the name of a file in the templates folder", ""),
    (ROUTE, 'channel = "facebook", template = "shirt.j2"', "rules[all].routes[2].template",
     "there is no template shirt.j2", "`short.j2`"),
    (SITE, f'{SITE}\n[templates]\ndir = "tpl"', "templates.dir", "there is no folder ", "`syndicator init`"),
    (SITE, f"{SITE}\n[windows]\nlook_ups = []", "windows.look_ups", "must grow from one to the next", "such as"),
    (X, 'windows.look_ups = ["5s", "1s"]', "channels.x.windows.look_ups", "must grow from one to the next", "such as"),
    (SITE, f'{SITE}\n[windows]\nlook_ups = ["0s", "soon"]', "windows.look_ups[2]",
     "“soon” is not a duration", DURATION),
    (X, 'windows.retry_first = "1h"', "channels.x.windows.retry_first", "is longer than retry_most", "first wait"),
    (X, 'windows.lease = "10s"', "channels.x.windows.send_deadline", "is not shorter than lease", "lease"),
    # across tables
    ('routes = ["x"', 'routes = ["y", "x"', "rules[all].routes[1].channel",
     "there is no channel “y”", "known here: x, facebook"),
    (ROUTE, 'channel = "facebok"', "rules[all].routes[2].channel",
     "there is no channel “facebok”", "did you mean `facebook`?"),
    (ROUTE, 'delay = "1m"', "rules[all].routes[2].channel", "missing: the channel to go to", "one of: x, facebook"),
    (ROUTE, 'channel = "x"', "rules[all].routes[2].channel", "the rule names channel x twice", "one post per channel"),
    (RULE, f'sources = ["nws"]\n{RULE}', "rules[all].sources", "there is no source “nws”", "did you mean `news`?"),
    ("[[rules]]", '[[rules]]\nname = "all"\nroutes = ["x"]\n[[rules]]', "rules[all].name",
     "two rules are called “all”", "choose another"),
    ("[[rules]]", '[[rules]]\nname = "none"\n[[rules]]', "rules[none].routes",
     "missing: where the articles go", "final = true"),
    ("[[rules]]", "[[rules]]\ntags = ['a']\n[[rules]]", "rules[1].routes",
     "missing: where the articles go", "final = true"),
    # the post log
    (SITE, store("mysql://db/x"), "store.url", "is not the address of a post log", "such as"),
    (SITE, store("postgres://db/x"), "store.url", "is not the address of a post log", "did you mean `postgresql`?"),
    (SITE, store("state/x.db"), "store.url", "is not the address of a post log", "sqlite:///"),
    (SITE, store("sqlite://x.db"), "store.url", "has too few slashes", "three slashes"),
    (SITE, store("sqlite:///"), "store.url", "a post log in memory forgets", "such as"),
    (SITE, store("sqlite:///:memory:"), "store.url", "a post log in memory forgets", "such as"),
    (SITE, store("postgresql://u:s3cret@db/x"), "store.url",
     "a password must not stand in this file", '"env:SYNDICATOR_STORE"'),
    (SITE, store("env:STORE"), "store.url", "the environment variable STORE is not set", "export STORE=…"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "expected"), [(old, new, rest) for old, new, *rest in BROKEN], ids=[b[2] for b in BROKEN]
)
def test_one_mistake_is_one_problem(tmp_path: Path, old: str, new: str, expected: list[str]) -> None:
    key, message, hint = expected
    assert SOUND.count(old) == 1
    ((found_key, found_message, found_hint),) = complaints(tmp_path, SOUND.replace(old, new))
    assert found_key == key
    assert found_message.startswith(message)
    assert hint in found_hint
    assert "s3cret" not in found_message + found_hint


def test_the_sound_file_has_no_problem(tmp_path: Path) -> None:
    assert complaints(tmp_path, SOUND) == []


def test_all_problems_come_together_in_the_order_of_the_file(tmp_path: Path) -> None:
    text = SOUND
    for old, new in [
        (SITE, 'timezone = "Mars"'),
        (FEED, 'url = "ftp://a"'),
        (X, "daily_cap = 0\nacount = 'a'"),
        (CREDENTIAL, 'consumer_key = "oops"'),
        (PAGE, ""),
        (RULE, "title = '('\nsources = ['nowhere']\nroutes"),
        (ROUTE, 'channel = "facebock", delay = 5'),
    ]:
        text = text.replace(old, new)
    assert [key for key, _, _ in complaints(tmp_path, text)] == [
        "site.timezone",
        "sources.news.url",
        "channels.x.daily_cap",
        "channels.x.acount",
        SECRET,
        "channels.facebook.page_id",
        "rules[all].title",
        "rules[all].sources",
        "rules[all].routes[2].channel",
        "rules[all].routes[2].delay",
    ]


def test_a_table_that_is_none_is_one_problem_only(tmp_path: Path) -> None:
    text = "channels = 5\nsources = []\nrules = [1, {routes = [2]}]\nwindows = 'w'\nsite = 3\n"
    assert [(key, message) for key, message, _ in complaints(tmp_path, text)] == [
        ("channels", "must be a table"),
        ("sources", "must be a table"),
        ("rules[1]", "must be a table"),
        ("rules[2].routes[1]", "must be a table"),
        ("windows", "must be a table"),
        ("site", "must be a table"),
    ]


@pytest.mark.parametrize("text", ["", "[site]\nname = 'T'\n", "[channels]\n"])
def test_a_file_without_channels_says_so(tmp_path: Path, text: str) -> None:
    ((key, message, hint),) = complaints(tmp_path, text)
    assert (key, message) == ("channels", "missing: there is no channel to post to")
    assert "[channels.x]" in hint


@pytest.mark.parametrize(
    ("second", "key"),
    [
        ('platform = "twitter"\naccount = "TODAY "', "channels.twin.account"),
        ('platform = "twitter"\naccount = "@other"', None),
        ('platform = "twitter"\naccount = "@today"\napi_base = "http://127.0.0.1:9"', None),
        ('platform = "facebook"\npage_id = "4200"\ncredentials.page_token = "keyring:syndicator/page"',
     "channels.twin.platform"),
        ('platform = "facebook"\npage_id = "4201"\ncredentials.page_token = "keyring:syndicator/page"', None),
    ],
)  # fmt: skip
def test_two_channels_may_not_be_one_destination(tmp_path: Path, second: str, key: str | None) -> None:
    secrets = (
        "" if "facebook" in second else '\n[channels.twin.credentials]\nconsumer_key = "env:A"\naccess_token = "env:B"'
    )
    found = complaints(tmp_path, f"{SOUND}\n[channels.twin]\n{second}{secrets}")
    assert [k for k, _, _ in found] == ([key] if key else [])


@pytest.mark.parametrize(("base", "fits"), [("http://127.0.0.1:9/x", True), ("https://proxy.example/x", False)])
def test_literal_secrets_are_for_this_machine_only(tmp_path: Path, base: str, fits: bool) -> None:
    text = SOUND.replace(X, f'{X}\napi_base = "{base}"').replace(CREDENTIAL, 'consumer_key = "sandbox-key"')
    assert bool(complaints(tmp_path, text)) is not fits


# --- the file itself ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a = 1\nb = yes\n", ["line 2, column 5", "not valid TOML: Invalid value", 'text needs straight "quotes"']),
        ("a = '1\n", ["end of the file", "not valid TOML: ", "is a closing quote missing?"]),
        (
            "[a]\n[a]\n",
            ["line 2, column 3", "not valid TOML: Cannot declare", "the table stands there twice: join them"],
        ),
        ("a = 1\na = 2\n", ["line 2, column 6", "not valid TOML: Cannot overwrite", "the key stands there twice"]),
        ("a\n", ["line 1, column 2", "not valid TOML: Expected '='", 'a line is: key = "value"']),
        ("a = [1,", ["end of the file", "not valid TOML: ", ""]),
        ("a = " + "[" * 5000, ["", "holds a value that cannot be read", ""]),
        ("a = " + "9" * 5000, ["", "holds a value that cannot be read", ""]),
    ],
    ids=range(8),
)
def test_what_is_not_toml_is_shown_by_line_and_column(tmp_path: Path, text: str, expected: list[str]) -> None:
    key, message, hint = expected
    ((found_key, found_message, found_hint),) = complaints(tmp_path, text)
    assert found_key == key
    assert found_message.startswith(message)
    assert hint in found_hint


def test_a_missing_file_names_the_command_that_makes_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load(tmp_path / "none.toml", spec_of=SPECS.get, env={})
    assert str(caught.value) == (
        f"{tmp_path}/none.toml: there is no configuration here (hint: `syndicator init` writes one to start from)"
    )
    assert caught.value.exit_code == 2


def test_a_folder_and_foreign_bytes_are_no_configuration(tmp_path: Path) -> None:
    path = newsroom(tmp_path)
    path.write_bytes(b"a = '\xff'")
    with pytest.raises(ConfigError, match=r"is not UTF-8 text \(byte 6\)"):
        load(path, spec_of=SPECS.get, env={})
    with pytest.raises(ConfigError, match="cannot be read: Is a directory"):
        load(tmp_path, spec_of=SPECS.get, env={})


def test_a_byte_order_mark_is_no_mistake(tmp_path: Path) -> None:
    assert complaints(tmp_path, "\ufeff" + SOUND) == []
