"""Read ``[push]`` and what sources say about it: how news is announced to us instead of being looked for.

It opens no socket and reads no secret.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from syndicator.credentials import CredentialRefs, misspelling, scheme_of
from syndicator.settings.problems import Problems
from syndicator.settings.shape import File
from syndicator.settings.values import is_loopback

KEY = "webhook_secret"
SECRET_BYTES = 32
"""A shorter secret could be guessed by trying (X13)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Push:
    """Where we listen and how the world reaches us."""

    host: str = "127.0.0.1"
    port: int = 8722
    """0 takes any free one."""
    public_url: str = ""
    """What hubs call, without a slash at the end; empty: there is no WebSub."""
    sha1: bool = False
    """True: signatures of old hubs are believed as well."""
    webhooks: Mapping[str, CredentialRefs] = field(default_factory=dict)
    """Where each source's secret is: ``credentials.resolve(refs, env)[KEY]``."""


def read_push(file: File, *, project: Path, filename: str, problems: Problems) -> Push | None:
    """Read the table; None when nobody listens."""
    _check_sources(file, problems)
    table = file.push
    if table is None:
        return None
    if table.listen is None:
        if not problems.at("push", "listen"):
            problems.add(("push", "listen"), "missing: the address to listen at", 'listen = "127.0.0.1:8722"')
        return None
    host, port = table.listen
    if not is_loopback(f"http://[{host}]" if ":" in host else f"http://{host}") and not table.expose:
        hint = "listen on 127.0.0.1 behind a web server that speaks TLS; if the open address is meant: expose = true"
        problems.add(("push", "listen"), "can be reached from other machines", hint)
    return Push(
        host=host,
        port=port,
        public_url=table.public_url or "",
        sha1=bool(table.sha1),
        webhooks={
            name: CredentialRefs(
                channel=name,
                references={KEY: source.webhook_secret},
                base=project,
                file=filename,
                key=f"sources.{name}",
            )
            for name, source in file.sources.items()
            if source.webhook_secret is not None
        },
    )


def _check_sources(file: File, problems: Problems) -> None:
    for name, source in file.sources.items():
        if source.webhook_secret is not None:
            _check_secret(name, source.webhook_secret, problems)
            if file.push is None and not problems.at("push"):
                hint = 'add [push] with listen = "127.0.0.1:8722"'
                problems.add(("sources", name, KEY), "nobody listens for the webhook", hint)
        if source.websub and not (file.push and file.push.public_url) and not problems.within("push"):
            hint = 'add [push] with listen = "127.0.0.1:8722" and public_url = "https://…", or leave websub out'
            problems.add(("sources", name, "websub"), "hubs do not know where to find us", hint)


def _check_secret(name: str, reference: str, problems: Problems) -> None:
    key = ("sources", name, KEY)
    such = f'such as "env:{name.replace("-", "_").upper()}_WEBHOOK_SECRET"'
    if not reference.strip():
        problems.add(key, "is empty", such)
    elif misspelling(reference):
        problems.add(key, "is not a complete reference", f"write {misspelling(reference)}")
    elif not scheme_of(reference):
        problems.add(key, "a secret must not stand in this file", f"{such}, or a file with mode 0600: file:secrets/…")
