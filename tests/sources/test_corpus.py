"""Every shared feed: entries or a SourceError, nothing else; the two parsers agree where both are trusted."""

import csv
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from syndicator.errors import SourceError
from syndicator.model import Entry, Source
from syndicator.sources import Reading, _document, _exact, _tree
from syndicator.sources._elements import Odd
from syndicator.sources._encoding import decode
from syndicator.sources._item import Tally, entries
from tests.shared import shared

Read = Callable[..., Reading]
# The one real feed of which feedparser finds more: half of its items are nested copies without link and guid.
FEWER = {"danmactough.node-feedparser__illegally-nested.xml"}
# Where the tree reads better: an empty link (the guid is the article's), a blank that is half of a broken letter.
BETTER = {
    ("Ranchero-Software.NetNewsWire__OneFootTsunami.atom", "url"),
    ("arminreiter.FeedReader__Rss20LeParisien.xml", "title"),
}
FIELDS = ("guid", "url", "title", "published_at", "authors")


@pytest.mark.parametrize("folder", ["realworld", "illformed", "jsonfeed", "sitemap", "articles"])
def test_every_document_gives_entries_or_a_source_error(reading: Read, folder: str) -> None:
    outcomes: Counter[str] = Counter()
    for path in sorted(shared(f"feeds/{folder}").rglob("*")):
        if not path.is_file():
            continue
        try:
            found = reading(path.read_bytes())
        except SourceError:
            outcomes["refused"] += 1
        else:
            outcomes["read"] += 1
            outcomes["entries"] += len(found.entries)
            for entry in found.entries:
                check(entry, path)
    expected = {"realworld": 218, "illformed": 90, "jsonfeed": 27, "sitemap": 0, "articles": 0}
    assert outcomes["read"] >= expected[folder], outcomes


def check(entry: Entry, path: Path) -> None:
    assert entry.guid, path
    assert entry.url == "" or entry.url.startswith(("http://", "https://")), path
    assert bool(entry.url) == bool(entry.canonical_url), path
    for text in (entry.title, *entry.authors, *entry.tags):
        assert "\n" not in text
        assert text == text.strip(), path
    assert all(at is None or 1990 <= at.year <= 2100 for at in (entry.published_at, entry.updated_at)), path


def test_no_entry_of_a_real_feed_is_lost() -> None:
    """Raw items before doubles are dropped, against feedparser's count in the manifest."""
    folder = shared("feeds/realworld")
    with shared("feeds/manifest.tsv").open() as lines:
        counts = {row["file"]: row["entries_feedparser"] for row in csv.DictReader(lines, delimiter="\t")}
    fewer = set()
    for path in sorted(folder.iterdir()):
        document = _document._xml(_text(path), base="https://eutoday.example/feed/")
        if len(document.items) < int(counts.get(f"realworld/{path.name}") or 0):
            fewer.add(path.name)
    assert fewer <= FEWER


def test_both_ways_of_reading_agree(source: Source) -> None:
    """The tree and feedparser, on every real feed that both may read."""
    compared: Counter[str] = Counter()
    differences = []
    for path in sorted(shared("feeds/realworld").iterdir()):
        text = _text(path)
        tree = _tree.parse(text)
        if tree is None:
            continue
        try:
            fast = tree.read(base=source.url)
        except Odd:
            continue
        exact, _, _, _ = _exact.items(text, base=source.url)
        pair = [entries(items, source=source, language="", tally=Tally()) for items in (fast, exact)]
        for one, other in zip(*pair, strict=True):
            compared["entries"] += 1
            differences += [(path.name, name) for name in FIELDS if getattr(one, name) != getattr(other, name)]
    assert compared["entries"] > 3500
    assert set(differences) == BETTER


def test_json_feeds_that_are_valid_are_read(reading: Read) -> None:
    for path in sorted(shared("feeds/jsonfeed").rglob("*.json")):
        try:
            document = json.loads(path.read_bytes())
        except ValueError:
            continue
        if (
            isinstance(document, dict)
            and "jsonfeed.org/version" in str(document.get("version"))
            and "items" in document
        ):
            usable = [item for item in document["items"] if item.get("id") or item.get("url")]
            assert len(reading(path.read_bytes()).entries) == len({str(i.get("id") or i.get("url")) for i in usable}), (
                path
            )


def _text(path: Path) -> str:
    return _document._DECLARATION.sub("", decode(path.read_bytes()), count=1).strip()
