"""The processes that render, and threads, forks and the end of whoever started them."""

import os
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

import jinja2
import pytest

from syndicator.confined import process
from syndicator.service import rendering
from syndicator.service.rendering import LIMITS, Rendering
from tests import values
from tests.confined import end_all
from tests.service.test_rendering import ROOT, STORY, request


def test_many_threads_share_the_places() -> None:
    end_all()
    templates = Rendering(jinja2.DictLoader(STORY))
    found: list[str] = []

    def work(number: int) -> None:
        stories = [values.article(title=f"Story {number} {n}") for n in range(10)]
        found.extend(templates.render(request(story)).text for story in stories)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(text[:10].strip() for text in found) == sorted(f"Story {m} {n}" for m in range(6) for n in range(10))
    assert 1 <= len(process.alive) <= LIMITS.places
    rendering.close()
    assert not process.alive


def test_a_fork_has_a_renderer_of_its_own() -> None:
    end_all()
    templates = Rendering(jinja2.DictLoader(STORY))
    templates.render(request())
    readable, writable = os.pipe()
    pid = os.fork()
    if pid == 0:
        with suppress(BaseException):
            os.write(writable, templates.render(request()).text.encode())
            rendering.close()
        os._exit(0)
    os.waitpid(pid, 0)
    assert os.read(readable, 1000).decode() == templates.render(request()).text
    os.close(readable), os.close(writable)
    rendering.close()
    assert not process.alive


PARENT = """
import sys, threading, time
import jinja2
from syndicator.confined import process
from syndicator.service.rendering import Rendering
from tests.service.hostile_templates import LOOPS
from tests.service.test_rendering import STORY, request
templates = Rendering(jinja2.DictLoader({"slow.j2": LOOPS["loops that print nothing"]} | STORY))
templates.render(request())
if sys.argv[1] == "wait":
    threading.Thread(target=templates.render, args=(request(template="slow.j2"),), daemon=True).start()
    time.sleep(0.2)
print(*[one.pid for one in process.alive], flush=True)
if sys.argv[1] == "wait":
    time.sleep(60)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel ends it: Linux")
@pytest.mark.parametrize("how", ["wait", "leave"])
def test_the_end_of_the_parent_is_the_end_of_its_renderers(how: str) -> None:
    """Killed while something is rendered, or just at its end."""
    with subprocess.Popen([sys.executable, "-c", PARENT, how], stdout=subprocess.PIPE, cwd=ROOT) as parent:
        assert parent.stdout is not None
        pids = [int(pid) for pid in parent.stdout.readline().split()]
        if how == "wait":
            parent.kill()
        parent.wait(20)
    assert pids
    until = time.monotonic() + 5
    while any(Path(f"/proc/{pid}").exists() for pid in pids) and time.monotonic() < until:
        time.sleep(0.02)
    assert [pid for pid in pids if Path(f"/proc/{pid}").exists()] == []
