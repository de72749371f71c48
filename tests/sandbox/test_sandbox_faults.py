"""Do scripted faults act on the wire as ordered, before or after the state change, and is everything counted?"""

import socket
import struct
import threading
import time
from email.utils import parsedate_to_datetime

import pytest
import requests

from syndicator.sandbox import Sandbox

LINK = "https://www.example.com/a?utm_content=abcdefgh23456"
KEY = "abcdefgh23456"


def raw(sandbox: Sandbox, path: str = "/x/2/tweets", body: bytes = b'{"text":"raw"}', timeout: float = 3) -> bytes:
    """Send one request over a bare socket and give every byte of the answer."""
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", sandbox.port), timeout=timeout) as connection:
        connection.sendall(head.encode() + body)
        answer = b""
        while chunk := connection.recv(65_536):
            answer += chunk
    return answer


# --- before and after


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("kind", ["drop", "rst", "truncate"])
def test_lost_answers(sandbox, x, kind, when):
    sandbox.script(kind, platform="x", match={"role": "create"}, when=when)
    with pytest.raises(requests.RequestException):
        x.post(f"Hello {LINK}")
    assert len(sandbox.state.posts("x")) == (1 if when == "after" else 0)
    assert sandbox.control.bodies() == {KEY: 1}
    entry = sandbox.control.requests("x")[-1]
    assert (entry["fault"], entry["effect"], entry["status"]) == (kind, when == "after", None)


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(
    ("kind", "extra", "status", "kind_of_body"),
    [
        ("status", {"status": 503}, 503, "application/problem+json"),
        ("status", {"status": 500, "body": {"hello": 1}}, 500, "application/json"),
        ("html", {"status": 520}, 520, "text/html"),
        ("wrong_body", {}, 201, "text/html"),
        ("wrong_body", {"body": [1, 2]}, 201, "application/json"),
        ("wrong_body", {"body": ""}, 201, "application/json"),
        ("no_id", {}, 201, "application/json"),
        ("402", {}, 402, "application/problem+json"),
        ("403-duplicate", {}, 403, "application/problem+json"),
        ("redirect", {}, 307, "application/json"),
        ("redirect", {"status": 302, "headers": {"Location": "/elsewhere"}}, 302, "application/json"),
    ],
)
def test_false_answers(sandbox, x, kind, extra, status, kind_of_body, when):
    sandbox.script(kind, platform="x", when=when, **extra)
    answer = x.post(f"Hello {LINK}")
    assert answer.status_code == status
    assert answer.headers["Content-Type"].startswith(kind_of_body)
    assert "17" not in answer.text or kind == "402"
    assert len(sandbox.state.posts("x")) == (1 if when == "after" else 0)
    assert sandbox.control.bodies() == {KEY: 1}
    assert x.post(f"Next {LINK}").status_code == 201


def test_a_reset_is_a_reset_and_a_drop_is_not(sandbox):
    sandbox.script("rst", platform="x")
    with pytest.raises(ConnectionResetError):
        raw(sandbox)
    sandbox.script("drop", platform="x")
    assert raw(sandbox) == b""


def test_a_truncated_answer_promises_more_than_it_gives(sandbox):
    sandbox.script("truncate", platform="x")
    head, _, body = raw(sandbox).partition(b"\r\n\r\n")
    length = next(line for line in head.split(b"\r\n") if line.startswith(b"Content-Length"))
    assert int(length.split()[1]) > len(body) > 0


@pytest.mark.parametrize(("when", "posts"), [("before", 0), ("after", 1), ("late", 1)])
def test_timeouts_hold_until_the_client_leaves(sandbox, x, when, posts):
    sandbox.script("timeout", platform="x", match={"role": "create"}, when=when)
    with pytest.raises(requests.ReadTimeout):
        requests.post(x.base + "/2/tweets", json={"text": LINK}, auth=x.sign(), timeout=0.15)
    deadline = time.monotonic() + 2
    while len(sandbox.state.posts("x")) < posts and time.monotonic() < deadline:
        time.sleep(0.01)
    assert len(sandbox.state.posts("x")) == posts
    assert sandbox.control.bodies() == {KEY: 1}


def test_timeouts_are_bounded(sandbox):
    sandbox.script("timeout", platform="x", delay=0.05)
    assert raw(sandbox) == b""


def test_slow_answers_come(sandbox, x):
    sandbox.script("slow", platform="x", delay=0.2)
    started = time.monotonic()
    assert x.post("slow").status_code == 201
    assert time.monotonic() - started >= 0.2


def test_large_answers(sandbox, x):
    sandbox.script("wrong_body", platform="x", body="[]", size=10_000_000)
    assert len(x.post("large").content) == 10_000_000


def test_hanging_up_leaves_a_stale_connection(sandbox):
    request = b"GET /x/2/users/me HTTP/1.1\r\nHost: x\r\n\r\n"
    with socket.create_connection(("127.0.0.1", sandbox.port), timeout=3) as connection:
        connection.sendall(request)
        assert connection.recv(65_536).startswith(b"HTTP/1.1 401")
        sandbox.control.hang_up()
        assert connection.recv(1) == b""


@pytest.mark.parametrize(
    "body", [b"[]", b"null", b"1", b"{}", b'{"text": 1}', b'{"text": null}', b"\xff", b'{"text": {"a": []}}']
)
@pytest.mark.parametrize(
    "path",
    [
        "/x/2/tweets",
        "/x/2/media/upload",
        "/x/2/media/metadata",
        "/graph/v26.0/me/feed",
        "/graph/v26.0/me/photos",
        "/youtube-api/youtube/v3/posts?part=snippet",
        "/youtube-api/upload/youtube/v3/posts/image",
        "/google/token",
    ],
)
def test_odd_bodies_are_refused_like_any_other(sandbox, x, youtube, path, body):
    headers = {"Content-Type": "application/json"}
    auth = x.sign() if path.startswith("/x/") else None
    if path.startswith("/youtube"):
        headers["Authorization"] = f"Bearer {youtube.token}"
    answer = requests.post(sandbox.url + path, data=body, headers=headers, auth=auth, timeout=5)
    assert 400 <= answer.status_code < 500
    assert answer.json()


# --- which request


def test_faults_are_matched_counted_and_consumed_in_order(sandbox, x):
    sandbox.script("status", status=500, platform="x", match={"method": "GET", "path": "/2/users/*/tweets"}, skip=1)
    sandbox.script("status", status=503, platform="x", match={"role": "create"}, times=2)
    assert x.timeline().status_code == 200
    assert [x.post(f"{n}").status_code for n in range(3)] == [503, 503, 201]
    assert [x.timeline().status_code for _ in range(2)] == [500, 200]
    sandbox.script("status", status=500, platform="x", times=0)
    assert [x.timeline().status_code for _ in range(3)] == [500, 500, 500]
    sandbox.control.clear_faults()
    assert x.timeline().status_code == 200


def test_each_platform_has_its_own_faults(sandbox, x, graph, youtube):
    sandbox.script("80001", platform="facebook", match={"path": "/*/feed"})
    sandbox.script("quotaExceeded", platform="youtube")
    sandbox.script("503", platform="google")
    assert x.post("fine").status_code == 201
    refused = graph.post("Hi")
    assert refused.json()["error"]["code"] == 80001
    assert "estimated_time_to_regain_access" in refused.headers["X-Business-Use-Case-Usage"]
    quota = youtube.post("Hi")
    assert (quota.status_code, quota.json()["error"]["errors"][0]["reason"]) == (403, "quotaExceeded")
    assert youtube.refresh().status_code == 503
    for platform in ("facebook", "youtube"):
        assert not sandbox.state.posts(platform)


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("kind", ["drop", "rst", "truncate", "500"])
def test_flips_and_drafts_meet_faults_too(sandbox, graph, kind, when):
    post_id = graph.post("Draft", link=LINK, published="false").json()["id"]
    fault = {"kind": "status", "status": 500} if kind == "500" else {"kind": kind}
    sandbox.script(**fault, platform="facebook", match={"role": "flip"}, when=when)
    try:
        assert graph.send("POST", f"/{post_id}", {"is_published": "true"}).status_code == 500
    except requests.RequestException:
        assert kind != "500"
    assert len(sandbox.state.posts("facebook")) == (1 if when == "after" else 0)
    assert (sandbox.control.flips(), sandbox.control.bodies()) == ({KEY: 1}, {})


def test_an_answer_without_what_was_asked_for(sandbox, graph, youtube):
    sandbox.script("no_id", platform="facebook", times=2)
    draft = graph.post("Draft", published="false")
    assert (draft.status_code, draft.json()) == (200, {"success": True})
    assert (graph.send("POST", "/1_2", {"is_published": "true"}).json()) == {}
    sandbox.script("no_id", platform="youtube")
    assert "id" not in youtube.post("Hi").json()


def test_the_lottery_gives_the_same_faults_for_the_same_seed(sandbox, x):
    def play() -> list[str | None]:
        sandbox.control.reset()
        sandbox.control.lottery(seed=7, rate=0.5, platform="x", kinds=["status", "no_id", "wrong_body"])
        for number in range(12):
            x.post(f"{number}")
        return [f"{entry['fault']} {entry['status']} {entry['effect']}" for entry in sandbox.control.requests()]

    first = play()
    assert first == play()
    assert 1 < sum("lottery" in entry for entry in first) < 12


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "nonsense"},
        {"platform": "myspace"},
        {"when": "never"},
        {"match": {"colour": "red"}},
        {"match": {"role": "x"}},
    ],
)
def test_orders_that_make_no_sense_are_refused(sandbox, wrong):
    with pytest.raises(ValueError, match=r"no such|cannot match|not a valid"):
        sandbox.control.fault(**{"kind": "drop", "platform": "x", **wrong})


# --- reads


def test_lag(sandbox, x, graph, youtube):
    for platform in ("twitter", "facebook", "youtube"):
        sandbox.control.lag(platform, 60)
    x.post("lagging")
    post_id = graph.post("lagging").json()["id"]
    youtube.post("lagging")
    listing = {"part": "snippet", "channelId": "UCsandboxsandboxsandbox0"}
    assert x.timeline().json()["meta"]["result_count"] == 0
    assert graph.published().json()["data"] == []
    assert graph.send("GET", f"/{post_id}").json()["error"]["error_subcode"] == 33
    assert youtube.send("GET", "/youtube/v3/posts", params=listing).json()["items"] == []
    assert [len(sandbox.state.posts(name)) for name in ("x", "facebook", "youtube")] == [1, 1, 1]
    sandbox.control.advance(61)
    assert x.timeline().json()["meta"]["result_count"] == 1
    assert len(graph.published().json()["data"]) == 1
    assert len(youtube.send("GET", "/youtube/v3/posts", params=listing).json()["items"]) == 1


@pytest.mark.parametrize("offset", [3600, -86_400])
def test_the_date_header_is_the_sandbox_clock(sandbox, x, offset):
    sandbox.control.switch(x_oauth_window=10**6)
    sandbox.control.clock(offset=offset)
    date = parsedate_to_datetime(x.post("when?").headers["Date"])
    assert abs(date.timestamp() - time.time() - offset) < 5
    assert abs(sandbox.state.posts("x")[0].created_at.timestamp() - time.time() - offset) < 5


def test_false_and_missing_dates(sandbox, x):
    sandbox.control.clock(date="missing")
    assert "Date" not in x.post("one").headers
    sandbox.control.clock(date="garbage")
    with pytest.raises(ValueError, match="Invalid date"):
        parsedate_to_datetime(x.post("two").headers["Date"])
    sandbox.control.clock(date="Sat, 01 Jan 2000 00:00:00 GMT")
    assert x.post("three").headers["Date"] == "Sat, 01 Jan 2000 00:00:00 GMT"
    sandbox.control.clock(date="")
    sandbox.script("headers", platform="x", headers={"Date": "", "Age": "120", "Content-Type": ""})
    cached = x.timeline()
    assert cached.headers["Age"] == "120"
    assert not {"Date", "Content-Type"} & cached.headers.keys()
    assert "Date" in x.timeline().headers


def test_a_page_can_be_repeated(sandbox, x, graph):
    for platform in ("x", "facebook"):
        sandbox.control.by_hand(platform, "Post", count=7)
        sandbox.script("repeat", platform=platform, match={"role": "read"}, skip=1)
    first = x.timeline(max_results=5).json()
    assert x.timeline(max_results=5, pagination_token=first["meta"]["next_token"]).json() == first
    page = graph.published(limit=5).json()
    assert graph.published(limit=5, after=page["paging"]["cursors"]["after"]).json()["data"] == page["data"]


# --- rate limit answers


@pytest.mark.parametrize(
    ("preset", "expected"),
    [
        ("429", {"x-rate-limit-remaining": "0"}),
        ("429-24h", {"x-rate-limit-remaining": "57", "x-app-limit-24hour-remaining": "0"}),
        ("429-none", {}),
        ("429-past", {"x-rate-limit-remaining": "0"}),
        ("429-retry-after", {"retry-after": "120"}),
    ],
)
def test_429_with_each_family_of_headers(sandbox, x, preset, expected):
    sandbox.script(preset, platform="x")
    answer = x.post("Hi")
    assert answer.status_code == 429
    assert expected.items() <= {name.lower(): value for name, value in answer.headers.items()}.items()
    reset = answer.headers.get("x-rate-limit-reset")
    assert (reset is None) == (preset in {"429-none", "429-retry-after"})
    assert reset is None or (int(reset) < time.time()) == (preset == "429-past")


# --- counting


def test_only_complete_bodies_count(sandbox):
    head = b"POST /x/2/tweets HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n"
    for sent in (head[:40], head, head + b'{"text": "half of'):
        with socket.create_connection(("127.0.0.1", sandbox.port)) as connection:
            connection.sendall(sent)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    deadline = time.monotonic() + 2
    while sandbox.state.traffic.broken("x") < 2 and time.monotonic() < deadline:
        time.sleep(0.01)
    assert sandbox.state.traffic.broken("x") == 2
    assert sandbox.control.bodies() == {}
    assert sandbox.control.requests() == []


def test_bodies_are_counted_by_marker_else_by_words(sandbox, x, graph):
    for text in (f"a {LINK}", f"b {LINK}", "without", "without"):
        x.post(text)
    graph.post("c", link=LINK)
    counted = sandbox.control.bodies("x")
    assert (counted.pop(KEY), list(counted.values())) == (2, [2])
    assert sandbox.control.bodies() == {**sandbox.control.bodies("x"), KEY: 3}
    assert [entry["marker"] for entry in sandbox.control.requests("facebook")] == [KEY]


def test_many_clients_at_once(sandbox, x):
    threads = [threading.Thread(target=x.post, args=(f"{n} {LINK}",)) for n in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({post.id for post in sandbox.state.posts("x")}) == sandbox.control.bodies()[KEY] == 16
