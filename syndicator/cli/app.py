"""What every command needs: the settings, the running parts, the logs."""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO, cast

import click

if TYPE_CHECKING:
    from collections.abc import MutableMapping

    from syndicator.model import Article, Channel
    from syndicator.service.compose import Composer
    from syndicator.service.parts import Parts
    from syndicator.settings import Settings
    from syndicator.store.engine import Store
    from syndicator.wiring import Kept


@dataclass(kw_only=True)
class App:
    """One call of the command line."""

    config: str
    verbose: int = 0
    log_json: bool = False
    typed: str = ""
    """The address that the user named: one more name under which the article may be known."""
    kept: "Kept | None" = None
    """What was fetched for articles already and is not fetched again; None keeps nothing."""
    _logs_set_up: bool = False

    @cached_property
    def settings(self) -> "Settings":
        """The configuration, checked; ConfigError names every problem."""
        import os

        from syndicator import settings, wiring
        from syndicator.sources import _agent

        path = Path(self.config)
        found = settings.load(path, spec_of=wiring.spec_of, kind_spec_of=wiring.kind_spec_of, env=os.environ)
        _agent.introduce(found.site.url)
        return found

    @contextmanager
    def parts(self, *, create: bool = False) -> Iterator["Parts"]:
        """Give the running parts; ``create`` makes a missing post log."""
        from syndicator import wiring

        self.set_up_logs()
        with wiring.running(self.settings, create=create) as parts:
            yield parts

    @contextmanager
    def store(self) -> Iterator["Store"]:
        """Give the post log alone: listings need no adapters, templates or logs."""
        from syndicator import wiring

        opened = wiring.open_store(self.settings, create=False)
        try:
            yield opened
        finally:
            opened.close()

    @property
    def configured(self) -> bool:
        """Whether a configuration is there at all (reading a feed or a page needs none)."""
        return Path(self.config).is_file()

    @cached_property
    def composer(self) -> "Composer":
        """The composer alone: previews need no database and no credentials."""
        from syndicator import wiring

        return wiring.composer(self.settings, kept=self.kept)

    def known_articles(self, article: "Article") -> str | None:
        """Give the id under which the post log knows an article, so that a preview carries the very marker."""
        from syndicator.errors import StoreError
        from syndicator.service import admin
        from syndicator.store import articles

        try:
            with self.store() as store, store.read() as conn:
                return next(iter(articles.known(conn, admin.aliases(article, self.typed)).values()), None)
        except StoreError:
            return None  # no post log yet: the article is new

    def channels(self, names: tuple[str, ...]) -> list["Channel"]:
        """Give the named channels, or all; an unknown name is a usage error with the known ones."""
        known = {channel.name: channel for channel in self.settings.channels}
        unknown = [name for name in names if name not in known]
        if unknown:
            raise click.UsageError(f"no channel {unknown[0]!r}; configured: {', '.join(known) or 'none'}")
        return [known[name] for name in names] if names else list(known.values())

    def set_up_logs(self, least: int = logging.WARNING) -> None:
        """Send logs to stderr: readable on a terminal, one line each; ``--log-json`` for machines. Once per call."""
        if self._logs_set_up:
            return
        self._logs_set_up = True
        import structlog

        level = min(least, {0: least, 1: logging.INFO}.get(self.verbose, logging.DEBUG))
        renderer: structlog.typing.Processor = (
            structlog.processors.JSONRenderer()
            if self.log_json
            else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), sort_keys=False, pad_event_to=0)
        )
        structlog.configure(
            processors=[
                structlog.contextvars.merge_contextvars,
                structlog.processors.add_log_level,
                structlog.processors.TimeStamper(fmt="iso", utc=True),
                structlog.processors.format_exc_info,
                _redacted,
                renderer,
            ],
            wrapper_class=structlog.make_filtering_bound_logger(level),
            logger_factory=structlog.PrintLoggerFactory(cast("TextIO", _Lenient(sys.stderr))),
            cache_logger_on_first_use=False,
        )
        logging.basicConfig(level=max(level, logging.INFO), stream=sys.stderr, format="%(name)s: %(message)s")
        for handler in logging.getLogger().handlers:
            handler.addFilter(_RedactingFilter())
        # Two lines a tick, and a warning whenever posting takes longer than one: not news.
        logging.getLogger("apscheduler").setLevel(logging.ERROR)
        logging.getLogger("alembic").setLevel(logging.WARNING)


class _Lenient:
    """A stream for what may be lost: a full disk under the log must not stop a receipt from being recorded (S01)."""

    def __init__(self, stream: "TextIO") -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        with suppress(OSError):
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        with suppress(OSError):
            self._stream.flush()


def _redacted(_logger: object, _name: str, event: "MutableMapping[str, Any]") -> "MutableMapping[str, Any]":
    """Blot out secrets in everything that is logged, whoever put them there (X02)."""
    from syndicator import credentials
    from syndicator.platforms._redaction import redact

    secrets = credentials.resolved()
    for key, value in event.items():
        if isinstance(value, str):
            event[key] = redact(value, secrets)
    return event


class _RedactingFilter(logging.Filter):
    """The same for libraries that log by themselves; asks for the secrets at each record, as they are read late."""

    def filter(self, record: logging.LogRecord) -> bool:
        from syndicator import credentials
        from syndicator.platforms._redaction import RedactingFilter

        return RedactingFilter(credentials.resolved()).filter(record)


pass_app = click.make_pass_decorator(App)
