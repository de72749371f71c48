"""Sources of kind ``feed``: RSS 0.9x–2.0, RSS 1.0, Atom, JSON Feed. Must not store, plan or follow links of entries.

``parse`` is pure (bytes in, :class:`Reading` out) and runs in a process that can be killed (``_child``).
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from syndicator.errors import SourceHostile, SourceInvalid
from syndicator.model import Source
from syndicator.sources import _announced, _looks, _memo
from syndicator.sources._encoding import decode
from syndicator.sources._hostile import MAX_BYTES
from syndicator.sources._reading import Fetched, Reading, Validators

if TYPE_CHECKING:  # a parser's process fetches nothing
    from syndicator.sources._fetch import Fetcher

__all__ = ["parse", "read", "rehearse"]


async def read(source: Source, validators: Validators | None, fetcher: "Fetcher") -> Reading:
    """Fetch and parse a feed once; where a page is configured, the feed that it announces (and remember which).

    Raises:
        SourceError: unreachable, empty, too large, no feed, or a page that announces none or several.
    """
    memo = _memo.read(validators, "feed")
    if validators and memo.get("page") == source.url and isinstance(at := memo.get("at"), str):
        etag, modified, digest = (_text(memo, name) for name in ("etag", "modified", "digest"))
        earlier = Validators(etag=etag, last_modified=modified, url=validators.url, digest=digest)
        fetched = await _fetch(at, earlier, source=source, fetcher=fetcher)
        try:
            return _remembered(await _read(fetched, source), page=source.url, at=at)
        except SourceHostile:
            raise
        except SourceInvalid:
            pass  # the page may announce another one by now
    earlier_ones = _memo.plain(validators)
    fetched = await _fetch(source.url, earlier_ones, source=source, fetcher=fetcher, also=())
    try:
        return await _read(fetched, source)
    except SourceInvalid:
        # Where a feed was once, a page is a trouble (F15): what that announces is most likely another feed.
        url = None if earlier_ones else _found(fetched, source)
        if url is None:
            raise
    fetched = await _fetch(url, None, source=source, fetcher=fetcher)
    return _remembered(await _read(fetched, source), page=source.url, at=url)


async def _fetch(
    url: str, validators: Validators | None, *, source: Source, fetcher: "Fetcher", also: tuple[int, ...] = (404, 410)
) -> Fetched:
    return await fetcher.get(
        url,
        validators=validators,
        allow_private=source.allow_private,
        max_bytes=MAX_BYTES,
        source=source.name,
        also=also,
    )


async def _read(fetched: Fetched, source: Source) -> Reading:
    from syndicator.sources import _child  # which a parser's process has no use for

    if fetched.status == 304:
        return fetched.unchanged()
    if fetched.status != 200:
        raise SourceInvalid(f"{fetched.url}: the server answered {fetched.status}", source=source.name)
    reading = await _child.parsed(
        "feed:parse", fetched.body, source=source, url=fetched.url, content_type=fetched.content_type
    )
    hub, topic = _announced.in_headers(fetched.headers.get("Link", ""), base=fetched.url)
    return replace(reading.of(fetched), hub=hub or reading.hub, topic=topic or reading.topic or fetched.url)


def _found(fetched: Fetched, source: Source) -> str | None:
    """Give the feed that a page announces; None when it is no page or announces none of its site.

    Raises:
        SourceInvalid: it announces several that are equally good; names them.
    """
    from syndicator.sources import _alternates

    try:
        text = decode(fetched.body, charset=fetched.charset)
    except ValueError:
        return None
    if _alternates.is_feed_address(source.url):
        return None
    feeds = _alternates.announced(text, base=fetched.url) if _looks.look(text).kind == "webpage" else []
    meant = _alternates.meant(feeds, page=fetched.url)
    if len(meant) > 1:
        named = ", ".join(f"{feed.url} ({feed.title})" if feed.title else feed.url for feed in meant[:8])
        raise SourceInvalid(f"the page announces several feeds; configure one of them: {named}", source=source.name)
    return meant[0].url if meant else None


def _remembered(reading: Reading, *, page: str, at: str) -> Reading:
    """Keep with the validators that ``at`` is the feed of ``page``."""
    kept = reading.validators or Validators(etag=None, last_modified=None, url=at)
    found = {"etag": kept.etag, "modified": kept.last_modified, "digest": kept.digest}
    return replace(reading, validators=_memo.write("feed", url=kept.url, page=page, at=at, **found))


def _text(memo: Mapping[str, object], key: str) -> str | None:
    value = memo.get(key)
    return value if isinstance(value, str) else None


def rehearse() -> None:
    """Load all that parsing needs, while files can still be opened."""
    from syndicator.sources import _document

    _document.rehearse()


def parse(body: bytes, *, url: str, content_type: str, source: Source) -> Reading:
    """Parse a document that was fetched from ``url`` (also the base of relative links; a file may have any).

    ``validators`` is always None here; ``complete`` says whether those of the answer may be kept (F13).

    Raises:
        SourceInvalid: empty (F14), hostile, not a feed, or not readable; the message says which and what to do.
    """
    from syndicator.sources import _document  # with the parsers, which a poll that finds nothing new does not load

    return _document.parse(body, url=url, content_type=content_type, source=source)
