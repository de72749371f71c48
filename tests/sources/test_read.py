import asyncio
import hashlib
from dataclasses import replace
from datetime import timedelta

import pytest

from syndicator.errors import SourceInvalid, SourceUnreachable
from syndicator.model import Source
from syndicator.sources import Reading, Validators, load, read
from syndicator.sources._fetch import Fetcher

from .conftest import item, rss
from .site import Site

DIGEST = hashlib.sha256(rss(item(link="/a")).encode()).hexdigest()


def run(source: Source, validators: Validators | None = None) -> Reading:
    async def once() -> Reading:
        async with Fetcher(deadline=timedelta(seconds=5)) as fetcher:
            return await read(source, validators, fetcher)

    return asyncio.run(once())


@pytest.fixture
def local(source: Source, site: Site) -> Source:
    return replace(source, url=site.url + "/feed", allow_private=True)


def test_a_poll_and_the_next_one(site: Site, local: Source) -> None:
    site.conditional("/feed", rss(item(link="/a")).encode(), etag='"1"')
    first = run(local)
    assert [entry.url for entry in first.entries] == [site.url + "/a"]
    assert first.validators == replace(Validators(etag='"1"', last_modified=None, url=local.url), digest=DIGEST)
    assert (first.url, first.moved_to) == (local.url, "")
    again = run(local, first.validators)
    assert (again.not_modified, again.entries, again.validators) == (True, (), first.validators)


def test_a_feed_read_in_part_is_fetched_in_full_again(site: Site, local: Source) -> None:
    whole = rss(*(item(link=f"/{n}") for n in range(9)))
    site.page("/feed", whole[: len(whole) // 2].encode(), ETag='"half"')
    found = run(local)
    assert found.entries
    assert found.validators is None
    assert not found.complete


def test_relative_links_follow_the_final_address(site: Site, local: Source) -> None:
    site.page("/feed", status=301, Location="/new/feed")
    site.page("/new/feed", rss(item(link="a")).encode(), ETag='"1"')
    found = run(local)
    assert [entry.url for entry in found.entries] == [site.url + "/new/a"]
    assert (found.url, found.moved_to) == (site.url + "/new/feed",) * 2
    again = run(local, found.validators)  # unchanged, and still moved
    assert (again.not_modified, again.moved_to) == (True, site.url + "/new/feed")


def test_a_private_source_must_be_named_so(site: Site, local: Source) -> None:
    site.page("/feed", rss(item()).encode())
    with pytest.raises(SourceUnreachable, match="allow_private"):
        run(replace(local, allow_private=False))
    assert site.requests == []


def test_errors_carry_the_name_of_the_source(site: Site, local: Source) -> None:
    site.page("/feed", b"<html><title>Log in</title></html>")
    with pytest.raises(SourceInvalid, match="HTML page") as caught:
        run(local)
    assert caught.value.source == "news"
    site.page("/feed", b"", status=200)
    with pytest.raises(SourceInvalid, match="empty"):
        run(local)


def test_a_page_as_a_source(site: Site, local: Source) -> None:
    site.conditional("/feed", b"<html lang=en><title>Vote</title></html>", etag='"1"')
    page = replace(local, kind="webpage", language="fr")
    found = run(page)
    assert [(entry.title, entry.language) for entry in found.entries] == [("Vote", "fr")]
    assert run(page, found.validators).not_modified


@pytest.mark.parametrize("kind", ["nothing", "_fetch", "feed;x", "", "os.path", "Feed", "no.such.module"])
def test_unknown_kinds_are_named(kind: str) -> None:
    with pytest.raises(SourceInvalid, match="no kind of source"):
        load(kind)
    assert load("feed")
    assert load("syndicator.sources.webpage")
