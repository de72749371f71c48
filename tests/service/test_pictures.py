"""The picture of a post: tried in order until one can be had, then the page's, then a card; news never waits for it."""

from collections.abc import Callable
from typing import Any

import pytest

from syndicator.errors import SourceHostile, SourceUnreachable
from syndicator.model import Article, Capabilities, Media, Picture
from syndicator.platforms import load
from syndicator.service.pictures import TRIES, Pictures
from tests import values

X = values.channel(image="attach")
YOUTUBE = values.channel("y", "youtube", image="attach", image_fallback="card", options={"channel_id": "UC1"})
SITE = "https://news.example"


def named(*names: str) -> Picture:
    first, *others = (Picture(url=f"{SITE}/{name}.jpg", alt=name) for name in names)
    return Picture(url=first.url, alt=first.alt, others=tuple(others))


class Desk:
    """Pictures of which some cannot be had; keeps what was asked for."""

    def __init__(self, *bad: str, page: Picture | Exception | None = None, card: Exception | None = None) -> None:
        self.asked: list[str] = []
        self.pages = self.cards = 0
        self._bad, self._page, self._card = bad, page, card
        self.pictures = Pictures(fetch=self.fetch, prepare=self.prepare, look=self.look, draw=self.draw)

    def fetch(self, article: Article) -> bytes:
        assert article.image is not None
        name = article.image.url.rpartition("/")[2].removesuffix(".jpg")
        self.asked.append(name)
        if "unreachable" in self._bad and name in self._bad:
            raise SourceUnreachable("no answer", source=name)
        return name.encode()

    def prepare(self, data: bytes, capabilities: Capabilities, alt: str) -> tuple[Media, bytes]:
        if data.decode() in self._bad:
            raise ValueError("the picture is damaged")
        return Media(sha256="0" * 64, mime="image/jpeg", width=9, height=9, size=len(data), alt=alt), data

    def look(self, article: Article) -> Picture | None:
        self.pages += 1
        if isinstance(self._page, Exception):
            raise self._page
        return self._page

    def draw(self, article: Article, capabilities: Capabilities) -> tuple[Media, bytes]:
        self.cards += 1
        if self._card is not None:
            raise self._card
        return Media(sha256="c" * 64, mime="image/png", width=9, height=9, size=4, alt=""), b"card"

    def of(self, image: Picture | None, channel: Any = X, **changes: Any) -> tuple[str, str, tuple[str, ...]]:
        article = values.article(image=image, **changes)
        found, warnings = self.pictures.of(article, channel, load(channel.platform).capabilities(channel))
        media, data = found[0] if found else (None, b"")
        return data.decode(), media.alt if media else "", warnings


def test_the_first_that_can_be_had_is_taken_and_nothing_else_is_asked_for() -> None:
    desk = Desk()
    assert desk.of(named("one", "two")) == ("one", "one", ())
    assert (desk.asked, desk.pages, desk.cards) == (["one"], 0, 0)


@pytest.mark.parametrize("how", ["damaged", "unreachable"])
def test_one_bad_picture_never_stops_the_news(how: str) -> None:
    desk = Desk("one", how)
    data, _, warnings = desk.of(named("one", "two"))
    assert data == "two"
    assert len(warnings) == 1
    assert warnings[0].startswith("a picture was left out: ")


def test_where_the_source_has_none_the_page_is_asked() -> None:
    desk = Desk(page=named("of-page"))
    assert desk.of(None)[0] == "of-page"
    assert desk.of(None)[0] == "of-page"
    assert desk.pages == 1  # what was found is kept


def test_what_the_page_names_again_is_not_tried_again() -> None:
    desk = Desk("one", page=named("one", "of-page"))
    assert desk.of(named("one"))[0] == "of-page"
    assert desk.asked == ["one", "of-page"]


def test_no_more_than_so_many_are_tried() -> None:
    desk = Desk("a", "b", "c", "d", "e", page=named("f"))
    assert desk.of(named("a", "b", "c", "d", "e"))[0] == ""
    assert len(desk.asked) == TRIES


@pytest.mark.parametrize("error", [SourceUnreachable("away", source="page"), RuntimeError("bug"), OSError()])
def test_a_page_that_fails_is_a_warning(error: Exception) -> None:
    data, _, warnings = Desk(page=error).of(None)
    assert data == ""
    assert any("its page could not be asked" in warning for warning in warnings)


def test_without_any_a_card_is_drawn_where_the_channel_wants_one() -> None:
    """Alt text of a card is the title."""
    desk = Desk("one")
    data, alt, warnings = desk.of(named("one"), YOUTUBE, title="The vote")
    assert (data, alt) == ("card", "The vote")
    assert warnings[-1] == "a teaser card was drawn instead"
    assert desk.of(named("one"), X)[0] == ""
    assert desk.cards == 1


@pytest.mark.parametrize("error", [ValueError("no font here has X"), SourceHostile("hostile", source="teaser card")])
def test_a_card_that_cannot_be_drawn_says_why_and_stops_nothing(error: Exception) -> None:
    data, _, warnings = Desk(card=error).of(None, YOUTUBE)
    assert data == ""
    assert warnings[-1].startswith("no teaser card was drawn: ")
    assert str(error) in warnings[-1]


@pytest.mark.parametrize("image", ["card", "none"])
def test_channels_that_attach_nothing_fetch_nothing(image: str) -> None:
    desk = Desk(page=named("of-page"))
    assert desk.of(named("one"), values.channel(image=image)) == ("", "", ())
    assert (desk.asked, desk.pages, desk.cards) == ([], 0, 0)


def test_words_alone_are_composed_without_fetching_anything(tmp_path: Any) -> None:
    """Whether an edit changed a frozen post is asked of its words: no server is bothered, no card drawn."""
    from jinja2 import DictLoader

    from syndicator.core.teaser import Templates
    from syndicator.service.compose import Composer

    desk = Desk()
    templates = Templates(DictLoader({"youtube.j2": "{{ article.title }}\n{{ link }}"}))
    made = Composer(
        templates=templates, site="News", fetch=desk.fetch, prepare=desk.prepare, look=desk.look, draw=desk.draw
    )
    whole = made.compose(values.article(), channel=YOUTUBE, marker="m1")
    assert desk.asked == ["harbour"]
    words = made.words(values.article(), channel=YOUTUBE, marker="m1")
    assert desk.asked == ["harbour"]
    assert words.composed.teaser.text == whole.composed.teaser.text
    assert words.pictures == {}
    made.words(values.article(image=None), channel=YOUTUBE, marker="m1")
    assert (desk.pages, desk.cards) == (0, 0)


def drawing(size: tuple[int, int]) -> Callable[[Article], bytes]:
    from tests.sources.test_images import photo

    return lambda _: photo(*size)


def test_youtube_posts_get_a_square_whether_a_person_posts_them_or_the_pilot() -> None:
    from syndicator.model import Brand
    from syndicator.sources import _child, card
    from syndicator.sources.images import prepare

    made = Pictures(
        fetch=drawing((900, 600)),
        prepare=lambda data, capabilities, alt: prepare(data, capabilities=capabilities, alt=alt),
        draw=lambda article, capabilities: card.draw_apart(article, Brand(name="News"), capabilities=capabilities),
    )
    for driver in ("handoff", "api"):
        channel = values.channel(
            "y", "youtube", image="attach", image_fallback="card", options={"channel_id": "UC1", "driver": driver}
        )
        capabilities = load("youtube").capabilities(channel)
        for article in (values.article(), values.article(image=None)):
            found, _ = made.of(article, channel, capabilities)
            ((media, data),) = found
            assert media.width == media.height
            assert media.mime == "image/jpeg"
            assert data.startswith(b"\xff\xd8\xff")
            assert media.alt
    _child.close()
