"""The writing session: one send is one request, the guard is before the first byte, a doubt is never taken for a no."""

import gzip
import logging
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.client import NotConnected
from pathlib import Path

import pytest

from syndicator import boundary
from syndicator.boundary import Boundary
from syndicator.errors import OutcomeUnknown, PlatformError, SendDeadlinePassed, Unreachable
from syndicator.platforms._redaction import SDK_LOGGERS, RedactingFilter, redact
from syndicator.platforms._wire import ANSWER_LIMIT, SecondWrite, WireSession, _Connection, _Exchange
from tests.contract.raw import RawServer, answer, closed_port, drop, reset

SDK = "https://sdk.example"


def session(base: str, **options: float) -> WireSession:
    return WireSession(platform="test", rewrite=(SDK, base), **{"read_timeout": 0.25, **options})  # type: ignore[arg-type]


def send(wire: WireSession, guard: Callable[[], None] = lambda: None, body: bytes = b"x" * 5000) -> object:
    return wire.send_once(guard, lambda: wire.post(f"{SDK}/2/things", data=body))


@pytest.fixture
def boundaries() -> Iterator[list[str]]:
    passed: list[str] = []
    boundary.install(lambda name: passed.append(name.value))
    yield passed
    boundary.install(None)


WIRE = [
    Boundary.WIRE_CONNECTED,
    Boundary.WIRE_HEADERS,
    Boundary.WIRE_HALF_BODY,
    Boundary.WIRE_BODY,
    Boundary.WIRE_STATUS,
    Boundary.WIRE_ANSWER,
]


def test_r4_the_guard_comes_after_connecting_and_before_the_first_byte(boundaries: list[str]) -> None:
    with RawServer(answer()) as server:
        send(session(server.url), lambda: boundaries.append("guard"))
        assert boundaries == [WIRE[0], "guard", *WIRE[1:]]
        ((head, body),) = server.requests
    assert head.startswith("POST /2/things HTTP/1.1")
    assert body == b"x" * 5000


def test_invisible_requests_pass_no_boundary(boundaries: list[str]) -> None:
    with RawServer(answer()) as server:
        wire = session(server.url)
        wire.ask(lambda: wire.get(f"{SDK}/me"))
    assert boundaries == []


def test_half_the_body_is_on_the_wire_at_the_half_way_boundary() -> None:
    arrived = []

    class Died(BaseException):
        pass

    def die(name: Boundary) -> None:
        if name is Boundary.WIRE_HALF_BODY:
            raise Died

    with socket.create_server(("127.0.0.1", 0)) as listener:
        wire = session(f"http://127.0.0.1:{listener.getsockname()[1]}")
        boundary.install(die)
        try:
            with pytest.raises(Died):
                send(wire)
        finally:
            boundary.install(None)
            wire.close()
        connection, _ = listener.accept()
        with connection:
            connection.settimeout(2)
            while chunk := connection.recv(65536):
                arrived.append(chunk)
    assert b"".join(arrived).partition(b"\r\n\r\n")[2] == b"x" * 2500


def test_the_guard_stops_the_send_with_nothing_written() -> None:
    def too_late() -> None:
        raise SendDeadlinePassed("too late", platform="test")

    with RawServer(answer()) as server:
        wire = session(server.url)
        with pytest.raises(SendDeadlinePassed):
            send(wire, too_late)
        assert not wire.written
        time.sleep(0.05)
        assert (server.connections, server.requests) == (1, [])

        def swallowing_sdk() -> None:
            with suppress(Exception):
                wire.post(f"{SDK}/2/things", data=b"x")

        with pytest.raises(SendDeadlinePassed):
            wire.send_once(too_late, swallowing_sdk)


def test_r4_no_new_connection_after_the_guard() -> None:
    with RawServer(answer()) as server:
        exchange = _Exchange(total=1)
        connection = _Connection("127.0.0.1", server.port, exchange=exchange)
        exchange.guard = connection.close
        with pytest.raises(NotConnected):
            connection.request("POST", "/2/things", b"x")
        exchange.end()
        time.sleep(0.05)
        assert (server.connections, server.requests) == (1, [])


@pytest.mark.parametrize("status", [200, 201, 302, 307, 400, 403, 429, 500, 503])
def test_r6_every_status_comes_back_after_one_request(status: int) -> None:
    with RawServer(answer(status, Location="/elsewhere", Retry_After="0")) as server:
        wire = session(server.url)
        assert send(wire).status_code == status  # type: ignore[attr-defined]
        assert wire.written
        assert len(server.requests) == server.connections == 1


def _slow(connection: socket.socket) -> None:
    time.sleep(0.6)


def _trickle(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    for _ in range(100):
        connection.sendall(b" ")
        time.sleep(0.02)


def _trickled_head(connection: socket.socket) -> None:
    for _ in range(100):
        connection.sendall(b"H")
        time.sleep(0.02)


def _huge(connection: socket.socket) -> None:
    answer(200, b" " * (ANSWER_LIMIT + 1))(connection)


def _bomb(connection: socket.socket) -> None:
    answer(200, gzip.compress(b" " * (4 * ANSWER_LIMIT)), Content_Encoding="gzip")(connection)


def _short(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{}")
    drop(connection)


def _garbage(connection: socket.socket) -> None:
    connection.sendall(b"SSH-2.0-OpenSSH\r\n\r\n")
    drop(connection)


@pytest.mark.parametrize("act", [drop, reset, _slow, _trickle, _trickled_head, _huge, _bomb, _short, _garbage])
def test_r7_written_but_not_answered_is_unknown(act: Callable[[socket.socket], None]) -> None:
    with RawServer(act) as server:
        wire = session(server.url, total_timeout=0.5)
        started = time.monotonic()
        with pytest.raises(OutcomeUnknown) as doubt:
            send(wire)
        assert time.monotonic() - started < 1.5
        assert wire.written
        assert len(server.requests) == 1
        assert doubt.value.__context__ is None


def test_a_connection_lost_while_writing_is_unknown() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        wire = session(f"http://127.0.0.1:{listener.getsockname()[1]}")

        def hang_up() -> None:
            connection, _ = listener.accept()
            reset(connection)
            connection.close()

        with pytest.raises(OutcomeUnknown):
            send(wire, hang_up, b"x" * 2_000_000)


def test_never_connected_is_unreachable() -> None:
    with RawServer(answer()) as plain:
        for base in (f"http://127.0.0.1:{closed_port()}", f"https://127.0.0.1:{plain.port}"):
            wire = session(base, connect_timeout=0.3)
            with pytest.raises(Unreachable) as error:
                send(wire)
            assert not wire.written
            assert error.value.__context__ is None
        assert plain.requests == []


def test_r6_a_second_request_in_one_send_is_refused_and_the_first_answer_counts() -> None:
    with RawServer(answer(503)) as server:
        wire = session(server.url)

        def retrying_sdk() -> None:
            for _ in range(3):
                if wire.post(f"{SDK}/2/things", data=b"x").status_code < 500:
                    return

        assert wire.send_once(lambda: None, retrying_sdk).status_code == 503
        assert len(server.requests) == 1
        with wire.guarded(lambda: None):
            wire.post(f"{SDK}/2/things", data=b"x")
            with pytest.raises(SecondWrite):
                wire.post(f"{SDK}/2/things", data=b"x")
        with pytest.raises(SecondWrite), wire.guarded(lambda: None), wire.guarded(lambda: None):
            pass


def test_what_the_sdk_raises_after_the_answer_does_not_matter() -> None:
    with RawServer(answer()) as server:
        wire = session(server.url)

        def buggy_sdk() -> None:
            wire.post(f"{SDK}/2/things", data=b"x")
            raise KeyError("x-app-usage")

        assert wire.send_once(lambda: None, buggy_sdk).status_code == 200
        assert wire.ask(buggy_sdk).status_code == 200


def test_a_bug_before_the_first_byte_sent_nothing(caplog: pytest.LogCaptureFixture) -> None:
    wire = session("http://127.0.0.1:9")
    with pytest.raises(Unreachable, match="KeyError"):
        wire.send_once(lambda: None, lambda: {}["secret value"])
    assert "secret value" not in caplog.text
    assert "test_wire.py" in caplog.text
    with pytest.raises(Unreachable, match="no request"):
        wire.send_once(lambda: None, lambda: None)


def test_d34_a_machine_without_room_for_a_thread_is_no_bug_of_ours(request: pytest.FixtureRequest) -> None:
    """A bug gives a post up after a few tries; this passes, and the post must wait for it."""
    request.addfinalizer(lambda: threading.stack_size(0))
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(2)
        threading.stack_size(1 << 46)  # more than a machine can give, so no thread can start
        with pytest.raises(Unreachable, match="no memory left") as caught:
            send(session(f"http://127.0.0.1:{server.getsockname()[1]}"))
        connection, _ = server.accept()
        with connection:
            assert connection.recv(100) == b""
    assert caught.value.code == "not-sent"


def test_no_other_host_and_no_plain_http_elsewhere() -> None:
    with RawServer(answer()) as server:
        wire = session(server.url + "/x")
        for url in ("https://sdk.example.evil/2", f"{server.url}/2", f"{server.url}/xx", "http://127.0.0.1:9/x", SDK):
            with pytest.raises(ValueError, match="refusing"):
                wire.get(url)
        wire.get(f"{server.url}/x/2")
        assert len(server.requests) == 1
    for base in (
        "http://api.x.com",
        "ftp://127.0.0.1",
        "http://127.0.0.1.evil.example",
        "//x",
        "https://user:pw@api.x.com",
    ):
        with pytest.raises(ValueError, match="refused"):
            session(base)
    for base in ("https://api.x.com/", "http://localhost:1", "http://[::1]:1", "http://127.1.2.3:1"):
        session(base)


def test_nothing_from_the_environment_and_no_cookies(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{closed_port()}")
    with RawServer(answer(200, Set_Cookie="guest_id=1; Path=/")) as server:
        wire = session(server.url)
        send(wire)
        send(wire)
        assert server.connections == 2
        assert "cookie" not in server.requests[1][0].lower()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if shutil.which("openssl") is None:
        pytest.skip("needs the openssl program to make a certificate")
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    command = (
        "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1"
    )
    done = subprocess.run([*command.split(), "-keyout", path, "-out", f"{path}.crt"], check=True, capture_output=True)
    assert done.returncode == 0
    return path


def test_tls_is_up_before_the_guard_and_is_verified(certificate: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(f"{certificate}.crt", certificate)
    with RawServer(answer(), tls=context) as server:
        wire = session(server.url)
        with pytest.raises(Unreachable, match="secure"):
            send(wire)
        assert not wire.written
        wire.verify = f"{certificate}.crt"
        versions: list[object] = []

        def look() -> None:
            versions.append(wire._exchange._sock.version())  # type: ignore[union-attr]

        send(wire, look)
        assert len(server.requests) == 1
    assert str(versions[0]).startswith("TLS")


def test_sdk_loggers_are_kept_from_debug() -> None:
    logging.getLogger("tweepy").setLevel(logging.DEBUG)
    session("http://127.0.0.1:9")
    assert all(logging.getLogger(name).level >= logging.INFO for name in SDK_LOGGERS)


def test_redaction() -> None:
    text = 'GET /me?access_token=EAAB123&x=1 Bearer abc.def oauth_signature="q%3D" hunter2hunter2 key'
    assert redact(text, ["hunter2hunter2", "key"]) == (
        'GET /me?access_token=[secret]&x=1 Bearer [secret] oauth_signature="[secret]" [secret] key'
    )
    record = logging.LogRecord("x", logging.INFO, __file__, 1, "token %s", ("hunter2hunter2",), None)
    error = PlatformError("hunter2hunter2", platform="x")
    record.exc_info = (type(error), error, None)
    assert RedactingFilter(["hunter2hunter2"]).filter(record)
    assert "hunter2" not in logging.Formatter().format(record)
