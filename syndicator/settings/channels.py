"""Read ``[channels.…]``: policy, what the platform itself wants to know, references to secrets, windows.

What a platform takes is told by its :class:`~syndicator.model.PlatformSpec`; this module never imports a platform and
never reads a secret.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, TypeAlias

from syndicator.credentials import CredentialRefs, misspelling, scheme_of
from syndicator.model import Channel, Field, PlatformSpec, Windows
from syndicator.settings.problems import Problems, unknown
from syndicator.settings.shape import ChannelTable, File, Key, WindowsTable
from syndicator.settings.values import Unfit, as_option, is_loopback, read_secure_address

SpecOf: TypeAlias = Callable[[str], PlatformSpec | None]

_WINDOWS = tuple(field.name for field in fields(Windows))
_POLICY = ("account", "api_base", "language", "min_interval", "daily_cap", "monthly_budget", "quiet_hours")
_MORE_POLICY = ("expires_after", "undo", "resend", "hashtags_most", "hashtags_style")
_PICTURES = ("preflight", "preflight_wait")
_SERVERS = ("_uri", "_base")
"""Options with these endings name a server that gets secrets."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """The templates as far as names are concerned. ``names`` is None when the folder itself is the problem."""

    path: Path
    names: tuple[str, ...] | None

    def check(self, name: str, key: Key, problems: Problems) -> None:
        """Note a problem when the folder has no template ``name``."""
        if self.names is not None and name not in self.names:
            hint = unknown(name, self.names) if self.names else "`syndicator init` copies the shipped templates"
            problems.add(key, f"there is no template {name} in {self.path}", hint)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Everything that reading channels needs besides their tables."""

    file: File
    filename: str
    project: Path
    timezone: str
    templates: Folder
    spec_of: SpecOf
    problems: Problems

    def channels(self) -> tuple[tuple[Channel, CredentialRefs], ...]:
        """Read all channels; those with problems are left out (and noted)."""
        self._check_windows()
        read = [self._channel(name, table) for name, table in self.file.channels.items()]
        found = tuple(channel for channel in read if channel is not None)
        self._check_duplicates(found)
        return found

    def _channel(self, name: str, table: ChannelTable) -> tuple[Channel, CredentialRefs] | None:
        spec = self._spec(name, table)
        if spec is None:
            return None
        if not self.problems.at("channels", name, "template"):
            # The platform's own is what everything else falls back to, so it has to be there in any case.
            for template in {f"{spec.name}.j2", table.template or ""} - {""}:
                self.templates.check(template, ("channels", name, "template"), self.problems)
        options = self._options(name, table.extras, spec)
        channel = Channel(
            name=name,
            # A third party's module is found by its dotted name, so that is kept; `x` becomes `twitter`.
            platform=table.platform if table.platform and "." in table.platform else spec.name,
            template=table.template or "",
            timezone=table.timezone or self.timezone,
            image=table.image or spec.default_image,
            image_fallback=table.image_fallback or spec.default_fallback,
            utm=table.utm.given("source", "medium", "campaign", "term") if table.utm else {},
            windows=self._windows(table.windows),
            options=options,
            **table.given(*_POLICY, *_MORE_POLICY, *_PICTURES),
        )
        return channel, self._references(name, table, spec, options)

    def _spec(self, name: str, table: ChannelTable) -> PlatformSpec | None:
        key = ("channels", name, "platform")
        known = _shipped_platforms()
        if table.platform is None:
            if not self.problems.at(*key):
                self.problems.add(key, "missing: which platform this channel is on", f"one of: {', '.join(known)}")
            return None
        words = table.platform.split(".")
        spec = self.spec_of(table.platform) if all(w.isidentifier() and w[0] != "_" for w in words) else None
        if spec is None:
            self.problems.add(key, f"there is no platform “{table.platform}”", unknown(table.platform, known))
        return spec

    # --- what the platform wants to know ---

    def _options(self, name: str, extras: Mapping[str, Any], spec: PlatformSpec) -> dict[str, str]:
        options = {option.name: option for option in spec.options}
        given = {key: value for key, value in extras.items() if key in options}
        for key in extras.keys() - options.keys():
            self.problems.add(("channels", name, key), "unknown key", _where_instead(name, key, spec))
        for option in spec.options:
            if option.required and option.name not in given:
                hint = f'add {option.name} = "…" to [channels.{name}]'
                self.problems.add(("channels", name, option.name), f"missing: {option.help}", hint)
        chosen = {key: self._option(("channels", name, key), value, options[key]) for key, value in given.items()}
        return {option.name: option.default for option in spec.options if option.default} | chosen

    def _option(self, key: Key, value: object, option: Field) -> str:
        text, message, hint = as_option(value, option)
        if message:
            self.problems.add(key, message, hint)
        elif text and option.name.endswith(_SERVERS):
            try:
                return read_secure_address(text)
            except Unfit as error:
                self.problems.add(key, error.message, error.hint)
        return text

    # --- secrets ---

    def _references(
        self, name: str, table: ChannelTable, spec: PlatformSpec, options: Mapping[str, str]
    ) -> CredentialRefs:
        given = table.credentials or {}
        known = {credential.name: credential for credential in spec.credentials}
        servers = [table.api_base or "", *(options[key] for key in options if key.endswith(_SERVERS))]
        for key, reference in given.items():
            self._check_reference(name, key, reference, literal=all(map(is_loopback, servers)), spec=spec)
        for credential in known.values():
            place = ("channels", name, "credentials", credential.name)
            if credential.required and credential.name not in given and not self.problems.at(*place):
                line = f'{credential.name} = "{_env_reference(name, credential.name)}"'
                hint = f"add {line} to [channels.{name}.credentials]"
                self.problems.add(place, f"missing: {credential.help}", hint)
        return CredentialRefs(
            channel=name,
            references={key: reference for key, reference in given.items() if key in known},
            base=self.project,
            file=self.filename,
            key=f"channels.{name}.credentials",
        )

    def _check_reference(self, name: str, key: str, reference: str, *, literal: bool, spec: PlatformSpec) -> None:
        place = ("channels", name, "credentials", key)
        known = [credential.name for credential in spec.credentials]
        shape = misspelling(reference)
        if key not in known:
            others = {*ChannelTable.model_fields, *(option.name for option in spec.options)}
            above = f"{key} belongs in [channels.{name}], above [channels.{name}.credentials]"
            hint = above if key in others else unknown(key, known)
            self.problems.add(place, f"{spec.title} has no such credential", hint)
        elif not reference.strip():
            self.problems.add(place, "is empty", f'such as "{_env_reference(name, key)}"')
        elif shape:
            self.problems.add(place, "is not a complete reference", f"write {shape}")
        elif not scheme_of(reference) and not literal:
            secret_file = f"file:secrets/{name}-{key}".replace("_", "-")
            hint = f'write "{_env_reference(name, key)}", or "{secret_file}" with mode 0600, or "keyring:SERVICE/NAME"'
            # A default counts: sandbox secrets would go to the real token server.
            message = "a secret must not stand in this file, unless every server of the channel is this machine"
            self.problems.add(place, message, hint)

    # --- windows and twins ---

    def _windows(self, table: WindowsTable | None) -> Windows:
        own = table.given(*_WINDOWS) if table else {}
        return Windows(**(self.file.windows.given(*_WINDOWS) | own))

    def _check_windows(self) -> None:
        _check_windows(Windows(**self.file.windows.given(*_WINDOWS)), ("windows",), self.problems)
        for name, table in self.file.channels.items():
            if table.windows is not None:
                _check_windows(self._windows(table.windows), ("channels", name, "windows"), self.problems)

    def _check_duplicates(self, found: tuple[tuple[Channel, CredentialRefs], ...]) -> None:
        """Refuse two channels that are one and the same destination: it would get every article twice."""
        seen: dict[object, str] = {}
        for channel, refs in found:
            account = channel.account.strip().lstrip("@").casefold()
            who: object = account or (sorted(channel.options.items()), sorted(refs.references.items()))
            first = seen.setdefault(repr((channel.platform, channel.api_base, who)), channel.name)
            if first != channel.name:
                key = ("channels", channel.name, "account" if account else "platform")
                message = f"is the same destination as channels.{first}, which would post every article twice"
                self.problems.add(key, message, "remove one; different texts are made by rules and templates")


def _check_windows(windows: Windows, key: Key, problems: Problems) -> None:
    if problems.within(*key):
        return
    if not windows.look_ups or list(windows.look_ups) != sorted(set(windows.look_ups)):
        problems.add((*key, "look_ups"), "must grow from one to the next", 'such as ["0s", "15s", "1m", "5m", "15m"]')
    if windows.retry_first > windows.retry_most:
        problems.add((*key, "retry_first"), "is longer than retry_most", "the first wait is the shortest one")
    if windows.send_deadline >= windows.lease:
        problems.add((*key, "send_deadline"), "is not shorter than lease", "a send has to end while its lease lasts")


def _where_instead(name: str, key: str, spec: PlatformSpec) -> str:
    if any(key == credential.name for credential in spec.credentials):
        return f"it belongs in [channels.{name}.credentials]"
    return unknown(key, [*ChannelTable.model_fields, *(option.name for option in spec.options)])


def _env_reference(channel: str, credential: str) -> str:
    name = f"{channel}_{credential}".replace("-", "_").upper()
    return f"env:{name}"


def _shipped_platforms() -> list[str]:
    """Name the platforms that ship, for hints only; loading never looks into the folder."""
    folder = Path(__file__).parent.parent / "platforms"
    return sorted(module.stem for module in folder.glob("[!_]*.py"))
