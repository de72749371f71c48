"""A Facebook Page as far as the adapter sees it: posts, unpublished posts, one list, one object at a time."""

from typing import Any

from tests.simulation.remote import MARKER, Remote, RemotePost
from tests.simulation.wire import Answer, Request
from tests.simulation.world import EPOCH

PAGE = "1790000000000001"
NEVER = float("inf")


class PageSite(Remote):
    """One Page."""

    platform = "facebook"
    limits_are_refusals = False

    def marker_of(self, request: Request) -> str:
        if request.path in self.posts:
            return self.posts[request.path].marker
        found = MARKER.search(request.fields.get("link", ""))
        return found[1] if found else "none"

    def effect(self, request: Request, marker: str, at: float, lag: float) -> RemotePost | None:
        if not request.path.endswith("/feed"):
            return self._flip(request, at, lag)
        return self._create(request, marker, at, live_at=at, shown_at=at + lag)

    def _flip(self, request: Request, at: float, lag: float) -> RemotePost | None:
        draft = self.posts.get(request.path)
        if draft is None:
            return None
        if at < draft.live_at:
            draft.live_at, draft.shown_at = at, at + lag
        return draft

    def _create(
        self, request: Request, marker: str, at: float, *, live_at: float = NEVER, shown_at: float = NEVER
    ) -> RemotePost:
        remote = RemotePost(
            id=f"{PAGE}_{next(self._ids)}",
            marker=marker,
            text=request.fields.get("message", ""),
            link=request.fields.get("link", ""),
            created_at=at + self.skew,
            live_at=live_at,
            shown_at=shown_at,
            link_kept=self.world.rng.random() < 0.9,
        )
        self.posts[remote.id] = remote
        return remote

    # --- answers to a create or a flip ------------------------------------------------------------------------------

    def accepted(self, remote: RemotePost) -> Answer:
        return self.say(200, {"id": remote.id, "success": True})

    def fault(self, status: int, code: int, subcode: int = 0, message: str = "no") -> Answer:
        error: dict[str, Any] = {"message": message, "type": "OAuthException", "code": code, "fbtrace_id": "A1"}
        if subcode:
            error["error_subcode"] = subcode
        return self.say(status, {"error": error})

    def unsigned(self) -> Answer:
        return self.fault(400, 100, message="Invalid appsecret_proof provided in the API argument")

    def error(self) -> Answer:
        status, code, subcode = self.world.rng.choice(
            ((500, 2, 0), (500, 1, 99), (503, 2, 0), (400, 1, 99), (408, 2, 0), (500, 100, 0))
        )
        return self.fault(status, code, subcode, "Please retry your request later")

    def odd(self) -> Answer:
        status, body = self.world.rng.choice(((200, {}), (200, b'{"id": "179'), (200, b"<html>"), (502, b"<html>")))
        return self.say(status, body)

    def duplicate(self) -> Answer:
        return self.world.rng.choice(
            (
                self.fault(400, 506, message="Duplicate status message"),
                self.fault(400, 368, message="It looks like you have already posted this"),
            )
        )

    def wait(self) -> Answer:
        code, subcode = self.world.rng.choice(((4, 2207051), (17, 0), (32, 0), (613, 0), (368, 1390008)))
        return self.fault(400, code, subcode, "limit reached")

    def refused(self) -> Answer:
        return self.fault(400, 100, message="Invalid parameter")

    def unauthorised(self) -> Answer:
        code = self.world.rng.choice((190, 10, 200))
        return self.fault(401 if code == 190 else 403, code, message="not allowed")

    # --- drafts, the list, one object -------------------------------------------------------------------------------

    def answer(self, request: Request, answered_at: float) -> tuple[float, Answer | None]:
        if request.method == "POST":
            return self._stage(request, answered_at)
        mood = self.reading_mood()
        if mood == "no answer":
            return answered_at, None
        if mood == "fails":
            return answered_at, self.world.rng.choice((self.error, self.wait))()
        if mood == "not permitted":
            return answered_at, self.unauthorised()
        as_of = self.cached_at() if mood == "cached" else None
        said = self._list(request, mood, as_of) if request.path.endswith("published_posts") else self._object(request)
        if mood == "cached":
            said = Answer(said.status_code, said.content, {**said.headers, "Age": "400"})
        if mood == "undated":
            said = Answer(said.status_code, said.content, {})
        return answered_at, said

    def _stage(self, request: Request, answered_at: float) -> tuple[float, Answer | None]:
        """Create an unpublished post: perhaps late, perhaps without anybody learning of it."""
        mood = self.staging_mood()
        self.world.tell(f"{self.outlet.name}: a draft:", mood)
        if mood in ("fails", "refused"):
            return answered_at, self.error() if mood == "fails" else self.refused()
        if mood == "gone":
            return answered_at, None
        draft = self._create(request, self.marker_of(request), self.world.now)
        return answered_at, None if mood in ("late", "answer lost") else self.say(200, {"id": draft.id})

    def _list(self, request: Request, mood: str, as_of: float | None) -> Answer:
        since = float(request.fields["since"]) - EPOCH.timestamp()
        found = [self._entry(post) for post in self.shown(since=since, as_of=as_of)]
        if self.wild and self.world.rng.random() < 0.3:
            found = found[:-1]
        if mood == "incomplete":
            found = [*found[:-1], {"id": f"{PAGE}_1"}]
        return self.say(200, {"data": found})

    def _object(self, request: Request) -> Answer:
        post = self.posts.get(request.path)
        if post is None:
            return self.fault(400, 100, 33, "Unsupported get request. Object does not exist")
        published = post.live_at <= self.world.now and post.shown_at <= self.world.now
        return self.say(200, self._entry(post) | {"is_published": published})

    def _entry(self, post: RemotePost) -> dict[str, Any]:
        created = f"{self.world.instant(post.created_at - self.world.now):%Y-%m-%dT%H:%M:%S+0000}"
        entry: dict[str, Any] = {
            "id": post.id,
            "message": post.text,
            "created_time": created,
            "is_published": True,
            "permalink_url": f"https://www.facebook.com/{post.id}",
        }
        if post.link_kept:
            entry["attachments"] = {"data": [{"unshimmed_url": post.link}]}
        return entry
