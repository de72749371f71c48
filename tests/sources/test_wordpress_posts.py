"""What real WordPress sites answer beyond the sandbox: odd posts, hidden parts, other documents."""

import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from syndicator.errors import SourceInvalid
from syndicator.model import Source
from syndicator.sources import _posts, _restapi, wordpress
from syndicator.sources._reading import Reading

from .reads import run
from .site import Site


@pytest.mark.parametrize(
    ("body", "message"),
    [("{}", "JSON of another kind"), ("[1]", "JSON of another kind"), ('[{"id": 1}]', "JSON of another kind"),
     ('{"version": "https://jsonfeed.org/version/1.1", "items": []}', 'a JSON Feed, not WordPress.*use kind = "feed"'),
     ("<rss version='2.0'><channel/></rss>", 'a feed, not WordPress posts; use kind = "feed"'),
     ("<html><title>Log in</title></html>", "an HTML page"), ("", "empty"), ("nothing", "neither XML nor JSON"),
     ('[{"id": 1, "title": {"rendered": "x', "damaged or cut off"), ("[" * 200_000, "nested too deeply"),
     ('[{"id": true, "title": {}}]', "WordPress")],
)  # fmt: skip
def test_what_is_not_wordpress_is_said(body: str, message: str) -> None:
    source = Source(name="n", kind="wordpress", url="https://eutoday.example/")
    with pytest.raises(SourceInvalid, match=message):
        wordpress.parse(body.encode(), url=source.url, content_type="", source=source)


def post(number: int, **fields: Any) -> dict[str, Any]:
    return {
        "id": number,
        "date_gmt": "2026-11-22T10:00:00",
        "modified_gmt": "2026-11-22T10:00:00",
        "guid": {"rendered": f"https://eutoday.example/?post_type=news&#038;p={number}"},
        "link": f"https://eutoday.example/{number}/",
        "status": "publish",
        "title": {"rendered": f"Post {number}"},
        "excerpt": {"rendered": "<p>Lead [&hellip;]</p>\n", "protected": False},
        **fields,
    }


def script(site: Site, posts: list[dict[str, Any]]) -> None:
    """Serve ``posts`` at whatever page of results is asked for first."""
    body = json.dumps(posts).encode()
    for size in (wordpress.FIRST_SIZE, wordpress.SIZE):
        for order in ("date", "modified"):
            url = _restapi.results(f"{site.url}/wp-json/wp/v2/posts", order=order, size=size)
            site.page(url.removeprefix(site.url), body)


def parsed(**fields: Any) -> Reading:
    source = Source(name="n", kind="wordpress", url="https://eutoday.example/")
    body = json.dumps([post(1, **fields)]).encode()
    return wordpress.parse(body, url="https://eutoday.example/wp-json/wp/v2/posts", content_type="", source=source)


def test_a_guid_is_decoded_as_the_feed_decodes_it() -> None:
    assert parsed().entries[0].guid == "https://eutoday.example/?post_type=news&p=1"


@pytest.mark.parametrize(
    ("title", "text"),
    [("EU &amp; you", "EU & you"), ("&#8220;No&#8221;, she said", "“No”, she said"),
     ("The <em>new</em> rules", "The new rules"),
     ("The &lt;b&gt; tag", "The <b> tag"), ("x<y", "x<y"), ("Line\nbreak", "Line break"), ("", "")],
)  # fmt: skip
def test_titles(title: str, text: str) -> None:
    assert parsed(title={"rendered": title}).entries[0].title == text


ERROR = {"code": "rest_forbidden", "message": "Sorry, you are not allowed to do that.", "data": {"status": 401}}


@pytest.mark.parametrize(
    "embedded",
    [None, [], {}, {"author": [ERROR], "wp:term": [[ERROR]], "wp:featuredmedia": [ERROR]}, {"author": "x"},
     {"wp:term": {"0": []}, "wp:featuredmedia": False, "author": [None, 3, {"name": 4}]}],
)  # fmt: skip
def test_what_plug_ins_hide_is_left_out(embedded: Any) -> None:
    entry = parsed(_embedded=embedded).entries[0]
    assert (entry.authors, entry.tags, entry.image) == ((), (), None)


def media(**fields: Any) -> dict[str, Any]:
    return {
        "wp:featuredmedia": [
            {"source_url": "https://eutoday.example/a.jpg", "alt_text": "A hall", "media_type": "image", **fields}
        ]
    }


@pytest.mark.parametrize(
    ("details", "wanted"),
    [({"width": 1200}, "a.jpg"),
     ({"width": 6000, "sizes": {"large": {"source_url": "https://eutoday.example/l.jpg", "width": 1024},
      "2048x2048": {"source_url": "https://eutoday.example/2.jpg", "width": "2048"}}}, "2.jpg"),
     ({"width": 800, "sizes": {"medium": {"source_url": "https://eutoday.example/m.jpg", "width": 300}}}, "a.jpg"),
     ({"sizes": []}, "a.jpg"), ({"sizes": {"x": None}, "width": None}, "a.jpg"), (False, "a.jpg"), ([], "a.jpg")],
)  # fmt: skip
def test_the_largest_sensible_picture(details: Any, wanted: str) -> None:
    image = parsed(_embedded=media(media_details=details)).entries[0].image
    assert image
    assert (image.url, image.alt) == (f"https://eutoday.example/{wanted}", "A hall")


def test_a_video_is_no_picture_and_jetpacks_is_one() -> None:
    assert parsed(_embedded=media(media_type="file")).entries[0].image is None
    image = parsed(jetpack_featured_media_url="https://eutoday.example/j.jpg").entries[0].image
    assert image
    assert image.url == "https://eutoday.example/j.jpg"


def test_dates_languages_and_lists_that_are_odd() -> None:
    entry = parsed(date_gmt="0000-00-00T00:00:00", lang="fr_FR").entries[0]
    assert (entry.language, entry.published_at) == ("fr-FR", datetime(2026, 11, 22, 10, tzinfo=UTC))
    assert parsed(date_gmt=None, modified_gmt=None).entries[0].published_at is None
    assert parsed(status="private").gone == ("https://eutoday.example/?post_type=news&p=1",)
    assert parsed(link="javascript:alert(1)", guid={"rendered": "x"}).entries[0].url == ""


def test_a_site_that_numbers_no_pages(site: Site) -> None:
    """Without X-WP-Total: nothing is known of the count, and a short page is the last one."""
    site.page("/", f"<link rel='https://api.w.org/' href='{site.url}/wp-json/'>".encode())
    script(site, [post(1), post(2)])
    source = Source(name="n", kind="wordpress", url=site.url + "/", allow_private=True)
    first = run(source)
    assert len(first.entries) == 2
    script(site, [post(2), post(3, date_gmt="2026-11-22T09:00:00")])
    check = _restapi.check(f"{site.url}/wp-json/wp/v2/posts", [1])
    site.page(check.removeprefix(site.url), b"[]")
    assert run(source, first.validators).gone == ("https://eutoday.example/?post_type=news&p=1",)


def test_addresses() -> None:
    assert _restapi.collection("https://a.example/wp-json/wp/v2/posts?categories=3&per_page=9&_embed") == (
        "https://a.example/wp-json/wp/v2/posts?categories=3"
    )
    assert _restapi.collection("https://a.example/feed/") is None
    assert _restapi.below("https://a.example/api/", kind="news") == "https://a.example/api/wp/v2/news"
    url = _restapi.check("https://a.example/?rest_route=/wp/v2/posts&categories=3", [1, 2])
    assert parse_qs(urlsplit(url).query) == {
        "rest_route": ["/wp/v2/posts"], "include": ["1,2"], "per_page": ["100"], "_fields": ["id,status"]
    }  # fmt: skip
    assert _posts.refusal(b'{"code": "rest_forbidden"}') == "rest_forbidden"
    assert [_posts.refusal(body) for body in (b"", b"[]", b'{"code": 3}', b'{"code": "<script>"}')] == [""] * 4


def test_the_link_element_serves_where_the_header_is_missing(site: Site) -> None:
    api = f"{site.url}/wp-json/"
    site.page("/", f"<html><link rel='https://api.w.org/' href='{api}' /><title>Blog</title></html>".encode())
    script(site, [post(1)])
    found = run(Source(name="n", kind="wordpress", url=site.url + "/", allow_private=True))
    assert ([entry.title for entry in found.entries], found.title) == (["Post 1"], "Blog")
