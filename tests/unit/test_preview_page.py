"""The preview page: shows every word that would be sent, escapes all of it, and needs nothing from anywhere."""

import base64
import hashlib
import os
import re
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from lxml import html as lxml_html

from syndicator.cli.preview_page import render, write
from syndicator.model import Article, Picture
from syndicator.service.rehearsal import Preview
from tests import values
from tests.unit import preview_drafts as drafts
from tests.unit.preview_reading import css, one, page_of, post, said

# --- what is shown ---


@pytest.mark.parametrize("kind", drafts.TITLES)
def test_every_post_shows_the_exact_text_of_its_request(kind: str) -> None:
    (preview,) = drafts.previews(drafts.titled(kind))
    page = page_of(preview)
    requests = {draft.composed.platform: draft.composed.request for draft in preview.drafts.values()}
    assert said(post(page, "twitter")) == requests["twitter"]["text"]
    assert said(post(page, "facebook")) == requests["facebook"]["fields"]["message"]
    assert said(post(page, "youtube")) == requests["youtube"]["text"]


def test_texts_choose_their_direction_and_name_their_language() -> None:
    page = page_of(*drafts.previews(drafts.titled("arabic")))
    for text in css(page, "p.text"):
        assert (text.get("dir"), text.get("lang")) == ("auto", "ar")


def test_x_shortens_the_link_and_the_caption_has_it_in_full() -> None:
    (preview,) = drafts.previews(values.article())
    page = page_of(preview)
    composed = preview.drafts["x"].composed
    assert one(css(post(page, "twitter"), "bdi.link")).text == "news.example/2026/11/harbou…"
    facts = one(page.xpath("//figure[.//article[contains(@class, 'twitter')]]/figcaption"))
    codes = [element.text_content() for element in css(facts, "dd.code")]
    assert codes == [composed.teaser.link, composed.marker]
    assert f"{composed.teaser.length} / 280" in facts.text_content()
    assert one(css(facts, ".cost")).text == "$0.20"
    assert preview.drafts["x"].sha256 in facts.text_content()


def test_hashtags_mentions_and_cashtags_are_coloured() -> None:
    (preview,) = drafts.previews(values.article(), text="Read #ferries by @port on $SHIP.", channels=[drafts.X])
    marks = [mark.text for mark in css(post(page_of(preview), "twitter"), ".mark")]
    assert marks[:3] == ["#ferries", "@port", "$SHIP"]


def test_link_previews_have_the_articles_picture_once_fetched_for_all() -> None:
    asked: list[str] = []

    def picture(article: Article) -> tuple[str, bytes] | None:
        asked.append(article.id)
        return drafts.composer().card(article)

    page = page_of(*drafts.previews(values.article(), channels=[drafts.X, drafts.PAGE]), card_picture=picture)
    images = css(page, ".card img")
    assert len(images) == 2
    assert len({image.get("src") for image in images}) == 1
    assert images[0].get("alt") == "A ferry"
    assert asked == [values.article().id]
    assert one(css(page, ".twitter .over")).text == values.article().title
    assert one(css(page, ".facebook .domain")).text == "news.example"


def test_a_card_picture_is_small_and_wide() -> None:
    from io import BytesIO

    from PIL import Image

    mime, data = drafts.composer().card(values.article()) or ("", b"")
    with Image.open(BytesIO(data)) as image:
        assert (mime, image.width) == ("image/jpeg", 800)
        assert image.width / image.height == pytest.approx(1.91, abs=0.01)


@pytest.mark.parametrize("image", [None, Picture(url="https://news.example/gone.jpg")])
def test_without_a_picture_the_cards_have_words_only(image: Picture | None) -> None:
    away = drafts.composer(drafts.no_picture)
    page = page_of(*drafts.previews(values.article(image=image), by=away), card_picture=away.card)
    assert css(page, "img") == []
    assert one(css(page, ".twitter .card.small .title")).text == values.article().title
    assert bool(css(page, ".note")) is (image is not None)
    warnings = one(css(page, ".warnings")).text_content()
    assert ("the server is away" in warnings) is (image is not None)


def test_an_attached_picture_takes_the_place_of_the_card() -> None:
    channels = [replace(channel, image="attach") for channel in drafts.CHANNELS]
    (preview,) = drafts.previews(values.article(), channels=channels)
    page = page_of(preview)
    assert css(page, ".card") == []
    for name, draft in preview.drafts.items():
        figure = one([frame for frame in css(page, "figure") if name in frame[0].text_content()])
        image, media = one(css(figure, "img")), draft.composed.teaser.media[0]
        mime, _, data = image.get("src").removeprefix("data:").partition(";base64,")
        assert (mime, base64.b64decode(data)) == (media.mime, draft.pictures[media.sha256])
        assert image.get("alt") == media.alt
        assert (media.alt or "none") in one(css(figure, "figcaption")).text_content()


def test_problems_stand_in_the_place_of_the_post() -> None:
    page = page_of(drafts.foreign(values.article()))
    box = one(css(page, ".problem"))
    assert "No post for x" in box.text_content()
    assert "template x.j2, line 3: unexpected '}'" in box.text_content()
    assert "1 cannot be composed" in one(css(page, "header.top")).text_content()


def test_a_platform_without_a_file_of_its_own_is_shown_neutrally() -> None:
    page = page_of(drafts.foreign(values.article()))
    shown = post(page, "mastodon")
    assert said(shown) == values.article().title
    assert one(css(shown, ".card .domain")).text == "news.example"
    assert one(css(page, ".gauge.near")) is not None


@pytest.mark.parametrize("name", ["../page", "..", "posts/twitter", "a\x00b", "", "<b>"])
def test_a_platforms_name_is_never_a_path(name: str) -> None:
    page = page_of(drafts.foreign(values.article(), platform=name))
    assert len(css(page, "article.post p.text")) == 1


def test_articles_have_sections_in_order_and_posts_the_order_of_the_channels() -> None:
    found = [drafts.titled(kind) for kind in ("chinese", "latin")]
    page = page_of(*drafts.previews(*found, channels=drafts.CHANNELS[::-1]))
    assert [title.text for title in css(page, "h2")] == [article.title for article in found]
    assert [link.text for link in css(page, "nav a")] == [article.title for article in found]
    assert [kind[0].text for kind in css(page, ".kind")] == ["x", "page", "community"] * 2
    assert "$0.40 if all are sent" in one(css(page, "header.top")).text_content()


def test_nothing_to_show_is_said() -> None:
    assert "There are no articles to show." in page_of().text_content()


# --- what it must not do ---


@pytest.mark.parametrize("kind", drafts.TITLES)
def test_the_page_is_inert_and_complete_in_itself(kind: str) -> None:
    hostile = replace(drafts.titled(kind), url="https://news.example/?a='><script>", authors=(drafts.HOSTILE,))
    bad = Preview(article=hostile, drafts={}, problems={drafts.HOSTILE: drafts.HOSTILE})
    text = render(
        [*drafts.previews(hostile), bad, drafts.foreign(hostile)], settings=drafts.settings(site=drafts.HOSTILE)
    )
    page = lxml_html.document_fromstring(text)
    assert [css(page, tag) for tag in ("script", "link", "iframe", "object", "embed", "form", "base")] == [[]] * 7
    for element in page.iter("*"):
        for name, value in element.items():
            assert not name.startswith("on")
            assert name != "style"
            assert name != "src" or value.startswith("data:image/")
            assert name != "href" or element.tag == "use" or value.startswith(("#", "https://"))
    assert len(css(page, "style")) == 1
    assert "url(" not in one(css(page, "style")).text
    assert "@import" not in text


def test_an_address_that_no_browser_should_follow_is_no_link() -> None:
    bad = drafts.foreign(values.article(url="javascript:alert(1)"))
    page = page_of(bad)
    assert css(page, "a") == []
    assert "javascript:alert(1)" in one(css(page, ".address")).text


def test_the_policy_allows_this_style_sheet_and_nothing_else() -> None:
    page = page_of(*drafts.previews(values.article()))
    policy = one(page.xpath("//meta[@http-equiv='Content-Security-Policy']")).get("content")
    style = one(css(page, "style")).text
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    rules = dict(rule.strip().partition(" ")[::2] for rule in policy.split(";"))
    assert rules["default-src"] == "'none'"
    assert rules["style-src"] == f"'sha256-{digest}'"
    assert rules["img-src"] == "data:"


def test_a_broken_title_does_not_lose_the_page(tmp_path: Path) -> None:
    target = tmp_path / "preview.html"
    broken = values.article(title="half \ud83d emoji")
    write(target, render([Preview(article=broken, drafts={}, problems={})], settings=drafts.settings()))
    assert "half &#55357; emoji" in target.read_text(encoding="utf-8")


def test_a_place_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        write(tmp_path / "missing" / "preview.html", "page")


def test_a_page_is_replaced_whole_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    target, link = tmp_path / "preview.html", tmp_path / "link.html"
    target.write_text("old")
    link.symlink_to(target)
    with target.open() as opened:
        write(link, "new")
        assert opened.read() == "old"  # who reads it sees the old one to its end
    assert (target.read_text(), link.is_symlink()) == ("new", True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link.html", "preview.html"]


def test_what_is_no_file_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        write(pipe, "page")
        assert os.read(reader, 100) == b"page"
    finally:
        os.close(reader)
    assert pipe.is_fifo()


# --- in a browser ---


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("page") / "preview.html"
    found = [drafts.titled(kind) for kind in drafts.TITLES]
    write(target, render(drafts.previews(*found), settings=drafts.settings(), card_picture=drafts.composer().card))
    return target


@pytest.mark.parametrize(
    ("width", "columns", "scheme"), [(420, 1, "light"), (420, 1, "dark"), (900, 2, "dark"), (1300, 3, "light")]
)
def test_a_browser_shows_it_without_asking_anybody(
    browser: Any, written: Path, width: int, columns: int, scheme: str
) -> None:
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    asked: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    page.goto(written.as_uri())
    assert [url for url in asked if not url.startswith("data:")] == [written.as_uri()]
    assert complaints == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate("[...document.images].every(image => image.complete && image.naturalWidth > 0)")
    places = page.evaluate("[...document.querySelector('.posts').children].map(e => e.getBoundingClientRect().x)")
    assert len(set(places)) == columns
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    lightness = sum(map(int, re.findall(r"\d+", ground)[:3])) / 3
    assert (lightness > 128) is (scheme == "light")
    page.close()


def test_a_whole_preview_of_three_channels_takes_50_ms_of_processor_time_at_most() -> None:
    """Once loaded, the bytes of the pictures at hand: composed by the real templates, and drawn."""
    composer, picture = drafts.composer(), drafts.composer().card(values.article())
    channels = [replace(channel, image="card") for channel in drafts.CHANNELS]
    took = []
    for number in range(6):
        article = values.article(
            id=f"a{number}", title=f"Harbour {number} reopens", summary="The ferries run again. " * 20
        )
        began = time.process_time()
        found = drafts.previews(article, channels=channels, by=composer)
        page = render(found, settings=drafts.settings(), card_picture=lambda _: picture)
        took.append(time.process_time() - began)
        assert page.count("data:image/") == 2
    assert min(took) <= 0.050
