"""Values to store: an article, a post in any state, a frozen request; instants counted from one moment."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection

from syndicator.model import Article, Composed, Media, Picture, Post, Receipt, Result, State, Teaser
from syndicator.store import articles, posts
from syndicator.store.schema import attempts as attempts_table

START = datetime(2026, 11, 22, 10, 0, 0, 123456, tzinfo=UTC)
TOKEN = "token-of-the-first-attempt"
SHA = "5" * 64


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


ARTICLE = Article(
    id="a1",
    guid="https://eutoday.example/?p=1",
    url="https://eutoday.example/one/",
    canonical_url="https://eutoday.example/one",
    title="Žinios – „Seimas“ 🇱🇹 votes",
    summary="A summary.",
    published_at=at(-60),
    updated_at=None,
    authors=("Ada", "Grace"),
    tags=("politics",),
    labels=(),
    image=Picture(url="https://eutoday.example/one.jpg", alt="A hall"),
    language="lt",
    source="eutoday",
    first_seen_at=START,
)

COMPOSED = Composed(
    platform="twitter",
    marker="m1",
    teaser=Teaser(
        channel="x",
        platform="twitter",
        template="twitter.j2",
        text="Žinios 🇱🇹\nhttps://eutoday.example/one/?utm_content=m1",
        link="https://eutoday.example/one/?utm_content=m1",
        length=33,
        limit=280,
        media=(Media(sha256="0" * 64, mime="image/png", width=2, height=1, size=9, alt="„A“"),),
        language="lt",
        warnings=("the title was cut",),
    ),
    request={"text": "Žinios", "nested": {"b": [1, 2.5, None, True], "a": "x"}},
    cost=Decimal("0.20"),
)

POST = Post(
    id="p1",
    key="a1 x 0",
    article_id="a1",
    channel="x",
    platform="twitter",
    edition=0,
    state=State.QUEUED,
    reason="",
    template="twitter.j2",
    due_at=START,
    expires_at=at(6 * 3600),
    created_at=START,
    changed_at=START,
    token=None,
    lease_until=None,
    attempts=0,
    clean=True,
    payload=None,
    payload_sha256=None,
    staged=None,
    doubt_at=None,
    intent_at=None,
    settle_from=None,
    absences=0,
    after_duplicate=False,
    next_look_at=None,
    pending=None,
    remote_id=None,
    remote_url=None,
    published_at=None,
)

RECEIPT = Receipt(remote_id="777", remote_url="https://x.example/777", platform_at=at(3))


def article(number: int, **changes: Any) -> Article:
    own = {
        "id": f"a{number}",
        "guid": f"guid {number}",
        "url": f"https://eutoday.example/{number}/",
        "canonical_url": f"https://eutoday.example/{number}",
    }
    return replace(ARTICLE, **(own | changes))


def aliases(number: int) -> tuple[str, ...]:
    return (f"guid:eutoday:guid {number}", f"url:https://eutoday.example/{number}")


def post(number: int, **changes: Any) -> Post:
    own = {"id": f"p{number}", "key": f"a{number} x 0", "article_id": f"a{number}"}
    return replace(POST, **(own | changes))


def in_state(state: State, number: int = 1, **changes: Any) -> Post:
    """A post that keeps every law in ``state``."""
    own: dict[str, Any] = {"state": state}
    if state not in {State.HELD, State.QUEUED}:
        own |= {"payload": COMPOSED, "payload_sha256": SHA, "attempts": 1}
    if state is State.SENDING:
        own |= {"token": TOKEN, "lease_until": at(120)}
    if state is State.PUBLISHED:
        own |= {"remote_id": "1", "remote_url": "https://x.example/1", "published_at": at(1)}
    if state is State.UNKNOWN:
        own |= {"doubt_at": at(2), "next_look_at": at(2), "clean": False}
    return post(number, **(own | changes))


def put(conn: Connection, *wanted: Post) -> None:
    """Store posts with their articles; a sending one has its attempt."""
    for one in wanted:
        number = int(one.article_id[1:])
        articles.add(conn, article(number), aliases(number), planned=True)
        assert posts.insert(conn, one)
        if one.state is not State.QUEUED and one.payload is not None:
            attempt(conn, one, token=one.token or f"{TOKEN} of {one.id}", fenced=one.state is not State.SENDING)


def attempt(conn: Connection, one: Post, *, token: str, n: int = 1, fenced: bool = False, **changes: Any) -> None:
    """Store an open attempt as it was when the post was claimed."""
    row = {
        "token": token,
        "post_id": one.id,
        "n": n,
        "channel": one.channel,
        "node": "host/1",
        "opened_at": START,
        "fenced_at": at(1) if fenced else None,
        "result": Result.OPEN,
        "payload_sha256": SHA,
        "cost": Decimal("0.2"),
    }
    conn.execute(attempts_table.insert().values(**(row | changes)))


def claim(conn: Connection, one: Post, *, token: str = TOKEN, **changes: Any) -> Post | None:
    """Claim with everything the law asks for."""
    values: dict[str, Any] = {
        "node": "host/1",
        "payload": COMPOSED,
        "payload_sha256": SHA,
        "cost": COMPOSED.cost,
        "at": at(1),
        "lease_until": at(121),
    }
    return posts.claim(conn, one, token=token, **(values | changes))
