"""The server itself: four doors, no detail, no patience with those who dawdle."""

import json
import select
import socket
import time
from contextlib import closing
from datetime import timedelta

import pytest

from syndicator.errors import ConfigError
from syndicator.push import PushServer
from syndicator.service import halt
from tests.push import calls
from tests.push.desk import Desk, again, until
from tests.push.test_webhook import raw

ECHO = "look-at-me"
NOWHERE = (
    ("GET", "/"),
    ("GET", f"/{ECHO}"),
    ("GET", f"/hooks/{ECHO}"),
    ("GET", "/hooks/news"),
    ("PUT", "/hooks/news"),
    ("DELETE", "/websub/abc"),
    ("GET", f"/websub/{ECHO}?hub.mode=subscribe&hub.challenge={ECHO}&hub.topic={ECHO}"),
    ("POST", f"/websub/{ECHO}"),
    ("POST", "/healthz"),
    ("GET", "/healthz/"),
    ("GET", "/%68ealthz"),
    ("GET", "/hooks/../healthz"),
    ("POST", "/hooks/news/"),
    ("POST", "/hooks/" + "n" * 65),
    ("POST", "/hooks/n%00ews"),
    ("OPTIONS", "/hooks/news"),
    ("GET", f"/.env?{ECHO}"),
)


def test_everything_else_is_not_found_and_nothing_is_repeated(desk: Desk) -> None:
    with desk.open():
        for method, path in NOWHERE:
            status, body, headers = calls.call(desk.port, path, method=method, headers={"X-Echo": ECHO})
            assert (status, body) == (404, b""), (method, path)
            assert ECHO not in str(headers)
            assert headers["server"] == "syndicator"
            assert headers["cache-control"] == "no-store"
            assert headers["x-content-type-options"] == "nosniff"
            assert headers["connection"] == "close"


@pytest.mark.parametrize(
    "nonsense",
    [
        b"look-at-me\r\n\r\n",
        b"GET look-at-me HTTP/1.1\r\n\r\n",
        b"LOOK-AT-ME! / HTTP/1.1\r\n\r\n",
        b"GET /look-at-me HTTP/9.9\r\n\r\n",
        b"\x16\x03\x01\x02\x00look-at-me",
        b"POST /hooks/news HTTP/1.1\r\nHost: a\r\nContent-Length: look-at-me\r\n\r\n",
        b"POST /hooks/news HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\nlook-at-me",
        b"GET / HTTP/1.1\r\n" + b"X: look-at-me\r\n" * 2000 + b"\r\n",
        b"GET /" + b"look-at-me" * 2000 + b" HTTP/1.1\r\n\r\n",
    ],
)
def test_nonsense_is_not_repeated(desk: Desk, nonsense: bytes) -> None:
    with desk.open(patience=1.0):
        answer = raw(desk.port, nonsense)
    assert b"look-at-me" not in answer.lower()
    assert answer == b"" or answer.split(b" ")[1] in {b"400", b"404"}
    assert answer.partition(b"\r\n\r\n")[2] == b""


def test_only_our_names_are_answered(desk: Desk) -> None:
    named = again(desk, public_url="https://news.example/push")
    with named.open():
        for host, status in (
            ("news.example", 200),
            ("NEWS.example:8722", 200),
            ("localhost:1", 200),
            ("127.0.0.1", 200),
            ("[::1]:80", 200),
            ("10.1.2.3", 200),
            ("evil.example", 404),
            ("news.example.evil.example", 404),
            ("news.example@evil.example", 404),
            ("", 404),
        ):
            assert calls.call(named.port, "/healthz", method="GET", headers={"Host": host})[0] == status, host
        # As a web server in front passes it on that does not take the path off.
        body = b"{}"
        headers = calls.timed(body, at=desk.parts.clock.now().timestamp())
        assert calls.call(named.port, "/push/hooks/news", body=body, headers=headers)[0] == 202


def test_health_says_three_things_and_no_more(desk: Desk) -> None:
    with desk.open():
        status, body, headers = calls.call(desk.port, "/healthz", method="GET")
        assert status == 200
        assert headers["content-type"].startswith("application/json")
        assert json.loads(body) == {"ok": True, "database": True, "ticks": True, "halted": False}

        desk.parts.pulse.beat("read", desk.parts.clock.elapsed())
        halt.stop_here(desk.parts.state_dir, "a secret reason", desk.parts.clock.now())
        desk.bench.clock.tick(timedelta(seconds=5))
        status, body, _ = calls.call(desk.port, "/healthz", method="GET")
        assert (status, json.loads(body)["halted"]) == (200, True)
        assert b"secret" not in body

        desk.bench.clock.tick(timedelta(minutes=5))
        status, body, _ = calls.call(desk.port, "/healthz", method="GET")
        assert (status, json.loads(body)) == (503, {"ok": False, "database": True, "ticks": False, "halted": True})


def test_a_log_that_cannot_be_read_is_no_health(desk: Desk) -> None:
    assert desk.parts.store.path is not None
    with desk.open():
        desk.parts.store.close()
        desk.parts.store.path.rename(desk.parts.store.path.with_suffix(".away"))
        status, body, _ = calls.call(desk.port, "/healthz", method="GET")
        assert (status, json.loads(body)["database"]) == (503, False)
        desk.parts.store.path.with_suffix(".away").rename(desk.parts.store.path)


def test_whoever_dawdles_is_hung_up_on(desk: Desk) -> None:
    """Slow-loris: a byte now and then keeps nobody's place for longer than the patience in all."""
    with desk.open(patience=1.0):
        began = time.monotonic()
        head = b"POST /hooks/news HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n"
        slow = [socket.create_connection(("127.0.0.1", desk.port)) for _ in range(20)]
        for n, connection in enumerate(slow):
            connection.sendall(head[: 20 + 3 * n])
        # Meanwhile the others are served.
        assert calls.call(desk.port, "/healthz", method="GET")[0] == 200
        for connection in slow:
            with closing(connection):
                connection.settimeout(10)
                assert _ended(connection)
        assert time.monotonic() - began < 5


def _ended(connection: socket.socket) -> bool:
    try:
        while connection.recv(4096):
            pass
    except ConnectionResetError:
        return True
    return True


def test_too_many_are_hung_up_on_and_the_next_ones_are_served(desk: Desk) -> None:
    with desk.open(patience=30.0, most=10):
        crowd = [socket.create_connection(("127.0.0.1", desk.port)) for _ in range(30)]
        # Whoever is let in hears nothing, as it says nothing itself.
        until(lambda: len(select.select(crowd, [], [], 0)[0]) == 20, "20 refusals")
        for connection in crowd:
            connection.close()
        until(lambda: _healthy(desk), "a place")


def _healthy(desk: Desk) -> bool:
    try:
        return calls.call(desk.port, "/healthz", method="GET")[0] == 200
    except OSError:
        return False


def test_an_address_that_is_taken_is_a_problem_of_the_configuration(desk: Desk) -> None:
    with desk.open(), pytest.raises(ConfigError, match="cannot listen") as caught:
        PushServer(desk.parts, desk.push, secrets={}).__enter__()
    assert caught.value.problems[0].key == "push.listen"


def test_leaving_finishes_what_is_being_sent(desk: Desk) -> None:
    desk.baseline()
    desk.publish("The last story of the day")
    slow = desk.bench.adapters["x"].publishing
    slow.append(lambda: time.sleep(0.5))
    with desk.open():
        headers = calls.timed(b"{}", at=desk.parts.clock.now().timestamp())
        calls.call(desk.port, "/hooks/news", body=b"{}", headers=headers)
        until(lambda: not slow, "the platform")
    assert len(desk.live) == 1
    assert [str(state) for state in desk.bench.states()] == ["published"]
