"""Secrets by reference: what the configuration may write, and how a reference becomes a secret.

::

    env:X_ACCESS_TOKEN            an environment variable
    file:secrets/x-token          a file of ours, mode 0600 or stricter, never a symbolic link
    systemd:x-token               a file handed over by systemd's LoadCredential= (in $CREDENTIALS_DIRECTORY)
    keyring:syndicator/x-token    the desktop's keyring: SERVICE/NAME

A literal secret is a reference too, but settings let it pass only for a channel whose ``api_base`` is this machine.
Nothing is read before :func:`resolve`, and no message, hint or ``repr`` ever holds a secret.
"""

import os
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from syndicator.errors import ConfigError, Problem
from syndicator.model import Credentials

SCHEMES = ("env", "file", "systemd", "keyring")
_resolved: set[str] = set()

LONGEST = 64 * 1024
"""Bytes in a secret file; keys and tokens are far shorter, so more means the wrong file."""

_SHAPES = {
    "env": (r"[A-Za-z_][A-Za-z0-9_]*", "env:NAME, with letters, digits and _ only"),
    "file": (r"[^\x00-\x1f]+", "file:PATH, relative to the project folder or absolute"),
    "systemd": (r"[A-Za-z0-9_][A-Za-z0-9_.@-]*", "systemd:NAME, as in LoadCredential=NAME:…"),
    "keyring": (r"[^/\x00-\x1f]+/[^\x00-\x1f]+", "keyring:SERVICE/NAME"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialRefs:
    """Where one channel's secrets are. ``key`` is the table in ``file``; ``base`` is where relative paths start."""

    channel: str
    references: Mapping[str, str] = field(default_factory=dict)
    base: Path = field(default_factory=Path)
    file: str = ""
    key: str = ""

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={shown_reference(text)}" for name, text in sorted(self.references.items()))
        return f"CredentialRefs({self.channel}: {shown})"


class _Unresolved(Exception):
    """A reference leads nowhere: what is wrong, and the remedy."""

    def __init__(self, message: str, hint: str = "") -> None:
        self.message = message
        self.hint = hint
        super().__init__(message)


def scheme_of(reference: str) -> str:
    """Give ``env``, ``file``, ``systemd`` or ``keyring``; empty for a literal."""
    scheme, colon, _ = reference.partition(":")
    return scheme if colon and scheme in SCHEMES else ""


def misspelling(reference: str) -> str:
    """Say how a reference of a known scheme should look; empty when it is well formed, or a literal."""
    scheme = scheme_of(reference)
    if not scheme:
        return ""
    pattern, shape = _SHAPES[scheme]
    return "" if re.fullmatch(pattern, reference[len(scheme) + 1 :]) else shape


def shown_reference(reference: str) -> str:
    """Give a reference for people to read: literals are hidden."""
    return reference if scheme_of(reference) else "(literal, hidden)"


def resolve(refs: CredentialRefs, env: Mapping[str, str]) -> Credentials:
    """Read every secret of one channel.

    Raises:
        ConfigError: all references that lead nowhere, together.
    """
    values, problems = _read_all(refs, env)
    if problems:
        raise ConfigError(problems)
    credentials = Credentials(values)
    _resolved.update(credentials.secrets())
    return credentials


def resolved() -> tuple[str, ...]:
    """Give every secret read so far in this process, for the filters that keep them out of logs (X02)."""
    return tuple(_resolved)


def check(refs: CredentialRefs, env: Mapping[str, str]) -> list[Problem]:
    """List what :func:`resolve` would complain about."""
    return _read_all(refs, env)[1]


def _read_all(refs: CredentialRefs, env: Mapping[str, str]) -> tuple[dict[str, str], list[Problem]]:
    values: dict[str, str] = {}
    problems: list[Problem] = []
    for name, reference in refs.references.items():
        try:
            values[name] = _read(reference, env=env, base=refs.base)
        except _Unresolved as error:
            key = f"{refs.key}.{name}" if refs.key else name
            problems.append(Problem(file=refs.file, key=key, message=error.message, hint=error.hint))
    return values, problems


def _read(reference: str, *, env: Mapping[str, str], base: Path) -> str:
    scheme = scheme_of(reference)
    rest = reference[len(scheme) + 1 :]
    shape = misspelling(reference)
    if shape:
        raise _Unresolved("is not a complete reference", f"write {shape}")
    if scheme == "env":
        return _from_env(rest, env)
    if scheme == "file":
        return _from_file(_path(rest, base))
    if scheme == "systemd":
        return _from_systemd(rest, env)
    if scheme == "keyring":
        return _from_keyring(*rest.split("/", 1))
    return _usable(reference, "the value")


def _usable(text: str, what: str) -> str:
    """Strip the line end that editors and ``echo`` leave; refuse what could not be sent as one header value."""
    secret = text.rstrip("\r\n")
    if not secret.strip():
        raise _Unresolved(f"{what} is empty", "put the secret there")
    if any(ord(character) < 0x20 or ord(character) == 0x7F for character in secret):
        raise _Unresolved(f"{what} holds a line break or control character", "it should hold the bare secret only")
    return secret


def _from_env(name: str, env: Mapping[str, str]) -> str:
    if name not in env:
        raise _Unresolved(f"the environment variable {name} is not set", f"export {name}=… before you start syndicator")
    return _usable(env[name], f"the environment variable {name}")


def _path(text: str, base: Path) -> Path:
    try:
        return base / Path(text).expanduser()
    except RuntimeError:
        raise _Unresolved(f"whose home directory is meant by {text}?", "write the whole path") from None


def _from_file(path: Path) -> str:
    """Read a secret file of ours; the checks are made on the opened file, so nobody can swap it in between."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise _unopened(path, error) from None
    try:
        _check_file(os.fstat(handle), path)
        data = _read_some(handle)
    finally:
        os.close(handle)
    return _decoded(data, path)


def _check_file(facts: os.stat_result, path: Path) -> None:
    if not stat.S_ISREG(facts.st_mode):
        raise _Unresolved(f"{path} is not a regular file", "name the file that holds the secret")
    if facts.st_uid != os.geteuid():
        hint = f"give it to the user that runs syndicator: chown {os.geteuid()} {path}"
        raise _Unresolved(f"{path} belongs to another user", hint)
    mode = stat.S_IMODE(facts.st_mode)
    if mode & ~0o600:
        raise _Unresolved(f"{path} has mode {mode:04o}, wider than 0600", f"chmod 600 {path}")


def _read_some(handle: int) -> bytes:
    data = b""
    while len(data) <= LONGEST and (piece := os.read(handle, LONGEST + 1)):
        data += piece
    return data


def _unopened(path: Path, error: OSError) -> _Unresolved:
    if path.is_symlink():
        return _Unresolved(f"{path} is a symbolic link", "name the file itself")
    if isinstance(error, FileNotFoundError):
        return _Unresolved(f"{path} does not exist", f"create it with mode 0600: install -m 600 /dev/null {path}")
    return _Unresolved(f"{path} cannot be read: {error.strerror}", "check the path and its folders' permissions")


def _decoded(data: bytes, path: Path) -> str:
    if len(data) > LONGEST:
        raise _Unresolved(f"{path} is larger than {LONGEST // 1024} KB", "it should hold the bare secret only")
    try:
        return _usable(data.decode("utf-8"), str(path))
    except UnicodeDecodeError:
        raise _Unresolved(f"{path} is not text", "it should hold the bare secret only") from None


def _from_systemd(name: str, env: Mapping[str, str]) -> str:
    """Read a credential that systemd placed; owner and mode are systemd's business (it may use an ACL)."""
    folder = env.get("CREDENTIALS_DIRECTORY")
    if not folder:
        hint = f"start it as a systemd service with LoadCredential={name}:/path/of/the/secret"
        raise _Unresolved("there is no $CREDENTIALS_DIRECTORY", hint)
    path = Path(folder) / name
    try:
        with path.open("rb") as stream:
            return _decoded(stream.read(LONGEST + 1), path)
    except OSError as error:
        hint = f"add LoadCredential={name}:/path/of/the/secret to the unit"
        raise _Unresolved(f"systemd handed over no credential {name}: {error.strerror}", hint) from None


def _from_keyring(service: str, name: str) -> str:
    import keyring
    from keyring.errors import KeyringError, NoKeyringError

    try:
        secret = keyring.get_password(service, name)
    except NoKeyringError:
        hint = "servers have none: use file:PATH (mode 0600), env:NAME or systemd:NAME instead"
        raise _Unresolved("this machine has no keyring", hint) from None
    except KeyringError as error:
        # Only the kind of failure: what a backend writes into its messages is not ours to vouch for.
        raise _Unresolved(f"the keyring cannot be read ({type(error).__name__})", "unlock it and try again") from None
    if secret is None:
        raise _Unresolved(f"the keyring has no entry {service}/{name}", f"keyring set {service} {name}")
    return _usable(secret, "the keyring entry")
