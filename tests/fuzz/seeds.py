"""What mutants are made of: the shared documents where they are, and a few of our own that are always there."""

import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path

LARGEST = 60_000
"""Bytes; mutants of larger documents teach nothing that smaller ones do not, and cost a hundred times as much."""
ITEM = (
    "<item><title>A vote &amp; a <![CDATA[<b>veto</b>]]></title><link>https://a.example/{0}?b=1&amp;c=2</link>"
    "<guid isPermaLink='false'>{0}</guid><pubDate>Sun, 22 Nov 2026 12:00:00 +0100</pubDate><dc:creator>Ann</dc:creator>"
    "<category>EU</category><description>&lt;p&gt;L&amp;eacute;gislatives &#8364; 5&lt;/p&gt;</description>"
    "<media:content url='/p.jpg' medium='image' width='100'/><content:encoded><![CDATA[<p>x</p>]]></content:encoded>"
    "</item>"
)
SPACES = (
    'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:media="http://search.yahoo.com/mrss/" '
    'xmlns:content="http://purl.org/rss/1.0/modules/content/"'
)
OWN: dict[str, tuple[str, str]] = {
    "rss": (
        "feed:parse",
        f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0" {SPACES}><channel><title>Zeitung „A“</title>'
        + "".join(ITEM.format(n) for n in range(6))
        + "</channel></rss>",
    ),
    "atom": (
        "feed:parse",
        (
            '<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="fr"><title type="html">N</title><entry xml:base="/x/">'
            '<id>tag:a.example,2026:1</id><title type="html">&lt;i&gt;Élu&lt;/i&gt;</title><link href="1"/><author>'
            '<name>Bo</name></author><updated>2026-11-22T12:00:00Z</updated><summary type="xhtml"><div xmlns="http://www.w3.org/'
            '1999/xhtml"><p>t</p></div></summary></entry></feed>'
        ),
    ),
    "rdf": (
        "feed:parse",
        (
            '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"><channel>'
            '<title>R</title></channel><item rdf:about="https://a.example/1"><title>T</title><link>https://a.example/1</link>'
            "</item></rdf:RDF>"
        ),
    ),
    "json": (
        "feed:parse",
        (
            '{"version": "https://jsonfeed.org/version/1.1", "title": "J", "items": [{"id": 1, "url": "https://a.example/1",'
            ' "title": "\\u00c9lu", "content_html": "<p>x</p>", "date_published": "2026-11-22T12:00:00+01:00",'
            ' "tags": ["a"],'
            ' "authors": [{"name": "Ann"}], "image": "https://a.example/p.jpg"}]}'
        ),
    ),
    "page": (
        "webpage:parse_body",
        (
            '<!doctype html><html lang="en"><head><title>Vote | News</title><link rel="canonical" href="https://a.example/v">'
            '<meta property="og:title" content="A vote &amp; more"><meta property="og:image" content="/p.jpg"><script '
            'type="application/ld+json">{"@context": "https://schema.org", "@graph": [{"@type": "NewsArticle",'
            ' "headline": "V", "datePublished": "2026-11-22", '
            '"author": [{"name": "Ann"}]}]}</script></head><body><p>x</p></body></html>'
        ),
    ),
    "sitemap": (
        "sitemap:parse",
        (
            '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:news="http://www.google.com/schemas/sitemap-'
            'news/0.9"><url><loc>https://a.example/1</loc><news:news><news:publication><news:name>N</news:name></news:'
            "publication><news:title>T</news:title><news:publication_date>2026-11-22</news:publication_date></news:news>"
            "</url></urlset>"
        ),
    ),
}


@dataclass(frozen=True, slots=True)
class Seed:
    """A sound or ill-formed document, and the parser that reads such ones."""

    name: str
    parser: str
    body: bytes


@cache
def seeds() -> tuple[Seed, ...]:
    """Give all of them, in the same order everywhere."""
    root = Path(os.environ.get("SYNDICATOR_SHARED") or Path(__file__).resolve().parents[3] / "shared") / "feeds"
    found = [Seed(name, parser, text.encode()) for name, (parser, text) in OWN.items()]
    for path in sorted(root.rglob("*")) if root.is_dir() else ():
        if path.is_file() and path.suffix not in {".tsv", ".gz", ".txt"} and path.stat().st_size <= LARGEST:
            found += [Seed(str(path.relative_to(root)), _parser(path), path.read_bytes())]
    return tuple(found)


def _parser(path: Path) -> str:
    if "sitemap" in path.parts:
        return "sitemap:parse"
    return "webpage:parse_body" if path.suffix == ".html" else "feed:parse"
