"""The sandbox's newspaper as WordPress: REST API and sitemaps, held to what real sites answer."""

import gzip
import io
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.robotparser import RobotFileParser
from xml.etree import ElementTree

import pytest
import requests
from PIL import Image

from syndicator.sandbox import Sandbox
from syndicator.sandbox.newsroom import restapi

SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
NEWS = "{http://www.google.com/schemas/sitemap-news/0.9}"


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as running:
        yield running


@pytest.fixture
def ask(sandbox: Sandbox) -> Iterator[Any]:
    with requests.Session() as session:
        session.trust_env = False
        yield lambda path, **query: session.get(sandbox.url + path, params=query)


def test_a_post_has_the_fields_of_a_post(sandbox: Sandbox, ask: Any) -> None:
    answer = ask("/news/wp-json/wp/v2/posts")
    assert answer.headers["Content-Type"] == "application/json; charset=UTF-8"
    assert b"\\/" in answer.content
    assert answer.content.isascii()
    assert len(answer.json()) == 10
    post, article = answer.json()[0], sandbox.newsroom.articles[0]
    assert list(post)[:12] == [
        "id", "date", "date_gmt", "guid", "modified", "modified_gmt",
        "slug", "status", "type", "link", "title", "content",
    ]  # fmt: skip
    assert post["guid"] == {"rendered": f"{sandbox.url}/news/?p={article.number}"}
    assert post["excerpt"]["rendered"].startswith("<p>")
    assert "_embedded" not in post
    assert post["date_gmt"] == f"{article.published_at:%Y-%m-%dT%H:%M:%S}"


def test_totals_pages_and_links(sandbox: Sandbox, ask: Any) -> None:
    total = len(sandbox.newsroom.articles)
    answer = ask("/news/wp-json/wp/v2/posts", per_page=4, page=2)
    assert (answer.headers["X-WP-Total"], answer.headers["X-WP-TotalPages"]) == (str(total), str(-(-total // 4)))
    assert 'rel="next"' in answer.headers["Link"]
    assert 'rel="prev"' in answer.headers["Link"]
    beyond = ask("/news/wp-json/wp/v2/posts", per_page=4, page=99)
    assert (beyond.status_code, beyond.json()["code"]) == (400, "rest_post_invalid_page_number")


def test_fields_and_embedding(ask: Any) -> None:
    query = {"_fields": "id,title.rendered,_links,_embedded", "_embed": "author,wp:featuredmedia"}
    post = ask("/news/wp-json/wp/v2/posts", **query).json()[0]
    assert set(post) == {"id", "title", "_links", "_embedded"}
    assert set(post["_embedded"]) == {"author", "wp:featuredmedia"}
    assert "_embedded" not in ask("/news/wp-json/wp/v2/posts", _fields="id", _embed="1").json()[0]
    (media,) = post["_embedded"]["wp:featuredmedia"]
    size = media["media_details"]["sizes"]["medium"]
    with Image.open(io.BytesIO(requests.get(size["source_url"], timeout=5).content)) as picture:
        assert picture.size == (size["width"], size["height"]) == (300, 169)


@pytest.mark.parametrize(
    ("query", "code", "status"),
    [({"per_page": "101"}, "rest_invalid_param", 400), ({"per_page": "x"}, "rest_invalid_param", 400),
     ({"orderby": "magic"}, "rest_invalid_param", 400), ({"order": "up"}, "rest_invalid_param", 400),
     ({"status": "draft"}, "rest_invalid_param", 400), ({"modified_after": "never"}, "rest_invalid_param", 400)],
)  # fmt: skip
def test_refusals_are_json_with_code_message_and_status(
    ask: Any, query: dict[str, str], code: str, status: int
) -> None:
    answer = ask("/news/wp-json/wp/v2/posts", **query)
    assert answer.status_code == status
    assert (answer.json()["code"], answer.json()["data"]["status"]) == (code, status)
    assert answer.json()["message"]


def test_choosing_and_ordering(sandbox: Sandbox, ask: Any) -> None:
    articles = sandbox.newsroom.articles
    last = articles[-1]
    sandbox.newsroom.revise(last.slug, title="Corrected")
    assert ask("/news/wp-json/wp/v2/posts", orderby="modified").json()[0]["title"]["rendered"] == "Corrected"
    numbers = [articles[2].number, articles[5].number]
    found = ask("/news/wp-json/wp/v2/posts", include=",".join(map(str, [*numbers, 4])), _fields="id,status").json()
    assert found == [{"id": number, "status": "publish"} for number in numbers]
    since = articles[3].published_at + timedelta(seconds=1)
    after = ask("/news/wp-json/wp/v2/posts", after=since.isoformat(), per_page=100).json()
    assert [post["id"] for post in after] == [article.number for article in articles[:3]]


def test_single_posts_the_index_and_what_is_not_there(sandbox: Sandbox, ask: Any) -> None:
    number = sandbox.newsroom.articles[0].number
    assert ask(f"/news/wp-json/wp/v2/posts/{number}").json()["id"] == number
    assert ask("/news/wp-json/wp/v2/posts/4").json()["code"] == "rest_post_invalid_id"
    assert ask("/news/wp-json/wp/v2/news").json()["code"] == "rest_no_route"
    assert "wp/v2" in ask("/news/wp-json/").json()["namespaces"]
    assert ask("/news/", rest_route="/wp/v2/posts").json()[0]["id"] == number


def test_a_protected_post_hides_its_words(sandbox: Sandbox, ask: Any) -> None:
    sandbox.newsroom.revise(sandbox.newsroom.articles[0].slug, protected=True)
    post = ask("/news/wp-json/wp/v2/posts").json()[0]
    assert post["title"]["rendered"].startswith("Protected: ")
    assert (post["content"], post["excerpt"]) == ({"rendered": "", "protected": True},) * 2


@pytest.mark.parametrize("plain", [False, True])
def test_pages_announce_the_api(sandbox: Sandbox, ask: Any, plain: bool) -> None:
    sandbox.newsroom.plain_permalinks = plain
    page = ask("/news/")
    api = f"{sandbox.url}/news/" + ("?rest_route=/" if plain else "wp-json/")
    assert page.headers["Link"] == f'<{api}>; rel="https://api.w.org/"'
    assert f'<link rel="https://api.w.org/" href="{api}">' in page.text
    assert "wp/v2" in requests.get(api, timeout=5).json()["namespaces"]


def test_a_closed_api(sandbox: Sandbox, ask: Any) -> None:
    sandbox.newsroom.api_refusal = restapi.Refused(401, "rest_forbidden", "Sorry, you are not allowed to do that.")
    answer = ask("/news/wp-json/wp/v2/posts")
    assert (answer.status_code, answer.json()["code"]) == (401, "rest_forbidden")


def test_sitemaps(sandbox: Sandbox, ask: Any) -> None:
    urls = {sandbox.newsroom.url(article) for article in sandbox.newsroom.articles}
    robots = RobotFileParser()
    robots.parse(ask("/robots.txt").text.splitlines())
    assert robots.site_maps() == [f"{sandbox.url}/news/sitemap.xml"]
    index = ElementTree.fromstring(ask("/news/sitemap.xml").content)
    children = [loc.text for loc in index.iter(f"{SITEMAP}loc")]
    assert children == [f"{sandbox.url}/news/{name}" for name in ("post-sitemap.xml.gz", "news-sitemap.xml")]
    packed = ask("/news/post-sitemap.xml.gz")
    assert "Content-Encoding" not in packed.headers
    listed = ElementTree.fromstring(gzip.decompress(packed.content))
    assert {loc.text for loc in listed.iter(f"{SITEMAP}loc")} == urls | {f"{sandbox.url}/news/"}
    news = ElementTree.fromstring(ask("/news/news-sitemap.xml").content)
    assert {loc.text for loc in news.iter(f"{SITEMAP}loc")} == urls
    assert [one.text for one in news.iter(f"{NEWS}title")] == [one.title for one in sandbox.newsroom.articles]
    etag = packed.headers["ETag"]
    again = requests.get(sandbox.url + "/news/post-sitemap.xml.gz", headers={"If-None-Match": etag}, timeout=5)
    assert again.status_code == 304


def test_the_comments_feed_is_a_feed_without_articles(ask: Any) -> None:
    answer = ask("/news/comments/feed/")
    assert answer.headers["Content-Type"].startswith("application/rss+xml")
    assert b"<item>" not in answer.content
