"""One page, one canonical address; the published link keeps what the site needs and X sees all of it as a link."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syndicator.core.links import canonical, marker_in, tagged
from syndicator.core.text import urls_in

MARKER = "abcdefghij234"

SAME = [
    "https://example.com/2026/story-1",
    "http://example.com/2026/story-1",
    "https://www.example.com/2026/story-1/",
    "HTTPS://WWW.Example.COM:443/2026/story-1#comments",
    "http://example.com:80/2026/story-1",
    "https://m.example.com/2026/story-1",
    "https://amp.example.com/2026/story-1",
    "https://www.m.example.com/2026/story-1",
    "https://example.com/2026/story-1/amp/",
    "https://example.com/2026/story-1?amp=1",
    "https://example.com/2026/story-1?utm_source=rss&utm_medium=feed",
    "https://example.com/2026/story-1?fbclid=abc&at_medium=RSS&at_campaign=KARANGA",
    "https://example.com/2026/story-1;jsessionid=0A1B?PHPSESSID=1",
    "https://example.com/2026/./x/../story-1",
    "https://example.com/2026/st%6Fry-1",
    "https://example.com./2026/story-1?",
    "  https://example.com/2026/story-1 ",
]


@pytest.mark.parametrize("url", SAME)
def test_spellings_of_one_page(url: str) -> None:
    assert canonical(url) == SAME[0]


@pytest.mark.parametrize(
    ("url", "wanted"),
    [
        ("https://example.com/?p=123&utm_source=x", "https://example.com?p=123"),
        ("https://example.com/?b=2&a=1", "https://example.com?b=2&a=1"),
        ("https://bücher.de/ä?q=ü", "https://xn--bcher-kva.de/%C3%A4?q=%C3%BC"),
        ("https://example.com/a%2fb", "https://example.com/a%2Fb"),
        ("https://example.com/خبر", "https://example.com/%D8%AE%D8%A8%D8%B1"),
        ("https://example.com/#!/story/1", "https://example.com#!/story/1"),
        ("https://example.com:8080/x", "https://example.com:8080/x"),
        ("http://[::1]:8000/x", "https://[::1]:8000/x"),
        ("https://example.com/guitars/amp", "https://example.com/guitars/amp"),
        ("https://example.com/a b", "https://example.com/a%20b"),
        ("https://example.com/100%", "https://example.com/100%25"),
        ("https://example.com/Story", "https://example.com/Story"),
        ("https://example.com/x?ref=1&source=2&id=3", "https://example.com/x?ref=1&source=2&id=3"),
    ],
)
def test_canonical(url: str, wanted: str) -> None:
    assert canonical(url) == wanted
    assert canonical(wanted) == wanted


@pytest.mark.parametrize(
    "url",
    [
        "", "javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "//host/x", "/x", "mailto:a@b.c", "ftp://a.b/c",
        "http:///x", "https://user:pw@example.com/", "http://a.example\\@127.0.0.1/", "https://exa mple.com/", "https://e.com/\x00",
        "https://e.com/a\nb", "http://[::1/", "http://e.com:99999/", "https://e.com/" + "a" * 4096, "https://exa%6Dple.com/",
        "https://\u202eevil.com/", "not a url",
    ],
)  # fmt: skip
def test_what_is_no_web_address(url: str) -> None:
    for function in (canonical, lambda each: tagged(each, marker=MARKER, utm={})):
        with pytest.raises(ValueError):
            function(url)


def test_tagged_keeps_what_the_site_needs() -> None:
    utm = {"utm_source": "twitter", "utm_medium": "social"}
    ours = f"utm_source=twitter&utm_medium=social&utm_content={MARKER}"
    assert tagged("http://www.e.com/x/?p=1#top", marker=MARKER, utm=utm) == f"http://www.e.com/x/?p=1&{ours}#top"
    assert tagged("https://e.com?utm_source=rss&a=%e4&fbclid=1", marker=MARKER, utm=utm) == (
        f"https://e.com/?a=%E4&fbclid=1&{ours}"
    )
    assert tagged("https://e.com/x", marker=MARKER, utm={"utm_content": "theirs", "utm_campaign": "été & co"}) == (
        f"https://e.com/x?utm_content={MARKER}&utm_campaign=%C3%A9t%C3%A9%20%26%20co"
    )


def test_marker_is_found_in_every_wrapping() -> None:
    link = tagged("https://e.com/x", marker=MARKER, utm={})
    assert marker_in(link, MARKER)
    assert marker_in(f"Read {link.replace('&', '&amp;')} now", MARKER)
    assert marker_in(f"https://l.facebook.com/l.php?u=https%3A%2F%2Fe.com%2Fx%3Futm_content%3D{MARKER}%26a%3D1", MARKER)
    assert marker_in(f"utm_content%253D{MARKER}", MARKER)
    assert not marker_in(link + "x", MARKER)
    assert not marker_in(link, MARKER[:-1])
    assert not marker_in(link.replace("utm_content", "xutm_content"), MARKER)
    assert not marker_in(link, "")


segments = st.text(alphabet=st.sampled_from("aZ09-._~!$&'()*+,;=:@%éж日 \"<>[]{}|^`"), max_size=12)
pairs = st.text(alphabet=st.sampled_from("aZ09-._~!$'()*+,;=:@%éж日\"<>[]{}|^`/?"), min_size=1, max_size=10)


@settings(max_examples=800, deadline=None)
@given(path=st.lists(segments, max_size=4), query=st.lists(pairs, max_size=3), fragment=segments)
def test_published_links_are_links_to_their_last_character(path: list[str], query: list[str], fragment: str) -> None:
    url = "https://www.example.com/" + "/".join(path) + ("?" + "&".join(query) if query else "")
    url += f"#{fragment}" if fragment else ""
    link = tagged(url, marker=MARKER, utm={"utm_source": "x"})
    assert link.isascii()
    assert link.isprintable()
    assert marker_in(link, MARKER)
    assert urls_in(f"Title\n{link}\nmore") == [(6, 6 + len(link))]
    assert canonical(canonical(url)) == canonical(url)
    if not any(each.lower().startswith(("utm_", "amp")) for each in query):
        assert canonical(link) == canonical(url)


def test_no_collisions_among_real_shaped_addresses() -> None:
    source = random.Random(7)
    words = ["talks", "fail", "border", "budget", "vote", "amp", "m", "www", "story", "news", "a", "index.html"]
    urls = set()
    while len(urls) < 20_000:
        slug = "-".join(source.choices(words, k=source.randint(1, 5)))
        shape = source.choice(
            ["/{d}/{s}-{n}", "/{s}/{n}", "/?p={n}&x={s}", "/{s}.html?id={n}", "/{s}/{n}/print", "/{n}#!{s}"]
        )
        urls.add("https://example.com" + shape.format(d="2026/11", s=slug, n=source.randint(1, 10**6)))
    assert len({canonical(url) for url in urls}) == len(urls)
