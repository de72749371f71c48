"""Which picture an article shows and what it is called: a table of what newsrooms' feeds and pages name."""

import pytest

from syndicator.core import pictures
from syndicator.core.pictures import Named, alt_text, chosen, each, no_picture
from syndicator.model import Picture

HALL = "https://news.example/media/hall.jpg"


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("https://pixel.wp.com/b.gif?host=news.example", "counter"),
        ("https://feeds.feedburner.com/~r/news/~4/abc", "counter"),
        ("https://secure.gravatar.com/avatar/24e7eca6?s=96", "counter"),
        ("https://news.example/users/avatars/ann.jpg", "counter"),
        ("https://s.w.org/images/core/emoji/72x72/1f62c.png", "counter"),
        ("https://news.example/assets/logo.png", "logo"),
        ("https://news.example/site-logo_600x60.png", "logo"),
        ("https://news.example/img/placeholder.jpg", "logo"),
        ("https://news.example/1x1.gif", "logo"),
        ("https://news.example/share-small.png", "logo"),
        ("https://news.example/hall.svg", "no picture"),
        ("https://news.example/film.mp4", "no picture"),
        ("https://news.example/a-40x30.jpg", "tiny"),
        ("https://news.example/a.jpg?w=16", "tiny"),
        ("https://news.example/line-900x60.png", "shape"),
        ("data:image/png;base64,AAAA", "no address"),
        ("https://[broken/", "no address"),
    ],
)
def test_what_is_no_news_picture_is_left_out(url: str, why: str) -> None:
    assert why in no_picture(Named(url))
    assert chosen([Named(url), Named(HALL)]) == Picture(url=HALL)
    assert chosen([Named(url)]) is None


@pytest.mark.parametrize(
    "url",
    [
        HALL,
        "https://news.example/eu-unveils-new-logo-in-brussels.jpg",
        "https://news.example/a-1024x683.jpg",
        "https://news.example/image.php",
        "https://cdn.example/resize?url=hall&w=1200",
        "https://news.example/photo/default/2026/hall.webp",
    ],
)
def test_a_news_picture_is_one_whatever_it_is_called(url: str) -> None:
    if url.endswith(".php"):  # an address that says nothing of pictures is no picture for certain
        assert no_picture(Named(url))
    else:
        assert no_picture(Named(url)) == ""


def test_among_equals_the_order_of_the_source_stands() -> None:
    named = [Named(f"https://news.example/{name}.jpg") for name in ("feed", "og", "ld", "text")]
    found = chosen(named)
    assert [picture.url for picture in each(found)] == [one.url for one in named]


def test_small_or_oddly_shaped_or_ornamental_comes_last() -> None:
    small = Named("https://news.example/a.jpg", width=150, height=150)
    long = Named("https://news.example/b.jpg", width=1200, height=300)
    badge = Named("https://news.example/badge-of-honour.jpg")
    found = chosen([small, long, badge, Named(HALL)])
    assert [picture.url for picture in each(found)][:2] == [HALL, badge.url]
    assert chosen([small]) == Picture(url=small.url)  # better than none


def test_one_picture_in_two_sizes_is_one_and_the_large_one_is_taken() -> None:
    thumb = Named("https://news.example/hall-150x150.jpg", "The hall")
    found = chosen([thumb, Named("https://news.example/hall.jpg?ssl=1&w=1200")])
    assert found == Picture(url="https://news.example/hall.jpg?ssl=1&w=1200", alt="The hall")
    assert found is not None
    assert found.others == ()
    two = chosen([Named("https://news.example/i?id=1"), Named("https://news.example/i?id=2")])
    assert two is not None
    assert len(two.others) == 1


def test_so_many_are_kept_and_no_more() -> None:
    found = chosen(Named(f"https://news.example/{n}.jpg") for n in range(20))
    assert len(list(each(found))) == pictures.MOST
    assert list(each(None)) == []


def test_other_runners_up_are_no_other_picture() -> None:
    """F06: an upgrade that knows more of them must not look like an edit of every article."""
    assert Picture(url=HALL, others=(Picture(url="https://news.example/b.jpg"),)) == Picture(url=HALL)


@pytest.mark.parametrize(
    ("alt", "words"),
    [
        ("Ministers at a table in Brussels", "Ministers at a table in Brussels"),
        ("", "The vote"), ("  ", "The vote"), ("IMG_2034.jpg", "The vote"), ("hall-final-2.JPEG", "The vote"),
        ("DSC 0042", "The vote"), ("image", "The vote"), ("Featured image", "The vote"), ("Foto", "The vote"),
        ("20261122-1042", "The vote"), ("x", "The vote"), ("a1b2c3d4e5f6a7b8", "The vote"),
        ("Photo of the hall", "Photo of the hall"), ("Élysée", "Élysée"), ("部长们在布鲁塞尔", "部长们在布鲁塞尔"),
        ("\u202eevil\u202c text", "evil text"), ("two\nlines", "two lines"),
    ],
)  # fmt: skip
def test_the_alternative_text_is_the_sources_or_the_title(alt: str, words: str) -> None:
    assert alt_text(Picture(url=HALL, alt=alt), title="The vote", limit=100) == words


def test_the_alternative_text_is_cut_after_a_sentence_or_at_a_word() -> None:
    picture = Picture(url=HALL, alt="Dr. Ann Bell opens the dam. Behind her stand three ministers and a band.")
    assert alt_text(picture, title="", limit=60) == "Dr. Ann Bell opens the dam."
    assert alt_text(picture, title="", limit=20) == "Dr. Ann Bell opens…"
    long = Picture(url=HALL, alt="No. " + "word " * 60)
    assert alt_text(long, title="", limit=100).endswith("word…")
    assert len(alt_text(long, title="", limit=100)) <= 100
