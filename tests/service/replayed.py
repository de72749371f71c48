"""A random newsroom lived through by the real service on a virtual clock, to be played again by the backtest.

Its feed always has the same number of entries, is read at every interval, and edits what it published; channels have
spacing, caps, budgets, quiet hours and patience by the seed.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random

from sqlalchemy import update

from syndicator.core import links
from syndicator.model import CatchUp, Channel, Entry, Post, QuietHours, Route, Rule, Source, Stabilise, State
from syndicator.service import admin, approval, batches
from syndicator.service.deliver import deliver
from syndicator.service.parts import Done, Item
from syndicator.service.plan import plan
from syndicator.service.remember import remember
from syndicator.sources import Reading
from syndicator.store import articles, posts, views
from syndicator.store import batches as stored_batches
from syndicator.store.schema import articles as articles_table
from tests import values
from tests.service.bench import TEMPLATE, Bench, make_bench

WINDOW = 40
INTERVAL = timedelta(minutes=5)
TITLES = ("Harbour plan {n}", "Storm {n} closes the ferry line", "BREAKING: vote {n} is over", "Letters {n}")
FOLLOW_UP = "{% if not article.tags %}{% part %}More: {{ article.summary }}{% endif %}"
TAGS = (("Opinion",), ("World", "Harbour"), ("Sponsored",), ())


def one_by_one(act: Callable[[Item], Done], items: Sequence[Item]) -> list[Done]:
    """Work on channels one after the other, as on one clock."""
    return [act(item) for item in items]


@dataclass
class Newsroom:
    """A source, its channels and rules, and the bench on which the service works for it."""

    seed: int
    folder: Path
    random: Random = field(init=False)
    bench: Bench = field(init=False)
    source: Source = field(init=False)
    entries: list[Entry] = field(default_factory=list)
    number: int = 0

    def __post_init__(self) -> None:
        self.random = Random(self.seed)
        self.source = Source(
            name="news", kind="feed", url="https://news.example/feed", interval=INTERVAL, labels=("news",),
            flood_limit=self.random.choice((None, 3, 100)), max_age=timedelta(hours=24), language="en",
        )  # fmt: skip
        channels = tuple(self._channel(name, kind) for name, kind in (("x", "twitter"), ("page", "facebook")))
        if self.seed % 3 == 2:  # follow-ups wait for money too, and the backtest takes them for sent at once
            channels = tuple(replace(channel, monthly_budget=None) for channel in channels)
        template = TEMPLATE + (FOLLOW_UP if self.seed % 3 == 2 else "")
        self.bench = make_bench(
            self.folder, channels=channels, rules=self._rules(), sources=(self.source,), template=template
        )
        self.bench.parts = replace(
            self.bench.parts,
            store=self.bench.parts.store.hasty(),
            side_by_side=one_by_one,
        )

    def _channel(self, name: str, platform: str) -> Channel:
        pick = self.random.choice
        return values.channel(
            name,
            platform,
            timezone=pick(("UTC", "Europe/Brussels", "America/New_York")),
            min_interval=pick((timedelta(0), timedelta(minutes=10), timedelta(hours=1))),
            daily_cap=pick((None, 5, 20)),
            monthly_budget=pick((None, Decimal("2.00"))),
            quiet_hours=pick((None, QuietHours(start=time(23), end=time(6)))),
            expires_after=pick((timedelta(minutes=30), timedelta(hours=6))),
            undo=pick((timedelta(0), timedelta(seconds=30))),
        )

    def _rules(self) -> tuple[Rule, ...]:
        pick = self.random.choice
        stabilise = pick((None, Stabilise()))
        catch_up = pick((None, CatchUp(newest=2), CatchUp(younger=timedelta(hours=1)), CatchUp()))
        x = Route(channel="x", delay=pick((timedelta(0), timedelta(minutes=2))), stabilise=stabilise, catch_up=catch_up)
        page = Route(channel="page", delay=timedelta(minutes=10), catch_up=catch_up)
        return (
            Rule(name="no ads", routes=(), tags=("Sponsored",), final=True),
            Rule(name="breaking", routes=(Route(channel="x"), page), title="^breaking", breaking=True),
            Rule(name="opinion", routes=(replace(x, approval=True),), tags=("Opinion",), final=True),
            Rule(name="all", routes=(x, page)),
        )

    # --- its life ---------------------------------------------------------------------------------------------------

    def live(self, *, hours: int) -> None:
        """Let the service work for so many hours."""
        clock = self.bench.clock
        for _ in range(WINDOW):
            self._publish(old=True)
        until = clock.now() + timedelta(hours=hours)
        while clock.now() < until:
            away = self.random.random() < 0.03 and not self._held()
            self._wait(clock.now() + timedelta(minutes=2))
            self._decide()
            self._wait(clock.now() + timedelta(hours=3 if away else 0, minutes=3))
            for _ in range(self.random.choices((0, 1, 2, 6), weights=(86, 10, 3, 1))[0] + (2 if away else 0)):
                self._publish()
            if self.random.random() < 0.1:
                self._edit()
            self.read()
        deliver(self.bench.parts)

    def _held(self) -> bool:
        with self.bench.parts.store.read() as conn:
            return bool(stored_batches.held(conn))

    def _decide(self) -> None:
        """Let the desk decide now and then about what is held."""
        parts, pick = self.bench.parts, self.random
        with parts.store.read() as conn:
            rows = [row.post for row in views.attention(conn) if row.post.state is State.HELD]
        held = sorted(rows, key=lambda one: one.id)
        if held and pick.random() < 0.1:
            post = pick.choice(held)
            if pick.random() < 0.2 or post.payload is None:
                admin.drop(parts, post)
            else:
                approval.approve(parts, post, sha256=str(post.payload_sha256))
        if pick.random() < 0.1 and self._held():
            act = batches.release if pick.random() < 0.7 else batches.drop
            act(parts, batches.review(parts, self.source.name))
            self._plan()

    def read(self) -> None:
        """Poll and plan."""
        document = Reading(entries=tuple(self.entries[-WINDOW:]))
        remember(self.bench.parts, self.source, document, backfill=0)
        self._plan()

    def _plan(self) -> None:
        parts = self.bench.parts
        with parts.store.read() as conn:
            asked = [article.id for article in articles.unplanned(conn)]
        plan(parts)
        # Elsewhere some time passes between the reading and the planning, and what was asked is told by that.
        moment = parts.clock.now() + timedelta(microseconds=1)
        with parts.store.write() as conn:
            conn.execute(update(articles_table).where(articles_table.c.id.in_(asked)).values(planned_at=moment))

    def _publish(self, *, old: bool = False) -> None:
        self.number += 1
        now, pick = self.bench.clock.now(), self.random.choice
        ahead = pick((timedelta(0), timedelta(0), timedelta(0), timedelta(minutes=40), timedelta(days=2)))
        url = f"https://news.example/2026/story-{self.number}/"
        title = pick(TITLES).format(n=self.number if self.random.random() < 0.95 else 1)
        written_at = now - timedelta(days=5) if old else now - timedelta(minutes=self.number % 7) + ahead
        self.entries.append(
            Entry(guid=url, url=url, canonical_url=links.canonical(url), title=title, published_at=written_at,
                  summary=f"Lead {self.number}. More.", tags=pick(TAGS), language="en")
        )  # fmt: skip

    def _edit(self) -> None:
        place = self.random.randrange(len(self.entries) - 5, len(self.entries))
        title = self.random.choice(("[withdrawn] {}", "{} (updated)", "BREAKING: {}")).format(self.entries[place].title)
        self.entries[place] = replace(self.entries[place], title=title)

    def _wait(self, until: datetime) -> None:
        """Let time pass as a daemon lives it: whatever becomes due is delivered at the tick."""
        clock, parts = self.bench.clock, self.bench.parts
        while True:
            deliver(parts)
            with parts.store.read() as conn:
                due_at = posts.next_due_at(conn)
            if due_at is None or due_at > until:
                break
            clock.set(max(due_at, clock.now() + timedelta(seconds=1)))
            if clock.now() >= until:
                break
        clock.set(max(until, clock.now()))

    # --- what came of it --------------------------------------------------------------------------------------------

    def posts(self) -> dict[tuple[str, str], tuple[Post, datetime | None]]:
        """Give every post by article and channel, and when it went out; follow-ups are not among them."""
        with self.bench.parts.store.read() as conn:
            rows = [row.post for row in views.log(conn) if not row.post.part]
            tried = {post.id: posts.attempts(conn, post.id) for post in rows}
        return {
            (post.article_id, post.channel): (post, tried[post.id][-1].fenced_at if tried[post.id] else None)
            for post in rows
        }
