"""Kind ``sitemap`` over HTTP: the sandbox's sitemaps, and a scripted site for what they do not do."""

import gzip
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from syndicator.errors import SourceInvalid, SourceUnreachable
from syndicator.model import Source
from syndicator.sandbox import Sandbox
from syndicator.sources import Reading, sitemap

from .reads import local, run
from .site import Site

PAGE = (
    '<html><head><title>{title}</title><meta property="og:type" content="{kind}">'
    '<meta property="article:published_time" content="2026-11-22T10:00:00Z"></head></html>'
)


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as running:
        yield running


@pytest.fixture
def plain(site: Site) -> Source:
    return Source(name="n", kind="sitemap", url=site.url + "/sitemap.xml", allow_private=True)


def listed(site: Site, *rows: tuple[str, str], path: str = "/sitemap.xml", pack: bool = False) -> str:
    """Serve a plain sitemap of (path, date of change)."""
    inner = "".join(f"<url><loc>{site.url}{loc}</loc><lastmod>{date}</lastmod></url>" for loc, date in rows)
    body = f'<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{inner}</urlset>'.encode()
    return site.page(path, gzip.compress(body, mtime=0) if pack else body)


def index(site: Site, *rows: tuple[str, str], path: str = "/sitemap.xml") -> str:
    inner = "".join(f"<sitemap><loc>{loc}</loc><lastmod>{date}</lastmod></sitemap>" for loc, date in rows)
    return site.page(path, f"<sitemapindex>{inner}</sitemapindex>".encode())


def article(site: Site, path: str, *, title: str = "", kind: str = "article") -> str:
    return site.page(path, PAGE.format(title=title or path, kind=kind).encode())


def paths(site: Site) -> list[str]:
    """Take what was asked for since the last time."""
    seen = [path for path, _ in site.requests]
    site.requests.clear()
    return seen


def titles(found: Reading) -> list[str]:
    return [entry.title for entry in found.entries]


# --- on the sandbox


def test_a_news_sitemap_gives_whole_entries(sandbox: Sandbox) -> None:
    found = run(local(sandbox, "sitemap", "/news/news-sitemap.xml"))
    assert len(found.entries) == len(sandbox.newsroom.articles)
    for entry, article_ in zip(found.entries, sandbox.newsroom.articles, strict=True):
        assert (entry.title, entry.language) == (article_.title, article_.language)
        assert entry.url == sandbox.newsroom.url(article_)
        assert entry.published_at == article_.published_at.replace(microsecond=0)
        assert set(entry.tags) <= {article_.section, *article_.tags}
        assert bool(entry.image) == bool(article_.image_path)


@pytest.mark.parametrize("path", ["/news/sitemap.xml", "/news/", "/robots.txt", "/news/news-sitemap.xml"])
def test_from_the_index_the_page_or_robots(sandbox: Sandbox, path: str) -> None:
    source = local(sandbox, "sitemap", path)
    first = run(source)
    assert len(first.entries) == len(sandbox.newsroom.articles)
    assert run(source, first.validators).not_modified
    new = sandbox.newsroom.publish(title="Storm warning")
    second = run(source, first.validators)
    assert new.title in titles(second)
    assert first.entries[0].canonical_url in {entry.canonical_url for entry in second.entries}


def test_a_plain_sitemap_reads_the_pages_that_are_new(sandbox: Sandbox) -> None:
    source = local(sandbox, "sitemap", "/news/post-sitemap.xml.gz", options={"pages": "3"})
    first = run(source)
    assert len(first.entries) <= 3
    assert run(source, first.validators).not_modified
    wanted = [sandbox.newsroom.publish(title=f"New {number}") for number in range(4)]
    second = run(source, first.validators)
    third = run(source, second.validators)
    assert sorted(titles(second) + titles(third)) == [one.title for one in wanted]
    assert len(second.entries) == 3
    assert run(source, third.validators).not_modified
    entry = third.entries[0]
    assert (entry.authors, entry.summary) == (("The Night Desk",), "")
    assert entry.published_at == wanted[0].published_at.replace(microsecond=0)


def test_the_same_article_by_page_and_by_sitemap_is_one(sandbox: Sandbox) -> None:
    by_feed = {entry.canonical_url for entry in run(local(sandbox, "feed", "/news/feed/")).entries}
    by_news = {entry.canonical_url for entry in run(local(sandbox, "sitemap", "/news/news-sitemap.xml")).entries}
    options = {"pages": "50"}
    by_page = {
        e.canonical_url for e in run(local(sandbox, "sitemap", "/news/post-sitemap.xml", options=options)).entries
    }
    assert by_feed == by_news == by_page


# --- what was met before


def test_the_first_reading_is_a_baseline(site: Site, plain: Source) -> None:
    rows = [(f"/{number}", f"2026-11-{number:02}") for number in range(1, 21)]
    for path, _ in rows:
        article(site, path)
    listed(site, *rows)
    first = run(plain)
    assert titles(first) == [f"/{number}" for number in range(20, 10, -1)]
    paths(site)
    listed(site, *rows[:-1], ("/20", "2026-11-21"), ("/3", "2026-11-22"))
    again = run(plain, first.validators)
    assert titles(again) == ["/20"], "what was there before the first reading is nobody's news when it changes"
    assert paths(site) == ["/sitemap.xml", "/20"]


def test_new_pages_come_before_changed_ones(site: Site, plain: Source) -> None:
    for path in ("/a", "/b", "/c"):
        article(site, path)
    listed(site, ("/a", "2026-11-20"))
    first = run(plain)
    listed(site, ("/a", "2026-11-22"), ("/b", "2026-11-21"), ("/c", "2026-11-21"))
    second = run(replace(plain, options={"pages": "2"}), first.validators)
    assert titles(second) == ["/b", "/c"]
    third = run(replace(plain, options={"pages": "2"}), second.validators)
    assert titles(third) == ["/a"]


def test_an_empty_sitemap_is_a_baseline_too(site: Site, plain: Source) -> None:
    listed(site)
    first = run(plain)
    assert (first.entries, first.not_modified) == ((), False)
    article(site, "/a")
    listed(site, ("/a", "2026-11-22"))
    assert titles(run(plain, first.validators)) == ["/a"]


def test_pages_that_are_no_articles_are_left_out(site: Site, plain: Source) -> None:
    listed(site)
    first = run(plain)
    article(site, "/tag", kind="website")
    article(site, "/a")
    listed(site, ("/tag", "2026-11-22"), ("/a", "2026-11-22"))
    second = run(plain, first.validators)
    assert titles(second) == ["/a"]
    assert any("does not call itself an article" in warning for warning in second.warnings)
    paths(site)
    assert run(plain, second.validators).not_modified
    assert paths(site) == ["/sitemap.xml"]


def test_a_page_that_fails_is_tried_again_and_then_given_up(site: Site, plain: Source) -> None:
    listed(site)
    found = run(plain)
    site.page("/a", status=500)
    site.page("/gone", status=410)
    article(site, "/b")
    listed(site, ("/a", "2026-11-22"), ("/gone", "2026-11-22"), ("/b", "2026-11-21"))
    found = run(plain, found.validators)
    assert titles(found) == ["/b"]
    for _ in range(sitemap.TRIES - 1):
        paths(site)
        found = run(plain, found.validators)
        assert paths(site) == ["/sitemap.xml", "/a"]
    assert any("given up after 3 tries" in warning for warning in found.warnings)
    assert run(plain, found.validators).not_modified


def test_a_page_that_recovers_is_read(site: Site, plain: Source) -> None:
    listed(site)
    first = run(plain)
    site.page("/a", status=503, Retry_After="9")
    site.page("/b", status=503)
    listed(site, ("/a", "2026-11-22"), ("/b", "2026-11-21"))
    paths(site)
    second = run(plain, first.validators)
    assert paths(site) == ["/sitemap.xml", "/a"], "a server that asks for time gets it"
    for path in ("/a", "/b"):
        article(site, path)
    assert sorted(titles(run(plain, second.validators))) == ["/a", "/b"]


def test_a_long_sitemap_is_watched_at_its_newest(site: Site, plain: Source) -> None:
    at = datetime(2026, 11, 22, tzinfo=UTC)
    rows = [(f"/{number}", (at - timedelta(hours=number)).isoformat()) for number in range(1500)]
    listed(site, *rows)
    first = run(replace(plain, options={"pages": "1"}))
    site.page("/1400", b"<html><title>Old and undated</title><meta property='og:type' content='article'></html>")
    article(site, "/new")
    listed(site, ("/new", at.isoformat()), ("/1400", at.isoformat()), *rows[:1400])
    second = run(plain, first.validators)
    assert titles(second) == ["/new"]
    assert any("too long to watch" in warning for warning in second.warnings)


def test_only_below(site: Site, plain: Source) -> None:
    source = replace(plain, options={"below": site.url + "/news/"})
    for path in ("/news/a", "/shop/a"):
        article(site, path)
    listed(site, ("/news/a", "2026-11-22"), ("/shop/a", "2026-11-22"))
    assert titles(run(source)) == ["/news/a"]
    assert "/shop/a" not in paths(site)


# --- indexes


def test_the_newest_children_are_read_first_and_not_too_many(site: Site, plain: Source) -> None:
    names = ["category-sitemap.xml", "page-sitemap.xml", *(f"post-{n}.xml" for n in range(9)), "news-sitemap.xml"]
    index(site, *((f"{site.url}/{name}", f"2026-11-{10 + at:02}") for at, name in enumerate(names)))
    for name in names:
        listed(site, path=f"/{name}")
    found = run(plain)
    assert paths(site) == ["/sitemap.xml", "/news-sitemap.xml", "/post-8.xml", "/post-7.xml", "/post-6.xml"]
    assert any("more sitemaps" in warning for warning in found.warnings)


def test_a_child_with_the_same_date_to_the_second_is_not_asked_for(site: Site, plain: Source) -> None:
    dates = ["2026-11-22T10:00:00Z", "2026-11-22"]
    index(site, (f"{site.url}/one.xml", dates[0]), (f"{site.url}/two.xml", dates[1]))
    listed(site, path="/one.xml")
    listed(site, path="/two.xml")
    first = run(plain)
    paths(site)
    assert run(plain, first.validators).not_modified
    assert paths(site) == ["/sitemap.xml", "/two.xml"]


def test_an_index_inside_an_index_but_no_deeper(site: Site, plain: Source) -> None:
    index(site, (f"{site.url}/1.xml", ""))
    index(site, (f"{site.url}/2.xml", ""), (f"{site.url}/pages.xml", ""), path="/1.xml")
    index(site, (f"{site.url}/3.xml", ""), path="/2.xml")
    listed(site, ("/a", "2026-11-22"), path="/pages.xml")
    article(site, "/a")
    found = run(plain)
    assert titles(found) == ["/a"]
    assert "/3.xml" not in paths(site)
    assert any("so deep" in warning for warning in found.warnings)


def test_one_child_that_fails_does_not_stop_the_others(site: Site, plain: Source) -> None:
    index(site, (f"{site.url}/bad.xml", "2026-11-22"), (f"{site.url}/good.xml", "2026-11-21"))
    site.page("/bad.xml", b"<urlset><url>")
    listed(site, ("/a", "2026-11-22"), path="/good.xml")
    article(site, "/a")
    site.page("/bad.xml", status=500)
    assert titles(run(plain)) == ["/a"]
    site.page("/good.xml", status=500)
    with pytest.raises(SourceUnreachable, match="500"):
        run(plain)


def test_nothing_is_read_on_another_host(site: Site, plain: Source, sandbox: Sandbox) -> None:
    index(site, (f"{site.url}/own.xml", ""), (f"{sandbox.url}/news/news-sitemap.xml", ""))
    body = f"<urlset><url><loc>{sandbox.url}/news/</loc></url></urlset>"
    site.page("/own.xml", body.encode())
    seen: list[Any] = []
    sandbox.newsroom.garble = lambda path, body: (seen.append(path), body)[1]
    found = run(plain)
    assert seen == []
    assert [warning.partition(" is not read")[0] for warning in found.warnings] == [
        "a sitemap on another host", "a page on another host"
    ]  # fmt: skip


# --- finding, validators, refusing


def test_validators_are_sent_for_each_sitemap(site: Site, plain: Source) -> None:
    index(site, (f"{site.url}/a.xml", ""), (f"{site.url}/b.xml", ""))
    site.conditional("/a.xml", b"<urlset></urlset>", etag='"a"')
    site.conditional("/b.xml", b"<urlset></urlset>", etag='"b"')
    first = run(plain)
    site.requests.clear()
    assert run(plain, first.validators).not_modified
    assert [headers.get("if-none-match") for _, headers in site.requests] == [None, '"a"', '"b"']


def test_sitemaps_that_robots_named_and_that_moved_are_found_again(site: Site, plain: Source) -> None:
    source = replace(plain, url=site.page("/", b"<html><title>News</title></html>"))
    site.page("/robots.txt", f"User-agent: *\nSitemap: {site.url}/old.xml\n".encode())
    listed(site, path="/old.xml")
    first = run(source)
    site.page("/robots.txt", f"sitemap:{site.url}/new.xml\n".encode())
    site.page("/old.xml", status=404)
    listed(site, ("/a", "2026-11-22"), path="/new.xml")
    article(site, "/a")
    assert titles(run(source, first.validators)) == ["/a"]


@pytest.mark.parametrize("robots", [b"User-agent: *\n", b"Sitemap: http://other.example/sitemap.xml\n", None])
def test_a_page_without_sitemaps_is_refused(site: Site, plain: Source, robots: bytes | None) -> None:
    site.page("/sitemap.xml", b"<html><title>Log in</title></html>")
    if robots is not None:
        site.page("/robots.txt", robots)
    with pytest.raises(SourceInvalid, match=r"HTML page, not a sitemap, and the site's robots.txt names none"):
        run(plain)


def test_a_damaged_sitemap_is_fetched_in_full_again(site: Site, plain: Source) -> None:
    article(site, "/a")
    listed(site, ("/a", "2026-11-22"), ("/b", "2026-11-21"))
    whole = site.url + "/b</loc>"
    site.page("/sitemap.xml", f"<urlset><url><loc>{site.url}/a</loc></url><url><loc>{whole}".encode(), ETag='"x"')
    first = run(plain)
    assert (titles(first), first.complete) == (["/a"], False)
    paths(site)
    again = run(plain, first.validators)
    assert not again.not_modified
    assert "/sitemap.xml" in paths(site)


@pytest.mark.parametrize("memo", ["", "{}", "[]", '{"met": 3}', '{"asked": "x", "starts": 3}', '{"kept": {"a": [1]}}'])
def test_a_damaged_memo_does_no_harm(site: Site, plain: Source, memo: str) -> None:
    article(site, "/a")
    listed(site, ("/a", "2026-11-22"))
    first = run(plain)
    assert first.validators
    run(plain, replace(first.validators, etag=f"syndicator:sitemap {memo}"))
