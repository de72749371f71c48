"""Reading sources in tests: one reading, or one after the other with what the one before left."""

import asyncio
from datetime import timedelta
from typing import Any

from syndicator.model import Source
from syndicator.sandbox import Sandbox
from syndicator.sources import Reading, Validators, read
from syndicator.sources._fetch import Fetcher


def run(source: Source, validators: Validators | None = None, *, deadline: float = 10) -> Reading:
    """Read ``source`` once."""

    async def once() -> Reading:
        async with Fetcher(deadline=timedelta(seconds=deadline)) as fetcher:
            return await read(source, validators, fetcher)

    return asyncio.run(once())


def local(sandbox: Sandbox, kind: str, path: str = "/news/", **fields: Any) -> Source:
    """Give a source on the sandbox."""
    return Source(name="news", kind=kind, url=sandbox.url + path, allow_private=True, **fields)
