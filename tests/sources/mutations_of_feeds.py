"""Forty feeds and what newsrooms' systems do to them: the same stories under other names, dates and orders.

A story's number travels in its authors, which nothing looks at: by it a test knows two entries as one story.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import urlsplit, urlunsplit

from syndicator.core.links import canonical
from syndicator.model import Entry, Source
from syndicator.sources import feed
from tests.shared import shared

SOURCE = Source(name="news", kind="feed", url="https://site.example/feed", interval=timedelta(minutes=5))
MOST = 30
"""Entries of a feed that are taken."""
APART = timedelta(minutes=7)

REAL = (
    "Olshansk.rss-feeds__feed_google_ai.xml",
    "Ranchero-Software.NetNewsWire__4fsodonline.atom",
    "Ranchero-Software.NetNewsWire__OneFootTsunami.atom",
    "Ranchero-Software.NetNewsWire__bio.rdf",
    "Ranchero-Software.NetNewsWire__macworld.rss",
    "Ranchero-Software.NetNewsWire__manton.rss",
    "Ranchero-Software.NetNewsWire__markdown1.rss",
    "Ranchero-Software.NetNewsWire__scriptingNews.rss",
    "Ranchero-Software.NetNewsWire__theomnishow.rss",
    "arminreiter.FeedReader__AtomTheVerge.xml",
    "arminreiter.FeedReader__Rss091Stadtfeuerwehr.xml",
    "arminreiter.FeedReader__Rss20FinanzenNet.xml",
    "arminreiter.FeedReader__Rss20JapanTimes.xml",
    "arminreiter.FeedReader__Rss20LeMonde.xml",
    "arminreiter.FeedReader__Rss20MoscowTimes.xml",
    "arminreiter.FeedReader__Rss20NYTimes.xml",
    "arminreiter.FeedReader__Rss20Spiegel.xml",
    "arminreiter.FeedReader__Rss20YandexRussia.xml",
    "feedjira.feedjira__RSSWithComments.xml",
    "feedjira.feedjira__itunes_feedburner.xml",
    "huginn.huginn__slickdeals.atom",
    "kagisearch.fastfeedparser__18d1bc71cc221963.xml",
    "kagisearch.fastfeedparser__1d58ba8460bcc2d0.xml",
    "kagisearch.fastfeedparser__2c95f93d868f5c01.xml",
    "kagisearch.fastfeedparser__6ca5c4168c5b374f.xml",
    "kagisearch.fastfeedparser__995fa12531de4aa0.xml",
    "laminas.laminas-feed__h-online.com-atom10.xml",
    "miniflux.v2__encoding_WINDOWS-1251.xml",
    "rbren.rss-parser__rss-1.rss",
    "rometools.rome__slashdot.xml",
)
QUICK = ("own:wordpress", "own:podcast", "own:undated", REAL[13])
"""The feeds of the quick suite, one of each kind; the others are tried by the slow one."""


def real(name: str, *, now: datetime) -> list[Entry]:
    """Read a feed of the shared corpus, dated as if its stories had just come out, newest first."""
    body = shared(f"feeds/realworld/{name}").read_bytes()
    found = feed.parse(body, url=SOURCE.url, content_type="", source=SOURCE).entries
    return numbered(found[:MOST], now=now)


def numbered(found: Sequence[Entry], *, now: datetime) -> list[Entry]:
    """Number stories and date them by their place, so that none is too old to be posted."""
    return [
        replace(
            entry,
            authors=(str(number),),
            published_at=now - APART * (number + 1) if entry.published_at else None,
            updated_at=None,
        )
        for number, entry in enumerate(found)
    ]


def own(name: str, *, now: datetime, size: int = 12) -> list[Entry]:
    """Make one of our own feeds."""
    return numbered([OWN[name](n, now) for n in range(size)], now=now)


def _plain(n: int, now: datetime) -> Entry:
    url = f"http://www.today.example/2026/11/story-{n}/"
    title = f"Story {n} of the day"
    return Entry(guid=url, url=url, canonical_url=canonical(url), title=title, published_at=now)


def _with(**fields: Callable[[int], str]) -> Callable[[int, datetime], Entry]:
    """Make entries that differ from plain ones in some fields."""

    def make(n: int, now: datetime) -> Entry:
        made = replace(_plain(n, now), **{name: value(n) for name, value in fields.items()})
        return replace(made, canonical_url=canonical(made.url))

    return make


OWN: dict[str, Callable[[int, datetime], Entry]] = {
    "own:wordpress": _with(guid=lambda n: f"http://today.example/?p={100 + n}"),
    "own:podcast": _with(guid=lambda n: f"episode-{n}", url=lambda _: "https://today.example/show"),
    "own:home page": _with(guid=lambda n: f"tag:today.example,2026:{n}", url=lambda _: "https://today.example/"),
    "own:no guids": _plain,
    "own:counters": _with(guid=str),
    "own:queries": _with(guid=lambda n: f"g{n}", url=lambda n: f"https://today.example/index.php?id={n}&lang=en"),
    "own:one headline": _with(guid=lambda n: f"g{n}", title=lambda n: "Weather" if n % 3 else f"Story {n}"),
    "own:live blog": _with(guid=lambda n: f"post-{n}", url=lambda n: f"https://today.example/live#post-{n}"),
    "own:sections": _with(guid=lambda n: f"g{n}", url=lambda n: f"https://today.example/{'ab'[n % 2]}/item-{n // 2}"),
    "own:undated": lambda n, now: replace(_with(guid=lambda n: f"g{n}")(n, now), published_at=None),
}


# --- mutations ------------------------------------------------------------------------------------------------------


def renamed(entry: Entry, change: Callable[[str], str]) -> Entry:
    """Change an entry's address; a guid that is the address changes with it."""
    if not entry.url:
        return entry
    url = change(entry.url)
    guid = change(entry.guid) if entry.guid in (entry.url, entry.canonical_url) else entry.guid
    return replace(entry, url=url, canonical_url=canonical(url), guid=guid)


def on(url: str, host: Callable[[str], str]) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=host(parts.netloc)))


def other_scheme(url: str) -> str:
    return "https" + url[4:] if url.startswith("http:") else "http" + url[5:]


def other_slash(url: str) -> str:
    parts = urlsplit(url)
    if parts.query or parts.fragment or not parts.path.strip("/"):
        return url
    return urlunsplit(parts._replace(path=parts.path[:-1] if parts.path.endswith("/") else parts.path + "/"))


def tracked(url: str) -> str:
    parts = urlsplit(url)
    more = "utm_source=rss&utm_medium=feed&at_medium=RSS&fbclid=xyz"
    return urlunsplit(parts._replace(query=f"{parts.query}&{more}" if parts.query else more))


def moved(url: str) -> str:
    return on(url, lambda _: "new-home.example")


def new_guid(entry: Entry) -> Entry:
    return replace(entry, guid=f"urn:new:{entry.authors[0]}:{entry.guid[-20:]}")


def new_names(entry: Entry) -> Entry:
    return new_guid(renamed(entry, moved))


def shuffled(found: list[Entry]) -> list[Entry]:
    return random.Random(7).sample(found, len(found))


Mutation = Callable[[list[Entry], datetime], list[Entry]]
SAME: dict[str, Mutation] = {
    "guids change": lambda found, now: [new_guid(entry) for entry in found],
    "http to https": lambda found, now: [
        replace(made, guid=other_scheme(made.guid) if made.guid == entry.guid and "://" in made.guid else made.guid)
        for entry in found
        for made in [renamed(entry, other_scheme)]
    ],
    "tracking parameters": lambda found, now: [renamed(entry, tracked) for entry in found],
    "trailing slash": lambda found, now: [renamed(entry, other_slash) for entry in found],
    "www and m": lambda found, now: [
        renamed(entry, lambda url: on(url, lambda host: "m." + host.removeprefix("www."))) for entry in found
    ],
    "re-dated": lambda found, now: [
        replace(entry, published_at=now - timedelta(minutes=n)) for n, entry in enumerate(found)
    ],
    "re-ordered": lambda found, now: shuffled(found),
    "edited headlines": lambda found, now: [
        replace(entry, title=f"{entry.title} – updated", updated_at=now) for entry in found
    ],
    "moved with its guids": lambda found, now: [renamed(entry, moved) for entry in found],
    "vanish and return": lambda found, now: found[len(found) // 2 :],
}
"""What leaves a story one of its names: it is known."""
ANEW: dict[str, Mutation] = {
    "moved with new guids": lambda found, now: [new_names(entry) for entry in found],
    "archive of 30": lambda found, now: archive(found, now, 30),
    "archive of 300": lambda found, now: archive(found, now, 300),
}
"""What leaves no name: a flood."""


def archive(found: list[Entry], now: datetime, size: int) -> list[Entry]:
    """The stories and older ones, all under new names on a new site, and dated today."""
    made = []
    for n in range(size):
        entry = found[n % len(found)]
        part = n // len(found)
        older = renamed(new_names(entry), lambda url, part=part: f"{url}{'&' if '?' in url else '?'}part={part}")  # type: ignore[misc]
        number = entry.authors[0] if not part else f"archive {n}"
        title = entry.title if not part else f"{entry.title}, part {part}"
        published_at = now - timedelta(seconds=n)
        made.append(
            replace(older, authors=(number,), guid=f"{older.guid}-{part}", title=title, published_at=published_at)
        )
    return made
