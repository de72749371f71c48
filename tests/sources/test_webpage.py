import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from syndicator.core import pictures
from syndicator.errors import SourceInvalid
from syndicator.model import Entry, Picture
from syndicator.sources import _page
from syndicator.sources._encoding import decode
from syndicator.sources._fetch import Fetcher
from syndicator.sources.webpage import parse, read_file, read_page
from tests.shared import shared

from .site import Site

URL = "https://eutoday.example/2026/vote"


def page(head: str, *, url: str = URL, lang: str = "") -> Entry:
    return parse(f"<!doctype html><html{lang and f' lang={lang}'}><head>{head}</head><body>x</body></html>", url=url)


def json_ld(value: object) -> str:
    return f'<script type="application/ld+json">{json.dumps(value)}</script>'


def meta(**values: str) -> str:
    return "".join(f'<meta property="{name.replace("_", ":", 1)}" content="{value}">' for name, value in values.items())


def test_open_graph() -> None:
    entry = page(
        meta(og_title="Vote &amp;amp; count | EU Today", og_site_name="EU Today", og_description="Lead",
             og_locale="en_GB",
             og_image="/hall.jpg", article_published_time="2026-11-22T13:00:00+01:00", article_tag="EU")
        + '<meta property="og:image:alt" content="The hall"><meta property="article:tag" content="Vote">'
        + '<meta name="author" content="Ann Lee"><link rel="canonical" href="/2026/vote?id=1">',
    )  # fmt: skip
    assert (entry.title, entry.summary, entry.language) == ("Vote & count", "Lead", "en-GB")
    assert entry.url == entry.guid == entry.canonical_url == "https://eutoday.example/2026/vote?id=1"
    assert entry.image == Picture(url="https://eutoday.example/hall.jpg", alt="The hall")
    assert (entry.authors, entry.tags) == (("Ann Lee",), ("EU", "Vote"))
    assert entry.published_at == datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.mark.parametrize("wrap", [lambda a: a, lambda a: [{"@type": "Organization"}, a], lambda a: {"@graph": [a]},
                                  lambda a: {"@type": "WebPage", "mainEntity": a}])  # fmt: skip
def test_json_ld(wrap: object) -> None:
    article = {
        "@type": ["NewsArticle"], "headline": "Vote", "description": "Lead\nline",
        "image": [{"url": "https://p.example/i.jpg"}],
        "datePublished": "2026-11-22T12:00:00Z", "dateModified": "2026-11-22T13:00:00Z", "keywords": "EU, Vote, eu",
        "author": [{"@type": "Person", "name": "Ann"}, "Bob"], "inLanguage": "fr", "url": URL,
    }  # fmt: skip
    entry = page(json_ld(wrap(article)) + "<title>Other</title>")  # type: ignore[operator]
    assert (entry.title, entry.authors, entry.tags, entry.language) == ("Vote", ("Ann", "Bob"), ("EU", "Vote"), "fr")
    assert entry.image == Picture(url="https://p.example/i.jpg")
    assert entry.updated_at == datetime(2026, 11, 22, 13, tzinfo=UTC)


def test_pictures_are_the_storys_own_in_order_with_their_words() -> None:
    """Open Graph, JSON-LD, Twitter card, then the text's own: nothing of boxes beside it, no logo, no counter."""
    body = (
        '<main><aside><img src="/beside.jpg"></aside><nav><img src="/menu.jpg"></nav><article>'
        '<header><figure><img src="/top.jpg"><figcaption>The <b>quay</b> at noon</figcaption></figure></header>'
        '<p><img src="data:image/gif;base64,R0" data-src="/lazy.jpg" alt="Lazy"></p>'
        '<img src="/px.gif" width="1" height="1">'
        '<a href="/another-story/"><img src="/another.jpg"></a><a href="/big.jpg"><img src="/small.jpg"></a>'
        '<aside class="related"><img src="/related.jpg"></aside></article></main>'
    )
    head = (
        meta(og_title="Vote", og_image="/assets/logo.png")
        + json_ld({"@type": "NewsArticle", "image": {"@type": "ImageObject", "url": "/ld.jpg", "caption": "The dam"}})
        + '<meta name="twitter:image" content="/card.jpg">'
    )
    found = [(picture.url.removeprefix("https://eutoday.example"), picture.alt)
             for picture in pictures.each(page(head + body).image)]  # fmt: skip
    assert found == [
        ("/ld.jpg", "The dam"), ("/card.jpg", ""), ("/top.jpg", "The quay at noon"), ("/lazy.jpg", "Lazy"),
        ("/small.jpg", ""),
    ]  # fmt: skip


def test_plain_html() -> None:
    entry = page('<title> Vote \n today </title><meta name="description" content="Lead">', lang="de")
    assert (entry.title, entry.summary, entry.language, entry.url) == ("Vote today", "Lead", "de", URL)


@pytest.mark.parametrize(
    ("canonical", "expected"),
    [("https://eutoday.example/other", "https://eutoday.example/other"),
    ("https://www.eutoday.example/o", "https://www.eutoday.example/o"),
     ("//eutoday.example/o", "https://eutoday.example/o"), ("https://eutoday.example/", URL),
     ("https://evil.example/2026/vote", URL),
     ("javascript:alert(1)", URL), ("", URL), ("ftp://eutoday.example/x", URL)],
)  # fmt: skip
def test_a_canonical_link_is_only_believed_on_its_own_site(canonical: str, expected: str) -> None:
    assert page(f'<title>x</title><link rel="canonical" href="{canonical}">').url == expected


@pytest.mark.parametrize("text", ["<html></html>", "<title></title>", "<p>no title</p>", "<a " + "b=c " * 500 + ">"])
def test_pages_without_a_title_or_with_hostile_tags_are_refused(text: str) -> None:
    with pytest.raises(ValueError):
        parse(text, url=URL)


def test_a_page_by_its_address(site: Site) -> None:
    body = "<html><head><meta charset='windows-1252'><title>Élection</title></head></html>".encode("cp1252")
    site.page("/old", status=301, Location="/vote")
    site.page("/vote", body, Content_Type="text/html")
    site.page("/empty", b" ")

    async def run(path: str) -> Entry:
        async with Fetcher() as fetcher:
            return await read_page(site.url + path, fetcher=fetcher, allow_private=True)

    entry = asyncio.run(run("/old"))
    assert (entry.title, entry.url) == ("Élection", site.url + "/vote")
    with pytest.raises(SourceInvalid, match="empty"):
        asyncio.run(run("/empty"))


def test_markdown(tmp_path: Path) -> None:
    file = tmp_path / "vote.md"
    file.write_text(
        f"---\nurl: {URL}\ntags: EU, Vote\nlanguage: en\nimage: /i.jpg\nalt: Hall\nauthor: Ann\n"
        "date: 2026-11-22\n---\n\n"
        "# The *vote* on [climate](https://x.example)\n\nFirst **line**\nsecond line.\n\nMore.\n"
    )
    entry = read_file(file)
    assert (entry.title, entry.summary) == ("The vote on climate", "First line\nsecond line.")
    assert (entry.url, entry.tags, entry.language, entry.authors) == (URL, ("EU", "Vote"), "en", ("Ann",))
    assert entry.image == Picture(url="https://eutoday.example/i.jpg", alt="Hall")
    assert entry.published_at == datetime(2026, 11, 22, tzinfo=UTC)


def test_text(tmp_path: Path) -> None:
    file = tmp_path / "vote.txt"
    file.write_text(f"url: {URL}\n\nThe vote: who won\nThe *first* paragraph.\n\nMore.\n", encoding="cp1252")
    entry = read_file(file)
    assert (entry.title, entry.summary, entry.guid) == ("The vote: who won", "The *first* paragraph.", URL)


@pytest.mark.parametrize(
    ("name", "text", "remedy"),
    [("a.md", "# Title\n\nText", "url: https://"), ("a.txt", "", "url: https://"),
    ("a.md", f"url: {URL}\n\n", "no title"),
     ("a.md", "url: javascript:alert(1)\n\n# T", "url: https://"), ("a.html", "<title>x</title>", "canonical"),
     ("a.docx", "x", "only .html, .md and .txt"), ("a.html", "", "HTML")],
)  # fmt: skip
def test_files_that_cannot_be_read_say_what_to_do(tmp_path: Path, name: str, text: str, remedy: str) -> None:
    file = tmp_path / name
    file.write_text(text)
    with pytest.raises(SourceInvalid, match=remedy):
        read_file(file)


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(SourceInvalid, match="cannot be read"):
        read_file(tmp_path / "none.md")


def test_pages_with_known_metadata() -> None:
    """Every field of 26 real pages, as the gold says it is written, and an entry with the gold's address."""
    folder = shared("feeds/articles")
    gold = json.loads((folder / "gold.json").read_text())
    wrong = []
    for name, fields in gold.items():
        head = _page.read(decode((folder / name).read_bytes()))
        entry = read_file(folder / name)
        written = {"canonical": head.canonical, "title_tag": head.title}
        expected = {key: value for key, value in fields.items() if key != "jsonld"}
        found = {key: written.get(key, head.meta(key)) for key in expected}
        for key, value in (fields.get("jsonld") or {}).items():
            expected[f"jsonld {key}"] = "|".join(filter(str.strip, value)) if isinstance(value, list) else value
            found[f"jsonld {key}"] = _said(head, key)
        wrong += [(name, key) for key in expected if " ".join(found[key].split()) != " ".join(expected[key].split())]
        assert entry.url == ("https:" * fields["canonical"].startswith("//")) + fields["canonical"]
    assert len(gold) >= 26
    assert wrong == []


def _said(head: _page.Page, key: str) -> str:
    value = head.article.get(key)
    if key == "image":
        return next((one.url for one in _page._described(value)), "")
    return "|".join(_page._texts(value)) if key == "author" else head.said(key)
