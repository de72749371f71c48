"""Autodiscovery: from the address of a page to the feed that is meant, and no further."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from syndicator.errors import SourceInvalid
from syndicator.model import Source
from syndicator.sandbox import Sandbox
from syndicator.sources import _alternates

from .conftest import item, rss
from .reads import local, run
from .site import Site

BASE = "https://eutoday.example/"
RSS, ATOM, JSON = "application/rss+xml", "application/atom+xml", "application/feed+json"


def link(href: str, title: str = "", kind: str = RSS) -> str:
    return f'<link rel="alternate" type="{kind}" title="{title}" href="{href}">'


def meant(*links: str, page: str = BASE) -> list[str]:
    return [
        feed.url.removeprefix(BASE)
        for feed in _alternates.meant(_alternates.announced("".join(links), base=page), page=page)
    ]


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as running:
        yield running


@pytest.mark.parametrize(
    ("links", "wanted"),
    [((link("/feed/", "EU Today » Feed"), link("/comments/feed/", "EU Today » Comments Feed")), ["feed/"]),
     ((link("/c/", "Flux des commentaires"), link("/feed/")), ["feed/"]),
     ((link("/?feed=rss2"), link("/?feed=comments-rss2")), ["?feed=rss2"]),
     ((link("/rss", "EU Today RSS 2.0"),
       link("/atom", "EU Today Atom 1.0", ATOM), link("/j", "EU Today JSON Feed", JSON)), ["rss"]),
     ((link("/rss"), link("/atom", kind=ATOM)), ["rss"]),
     ((link("/world/feed/", "World"), link("/feed/", "All")), ["feed/"]),
     ((link("/a.xml", "News"), link("/b.xml", "Sport")), ["a.xml", "b.xml"]),
     ((link("/a.xml", "News"), link("/b.xml", "News")), ["a.xml", "b.xml"]),
     ((link("https://other.example/feed/"),), []),
     ((link("//www.eutoday.example/feed/"),), ["https://www.eutoday.example/feed/"]),
     ((link("javascript:x"), link(""), link("/wp-json/wp/v2/posts", kind="application/json")), []),
     (("<LINK HREF=/feed/ TYPE=application/rss+xml;charset=utf-8 REL='nofollow alternate'>",), ["feed/"]),
     (("<link rel=stylesheet type=application/rss+xml href=/feed/>", "<link type='application/rss+xml'>"), []),
     ((link("/feed/?a=1&amp;b=2"),), ["feed/?a=1&b=2"])],
)  # fmt: skip
def test_which_feed_is_meant(links: tuple[str, ...], wanted: list[str]) -> None:
    assert meant(*links) == wanted


def test_the_feed_of_the_section_goes_before_that_of_the_site() -> None:
    links = (link("/feed/", "EU Today » Feed"), link("/world/feed/", "EU Today » World Category Feed"))
    assert meant(*links, page=BASE + "world/") == ["world/feed/"]
    assert meant(*links, page=BASE + "about/") == ["feed/"]


@pytest.mark.parametrize(
    "path", ["feed/", "rss", "world/rss.xml", "?feed=rss2", "atom.xml", "feed.json", "index.rdf", "feeds/news"]
)
def test_addresses_that_were_meant_as_feeds(path: str) -> None:
    assert _alternates.is_feed_address(BASE + path)


@pytest.mark.parametrize("path", ["", "world/", "newsfeed-closes", "brass/", "atomic-power/", "?p=3"])
def test_addresses_that_are_pages(path: str) -> None:
    assert not _alternates.is_feed_address(BASE + path)


def test_a_page_leads_to_its_feed_and_is_not_asked_again(sandbox: Sandbox) -> None:
    source = local(sandbox, "feed", "/news/")
    first = run(source)
    assert len(first.entries) == len(sandbox.newsroom.articles)
    assert first.validators
    assert first.validators.url == sandbox.url + "/news/feed/"
    seen: list[str] = []
    sandbox.newsroom.garble = lambda path, body: (seen.append(path), body)[1]
    assert run(source, first.validators).not_modified
    sandbox.newsroom.publish(title="Storm")
    second = run(source, first.validators)
    assert "Storm" in {entry.title for entry in second.entries}
    assert run(source, second.validators).not_modified
    assert set(seen) <= {"/news/feed/"}


def page(site: Site, *links: str, path: str = "/") -> Source:
    url = site.page(path, f"<!doctype html><html><head>{''.join(links)}<title>x</title></head></html>".encode())
    return Source(name="n", kind="feed", url=url, allow_private=True)


def test_several_equal_feeds_are_for_a_person(site: Site) -> None:
    source = page(site, link("/a", "News"), link("/b", "Sport"))
    with pytest.raises(
        SourceInvalid, match=rf"several feeds; configure one of them: {site.url}/a \(News\), {site.url}/b \(Sport\)"
    ):
        run(source)


def test_a_feed_that_moved_is_found_again(site: Site) -> None:
    site.page("/old", rss(item()).encode(), ETag='"1"')
    source = page(site, link("/old"))
    first = run(source)
    site.page("/new", rss(item("Moved")).encode())
    page(site, link("/new"))
    site.page("/old", status=404)
    second = run(source, first.validators)
    assert [entry.title for entry in second.entries] == ["Moved"]
    assert second.validators
    assert second.validators.url == site.url + "/new"


def test_f15_where_a_feed_was_a_page_is_a_trouble(site: Site) -> None:
    """A removed section leads to the home page, which announces the feed of everything."""
    site.conditional("/world", rss(item()).encode(), etag='"1"')
    site.page("/everything", rss(item("Other news")).encode())
    source = Source(name="n", kind="feed", url=site.url + "/world", allow_private=True)
    first = run(source)
    page(site, link("/everything"), path="/world")
    with pytest.raises(SourceInvalid, match=f"HTML page, not a feed; the page names a feed at {site.url}/everything"):
        run(source, first.validators)
    page(site, link("/everything"), path="/world/feed/")
    with pytest.raises(SourceInvalid, match="HTML page, not a feed"):
        run(replace(source, url=site.url + "/world/feed/"))


@pytest.mark.parametrize(
    "body", [b"<html><title>Log in</title></html>", b"<html>" + link("http://other.example/f").encode()]
)
def test_nothing_is_fetched_where_nothing_is_announced(site: Site, body: bytes) -> None:
    with pytest.raises(SourceInvalid, match="HTML page, not a feed"):
        run(Source(name="n", kind="feed", url=site.page("/", body), allow_private=True))
    assert [path for path, _ in site.requests] == ["/"]


def test_an_announced_page_that_is_no_feed(site: Site) -> None:
    source = page(site, link("/x"))
    page(site, link("/x"), path="/x")
    with pytest.raises(SourceInvalid, match="HTML page, not a feed"):
        run(source)
    assert [path for path, _ in site.requests] == ["/", "/x"]


def test_a_page_of_a_million_links_is_read_in_no_time() -> None:
    hostile = "<link " + "a" * 900_000 + "<link rel='" * 50_000 + link("/feed/") * 1000
    assert len(_alternates.announced(hostile, base=BASE)) <= _alternates.MOST
