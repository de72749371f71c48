"""Compares two stores: what is live at the platforms, and what the post log says. Knows nothing of kills."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from syndicator.model import Attempt, Post, Result, State
from syndicator.sandbox import Sandbox
from syndicator.sandbox.traffic import marker_of
from syndicator.settings import Settings
from syndicator.store import Store, posts, views

PLATFORMS = ("x", "facebook", "youtube")
DUPLICATE, LOSS, LAW = "duplicate", "loss", "law"
REPEATS_MOST = 8
"""How often an idempotent publish may be repeated before a person is asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Breach:
    """A broken promise: ``duplicate``, ``loss`` (not live or not shown), or a ``law`` of the post log."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What both sides say about one post."""

    post: Post
    attempts: tuple[Attempt, ...]
    live: int
    """Remote posts that carry its marker."""
    sent: int
    """Complete bodies of visible requests for it that reached the platform."""
    wordings: int
    """Different texts among them."""
    remote_ids: tuple[str, ...]
    resend: bool
    repeats: bool
    """Publishing again is idempotent (two_phase)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The posts by state, and every breach."""

    states: Counter[str]
    breaches: tuple[Breach, ...]


def compare(sandbox: Sandbox, *, store_url: str, loaded: Settings, disturbed: bool) -> Comparison:
    """Compare everything; ``disturbed``: the platforms were made to lie, so a person may be asked without need."""
    store = Store.open(store_url)
    try:
        with store.read() as conn:
            rows = views.log(conn)
            attempts = {row.post.id: tuple(posts.attempts(conn, row.post.id)) for row in rows}
    finally:
        store.close()
    breaches = [*_missing(sandbox, rows, loaded), *_strangers(sandbox, {row.post.id for row in rows})]
    for row in rows:
        evidence = gather(sandbox, row.post, attempts[row.post.id], loaded)
        breaches += [Breach(kind=kind, text=f"{row.post.id} on {row.post.channel} ({row.post.state}): {text}")
                     for kind, text in judge(evidence, disturbed=disturbed)]  # fmt: skip
    return Comparison(states=Counter(str(row.post.state) for row in rows), breaches=tuple(breaches))


def _missing(sandbox: Sandbox, rows: list[views.LogRow], loaded: Settings) -> Iterator[Breach]:
    """Name what the newsroom published and the log does not have on every channel."""
    known = {(_path(row.url), row.post.channel) for row in rows}
    for article in sandbox.newsroom.articles:
        for channel in loaded.channels:
            if (_path(article.path), channel.name) not in known:
                yield Breach(kind=LOSS, text=f"“{article.title}” has no post on {channel.name}")


def _path(url: str) -> str:
    return unquote(urlsplit(url).path).strip("/")


def _strangers(sandbox: Sandbox, known: set[str]) -> Iterator[Breach]:
    """Name what is live and not in the log: nobody would ever settle it."""
    for marker in live_markers(sandbox):
        if marker not in known:
            yield Breach(kind=LAW, text=f"{marker} is live, but the post log does not know it")


def live_markers(sandbox: Sandbox) -> Counter[str]:
    """Count remote posts by marker."""
    return Counter(
        marker_of(f"{remote.text} {remote.link or ''}") or "none"
        for platform in PLATFORMS
        for remote in sandbox.state.posts(platform)
    )


def gather(sandbox: Sandbox, post: Post, attempts: tuple[Attempt, ...], loaded: Settings) -> Evidence:
    """Collect what both sides say about ``post``."""
    channel = loaded.channel(post.channel)
    visible = [row for row in sandbox.control.requests() if row["marker"] == post.id and row["role"] == "create"]
    return Evidence(
        post=post,
        attempts=attempts,
        live=live_markers(sandbox)[post.id],
        sent=sandbox.control.bodies().get(post.id, 0) + sandbox.control.flips().get(post.id, 0),
        wordings=len({row["text_sha256"] for row in visible}),
        remote_ids=tuple(
            remote.id
            for platform in PLATFORMS
            for remote in sandbox.state.posts(platform)
            if marker_of(f"{remote.text} {remote.link or ''}") == post.id
        ),
        resend=channel.resend,
        repeats=channel.options.get("publish_mode") == "two_phase",
    )


def judge(evidence: Evidence, *, disturbed: bool) -> Iterator[tuple[str, str]]:
    """Give the promises that one post breaks."""
    post = evidence.post
    if evidence.live > 1:
        yield DUPLICATE, f"{evidence.live} live posts: {', '.join(evidence.remote_ids)}"
    if post.state is State.PUBLISHED:
        yield from _judge_published(evidence)
    elif post.state is State.ATTENTION:
        yield from _judge_attention(evidence, disturbed=disturbed)
    elif evidence.live:
        yield LAW, "live, though the log says otherwise"
    else:
        yield LOSS, f"neither published nor shown to a person: {post.reason}"
    yield from _judge_attempts(evidence)


def _judge_published(evidence: Evidence) -> Iterator[tuple[str, str]]:
    if not evidence.live:
        yield LOSS, f"recorded as {evidence.post.remote_id}, but not live"
    elif evidence.post.remote_id not in evidence.remote_ids:
        yield LAW, f"recorded as {evidence.post.remote_id}, live as {', '.join(evidence.remote_ids)}"


def _judge_attention(evidence: Evidence, *, disturbed: bool) -> Iterator[tuple[str, str]]:
    post = evidence.post
    if not post.reason:
        yield LAW, "a person is asked without a reason"
    if not any(attempt.fenced_at for attempt in evidence.attempts):
        yield LAW, "a person is asked, though no attempt passed the fence"
    if disturbed:
        return
    if evidence.live:
        yield LAW, f"live and readable, but not found: {post.reason}"
    if evidence.repeats and post.attempts < REPEATS_MOST:
        yield LAW, f"a person is asked, though a repeat was harmless: {post.reason}"
    if evidence.resend and not evidence.repeats and post.absences < 2:
        yield LAW, f"a person is asked, though it may be sent again: {post.reason}"


def _judge_attempts(evidence: Evidence) -> Iterator[tuple[str, str]]:
    fenced = sum(1 for attempt in evidence.attempts if attempt.fenced_at)
    if evidence.sent > fenced:
        yield LAW, f"{evidence.sent} bodies on the wire, {fenced} attempts past the fence"
    if evidence.sent > 1 and not evidence.resend and not evidence.repeats:
        yield LAW, f"sent {evidence.sent} times although nothing allows it"
    if evidence.wordings > 1:
        yield LAW, "two attempts said different things"
    if any(attempt.result is Result.OPEN for attempt in evidence.attempts):
        yield LAW, "an attempt was left open"
