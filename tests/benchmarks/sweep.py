"""One sweep over sources as the daemon does it, in a process of its own: ``python -m tests.benchmarks.sweep CONFIG``.

``--parsers`` reads nothing and starts the processes that parse: what a daemon pays once. The last line of output is
JSON; ``start_cpu`` is what it cost until everything was open.
"""

import argparse
import asyncio
import json
import time
from collections.abc import Sequence
from pathlib import Path

from syndicator.cli.app import App
from tests.benchmarks.costs import forget_memory_peak, memory

PLACES = 20
HEAD = """[site]
name = "Bench"
[store]
url = "sqlite:///{folder}/state/syndicator.db"
[poll]
concurrency = {places}
[channels.x]
platform = "x"
[channels.x.credentials]
consumer_key = "env:A"
consumer_secret = "env:B"
access_token = "env:C"
access_token_secret = "env:D"
"""
SOURCE = '[sources.s{n}]\nurl = "{url}"\nallow_private = true\ninterval = "{interval}"\n'


def config(folder: Path, urls: Sequence[str], *, interval: str = "1h", places: int = PLACES) -> Path:
    """Write a configuration with a source for each address; gives its path."""
    path = folder / "syndicator.toml"
    sources = (SOURCE.format(n=n, url=url, interval=interval) for n, url in enumerate(urls))
    path.write_text(HEAD.format(folder=folder, places=places) + "".join(sources), encoding="utf-8")
    return path


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.sweep")
    parser.add_argument("config", type=Path)
    parser.add_argument("--parsers", action="store_true", help="start the processes that parse, read nothing")
    asked = parser.parse_args()
    app = App(config=str(asked.config))
    _ = app.settings  # in the order of the daemon
    app.set_up_logs()
    from syndicator.service.poll import poll

    with app.parts(create=True) as parts:
        # Of this very process, so that no other start has to stand for it.
        said: dict[str, float] = {"start_cpu": time.process_time(), "start_memory": memory()}
        forget_memory_peak()
        if asked.parsers:
            asyncio.run(_start_parsers())
        began = time.perf_counter()
        if not asked.parsers:
            report = poll(parts, force=True)
            said |= {"polled": report.polled, "unchanged": report.unchanged, "errors": len(report.errors)}
            said |= {"entries": report.baselined + report.new + report.held}
        said |= {"seconds": time.perf_counter() - began, "memory": memory()}
        print(json.dumps(said))  # noqa: T201


async def _start_parsers() -> None:
    """Have every process that parses started: as many small documents at once as there are places."""
    from syndicator.model import Source
    from syndicator.sources import _child

    source = Source(name="start", kind="feed", url="https://start.example/")
    body = b'<rss version="2.0"><channel><title>a</title></channel></rss>'
    places = _child.Limits().places
    facts = {"url": source.url, "content_type": ""}
    await asyncio.gather(*(_child.parsed("feed:parse", body, source=source, **facts) for _ in range(places)))


if __name__ == "__main__":
    main()
