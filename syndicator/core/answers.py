"""What a person may answer in each state, with the command to type, or why not. Pure.

One place for what the log shows, what alarms say and what the commands refuse, so that no hint leads into a refusal.
"""

import shlex
from dataclasses import dataclass

from syndicator.model import Post, State

SHORT = 12
"""Characters of a hash that stand for it in a command."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One thing a person may say about a post: in a word, in a few, as a command, and why not if not now."""

    answer: str
    says: str
    command: str
    why_not: str = ""

    @property
    def possible(self) -> bool:
        """Say whether the command would be carried out now."""
        return not self.why_not


def no_approve(post: Post) -> str:
    """Say why a post cannot be approved; empty when it can."""
    if post.state is State.SKIPPED:
        return "only held posts wait for approval, and this one is over; `post --again` posts the article all the same"
    if post.state is not State.HELD:
        return "only held posts wait for approval"
    if post.payload is None:
        return f"nothing was composed that you could have seen; `syndicator approve {post.id} --recompose` shows it"
    return ""


def no_recompose(post: Post) -> str:
    """Say why a post cannot get other bytes; empty when it can."""
    if post.state is State.QUEUED and not post.clean:
        return "an earlier attempt may still land; it is being published by its id"
    if post.state not in (State.HELD, State.QUEUED):
        return "only what was not sent yet can be composed anew"
    return ""


def no_drop(post: Post) -> str:
    """Say why a post cannot be dropped; empty when it can."""
    if post.state is State.SENDING:
        return (
            "it is being sent this moment, so it can be cancelled only if it turns out not to have been sent; wait for "
            f"the outcome: syndicator show {post.id}"
        )
    if post.state is State.QUEUED and not post.clean:
        return "an earlier attempt may still land; it is being published by its id"
    if post.state is State.PROCESSING and not (post.pending or {}).get("person"):
        return "the platform is finishing it"
    return {
        State.UNKNOWN: "it may be live; look-ups are under way, or say `settle --live URL`",
        State.PUBLISHED: "that is final",
        State.SKIPPED: "that is final",
    }.get(post.state, "")


def no_resend(post: Post) -> str:
    """Say why a person cannot have a post sent again; empty when they can."""
    if post.state is State.UNKNOWN:
        return "look-ups are under way; it asks you when they cannot settle it. If you see it live: `--live URL`"
    if post.state is not State.ATTENTION:
        return "only a post that needs attention has this answer"
    return ""


def no_retry(post: Post) -> str:
    """Say why a post cannot be retried; empty when it can."""
    if post.state in (State.REJECTED, State.QUEUED):
        return ""
    return "only rejected and queued posts can; see `settle` for attention, `approve` for held"


def answers(post: Post, article_url: str = "") -> tuple[Answer, ...]:
    """Give every answer that a person may think of in the post's state; the one to think of first comes first."""
    live = Answer(answer="live", says="it is live", command=f"syndicator settle {post.id} --live URL")
    resend = Answer(
        answer="resend",
        says="it is not: send again",
        command=f"syndicator settle {post.id} --resend",
        why_not=no_resend(post),
    )
    let_go = _drop(post)
    ways = {
        State.HELD: (_approve(post), _recompose(post), let_go),
        State.QUEUED: (_retry(post, "bring it forward"), _recompose(post), let_go),
        State.SENDING: (live, let_go),
        State.PROCESSING: (live, let_go),
        State.UNKNOWN: (live, resend, let_go),
        State.ATTENTION: (live, resend, let_go),
        State.REJECTED: (_retry(post, "compose anew, send"), let_go, live),
    }
    again = (_again(post, article_url),) if article_url and not post.part else ()
    if post.state is State.SKIPPED:
        return (live, *again)
    return ways.get(post.state, again)


def _approve(post: Post) -> Answer:
    shown = f" --sha256 {post.payload_sha256[:SHORT]}" if post.payload_sha256 else ""
    command = f"syndicator approve {post.id}{shown}"
    return Answer(answer="approve", says="send these bytes", command=command, why_not=no_approve(post))


def _recompose(post: Post) -> Answer:
    return Answer(
        answer="recompose",
        says="compose it anew",
        command=f"syndicator approve {post.id} --recompose",
        why_not=no_recompose(post),
    )


def _retry(post: Post, says: str) -> Answer:
    return Answer(answer="retry", says=says, command=f"syndicator retry {post.id}", why_not=no_retry(post))


def _drop(post: Post) -> Answer:
    settling = post.state in (State.ATTENTION, State.UNKNOWN)
    command = f"syndicator settle {post.id} --drop" if settling else f"syndicator drop {post.id}"
    return Answer(answer="drop", says="let it go", command=command, why_not=no_drop(post))


def _again(post: Post, article_url: str) -> Answer:
    command = f"syndicator post {shlex.quote(article_url)} --channel {post.channel} --again 'why'"
    return Answer(answer="again", says="post the article once more", command=command)


def remedy(post: Post) -> str:
    """Give in one line what to type about a post that waits for a person; empty for all others."""
    if post.state in (State.ATTENTION, State.PROCESSING):
        ends = "--live URL | --resend | --drop" if post.state is State.ATTENTION else "--live URL"
        waits = post.state is State.ATTENTION or (post.pending or {}).get("person")
        return f"syndicator settle {post.id} {ends}" if waits else ""
    if post.state in (State.HELD, State.REJECTED):
        return " | ".join(item.command for item in answers(post) if item.possible and item.answer != "live")
    return ""
