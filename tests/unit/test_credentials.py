"""Secrets by reference: what is read, what is refused and why, and that no message ever holds one (X01, X02)."""

import os
from collections.abc import Iterator
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends.fail import Keyring as NoKeyring
from keyring.errors import KeyringLocked

from syndicator.credentials import CredentialRefs, check, misspelling, resolve, scheme_of
from syndicator.errors import ConfigError

SECRET = "s3cret-canary-5f2a"


def refs(base: Path, **references: str) -> CredentialRefs:
    return CredentialRefs(
        channel="x", references=references, base=base, file="syndicator.toml", key="channels.x.credentials"
    )


def secret_file(folder: Path, content: bytes = SECRET.encode(), mode: int = 0o600) -> Path:
    path = folder / "token"
    path.write_bytes(content)
    path.chmod(mode)
    return path


def complaint(where: CredentialRefs, env: dict[str, str] | None = None) -> tuple[str, str]:
    """Give message and hint of the one problem, which resolve and check tell alike."""
    (problem,) = check(where, env or {})
    with pytest.raises(ConfigError) as caught:
        resolve(where, env or {})
    assert caught.value.problems == (problem,)
    assert (problem.file, problem.key) == ("syndicator.toml", "channels.x.credentials.token")
    assert SECRET not in str(caught.value) + repr(caught.value)
    return problem.message, problem.hint


# --- environment ----------------------------------------------------------------------------------------------------


def test_the_environment_is_the_one_handed_in(tmp_path: Path) -> None:
    assert resolve(refs(tmp_path, token="env:TOKEN"), {"TOKEN": f"{SECRET}\n"})["token"] == SECRET


@pytest.mark.parametrize(
    ("env", "message"),
    [
        ({}, "the environment variable TOKEN is not set"),
        ({"TOKEN": ""}, "the environment variable TOKEN is empty"),
        ({"TOKEN": " \n"}, "the environment variable TOKEN is empty"),
        ({"TOKEN": f"{SECRET}\nX: y"}, "the environment variable TOKEN holds a line break or control character"),
    ],
)
def test_an_unusable_variable_is_a_problem(tmp_path: Path, env: dict[str, str], message: str) -> None:
    found, hint = complaint(refs(tmp_path, token="env:TOKEN"), env)
    assert found == message
    assert hint


# --- files ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", [0o600, 0o400])
@pytest.mark.parametrize("ending", [b"", b"\n", b"\r\n"])
def test_a_file_of_ours_is_read_without_its_line_end(tmp_path: Path, mode: int, ending: bytes) -> None:
    secret_file(tmp_path, SECRET.encode() + ending, mode)
    assert resolve(refs(tmp_path, token="file:token"), {})["token"] == SECRET


def test_a_path_may_be_absolute(tmp_path: Path) -> None:
    path = secret_file(tmp_path)
    assert resolve(refs(Path("/nowhere"), token=f"file:{path}"), {})["token"] == SECRET


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660, 0o700, 0o4600])
def test_a_mode_wider_than_0600_is_refused(tmp_path: Path, mode: int) -> None:
    path = secret_file(tmp_path, mode=mode)
    assert complaint(refs(tmp_path, token="file:token")) == (
        f"{path} has mode {mode:04o}, wider than 0600",
        f"chmod 600 {path}",
    )


def test_a_symbolic_link_is_refused_wherever_it_leads(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(secret_file(tmp_path))
    (tmp_path / "broken").symlink_to(tmp_path / "none")
    for name in ("link", "broken"):
        message, _ = complaint(refs(tmp_path, token=f"file:{name}"))
        assert message == f"{tmp_path / name} is a symbolic link"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_file_of_another_user_is_refused(tmp_path: Path) -> None:
    path = secret_file(tmp_path)
    os.chown(path, 65534, -1)
    assert complaint(refs(tmp_path, token="file:token"))[0] == f"{path} belongs to another user"


def test_a_missing_file_says_how_to_make_one(tmp_path: Path) -> None:
    message, hint = complaint(refs(tmp_path, token="file:none"))
    assert message == f"{tmp_path}/none does not exist"
    assert "install -m 600" in hint


def test_only_regular_files_are_read_and_a_pipe_does_not_block(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe", 0o600)
    (tmp_path / "folder").mkdir()
    for name in ("pipe", "folder"):
        message, _ = complaint(refs(tmp_path, token=f"file:{name}"))
        assert message == f"{tmp_path / name} is not a regular file"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"\n", "is empty"),
        (SECRET.encode() + b"\nsecond line", "holds a line break"),
        (SECRET.encode() + b"\xff", "is not text"),
        (b"x" * 70_000, "is larger than 64 KB"),
    ],
)
def test_a_file_that_holds_no_bare_secret_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    secret_file(tmp_path, content)
    assert message in complaint(refs(tmp_path, token="file:token"))[0]


def test_an_unknown_home_is_a_problem(tmp_path: Path) -> None:
    assert "whose home directory" in complaint(refs(tmp_path, token="file:~nobody-of-that-name/token"))[0]


# --- systemd --------------------------------------------------------------------------------------------------------


def test_systemd_hands_over_credentials_with_its_own_modes(tmp_path: Path) -> None:
    secret_file(tmp_path, mode=0o440)
    assert resolve(refs(tmp_path, token="systemd:token"), {"CREDENTIALS_DIRECTORY": str(tmp_path)})["token"] == SECRET


def test_without_systemd_the_remedy_names_the_directive(tmp_path: Path) -> None:
    message, hint = complaint(refs(tmp_path, token="systemd:token"))
    assert message == "there is no $CREDENTIALS_DIRECTORY"
    assert "LoadCredential=token:" in hint
    message, _ = complaint(refs(tmp_path, token="systemd:token"), {"CREDENTIALS_DIRECTORY": str(tmp_path)})
    assert message == "systemd handed over no credential token: No such file or directory"


# --- keyring --------------------------------------------------------------------------------------------------------


class Drawer(KeyringBackend):
    """A keyring in memory."""

    priority = 1.0

    def __init__(self) -> None:
        self.entries: dict[tuple[str, str], str] = {}
        self.locked = False

    def get_password(self, service: str, username: str) -> str | None:
        if self.locked:
            raise KeyringLocked(f"locked, and {SECRET} in the message")
        return self.entries.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.entries[service, username] = password


@pytest.fixture
def drawer() -> Iterator[Drawer]:
    before = keyring.get_keyring()
    mine = Drawer()
    keyring.set_keyring(mine)
    yield mine
    keyring.set_keyring(before)


def test_the_keyring_is_asked_by_service_and_name(tmp_path: Path, drawer: Drawer) -> None:
    keyring.set_password("news room", "x/token", SECRET)
    assert resolve(refs(tmp_path, token="keyring:news room/x/token"), {})["token"] == SECRET


def test_a_missing_entry_names_the_command_that_makes_it(tmp_path: Path, drawer: Drawer) -> None:
    assert complaint(refs(tmp_path, token="keyring:news/token")) == (
        "the keyring has no entry news/token",
        "keyring set news token",
    )


def test_a_locked_keyring_is_a_problem_without_its_message(tmp_path: Path, drawer: Drawer) -> None:
    drawer.locked = True
    assert complaint(refs(tmp_path, token="keyring:news/token"))[0] == "the keyring cannot be read (KeyringLocked)"


def test_a_machine_without_keyring_says_what_to_use_instead(tmp_path: Path, drawer: Drawer) -> None:
    keyring.set_keyring(NoKeyring())  # type: ignore[no-untyped-call]
    message, hint = complaint(refs(tmp_path, token="keyring:news/token"))
    assert message == "this machine has no keyring"
    assert "file:PATH" in hint


# --- all together ---------------------------------------------------------------------------------------------------


def test_all_problems_of_a_channel_come_together(tmp_path: Path) -> None:
    where = refs(tmp_path, a="env:A", b="file:none", c="systemd:c", d="env:OK")
    assert [problem.key.rpartition(".")[2] for problem in check(where, {"OK": SECRET})] == ["a", "b", "c"]


def test_nothing_configured_is_nothing_resolved(tmp_path: Path) -> None:
    assert resolve(refs(tmp_path), {}).secrets() == ()


def test_no_secret_in_any_repr(tmp_path: Path) -> None:
    where = refs(tmp_path, token=SECRET, other="env:OTHER")
    assert SECRET not in f"{where} {where!r} {resolve(where, {'OTHER': SECRET})!r}"
    assert "env:OTHER" in repr(where)


@pytest.mark.parametrize(
    ("reference", "scheme", "right"),
    [
        ("env:A_1", "env", True),
        ("env:1A", "env", False),
        ("env:", "env", False),
        ("file:/run/x y", "file", True),
        ("file:", "file", False),
        ("systemd:x-token", "systemd", True),
        ("systemd:../x", "systemd", False),
        ("keyring:a/b", "keyring", True),
        ("keyring:a", "keyring", False),
        ("vault:a", "", True),
        ("literal", "", True),
    ],
)
def test_references_are_recognised_by_their_shape(reference: str, scheme: str, right: bool) -> None:
    assert scheme_of(reference) == scheme
    assert (misspelling(reference) == "") is right
