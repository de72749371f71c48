"""Which documents are measured: the shared ones where they are, else a few of our own, which is said aloud."""

import csv
import os
from pathlib import Path

from tests.benchmarks.costs import ROOT

ENTRIES = range(10, 31)
MOST_BYTES = 60_000
_ITEM = """<item><title>Story {n} of paper {paper}: the ferries run again &amp; the quay is open</title>
<link>https://paper{paper}.example/2026/11/story-{n}/</link><guid isPermaLink="false">paper{paper}-{n}</guid>
<pubDate>Sun, 22 Nov 2026 {hour:02}:15:00 +0100</pubDate><category>Harbour</category>
<dc:creator xmlns:dc="http://purl.org/dc/elements/1.1/">Ada Quay</dc:creator>
<description><![CDATA[<p>The <b>harbour</b> is open. {words}</p><img src="/{n}.jpg" alt="A ferry">]]></description>
</item>"""
_PAGE = """<!doctype html><html lang="en"><head><title>Story {n} | The Quay</title>
<meta property="og:title" content="Story {n}"><meta property="og:type" content="article">
<meta property="og:image" content="https://quay.example/{n}.jpg"><meta name="description" content="The quay is open.">
<meta property="og:url" content="https://quay.example/{n}/"><link rel="canonical" href="https://quay.example/{n}/">
<meta property="article:published_time" content="2026-11-22T12:00:00+01:00"></head><body>{body}</body></html>"""


def shared() -> Path | None:
    """Give the shared folder of documents; None where there is none."""
    found = Path(os.environ.get("SYNDICATOR_SHARED") or ROOT.parent / "shared") / "feeds"
    return found if (found / "manifest.tsv").exists() else None


def all_feeds(folder: Path) -> list[Path]:
    """Give every real feed (or our own, written to ``folder``)."""
    found = shared()
    return sorted(found / row["file"] for row in _real(found)) if found else _own_feeds(folder)


def usual_feeds(folder: Path) -> list[Path]:
    """Give the real feeds of an ordinary size: 10 to 30 entries, at most 60 KB (about 30 KB and 16 entries each)."""
    found = shared()
    if not found:
        return _own_feeds(folder)
    rows = [
        row for row in _real(found) if int(row["entries_feedparser"]) in ENTRIES and int(row["bytes"]) <= MOST_BYTES
    ]
    return sorted(found / row["file"] for row in rows)


def pages(folder: Path) -> list[Path]:
    """Give article pages."""
    found = shared()
    if found:
        return sorted((found / "articles").glob("*.htm*"))
    words = "<p>The ferries run again, and repairs go on until spring.</p>" * 200
    return [_written(folder / f"page{n}.html", _PAGE.format(n=n, body=words)) for n in range(20)]


def _real(folder: Path) -> list[dict[str, str]]:
    with (folder / "manifest.tsv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    return [row for row in rows if row["file"].startswith("realworld/") and row["kind"] != "json"]


def _own_feeds(folder: Path) -> list[Path]:
    made = []
    for paper in range(10):
        words = "Repairs go on until spring, says the port. " * (5 + 3 * paper)
        items = [_ITEM.format(n=n, paper=paper, hour=n % 24, words=words) for n in range(10 + paper)]
        head = f"<title>Paper {paper}</title><link>https://paper{paper}.example/</link>"
        text = f'<rss version="2.0"><channel>{head}{"".join(items)}</channel></rss>'
        made.append(_written(folder / f"paper{paper}.xml", text))
    return made


def _written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path
