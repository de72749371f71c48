"""Sources of kind ``sitemap``: Google News sitemaps, plain ones, indexes of them, robots.txt. Must not leave the site.

A News sitemap has titles, so its pages are entries at once. A plain one has only addresses: the pages themselves are
read, the newest first and a few at a time, and only those that call themselves articles are entries. Which addresses
were met before is remembered; the first reading is a baseline, so it reads a few pages and takes the rest for known.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

from syndicator.errors import SourceError, SourceInvalid, SourceUnreachable
from syndicator.model import Entry, Field, Source, SourceSpec
from syndicator.sources import _looks, _memo, _met, _sitemaps
from syndicator.sources._dates import instant
from syndicator.sources._encoding import decode
from syndicator.sources._item import Tally
from syndicator.sources._links import same_site
from syndicator.sources._met import Met
from syndicator.sources._reading import Fetched, Reading, Validators
from syndicator.sources._sitemaps import Document, Place

if TYPE_CHECKING:  # a parser's process fetches nothing
    from syndicator.sources._fetch import Fetcher

__all__ = ["SPEC", "parse", "read"]

SPEC = SourceSpec(
    name="sitemap",
    title="Sitemap",
    options=(
        Field(name="below", help='only pages whose address starts so, such as "https://…/news/"'),
        Field(
            name="pages",
            help="how many article pages one poll may read, 1 to 50, where the sitemap has no titles",
            default="10",
            pattern=r"[1-9]|[1-4]\d|50",
        ),
    ),
)

MAX_DOCUMENTS = 5
"""Sitemaps read in one poll, those of indexes included."""
MAX_DEPTH = 2
PATIENCE = 45.0
"""Seconds that one poll may spend on article pages."""
TRIES = 3
"""Polls after which a page that cannot be read is given up."""
_ACCEPT = "application/xml, text/xml;q=0.9, application/gzip;q=0.9, text/plain;q=0.8, text/html;q=0.5, */*;q=0.1"
_OTHER_LISTS = ("taxonom", "categor", "tag", "author", "user", "page-", "product", "attachment", "image", "video")


async def read(source: Source, validators: Validators | None, fetcher: "Fetcher") -> Reading:
    """Read what is new or changed since the reading that gave ``validators``.

    Raises:
        SourceError: unreachable, or no sitemap and none named by the site; the message says what it is.
    """
    memo = _Memo.of(validators, source)
    walk = _Walk(source, fetcher, memo)
    await walk.run()
    if not walk.documents and memo.again:
        return Reading(entries=(), validators=validators, not_modified=True)
    pages = _Pages(source, fetcher, memo, walk.documents)
    entries = [entry for found in walk.documents for entry in found.reading.entries if _wanted(entry.url, source)]
    entries += await pages.read()
    kept = walk.kept if not pages.left else {}
    fresh = replace(memo, starts=tuple(walk.starts), kept=kept, met=pages.met.packed(first=pages.window))
    return Reading(
        entries=tuple(entries),
        validators=fresh.validators(source),
        warnings=walk.warnings() + pages.tally.warnings(),
        complete=all(found.reading.complete for found in walk.documents),
    )


def parse(body: bytes, *, url: str, content_type: str, source: Source) -> Reading:  # noqa: ARG001 - every kind's shape
    """Read a sitemap that came from ``url``: the pages that it gives a title.

    Raises:
        SourceInvalid: no sitemap; says what it is instead.
    """
    try:
        found = _sitemaps.document(body, url=url, source=source)
    except ValueError as error:
        raise SourceInvalid(f"{url}: {error}", source=source.name) from error
    untitled = sum(not place.titled for place in found.places)
    what = "sitemaps" if found.is_index else "pages without titles"
    more = (f"it lists {untitled:,} {what}, which a poll reads",) if untitled else ()
    return replace(found.reading, warnings=found.reading.warnings + more)


def rehearse() -> None:
    """Load all that parsing needs, while files can still be opened."""
    _sitemaps.rehearse()


def _wanted(url: str, source: Source) -> bool:
    return url.startswith(source.options.get("below", ""))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Memo:
    """What is known from the readings before."""

    asked: str = ""
    """The configured address."""
    starts: tuple[str, ...] = ()
    """Sitemaps that robots.txt named."""
    kept: dict[str, tuple[str, str, str, str]] = field(default_factory=dict)
    """Address of a sitemap -> its ETag, Last-Modified, fingerprint, and date of change in its index."""
    met: str = ""
    again: bool = False
    """There was a reading before."""

    @classmethod
    def of(cls, validators: Validators | None, source: Source) -> "_Memo":
        values = _memo.read(validators, SPEC.name)
        starts, kept, met = values.get("starts"), values.get("kept"), values.get("met")
        same = values.get("asked") == source.url
        if not same or not isinstance(starts, list) or not isinstance(kept, dict) or not isinstance(met, str):
            return cls(met=met if isinstance(met, str) else "", again=bool(values))
        rows = {url: row for url, row in kept.items() if isinstance(row, list) and len(row) == 4}
        return cls(
            asked=source.url,
            starts=tuple(map(str, starts)),
            kept={url: (str(row[0]), str(row[1]), str(row[2]), str(row[3])) for url, row in rows.items()},
            met=met,
            again=True,
        )

    def validators(self, source: Source) -> Validators:
        values: dict[str, Any] = {"asked": source.url, "starts": self.starts, "kept": self.kept, "met": self.met}
        return _memo.write(SPEC.name, url=source.url, **values)


class _Walk:
    """The sitemaps of one poll: from the configured address through indexes, the newest first."""

    def __init__(self, source: Source, fetcher: "Fetcher", memo: _Memo) -> None:
        self.starts: list[str] = list(memo.starts)
        self.documents: list[Document] = []
        """Lists of pages that changed."""
        self.kept: dict[str, tuple[str, str, str, str]] = {}
        self._source = source
        self._fetcher = fetcher
        self._memo = memo
        self._tally = Tally()
        self._fetches = 0
        self._failure: SourceError | None = None

    async def run(self) -> None:
        """Read sitemaps until all are read or ``MAX_DOCUMENTS`` were.

        Raises:
            SourceError: none could be read.
        """
        for url in self.starts:
            await self._visit(Place(url=url), depth=0)
        if not self.documents and not self.kept:  # the first time, or what robots.txt named has moved
            self.starts = []
            found = await self._start()
            if found:
                await self._follow(self._source.url, found, depth=0)
            for url in self.starts:
                await self._visit(Place(url=url), depth=0)
        if self._failure and not self.documents and not self.kept:
            raise self._failure

    def warnings(self) -> tuple[str, ...]:
        """Give what went wrong on the way."""
        return self._tally.warnings() + tuple(w for found in self.documents for w in found.reading.warnings)

    async def _start(self) -> Fetched | None:
        """Fetch the configured address; None when it is unchanged, or led to robots.txt (then ``starts`` is set)."""
        url = self._source.url
        fetched = await self._get(url)
        if fetched is None or fetched.body.startswith(b"\x1f\x8b"):
            return fetched
        seen = _looks.look(decode(fetched.body[:20_000], charset=fetched.charset))
        if seen.what == "a robots.txt":
            robots: Fetched | None = fetched
        elif seen.kind == "webpage":
            robots = await self._get(urljoin(fetched.url, "/robots.txt"), also=(401, 403, 404, 410))
        else:
            return fetched
        self.kept.clear()
        named = _sitemaps.from_robots(decode(robots.body), base=robots.url) if robots and robots.status == 200 else []
        self.starts = [place for place in named if same_site(place, fetched.url)][:MAX_DOCUMENTS]
        if not self.starts:
            raise SourceInvalid(
                f"{url}: it is {seen.what}, not a sitemap, and the site's robots.txt names none; configure the "
                "sitemap's own address, often /sitemap.xml, or use another kind",
                source=self._source.name,
            )
        return None

    async def _visit(self, place: Place, *, depth: int) -> None:
        """Read one more sitemap, unless it is known to be unchanged; one of many may fail."""
        known = self._memo.kept.get(place.url)
        if known and "T" in place.changed and known[3] == place.changed:
            self.kept[place.url] = known  # a date to the second is believed
            return
        if self._fetches >= MAX_DOCUMENTS:
            if not self._memo.again:
                self._tally.add("the site has more sitemaps than one poll reads; the newest are read")
            return
        try:
            fetched = await self._get(place.url, changed=place.changed)
            await self._follow(place.url, fetched, depth=depth) if fetched else None
        except SourceError as error:
            self._failure = self._failure or error
            self._tally.add(f"a sitemap cannot be read: {str(error)[:300]}")

    async def _follow(self, url: str, fetched: Fetched, *, depth: int) -> None:
        from syndicator.sources import _child  # which a parser's process has no use for

        source = self._source
        said = await _child.asked("_sitemaps:told", fetched.body, source=source, url=fetched.url)
        try:
            found = _sitemaps.heard(said)
        except ValueError as error:
            raise SourceInvalid(f"{fetched.url}: {error}", source=source.name) from error
        if not found.is_index:
            self.documents.append(found)
            if not found.reading.complete:
                self.kept.pop(url, None)  # F13: what was cut off must not hide behind a 304
            return
        self.kept.pop(url, None)  # an index is small and always read: its children tell what changed
        if depth >= MAX_DEPTH:
            self._tally.add("an index of sitemaps inside others was not followed so deep")
            return
        children = [place for place in found.places if same_site(place.url, fetched.url)]
        if len(children) < len(found.places):
            self._tally.add("a sitemap on another host is not read; configure it as a source of its own")
        for place in sorted(children, key=_promise):
            await self._visit(place, depth=depth + 1)

    async def _get(self, url: str, *, changed: str = "", also: Sequence[int] = ()) -> Fetched | None:
        """Fetch a sitemap; None when it is the same as before."""
        self._fetches += 1
        known = self._memo.kept.get(url)
        fetched = await self._fetcher.get(
            url,
            validators=Validators(etag=known[0] or None, last_modified=known[1] or None, url=url) if known else None,
            allow_private=self._source.allow_private,
            max_bytes=_sitemaps.MAX_BYTES,
            accept=_ACCEPT,
            source=self._source.name,
            also=also,
        )
        if fetched.status == 304 and known:
            self.kept[url] = (*known[:3], changed)
            return None
        digest, given = _memo.digest(fetched.body), fetched.validators
        etag, modified = (given.etag or "", given.last_modified or "") if given else ("", "")
        self.kept[url] = (etag, modified, digest, changed)
        return None if known and known[2] == digest else fetched


def _promise(place: Place) -> tuple[bool, bool, int]:
    """Order children: those for news, then lists of articles, the newest first."""
    name = place.url.lower()
    return "news" not in name, any(word in name for word in _OTHER_LISTS), -place.second


class _Pages:
    """The pages of one poll that no sitemap gives a title."""

    def __init__(self, source: Source, fetcher: "Fetcher", memo: _Memo, documents: Sequence[Document]) -> None:
        self.met = Met(memo.met)
        self.window: list[str] = []
        self.left = False
        """Some pages are still to be read: then the next poll must look at the sitemaps again."""
        self.tally = Tally()
        self._source = source
        self._fetcher = fetcher
        self._first = not memo.again
        self._documents = documents

    async def read(self) -> list[Entry]:
        """Read the pages that are new, then those that changed; as many as one poll may."""
        most = int(self._source.options.get("pages") or 10)
        places = self._places()
        self.window = [place.url for place in places]
        for place in places:
            if place.titled:
                self.met.note(place.url, place.changed, _met.TITLED)
        rest = [place for place in places if not place.titled]
        if self._first:
            for place in rest:
                self.met.note(place.url, place.changed, _met.IGNORED)
            chosen = rest
        else:
            new = [place for place in rest if not self.met.state(place.url)]
            again = [place for place in rest if self.met.state(place.url).isdigit()]
            changed = [place for place in rest if self.met.changed(place.url, place.changed)]
            chosen = [*new, *again, *changed]
            self.left = len(chosen) > most
        return await self._read(chosen[:most])

    def _places(self) -> list[Place]:
        """Give the newest places of all sitemaps, each once; one with a title counts before its double without."""
        listed = [place for found in self._documents for place in found.places if _wanted(place.url, self._source)]
        places: dict[str, Place] = {}
        for place in sorted(listed, key=lambda place: not place.titled):
            places.setdefault(place.url, place)
        return sorted(places.values(), key=lambda place: -place.second)[: _sitemaps.WINDOW]

    async def _read(self, places: Sequence[Place]) -> list[Entry]:
        found: list[Entry] = []
        loop = asyncio.get_running_loop()
        until = loop.time() + PATIENCE
        for place in places:
            if loop.time() > until:
                self.left = not self._first
                break
            try:
                entry = await self._page(place)
            except SourceUnreachable as error:
                self._failed(place, str(error))
                if error.retry_after:
                    self.left = not self._first
                    break
                continue
            except SourceError as error:
                self.tally.add(f"a page cannot be read: {str(error)[:200]}")
                entry = None
            if entry:
                found.append(entry)
                self._note(place, _met.READ)
            elif self.met.state(place.url) != _met.IGNORED:
                self._note(place, _met.IGNORED if self._first else _met.READ)
        return found

    async def _page(self, place: Place) -> Entry | None:
        """Read one page; None when it is gone, elsewhere or no article."""
        from syndicator.sources import webpage

        if not same_site(place.url, self._source.url):
            self.tally.add("a page on another host is not read")
            self._note(place, _met.IGNORED)
            return None
        fetched = await self._fetcher.get(
            place.url,
            allow_private=self._source.allow_private,
            max_bytes=webpage.MAX_BYTES,
            accept=webpage.ACCEPT,
            source=self._source.name,
            also=(404, 410),
        )
        if fetched.status != 200:
            self.tally.add("the sitemap lists a page that is not there")
            return None
        reading = await webpage.parsed("parse_article", fetched, self._source)
        if not reading.entries:
            self.tally.add("a page does not call itself an article (og:type, JSON-LD) and was left out")
            self._note(place, _met.IGNORED)
            return None
        entry = reading.entries[0]
        if entry.published_at is None and any(len(found.places) < found.total for found in self._documents):
            # Not among the newest thousand before, so an old page that was touched looks the same as a new one.
            self.tally.add("an article without a date of publication, in a sitemap too long to watch, was left out")
            return None
        return replace(entry, updated_at=entry.updated_at or instant(place.changed))

    def _failed(self, place: Place, why: str) -> None:
        state = self.met.state(place.url)
        tries = (int(state) if state.isdigit() else 0) + 1
        if tries >= TRIES:
            self.tally.add(f"a page was given up after {TRIES} tries: {why[:200]}")
        self.left = self.left or (tries < TRIES and not self._first)
        self._note(place, _met.READ if tries >= TRIES else str(tries))

    def _note(self, place: Place, state: str) -> None:
        # What was there before the first reading and could not be read then is never news later.
        self.met.note(place.url, place.changed, _met.IGNORED if self._first and state.isdigit() else state)
