"""Every article of the shared corpus on every platform: none over the limit, no furniture in a lead, errors by name.

What furniture is, says a list of phrases and shapes that was written by hand from looking at sites and shares nothing
with the product's rules (``furniture_seen``). Where one of them is the author's own sentence, it is named here.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import jinja2
import pytest

from syndicator import platforms
from syndicator.core import links
from syndicator.core.teaser import TeaserRequest, Templates
from syndicator.core.text import measure, mentions_in, urls_in
from syndicator.errors import ComposeError
from syndicator.model import AfterUnknown, Article, Capabilities, Channel, Counting, Entry, Source
from syndicator.service.intake import article_from
from syndicator.sources import feed, webpage
from tests.shared import shared
from tests.unit.furniture_seen import furniture_in

SOURCE = Source(name="corpus", kind="feed", url="https://eutoday.example/feed/")
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SHIPPED = Templates(jinja2.FileSystemLoader(Path(__file__).parents[2] / "templates"))
MARKER = "abcdefghij234"
TRUE_WORDS = {
    ("Rss20NYTimes.xml", "a count of comments"): "the article is about the newspaper's “Top 10 Comments of the Week”",
    ("Rss20NYTimes.xml", "tagged with"): "a coach “tagged with nicknames”",
    ("Rss20RomaNews.xml", "seguici"): "the article announces the site's own Telegram service",
    ("Rss20TheMirror.xml", "signs in a row"): "a swear word in a quotation, starred by the newspaper",
    ("laminas-feed__atom.xml", "read more"): "the author speaks of “the read more link”",
}
"""What looks like furniture and is none, with the reason; each was read."""
SAYS_NOTHING = {
    "kagisearch.fastfeedparser__6ca5c4168c5b374f.xml": 4,
    "kagisearch.fastfeedparser__c2a4afd1f4ddcada.xml": 1,
    "nicolus.picoFeed__rss_20.xml": 2,
    "nicolus.picoFeed__rss_20_element_preference.xml": 2,
}
"""Items without a title and a text (one has a quoted name, “onetwofeb:”): nothing can be said of them anywhere."""
TITLE_ONLY = {"Ranchero-Software.NetNewsWire__monkeydom.rss": 1, "huginn.huginn__onethingwell.rss": 1}
"""Titles that say nothing where only the title is shown: “objc.io”, “q”."""


def _later(counting: Counting, limit: int, *, link_in_text: bool) -> Capabilities:
    return Capabilities(
        text_limit=limit,
        counting=counting,
        after_unknown=AfterUnknown.ASK,
        settle=timedelta(0),
        link_in_text=link_in_text,
    )


def targets() -> dict[str, tuple[Channel, Capabilities, str]]:
    """Give the platforms with their own capabilities, and the counters that no platform uses yet."""
    found = {}
    for name in ("twitter", "facebook", "youtube"):
        channel = Channel(name=name, platform=name)
        found[name] = (channel, platforms.load(name).capabilities(channel), "")
    mastodon = _later(Counting.MASTODON, 500, link_in_text=True)
    found["mastodon"] = (Channel(name="mastodon", platform="mastodon"), mastodon, "youtube.j2")
    # There the link belongs to the card: in the text every one of its letters would count.
    bluesky = _later(Counting.BLUESKY, 300, link_in_text=False)
    found["bluesky"] = (Channel(name="bluesky", platform="bluesky"), bluesky, "facebook.j2")
    return found


@cache
def corpus() -> tuple[tuple[str, Article], ...]:
    """Read every article of the corpus with the real parsers; none is refused."""
    return tuple((name, article_from(entry, source=SOURCE, now=NOW)) for name, entry in _entries())


def _entries() -> Iterator[tuple[str, Entry]]:
    for path in sorted(shared("feeds/realworld").iterdir()):
        reading = feed.parse(path.read_bytes(), url=SOURCE.url, content_type="", source=SOURCE)
        yield from ((path.name, entry) for entry in reading.entries)
    for path in sorted(shared("feeds/articles").glob("*.html")):
        reading = webpage.parse_body(path.read_bytes(), url="https://eutoday.example/a/", charset=None, source=SOURCE)
        yield from ((path.name, entry) for entry in reading.entries)


@dataclass
class Tally:
    """What came of the corpus on one platform."""

    teasers: int = 0
    over: list[str] = field(default_factory=list)
    torn: list[str] = field(default_factory=list)
    mentions: list[str] = field(default_factory=list)
    errors: Counter[str] = field(default_factory=Counter)
    reasons: set[str] = field(default_factory=set)
    furniture: list[tuple[str, str, str]] = field(default_factory=list)


def rendered(name: str, most: int | None) -> Tally:
    """Render the corpus (of each file the first ``most`` articles) for one platform."""
    channel, capabilities, template = targets()[name]
    tally = Tally()
    seen: Counter[str] = Counter()
    for file, article in corpus():
        seen[file] += 1
        if most is not None and seen[file] > most:
            continue
        link = links.tagged(article.url, marker=MARKER, utm={"utm_source": name, "utm_medium": "social"})
        request = TeaserRequest(
            article=article, channel=channel, capabilities=capabilities, template=template, link=link
        )
        try:
            teaser = SHIPPED.render(request)
        except ComposeError as error:
            tally.reasons.add(str(error)[:22])
            tally.errors[file] += 1
            continue
        tally.teasers += 1
        counted = measure(teaser.text, capabilities.counting)
        tally.over += [teaser.text] if not counted == teaser.length <= capabilities.text_limit else []
        tally.torn += [] if not capabilities.link_in_text or _is_whole(link, teaser.text) else [teaser.text]
        tally.mentions += [teaser.text] if mentions_in(teaser.text.replace(link, "")) else []
        lead = "\n".join(teaser.text.replace(link, "").removesuffix("→ ").split("\n\n")[bool(article.title) :]).strip()
        if name != "twitter":
            tally.furniture += [(file, found, lead) for found in furniture_in(lead)]
    return tally


def _is_whole(link: str, text: str) -> bool:
    """Say whether a link is in a text as it is, and what links it by itself links it there (an IP address nobody)."""
    linked = urls_in(link) == [(0, len(link))]
    return link in text and (not linked or link in (text[start:end] for start, end in urls_in(text)))


@pytest.mark.parametrize("most", [2, pytest.param(None, marks=pytest.mark.slow)])
@pytest.mark.parametrize("name", list(targets()))
def test_every_article_on_every_platform(name: str, most: int | None) -> None:
    tally = rendered(name, most)
    assert tally.teasers >= (400 if most else 3_900), tally.errors
    assert tally.reasons <= {"nothing is left to say"}
    assert tally.over == []
    assert tally.torn == []
    assert tally.mentions == []
    due = Counter(SAYS_NOTHING) + (Counter(TITLE_ONLY) if name == "twitter" else Counter())
    assert tally.errors == due if most is None else not tally.errors - due
    named = {(file, found) for file, found, _ in tally.furniture}
    known = {(file, found) for file, found in named if any(file.endswith(f) and found == w for f, w in TRUE_WORDS)}
    assert named - known == set(), [row for row in tally.furniture if row[:2] not in known]


def test_the_list_of_furniture_finds_what_it_names() -> None:
    for text in (
        "Read more »",
        "The trains run. Read also: Bees",
        "12 comments",
        "* * *",
        "He said […]",
        "&nbsp;x",
        "a <b>b</b>",
    ):
        assert furniture_in(text), text
    for text in ("He read more than others.", "She commented on it.", "Prices rose by 12.5%.", "A line — and a dash."):
        assert [each for each in furniture_in(text) if each != "read more"] == [], text
