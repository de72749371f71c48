"""Approval binds to bytes (R22): what an editor saw is what goes out, or nothing does.

A held post carries the frozen request and its hash. An approval names that hash; one that names none counts only while
article and template still give the frozen words. Whatever composes a post anew voids what was approved before.
"""

from syndicator.core import answers
from syndicator.core.lifecycle import Event
from syndicator.core.story import span
from syndicator.model import Post
from syndicator.service import admin
from syndicator.service.corrections import Change, changed
from syndicator.service.parts import Parts
from syndicator.store import posts

__all__ = ["SHORTEST", "Change", "Changed", "approve", "changed", "recompose"]

SHORTEST = 8
"""Characters of a hash that are enough to name it."""


class Changed(admin.Refused):
    """The words were changed after they were frozen: an editor has to say which ones are meant."""

    exit_code = 1

    def __init__(self, post: Post, change: Change) -> None:
        self.post = post
        self.change = change
        sha256 = (post.payload_sha256 or "")[: answers.SHORT]
        super().__init__(
            f"post {post.id} is not approved: the article or the template was changed after it was frozen; "
            f"`syndicator approve {post.id} --sha256 {sha256}` sends the frozen words, "
            f"`syndicator approve {post.id} --recompose` takes the new ones"
        )


def approve(parts: Parts, post: Post, *, sha256: str = "") -> Post:
    """Let a held post go. ``sha256`` is (the beginning of) the hash of the bytes that the editor saw.

    Raises:
        Refused: not held, never composed, another hash, or somebody else was faster.
        Changed: no hash is named, and the words would be others now.
    """
    admin.require(post, "approved", answers.no_approve(post))
    frozen = post.payload_sha256 or ""
    if sha256 and (len(sha256) < SHORTEST or not frozen.startswith(sha256.lower())):
        raise admin.Refused(
            f"post {post.id} is not approved: its bytes have the hash {frozen[: answers.SHORT]}… and not {sha256} "
            f"(look at it again: syndicator show {post.id})"
        )
    if not sha256 and (change := changed(parts, post)) is not None:
        raise Changed(post, change)
    now = parts.clock.now()
    due_at = max(now + admin.undo(parts, post), post.due_at)
    late = f", {span(now - post.expires_at)} after it had gone stale" if post.expires_at < now else ""
    with admin.deciding(parts, post) as conn:
        return posts.move(
            conn,
            post,
            Event.APPROVE,
            at=now,
            node=parts.node,
            reason=f"approved {frozen[: answers.SHORT]}{late}",
            due_at=due_at,
            expires_at=due_at + admin.patience(parts, post),
        )


def recompose(parts: Parts, post: Post) -> Post:
    """Compose a post that was not sent from its article and template as they are now; it waits for approval (again).

    Raises:
        Refused: it may have been sent, or somebody else was faster.
        TemplateError: the template is missing or wrong; nothing was changed.
        ComposeError: the article cannot become a teaser; nothing was changed.
    """
    admin.require(post, "composed anew", answers.no_recompose(post))
    anew = admin.freeze_anew(parts, post)
    with admin.deciding(parts, post) as conn:
        return admin.hold_anew(parts, conn, post, anew)
