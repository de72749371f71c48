"""Naive twins of the product: how others deliver, each as one change, in the same harness. They must show red.

A twin lives only here, as other values for names of modules while a story runs; the product has no switch for it.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import update

from syndicator.core import retry, settle
from syndicator.core.lifecycle import Event
from syndicator.core.retry import Decision
from syndicator.core.settle import Verdict
from syndicator.errors import PlatformError, Unreachable
from syndicator.model import Channel, Post, Receipt, Result
from syndicator.platforms import _graph, twitter
from syndicator.service import deliver, quarantine, send
from syndicator.service.parts import Parts
from syndicator.store import moves, posts
from syndicator.store.engine import CommitUnknown
from syndicator.store.schema import posts as rows
from tests.simulation import remote, scene, stage
from tests.simulation.database import Database
from tests.simulation.verdict import DUPLICATE, FALSE, LOSS

Swap = tuple[Any, str, Any]

LATE: tuple[Swap, ...] = (
    (remote.Remote, "_lag", lambda _: remote.LAG),
    (remote, "_reading", remote.Moods({"ok": 1})),
)
"""A time line that can always be read, and is always as late as it may be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Twin:
    """One naive design: the names it changes, what it breaks, and the nemesis under which that shows best."""

    swaps: Callable[[], list[Swap]]
    breaks: str
    nemesis: str = ""
    kinds: tuple[str, ...] = ("x", "page")
    moods: Mapping[str, int] | None = None
    """What the platform is made to answer mostly; None: as ever."""
    wild: bool = False
    """Where it shows; a twin is played under RESEND, with many troubles, as its harm is to be seen."""


@contextmanager
def twin(name: str) -> Iterator[None]:
    """Play a naive design while this lasts; an empty name is the product itself."""
    if not name:
        yield
        return
    naive = TWINS[name]
    harsh: list[Swap] = [
        (scene, "KINDS", naive.kinds),
        (scene, "WILD", float(naive.wild)),
        (scene, "RESEND", 1.0),
        (scene, "TROUBLES", (0.6, 0.9)),
    ]
    if naive.moods is not None:
        harsh.append((remote, "_writing", remote.Moods(naive.moods)))
    with stage.swapped([*harsh, *naive.swaps()]):
        yield


# --- other orders of work -------------------------------------------------------------------------------------------


def _post_then_record(parts: Parts, channel: Channel, post: Post) -> Post | None:
    receipt = _publish(parts, channel, post)
    return None if receipt is None else send.record(parts, post, receipt, reason="")


def _record_then_post(parts: Parts, channel: Channel, post: Post) -> Post:
    made_up = Receipt(remote_id=post.id, remote_url="https://made.example/up")
    recorded = send.record(parts, post, made_up, reason="")
    _publish(parts, channel, post)
    return recorded


def _publish(parts: Parts, channel: Channel, post: Post) -> Any:
    adapter = parts.adapter(channel.name, send.SEND)
    try:
        staged = adapter.stage(deliver.compose(parts, channel, post).composed, lambda _: b"", None)
        return adapter.publish(staged, lambda: None)
    except PlatformError:
        return None


# --- other readings of an answer ------------------------------------------------------------------------------------


def _decide(change: Callable[..., Decision]) -> list[Swap]:
    real = retry.decide
    return [(retry, "decide", lambda error, **facts: change(real, error, **facts))]


def _again(real: Any, error: PlatformError, **facts: Any) -> Decision:
    decision = real(error, **facts)
    if decision.event is Event.DOUBT:
        return Decision(event=Event.NOT_SENT, result=Result.NOT_SENT, reason=decision.reason, due_at=facts["now"])
    return decision


def _always_final(real: Any, error: PlatformError, **facts: Any) -> Decision:
    return real(error, **facts | {"post": replace(facts["post"], clean=True)})


def _duplicate_is_failure(real: Any, error: PlatformError, **facts: Any) -> Decision:
    if error.says_duplicate:
        return Decision(event=Event.REFUSED, result=Result.REFUSED, reason=str(error))
    return real(error, **facts)


def _errors_are_clear() -> list[Swap]:
    refusal, kind_of = twitter.refusal, _graph.kind_of
    return [
        (
            twitter,
            "refusal",
            lambda response, *, doubt, secrets=(): refusal(response, doubt=Unreachable, secrets=secrets),
        ),
        (_graph, "kind_of", lambda fault, *, publishing: kind_of(fault, publishing=False)),
    ]


# --- other readings of a look-up ------------------------------------------------------------------------------------


def _judge(change: Callable[[Any, datetime], Any]) -> list[Swap]:
    real = settle.judge

    def judge(post: Post, look: Any, *, now: datetime, **facts: Any) -> Verdict:
        return real(post, change(look, now), now=now, **facts)

    return [(settle, "judge", judge)]


# --- other ways with the log ----------------------------------------------------------------------------------------


def _never_fenced() -> list[Swap]:
    # Recovery only: whoever sends still asks for its fence, or nothing would ever go out.
    return [(posts, "was_fenced", lambda conn, token: False), *_no_look_at_the_fence()]


def _last_draft_wins(conn: Any, post: Post, refs: Any) -> Any:
    conn.execute(update(rows).where(rows.c.id == post.id).values(staged=refs))
    return refs


def _forgets_drafts() -> list[Swap]:
    real = send._stage

    def stage_anew(parts: Parts, channel: Channel, post: Post) -> Any:
        return real(parts, channel, replace(post, staged=None))

    return [(posts, "record_staged", _last_draft_wins), (send, "_stage", stage_anew)]


def _trusts_commits() -> list[Swap]:
    real = Database._commit

    def commit(self: Database, connection: Any) -> None:
        try:
            real(self, connection)
        except CommitUnknown:
            self.world.tell("and that is taken for kept")

    return [(Database, "_commit", commit)]


def _as_seen_without_doubt(post: Post) -> tuple[Any, ...]:
    c = moves.posts.c
    return c.id == post.id, c.state == post.state, c.token.is_not_distinct_from(post.token)


def _nothing(*_: Any) -> None:
    return None


def _no_look_at_the_fence() -> list[Swap]:
    return [(send, "_refuse_without_fence", lambda _parts, _post: None)]


def _no_quarantine() -> list[Swap]:
    return [
        (quarantine, "ensure", _nothing),
        (quarantine, "recheck", _nothing),
        (Database, "verify", _nothing),
        (Database, "check_timeline", _nothing),
    ]


UNCLEAR = {"ok": 2, "answer lost": 2, "gone": 2, "late": 2, "error, live": 2, "error, not live": 2}
"""Answers that tell nothing."""

TWINS: dict[str, Twin] = {
    "post, then record": Twin(swaps=lambda: [(deliver, "_advance", _post_then_record)], breaks=DUPLICATE),
    "record, then post": Twin(swaps=lambda: [(deliver, "_advance", _record_then_post)], breaks=LOSS),
    "blind retry": Twin(swaps=lambda: [*_decide(_again), *_never_fenced()], breaks=DUPLICATE),
    "a lease that ends was not sent": Twin(swaps=_never_fenced, breaks=DUPLICATE, nemesis="takeover"),
    "5xx is not posted": Twin(swaps=_errors_are_clear, breaks=DUPLICATE, moods=UNCLEAR),
    "a duplicate is a failure": Twin(
        swaps=lambda: _decide(_duplicate_is_failure), breaks=FALSE, moods={"ok": 2, "duplicate, live": 1}
    ),
    "every refusal is final": Twin(
        swaps=lambda: _decide(_always_final), breaks=FALSE, kinds=("flip",), wild=True, moods={"late": 2, "refused": 1}
    ),
    "no settle window": Twin(
        swaps=lambda: [*LATE, (settle, "window", lambda *_: timedelta(0))], breaks=DUPLICATE, moods=UNCLEAR
    ),
    "our own clock": Twin(
        swaps=lambda: [
            *LATE,
            # A wrong clock signs nothing that a platform takes, which alone nearly saves this twin.
            (remote.Remote, "_signature_holds", lambda site, request, at: at - request.began_at <= 2 * site.fence),
            *_judge(lambda look, now: replace(look, platform_at=now)),
        ],
        breaks=DUPLICATE,
        nemesis="clock",
        moods=UNCLEAR,
    ),
    "every look-up is complete": Twin(
        swaps=lambda: _judge(lambda look, now: replace(look, complete=True)),
        breaks=DUPLICATE,
        nemesis="blind",
        moods=UNCLEAR,
    ),
    "no send dead-line": Twin(swaps=lambda: [(scene, "DEADLINE", 1e6)], breaks=DUPLICATE, nemesis="d15"),
    "no signature": Twin(swaps=lambda: [(remote, "FENCES", False)], breaks=DUPLICATE, nemesis="d16"),
    "any doubt is this doubt": Twin(
        swaps=lambda: [*LATE, (moves, "_as_seen", _as_seen_without_doubt)],
        breaks=DUPLICATE,
        nemesis="verdict",
        moods=UNCLEAR,
    ),
    "every draft of its own": Twin(swaps=_forgets_drafts, breaks=DUPLICATE, nemesis="takeover", kinds=("flip",)),
    # The journal and the last look at the fence would notice: three nets have to be taken away to fall through.
    "a commit without an answer holds": Twin(
        swaps=lambda: [*_trusts_commits(), *_no_quarantine(), *_no_look_at_the_fence()],
        breaks=DUPLICATE,
        nemesis="d24",
        moods=UNCLEAR,
    ),
    "no quarantine": Twin(swaps=_no_quarantine, breaks=DUPLICATE, nemesis="d22"),
}
