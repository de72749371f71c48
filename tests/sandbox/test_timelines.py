"""The timelines page over real HTTP: it shows what the platforms have, escaped, and says when something changed."""

import base64
import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import requests
from lxml import html as lxml_html
from PIL import Image

from syndicator.sandbox import RemoteMedia, RemotePost, Sandbox
from syndicator.sandbox.timeline import age
from syndicator.sandbox.timeline_text import segments, shortened, within

EVIL = "<script>alert(1)</script> <img src=x onerror=alert(2)> \"quoted\" & 'more' javascript:alert(3)"


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def web() -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.trust_env = False
        yield session


def put(sandbox: Sandbox, platform: str, text: str, **fields: object) -> RemotePost:
    now = sandbox.state.clock.now()
    given = {"id": str(len(sandbox.state.posts(platform)) + 1), "created_at": now, "visible_at": now, **fields}
    return sandbox.state.put(RemotePost(platform=platform, url="https://x.com/1", text=text, **given))  # type: ignore[arg-type]


def picture(sandbox: Sandbox, *, alt: str) -> RemoteMedia:
    target = io.BytesIO()
    Image.new("RGB", (64, 64), "teal").save(target, "PNG")
    media = RemoteMedia(
        platform="youtube", id="m1", mime="image/png", data=target.getvalue(), width=64, height=64,
        created_at=sandbox.state.clock.now(), alt=alt,
    )  # fmt: skip
    return sandbox.state.put_media(media)


def page_of(web: requests.Session, sandbox: Sandbox) -> lxml_html.HtmlElement:
    return lxml_html.fromstring(web.get(sandbox.urls.page).content.decode())


def test_the_empty_page_says_what_to_do(web: requests.Session, sandbox: Sandbox) -> None:
    page = page_of(web, sandbox)
    said = page.text_content()
    assert "syndicator sandbox – nothing here is real" in said
    assert said.count("No posts yet.") == 3
    for base in (sandbox.urls.x, sandbox.urls.graph, sandbox.urls.youtube):
        assert f'api_base = "{base}"' in said


def test_posts_appear_newest_first_in_their_column(web: requests.Session, sandbox: Sandbox) -> None:
    earlier = sandbox.state.clock.now() - timedelta(minutes=5)
    put(sandbox, "x", "older words", created_at=earlier, visible_at=earlier)
    put(sandbox, "x", "奥斯坦老城 🚆 newer words")
    put(sandbox, "facebook", "words for the Page")
    put(sandbox, "youtube", "كلمات للقناة")
    page = page_of(web, sandbox)
    texts = {
        column: [text.text_content().strip() for text in page.xpath(f'//section[@id="{column}"]//p[@class="text"]')]
        for column in ("x", "facebook", "youtube")
    }
    assert texts == {
        "x": ["奥斯坦老城 🚆 newer words", "older words"],
        "facebook": ["words for the Page"],
        "youtube": ["كلمات للقناة"],
    }
    assert {text.get("dir") for text in page.xpath('//p[@class="text"]')} == {"auto"}
    counts = {b.get("data-count"): b.text for b in page.xpath("//nav//b")}
    assert counts == {"x": "2", "facebook": "1", "youtube": "1", "articles": str(len(sandbox.newsroom.articles))}
    assert [time.text for time in page.xpath('//section[@id="x"]//time')] == ["now", "5m"]


def test_hidden_posts_and_drafts_are_not_shown(web: requests.Session, sandbox: Sandbox) -> None:
    put(sandbox, "x", "seen only later", visible_at=sandbox.state.clock.now() + timedelta(minutes=5))
    put(sandbox, "facebook", "a draft", published=False)
    assert "seen only later" not in (said := web.get(sandbox.urls.page).text)
    assert "a draft" not in said


@pytest.mark.parametrize("platform", ["x", "facebook", "youtube"])
def test_hostile_text_stays_text(web: requests.Session, sandbox: Sandbox, platform: str) -> None:
    article = sandbox.newsroom.publish(title=EVIL, summary=EVIL, image_alt=EVIL, slug="evil")
    put(sandbox, platform, EVIL, link=sandbox.newsroom.url(article), detail={"title": EVIL})
    raw = web.get(sandbox.urls.page).text
    page = lxml_html.fromstring(raw)
    assert "<script>alert" not in raw
    assert [script.get("src") for script in page.iter("script")] == ["/assets/timeline.js"]
    assert not page.xpath("//@onerror")
    assert not page.xpath("//@style")
    assert all(href.startswith(("#", "/")) for href in page.xpath("//@href"))
    assert page.xpath(f'//section[@id="{platform}"]//p[@class="text"]')[0].text_content().strip() == EVIL


def test_nothing_foreign_may_load(web: requests.Session, sandbox: Sandbox) -> None:
    answer = web.get(sandbox.urls.page)
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'self';")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    page = lxml_html.fromstring(answer.text)
    for source in [*page.xpath("//@src"), *page.xpath("//link/@href")]:
        assert source.startswith("/")
        assert web.get(sandbox.url + source).status_code == 200
    assert web.get(f"{sandbox.url}/assets/..%2Ftimeline%2Findex.html").status_code == 404
    assert web.get(f"{sandbox.url}/favicon.ico").headers["Content-Type"].startswith("image/svg+xml")


def test_a_link_brings_the_article_as_a_card(web: requests.Session, sandbox: Sandbox) -> None:
    article = sandbox.newsroom.articles[0]
    tagged = f"{sandbox.newsroom.url(article)}?utm_content=abcdef"
    put(sandbox, "x", f"Look: {tagged} #Ports", link=tagged)
    put(sandbox, "facebook", "Look", link=tagged)
    page = page_of(web, sandbox)
    for column in ("x", "facebook"):
        (card,) = page.xpath(f'//section[@id="{column}"]//a[starts-with(@class, "card")]')
        assert article.title in card.text_content()
        assert card.xpath(".//img/@src") == [article.image_path]
        assert card.get("href") == article.path
    assert article.summary in page.xpath('//section[@id="facebook"]')[0].text_content()
    marks = page.xpath('//section[@id="x"]//p[@class="text"]/*')
    assert [(mark.tag, mark.text) for mark in marks] == [("a", shortened(tagged)), ("span", "#Ports")]
    assert marks[0].get("href") == f"{article.path}?utm_content=abcdef"


def test_an_attached_picture_replaces_the_card(web: requests.Session, sandbox: Sandbox) -> None:
    media = picture(sandbox, alt='A "teal" square')
    article = sandbox.newsroom.articles[0]
    put(sandbox, "x", sandbox.newsroom.url(article), link=sandbox.newsroom.url(article), media=(media,))
    put(sandbox, "youtube", "words", media=(media,))
    page = page_of(web, sandbox)
    assert not page.xpath('//a[starts-with(@class, "card")]')
    pictures = page.xpath('//div[starts-with(@class, "pictures")]/img')
    assert [(one.get("src"), one.get("alt")) for one in pictures] == [("/media/m1", 'A "teal" square')] * 2
    assert web.get(f"{sandbox.url}/media/m1").content == media.data
    assert base64.b64encode(media.data).decode() not in web.get(f"{sandbox.url}/timeline.json").text


def test_a_link_from_elsewhere_is_shown_but_leads_nowhere(web: requests.Session, sandbox: Sandbox) -> None:
    put(sandbox, "facebook", "See https://elsewhere.example.org/a?b=1.", link="https://elsewhere.example.org/a?b=1")
    put(sandbox, "x", "stops.example.com and http://[broken")
    page = page_of(web, sandbox)
    assert not [href for href in page.xpath("//@href") if "elsewhere" in href or "stops" in href]
    assert "elsewhere.example.org" in page.xpath('//section[@id="facebook"]')[0].text_content()


def test_the_json_answers_304_until_something_changes(web: requests.Session, sandbox: Sandbox) -> None:
    address = f"{sandbox.url}/timeline.json"
    first = web.get(address)
    known = {"If-None-Match": first.headers["ETag"]}
    assert web.get(address, headers=known).status_code == 304
    post = put(sandbox, "x", "something new")
    second = web.get(address, headers=known)
    said = second.json()
    assert said["counts"] == {"x": 1, "facebook": 0, "youtube": 0}
    assert said["timelines"]["x"][0]["text"] == "something new"
    assert page_of(web, sandbox).xpath("//body/@data-version") == [said["version"]]
    sandbox.state.remove("x", post.id)
    assert web.get(address, headers={"If-None-Match": second.headers["ETag"]}).json()["counts"]["x"] == 0
    assert json.dumps(first.json()["timelines"]) == '{"x": [], "facebook": [], "youtube": []}'


# --- text and ages


@pytest.mark.parametrize(
    ("platform", "text", "kinds"),
    [
        ("x", "a #Tag, @name and $CASH", ["plain", "tag", "plain", "mention", "plain", "cash"]),
        ("x", "see example.com now", ["plain", "link", "plain"]),
        ("facebook", "see example.com now", ["plain"]),
        ("youtube", "(https://example.com/a).", ["plain", "link", "plain"]),
        ("x", "mail me@example.com, C# & 100$", ["plain"]),
        ("x", "#طاقة #能源", ["tag", "plain", "tag"]),
        ("x", "", []),
    ],
)
def test_segments(platform: str, text: str, kinds: list[str]) -> None:
    cut = segments(text, platform=platform)
    assert [segment.kind for segment in cut] == kinds
    if "link" not in kinds:
        assert "".join(segment.text for segment in cut) == text


def test_only_addresses_of_this_machine_become_links() -> None:
    assert within("http://127.0.0.1:8080/news/?p=3&x=1#top") == "/news/?p=3&x=1"
    assert within("http://localhost") == "/"
    assert within("http://127.0.0.1//example.org/a") == within("http://127.0.0.1/\\example.org/a") == "/example.org/a"
    for other in ("https://example.org/", "javascript:alert(1)", "http://127.0.0.1.example.org/", "http://[broken", ""):
        assert within(other) == ""


@pytest.mark.parametrize(
    ("seconds", "said"), [(-5, "now"), (59, "now"), (60, "1m"), (3599, "59m"), (3600, "1h"), (86_400 * 3, "3d")]
)
def test_age(seconds: int, said: str) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    assert age(now - timedelta(seconds=seconds), now) == said
