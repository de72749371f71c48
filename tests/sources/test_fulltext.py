"""A page that says nothing about itself gets its lead from its own text: paragraphs only, in a process of its own."""

import asyncio

import pytest

from syndicator.model import Entry, Source
from syndicator.sources import _child, _fulltext
from syndicator.sources._fetch import Fetcher
from syndicator.sources.webpage import read_page
from tests.sources.site import Site

pytestmark = pytest.mark.skipif(not _fulltext.is_here(), reason="needs the extra fulltext (trafilatura)")

SOURCE = Source(name="news", kind="webpage", url="https://eutoday.example/a")
FIRST = "The ferries of Ambel run again after nine days, the port said on Monday, although two piers stay closed."
SECOND = "Repairs go on until spring and will cost twelve million, which the council has not found yet."
BODY = f"""
<nav><ul><li><a href="/">Home</a></li><li><a href="/n">News</a></li></ul></nav>
<article><h1>Harbour reopens after the storm</h1><p class="byline">By Ann Lee</p>
<figure><img src="/h.jpg">
<figcaption>The harbour on Sunday evening, seen from the lighthouse. Photo: Ann Lee</figcaption></figure>
<h2>What we know so far</h2><p>{FIRST}</p><h2>What comes next</h2><p>{SECOND}</p>
<p>Passengers who waited for a week may ask for their money, and one of them, a fisherman, said he would not.</p>
<aside><h3>Read also</h3><ul><li><a href="/x">Storms of the century</a></li></ul></aside></article>
<section id="comments"><h3>2 Comments</h3>
<p>Bob says: What a bridge this is, and nobody has ever asked the fish about it!</p></section>
<footer>© EU Today. All rights reserved.</footer>
"""


def page(head: str = "", body: str = BODY) -> bytes:
    title = "<title>Harbour reopens after the storm</title>"
    return f'<!doctype html><html lang="en"><head>{title}{head}</head><body>{body}</body></html>'.encode()


def asked(site: Site, body: bytes) -> Entry:
    url = site.page("/2026/harbour", body, Content_Type="text/html; charset=utf-8")

    async def run() -> Entry:
        async with Fetcher() as fetcher:
            return await read_page(url, fetcher=fetcher, allow_private=True)

    return asyncio.run(run())


@pytest.mark.parametrize(
    "head",
    [
        "", '<meta property="og:description" content="Harbour reopens after the storm">',
        '<meta name="description" content="Read more »">',
        '<meta name="description" content="Follow us on X and Facebook">',
    ],
)  # fmt: skip
def test_a_page_without_a_lead_of_its_own_gets_its_first_paragraphs(site: Site, head: str) -> None:
    summary = asked(site, page(head)).summary.split("\n")
    assert summary[:2] == [FIRST, SECOND]
    text = "\n".join(summary)
    for furniture in ("Home", "What we know", "lighthouse", "Ann Lee", "Read also", "Storms", "Bob", "rights reserved"):
        assert furniture not in text


def test_a_page_that_describes_itself_is_not_asked_for_its_text(site: Site) -> None:
    parsers = _child._shared
    before = set(parsers._places.needs)
    entry = asked(site, page('<meta property="og:description" content="The ferries run again after nine days.">'))
    assert entry.summary == "The ferries run again after nine days."
    assert set(parsers._places.needs) - before <= {"syndicator.sources.webpage"}


def test_without_any_text_there_is_no_lead(site: Site) -> None:
    assert asked(site, page(body="<p>x</p>")).summary == ""


@pytest.mark.parametrize("charset", ["utf-8", "windows-1252", "koi8-r"])
def test_the_text_is_decoded_as_the_page_is(charset: str) -> None:
    words = {"utf-8": "Die Fähren fahren wieder, sagt Zoë.", "windows-1252": "Die Fähren fahren wieder, sagt Zoë."}
    text = words.get(charset, "Паром снова ходит, сообщил порт.")
    body = f"<html><body><article>{f'<p>{text * 3}</p>' * 4}</article></body></html>".encode(charset)
    assert _fulltext.beginning(body, charset=charset, source=SOURCE).startswith(text)


@pytest.mark.parametrize(
    "body",
    [
        b"<p>" * 60_000, b"<div>" * 30_000 + b"text",
        b"<table>" * 5000, b"<p>word " * 40_000,
    ],
)  # fmt: skip
def test_a_hostile_page_costs_its_lead_and_nothing_else(site: Site, body: bytes) -> None:
    found = asked(site, b"<html><head><title>Harbour reopens</title></head><body>" + body)
    assert found.title == "Harbour reopens"


@pytest.mark.parametrize(
    ("title", "summary", "poor"),
    [
        ("Harbour reopens", "harbour reopens", True), ("Harbour reopens", "", True), ("Harbour", "Read more »", True),
        ("Harbour", "By Ann Lee\n22.11.2026", True), ("桥", "大桥今年不会开放。", False),
        ("Harbour reopens", "The ferries run again today.", False),
    ],
)  # fmt: skip
def test_which_summary_is_no_lead(title: str, summary: str, poor: bool) -> None:
    entry = Entry(guid="1", url="", canonical_url="", title=title, summary=summary)
    assert _fulltext.is_poor(entry) == poor
