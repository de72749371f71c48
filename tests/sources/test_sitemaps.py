"""Sitemaps as documents: gzip, namespaces, dates, order, damage, other documents."""

import contextlib
import gzip
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syndicator.errors import SourceInvalid
from syndicator.model import Picture, Source
from syndicator.sources import Reading, _sitemaps, sitemap
from syndicator.sources._met import IGNORED, READ, Met

SOURCE = Source(name="n", kind="sitemap", url="https://eutoday.example/sitemap.xml")
NEWS = (
    "<url><loc>https://eutoday.example/a</loc><lastmod>2026-11-22T10:00:00Z</lastmod><news:news><news:publication>"
    "<news:name>EU Today</news:name><news:language>fr</news:language></news:publication>"
    "<news:publication_date>2026-11-22T09:00:00+01:00</news:publication_date><news:title>{}</news:title>"
    "<news:keywords>EU, Vote</news:keywords></news:news><image:image><image:loc>https://eutoday.example/a.jpg"
    "</image:loc><image:caption>The hall</image:caption></image:image></url>"
)


def document(inner: str, *, root: str = "urlset") -> _sitemaps.Document:
    spaces = 'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9" xmlns:image="http://i.example/"'
    body = f'<?xml version="1.0"?><{root} {spaces}>{inner}</{root}>'.encode()
    return _sitemaps.document(body, url=SOURCE.url, source=SOURCE)


def parse(body: bytes) -> Reading:
    return sitemap.parse(body, url=SOURCE.url, content_type="", source=SOURCE)


def test_every_field_of_news() -> None:
    (entry,) = document(NEWS.format("Vote &amp;amp; count")).reading.entries
    assert (entry.guid, entry.url) == ("https://eutoday.example/a",) * 2
    assert (entry.title, entry.language, entry.tags) == ("Vote & count", "fr", ("EU", "Vote"))
    assert entry.published_at == datetime(2026, 11, 22, 8, tzinfo=UTC)
    assert entry.updated_at == datetime(2026, 11, 22, 10, tzinfo=UTC)
    assert entry.image == Picture(url="https://eutoday.example/a.jpg", alt="The hall")


@pytest.mark.parametrize("title", ["", "  ", "<![CDATA[]]>"])
def test_a_page_without_a_title_is_only_a_place(title: str) -> None:
    found = document(NEWS.format(title))
    assert found.reading.entries == ()
    assert [(place.url, place.titled) for place in found.places] == [("https://eutoday.example/a", False)]


def test_newest_first_and_at_most_a_window() -> None:
    rows = [
        f"<url><loc>https://eutoday.example/{n}</loc><lastmod>2026-{1 + n % 12:02}-11</lastmod></url>"
        for n in range(2500)
    ]
    found = document("".join(rows))
    assert (len(found.places), found.total) == (_sitemaps.WINDOW, 2500)
    assert {place.changed[:7] for place in found.places} == {"2026-12", "2026-11", "2026-10", "2026-09", "2026-08"}


def test_without_dates_both_ends_are_watched() -> None:
    rows = [f"<url><loc>https://eutoday.example/{n}</loc></url>" for n in range(2500)]
    found = document("".join(rows))
    numbers = [int(place.url.rpartition("/")[2]) for place in found.places]
    assert numbers == [*range(500), *range(2000, 2500)]
    assert "without dates" in found.reading.warnings[0]


@pytest.mark.parametrize("date", ["yesterday", "0000-00-00", "2026-13-40", "9" * 500, "<![CDATA[ ]]>"])
def test_broken_dates_are_none(date: str) -> None:
    (place,) = document(f"<url><loc>https://eutoday.example/a</loc><lastmod>{date}</lastmod></url>").places
    assert (place.second, len(place.changed) <= 100) == (0, True)


@pytest.mark.parametrize(
    "loc", ["javascript:alert(1)", "", "mailto:a@b.example", "data:text/html,x", "ftp://a.example/x", "http://"]
)
def test_f28_only_web_addresses_are_places(loc: str) -> None:
    assert document(f"<url><loc>{loc}</loc></url>").places == ()


def test_relative_addresses_and_indexes_without_loc() -> None:
    assert [place.url for place in document("<url><loc>/a</loc></url>").places] == ["https://eutoday.example/a"]
    found = document("<sitemap>\nhttps://eutoday.example/s.xml?a=1&amp;b=2\n</sitemap>", root="sitemapindex")
    assert found.is_index
    assert [place.url for place in found.places] == ["https://eutoday.example/s.xml?a=1&b=2"]


@pytest.mark.parametrize("root", ["urlset", "sit:urlset", "URLSET"])
def test_any_namespace(root: str) -> None:
    prefix = root.rpartition(":")[0]
    space = f'xmlns:{prefix}="http://wrong.example/"' if prefix else 'xmlns="http://wrong.example/"'
    tag = f"{prefix}:" if prefix else ""
    body = f"<{root} {space}><{tag}url><{tag}loc>https://eutoday.example/a</{tag}loc></{tag}url></{root}>"
    assert len(_sitemaps.document(body.encode(), url=SOURCE.url, source=SOURCE).places) == 1


@pytest.mark.parametrize("pack", [bytes, gzip.compress, lambda body: gzip.compress(body[:9]) + gzip.compress(body[9:])])
@pytest.mark.parametrize("front", [b"", b"\xef\xbb\xbf", b"---\nlayout: null\n---\n", b"<!-- made by a plug-in -->\n"])
def test_gzip_is_known_by_its_content(pack: Callable[[bytes], bytes], front: bytes) -> None:
    body = pack(front + b"<urlset><url><loc>https://eutoday.example/a</loc></url></urlset>")
    assert len(_sitemaps.document(body, url=SOURCE.url, source=SOURCE).places) == 1


@pytest.mark.parametrize(
    ("body", "message"),
    [(gzip.compress(b"\0" * 50_000_000, mtime=0), "grows more than 100 times"),
     (gzip.compress(b"<urlset/>" * 99, mtime=0)[:-20], "ends early"),
     (b"\x1f\x8bnothing", "no valid gzip"),
     (b"<rss version='2.0'><channel/></rss>", 'it is a feed, not a sitemap; use kind = "feed"'),
     (b"<html></html>", 'an HTML page, not a sitemap; use kind = "webpage"'), (b"", "empty"), (b"[]", "JSON"),
     (b'[{"id": 1, "title": {"rendered": "x"}}]', 'use kind = "wordpress"'), (b"some words", "neither XML nor JSON"),
     (b"<urlset " + b"a='1' " * 300 + b"/>", "more than 200 attributes"), (b"\xff" * 99, "encoding|neither"),
     (b"User-agent: *\nDisallow:", "a robots.txt"), (b"<opml/>", "OPML")],
)  # fmt: skip
def test_what_is_no_sitemap_is_said(body: bytes, message: str) -> None:
    with pytest.raises(SourceInvalid, match=message):
        parse(body)


@pytest.mark.parametrize("entity", ['<!ENTITY x "y">', '<!ENTITY x SYSTEM "file:///etc/passwd">'])
def test_f21_entities_are_refused(entity: str) -> None:
    body = f"<!DOCTYPE urlset [{entity}]><urlset><url><loc>https://eutoday.example/&x;</loc></url></urlset>"
    with pytest.raises(SourceInvalid, match="entities"):
        parse(body.encode())


def test_small_damage_is_mended_and_large_is_told() -> None:
    whole = "<urlset><url><loc>https://eutoday.example/a?b=1&c=2</loc></url></urlset>"
    found = _sitemaps.document(whole.encode(), url=SOURCE.url, source=SOURCE)
    assert ([place.url for place in found.places], found.reading.complete) == (
        ["https://eutoday.example/a?b=1&c=2"],
        True,
    )
    cut = _sitemaps.document(whole[:-15].encode(), url=SOURCE.url, source=SOURCE)
    assert (len(cut.places), cut.reading.complete) == (1, False)


def test_a_list_of_addresses_as_text() -> None:
    found = _sitemaps.document(b"https://eutoday.example/a\r\n\r\nhttps://eutoday.example/b\n", url="", source=SOURCE)
    assert [place.url for place in found.places] == ["https://eutoday.example/a", "https://eutoday.example/b"]


def test_robots() -> None:
    text = (
        "User-agent: *\nSITEMAP : /a.xml\nSitemap: https://eutoday.example/news.xml\nsitemap: javascript:x\nSitemap:\n"
    )
    assert _sitemaps.from_robots(text, base="https://eutoday.example/robots.txt") == [
        "https://eutoday.example/news.xml", "https://eutoday.example/a.xml"
    ]  # fmt: skip


def test_what_comes_from_the_parsers_process_is_checked() -> None:
    body = b"<urlset><url><loc>https://eutoday.example/a</loc></url></urlset>"
    told = json.loads(json.dumps(_sitemaps.told(body, url="", source=SOURCE)))
    assert _sitemaps.heard(told).total == 1
    spoilt = (
        None, {}, {**told, "places": [[1]]}, {**told, "reading": {}}, {**told, "total": "x"}, {**told, "places": 3}
    )  # fmt: skip
    for answer in spoilt:
        with pytest.raises(ValueError, match="gave no sitemap"):
            _sitemaps.heard(answer)


@given(
    st.binary(max_size=400),
    st.sampled_from([b"", b"<urlset>", b"<sitemapindex><sitemap><loc>", b"<urlset><url><loc>http://a"]),
)
def test_anything_is_read_or_refused(body: bytes, front: bytes) -> None:
    with contextlib.suppress(SourceInvalid):
        parse(front + body)


def test_what_was_met_is_packed_and_bounded() -> None:
    met = Met()
    urls = [f"https://eutoday.example/{n}" for n in range(4000)]
    for url in urls:
        met.note(url, "2026", READ)
    met.note(urls[0], "2026", IGNORED)
    text = met.packed(first=urls[-10:])
    again = Met(text)
    assert len(text) == 3000 * 11
    assert [again.state(url) for url in (urls[-1], urls[0], urls[3999], urls[3500])] == [READ, IGNORED, READ, ""]
    assert (again.changed(urls[1], "2026"), again.changed(urls[1], "2027"), again.changed(urls[1], "")) == (
        False,
        True,
        False,
    )
    assert not again.changed(urls[0], "2027")
    assert Met(text + "odd").packed(first=()) == text


def test_plain_places_are_counted_in_a_single_reading() -> None:
    found: Any = parse(b"<urlset><url><loc>https://eutoday.example/a</loc></url></urlset>")
    assert found.warnings == ("it lists 1 pages without titles, which a poll reads",)
