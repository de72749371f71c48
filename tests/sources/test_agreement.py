"""Ours against independent parsers and against gold, on the shared corpus; the table goes to the test's output."""

import gzip
import json
import re
import sys
from collections import Counter
from pathlib import Path
from urllib.parse import urljoin
from xml.etree import ElementTree

import pytest

from syndicator.core import pictures
from syndicator.errors import SourceError
from syndicator.model import Source
from syndicator.sources import _sitemaps, feed
from tests.shared import shared

from .agreement import FIELDS, LEAST, compare, ours
from .readings import BASE, address, instant, names, text, words

SOURCE = Source(name="corpus", kind="feed", url=BASE)


def _say(line: str) -> None:
    """The figures are part of what the run shows."""
    sys.stdout.write(line + "\n")


def test_feeds_agree_with_independent_parsers(capsys: pytest.CaptureFixture[str]) -> None:
    paths = sorted(path for part in ("realworld", "illformed") for path in shared(f"feeds/{part}").rglob("*"))
    table = compare(path for path in paths if path.is_file())
    with capsys.disabled():
        _say("\n" + "\n".join(table.lines()))
    assert table.files >= 290
    assert table.missing == []
    assert table.compared.total() >= 20_000
    assert [name for name in FIELDS if table.share(name) < LEAST] == [], table.differing[:20]


def test_json_feeds_agree_with_what_they_say(capsys: pytest.CaptureFixture[str]) -> None:
    """An item as its JSON says it, field by field."""
    compared: Counter[str] = Counter()
    wrong = []
    for path in sorted(shared("feeds/jsonfeed").rglob("*.json")):
        try:
            document = json.loads(path.read_bytes())
            found = feed.parse(path.read_bytes(), url=BASE, content_type="", source=SOURCE)
        except (ValueError, SourceError):
            continue
        ids = Counter(text(item.get("id")) for item in document["items"])
        by_id = {entry.guid: entry for entry in found.entries}
        common = document.get("authors") or [document.get("author")]
        for raw in document["items"]:
            # Numbers where words should be are left out of ours, and nobody's truth.
            item = {key: value for key, value in raw.items() if not isinstance(value, int | float)}
            entry = by_id.get(text(item.get("id")))
            if entry is None or ids[entry.guid] > 1:
                continue
            people = item.get("authors") or ([item["author"]] if item.get("author") else common)
            wanted = {
                "title": text(item.get("title")),
                "link": address(item.get("url") or item.get("external_url")),
                "published": instant(item.get("date_published") or item.get("date_modified")),
                "updated": instant(item.get("date_modified")),
                "authors": names(one.get("name") for one in people if isinstance(one, dict)),
                "categories": words(tag for tag in item.get("tags") or () if isinstance(tag, str)),
                "image": address(item.get("image") or item.get("banner_image")),
            }
            said = ours(entry)
            for name, value in wanted.items():
                if value:
                    compared[name] += 1
                    wrong += [(path.name, name, value, said[name])] if said[name] != value else []
    with capsys.disabled():
        _say(f"\nJSON feeds: {compared.total()} values compared ({dict(compared)}), {len(wrong)} differ")
    assert compared.total() >= 100
    assert len(wrong) <= (1 - LEAST) * compared.total(), wrong


def test_sitemaps_agree_with_a_plain_reading(capsys: pytest.CaptureFixture[str]) -> None:
    """Every address, date of change and news title, as the standard library's parser finds them."""
    compared: Counter[str] = Counter()
    for path in sorted(shared("feeds/sitemap").rglob("*")):
        if not path.is_file():
            continue
        body = path.read_bytes()
        found = _sitemaps.document(body, url="https://eutoday.example/", source=SOURCE)
        places = {place.url: place for place in found.places}
        wanted = _plainly(gzip.decompress(body) if body.startswith(b"\x1f\x8b") else body)
        assert found.total == len([row for row in wanted if row["url"]]), path
        titles = {entry.url: entry.title for entry in found.reading.entries}
        for row in wanted:
            assert row["url"] in places, path
            assert places[row["url"]].changed == row["changed"], path
            compared["places"] += 1
            if row["title"]:
                assert titles[row["url"]] == row["title"], path
                compared["titles"] += 1
        compared["files"] += 1
    with capsys.disabled():
        _say(f"\nsitemaps: {dict(compared)}, all equal")
    assert compared["files"] >= 24
    assert compared["places"] >= 700


def _plainly(body: bytes) -> list[dict[str, str]]:
    said = body.decode("utf-8-sig")
    start = re.search(r"<(?:\w+:)?(?:urlset|sitemapindex)\b", said)
    if start is None:
        return [{"url": line.strip(), "changed": "", "title": ""} for line in said.splitlines() if line.strip()]
    root = ElementTree.fromstring(said[start.start() :])

    def under(element: ElementTree.Element, *path: str) -> str:
        for name in path:
            element = next((one for one in element if one.tag.rpartition("}")[2] == name), ElementTree.Element("none"))
        return " ".join((element.text or "").split())

    wanted = "url" if root.tag.rpartition("}")[2] == "urlset" else "sitemap"
    rows = [one for one in root if one.tag.rpartition("}")[2] == wanted]
    return [
        {
            "url": urljoin("https://eutoday.example/", under(row, "loc") or " ".join((row.text or "").split())).replace(
                " ", "%20"
            ),
            "changed": under(row, "lastmod"),
            "title": under(row, "news", "title"),
        }
        for row in rows
    ]


def test_every_file_of_the_corpus_is_read_or_refused_by_every_kind() -> None:
    """No exception but SourceError escapes a parser, whichever kind is configured for a document."""
    from syndicator.sources import sitemap, webpage, wordpress

    outcomes: Counter[str] = Counter()
    for path in sorted(one for one in shared("feeds").rglob("*") if one.is_file()):
        body = path.read_bytes()
        if len(body) > 2_000_000:
            continue
        for kind, read in (("sitemap", sitemap.parse), ("wordpress", wordpress.parse)):
            _try(outcomes, kind, lambda read=read, body=body: read(body, url=BASE, content_type="", source=SOURCE))
        _try(outcomes, "webpage", lambda body=body: webpage.parse_body(body, url=BASE, charset=None, source=SOURCE))
    assert outcomes["sitemap read"] == 24, outcomes
    assert outcomes["wordpress read"] == 0, outcomes
    assert outcomes["webpage read"] >= 26, outcomes


def _try(outcomes: Counter[str], kind: str, act) -> None:  # type: ignore[no-untyped-def]
    try:
        act()
    except SourceError:
        outcomes[f"{kind} refused"] += 1
    else:
        outcomes[f"{kind} read"] += 1


def test_pages_read_as_entries_have_the_golds_title_and_dates() -> None:
    """What a page's head says, made into an entry: og:title (without the site's name), dates, picture."""
    from syndicator.sources.webpage import read_file

    folder = shared("feeds/articles")
    gold = json.loads((folder / "gold.json").read_text())
    for name, fields in gold.items():
        entry = read_file(Path(folder) / name)
        said = fields.get("jsonld") or {}
        title = text(fields.get("og:title") or said.get("headline") or fields.get("title_tag"))
        assert entry.title, name
        assert title.startswith(entry.title), name
        published = fields.get("article:published_time") or said.get("datePublished")
        if instant(published):
            assert entry.published_at == instant(published), name
        image = fields.get("og:image")
        if image:
            assert entry.image, name
            # One names its site's logo, and has pictures of the story in its text.
            assert entry.image.url == address(image) or pictures.doubt(pictures.Named(image)), name
