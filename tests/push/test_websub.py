"""WebSub against a played hub: subscribe, verify, renew, be told; and what a hub or a stranger may do wrong (X15)."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from syndicator.push.websub import CHALLENGE_BYTES, Subscriber
from syndicator.sandbox import Sandbox
from syndicator.service.plan import plan
from syndicator.service.poll import poll
from syndicator.sources._fetch import Fetcher
from syndicator.store import subscriptions
from syndicator.store.schema import sources
from syndicator.store.subscriptions import Standing, Subscription
from tests.push import calls
from tests.push.desk import Desk, again, make_desk, until

DAY = timedelta(days=1)


@pytest.fixture
def desk(tmp_path: Path, sandbox: Sandbox) -> Iterator[Desk]:
    sandbox.newsroom.hub = sandbox.hub.url
    made = make_desk(tmp_path, sandbox)
    made.baseline()
    yield made
    made.parts.store.close()


def a_round(desk: Desk) -> None:
    """Let a subscriber look once, as the server does every few seconds."""
    a_round_of(Subscriber(desk.parts, desk.push, fetcher=Fetcher()))


def a_round_of(subscriber: Subscriber, times: int = 1) -> None:
    async def act() -> None:
        for _ in range(times):
            await subscriber.round()
        await subscriber._fetcher.close()

    asyncio.run(act())


def known(desk: Desk) -> Subscription:
    found = desk.subscription
    assert found is not None
    return found


def subscribed(desk: Desk) -> Subscription:
    """Wait until the server's first look has led to a subscription."""
    until(lambda: desk.subscription is not None and desk.subscription.state is Standing.ACTIVE, "the subscription")
    until(lambda: desk.sandbox.hub.subscribers, "the hub's own record")
    return known(desk)


@contextmanager
def open_and_subscribed(desk: Desk) -> Iterator[Subscription]:
    with desk.open():
        yield subscribed(desk)


def callback(desk: Desk, one: Subscription) -> str:
    return f"{desk.push.public_url}/websub/{one.path}"


# --- subscribing ----------------------------------------------------------------------------------------------------


def test_a_hub_is_found_asked_and_verified(desk: Desk) -> None:
    with open_and_subscribed(desk) as one:
        form = desk.sandbox.hub.asked[0]
        assert form["hub.mode"] == "subscribe"
        assert form["hub.topic"] == one.topic == desk.sandbox.urls.feed()
        assert form["hub.callback"] == callback(desk, one)
        assert len(one.path) >= 32
        assert 64 <= len(form["hub.secret"]) < 200
        assert one.lease_until == desk.parts.clock.now() + 10 * DAY
        assert desk.sandbox.hub.visits == [("subscribe", 200)]
        assert one.secret not in repr(one)


def test_a_restart_keeps_the_subscription(desk: Desk) -> None:
    with open_and_subscribed(desk) as first:
        pass
    with desk.open():
        time.sleep(0.3)
        assert known(desk) == first
        desk.publish("Read after the restart")
        assert desk.sandbox.hub.distribute(b"<rss/>") == [202]
        until(lambda: len(desk.live) == 1, "the post")
    assert len(desk.sandbox.hub.asked) == 1


def test_x15_a_lease_is_renewed_in_time_for_the_same_path(desk: Desk) -> None:
    with open_and_subscribed(desk) as first:
        desk.bench.clock.tick(timedelta(days=4.9))
        a_round(desk)
        assert len(desk.sandbox.hub.asked) == 1
        desk.bench.clock.tick(timedelta(days=3.2))
        a_round(desk)
        until(lambda: known(desk).verified_at == desk.parts.clock.now(), "the renewal")
        again_ = known(desk)
    assert (again_.path, again_.secret, again_.state) == (first.path, first.secret, Standing.ACTIVE)
    assert again_.lease_until == desk.parts.clock.now() + 10 * DAY
    assert len(desk.sandbox.hub.asked) == 2


def test_a_lease_that_lapsed_is_asked_for_again_and_polls_go_on(desk: Desk) -> None:
    desk.sandbox.hub.lease = 60
    with open_and_subscribed(desk):
        desk.sandbox.hub.verifies = False
        desk.bench.clock.tick(timedelta(hours=2))
        a_round(desk)
        before = desk.state.polls
        poll(desk.parts)
        assert desk.state.polls == before + 1
        desk.sandbox.hub.verifies = True
        desk.bench.clock.tick(timedelta(hours=7))
        a_round(desk)
        until(lambda: known(desk).verified_at == desk.parts.clock.now(), "the new lease")


def test_a_hub_that_denies_is_left_alone_for_a_day(desk: Desk) -> None:
    desk.sandbox.hub.denies = True
    with desk.open():
        until(lambda: desk.subscription and known(desk).state is Standing.DENIED, "the denial")
        assert known(desk).last_error == "the hub refused: we do not know you[2J"
        for _ in range(3):
            a_round(desk)
        assert len(desk.sandbox.hub.asked) == 1
        assert calls.call(desk.port, f"/websub/{known(desk).path}", body=b"")[0] == 410
        desk.sandbox.hub.denies = False
        desk.bench.clock.tick(DAY + timedelta(minutes=1))
        a_round(desk)
        subscribed(desk)


def test_a_hub_may_deny_later_what_it_granted(desk: Desk) -> None:
    with open_and_subscribed(desk) as one:
        assert desk.sandbox.hub.knock(callback(desk, one), mode="denied", topic="https://other.example/") == 404
        assert known(desk).state is Standing.ACTIVE
        assert desk.sandbox.hub.knock(callback(desk, one), mode="denied", topic=one.topic) == 200
        assert known(desk).state is Standing.DENIED


def test_a_source_without_websub_is_unsubscribed(desk: Desk) -> None:
    with open_and_subscribed(desk):
        pass
    source = replace(desk.parts.sources[0], websub=False)
    without = replace(desk, bench=replace(desk.bench, parts=replace(desk.parts, sources=(source,))))
    # Its own address is private, which nobody vouches for any more; the hub hears of it where that is allowed.
    with without.open():
        until(lambda: known(desk).state is Standing.ENDED, "the end")
        a_round(without)
        assert desk.sandbox.hub.distribute(b"<rss/>") == [410]


def test_another_hub_gets_another_path_and_another_secret(desk: Desk) -> None:
    with open_and_subscribed(desk) as first:
        desk.sandbox.newsroom.hub = f"{desk.sandbox.hub.url}?second=1"
        desk.bench.clock.tick(timedelta(hours=2))
        desk.publish("So that the feed is read anew")
        poll(desk.parts)
        a_round(desk)
        until(lambda: known(desk).hub.endswith("second=1") and known(desk).state is Standing.ACTIVE, "the new one")
        assert known(desk).path != first.path
        assert known(desk).secret != first.secret
        # The old one knocks in vain.
        assert calls.call(desk.port, f"/websub/{first.path}", body=b"")[0] == 404


def test_without_a_public_address_no_hub_is_asked(desk: Desk) -> None:
    hidden = again(desk, public_url="")
    with hidden.open():
        time.sleep(0.3)
        a_round(hidden)
    assert desk.sandbox.hub.asked == []
    assert desk.subscription is None


def test_x16_a_hub_on_an_inner_address_is_not_asked_for_a_public_source(desk: Desk) -> None:
    source = replace(desk.parts.sources[0], allow_private=False)
    public = replace(desk, bench=replace(desk.bench, parts=replace(desk.parts, sources=(source,))))
    with desk.parts.store.write() as conn:
        one = Subscription(
            source="news", hub=desk.sandbox.hub.url, topic="t", path="p", secret="s", state=Standing.ASKED
        )
        subscriptions.save(conn, one)
    a_round(public)
    assert desk.sandbox.hub.asked == []
    assert "refused" in str(known(desk).last_error)


def test_x17_a_hub_that_only_its_feed_takes_for_an_address_stops_no_other(desk: Desk) -> None:
    """Python's two readings of an address in brackets differ; an error there would end the asking for every source."""
    with desk.parts.store.write() as conn:
        conn.execute(sources.update().values(hub="https://[::１]/"))
    a_round(desk)
    assert known(desk).last_error == "its hub has no web address"


def test_a_hub_that_is_down_is_one_alarm_and_polls_go_on(desk: Desk) -> None:
    desk.sandbox.hub.status = 503
    subscriber = Subscriber(desk.parts, desk.push, fetcher=Fetcher())
    before = desk.state.polls
    for _ in range(12):
        a_round_of(subscriber)
        desk.bench.clock.tick(timedelta(hours=7))
        poll(desk.parts)
        plan(desk.parts)
    assert desk.state.polls == before + 12
    assert len(desk.sandbox.hub.asked) == 12
    assert [notice.subject for notice in desk.bench.told.notices] == ["a hub fails"]
    assert known(desk).last_error == "the hub answered 503"


def test_a_hub_that_is_down_is_asked_less_and_less_often(desk: Desk) -> None:
    desk.sandbox.hub.status = 503
    subscriber = Subscriber(desk.parts, desk.push, fetcher=Fetcher())
    for _ in range(24 * 12):
        a_round_of(subscriber)
        desk.bench.clock.tick(timedelta(minutes=5))
    assert 5 <= len(desk.sandbox.hub.asked) <= 12


# --- verification ---------------------------------------------------------------------------------------------------


def test_x15_what_nobody_asked_for_is_refused(desk: Desk) -> None:
    hub = desk.sandbox.hub
    with open_and_subscribed(desk) as one:
        where, good = callback(desk, one), {"topic": one.topic, "challenge": "c", "lease_seconds": "60"}
        # Nothing is pending any more: neither a second time nor the opposite.
        assert hub.knock(where, mode="subscribe", **good) == 404
        assert hub.knock(where, mode="unsubscribe", **good) == 404
        assert hub.knock(f"{desk.push.public_url}/websub/{'x' * 32}", mode="subscribe", **good) == 404
        assert known(desk) == one


REFUSED: dict[str, dict[str, str]] = {
    "another topic": {"topic": "https://news.example/other"},
    "no topic": {"topic": ""},
    "another mode": {"mode": "publish"},
    "no mode": {"mode": ""},
    "unsubscribe": {"mode": "unsubscribe"},
    "no challenge": {"challenge": ""},
    "a long challenge": {"challenge": "c" * (CHALLENGE_BYTES + 1)},
    "a long challenge in many bytes": {"challenge": "é" * (CHALLENGE_BYTES // 2 + 1)},
}


def test_x15_a_verification_must_be_of_what_is_pending(desk: Desk) -> None:
    desk.sandbox.hub.verifies = False
    with desk.open():
        until(lambda: desk.sandbox.hub.asked, "the request")
        one = known(desk)
        good = {"mode": "subscribe", "topic": one.topic, "challenge": "c", "lease_seconds": "60"}
        for name, change in REFUSED.items():
            assert desk.sandbox.hub.knock(callback(desk, one), **good | change) == 404, name
            assert known(desk).state is Standing.ASKED
        assert desk.sandbox.hub.knock(callback(desk, one), **good | {"challenge": "c" * CHALLENGE_BYTES}) == 200
        assert known(desk).state is Standing.ACTIVE


def test_x15_a_verification_a_day_late_is_refused(desk: Desk) -> None:
    desk.sandbox.hub.verifies = False
    with desk.open():
        until(lambda: desk.sandbox.hub.asked, "the request")
        one = known(desk)
        desk.bench.clock.tick(DAY + timedelta(minutes=1))
        good = {"mode": "subscribe", "topic": one.topic, "challenge": "c", "lease_seconds": "60"}
        assert desk.sandbox.hub.knock(callback(desk, one), **good) == 404


def test_x15_the_challenge_comes_back_as_plain_text(desk: Desk) -> None:
    desk.sandbox.hub.verifies = False
    with desk.open():
        until(lambda: desk.sandbox.hub.asked, "the request")
        one = known(desk)
        query = f"hub.mode=subscribe&hub.topic={one.topic}&hub.challenge=%3Cscript%3E%26"
        status, body, headers = calls.call(desk.port, f"/websub/{one.path}?{query}", method="GET")
        assert (status, body) == (200, b"<script>&")
        assert headers["content-type"] == "text/plain; charset=utf-8"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["content-security-policy"] == "default-src 'none'"
        # It named no lease: the one that was asked for counts.
        assert known(desk).lease_until == desk.parts.clock.now() + 10 * DAY


def test_x15_a_query_that_says_two_things_is_refused(desk: Desk) -> None:
    desk.sandbox.hub.verifies = False
    with desk.open():
        until(lambda: desk.sandbox.hub.asked, "the request")
        one = known(desk)
        query = f"hub.mode=subscribe&hub.topic={one.topic}&hub.topic=other&hub.challenge=c"
        assert calls.call(desk.port, f"/websub/{one.path}?{query}", method="GET")[0] == 404


# --- being told -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["sha256", "sha384", "sha512"])
def test_what_the_hub_brings_is_a_hint(desk: Desk, method: str) -> None:
    desk.sandbox.hub.method = method
    with open_and_subscribed(desk):
        before = desk.state.polls
        desk.publish("A bridge is open again")
        body = b'<rss version="2.0"><channel><item><title>Buy our tokens</title></item></channel></rss>'
        assert desk.sandbox.hub.distribute(body) == [202]
        desk.settle(before + 1)
        until(lambda: known(desk).last_push_at is not None, "the note")
    bodies = desk.bench.adapters["x"].bodies
    assert len(bodies) == 1
    assert "A bridge is open" in bodies[0]
    assert "tokens" not in bodies[0]


def wrong(one: Subscription, body: bytes) -> dict[str, str]:
    true = calls.hexadecimal(body, one.secret)
    return {
        "none": "",
        "sha1, which nobody opted for": calls.hexadecimal(body, one.secret, "sha1"),
        "of another body": calls.hexadecimal(b"other", one.secret),
        "with another secret": calls.hexadecimal(body, "other"),
        "cut off": true[:-2],
        "no method": true.removeprefix("sha256="),
        "another method's name": true.replace("sha256", "sha512"),
        "md5": calls.hexadecimal(body, one.secret, "md5"),
        "no hexadecimal": "sha256=" + "g" * 64,
    }


def test_x13_a_wrong_signature_gets_2xx_and_is_ignored(desk: Desk) -> None:
    with open_and_subscribed(desk) as one:
        before = desk.state.polls
        for name, signature in wrong(one, b"<rss/>").items():
            assert desk.sandbox.hub.distribute(b"<rss/>", signature=signature) == [202], name
        time.sleep(0.3)
        assert desk.state.polls == before
        assert desk.sandbox.hub.distribute(b"<rss/>") == [202]
        desk.settle(before + 1)


def test_x13_sha1_only_where_somebody_opted_for_it(desk: Desk) -> None:
    old = again(desk, sha1=True)
    desk.sandbox.hub.method = "sha1"
    with open_and_subscribed(old):
        before = desk.state.polls
        assert desk.sandbox.hub.distribute(b"<rss/>") == [202]
        desk.settle(before + 1)


def test_nothing_is_read_before_the_hub_has_verified(desk: Desk) -> None:
    desk.sandbox.hub.verifies = False
    with desk.open():
        until(lambda: desk.sandbox.hub.asked, "the request")
        before, one = desk.state.polls, known(desk)
        headers = {"X-Hub-Signature": calls.hexadecimal(b"x", one.secret)}
        assert calls.call(desk.port, f"/websub/{one.path}", body=b"x", headers=headers)[0] == 202
        time.sleep(0.3)
        assert desk.state.polls == before


def test_f03_a_body_with_another_guid_than_the_feed_is_one_article(desk: Desk) -> None:
    """pushpress brings Atom whose ids are not the feed's guids: what counts is the feed."""
    with open_and_subscribed(desk):
        before = desk.state.polls
        desk.publish("One story under two names")
        article = desk.sandbox.newsroom.articles[0]
        url = desk.sandbox.newsroom.url(article)
        atom = f"""<feed xmlns="http://www.w3.org/2005/Atom"><title>n</title><entry><id>urn:uuid:{article.number}</id>
            <title>{article.title}</title><link href="{url}"/></entry></feed>"""
        for _ in range(3):
            assert desk.sandbox.hub.distribute(atom.encode()) == [202]
            time.sleep(0.1)
        desk.settle(before + 1)
        desk.bench.clock.tick(timedelta(hours=2))
        poll(desk.parts)
        plan(desk.parts)
    assert len(desk.live) == 1
    with desk.parts.store.read() as conn:
        from sqlalchemy import text

        count = conn.execute(text("SELECT count(*) FROM articles WHERE title LIKE 'One story%'")).scalar_one()
    assert count == 1
