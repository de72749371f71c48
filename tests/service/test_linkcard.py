"""What an article's page tells platforms for their link cards: as it is written, and read only where we may."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from syndicator.model import Article, Picture, Source
from syndicator.service import linkcard, oneoff
from syndicator.sources import linkcard as tags
from tests import values
from tests.sources.site import Site, serving


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as made:
        yield made


def told(site: Site, head: str, *, body: bytes | None = None, path: str = "/story") -> Article | None:
    page = f"<!doctype html><html><head><meta charset=utf-8>{head}</head><body><p>x</p></body></html>"
    url = site.page(path, page.encode() if body is None else body, Content_Type="text/html")
    source = Source(name="news", kind="feed", url=site.url, allow_private=True)
    return linkcard.seen(values.article(url=url), configured=[source], seconds=20)


def test_the_tags_are_taken_as_they_are_written(site: Site) -> None:
    found = told(
        site,
        '<title>x</title><meta property="og:title" content="Vote &amp; count | The Site">'
        '<meta property="og:description" content="A lead. Read also: more">'
        '<meta property="og:image" content="/logo.png"><meta property="og:image:alt" content="Our logo">'
        '<meta name="twitter:title" content="Other">',
    )
    assert found is not None
    assert (found.title, found.summary) == ("Vote & count | The Site", "A lead. Read also: more")
    # No news picture, and no card would be better off with ours: it is what readers will see.
    assert found.image == Picture(url=f"{site.url}/logo.png", alt="Our logo")
    assert replace(found, title="", summary="", image=None) == replace(
        values.article(url=found.url), title="", summary="", image=None
    )


def test_without_open_graph_twitters_tags_and_plain_html_stand_in(site: Site) -> None:
    found = told(
        site,
        '<title>Plain title</title><meta name="description" content="Plain words">'
        '<meta name="twitter:image" content="https://news.example/t.jpg">',
    )
    assert found is not None
    assert (found.title, found.summary) == ("Plain title", "Plain words")
    assert found.image == Picture(url="https://news.example/t.jpg")


def test_a_page_that_says_nothing_has_an_empty_card(site: Site) -> None:
    found = told(site, "")
    assert found is not None
    assert (found.title, found.summary, found.image) == ("", "", None)


@pytest.mark.parametrize("image", ["javascript:alert(1)", "file:///etc/passwd", "data:image/png;base64,AAAA", ""])
def test_only_web_addresses_are_pictures(site: Site, image: str) -> None:
    found = told(site, f'<title>x</title><meta property="og:image" content="{image}">')
    assert found is not None
    assert found.image is None


def test_a_page_that_cannot_be_read_gives_nothing(site: Site) -> None:
    assert told(site, "", body=b"") is None
    source = Source(name="news", kind="feed", url=site.url, allow_private=True)
    gone = values.article(url=f"{site.url}/gone")
    assert linkcard.seen(gone, configured=[source]) is None


def test_x16_a_private_address_is_read_only_where_the_newsroom_named_it(site: Site) -> None:
    url = site.page("/inside", b"<title>inside</title>", Content_Type="text/html")
    public = Source(name="news", kind="feed", url="https://news.example/feed")
    assert linkcard.seen(values.article(url=url), configured=[public]) is None
    assert linkcard.seen(values.article(url=url, source="unknown"), configured=[public]) is None
    assert site.requests == []
    by_hand = values.article(url=url, source=oneoff.TYPED)
    typed = linkcard.seen(by_hand, configured=[public], typed=site.url + "/", seconds=20)
    assert typed is not None
    assert typed.title == "inside"


@pytest.mark.parametrize("typed", ["", "https://news.example/story", "http://127.0.0.1:9/story", "https://127.0.0.1/"])
def test_x16_what_a_page_calls_its_address_was_not_typed(site: Site, typed: str) -> None:
    url = site.page("/inside", b"<title>inside</title>", Content_Type="text/html")
    assert linkcard.seen(values.article(url=url, source=oneoff.TYPED), configured=(), typed=typed) is None
    assert site.requests == []


def test_a_parsers_answer_is_not_believed() -> None:
    """Markup may have taken the parser over; what it says is text, and its picture a web address or nothing."""
    checked = tags.checked({"title": ["x"], "description": "d" * 5000, "image": "file:///etc/passwd", "more": "y"})
    assert checked == tags.Tags(description="d" * 1000)
    assert tags.checked("nonsense") == tags.Tags()
