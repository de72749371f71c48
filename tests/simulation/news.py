"""The news of every story, and the log at its beginning; made once for a process, as many stories share them."""

import sqlite3
import tempfile
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import DictLoader

from syndicator.core import identity
from syndicator.core import plan as decisions
from syndicator.core.teaser import Templates
from syndicator.model import Article, Channel, Entry, Post, Route, Source
from syndicator.service.compose import Composer, Draft
from syndicator.service.probe import Standing
from syndicator.service.probe import _account as account_of
from syndicator.service.remember import article_from
from syndicator.store import articles, channels, posts
from syndicator.store.articles import SourceState
from syndicator.store.codec import dump_instant
from syndicator.store.engine import Store
from tests.simulation.pagesite import PAGE
from tests.simulation.scene import Start
from tests.simulation.world import EPOCH

TEMPLATE = "{{ article.title }}\n{{ link }}"
THREADED = "Story 0"
"""The headline that gets a thread where the platform takes one; other stories go out beside it."""
THREAD = f"{TEMPLATE}{{% if article.title == '{THREADED}' %}}{{% part %}}More of it\n{{{{ link }}}}{{% endif %}}"
SOURCE = Source(name="news", kind="feed", url="https://news.example/feed/", max_age=timedelta(days=7))


class RememberingComposer(Composer):
    """The real composer, asked once for each request: it is pure, and a hundred thousand seeds share their articles."""

    def __init__(self) -> None:
        templates = Templates(DictLoader({"twitter.j2": THREAD, "facebook.j2": TEMPLATE}))
        super().__init__(templates=templates, site="News", fetch=_no_picture, prepare=_no_picture)
        self._made: dict[Any, Draft] = {}

    def compose(
        self, article: Article, *, channel: Channel, marker: str, template: str = "", text: str | None = None
    ) -> Draft:
        key = (article.title, marker, template, text, tuple(sorted(channel.options.items())))
        if key not in self._made:
            self._made[key] = super().compose(article, channel=channel, marker=marker, template=template, text=text)
        return self._made[key]


def _no_picture(*_: object) -> Any:
    raise ValueError("no pictures in a story")


# --- the news -------------------------------------------------------------------------------------------------------


@cache
def entry(number: int) -> Entry:
    """Give one item of the feed."""
    url = f"https://news.example/2026/11/story-{number}"
    return Entry(
        guid=url, url=f"{url}/", canonical_url=url, title=f"Story {number}", published_at=EPOCH - timedelta(minutes=10)
    )


@cache
def article(number: int) -> Article:
    """Give the article that the product makes of it."""
    return article_from(entry(number), source=SOURCE, now=EPOCH)


def marker(number: int, channel: str) -> str:
    """Give the marker that its post carries."""
    return identity.post_id(article(number).id, channel)


@cache
def _blank() -> bytes:
    """Give an empty post log: migrating anew for every story would take most of its time."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "log.db"
        Store.open(f"sqlite:///{path}", create=True).close()
        return path.read_bytes()


@cache
def image_of(given: tuple[tuple[str, str, str], ...], *, number: int, start: Start) -> bytes:
    """Give the log at the beginning of a story, as SQLite keeps it; ``given`` is (name, platform, mode) of channels."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "log.db"
        path.write_bytes(_blank())
        store = Store.open(f"sqlite:///{path}")
        with store.write() as conn:
            state = SourceState(
                name=SOURCE.name, baseline_at=EPOCH - timedelta(days=1), last_success_at=EPOCH - timedelta(hours=1)
            )
            articles.save_source_state(conn, state)
            made = [channel_of(*one) for one in given]
            for channel in made:
                probe = f"{Standing.HIDDEN} {account_of(channel)}: played"
                channels.record_probe(conn, channel.name, probe=probe, at=EPOCH - timedelta(days=2))
            for n in range(number if start is not Start.FEED else 0):
                articles.add(conn, article(n), identity.aliases(SOURCE.name, entry(n)), planned=True)
                for channel in made:
                    posts.insert(conn, _post(article(n), channel, held=start is Start.HELD))
            begun = dump_instant(EPOCH - timedelta(days=10))
            conn.exec_driver_sql("UPDATE genesis SET log_id = 'played', created_at = ?", (begun,))
        store.close()
        with closing(sqlite3.connect(path)) as raw:
            raw.execute("PRAGMA journal_mode = DELETE")
        return path.read_bytes()


def channel_of(name: str, platform: str, mode: str) -> Channel:
    """Give a channel as far as its posts' rows depend on it."""
    options = {} if platform == "twitter" else {"page_id": PAGE} | ({"publish_mode": mode} if mode else {})
    return Channel(name=name, platform=platform, options=options)


def _post(story: Article, channel: Channel, *, held: bool) -> Post:
    made = decisions.new_post(story, channel=channel, route=Route(channel=channel.name, approval=held), now=EPOCH)
    if not held:
        return made
    draft = composer().compose(story, channel=channel, marker=made.id, template=made.template)
    return replace(made, payload=draft.composed, payload_sha256=draft.sha256)


@cache
def composer() -> RememberingComposer:
    """Give this process's composer."""
    return RememberingComposer()
