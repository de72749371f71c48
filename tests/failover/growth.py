"""A post log after years (S12): many published posts, made by SQL; what one claim costs, and which plans are used."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from statistics import median
from typing import Any

from sqlalchemy import Engine, event

from syndicator.store import Store, posts
from syndicator.store.schema import attempts as attempts_table
from tests.store.samples import START, at, claim, post, put

DAYS = 50
"""The old posts lie on so many days before the present one."""

_NUMBERS = "WITH RECURSIVE n(i) AS (SELECT {first} UNION ALL SELECT i + 1 FROM n WHERE i < {last}) "
_ARTICLES = (
    "INSERT INTO articles (id, guid, url, canonical_url, title, summary, authors, tags, labels, source,"
    " first_seen_at, planned_at, published_at) {numbers} SELECT 'old' || i, 'guid ' || i, 'https://news.example/' || i,"
    " 'https://news.example/' || i, 'Story ' || i, '', '[]', '[]', '[]', 'news', '{at}', '{at}', '{at}' FROM n"
)
_ALIASES = (
    "INSERT INTO aliases (alias, article_id) {numbers} SELECT 'url:https://news.example/' || i, 'old' || i FROM n"
)
_POSTS = (
    "INSERT INTO posts (id, key, article_id, channel, platform, edition, state, reason, template, due_at, expires_at,"
    " created_at, changed_at, attempts, clean, absences, after_duplicate, note, remote_id, remote_url, published_at)"
    " {numbers} SELECT 'old' || i, 'key ' || i, 'old' || i, CASE WHEN (i & 1) = 0 THEN 'x' ELSE 'page' END, 'twitter',"
    " 0, 'published', '', 'twitter.j2', '{at}', '{at}', '{at}', '{at}', 1, {true}, 0, {false}, '', 'r' || i,"
    " 'https://x.example/' || i, '{at}' FROM n"
)
_ATTEMPTS = (
    "INSERT INTO attempts (token, post_id, n, channel, node, opened_at, fenced_at, closed_at, result, payload_sha256,"
    " cost) {numbers} SELECT 't' || i, 'old' || i, 1, CASE WHEN (i & 1) = 0 THEN 'x' ELSE 'page' END, 'host/1', '{at}',"
    " '{at}', '{at}', 'published', '{sha}', 15000 FROM n"
)
_EVENTS = (
    "INSERT INTO events (post_id, at, from_state, event, to_state, reason, node) {numbers} SELECT 'old' || i, '{at}',"
    " 'sending', 'receipt', 'published', '', 'host/1' FROM n"
)


def fill(store: Store, n: int) -> None:
    """Write ``n`` published posts, each with its article, alias, attempt, and a line of history."""
    share = -(-n // DAYS)
    for day in range(DAYS):
        first, last = day * share + 1, min((day + 1) * share, n)
        if first > last:
            break
        values = {
            "numbers": _NUMBERS.format(first=first, last=last),
            "at": f"{START - timedelta(days=DAYS - day):%Y-%m-%dT%H:%M:%S.%fZ}",
            "true": "TRUE" if store.dialect == "postgresql" else "1",
            "false": "FALSE" if store.dialect == "postgresql" else "0",
            "sha": "5" * 64,
        }
        with store.write() as conn:
            for statement in (_ARTICLES, _ALIASES, _POSTS, _ATTEMPTS, _EVENTS):
                conn.exec_driver_sql(statement.format(**values))
    with store.write() as conn:
        conn.exec_driver_sql("ANALYZE")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Milliseconds of one step: half of them took no longer, the slowest one in a hundred took longer."""

    half: float
    slowest: float

    def __str__(self) -> str:
        return f"median {self.half:.2f} ms, p99 {self.slowest:.2f} ms"


def claims(store: Store, n: int = 200) -> tuple[Cost, Cost]:
    """Ask for the next due post and claim it, ``n`` times; the cost of the question and of the claim with COMMIT."""
    with store.write() as conn:
        put(conn, *(post(number, channel=f"c{number}") for number in range(1, n + 1)))
    asked, claimed = [], []
    for number in range(1, n + 1):
        began = time.perf_counter()
        with store.read() as conn:
            found = posts.due(conn, f"c{number}", at(1))
        asked.append(time.perf_counter() - began)
        assert found is not None
        began = time.perf_counter()
        with store.write() as conn:
            assert claim(conn, found, token=f"new {number}")
        claimed.append(time.perf_counter() - began)
    return _cost(asked), _cost(claimed)


def _cost(seconds: list[float]) -> Cost:
    ordered = sorted(seconds)
    return Cost(half=median(ordered) * 1000, slowest=ordered[int(len(ordered) * 0.99)] * 1000)


# --- plans ----------------------------------------------------------------------------------------------------------

Statement = tuple[str, Any]


@contextmanager
def overheard(said: list[Statement]) -> Iterator[None]:
    """Keep every statement that is run meanwhile, with its parameters."""

    def hear(_conn: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, many: bool) -> None:
        if not many and statement.lstrip().upper().startswith(("SELECT", "UPDATE", "DELETE", "WITH")):
            said.append((statement, parameters))

    event.listen(Engine, "before_cursor_execute", hear)
    try:
        yield
    finally:
        event.remove(Engine, "before_cursor_execute", hear)


GROWING = ("posts", "articles", "aliases", "revisions", "look_ups", "events", attempts_table.name)


def full_scans(store: Store, said: list[Statement]) -> dict[str, str]:
    """Give the statements whose plan reads a whole table that grows for ever, with that plan."""
    found: dict[str, str] = {}
    with store.read() as conn:
        for statement, parameters in {str(one): one for one in said}.values():
            explain = "EXPLAIN " if store.dialect == "postgresql" else "EXPLAIN QUERY PLAN "
            rows = conn.exec_driver_sql(explain + statement, parameters).all()
            plan = "\n".join(str(row[-1]) for row in rows)
            if _stops_early(statement, plan):
                continue
            if any(_reads_all(line, table) for line in plan.splitlines() for table in GROWING):
                found[statement] = plan
    return found


def _stops_early(statement: str, plan: str) -> bool:
    # SQLite calls it a scan too when the newest row is asked for by the table's own order.
    return "WHERE" not in statement and "LIMIT" in statement and plan.startswith("SCAN") and "\n" not in plan


def _reads_all(line: str, table: str) -> bool:
    words = line.split()
    if "Seq Scan on" in line:  # PostgreSQL
        return words[words.index("on") + 1] == table
    # SQLite: "SCAN posts", but "SCAN posts USING INDEX ix_posts_due" reads a partial index only
    return words[:2] == ["SCAN", table] and "INDEX" not in words
