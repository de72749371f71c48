"""What ships: the example and the demonstration load against the real platforms, and init never destroys work."""

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from syndicator import platforms, shipped
from syndicator.credentials import check, resolve, scheme_of
from syndicator.errors import ConfigError
from syndicator.model import PlatformSpec
from syndicator.sandbox import accounts
from syndicator.settings import Settings, load

SANDBOX = "http://127.0.0.1:8123"


def spec_of(name: str) -> PlatformSpec:
    return platforms.load(name).SPEC


def newsroom(folder: Path) -> Settings:
    shipped.init(folder)
    return load(folder / "config" / "syndicator.toml", spec_of=spec_of, env={})


def demonstration(folder: Path) -> Settings:
    path = folder / "demo.toml"
    path.write_text(shipped.config("demo.toml").read_text(encoding="utf-8").replace("{sandbox}", SANDBOX), "utf-8")
    return load(path, spec_of=spec_of, env={})


def test_the_example_is_sound_and_says_eu_today(tmp_path: Path) -> None:
    settings = newsroom(tmp_path)
    assert (settings.site.name, settings.site.timezone) == ("EU Today", "Europe/Brussels")
    assert settings.source("eutoday").url == "https://eutoday.net/feed/"
    accounts_of = {channel.platform: channel.account for channel in settings.channels}
    assert accounts_of == {"twitter": "@EU_today", "facebook": "EUtoday.net", "youtube": "@eutoday1049"}
    assert settings.channel("youtube").options["driver"] == "handoff"
    assert settings.store_url == f"sqlite:///{tmp_path}/state/syndicator.db"
    assert settings.notices == ()


def test_the_example_resolves_with_a_dummy_environment(tmp_path: Path) -> None:
    settings = newsroom(tmp_path)
    names = [text.removeprefix("env:") for refs in settings.credentials.values() for text in refs.references.values()]
    env = {name: f"dummy {name}" for name in names}
    assert len(env) == 6
    assert all(not check(refs, env) for refs in settings.credentials.values())
    assert resolve(settings.credentials["x"], env)["consumer_key"] == "dummy X_CONSUMER_KEY"
    with pytest.raises(ConfigError) as caught:
        resolve(settings.credentials["facebook"], {})
    assert len(caught.value.problems) == 2


def test_the_example_holds_no_secret() -> None:
    text = shipped.config("syndicator.toml").read_text(encoding="utf-8")
    for line in text.splitlines():
        key, _, value = line.lstrip("# ").partition(" = ")
        if key in {field.name for name in ("twitter", "facebook", "youtube") for field in spec_of(name).credentials}:
            assert scheme_of(value.split('"')[1]) == "env"


def test_the_example_asks_the_page_where_a_platform_keeps_an_empty_card() -> None:
    example = tomllib.loads(shipped.config("syndicator.toml").read_text(encoding="utf-8"))
    assert {name for name, channel in example["channels"].items() if channel.get("preflight")} == {"x", "facebook"}


def test_the_example_shows_every_option_of_value_to_a_newsroom() -> None:
    text = shipped.config("syndicator.toml").read_text(encoding="utf-8")
    for word in (
        "$0.200",
        "$0.015",
        "closed pilot",
        "handoff",
        "quiet_hours",
        "daily_cap",
        "monthly_budget",
        "breaking",
    ):
        assert word in text


def test_the_demonstration_is_sound_and_stays_on_this_machine(tmp_path: Path) -> None:
    settings = demonstration(tmp_path)
    assert [channel.platform for channel in settings.channels] == ["twitter", "facebook", "youtube"]
    assert [source.name for source in settings.sources] == ["news", "world"]
    for channel in settings.channels:
        assert channel.api_base.startswith(SANDBOX)
    assert settings.channel("youtube").options["token_uri"] == f"{SANDBOX}/google/token"
    assert settings.notices == ()


def test_the_demonstration_uses_the_sandboxs_accounts(tmp_path: Path) -> None:
    settings = demonstration(tmp_path)
    known = {"x": accounts.X, "facebook": accounts.FACEBOOK, "youtube": accounts.YOUTUBE}
    for channel, account in known.items():
        references = settings.credentials[channel].references
        assert references == {name: account[name] for name in references}
    assert settings.channel("x").account == f"@{accounts.X['username']}"
    assert settings.channel("facebook").options["page_id"] == accounts.FACEBOOK["page_id"]
    assert settings.channel("youtube").options["channel_id"] == accounts.YOUTUBE["channel_id"]


def test_sandbox_secrets_never_go_to_the_real_token_server(tmp_path: Path) -> None:
    text = shipped.config("demo.toml").read_text(encoding="utf-8").replace("{sandbox}", SANDBOX)
    path = tmp_path / "demo.toml"
    path.write_text(text.replace("token_uri", "# token_uri"), "utf-8")
    with pytest.raises(ConfigError) as caught:
        load(path, spec_of=spec_of, env={})
    assert {problem.key.rpartition(".")[0] for problem in caught.value.problems} == {"channels.youtube.credentials"}


# --- init -----------------------------------------------------------------------------------------------------------


def test_init_lays_out_the_example_and_the_templates(tmp_path: Path) -> None:
    written = shipped.init(tmp_path / "newsroom")
    names = {str(path.relative_to(tmp_path / "newsroom")) for path in written}
    assert {"config/syndicator.toml", "templates/twitter.j2", "templates/facebook.j2", "templates/youtube.j2"} <= names
    assert set(written) == set(shipped.layout(tmp_path / "newsroom"))


def test_init_keeps_what_is_there(tmp_path: Path) -> None:
    shipped.init(tmp_path)
    edited = tmp_path / "config" / "syndicator.toml"
    edited.write_text("# ours")
    (tmp_path / "templates" / "twitter.j2").unlink()
    assert shipped.init(tmp_path) == [tmp_path / "templates" / "twitter.j2"]
    assert edited.read_text() == "# ours"


def test_init_replaces_only_when_told_and_never_through_a_link(tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_text("keep me")
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "syndicator.toml").symlink_to(precious)
    assert tmp_path / "config" / "syndicator.toml" not in shipped.init(tmp_path)
    assert tmp_path / "config" / "syndicator.toml" in shipped.init(tmp_path, force=True)
    assert precious.read_text() == "keep me"


def test_init_where_nothing_can_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="cannot be written: Not a directory"):
        shipped.init(tmp_path / "file")


def test_an_installed_package_finds_what_travels_inside_it(tmp_path: Path) -> None:
    package = tmp_path / "syndicator"
    shutil.copytree(shipped.templates(), package / "_shipped" / "templates")
    shutil.copytree(shipped.config("demo.toml").parent, package / "_shipped" / "config")
    for module in ("__init__", "errors", "shipped"):
        shutil.copy(Path(shipped.__file__).parent / f"{module}.py", package)
    code = "from syndicator import shipped; print(shipped.config('demo.toml').read_text()[:1], shipped.templates())"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == f"# {package}/_shipped/templates"
