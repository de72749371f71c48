"""Compares two stores: what is live at the platforms, and what the post log says. Knows nothing of kills."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from syndicator import settings, wiring
from syndicator.model import Attempt, Post, Result, State
from syndicator.sandbox import Sandbox
from syndicator.sandbox.traffic import marker_of
from syndicator.settings import Settings
from syndicator.store import Store, posts, views
from tests.crash.scene import Scene

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Live:
    """What the platforms say, by marker; read once."""

    remote_ids: Mapping[str, tuple[str, ...]]
    sent: Counter[str]
    wordings: Mapping[str, set[str]]


def compare(sandbox: Sandbox, *, store_url: str, loaded: Settings, disturbed: bool) -> Comparison:
    """Compare everything; ``disturbed``: the platforms were made to lie, so a person may be asked without need."""
    store = Store.open(store_url)
    try:
        with store.read() as conn:
            rows = views.log(conn)
            attempts = {row.post.id: tuple(posts.attempts(conn, row.post.id)) for row in rows}
    finally:
        store.close()
    live = read(sandbox)
    breaches = [*_missing(sandbox, rows, loaded), *_strangers(live, {row.post.id for row in rows})]
    for row in rows:
        evidence = gather(live, row.post, attempts[row.post.id], loaded)
        breaches += [Breach(kind=kind, text=f"{row.post.id} on {row.post.channel} ({row.post.state}): {text}")
                     for kind, text in judge(evidence, disturbed=disturbed)]  # fmt: skip
    return Comparison(states=Counter(str(row.post.state) for row in rows), breaches=tuple(breaches))


def comparison(here: Scene) -> Comparison:
    """Compare a scene whose platforms told the truth."""
    loaded = settings.load(here.config, spec_of=wiring.spec_of, env={})
    return compare(here.sandbox, store_url=here.store_url, loaded=loaded, disturbed=False)


def read(sandbox: Sandbox) -> Live:
    """Read what is live and what was sent."""
    remote_ids: dict[str, tuple[str, ...]] = {}
    for platform in PLATFORMS:
        for remote in sandbox.state.posts(platform):
            marker = marker_of(f"{remote.text} {remote.link or ''}") or "none"
            remote_ids[marker] = (*remote_ids.get(marker, ()), remote.id)
    wordings: dict[str, set[str]] = {}
    for request in sandbox.control.requests():
        if request["role"] == "create":
            wordings.setdefault(request["marker"], set()).add(request["text_sha256"])
    sent = Counter(sandbox.control.bodies())
    sent.update(sandbox.control.flips())
    return Live(remote_ids=remote_ids, sent=sent, wordings=wordings)


def _missing(sandbox: Sandbox, rows: list[views.LogRow], loaded: Settings) -> Iterator[Breach]:
    """Name what the newsroom published and the log does not have on every channel that the rules name."""
    known = {(_path(row.url), row.post.channel) for row in rows}
    wanted = {route.channel for rule in loaded.rules for route in rule.routes}
    for article in sandbox.newsroom.articles:
        for channel in sorted(wanted):
            if (_path(article.path), channel) not in known:
                yield Breach(kind=LOSS, text=f"“{article.title}” has no post on {channel}")


def _path(url: str) -> str:
    return unquote(urlsplit(url).path).strip("/")


def _strangers(live: Live, known: set[str]) -> Iterator[Breach]:
    """Name what is live and not in the log: nobody would ever settle it."""
    for marker in live.remote_ids:
        if marker not in known:
            yield Breach(kind=LAW, text=f"{marker} is live, but the post log does not know it")


def gather(live: Live, post: Post, attempts: tuple[Attempt, ...], loaded: Settings) -> Evidence:
    """Collect what both sides say about ``post``."""
    channel = loaded.channel(post.channel)
    remote_ids = live.remote_ids.get(post.id, ())
    return Evidence(
        post=post,
        attempts=attempts,
        live=len(remote_ids),
        sent=live.sent[post.id],
        wordings=len(live.wordings.get(post.id, ())),
        remote_ids=remote_ids,
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
