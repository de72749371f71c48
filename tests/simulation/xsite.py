"""X as far as the adapter sees it: one create, one time line. Its words are those of the API's documents."""

from datetime import datetime
from typing import Any

from tests.simulation.remote import MARKER, Remote, RemotePost
from tests.simulation.wire import Answer, Request
from tests.simulation.world import EPOCH


class XSite(Remote):
    """One account on X."""

    platform = "twitter"
    limits_are_refusals = True

    def marker_of(self, request: Request) -> str:
        found = MARKER.search(request.fields["text"])
        return found[1] if found else "none"

    def effect(self, request: Request, marker: str, at: float, lag: float) -> RemotePost | None:
        text = request.fields["text"]
        remote = RemotePost(
            id=str(next(self._ids)),
            marker=marker,
            text=text,
            link=text[text.index("https://") :],
            created_at=at + self.skew,
            live_at=at,
            shown_at=at + lag,
        )
        self.posts[remote.id] = remote
        return remote

    def _says_it_has_it(self, request: Request, marker: str) -> bool:
        return any(post.text == request.fields["text"] for post in self.live(marker))

    # --- answers to a create ----------------------------------------------------------------------------------------

    def accepted(self, remote: RemotePost) -> Answer:
        return self.say(201, {"data": {"id": remote.id, "text": remote.text}})

    def unsigned(self) -> Answer:
        return self.say(401, {"title": "Unauthorized", "status": 401, "errors": [{"code": 135}]})

    def error(self) -> Answer:
        status = self.world.rng.choice((500, 502, 503, 504, 408, 409))
        return self.say(status, b"<html>oops</html>" if status == 502 else {"title": "error", "status": status})

    def odd(self) -> Answer:
        status, body = self.world.rng.choice(
            ((201, {"data": {}}), (200, {"errors": [{"title": "odd"}]}), (201, b'{"data": {"id": "17'), (302, b""))
        )
        return self.say(status, body)

    def duplicate(self) -> Answer:
        detail = "You are not allowed to create a Tweet with duplicate content."
        return self.say(403, {"detail": detail, "title": "Forbidden", "status": 403})

    def wait(self) -> Answer:
        reset = int((EPOCH.timestamp()) + self.world.now + self.skew + self.world.rng.choice((-50, 30, 900)))
        headers = {"x-rate-limit-reset": str(reset), "x-rate-limit-remaining": "0"}
        return self.say(429, {"title": "Too Many Requests", "status": 429}, **headers)

    def refused(self) -> Answer:
        return self.say(400, {"title": "Invalid Request", "detail": "One or more parameters are invalid."})

    def unauthorised(self) -> Answer:
        status, body = self.world.rng.choice(
            (
                (401, {"title": "Unauthorized"}),
                (403, {"title": "Forbidden", "detail": "Your account is suspended and is not permitted"}),
                (402, {"title": "CreditsDepleted", "detail": "no credits"}),
            )
        )
        return self.say(status, body)

    # --- the time line ----------------------------------------------------------------------------------------------

    def answer(self, request: Request, answered_at: float) -> tuple[float, Answer | None]:
        mood = self.reading_mood()
        since = (datetime.fromisoformat(request.fields["start_time"]) - EPOCH).total_seconds()
        if mood == "no answer":
            return answered_at, None
        if mood == "fails":
            return answered_at, self.world.rng.choice((self.error, self.wait))()
        if mood == "not permitted":
            return answered_at, self.unauthorised()
        as_of = self.cached_at() if mood == "cached" else None
        found = [self._entry(post) for post in self.shown(since=since, as_of=as_of)]
        if mood == "incomplete" or (self.wild and self.world.rng.random() < 0.3):
            found = found[:-1]
        meta: dict[str, Any] = {"result_count": len(found)}
        page: dict[str, Any] = {"data": found, "meta": meta} if found else {"meta": meta}
        if mood == "incomplete":
            page |= self.world.rng.choice(({"errors": [{"title": "Not Found"}]}, {"meta": {"result_count": 99}}))
        said = self.say(200, page, **({"Age": "400"} if mood == "cached" else {}))
        if mood == "undated":
            said = Answer(said.status_code, said.content, {})
        return answered_at, said

    def _entry(self, post: RemotePost) -> dict[str, Any]:
        created = f"{self.world.instant(post.created_at - self.world.now):%Y-%m-%dT%H:%M:%S.000Z}"
        short = "https://t.co/" + post.id
        url = {"url": short, "expanded_url": post.link, "display_url": "news.example/…"}
        text = post.text.replace(post.link, short)
        return {"id": post.id, "text": text, "created_at": created, "entities": {"urls": [url]}}
