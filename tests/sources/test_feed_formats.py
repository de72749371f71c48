import json
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from syndicator.model import Picture
from syndicator.sources import Reading

from .conftest import item, rss

Read = Callable[..., Reading]
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)

ATOM = """<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="fr"><title>EU Today</title>
<author><name>Desk</name></author>
<entry><id>tag:eutoday.example,2026:1</id><title type="html">Caf&amp;amp;eacute; &amp;lt;b&amp;gt;</title>
<link rel="self" href="https://eutoday.example/self"/><link rel="enclosure" type="image/png" href="/p.png"/>
<link href="/2026/vote"/><published>2026-11-22T13:00:00+01:00</published><updated>2026-11-22T14:00:00Z</updated>
<author><name>Ann</name></author><author><name>Bob</name></author><category term="eu" label="Europe"/>
<summary type="text">One &lt; two</summary><content type="html">&lt;p&gt;Long&lt;/p&gt;</content></entry>
<entry><id>tag:eutoday.example,2026:2</id><title>Plain &amp;amp; text &lt;b&gt;</title>
<updated>2026-11-22T12:00:00Z</updated>
<link href="https://eutoday.example/2"/></entry></feed>"""


def test_rss_2(reading: Read) -> None:
    rest = """<guid isPermaLink="false">42</guid><pubDate>Sun, 22 Nov 2026 13:00:00 +0100</pubDate>
    <dc:creator>Ann</dc:creator><dc:creator>Bob</dc:creator><author>c@eutoday.example (Cem)</author>
    <category>EU</category><category>eu</category><category><![CDATA[Law & order]]></category>
    <description>&lt;p&gt;First.&lt;/p&gt;&lt;p&gt;Second.&lt;/p&gt;</description>
    <media:content url="/small.jpg" width="100" medium="image"/>
    <media:content url="/big.jpg" width="900" type="image/jpeg">
    <media:description>A hall</media:description></media:content>"""
    found = reading(
        rss(item("AT&amp;amp;T", link="/a?id=1&amp;utm_source=rss", rest=rest), head="<language>en-gb</language>")
    )
    (entry,) = found.entries
    assert found.title == "EU Today"
    assert (found.complete, found.not_modified, found.validators, found.warnings) == (True, False, None, ())
    assert (entry.guid, entry.url) == ("42", "https://eutoday.example/a?id=1&utm_source=rss")
    assert entry.canonical_url == "https://eutoday.example/a?id=1"
    assert (entry.title, entry.summary) == ("AT&T", "First.\nSecond.")
    assert (entry.published_at, entry.updated_at, entry.language) == (NOON, None, "en-GB")
    assert (entry.authors, entry.tags) == (("Ann", "Bob", "Cem"), ("EU", "Law & order"))
    assert entry.image == Picture(url="https://eutoday.example/big.jpg", alt="A hall")


def test_atom(reading: Read) -> None:
    first, second = reading(ATOM).entries
    assert (first.guid, first.url) == ("tag:eutoday.example,2026:1", "https://eutoday.example/2026/vote")
    assert (first.title, first.summary) == (
        "Caf&eacute; &lt;b&gt;".replace("&lt;", "<").replace("&gt;", ">"),
        "One < two",
    )
    assert (first.published_at, first.updated_at) == (NOON, NOON.replace(hour=14))
    assert (first.authors, first.tags, first.language) == (("Ann", "Bob"), ("Europe",), "fr")
    assert first.image == Picture(url="https://eutoday.example/p.png")
    assert (second.title, second.authors, second.published_at) == ("Plain &amp; text <b>", ("Desk",), NOON)


def test_rss_1_and_older(reading: Read) -> None:
    rdf = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
    xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>T</title><dc:language>de</dc:language></channel>
    <item rdf:about="https://eutoday.example/1"><title>Eins</title><link>https://eutoday.example/1</link>
    <dc:date>2026-11-22T12:00:00Z</dc:date><dc:creator>Ann</dc:creator></item></rdf:RDF>"""
    (entry,) = reading(rdf).entries
    assert (entry.guid, entry.title, entry.language, entry.authors) == (
        "https://eutoday.example/1",
        "Eins",
        "de",
        ("Ann",),
    )
    assert (entry.published_at, entry.updated_at) == (NOON, None)
    old = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://my.netscape.com/rdf/simple/0.9/">
    <channel><title>T</title></channel><item><title>Old</title><link>https://eutoday.example/0</link></item></rdf:RDF>"""
    assert [entry.title for entry in reading(old).entries] == ["Old"]
    plain = '<!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN" "http://my.netscape.com/rss.dtd">'
    assert len(reading(plain + rss(item("L&eacute;gislatives")).partition("?>")[2]).entries) == 1


def test_json_feed(reading: Read) -> None:
    entries = [
        {"id": 7, "url": "/7", "title": "A <b> & B",
        "content_html": "<p>x &amp; y</p><img src='/i.jpg' alt='Hall'>",
         "date_published": "2026-11-22T12:00:00Z", "authors": [{"name": "Ann"}], "tags": ["EU", 3, "eu"]},
        {"id": "8", "content_text": "a < b", "attachments": [{"mime_type": "image/png", "url": "/8.png"}]},
        "noise", {"id": None}, {"id": True, "url": "javascript:alert(1)"},
    ]  # fmt: skip
    feed = {"version": "https://jsonfeed.org/version/1.1", "title": "EU", "language": "en", "items": entries,
            "author": {"name": "Desk"}}  # fmt: skip
    found = reading(json.dumps(feed), content_type="application/feed+json")
    first, second = found.entries
    assert (first.guid, first.url, first.title, first.summary) == (
        "7",
        "https://eutoday.example/7",
        "A <b> & B",
        "x & y",
    )
    assert (first.published_at, first.authors, first.tags, first.language) == (NOON, ("Ann",), ("EU",), "en")
    assert first.image == Picture(url="https://eutoday.example/i.jpg", alt="Hall")
    assert (second.url, second.summary, second.authors) == ("", "a < b", ("Desk",))
    assert second.image == Picture(url="https://eutoday.example/8.png")
    assert any("neither a usable link nor a guid" in warning for warning in found.warnings)


def test_a_feed_without_items_is_no_error(reading: Read) -> None:
    assert reading(rss()).entries == ()
    assert reading('{"version":"https://jsonfeed.org/version/1","items":[]}').entries == ()


def test_the_source_decides_the_language(reading: Read) -> None:
    (entry,) = reading(rss(item(), head="<language>en</language>"), language="fr").entries
    assert entry.language == "fr"


def test_an_itemwide_language_goes_before_the_feeds(reading: Read) -> None:
    (entry,) = reading(rss(item(rest="<dc:language>nl</dc:language>"), head="<language>en</language>")).entries
    assert entry.language == "nl"


@pytest.mark.parametrize(
    ("rest", "expected"),
    [
        ('<enclosure url="/e.jpg" type="image/jpeg" length="1"/>', "e.jpg"),
        ('<enclosure url="/e.mp3" type="audio/mpeg" length="1"/>', None),
        ('<itunes:image href="/i.jpg"/>', "i.jpg"),
        ('<media:thumbnail url="/t.jpg"/>', "t.jpg"),
        ('<media:group><media:content url="/g.jpg" medium="image"/></media:group><media:thumbnail url="/t.jpg"/>',
        "g.jpg"),
        ('<media:content url="/v.mp4" type="video/mp4"/><media:thumbnail url="/t.jpg"/>', "t.jpg"),
        ("<description>&lt;img src='/d.jpg?a=1&amp;amp;b=2'&gt;</description>", "d.jpg?a=1&b=2"),
        ("<description><![CDATA[<img src=/px.gif width=1 height=1><img src='/c.jpg'>]]></description>", "c.jpg"),
        ('<media:content url="javascript:x" medium="image"/>', None),
    ],
)  # fmt: skip
def test_where_pictures_are_found(reading: Read, rest: str, expected: str | None) -> None:
    (entry,) = reading(rss(item(rest=rest))).entries
    assert (entry.image.url if entry.image else None) == (expected and f"https://eutoday.example/{expected}")


def test_alternative_text_is_taken_from_the_same_picture_in_the_text(reading: Read) -> None:
    rest = """<enclosure url="/e.jpg" type="image/jpeg"/>
    <content:encoded><![CDATA[<img src="/x.jpg" alt="Other"><img src="/e.jpg?w=300" alt="The &quot;hall&quot;">]]>
    </content:encoded>"""
    (entry,) = reading(rss(item(rest=rest))).entries
    assert entry.image == Picture(url="https://eutoday.example/e.jpg", alt='The "hall"')


def test_feedburners_own_links_are_replaced_by_the_articles(reading: Read) -> None:
    spaces = 'xmlns:feedburner="http://rssnamespace.org/feedburner/ext/1.0"'
    original = f"<feedburner:origLink {spaces}>https://eutoday.example/real</feedburner:origLink>"
    (entry,) = reading(rss(item(link="https://feeds.example/~r/x", rest=original))).entries
    assert entry.url == "https://eutoday.example/real"


def test_relative_links_follow_xml_base(reading: Read) -> None:
    atom = """<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://base.example/x/"><title>T</title>
    <entry><id>1</id><title>A</title><link href="a"/>
    <content type="html" xml:base="https://pics.example/">&lt;img src="p.jpg"&gt;</content>
    </entry></feed>"""
    (entry,) = reading(atom).entries
    assert entry.url == "https://base.example/x/a"


@pytest.mark.parametrize("title", ["A", '<div xmlns="http://www.w3.org/1999/xhtml">A</div>'])
def test_pictures_follow_the_base_of_their_text(reading: Read, title: str) -> None:
    kind = "xhtml" if title.startswith("<") else "text"
    atom = f"""<feed xmlns="http://www.w3.org/2005/Atom"><title>T</title><entry><id>1</id>
    <title type="{kind}">{title}</title><link href="https://eutoday.example/a"/>
    <content type="html" xml:base="https://pics.example/x/">&lt;img src="p.jpg"&gt;</content></entry></feed>"""
    (entry,) = reading(atom).entries
    assert (entry.title, entry.image) == ("A", Picture(url="https://pics.example/x/p.jpg"))


@pytest.mark.parametrize("where", ["feed", "entry", "content"])
def test_a_base_of_the_document_is_that_of_its_pictures_and_changes_no_name(reading: Read, where: str) -> None:
    base = {place: 'xml:base="/in/"' if place == where else "" for place in ("feed", "entry", "content")}
    found = reading(f"""<feed xmlns="http://www.w3.org/2005/Atom" {base["feed"]}><title>a</title><entry {base["entry"]}>
    <id>tag:a,1</id><title>b</title><link href="https://eutoday.example/b"/>
    <content type="html" {base["content"]}>&lt;p&gt;c&lt;img src="p.jpg"&gt;&lt;/p&gt;</content></entry></feed>""")
    (entry,) = found.entries
    assert (entry.guid, entry.url, entry.summary) == ("tag:a,1", "https://eutoday.example/b", "c")
    assert entry.image == Picture(url="https://eutoday.example/in/p.jpg")


def test_an_atom_text_that_is_markup_itself(reading: Read) -> None:
    found = reading("""<feed xmlns="http://www.w3.org/2005/Atom"><title>a</title><entry><id>tag:a,1</id>
    <title type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">Less &lt; <em>more</em> &amp;amp; so</div></title>
    <link href="https://eutoday.example/b"/><content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">
    <p>One.</p><p>Two<br/>lines.</p><img src="/p.jpg" alt="A hall"/></div></content></entry></feed>""")
    (entry,) = found.entries
    assert (entry.title, entry.summary) == ("Less < more &amp; so", "One.\nTwo\nlines.")
    assert entry.image == Picture(url="https://eutoday.example/p.jpg", alt="A hall")
