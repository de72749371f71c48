"""A post waits until the page that it links to has what a link card needs; then it is held, for a person to decide."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from syndicator.core.lifecycle import Event
from syndicator.model import Channel, Post, State
from syndicator.service import approval, corrections, live, preflight
from syndicator.service.deliver import deliver
from syndicator.store import views
from tests import values
from tests.service.bench import Bench, make_bench
from tests.sources.site import drip, serving
from tests.sources.test_images import photo

MINUTE = timedelta(minutes=1)
EMPTY = "its page has no og:image"


class Pages:
    """What articles' pages say, as a test sets it; counts the questions."""

    def __init__(self, why: str = "") -> None:
        self.why: str | Callable[[str], str] = why
        self.asked: list[str] = []

    def __call__(self, article: object) -> str:
        url = str(getattr(article, "url", ""))
        self.asked.append(url)
        return self.why(url) if callable(self.why) else self.why


@pytest.fixture
def pages() -> Pages:
    return Pages()


@pytest.fixture
def desk(tmp_path: Path, pages: Pages) -> Iterator[Bench]:
    made = bench_with(tmp_path, pages, values.channel(preflight=True))
    yield made
    made.parts.store.close()


def bench_with(folder: Path, pages: Pages, *channels: Channel) -> Bench:
    made = make_bench(folder, channels=channels)
    made.parts = replace(made.parts, link_card=pages)
    return made


def reasons(bench: Bench, post: Post) -> list[str]:
    with bench.parts.store.read() as conn:
        return [move.reason for move in views.history(conn, post.id)]


def run_for(bench: Bench, span: timedelta, *, step: timedelta = timedelta(seconds=10)) -> None:
    for _ in range(span // step):
        deliver(bench.parts)
        bench.clock.tick(step)
    deliver(bench.parts)


def test_a_page_that_is_ready_lets_its_post_go_at_once(desk: Bench, pages: Pages) -> None:
    post = desk.queue()
    deliver(desk.parts)
    assert desk.row(post).state is State.PUBLISHED
    assert len(pages.asked) == 1


def test_preflight_a_page_that_is_not_ready_makes_its_post_wait(desk: Bench, pages: Pages) -> None:
    pages.why = EMPTY
    post = desk.queue()
    deliver(desk.parts)
    waiting = desk.row(post)
    assert (waiting.state, waiting.reason) == (State.QUEUED, f"waits for its link card: {EMPTY}")
    assert waiting.due_at == desk.clock.now() + preflight.AGAIN
    # It keeps the patience that it had, and holds nothing that others wait for.
    assert waiting.expires_at - waiting.due_at == post.expires_at - post.due_at
    assert (waiting.token, waiting.lease_until, waiting.attempts) == (None, None, 0)
    assert not desk.x.bodies
    pages.why = ""
    run_for(desk, MINUTE)
    assert desk.row(post).state is State.PUBLISHED
    assert len(desk.x.bodies) == 1


def test_preflight_a_page_that_stays_empty_is_held_with_the_reason_and_told_once(desk: Bench, pages: Pages) -> None:
    pages.why = EMPTY
    post = desk.queue()
    run_for(desk, 6 * MINUTE)
    held = desk.row(post)
    assert (held.state, held.reason) == (State.HELD, f"its link card would be empty: {EMPTY}")
    assert [notice.subject for notice in desk.told.notices] == ["post held"]
    # Bounded: every half a minute for five minutes, and no request of any kind after that.
    assert 9 <= len(pages.asked) <= 12
    asked = len(pages.asked)
    run_for(desk, 6 * MINUTE)
    assert len(pages.asked) == asked
    assert not desk.x.bodies


def test_preflight_a_person_may_let_it_go_as_it_is(desk: Bench, pages: Pages) -> None:
    """R22: what is approved is what was frozen, and it is not asked about again."""
    pages.why = EMPTY
    post = desk.queue()
    run_for(desk, 6 * MINUTE)
    held = desk.row(post)
    assert held.payload_sha256
    approval.approve(desk.parts, held, sha256=held.payload_sha256)
    asked = len(pages.asked)
    deliver(desk.parts)
    assert desk.row(post).state is State.PUBLISHED
    assert desk.row(post).payload_sha256 == held.payload_sha256
    assert len(pages.asked) == asked


def test_the_wait_is_the_channels_own_and_may_be_none(tmp_path: Path, pages: Pages) -> None:
    pages.why = EMPTY
    channel = values.channel(preflight=True, preflight_wait=timedelta(0))
    desk = bench_with(tmp_path, pages, channel)
    post = desk.queue()
    deliver(desk.parts)
    assert desk.row(post).state is State.HELD
    desk.parts.store.close()


def test_a_wait_is_remembered_over_a_restart(desk: Bench, pages: Pages) -> None:
    pages.why = EMPTY
    post = desk.queue()
    run_for(desk, 3 * MINUTE)
    desk.parts = replace(desk.parts, link_cards={})  # what a new process knows
    run_for(desk, 2.5 * MINUTE)
    assert desk.row(post).state is State.HELD


def test_a_wait_after_an_approval_is_a_new_one(desk: Bench, pages: Pages) -> None:
    """Held for another reason and let go: the page is asked, and gets its time."""
    pages.why = EMPTY
    post = desk.queue()
    run_for(desk, 3 * MINUTE)
    corrections.hold_back(desk.parts, desk.row(post), "another reason")
    approval.recompose(desk.parts, desk.row(post))
    approval.approve(desk.parts, desk.row(post))
    run_for(desk, 3 * MINUTE)
    assert desk.row(post).state is State.QUEUED
    run_for(desk, 3 * MINUTE)
    assert desk.row(post).state is State.HELD


def test_channels_without_preflight_ask_nothing(tmp_path: Path, pages: Pages) -> None:
    pages.why = EMPTY
    desk = bench_with(tmp_path, pages, values.channel())
    post = desk.queue()
    deliver(desk.parts)
    assert desk.row(post).state is State.PUBLISHED
    assert pages.asked == []
    desk.parts.store.close()


@pytest.mark.parametrize(
    ("channel", "card"),
    [
        (values.channel("x", "twitter"), True),
        (values.channel("x", "facebook", options={"page_id": "1"}), True),
        (values.channel("x", "youtube", options={"channel_id": "UC1"}, image="none"), False),
    ],
)
def test_only_posts_that_show_a_link_card_are_asked_about(
    tmp_path: Path, pages: Pages, channel: Channel, *, card: bool
) -> None:
    desk = bench_with(tmp_path, pages, replace(channel, preflight=True))
    desk.queue()
    deliver(desk.parts)
    assert bool(pages.asked) is card
    desk.parts.store.close()


def test_a_post_with_a_picture_or_without_a_link_shows_no_card() -> None:
    from syndicator.model import Media
    from syndicator.service.compose import Draft

    x = values.channel()
    made = values.composed()
    linked = replace(made.teaser, link="https://news.example/a", text="News https://news.example/a")
    picture = Media(sha256="0" * 64, mime="image/jpeg", width=1, height=1, size=1)

    def shows(teaser: object) -> bool:
        return preflight.shows_card(x, Draft(composed=replace(made, teaser=teaser), pictures={}))  # type: ignore[arg-type]

    assert shows(linked)
    assert not shows(replace(linked, media=(picture,)))
    assert not shows(replace(linked, link=""))
    assert not shows(replace(linked, text="News"))


def test_what_was_begun_is_brought_to_its_end(desk: Bench, pages: Pages) -> None:
    """A post that may be live is looked up, whatever its page says by then."""
    post = desk.queue()
    desk.x.publishing.append("lost")
    deliver(desk.parts)
    assert desk.row(post).state is State.UNKNOWN
    pages.why = EMPTY
    asked = len(pages.asked)
    run_for(desk, MINUTE)
    assert desk.row(post).state is not State.HELD
    assert len(pages.asked) == asked


def test_one_answer_serves_every_channel_for_minutes(tmp_path: Path, pages: Pages) -> None:
    both = (values.channel("x", preflight=True), values.channel("y", preflight=True))
    desk = bench_with(tmp_path, pages, *both)
    first = desk.queue(channel="x")
    with desk.parts.store.write() as conn:
        from syndicator.store import posts

        twin = replace(values.post(), id="b" * 13, key="k", channel="y", article_id=first.article_id)
        assert posts.insert(conn, replace(twin, due_at=desk.clock.now() + MINUTE))
    deliver(desk.parts)
    desk.clock.tick(MINUTE)
    deliver(desk.parts)
    assert len(pages.asked) == 1
    assert desk.states() == [State.PUBLISHED] * 2
    desk.parts.store.close()


def test_an_answer_that_is_old_is_not_believed(desk: Bench, pages: Pages) -> None:
    desk.queue()
    deliver(desk.parts)
    desk.clock.tick(timedelta(seconds=preflight.COMPLETE_FOR + 1))
    desk.parts.link_cards["https://other.example/"] = ("", 0.0)
    pages.why = EMPTY
    article_url = pages.asked[0]
    assert preflight._asked(desk.parts, values.article(url=article_url)) == EMPTY


def test_preflight_a_page_that_hangs_stops_no_other_channel(tmp_path: Path) -> None:
    """Its own channel waits for it; the others have posted long before it gives up."""
    released, hanging = threading.Event(), threading.Event()
    posted_at: dict[str, float] = {}

    def hang(_: object) -> str:
        hanging.set()
        released.wait(20)
        return "its page takes too long"

    channels = (values.channel("x", preflight=True), values.channel("y"))
    desk = make_bench(tmp_path, channels=channels)
    desk.parts = replace(desk.parts, link_card=hang)
    slow, quick = desk.queue(channel="x", n=1), desk.queue(channel="y", n=2)

    def watch() -> None:
        assert hanging.wait(20)
        until = time.monotonic() + 15
        while time.monotonic() < until and desk.row(quick).state is not State.PUBLISHED:
            time.sleep(0.02)
        posted_at["y"] = time.monotonic()
        # Nobody holds a claim or an open transaction while the page hangs.
        assert desk.row(slow).state is State.QUEUED
        assert desk.row(slow).token is None
        released.set()

    watcher = threading.Thread(target=watch)
    watcher.start()
    deliver(desk.parts)
    watcher.join()
    assert desk.row(quick).state is State.PUBLISHED
    assert desk.row(slow).reason.startswith(preflight.WAITS)
    desk.parts.store.close()


def test_a_post_that_waits_lets_the_next_one_of_its_channel_go(desk: Bench, pages: Pages) -> None:
    first, second = desk.queue(n=1), desk.queue(n=2)
    pages.why = lambda url: EMPTY if url.endswith("story-1/") else ""
    deliver(desk.parts)
    assert [desk.row(post).state for post in (first, second)] == [State.QUEUED, State.PUBLISHED]


# --- over HTTP ------------------------------------------------------------------------------------------------------


def page(**og: str) -> bytes:
    tags = "".join(f'<meta property="og:{name}" content="{value}">' for name, value in og.items())
    return f'<html lang="en"><head><title>A story</title>{tags}</head><body>Text</body></html>'.encode()


def test_preflight_the_page_over_http() -> None:
    with serving() as site:
        site.page("/hall.jpg", photo(400, 300), Content_Type="image/jpeg")
        site.page("/words.jpg", b"<html>log in</html>", Content_Type="image/jpeg")
        whole = {"title": "A story", "image": "/hall.jpg"}
        said = {
            "/whole": (page(**whole), ""),
            "/no-image": (page(title="A story"), "its page has no og:image"),
            "/no-title": (page(image="/hall.jpg"), "its page has no og:title"),
            "/neither": (page(), "its page has no og:title and no og:image"),
            "/empty": (page(title=" ", image=" "), "its page has no og:title and no og:image"),
            "/gone-image": (page(title="A", image="/none.jpg"), "the picture of its page (og:image) cannot be had: "),
            "/no-picture": (page(title="A", image="/words.jpg"), "the picture of its page (og:image) cannot be had: "),
            "/script-image": (page(title="A", image="javascript:alert(1)"), "its page has no og:image"),
        }
        for path, (body, why) in said.items():
            url = site.page(path, body, Content_Type="text/html; charset=utf-8")
            found = live.link_card(values.article(url=url), allow_private=True)
            assert found.startswith(why), (path, found)
            assert bool(found) is bool(why), (path, found)
        for status in (403, 404, 500, 503):
            url = site.page(f"/{status}", page(**whole), status=status)
            assert str(status) in live.link_card(values.article(url=url), allow_private=True)


def test_x16_a_private_page_or_picture_that_nobody_named_is_not_asked() -> None:
    with serving() as site:
        url = site.page("/story", page(title="A", image="/hall.jpg"), Content_Type="text/html")
        assert "cannot be had: refused" in live.link_card(values.article(url=url), allow_private=False)
        assert site.requests == []


def test_a_page_that_hangs_is_given_up_soon() -> None:
    with serving() as site:
        url = site.script("/slow", drip(page(title="A", image="/hall.jpg"), pause=0.2))
        began = time.monotonic()
        why = live.link_card(values.article(url=url), allow_private=True, seconds=0.5)
        assert why == "its page and its picture take more than 0.5 seconds"
        assert time.monotonic() - began < 5


def test_hold_back_events_are_what_overrules(desk: Bench, pages: Pages) -> None:
    pages.why = EMPTY
    post = desk.queue()
    run_for(desk, 6 * MINUTE)
    with desk.parts.store.read() as conn:
        moves = views.history(conn, post.id)
    assert moves[-1].event == Event.HOLD_BACK
    assert not preflight._overruled(moves)
    assert reasons(desk, post)[-1].startswith(preflight.EMPTY)
