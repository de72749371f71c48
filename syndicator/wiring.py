"""Settings made into running parts, and closed again. The only place that knows every layer.

Nothing heavy is imported before it is used: a preview needs no database, a listing no SDK.
"""

import asyncio
import os
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar, cast

from syndicator import platforms
from syndicator.credentials import resolve
from syndicator.errors import ConfigError, Problem, SourceError, StoreError, Unreachable
from syndicator.model import (
    Article,
    Brand,
    Capabilities,
    Channel,
    Media,
    Picture,
    PlatformSpec,
    Probe,
    Source,
    SourceSpec,
)
from syndicator.settings import Notify, Settings
from syndicator.settings.push import KEY as WEBHOOK_SECRET
from syndicator.settings.push import SECRET_BYTES
from syndicator.settings.values import is_loopback

if TYPE_CHECKING:
    from syndicator.platforms import Adapter
    from syndicator.service.compose import Composer
    from syndicator.service.journal import Journal
    from syndicator.service.notify import Notifier
    from syndicator.service.parts import Page, Parts
    from syndicator.store.engine import Store


Kept: TypeAlias = dict[tuple[str, str, str], object]
"""What was fetched for previews of the same articles, failures included."""
Fetched = TypeVar("Fetched")
PICTURE_MOST = timedelta(seconds=20)
PAGE_MOST = timedelta(seconds=8)
"""For one answer, to the last byte: several may be tried for one post, and news waits for no picture."""


def spec_of(name: str) -> PlatformSpec | None:
    """Give the spec of a platform by its configured name; None when there is no such platform."""
    try:
        return platforms.load(name).SPEC
    except ModuleNotFoundError as error:
        if error.name is not None and error.name.endswith(platforms.ALIASES.get(name, name)):
            return None
        raise  # the platform is there; something that it needs is not


def kind_spec_of(kind: str) -> SourceSpec | None:
    """Give the spec of a kind of source; None when there is no such kind."""
    from syndicator import sources
    from syndicator.errors import SourceInvalid

    try:
        module = sources.load(kind)
    except SourceInvalid:
        return None
    spec: SourceSpec = getattr(module, "SPEC", SourceSpec(name=kind, title=kind))
    return spec


def node() -> str:
    """Name this worker: ``host/pid``. Recovery uses it to see that a worker of this host is gone."""
    return f"{socket.gethostname()}/{os.getpid()}"


def composer(settings: Settings, *, kept: Kept | None = None) -> "Composer":
    """Make the composer: templates of the newsroom first, the shipped ones behind them.

    ``kept``: what was fetched already and is not fetched again; what is fetched joins it. None keeps nothing.
    """
    from jinja2 import ChoiceLoader, FileSystemLoader

    from syndicator import shipped
    from syndicator.service.compose import Composer
    from syndicator.service.rendering import Rendering
    from syndicator.sources import _agent

    _agent.introduce(settings.site.url)
    loader = ChoiceLoader([FileSystemLoader(settings.templates_dir), FileSystemLoader(shipped.templates())])
    brand = settings.brand

    def look(article: Article) -> Picture | None:
        return asyncio.run(_pictures_of_page(article, allow_private=_is_private(article, settings)))

    def fetch(article: Article) -> bytes:
        return asyncio.run(_fetch_picture(article, allow_private=_is_private(article, settings)))

    return Composer(
        templates=Rendering(loader, settings.house),
        site=settings.site.name,
        fetch=_once(fetch, kept),
        prepare=_prepare_picture,
        look=_once(look, kept),
        draw=lambda article, capabilities: _draw_card(article, brand, capabilities),
    )


def _is_private(article: Article, settings: Settings) -> bool:
    """Say whether the article's source may have private addresses (X16)."""
    return any(source.name == article.source and source.allow_private for source in settings.sources)


def _once(ask: Callable[[Article], Fetched], kept: Kept | None) -> Callable[[Article], Fetched]:
    """Ask the web once for an article, whatever comes of it."""
    if kept is None:
        return ask

    def asked(article: Article) -> Fetched:
        key = (ask.__name__, article.url, article.image.url if article.image else "")
        if key not in kept:
            try:
                kept[key] = ask(article)
            except (SourceError, ValueError, OSError) as error:
                kept[key] = error
        found = kept[key]
        if isinstance(found, Exception):
            raise found
        return cast("Fetched", found)

    return asked


async def _fetch_picture(article: Article, *, allow_private: bool) -> bytes:
    from syndicator.sources import _child

    if article.image is None:
        raise ValueError("the article has no picture")
    _child.warm("images")  # it starts while we fetch
    from syndicator.sources._fetch import Fetcher
    from syndicator.sources.images import fetch_image

    async with Fetcher(deadline=PICTURE_MOST) as fetcher:
        return await fetch_image(article.image.url, fetcher=fetcher, allow_private=allow_private)


async def _pictures_of_page(article: Article, *, allow_private: bool) -> Picture | None:
    from syndicator.sources import webpage
    from syndicator.sources._fetch import Fetcher

    async with Fetcher(deadline=PAGE_MOST) as fetcher:
        return (await webpage.read_page(article.url, fetcher=fetcher, allow_private=allow_private)).image


def _draw_card(article: Article, brand: Brand, capabilities: Capabilities) -> tuple[Media, bytes]:
    from syndicator.sources import card

    return card.draw_apart(article, brand, capabilities=capabilities)


def _page(source: Source, article: Article) -> "Page":
    from syndicator.service.live import page

    return page(source, article)


def _link_card(article: Article, *, allow_private: bool) -> str:
    from syndicator.service.live import link_card

    return link_card(article, allow_private=allow_private)


def _prepare_picture(data: bytes, capabilities: Capabilities, alt: str) -> tuple[Media, bytes]:
    from syndicator.sources.images import prepare_apart

    return prepare_apart(data, capabilities=capabilities, alt=alt)


class Adapters:
    """Adapters by channel and purpose, made when first used and closed together.

    A channel sends in one thread at a time (one job per channel) and looks in another, so an adapter is never used by
    two threads at once, and a token refreshed once serves many ticks.
    """

    def __init__(self, settings: Settings, env: Mapping[str, str]) -> None:
        self._settings = settings
        self._env = env
        self._made: dict[tuple[str, str], Adapter] = {}
        self._lock = threading.Lock()

    def __call__(self, name: str, purpose: str) -> "Adapter":
        """Give the channel's adapter for a purpose."""
        with self._lock:
            adapter = self._made.get((name, purpose))
            if adapter is None:
                adapter = self._made[name, purpose] = self._connect(name)
            return adapter

    def _connect(self, name: str) -> "Adapter":
        channel = next(channel for channel in self._settings.channels if channel.name == name)
        credentials = resolve(self._settings.credentials[name], self._env)
        return platforms.load(channel.platform).connect(channel, credentials)

    def close(self) -> None:
        """Close every adapter."""
        with self._lock:
            for adapter in self._made.values():
                adapter.close()
            self._made.clear()


def unsafe_windows(settings: Settings) -> list[Problem]:
    """Name channels whose automatic resend rests on a window shorter than the platform's (R10); tests on this machine
    may shorten it.
    """
    problems = []
    for channel in settings.channels:
        least = platforms.load(channel.platform).capabilities(channel).settle
        window = channel.windows.settle
        if channel.resend and window is not None and window < least and not is_loopback(channel.api_base):
            problems.append(
                Problem(
                    file=str(settings.path),
                    key=f"channels.{channel.name}.windows.settle",
                    message=f"is shorter than the {least} after which absence is believed, and resend = true",
                    hint="leave it out, or let a person decide: resend = false",
                )
            )
    return problems


def store_risks(settings: Settings) -> tuple[str, ...]:
    """Name what the database under the post log cannot promise (D39), or the disk under it (S09)."""
    if settings.store_url.startswith("sqlite"):
        from syndicator.store import sqlite

        return sqlite.risks(Path(settings.store_url.removeprefix("sqlite:///").partition("?")[0]))
    from syndicator.store.engine import risks

    try:
        return risks(settings.store_url)
    except StoreError as error:
        return (f"PostgreSQL could not be asked how it is replicated: {error}",)


def open_store(settings: Settings, *, create: bool) -> "Store":
    """Open the post log; ``create`` makes it when it is missing (only the verbs that write do that)."""
    from syndicator.store.engine import Store

    return Store.open(settings.store_url, create=create)


def journal(settings: Settings) -> "Journal":
    """Give this machine's journal of what it sent."""
    from syndicator.service.journal import Journal

    return Journal(settings.state_dir, node())


@contextmanager
def running(
    settings: Settings,
    *,
    create: bool = False,
    env: Mapping[str, str] | None = None,
    store: "Store | None" = None,
    adapter: "Callable[[str, str], Adapter] | None" = None,
) -> Iterator["Parts"]:
    """Give the running parts and close what was opened here. ``store`` and ``adapter`` replace ours (dry runs)."""
    from syndicator.service import rendering
    from syndicator.service.clock import Clock
    from syndicator.service.parts import Parts

    env = os.environ if env is None else env
    if problems := unsafe_windows(settings):
        raise ConfigError(problems)
    opened = store or open_store(settings, create=create)
    made = Adapters(settings, env)
    try:
        yield Parts(
            store=opened,
            sources=settings.sources,
            channels={channel.name: channel for channel in settings.channels},
            rules=settings.rules,
            composer=composer(settings),
            adapter=adapter or made,
            notifier=_notifier(settings, env),
            state_dir=settings.state_dir,
            journal=journal(settings),
            clock=Clock(settings.state_dir / "clock.json"),
            node=node(),
            poll_concurrency=settings.poll_concurrency,
            page=_page,
            link_card=lambda article: _link_card(article, allow_private=_is_private(article, settings)),
        )
    finally:
        made.close()
        rendering.close()
        if store is None:
            opened.close()


def webhook_secrets(settings: Settings, env: Mapping[str, str] | None = None) -> dict[str, bytes]:
    """Read the secret of each source that takes webhooks.

    Raises:
        ConfigError: all secrets that cannot be read or could be guessed, together.
    """
    found: dict[str, bytes] = {}
    problems: list[Problem] = []
    for name, refs in settings.push.webhooks.items() if settings.push else ():
        try:
            secret = resolve(refs, os.environ if env is None else env)[WEBHOOK_SECRET].encode()
        except ConfigError as error:
            problems += error.problems
            continue
        if len(secret) < SECRET_BYTES:
            hint = f"make a new one of {SECRET_BYTES} bytes or more: openssl rand -hex 32"
            key = f"{refs.key}.{WEBHOOK_SECRET}"
            problems.append(Problem(file=refs.file, key=key, message="is so short that it could be guessed", hint=hint))
        found[name] = secret
    if problems:
        raise ConfigError(problems)
    return found


def _notifier(settings: Settings, env: Mapping[str, str]) -> "Notifier":
    from syndicator.service.notify import Notifier

    webhook = resolve(settings.notify.webhook, env)["webhook"] if settings.notify.webhook else ""
    return Notifier(webhook=webhook, command=settings.notify.command)


def whoami(settings: Settings, channel: Channel, env: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Ask the platform who the channel's credentials are (``check --online``): remote_id, name, warnings.

    Raises:
        ConfigError: a secret cannot be read.
        PlatformError: the platform refuses or cannot be reached.
    """
    credentials = resolve(settings.credentials[channel.name], os.environ if env is None else env)
    adapter = platforms.load(channel.platform).connect(channel, credentials)
    try:
        identity = adapter.whoami()
    finally:
        adapter.close()
    return {"remote_id": identity.remote_id, "name": identity.name, "warnings": list(identity.warnings)}


def probe(settings: Settings, channel: Channel, env: Mapping[str, str] | None = None) -> Probe:
    """Try out whether what the channel stages is invisible (R18), where there is no post log to keep the answer.

    Raises:
        ConfigError: a secret cannot be read.
        PlatformError: nothing was shown either way.
    """
    credentials = resolve(settings.credentials[channel.name], os.environ if env is None else env)
    adapter = platforms.load(channel.platform).connect(channel, credentials)
    try:
        if not isinstance(adapter, platforms.Probing):
            raise Unreachable("its platform stages posts and cannot probe", platform=channel.platform, code="no-probe")
        return adapter.probe()
    finally:
        adapter.close()


@contextmanager
def rehearsing(settings: Settings) -> Iterator["Parts"]:
    """Give parts for a dry run: a throw-away copy of the post log, and adapters that put nothing on any wire."""
    import tempfile
    from datetime import UTC, datetime

    from syndicator.service.rehearsal import DryAdapter
    from syndicator.store import copying

    with tempfile.TemporaryDirectory(prefix="syndicator-dry-run-") as folder:
        store = copying.copy(settings.store_url, Path(folder) / "copy.db")
        dry = replace(settings, state_dir=Path(folder), notify=Notify())
        try:
            with running(dry, store=store, adapter=lambda *_: DryAdapter(lambda: datetime.now(UTC))) as parts:
                yield parts
        finally:
            store.close()
