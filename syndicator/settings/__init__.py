"""The configuration: one TOML file in, frozen settings out, or every problem of the file at once.

``config/syndicator.toml`` is the annotated example. Relative paths start at the *project folder*: the parent of
``config/`` when the file lies in a folder of that name, else the file's own folder. Secrets are references that
``credentials.resolve`` reads when a channel is really used; nothing here opens a database or the network.
"""

import re
import tomllib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from syndicator import shipped
from syndicator.credentials import CredentialRefs, misspelling, resolve, scheme_of
from syndicator.errors import ConfigError, Problem
from syndicator.model import Brand, Channel, HouseStyle, PlatformSpec, Rule, Source
from syndicator.settings.brand import read_brand
from syndicator.settings.channels import Folder, Reader
from syndicator.settings.problems import Problems, read_shape, unknown
from syndicator.settings.push import Push, read_push
from syndicator.settings.rules import EVERYTHING, read_rules
from syndicator.settings.shape import File
from syndicator.settings.sources import KINDS, KindSpecOf, bare, read_sources
from syndicator.settings.values import Unfit, did_you_mean, is_loopback, read_secure_address
from syndicator.settings.words import house_style

DEFAULT_STORE = "sqlite:///state/syndicator.db"
STORES = ("sqlite", "postgresql", "postgresql+psycopg")


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """The publication, as templates and pages name it."""

    name: str = ""
    url: str = ""
    timezone: str = "UTC"
    language: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Notify:
    """How people hear that something waits for them. Both may be absent.

    ``webhook`` is a reference, because such addresses are secrets: ``credentials.resolve(webhook, env)["webhook"]``.
    """

    webhook: CredentialRefs | None = None
    command: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything the file says, checked. ``notices`` are remarks that stop nothing."""

    path: Path
    project: Path
    site: Site
    store_url: str
    state_dir: Path
    templates_dir: Path
    sources: tuple[Source, ...]
    channels: tuple[Channel, ...]
    rules: tuple[Rule, ...]
    credentials: Mapping[str, CredentialRefs]
    notify: Notify
    house: HouseStyle = field(default_factory=HouseStyle)
    """What the newsroom wants in all its teasers."""
    brand: Brand = field(default_factory=Brand)
    """How cards look that are drawn for articles without a picture."""
    push: Push | None = None
    """None: nobody listens, all news is found by polling."""
    poll_concurrency: int = 10
    notices: tuple[str, ...] = ()

    def channel(self, name: str) -> Channel:
        """Give the channel called ``name``.

        Raises:
            ConfigError: there is none.
        """
        found = {channel.name: channel for channel in self.channels}
        if name not in found:
            raise _no_such(self.path, f"channels.{name}", "channel", name, found)
        return found[name]

    def source(self, name: str) -> Source:
        """Give the source called ``name``.

        Raises:
            ConfigError: there is none.
        """
        found = {source.name: source for source in self.sources}
        if name not in found:
            raise _no_such(self.path, f"sources.{name}", "source", name, found)
        return found[name]


def load(
    path: Path,
    *,
    spec_of: Callable[[str], PlatformSpec | None],
    env: Mapping[str, str],
    kinds: Collection[str] = KINDS,
    kind_spec_of: KindSpecOf = bare,
) -> Settings:
    """Read and check the configuration file at ``path``.

    ``spec_of`` gives a platform's spec by the name in the file (``x`` and ``twitter`` alike), None for an unknown one;
    ``env`` is needed only for a ``[store] url`` that is a reference; ``kinds`` are the kinds of source there are, and
    ``kind_spec_of`` explains one of them (asked only where the file says more than every kind knows).

    Raises:
        ConfigError: every problem of the file, in its order.
    """
    raw = _read_toml(path)
    problems = Problems(str(path), raw)
    file = read_shape(raw, problems)
    loading = _Loading(path=path, file=file, problems=problems, env=env)
    settings = loading.settings(spec_of=spec_of, kinds=kinds, kind_spec_of=kind_spec_of)
    found = problems.listed()
    if found:
        raise ConfigError(found)
    return settings


def project_folder(path: Path) -> Path:
    """Give the folder at which relative paths of the configuration file ``path`` start, absolute."""
    # The file itself is not resolved: where configuration is mounted by symbolic links, its target lies elsewhere.
    folder = path.parent.resolve()
    return folder.parent if folder.name == "config" else folder


def _no_such(path: Path, key: str, kind: str, name: str, known: Collection[str]) -> ConfigError:
    problem = Problem(file=str(path), key=key, message=f"there is no {kind} “{name}”", hint=unknown(name, known))
    return ConfigError([problem])


# --- the file -------------------------------------------------------------------------------------------------------


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        # Decimal keeps amounts of money exact.
        return tomllib.loads(path.read_bytes().decode("utf-8-sig"), parse_float=Decimal)
    except FileNotFoundError:
        message, hint = "there is no configuration here", "`syndicator init` writes one to start from"
    except OSError as error:
        message, hint = f"cannot be read: {error.strerror}", "check the path and its permissions"
    except UnicodeDecodeError as error:
        message, hint = f"is not UTF-8 text (byte {error.start + 1})", "save it as UTF-8 in your editor"
    except tomllib.TOMLDecodeError as error:
        raise ConfigError([_syntax_problem(path, str(error))]) from None
    except (RecursionError, ArithmeticError, ValueError):  # absurd nesting or numbers
        message, hint = "holds a value that cannot be read", "numbers with thousands of digits or brackets?"
    raise ConfigError([Problem(file=str(path), key="", message=message, hint=hint)])


def _syntax_problem(path: Path, text: str) -> Problem:
    """Turn tomllib's sentence into a problem with line and column."""
    place = re.search(r" \(at (?:line (\d+), column (\d+)|end of document)\)$", text)
    sentence = text[: place.start()] if place else text
    key = f"line {place[1]}, column {place[2]}" if place and place[1] else "end of the file"
    return Problem(file=str(path), key=key, message=f"not valid TOML: {sentence}", hint=_syntax_hint(sentence))


def _syntax_hint(sentence: str) -> str:
    hints = {
        "Invalid value": 'text needs straight "quotes"',
        "Unescaped": "write regular expressions in 'single quotes'",
        "Illegal character": "is a closing quote missing?",
        "Unterminated string": "is a closing quote missing?",
        "Cannot overwrite": "the key stands there twice",
        "Cannot declare": "the table stands there twice: join them",
        'Expected "': "is a closing quote missing?",
        "Expected '='": 'a line is: key = "value"',
        "Expected newline": "one key on each line; lists need commas",
        "Expected ']'": "is a ] missing?",
        "Unclosed array": "is a comma or ] missing?",
        "Unclosed inline table": "{ … } stays on one line",
    }
    return next((hint for start, hint in hints.items() if sentence.startswith(start)), "")


# --- the settings ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Loading:
    """One loading in progress."""

    path: Path
    file: File
    problems: Problems
    env: Mapping[str, str]

    @property
    def project(self) -> Path:
        return project_folder(self.path)

    def settings(
        self,
        *,
        spec_of: Callable[[str], PlatformSpec | None],
        kinds: Collection[str],
        kind_spec_of: KindSpecOf,
    ) -> Settings:
        site = Site(**self.file.site.given("name", "url", "timezone", "language"))
        store_url = self._store_url()
        templates = self._templates()
        channels = Reader(
            file=self.file,
            filename=str(self.path),
            project=self.project,
            timezone=site.timezone,
            templates=templates,
            spec_of=spec_of,
            problems=self.problems,
        ).channels()
        if not self.file.channels and not self.problems.at("channels"):
            hint = 'add [channels.x] with platform = "x", or start from what `syndicator init` writes'
            self.problems.add(("channels",), "missing: there is no channel to post to", hint)
        sources = read_sources(self.file, kinds=kinds, kind_spec_of=kind_spec_of, problems=self.problems)
        rules = read_rules(self.file, channels=self.file.channels, templates=templates, problems=self.problems)
        return Settings(
            path=self.path,
            project=self.project,
            site=site,
            store_url=store_url,
            state_dir=self._state_dir(store_url),
            templates_dir=templates.path,
            sources=sources,
            channels=tuple(channel for channel, _ in channels),
            rules=rules,
            credentials={channel.name: refs for channel, refs in channels},
            notify=self._notify(),
            house=house_style(
                self.file.hashtags.map,
                self.file.hashtags.stop,
                self.file.text.allow,
                boilerplate={source.name: source.boilerplate for source in sources if source.boilerplate},
            ),
            brand=read_brand(self.file, project=self.project, problems=self.problems),
            push=read_push(self.file, project=self.project, filename=str(self.path), problems=self.problems),
            poll_concurrency=self.file.poll.concurrency or 10,
            notices=_notices(sources=sources, channels=[channel for channel, _ in channels], rules=rules, site=site),
        )

    # --- places ---

    def _store_url(self) -> str:
        written = self.file.store.url if self.file.store.url is not None else DEFAULT_STORE
        url = self._looked_up(written)
        key = ("store", "url")
        # The URL may hold a password, so it is never shown.
        scheme, colon, rest = url.partition("://")
        if self.problems.at(*key):
            return ""
        if not colon or scheme not in STORES:
            close = did_you_mean(scheme, STORES) if colon and not scheme_of(written) else ""
            hint = close or f'such as "{DEFAULT_STORE}" or "postgresql://user@host/database"'
            self.problems.add(key, "is not the address of a post log", hint)
        elif scheme == "sqlite":
            return self._sqlite_url(rest)
        elif not scheme_of(written) and _holds_password(url):
            hint = 'put the whole address into the environment and write "env:SYNDICATOR_STORE"'
            self.problems.add(key, "a password must not stand in this file", hint)
        return url

    def _looked_up(self, url: str) -> str:
        if not scheme_of(url):
            return url
        refs = CredentialRefs(channel="", references={"url": url}, base=self.project, file=str(self.path), key="store")
        try:
            return resolve(refs, self.env)["url"]
        except ConfigError as error:
            for problem in error.problems:
                self.problems.add(("store", "url"), problem.message, problem.hint)
            return ""

    def _sqlite_url(self, rest: str) -> str:
        """Make the path of an SQLite URL absolute."""
        place = rest.removeprefix("/")
        if not rest.startswith("/"):
            hint = 'three slashes for a path in the project folder, four for an absolute one: "sqlite:///state/x.db"'
            self.problems.add(("store", "url"), "has too few slashes", hint)
        elif not place or place.startswith(":memory:"):
            message = "a post log in memory forgets what was posted, and posts it again"
            self.problems.add(("store", "url"), message, f'such as "{DEFAULT_STORE}"')
        return f"sqlite:///{self.project / place}"

    def _state_dir(self, store_url: str) -> Path:
        if self.file.store.state_dir is not None:
            return self.project / self.file.store.state_dir
        if store_url.startswith("sqlite:///"):
            return Path(store_url.removeprefix("sqlite:///").partition("?")[0]).parent
        return self.project / "state"

    def _templates(self) -> Folder:
        """Find the templates: as configured, else ``templates`` in the project folder, else the shipped ones."""
        written = self.file.templates.dir
        folder = self.project / (written or "templates")
        if written is None and not folder.is_dir():
            folder = shipped.templates()
        if not folder.is_dir():
            hint = "`syndicator init` copies the shipped templates"
            self.problems.add(("templates", "dir"), f"there is no folder {folder}", hint)
            return Folder(path=folder, names=None)
        # Behind the newsroom's templates stand the shipped ones, so a folder need not hold them all.
        names = {file.name for place in (folder, shipped.templates()) for file in place.glob("*.j2")}
        return Folder(path=folder, names=tuple(sorted(names)))

    def _notify(self) -> Notify:
        written, key = self.file.notify.webhook, ("notify", "webhook")
        if written is not None and misspelling(written):
            self.problems.add(key, "is not a complete reference", f"write {misspelling(written)}")
        elif written is not None and not scheme_of(written):
            try:
                read_secure_address(written.partition("?")[0])
            except Unfit as error:
                # Such an address is a secret, so a hint that repeats it will not do.
                self.problems.add(key, error.message, 'such as "https://…", or "env:NAME" to keep it secret')
        if self.file.notify.command == []:
            self.problems.add(("notify", "command"), "is empty", 'such as ["notify-send", "syndicator"]')
        refs = CredentialRefs(
            channel="", references={"webhook": written or ""}, base=self.project, file=str(self.path), key="notify"
        )
        return Notify(webhook=refs if written else None, command=tuple(self.file.notify.command or ()))


def _holds_password(url: str) -> bool:
    """Say whether a database URL has a password for another machine in it."""
    try:
        return bool(urlsplit(url).password) and not is_loopback(url)
    except ValueError:
        return True


def _notices(
    *, sources: tuple[Source, ...], channels: list[Channel], rules: tuple[Rule, ...], site: Site
) -> tuple[str, ...]:
    """Remark on what is allowed and yet may not have been meant."""
    notices = []
    if not sources:
        notices.append("there is no source: nothing is read until you add [sources.news] with a url")
    if rules and rules[0].name == EVERYTHING:
        notices.append("there are no [[rules]]: every article goes to every channel")
    routed = {route.channel for rule in rules for route in rule.routes}
    notices += [f"no rule leads to channel {channel.name}" for channel in channels if channel.name not in routed]
    labels = {label.casefold().strip() for source in sources for label in source.labels}
    for rule in rules:
        lost = [label for label in rule.labels if label.casefold().strip() not in labels]
        notices += [f"rule {rule.name}: no source has the label {label}" for label in lost]
    for channel in channels:
        if channel.quiet_hours and channel.timezone == site.timezone == "UTC":
            notices.append(f"the quiet hours of channel {channel.name} are in UTC: set timezone in [site]")
    return tuple(notices)
