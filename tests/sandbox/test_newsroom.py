"""The sandbox's newspaper over real HTTP: feeds, pages, pictures, validators, and what publishing changes."""

import io
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html import unescape

import feedparser
import pytest
import requests
from lxml import html as lxml_html
from PIL import Image

from syndicator.sandbox import Sandbox
from syndicator.sandbox.newsroom import BOILERPLATE, NAME, Newsroom
from syndicator.sandbox.newsroom.archive import BULLETIN
from syndicator.sandbox.newsroom.images import DRAWINGS, SIZE, look_of, render

FEEDS = ["/news/feed/", "/news/atom.xml", "/news/feed.json", "/news/world/feed/"]


@pytest.fixture(scope="module")
def web() -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.trust_env = False
        yield session


@pytest.fixture(scope="module")
def still() -> Iterator[Sandbox]:
    """A sandbox whose newspaper no test changes."""
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


def urls(body: bytes) -> list[str]:
    return [entry.link for entry in feedparser.parse(body).entries]


# --- feeds


@pytest.mark.parametrize("path", ["/news/feed/", "/news/atom.xml"])
def test_a_strict_parser_reads_the_feed(web: requests.Session, still: Sandbox, path: str) -> None:
    parsed = feedparser.parse(web.get(still.url + path).content)
    assert not parsed.bozo
    assert parsed.feed.title == NAME
    assert [entry.link for entry in parsed.entries] == [still.newsroom.url(one) for one in still.newsroom.articles]
    assert all(entry.id.startswith(f"{still.url}/news/?p=") for entry in parsed.entries)
    assert all(entry.published_parsed for entry in parsed.entries)


def test_rss_is_wordpress_shaped(web: requests.Session, still: Sandbox) -> None:
    answer = web.get(f"{still.url}/news/feed/")
    entry = feedparser.parse(answer.content).entries[0]
    assert answer.headers["Content-Type"] == "application/rss+xml; charset=UTF-8"
    assert not entry.guidislink
    assert "appeared first on" in entry.summary
    assert len(entry.content[0].value) > len(entry.summary)
    assert entry.media_content[0]["url"].endswith(".jpg")
    assert entry.author == still.newsroom.articles[0].author
    assert {tag.term for tag in entry.tags} > {"World"}
    assert b"<enclosure " in answer.content
    assert f'<atom:link href="{still.url}/news/feed/" rel="self"'.encode() in answer.content


def test_titles_survive_every_feed(web: requests.Session, still: Sandbox) -> None:
    wanted = [article.title for article in still.newsroom.articles]
    rss, atom, listed = (web.get(still.url + path).content for path in FEEDS[:3])
    assert [unescape(title) for title in re.findall(r"<item>\s*<title>(.*?)</title>", rss.decode())] == wanted
    assert [unescape(e.title) for e in feedparser.parse(atom).entries] == wanted
    assert [item["title"] for item in json.loads(listed)["items"]] == wanted


def test_json_feed_has_the_same_articles(web: requests.Session, still: Sandbox) -> None:
    feed = web.get(f"{still.url}/news/feed.json").json()
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert [item["url"] for item in feed["items"]] == urls(web.get(f"{still.url}/news/feed/").content)
    assert {item["language"] for item in feed["items"]} == {"en", "fr", "de", "el", "uk", "ar", "zh"}
    assert [item["title"] for item in feed["items"] if "image" not in item] == [
        "Letters: is a quiet carriage still quiet if everybody whispers?"
    ]
    assert sum("summary" not in item for item in feed["items"]) == 1


def test_an_article_is_the_same_in_two_feeds(web: requests.Session, still: Sandbox) -> None:
    everything = {e.id: e.link for e in feedparser.parse(web.get(f"{still.url}/news/feed/").content).entries}
    world = {e.id: e.link for e in feedparser.parse(web.get(f"{still.url}/news/world/feed/").content).entries}
    assert world
    assert world.items() < everything.items()


@pytest.mark.parametrize("path", FEEDS)
def test_conditional_reads_answer_304(web: requests.Session, still: Sandbox, path: str) -> None:
    first = web.get(still.url + path)
    by_tag = web.get(still.url + path, headers={"If-None-Match": f'"other", {first.headers["ETag"]}'})
    by_date = web.get(still.url + path, headers={"If-Modified-Since": first.headers["Last-Modified"]})
    assert (by_tag.status_code, by_date.status_code) == (304, 304)
    assert not by_tag.content
    assert by_tag.headers["ETag"] == first.headers["ETag"]
    stale = {"If-None-Match": '"other"', "If-Modified-Since": first.headers["Last-Modified"]}
    assert web.get(still.url + path, headers=stale).status_code == 200
    assert web.get(still.url + path, headers={"If-Modified-Since": "some day"}).status_code == 200


def test_feeds_carry_the_boilerplate(web: requests.Session, still: Sandbox) -> None:
    feed = web.get(f"{still.url}/news/feed/").text.replace("[&#8230;]", "[…]")
    pages = "".join(web.get(still.newsroom.url(article)).text for article in still.newsroom.articles)
    assert [phrase for phrase in BOILERPLATE if phrase not in feed + pages] == []
    summaries = "".join(article.title + article.summary for article in still.newsroom.articles)
    assert [phrase for phrase in BOILERPLATE if phrase in summaries] == []


# --- articles


def test_the_first_articles_are_awkward_on_purpose(still: Sandbox) -> None:
    titles = [article.title for article in still.newsroom.articles]
    assert len(titles) >= 12
    assert max(map(len, titles)) >= 290
    assert any("🚆" in title for title in titles)
    assert any("&" in title and '"' in title and "<" in title for title in titles)
    assert any("stops.example.com" in title for title in titles)
    assert any(
        "$LMVX" in article.summary and "@lumenvolt_demo" in article.summary for article in still.newsroom.articles
    )
    assert any(article.direction == "rtl" for article in still.newsroom.articles)


def test_ages_count_from_the_start() -> None:
    now = datetime(2026, 3, 1, 0, 5, tzinfo=UTC)
    articles = Newsroom("http://127.0.0.1:1", now=now).articles
    assert now - articles[0].published_at < timedelta(minutes=10)
    assert now - articles[-1].published_at < timedelta(hours=20)
    assert sorted(articles, key=lambda one: one.published_at, reverse=True) == list(articles)
    assert articles[-1].path.startswith("/news/2026/02/")


def test_every_page_has_its_metadata(web: requests.Session, still: Sandbox) -> None:
    for article in still.newsroom.articles:
        url = still.newsroom.url(article)
        page = lxml_html.fromstring(web.get(url).content)
        (canonical,) = page.xpath('//link[@rel="canonical"]/@href')
        meta = {m.get("property") or m.get("name"): m.get("content") for m in page.iter("meta")}
        (said,) = page.xpath('//script[@type="application/ld+json"]/text()')
        assert (canonical, meta["og:url"]) == (url, url)
        assert (meta["og:title"], json.loads(said)["headline"]) == (article.title, article.title)
        assert meta.get("og:description", "") == article.summary
        assert meta["twitter:card"] == ("summary_large_image" if article.motif else "summary")
        assert ("og:image" in meta) == bool(article.motif)
        assert (page.get("lang"), page.get("dir")) == (article.language, article.direction)
        assert page.xpath('//*[@id="comments"]')
        assert len(page.xpath('//div[@class="entry-content"]//p')) >= 3


def test_every_picture_decodes(web: requests.Session, still: Sandbox) -> None:
    pictures = set()
    for article in still.newsroom.articles:
        if not article.image_path:
            continue
        answer = web.get(still.url + article.image_path)
        with Image.open(io.BytesIO(answer.content)) as picture:
            picture.load()
            assert (picture.format, picture.size) == ("JPEG", SIZE)
        assert answer.headers["Content-Type"] == "image/jpeg"
        pictures.add(answer.content)
    assert len(pictures) == len(still.newsroom.articles) - 1
    assert {article.motif for article in still.newsroom.articles} - {""} == set(DRAWINGS)


def test_pictures_are_deterministic() -> None:
    _, palette = look_of("any")
    one = render("any", motif="rails", palette=palette)
    render.__globals__["_rendered"].cache_clear()
    assert render("any", motif="rails", palette=palette) == one


def test_short_links_lead_to_the_article(web: requests.Session, still: Sandbox) -> None:
    article = still.newsroom.articles[2]
    answer = web.get(f"{still.url}/news/?p={article.number}", allow_redirects=False)
    assert (answer.status_code, answer.headers["Location"]) == (301, article.path)
    assert web.get(f"{still.url}/news/?p=1").status_code == 404
    assert web.get(f"{still.url}/news?p={article.number}").url == still.newsroom.url(article)
    assert web.get(still.newsroom.url(article).rstrip("/"), allow_redirects=False).status_code == 301


@pytest.mark.parametrize("path", ["/news/", "/news/culture/", "/news/robots.txt", "/news/assets/newsroom.css"])
def test_the_other_pages_answer(web: requests.Session, still: Sandbox, path: str) -> None:
    assert web.get(still.url + path).status_code == 200


@pytest.mark.parametrize(
    "path",
    ["/news/nothing/", "/news/nothing/feed/", "/news/2026/01/nothing/", "/news/media/nothing.jpg",
     "/news/media/letters-quiet-carriage.jpg", "/news/assets/..%2Fnewsroom%2Frss.xml", "/news/assets/newsroom.py"],
)  # fmt: skip
def test_unknown_addresses_are_404(web: requests.Session, still: Sandbox, path: str) -> None:
    assert web.get(still.url + path).status_code == 404


# --- publishing


@pytest.mark.parametrize("path", FEEDS)
def test_publish_grows_the_feed_and_changes_the_validators(web: requests.Session, sandbox: Sandbox, path: str) -> None:
    before = web.get(sandbox.url + path)
    article = sandbox.newsroom.publish(title="Swan found on platform two", summary="It had a ticket.")
    validators = {"If-None-Match": before.headers["ETag"], "If-Modified-Since": before.headers["Last-Modified"]}
    after = web.get(sandbox.url + path, headers=validators)
    assert after.status_code == 200
    assert after.headers["ETag"] != before.headers["ETag"]
    assert web.get(sandbox.url + path, headers={"If-Modified-Since": before.headers["Last-Modified"]}).content
    assert sandbox.newsroom.articles[0] == article
    assert after.text.index("Swan found") < after.text.index("Night trains return")
    assert web.get(sandbox.newsroom.url(article)).status_code == 200
    assert web.get(sandbox.url + article.image_path).headers["Content-Type"] == "image/jpeg"


def test_publish_without_a_title_finds_one() -> None:
    newsroom = Newsroom("http://127.0.0.1:1", articles=14)
    assert len(newsroom.articles) == 14
    published = [newsroom.publish() for _ in range(7)]
    assert published[0].title.startswith("Ferry strike called off")
    assert [one.title for one in published[5:]] == [BULLETIN.format(n=1), BULLETIN.format(n=2)]
    assert len({one.slug for one in newsroom.articles}) == len({one.number for one in newsroom.articles}) == 21


def test_articles_limits_what_is_out_at_the_start() -> None:
    assert Newsroom("http://127.0.0.1:1", articles=0).articles == ()
    assert [one.number for one in Newsroom("http://127.0.0.1:1", articles=3).articles] == [
        one.number for one in Newsroom("http://127.0.0.1:1").articles[:3]
    ]


def test_two_articles_of_one_title_have_two_addresses() -> None:
    newsroom = Newsroom("http://127.0.0.1:1")
    one, other = newsroom.publish(title="Weather"), newsroom.publish(title="Weather")
    assert (one.slug, other.slug) == ("weather", "weather-2")


@pytest.mark.parametrize(
    "fields",
    [{"headline": "unknown"}, {"title": "t", "motif": "unicorn"}, {"title": "t", "palette": ["#fff"]},
     {"title": "t", "published_at": "2026-01-01T10:00:00"}],
)  # fmt: skip
def test_publish_refuses_what_it_does_not_know(fields: dict[str, object]) -> None:
    with pytest.raises((TypeError, ValueError)):
        Newsroom("http://127.0.0.1:1").publish(**fields)


def test_hostile_words_stay_words(web: requests.Session, sandbox: Sandbox) -> None:
    evil = '</script><script>alert(1)</script> ]]> "&amp;" \x0b\ufffe'
    article = sandbox.newsroom.publish(title=evil, summary=evil, body=evil, author=evil, tags=[evil])
    page = web.get(sandbox.newsroom.url(article)).text
    assert "<script>alert" not in page
    assert json.loads(lxml_html.fromstring(page).xpath('//script[@type="application/ld+json"]/text()')[0])
    for path in FEEDS[:2]:
        parsed = feedparser.parse(web.get(sandbox.url + path).content)
        assert not parsed.bozo
        assert parsed.entries[0].author.startswith("</script>")


def test_a_correction_keeps_the_address_and_a_withdrawal_ends_it(web: requests.Session, sandbox: Sandbox) -> None:
    article = sandbox.newsroom.articles[0]
    tag = web.get(f"{sandbox.url}/news/feed/").headers["ETag"]
    revised = sandbox.newsroom.revise(article.slug, title="Corrected")
    assert (revised.path, revised.number) == (article.path, article.number)
    assert web.get(f"{sandbox.url}/news/feed/").headers["ETag"] != tag
    assert sandbox.newsroom.withdraw(article.slug)
    assert not sandbox.newsroom.withdraw(article.slug)
    assert web.get(sandbox.newsroom.url(article)).status_code == 404


# --- link previews


def test_cards_ignore_parameters_and_know_only_own_articles(still: Sandbox) -> None:
    article = next(one for one in still.newsroom.articles if one.language == "uk")
    card = still.newsroom.card(f"{still.newsroom.url(article)}?utm_source=x&utm_content=abc#top")
    assert card is not None
    assert (card.title, card.description) == (article.title, article.summary)
    assert card.url == still.newsroom.url(article)
    assert card.image == still.url + article.image_path
    assert still.newsroom.card(still.url + article.path.rstrip("/")) == card
    assert still.newsroom.card(f"{still.url}/news/?p={article.number}") == card
    assert still.newsroom.card(f"https://example.org{article.path}") is None
    assert still.newsroom.card(f"{still.url}/news/2026/01/nothing/") is None
    assert still.newsroom.card("not an address") is None
    assert still.newsroom.card("http://[broken") is None
