"""Webhooks: who is believed (X13), and how often (X14)."""

import socket
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest

from syndicator.store import articles, deliveries
from tests.push import calls
from tests.push.calls import hexadecimal, plain, timed
from tests.push.desk import Desk, until
from tests.sources.site import serving

BODY = b'{"post": 7}'
Headers = dict[str, str]
NOW = 1_800_000_000


def without(headers: Headers, *names: str) -> Headers:
    return {name: value for name, value in headers.items() if name not in names}


def stamped(signature: str, at: int = NOW, name: str = "delivery-1") -> Headers:
    return {
        "X-Syndicator-Timestamp": str(at),
        "X-Syndicator-Delivery": name,
        "X-Syndicator-Signature": signature,
    }


def good(**changes: object) -> Headers:
    return timed(BODY, at=NOW, delivery="delivery-1") | {str(name): str(value) for name, value in changes.items()}


TRUE = hexadecimal(f"{NOW}.delivery-1.".encode() + BODY)
SHA1 = hexadecimal(BODY, method="sha1")
FORGERIES: dict[str, tuple[str, Headers]] = {
    "no signature": ("news", without(good(), "X-Syndicator-Signature")),
    "an empty one": ("news", stamped("")),
    "only the method": ("news", stamped("sha256=")),
    "one digit short": ("news", stamped(TRUE[:-1])),
    "one digit more": ("news", stamped(TRUE + "0")),
    "one digit wrong": ("news", stamped(TRUE[:-1] + ("0" if TRUE[-1] != "0" else "1"))),
    "no method": ("news", stamped(TRUE.removeprefix("sha256="))),
    "sha1": ("news", stamped(hexadecimal(f"{NOW}.delivery-1.".encode() + BODY, method="sha1"))),
    "sha512": ("news", stamped(hexadecimal(f"{NOW}.delivery-1.".encode() + BODY, method="sha512"))),
    "md5": ("news", stamped(hexadecimal(BODY, method="md5"))),
    "method in capitals": ("news", stamped(TRUE.replace("sha256", "SHA256"))),
    "another name for the method": ("news", stamped(TRUE.replace("sha256", "sha999"))),
    "letters that are no digits": ("news", stamped("sha256=" + "z" * 64)),
    "latin letters": ("news", stamped("sha256=" + "é" * 64)),
    "digits of another script": ("news", stamped("sha256=" + "²" * 64)),
    "a space in front of the digits": ("news", stamped(TRUE.replace("=", "= "))),
    "two in one": ("news", stamped(f"{TRUE}, {TRUE}")),
    "of another body": ("news", stamped(hexadecimal(f"{NOW}.delivery-1.".encode() + b"{}"))),
    "of no body": ("news", stamped(hexadecimal(f"{NOW}.delivery-1.".encode()))),
    "of the body alone": ("news", stamped(hexadecimal(BODY))),
    "of another time": ("news", stamped(TRUE, at=NOW + 1)),
    "of another delivery": ("news", stamped(TRUE, name="delivery-2")),
    "of another source": ("other", good()),
    "with another secret": ("news", timed(BODY, at=NOW, secret="x" * 40)),
    "with an empty secret": ("news", timed(BODY, at=NOW, secret="")),
    "six minutes old": ("news", timed(BODY, at=NOW - 360)),
    "six minutes ahead": ("news", timed(BODY, at=NOW + 360)),
    "a time that is no number": ("news", good() | {"X-Syndicator-Timestamp": "now"}),
    "a negative time": ("news", good() | {"X-Syndicator-Timestamp": f"-{NOW}"}),
    "an endless time": ("news", good() | {"X-Syndicator-Timestamp": "9" * 400}),
    "no time": ("news", without(good(), "X-Syndicator-Timestamp")),
    "no delivery": ("news", without(good(), "X-Syndicator-Delivery")),
    "a delivery with a dot": ("news", timed(BODY, at=NOW, delivery="delivery.1")),
    "a short delivery": ("news", timed(BODY, at=NOW, delivery="d")),
    "both kinds at once": ("news", good() | plain(BODY)),
    "sha1 of the body": ("news", {"X-Hub-Signature-256": SHA1}),
    "sha1 in the old header": ("news", {"X-Hub-Signature": SHA1}),
    "body signed, time false": ("news", plain(BODY) | {"X-Syndicator-Timestamp": str(NOW - 9999)}),
    "a source that is not there": ("nobody", good()),
    "a source without a secret": ("quiet", good()),
}


def test_x13_forgeries_are_refused_and_read_nothing(desk: Desk) -> None:
    desk.bench.clock.set(desk.parts.clock.now())
    desk.baseline()
    ahead = NOW - desk.parts.clock.now().timestamp()
    desk.bench.clock.jump(timedelta(seconds=ahead))
    before = desk.state.polls
    assert len(FORGERIES) >= 30
    with desk.open():
        answers = {
            name: calls.call(desk.port, f"/hooks/{source}", body=BODY, headers=headers)
            for name, (source, headers) in FORGERIES.items()
        }
        assert {
            name: (status, body) for name, (status, body, _) in answers.items() if (status, body) != (403, b"")
        } == {}
        # And the true one is taken, so that it is the forgery that was refused.
        assert calls.call(desk.port, "/hooks/news", body=BODY, headers=good())[0] == 202
        desk.settle(before + 1)
    assert desk.state.polls == before + 1


def test_x13_a_signature_of_one_kind_is_none_of_the_other(desk: Desk) -> None:
    """Who caught a call signed with its time must not use the signature again as that of a body, without a time."""
    desk.bench.clock.jump(timedelta(seconds=NOW - desk.parts.clock.now().timestamp()))
    long = f"{NOW}.delivery-1.".encode() + BODY
    with desk.open():
        assert calls.call(desk.port, "/hooks/news", body=long, headers={"X-Hub-Signature-256": TRUE})[0] == 403


def test_x13_header_bytes_that_are_no_text(desk: Desk) -> None:
    with desk.open():
        for value in (b"sha256=\xff\xfe\xfd", "sha256=\u0661\u0662".encode(), b"\xed\xa0\x80" * 24):
            head = b"POST /hooks/news HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nX-Syndicator-Signature: "
            assert raw(desk.port, head + value + b"\r\n\r\n").split(b" ")[1] in {b"403", b"400"}


def test_x13_a_megabyte_is_the_most(desk: Desk) -> None:
    with desk.open():
        large = b"x" * 1024**2
        assert calls.call(desk.port, "/hooks/news", body=large, headers=timed(large, at=_now(desk)))[0] == 202
        said = b"POST /hooks/news HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1048577\r\n\r\n"
        assert raw(desk.port, said).split(b" ")[1] == b"413"
        # Also when its length is not said.
        chunk = b"%x\r\n%s\r\n" % (2**20 + 1, large + b"x")
        head = b"POST /hooks/news HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
        assert raw(desk.port, head + chunk + b"0\r\n\r\n").split(b" ")[1] == b"413"


def test_x13_what_is_packed_is_signed_as_it_came(desk: Desk) -> None:
    with desk.open():
        packed = b"\x1f\x8b not really gzip"
        headers = timed(packed, at=_now(desk)) | {"Content-Encoding": "gzip"}
        assert calls.call(desk.port, "/hooks/news", body=packed, headers=headers)[0] == 202


@pytest.mark.parametrize("sign", [timed, plain])
def test_x14_a_thousand_replays_read_once(desk: Desk, sign: Callable[..., Headers]) -> None:
    desk.baseline()
    before = desk.state.polls
    headers = sign(BODY, at=_now(desk)) if sign is timed else sign(BODY)
    with desk.open(most=1000), ThreadPoolExecutor(8) as many:
        found = list(
            many.map(lambda _: calls.call(desk.port, "/hooks/news", body=BODY, headers=headers)[0], range(1000))
        )
        assert set(found) == {202}
        desk.settle(before + 1)
    assert desk.state.polls == before + 1


def test_x14_a_replay_after_a_restart_is_known(desk: Desk) -> None:
    desk.baseline()
    before = desk.state.polls
    headers = timed(BODY, at=_now(desk))
    for _ in range(3):
        with desk.open():
            assert calls.call(desk.port, "/hooks/news", body=BODY, headers=headers)[0] == 202
            desk.settle(before + 1)
    assert desk.state.polls == before + 1


def test_x14_what_was_taken_is_forgotten_when_it_cannot_come_again(desk: Desk) -> None:
    desk.baseline()
    with desk.open():
        calls.call(desk.port, "/hooks/news", body=b"1", headers=timed(b"1", at=_now(desk)))
        time.sleep(0.2)
        desk.bench.clock.tick(timedelta(hours=1))
        calls.call(desk.port, "/hooks/news", body=b"2", headers=timed(b"2", at=_now(desk), delivery="a-later-one"))
        time.sleep(0.3)
    with desk.parts.store.read() as conn:
        found = deliveries.since(conn, "call", desk.parts.clock.now() - timedelta(days=1))
    assert list(found) == ["call news a-later-one"]


def test_a_push_is_posted_at_once_and_its_body_is_not_believed(desk: Desk) -> None:
    desk.baseline()
    before = desk.state.polls
    desk.publish("Ferries run again after the storm")
    with desk.open(), serving() as canary:
        body = b'{"title": "Buy our tokens", "link": "https://evil.example/", "url": "%s/a"}' % canary.url.encode()
        assert calls.call(desk.port, "/hooks/news", body=body, headers=timed(body, at=_now(desk)))[0] == 202
        desk.settle(before + 1)
    bodies = desk.bench.adapters["x"].bodies
    assert len(bodies) == 1
    assert "Ferries run again" in bodies[0]
    assert "evil" not in bodies[0]
    assert canary.requests == []


def test_pushes_are_read_together_and_never_forgotten(desk: Desk) -> None:
    """Whatever comes while a reading is under way leads to one more, which sees it."""
    desk.baseline()
    before = desk.state.polls
    with desk.open():
        for n in range(12):
            desk.publish(f"Story {n} of the harbour")
            body = str(n).encode()
            assert calls.call(desk.port, "/hooks/news", body=body, headers=timed(body, at=_now(desk)))[0] == 202
        until(lambda: len(desk.live) == 12, "the posts")
        assert desk.state.polls <= before + 12
    assert len(set(desk.live)) == 12


def test_a_source_that_failed_keeps_its_back_off(desk: Desk) -> None:
    desk.baseline()
    failed = replace(desk.state, failures=2, next_poll_at=desk.parts.clock.now() + timedelta(minutes=30))
    with desk.parts.store.write() as conn:
        articles.save_source_state(conn, failed)
    before = desk.state.polls
    with desk.open():
        assert calls.call(desk.port, "/hooks/news", body=BODY, headers=timed(BODY, at=_now(desk)))[0] == 202
        time.sleep(0.3)
    assert desk.state.polls == before


def _now(desk: Desk) -> float:
    return desk.parts.clock.now().timestamp()


def raw(port: int, data: bytes) -> bytes:
    """Send bytes and give what comes back."""
    with socket.create_connection(("127.0.0.1", port), timeout=15) as connection:
        with suppress(OSError):  # it answered before it had read everything
            connection.sendall(data)
        found = b""
        while more := connection.recv(65536):
            found += more
        return found
