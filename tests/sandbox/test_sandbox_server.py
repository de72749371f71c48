"""The sandbox as a program: its switchboard over HTTP, its state file, its signals."""

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import requests
from conftest import GraphClient, XClient, YouTubeClient

from syndicator.sandbox import Sandbox, serve

LINK = "https://www.example.com/a?utm_content=abcdefgh23456"


def order(sandbox: Sandbox, path: str, method: str = "POST", **body: object) -> requests.Response:
    return requests.request(method, f"{sandbox.url}/control/{path}", json=body, timeout=5)


def test_the_switchboard_over_http(sandbox, x):
    assert order(
        sandbox, "faults", platform="x", kind="status", status=502, match={"method": "POST", "path": "/2/tweets"}
    ).json() == {"ok": True}
    assert order(sandbox, "faults", platform="x", preset="403-duplicate").ok
    (first, second) = requests.get(f"{sandbox.url}/control/faults", timeout=5).json()
    assert (first["status"], second["name"]) == (502, "403-duplicate")
    assert [x.post("Hi").status_code for _ in range(3)] == [502, 403, 201]
    assert order(sandbox, "faults", seed=7, rate=1, platform="x", kinds=["status"]).ok
    assert x.timeline().status_code >= 500
    assert order(sandbox, "faults", "DELETE").ok
    assert order(sandbox, "lag", platform="x", seconds=60).ok
    x.post(LINK)
    assert x.timeline().json()["meta"]["result_count"] == 1
    assert order(sandbox, "clock", offset=61).ok
    assert x.timeline().json()["meta"]["result_count"] == 2
    assert (
        requests.get(f"{sandbox.url}/control/bodies", params={"platform": "x"}, timeout=5).json()["abcdefgh23456"] == 1
    )
    log = requests.get(f"{sandbox.url}/control/requests", params={"platform": "x"}, timeout=5).json()
    assert [entry["status"] for entry in log][:3] == [502, 403, 201]
    assert order(sandbox, "reset").ok
    state = requests.get(f"{sandbox.url}/control/state", timeout=5).json()
    assert (state["posts"], state["bodies"]) == ([], {})


def test_people_on_the_platforms_over_http(sandbox):
    (post,) = order(sandbox, "posts", platform="x", text="By an editor").json()
    order(sandbox, "posts", "PATCH", platform="x", id=post["id"], text="Changed")
    assert sandbox.state.posts("x")[0].text == "Changed"
    assert order(sandbox, "posts", "DELETE", platform="x", id=post["id"]).json() == {"removed": True}
    assert order(sandbox, "switches", pilot=False).ok
    assert not sandbox.state.switches.pilot
    article = order(sandbox, "articles", title="A new bridge").json()
    assert "A new bridge" in requests.get(article["url"], timeout=5).text
    assert "A new bridge" in requests.get(sandbox.urls.feed(), timeout=5).text


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("faults", {"platform": "x", "kind": "nonsense"}),
        ("faults", {"platform": "x"}),
        ("switches", {"nonsense": 1}),
        ("lag", {"platform": "x"}),
        ("posts", {"platform": "x", "colour": "red"}),
        ("articles", {"nonsense": 1}),
    ],
)
def test_orders_that_make_no_sense_are_answered_with_400(sandbox, path, body):
    assert order(sandbox, path, **body).status_code == 400


def test_a_restarted_sandbox_keeps_what_it_had(tmp_path: Path, picture: bytes):
    file = tmp_path / "sandbox.json"
    with Sandbox(state_file=file) as first:
        x, graph, youtube = XClient(first), GraphClient(first), YouTubeClient(first)
        x.post(f"Kept {LINK}")
        graph.send("POST", f"/{graph.page}/photos", {"caption": "Kept"}, files={"source": ("a.png", picture)})
        draft = graph.post("Draft", published="false").json()["id"]
        token = youtube.send("POST", "/upload/youtube/v3/posts/image", data=picture).json()["uploadToken"]
        youtube.post("Kept")
        before = first.state.dump()
        for client in (x, graph, youtube):
            client.session.close()
    with Sandbox(state_file=file) as second:
        x, graph, youtube = XClient(second), GraphClient(second), YouTubeClient(second)
        after = second.state.dump()
        assert {**after, "now": ""} == {**before, "now": ""}
        assert second.state.posts("facebook")[0].media[0].data == picture
        assert x.post(f"Kept {LINK}").status_code == 403
        assert graph.send("POST", f"/{draft}", {"is_published": "true"}).ok
        assert youtube.post("Look", imageAttachments=[{"uploadToken": token}]).ok
        assert second.control.bodies("x") == {"abcdefgh23456": 2}
        for client in (x, graph, youtube):
            client.session.close()
    assert [path.name for path in tmp_path.iterdir()] == ["sandbox.json"]


def test_a_file_that_is_not_ours_is_refused(tmp_path: Path):
    file = tmp_path / "other.json"
    file.write_text(json.dumps({"something": "else"}), encoding="utf-8")
    with pytest.raises(ValueError, match="not a state file"):
        Sandbox(state_file=file)
    assert json.loads(file.read_text(encoding="utf-8")) == {"something": "else"}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_program_serves_until_the_signal(tmp_path: Path, number: int):
    arguments = [sys.executable, "-m", "syndicator.sandbox", "--port", "0", "--state-file", str(tmp_path / "s.json")]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline().split()[-1]
        assert requests.get(url, timeout=5).status_code == 200
        os.kill(process.pid, number)
        _out, errors = process.communicate(timeout=5)
    assert (process.returncode, errors) == (0, "")


def test_serve_tells_when_it_is_ready_and_stops_when_told():
    stop, seen = threading.Event(), []

    def ready(sandbox: Sandbox) -> None:
        seen.append(requests.get(sandbox.urls.page, timeout=5).status_code)
        stop.set()

    serve(ready=ready, stop=stop)
    assert seen == [200]


def test_it_shares_no_code_with_the_product():
    probe = "import sys, syndicator.sandbox; print(*(name for name in sys.modules if name.startswith('syndicator.')))"
    loaded = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True).stdout.split()
    assert loaded
    assert all(name.startswith("syndicator.sandbox") for name in loaded)


def test_only_loopback_can_reach_it(sandbox):
    assert sandbox.url.startswith("http://127.0.0.1:")
    assert sandbox.port > 0


def test_closing_cuts_requests_that_hang():
    with Sandbox() as sandbox:
        sandbox.script("timeout", platform="x")
        with pytest.raises(requests.ReadTimeout):
            requests.get(f"{sandbox.urls.x}/2/users/me", timeout=0.1)
        sandbox.script("timeout", platform="x")
        thread = threading.Thread(target=hang, args=(sandbox,))
        thread.start()
        while len(sandbox.control.requests()) < 2:
            pass
    thread.join(timeout=3)
    assert not thread.is_alive()


def hang(sandbox: Sandbox) -> None:
    with pytest.raises(requests.ConnectionError):
        requests.get(f"{sandbox.urls.x}/2/users/me", timeout=10)
