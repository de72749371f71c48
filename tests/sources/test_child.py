"""The process that parses: what it may cost, what it cannot do, and that nothing of it is left."""

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from syndicator.confined import process as _process
from syndicator.errors import SourceError, SourceHostile, SourceInvalid
from syndicator.model import Source
from syndicator.sources import Reading, _child, feed
from syndicator.sources._child import Limits, Parsers

from .conftest import item, rss

HERE = "tests.sources.misbehaving"
NEWS = Source(name="news", kind="feed", url="https://eutoday.example/feed/", language="fr")
QUICK = Limits(cpu=0.5, wall=2.0, memory=256 * 1024**2, idle=30.0, places=2)
Ask = Callable[..., Any]


@pytest.fixture
def parsers() -> Iterator[Parsers]:
    made = Parsers(QUICK)
    yield made
    made.close()


@pytest.fixture(autouse=True)
def nothing_left() -> Iterator[None]:
    """Our own parsers end with each test, and those of earlier tests before it, so that each counts its own."""
    _child.close()
    for process in tuple(_process.alive):  # of a test that failed before its end
        process.end()
    yield
    _child.close()
    assert children() == set()


def children() -> set[int]:
    """Give the living processes that this test has started as parsers."""
    return {process._process.pid for process in _process.alive if process.is_alive}


def ask(parsers: Parsers, function: str, body: bytes = b"a vote", **facts: Any) -> Any:
    how = parsers.parsed if function in PARSING else parsers.asked
    return asyncio.run(how(f"{HERE}:{function}", body, source=NEWS, **facts))


PARSING = {"fine", "spin", "spin_in_c", "sleep", "nap", "eat", "crash", "leave", "fail", "refuse", "babble"}


def titles(reading: Reading) -> list[str]:
    return [entry.title for entry in reading.entries]


def gone(pid: int, within: float = 5.0) -> bool:
    until = time.monotonic() + within
    while time.monotonic() < until:
        with contextlib.suppress(OSError):
            state = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]
            if state != "Z":
                time.sleep(0.02)
                continue
        return True
    return False


@pytest.mark.parametrize(
    ("function", "reason"),
    [
        ("spin", "0.5 seconds of processor time"), ("spin_in_c", "0.5 seconds of processor time"),
        ("sleep", "more than 2 seconds"), ("eat", "256 MB of memory"), ("crash", "broke the parser .signal 11"),
        ("leave", "broke the parser .exit code 0"),
    ],
)  # fmt: skip
def test_f22_what_costs_too_much_ends_its_process_and_nothing_else(
    parsers: Parsers, function: str, reason: str
) -> None:
    started = time.monotonic()
    with pytest.raises(SourceHostile, match=reason) as caught:
        ask(parsers, function)
    assert caught.value.source == "news"
    assert str(caught.value).startswith("news: hostile: ")
    assert time.monotonic() - started < 8
    assert children() == set()
    assert titles(ask(parsers, "fine")) == ["a vote"]


def test_f22_one_slow_document_does_not_hold_up_the_others(parsers: Parsers) -> None:
    async def run() -> tuple[list[float], BaseException]:
        await asyncio.gather(*(parsers.parsed(f"{HERE}:nap", b"x", source=NEWS) for _ in range(2)))  # both places work
        slow = asyncio.create_task(parsers.parsed(f"{HERE}:sleep", b"x", source=NEWS))
        waits = []
        for _ in range(20):
            started = time.monotonic()
            await parsers.parsed(f"{HERE}:fine", b"x", source=NEWS)
            waits.append(time.monotonic() - started)
        return waits, (await asyncio.gather(slow, return_exceptions=True))[0]  # type: ignore[return-value]

    waits, outcome = asyncio.run(run())
    assert isinstance(outcome, SourceHostile)
    assert max(waits) < 1


def test_f24_whatever_a_parser_raises_is_an_error_of_the_source(parsers: Parsers) -> None:
    for kind, name in ((b"type", "TypeError"), (b"recursion", "RecursionError"), (b"system", "SystemError")):
        with pytest.raises(SourceInvalid, match=f"failed on it .{name}."):
            ask(parsers, "fail", kind)
    with pytest.raises(SourceInvalid, match=r"^news: it is a  ?\[31mbanana$"):
        ask(parsers, "refuse")
    with pytest.raises(SourceInvalid, match="AttributeError"):
        asyncio.run(parsers.asked(f"{HERE}:nothing", b"", source=NEWS))
    with pytest.raises(SourceInvalid, match="ModuleNotFoundError"):
        asyncio.run(parsers.asked("no.such.module:parse", b"", source=NEWS))
    assert titles(ask(parsers, "fine")) == ["a vote"]


def test_f24_failures_outside_the_parser_reach_whoever_called_it() -> None:
    with pytest.raises(SourceInvalid):
        asyncio.run(_child.parsed(f"{HERE}:fail", b"unknown", source=NEWS))


@pytest.mark.parametrize("what", [b"noise", b"pickle", b"list", b"reading"])
def test_x20_what_a_taken_over_process_says_is_not_believed(parsers: Parsers, what: bytes) -> None:
    with pytest.raises(SourceHostile, match="taken over"):
        ask(parsers, "babble", what)


def test_half_a_character_goes_no_further(parsers: Parsers) -> None:
    with pytest.raises(SourceInvalid):
        ask(parsers, "half")


@pytest.mark.skipif(
    sys.platform != "linux" or os.uname().machine != "x86_64", reason="the kernel's filter: Linux, x86-64"
)
def test_x20_a_parser_opens_nothing_and_reaches_nobody(parsers: Parsers) -> None:
    with socket.create_server(("127.0.0.1", 0)) as canary:
        canary.settimeout(0.2)
        ended = ask(parsers, "escape", str(canary.getsockname()[1]).encode())
        with pytest.raises(TimeoutError):
            canary.accept()
    assert ended.pop("room") == "MemoryError"
    assert ended.pop("resolve") == "gaierror"
    assert set(ended.values()) == {"PermissionError"}, ended


def test_x20_limits_alone_leave_no_room_for_a_file_or_a_socket() -> None:
    """What holds where the kernel cannot filter calls: no descriptor is free."""
    code = (
        "import os, socket, sys\n"
        "from syndicator.confined import cell as _cell\n"
        "os.dup2(0, 3)\n"
        "_cell._filter_calls = lambda: False\n"
        "assert _cell.confine(memory=2**29, files=4) == ('limits',)\n"
        "failed = []\n"
        "for act in (lambda: open('/etc/passwd'), socket.socket, os.pipe, lambda: bytearray(2**30)):\n"
        "    try: act()\n"
        "    except (OSError, MemoryError) as error: failed.append(type(error).__name__)\n"
        "print(failed)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=True)
    assert done.stdout.strip() == "['OSError', 'OSError', 'OSError', 'MemoryError']"


def test_x20_no_secret_is_in_the_environment(parsers: Parsers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("X_API_SECRET", "hunter2")
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    assert set(ask(parsers, "who")["environ"]) <= {"LD_LIBRARY_PATH", "LC_CTYPE"}


def test_a_parser_knows_of_the_source_what_parsing_needs(parsers: Parsers) -> None:
    said = ask(parsers, "told", b"xy", url="u", charset=None, page=3)
    assert said["source"] == ["news", NEWS.url, "fr", {}]
    assert said["facts"] == {"url": "u", "charset": None, "page": 3}


def test_large_documents_and_answers_pass(parsers: Parsers) -> None:
    assert ask(parsers, "who", b"x" * 10_000_000)["body"] == 10_000_000


def test_a_process_is_used_again_and_replaced_in_time() -> None:
    parsers = Parsers(Limits(documents=3, places=1))
    pids = [ask(parsers, "who")["pid"] for _ in range(7)]
    parsers.close()
    assert pids[0] == pids[1] == pids[2]
    assert len(set(pids)) == 3
    greedy = Parsers(Limits(places=1))
    assert ask(greedy, "grow")["pid"] != ask(greedy, "who")["pid"]  # it kept a lot: the next document gets a new one
    greedy.close()
    assert children() == set()


def test_an_idle_process_ends_by_itself_and_comes_back() -> None:
    parsers = Parsers(Limits(idle=0.2, places=2))
    first = ask(parsers, "who")["pid"]
    assert gone(first)
    assert threading.active_count() < 20
    assert ask(parsers, "who")["pid"] != first
    parsers.close()
    assert children() == set()


def test_a_large_parent_does_not_make_a_process_look_full() -> None:
    """On Linux a new process's peak begins with its parent's."""
    large = bytearray(b"x" * 300_000_000)
    parsers = Parsers(Limits(places=1))
    pids = {ask(parsers, "who")["pid"] for _ in range(3)}
    parsers.close()
    assert (len(pids), len(large)) == (1, 300_000_000)


def test_one_that_somebody_killed_is_replaced(parsers: Parsers) -> None:
    first = ask(parsers, "who")["pid"]
    os.kill(first, signal.SIGKILL)
    time.sleep(0.1)
    assert ask(parsers, "who")["pid"] != first


def test_many_threads_and_loops_share_the_places(parsers: Parsers) -> None:
    found: list[str] = []

    def work(number: int) -> None:
        for n in range(5):
            found.extend(titles(ask(parsers, "fine", f"{number}-{n}".encode())))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == sorted(f"{number}-{n}" for number in range(8) for n in range(5))
    assert len(children()) <= 2


def test_a_poll_that_is_cancelled_leaves_the_places_working(parsers: Parsers) -> None:
    async def run() -> None:
        tasks = [asyncio.create_task(parsers.parsed(f"{HERE}:nap", b"x", source=NEWS)) for _ in range(6)]
        await asyncio.sleep(0.2)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert titles(await parsers.parsed(f"{HERE}:fine", b"x", source=NEWS)) == ["x"]

    asyncio.run(run())


PARENT = """
import asyncio, sys
from syndicator.model import Source
from syndicator.sources import _child
source = Source(name="a", kind="feed", url="https://a.example/")
async def main():
    pid = (await _child.asked("tests.sources.misbehaving:who", b"", source=source))["pid"]
    work = asyncio.create_task(_child.parsed("tests.sources.misbehaving:" + sys.argv[1], b"", source=source))
    await asyncio.sleep(0.3)
    print(pid, flush=True)
    if sys.argv[2] == "wait":
        await work
asyncio.run(asyncio.wait_for(main(), 60))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel ends it: Linux")
@pytest.mark.parametrize("function", ["spin", "spin_in_c", "sleep", "fine"])
def test_the_end_of_the_parent_is_the_end_of_its_parsers(function: str) -> None:
    """Killed with SIGKILL while a document is being parsed: at once, not when the document's time is over."""
    how = "wait" if function != "fine" else "leave"
    root = Path(__file__).parents[2]
    with subprocess.Popen([sys.executable, "-c", PARENT, function, how], stdout=subprocess.PIPE, cwd=root) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        if how == "wait":
            assert not gone(pid, within=0.1)
            parent.kill()
        parent.wait(10)
    assert gone(pid, within=3)


def test_a_fork_has_parsers_of_its_own() -> None:
    first = asyncio.run(_child.asked(f"{HERE}:who", b"", source=NEWS))["pid"]
    readable, writable = os.pipe()
    pid = os.fork()
    if pid == 0:
        with contextlib.suppress(BaseException):
            os.write(writable, str(asyncio.run(_child.asked(f"{HERE}:who", b"", source=NEWS))["pid"]).encode())
        os._exit(0)
    os.waitpid(pid, 0)
    second = int(os.read(readable, 20))
    os.close(readable), os.close(writable)
    assert second != first
    assert gone(second)
    assert asyncio.run(_child.asked(f"{HERE}:who", b"", source=NEWS))["pid"] == first


def test_the_answer_is_the_same_as_without_a_process() -> None:
    rich = item(
        "A vote – “élu” 🗳", link="/a?b=1&amp;c=2",
        rest="<guid>1</guid><description>&lt;p&gt;Text&lt;/p&gt;</description><pubDate>Sun, 22 Nov 2026 12:00:00 +0100"
        "</pubDate><dc:creator>Ann</dc:creator><category>EU</category>"
        '<media:content url="/p.jpg" medium="image"><media:description>A hall</media:description></media:content>',
    )  # fmt: skip
    for body in (rss(rich, item("Second", link="/2")), rss(*(item(f"n{n}", link=f"/{n}") for n in range(2100))), rss()):
        facts = {"url": NEWS.url, "content_type": "text/xml"}
        apart = asyncio.run(_child.parsed("feed:parse", body.encode(), source=NEWS, **facts))
        assert apart == feed.parse(body.encode(), source=NEWS, **facts)


def test_no_interpreter_no_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises((SourceError, OSError)):
        ask(Parsers(QUICK), "fine")
