"""``[push]`` and what sources say about it."""

from pathlib import Path

import pytest

from syndicator.errors import ConfigError
from tests.unit.settings_files import SOUND, read

LISTEN = '[push]\nlisten = "127.0.0.1:8722"\n'
SECRET = 'webhook_secret = "env:WIRE_SECRET"\n'
SOURCE = '[sources.wire]\nurl = "https://wire.example/feed/"\n'


def problems(tmp_path: Path, text: str) -> list[tuple[str, str, str]]:
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, text)
    return [(problem.key, problem.message, problem.hint) for problem in caught.value.problems]


def test_it_is_off_when_absent_and_on_with_an_address(tmp_path: Path) -> None:
    assert read(tmp_path, SOUND).push is None
    push = read(
        tmp_path, f'{SOUND}\n{LISTEN}public_url = "https://news.example/push/"\nsha1 = true\n{SOURCE}{SECRET}'
    ).push
    assert push is not None
    assert (push.host, push.port, push.public_url, push.sha1) == ("127.0.0.1", 8722, "https://news.example/push", True)
    assert {name: dict(refs.references) for name, refs in push.webhooks.items()} == {
        "wire": {"webhook_secret": "env:WIRE_SECRET"}
    }


def test_a_source_is_told_by_its_hub_unless_it_says_no(tmp_path: Path) -> None:
    more = f'{SOURCE}{SECRET}[sources.quiet]\nurl = "https://quiet.example/feed/"\nwebsub = false\n'
    settings = read(tmp_path, f"{SOUND}\n{LISTEN}{more}")
    assert (settings.source("wire").websub, settings.source("wire").webhook) == (True, True)
    assert (settings.source("quiet").websub, settings.source("quiet").webhook) == (False, False)


@pytest.mark.parametrize(
    ("written", "key", "message", "hint"),
    [
        ("[push]\n", "push.listen", "missing", '"127.0.0.1:8722"'),
        ('[push]\nlisten = "8722"\n', "push.listen", "an address and a port", '"127.0.0.1:8722"'),
        ('[push]\nlisten = "news.example:8722"\n', "push.listen", "not an address of a machine", "in numbers"),
        ('[push]\nlisten = "127.0.0.1:99999"\n', "push.listen", "is not a port", "65535"),
        ('[push]\nlisten = "0.0.0.0:8722"\n', "push.listen", "other machines", "expose = true"),
        ('[push]\nlisten = "[::]:8722"\n', "push.listen", "other machines", "expose = true"),
        ('[push]\nlisten = "192.168.1.7:8722"\n', "push.listen", "other machines", "expose = true"),
        (f'{LISTEN}public_url = "http://news.example/"\n', "push.public_url", "plain http", "https://"),
        (f'{LISTEN}public_url = "https://news.example/?a=1"\n', "push.public_url", "? or #", "path"),
        (f'{LISTEN}secret = "x"\n', "push.secret", "unknown key", "listen"),
        (f"{SOURCE}{SECRET}", "sources.wire.webhook_secret", "nobody listens", "[push]"),
        (f'{LISTEN}{SOURCE}webhook_secret = ""\n', "sources.wire.webhook_secret", "is empty", "env:WIRE"),
        (f'{LISTEN}{SOURCE}webhook_secret = "{"x" * 40}"\n', "sources.wire.webhook_secret", "must not stand", "0600"),
        (f'{LISTEN}{SOURCE}webhook_secret = "keyring:x"\n', "sources.wire.webhook_secret", "complete", "SERVICE/NAME"),
        (f"{LISTEN}{SOURCE}websub = true\n", "sources.wire.websub", "where to find us", "public_url"),
        (f"{SOURCE}websub = true\n", "sources.wire.websub", "where to find us", "public_url"),
    ],
)
def test_problems_and_remedies(tmp_path: Path, written: str, key: str, message: str, hint: str) -> None:
    found = problems(tmp_path, f"{SOUND}\n{written}")
    assert [problem[0] for problem in found] == [key]
    assert message in found[0][1]
    assert hint in found[0][2]
    assert "x" * 40 not in str(found)


@pytest.mark.parametrize("listen", ["[::1]:8722", "127.0.0.9:1", "localhost:8722"])
def test_this_machine_needs_no_leave(tmp_path: Path, listen: str) -> None:
    push = read(tmp_path, f'{SOUND}\n[push]\nlisten = "{listen}"\n').push
    assert push is not None
    assert push.host in {"::1", "127.0.0.9", "127.0.0.1"}


def test_an_open_address_is_for_those_who_say_so(tmp_path: Path) -> None:
    push = read(tmp_path, f'{SOUND}\n[push]\nlisten = "0.0.0.0:8722"\nexpose = true\n').push
    assert push is not None
    assert push.host == "0.0.0.0"
