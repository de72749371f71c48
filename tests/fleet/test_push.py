"""Two machines behind one public address: a hub is asked once, and either machine hears what it brings."""

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from syndicator.sandbox import Sandbox
from syndicator.sandbox.hub import Subscriber
from tests.benchmarks.push import free_port
from tests.fleet.conftest import Machine, Newsroom, wait_for

pytestmark = pytest.mark.postgres
SECTIONS = 2
"""Sources of the newsroom, each with a subscription of its own."""


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(articles=5) as made:
        made.newsroom.hub = made.hub.url
        yield made


def start(newsroom: Newsroom, port: int, public: int) -> Machine:
    """Start a machine that listens at ``port``, as the one whom the hub reaches at ``public``."""
    config = Path(newsroom.project.config)
    own = config.with_name(f"machine-{port}.toml")
    push = f'\n[push]\nlisten = "127.0.0.1:{port}"\npublic_url = "http://127.0.0.1:{public}/push"\n'
    own.write_text(config.read_text(encoding="utf-8") + push, encoding="utf-8")
    log = newsroom.project.folder / f"machine-{port}.log"
    with log.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "syndicator", "-c", str(own), "run", "--fleet"],
            cwd=newsroom.project.folder,
            env=newsroom.project.env,
            stdout=file,
            stderr=subprocess.STDOUT,
        )
    machine = Machine(process, log)
    newsroom.machines.append(machine)
    wait_for(lambda: "started" in machine.said or process.poll() is not None, "a machine to start")
    assert process.poll() is None, machine.said
    return machine


def bring(newsroom: Newsroom, ports: list[int]) -> list[int]:
    """Bring a hint of each subscription to each of the machines, all at once; give their answers."""
    hub = newsroom.project.sandbox.hub
    public = next(iter(hub.subscribers.values())).callback.split("/")[2]

    def one(asked: tuple[Subscriber, int]) -> int:
        subscriber, port = asked
        return hub.bring(
            replace(subscriber, callback=subscriber.callback.replace(public, f"127.0.0.1:{port}")), b"<rss/>"
        )

    asked = [(subscriber, port) for subscriber in hub.subscribers.values() for port in ports]
    with ThreadPoolExecutor(len(asked)) as pool:
        return list(pool.map(one, asked))


def test_two_machines_subscribe_once_and_each_hears_for_both(newsroom: Newsroom) -> None:
    project, hub = newsroom.project, newsroom.project.sandbox.hub
    text = project.config.read_text(encoding="utf-8").replace('interval = "1s"', 'interval = "1h"')
    project.config.write_text(text, encoding="utf-8")
    ports = [free_port(), free_port()]
    first = start(newsroom, ports[0], ports[0])
    wait_for(lambda: len(hub.subscribers) == SECTIONS, "the subscriptions")
    second = start(newsroom, ports[1], ports[0])

    newsroom.publish("Heard by the machine that never subscribed")
    assert set(bring(newsroom, ports[1:])) == {202}
    wait_for(lambda: newsroom.all_out(1), "the post")
    for number in range(2, 5):
        newsroom.publish(f"Heard by both at once {number}")
        assert set(bring(newsroom, ports)) == {202}
        wait_for(lambda number=number: newsroom.all_out(number), "the post")  # type: ignore[misc]
    newsroom.assert_each_once(4)
    assert [form["hub.mode"] for form in hub.asked] == ["subscribe"] * SECTIONS

    first.process.kill()
    newsroom.publish("Heard although the other machine is gone")
    assert set(bring(newsroom, ports[1:])) == {202}
    wait_for(lambda: newsroom.all_out(5), "the post")
    second.stop()
    newsroom.assert_each_once(5)
