"""The person at the desk: approves, settles what needs attention by what is true, retries, drops, resumes.

A right person: before saying "send it again" or "drop it", nothing may be under way any more; that is looked up in the
true story, which a real person can only wait for.
"""

from collections.abc import Callable

from syndicator.errors import SyndicatorError
from syndicator.model import Post, State
from syndicator.service import admin, approval
from syndicator.service.parts import Parts
from syndicator.store import posts, trust
from tests.simulation.stage import Stage

WAITING = "SELECT id FROM posts WHERE state IN ('attention', 'held', 'rejected', 'unknown') ORDER BY id"
PAUSED = "SELECT name FROM channels WHERE paused_at IS NOT NULL AND paused_until IS NULL ORDER BY name"


class Person:
    """An editor on a machine with a right clock."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.world = stage.world
        self.parts: Parts = stage.parts(stage.desk, node="desk/1", adapter=self._no_adapter)

    def _no_adapter(self, channel: str, purpose: str) -> None:  # type: ignore[override]
        raise AssertionError(f"a person asks {channel} to {purpose}")

    def act(self) -> None:
        """Do one thing that waits, if any; a database that does not answer lets the person try again later."""
        if not self.world.database.answers():
            return
        world = self.world
        waiting = [row[0] for row in world.database.raw.execute(WAITING)]
        for (name,) in world.database.raw.execute(PAUSED).fetchall():
            self._try(f"resumes {name}", lambda name=name: admin.resume(self.parts, self.parts.channels[name]))
        if not waiting:
            return
        post_id = world.rng.choice(waiting)
        with self.parts.store.read() as conn:
            post = posts.get(conn, post_id)
        if post is not None:
            self._decide(post)

    def _decide(self, post: Post) -> None:
        remote, rng = self.world.remotes[post.channel], self.world.rng
        live = remote.live(post.id)
        if post.state in (State.ATTENTION, State.UNKNOWN) and live:
            url = self._url(post, live[0].id)
            self._try(f"says {post.id} is live", lambda: admin.settle_live(self.parts, post, url))
        elif post.state is State.UNKNOWN or remote.under_way(post.id) or self._armed():
            return
        elif post.state is State.HELD:
            self._approve(post)
        elif post.state is State.REJECTED:
            again = rng.random() < 0.6
            self._try(
                f"{'retries' if again else 'drops'} {post.id}",
                lambda: (admin.retry if again else admin.drop)(self.parts, post),
            )
        elif rng.random() < 0.6:
            remote.decided(post.id)
            self._try(f"sends {post.id} again", lambda: admin.settle_resend(self.parts, post))
        else:
            self._try(f"drops {post.id}", lambda: admin.drop(self.parts, post))

    def _approve(self, post: Post) -> None:
        if self.world.rng.random() < 0.8:
            self._try(f"approves {post.id}", lambda: approval.approve(self.parts, post))
        else:
            self._try(f"drops {post.id}", lambda: admin.drop(self.parts, post))

    def _armed(self) -> bool:
        return any(worker.armed and not worker.dead for worker in self.world.workers)

    def _url(self, post: Post, remote_id: str) -> str:
        return (
            f"https://x.com/i/status/{remote_id}"
            if post.platform == "twitter"
            else f"https://www.facebook.com/{remote_id}"
        )

    def _try(self, what: str, act: Callable[[], object]) -> None:
        self.world.counts["decisions of a person"] += 1
        self.world.tell("the person", what)
        try:
            act()
        except SyndicatorError as error:
            self.world.tell("but", error)

    def halt(self) -> None:
        """Stop everything."""
        self.world.counts["halts"] += 1
        self._try("halts everything", self._halt)

    def go_on(self) -> None:
        """Let it go on."""
        self._try("lets it go on", self._go_on)

    def _halt(self) -> None:
        with self.parts.store.write() as conn:
            trust.halt(conn, reason="a drill", at=self.parts.clock.now())

    def _go_on(self) -> None:
        with self.parts.store.write() as conn:
            trust.go_on(conn)
