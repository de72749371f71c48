from collections.abc import Callable

import pytest

from syndicator.sources import Reading, _plain

from .conftest import item, rss

Read = Callable[..., Reading]


@pytest.mark.parametrize(
    ("written", "title"),
    [
        ("AT&amp;T", "AT&T"), ("AT&amp;amp;T", "AT&T"), ("<![CDATA[AT&amp;T]]>", "AT&T"),
        ("<![CDATA[AT&T]]>", "AT&T"),
        ("AT&T & Orange", "AT&T & Orange"), ("L&eacute;gislatives", "Législatives"), ("&amp;amp;lt;", "&lt;"),
        ("&lt;b&gt;Bold&lt;/b&gt; move", "Bold move"), ("The &lt;b&gt; tag", "The <b> tag"),
        ("x&lt;y and y&gt;z", "x<y and y>z"),
        ("1 &lt; 2", "1 < 2"), ("<b>Open</b> markup", "Open markup"), ("  two\n  lines ", "two lines"),
        ("{{ 7*7 }} {% raw %}", "{{ 7*7 }} {% raw %}"), ("a&#160;b", "a\u00a0b"), ("&#xD800;x", "x"),
        ("&#x110000;x", "x"),
        ("<![CDATA[<script>alert(1)</script>Hi]]>", "Hi"), ("<![CDATA[a&nbsp;&nbsp;b]]>", "a b"),
        ("Ã©lection â€“ vote", "élection – vote"),
        ("Die <![CDATA[<i>Wahl</i>]]> heute", "Die Wahl heute"), ("👨‍👩‍👧 family", "👨‍👩‍👧 family"),
        ("مرحبا", "مرحبا"), ("", ""),
    ],
)  # fmt: skip
def test_titles_are_decoded_exactly_once(reading: Read, written: str, title: str) -> None:
    assert [entry.title for entry in reading(rss(item(written))).entries] == [title]


@pytest.mark.parametrize(
    ("kind", "written", "title"),
    [
        ("text", "AT&amp;amp;T", "AT&amp;T"), ("text", "&lt;b&gt;", "<b>"), ("html", "AT&amp;amp;T", "AT&T"),
        ("html", "&lt;b&gt;B&lt;/b&gt;", "B"), ("html", "&amp;lt;b&amp;gt;", "<b>"),
        ("xhtml", '<div xmlns="http://www.w3.org/1999/xhtml">A <b>b</b> &lt; c</div>', "A b < c"),
    ],
)  # fmt: skip
def test_atom_titles_are_decoded_by_their_type(reading: Read, kind: str, written: str, title: str) -> None:
    entry = f'<entry><id>1</id><link href="https://e.example/1"/><title type="{kind}">{written}</title></entry>'
    atom = f'<feed xmlns="http://www.w3.org/2005/Atom"><title>T</title>{entry}</feed>'
    assert [found.title for found in reading(atom).entries] == [title]


def test_paragraphs_stay_lines(reading: Read) -> None:
    text = "<p>First\nparagraph.</p>\n<p>Read also: <a href='/x'>this</a></p><ul><li>one<li>two</ul>The post <b>X</b>"
    (entry,) = reading(rss(item(rest=f"<description><![CDATA[{text}]]></description>"))).entries
    assert entry.summary.splitlines() == ["First paragraph.", "Read also: this", "one", "two", "The post X"]


@pytest.mark.parametrize(
    "beside",
    [
        "<figure><img src='/a.jpg'><figcaption>The harbour. Photo: Ann</figcaption></figure>",
        "<p class='wp-caption-text'>The harbour at night</p>", '<div class="image-caption">The harbour at night</div>',
        "<nav>Home | News</nav>", "<aside>Read also: Bees</aside>", "<form><button>Subscribe</button></form>",
        "<video src='/v.mp4'>Your browser is too old.</video>", "<table><caption>Ships by year</caption></table>",
    ],
)  # fmt: skip
def test_what_stands_beside_the_text_is_no_text(reading: Read, beside: str) -> None:
    content = f"<description><![CDATA[{beside}<p>The ferries run again.</p>]]></description>"
    (entry,) = reading(rss(item(rest=content))).entries
    assert entry.summary == "The ferries run again."


@pytest.mark.parametrize("useless", ["Read more »", "A vote", "[…]", "Continue reading", "Photo: Ann Lee"])
def test_a_description_that_says_nothing_gives_way_to_the_content(reading: Read, useless: str) -> None:
    rest = f"<description>{useless}</description><content:encoded><![CDATA[<p>The ferries run.</p>]]></content:encoded>"
    assert [entry.summary for entry in reading(rss(item(rest=rest))).entries] == ["The ferries run."]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("isnâ€™t", "isn’t"), ("â€œyesâ€", "“yes”"), ("In 2026 cafÃ© naÃ¯ve", "In 2026 café naïve"),
        ("Ð’ Ð¼Ð¾ÑÐº", "В моск"), ("logÃ­stica", "logística"), ("logÃstica y rÃ©cord", "logística y récord"),
        ("“La Roma Ã¨ forte”", "“La Roma è forte”"), ("„FPÖ“ und „SPÖ“", "„FPÖ“ und „SPÖ“"), ("Ein „Ö“", "Ein „Ö“"),
        ("São Paulo, ÂNGULO", "São Paulo, ÂNGULO"), ("10 °C – Ö", "10 °C – Ö"),
    ],
)  # fmt: skip
def test_letters_that_were_encoded_twice_are_decoded_and_no_others(written: str, meant: str) -> None:
    assert _plain.repaired(written) == meant


def test_without_a_description_the_content_serves(reading: Read) -> None:
    content = "<content:encoded><![CDATA[<h2>Lead</h2><p>Body</p>]]></content:encoded>"
    (entry,) = reading(rss(item(rest=content))).entries
    assert entry.summary == "Lead\nBody"
    (entry,) = reading(rss(item(rest="<description>Short</description>" + content))).entries
    assert entry.summary == "Short"


def test_the_title_of_another_vocabulary_is_not_the_title(reading: Read) -> None:
    body = "<media:title>IMG_1.jpg</media:title><media:description>alt</media:description><title>Vote</title>"
    (entry,) = reading(rss(body + "<description>Lead</description><link>https://eutoday.example/a</link>")).entries
    assert (entry.title, entry.summary) == ("Vote", "Lead")


def test_long_texts_are_bounded(reading: Read) -> None:
    (entry,) = reading(rss(item("word " * 5000, rest=f"<description>{'word ' * 50_000}</description>"))).entries
    assert len(entry.title) <= _plain.MAX_TITLE
    assert len(entry.summary) <= _plain.MAX_SUMMARY
    assert entry.title.endswith("word")


@pytest.mark.parametrize(
    ("written", "names"),
    [("a@b.example (Ann Lee)", ("Ann Lee",)), ("Ann &lt;a@b.example&gt;", ("Ann",)), ("a@b.example", ()),
     ("https://b.example/ann", ()), ("&lt;b&gt;Ann&lt;/b&gt;", ("Ann",)), ("  ", ())],
)  # fmt: skip
def test_authors_are_names_never_addresses(reading: Read, written: str, names: tuple[str, ...]) -> None:
    (entry,) = reading(rss(item(rest=f"<author>{written}</author>"))).entries
    assert entry.authors == names


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("https://eutoday.example/a#c", "https://eutoday.example/a#c"), ("/a", "https://eutoday.example/a"),
        ("//eutoday.example/a", "https://eutoday.example/a"), ("?p=1", "https://eutoday.example/feed/?p=1"),
        ("\n https://eutoday.example/a b \n", "https://eutoday.example/a%20b"), ("javascript:alert(1)", ""),
        ("JavaScript&#58;alert(1)", ""), ("data:text/html,x", ""), ("mailto:a@b.example", ""),
        ("file:///etc/passwd", ""),
        ("ftp://a.example/x", ""), ("https://user:pw@a.example/", ""), ("http://a.example\\@b.example/", ""),
        ("http://", ""),
        ("https://eutoday.example/" + "a" * 4096, ""), ("http://[::1", ""), ("java\nscript:alert(1)", ""),
    ],
)  # fmt: skip
def test_only_web_links_are_published(reading: Read, link: str, expected: str) -> None:
    found = reading(rss(item(link=link, rest="<guid>1</guid>")))
    (entry,) = found.entries
    assert entry.url == expected
    assert bool(entry.canonical_url) == bool(expected)
    assert bool(found.warnings) == (not expected)


def test_identity_falls_back(reading: Read) -> None:
    both = reading(rss(item(), "<title>x</title><guid>https://eutoday.example/g</guid>", "<title>nothing</title>"))
    assert [(entry.guid, entry.url) for entry in both.entries] == [
        ("https://eutoday.example/a", "https://eutoday.example/a"),
        ("https://eutoday.example/g", "https://eutoday.example/g"),
    ]
    assert any("skipped" in warning for warning in both.warnings)


def test_one_item_twice_counts_once(reading: Read) -> None:
    guid = "<guid>1</guid>"
    found = reading(rss(item(rest=guid), item(rest=guid), item("Same", rest="<guid>2</guid>")))
    assert [entry.guid for entry in found.entries] == ["1", "2"]


def test_articles_that_share_a_guid_are_kept_apart_by_their_links(reading: Read) -> None:
    guid = "<guid>1</guid>"
    found = reading(rss(*(item(f"News {n}", link=f"/{n}", rest=guid) for n in range(3))))
    assert [entry.guid for entry in found.entries] == [f"https://eutoday.example/{n}" for n in range(3)]


def test_dates(reading: Read) -> None:
    dates = [
        "Sun, 22 Nov 2026 12:00:00 GMT",
        "Mon, 01 Jan 0001 00:00:00 GMT",
        "1795344000",
        "soon",
        "Fri, 31 Dec 9999 00:00:00 GMT",
    ]
    items = [
        item(link=f"/{n}", rest=f"<guid>2026010{n}</guid><pubDate>{date}</pubDate>") for n, date in enumerate(dates)
    ]
    found = reading(rss(*items))
    assert [entry.published_at is not None for entry in found.entries] == [True, False, False, False, False]
    assert "a date cannot be read or is implausible and was ignored (4 times)" in found.warnings
