"""What an item says is read once, in whatever vocabulary, and by the tree alone where the document is well-formed."""

import contextlib
import random
from collections.abc import Callable

import pytest

from syndicator.core.links import canonical
from syndicator.sources import Reading, _hostile, _plain, _tree
from syndicator.sources._elements import Odd
from syndicator.sources._links import absolute

from .conftest import item, rss

Read = Callable[..., Reading]
ATOM = '<feed xmlns="http://www.w3.org/2005/Atom"{}><title>EU Today</title><entry>{}</entry></feed>'
BASE = "https://eutoday.example/feed/"


@pytest.mark.parametrize(
    ("rest", "field", "expected"),
    [
        ("<media:title>Of the picture</media:title>", "title", "News"),
        ("<media:title></media:title>", "title", "News"),
        ("<guid>1</guid><guid>2</guid>", "guid", "1"),
        ("<description></description><description>Lead</description>", "summary", "Lead"),
        ("<description>First</description><description>Second</description>", "summary", "First"),
        ('<atom:content type="text">a &lt;b> c</atom:content>', "summary", "a <b> c"),
        ('<atom:content type="html">a &lt;b>c&lt;/b></atom:content>', "summary", "a c"),
        ("<media:group><media:description>A hall</media:description></media:group>", "summary", "A hall"),
        ("<description>Lead</description><media:description>A hall</media:description>", "summary", "Lead"),
        ("<category>EU</category><dc:subject>Law</dc:subject><itunes:keywords>a, b</itunes:keywords>", "tags",
         ("EU", "Law", "a", "b")),
    ],
)  # fmt: skip
def test_what_vocabularies_say_of_an_item(reading: Read, rest: str, field: str, expected: object) -> None:
    head = '<atom:link rel="self" href="https://eutoday.example/self"/>'
    (entry,) = reading(rss(f"{rest}{head}<title>News</title><link>/a</link>")).entries
    assert getattr(entry, field) == expected
    assert entry.url == "https://eutoday.example/a"


@pytest.mark.parametrize(
    ("attributes", "entry", "url"),
    [
        ("", '<link rel="edit" href="/e"/><link rel="alternate" href="/a"/>', "https://eutoday.example/a"),
        ("", '<link rel="edit" href="/e"/>', "https://eutoday.example/e"),
        (' xml:base="/news/"', '<link href="a"/>', "https://eutoday.example/news/a"),
        (' xml:base="/news/"', '<link xml:base="eu/" href="a"/>', "https://eutoday.example/news/eu/a"),
        (' xml:base="/news/"', '<link href=""/><id>https://eutoday.example/?p=1</id>', "https://eutoday.example/?p=1"),
    ],
)
def test_the_link_of_an_atom_entry(reading: Read, attributes: str, entry: str, url: str) -> None:
    (found,) = reading(ATOM.format(attributes, f"<title>News</title>{entry}")).entries
    assert found.url == url


def test_content_that_stands_elsewhere_says_nothing(reading: Read) -> None:
    entry = '<title>News</title><link href="/a"/><content type="video/mp4" src="/v.mp4"/><summary>Lead</summary>'
    assert reading(ATOM.format("", entry)).entries[0].summary == "Lead"


def test_a_relative_name_under_a_base_is_left_to_feedparser() -> None:
    text = ATOM.format(' xml:base="/news/"', '<id>a</id><link href="https://eutoday.example/a"/>')
    tree = _tree.parse(text)
    assert tree
    with pytest.raises(Odd):
        tree.read(base=BASE)


def test_a_doctype_that_names_a_file_needs_no_other_parser() -> None:
    outside = '<!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN" "http://localhost:9/rss.dtd">'
    tree = _tree.parse(outside + rss(item()).partition("?>")[2])
    assert tree
    assert len(tree.read(base=BASE)) == 1


def test_a_feed_inside_a_page_is_read_whole(reading: Read) -> None:
    inside = ATOM.format("", '<title>News</title><link href="/a"/>')
    found = reading(f'<html xmlns="http://www.w3.org/1999/xhtml"><body>{inside}</body></html>')
    assert ([entry.title for entry in found.entries], found.complete) == (["News"], True)


def test_a_number_that_is_none_costs_no_feed(reading: Read) -> None:
    rest = '<media:content url="/p.jpg" medium="image" width="²"/>'
    rest += '<description>&lt;img src="/q.jpg" width="²"></description>'
    (entry,) = reading(rss(item(rest=rest))).entries
    assert entry.image
    assert entry.image.url == "https://eutoday.example/p.jpg"


def test_a_link_on_which_the_parser_fails_is_no_link() -> None:
    assert absolute("http://[]@", base=BASE) is None


# --- the short ways are the long ways -------------------------------------------------------------------------------

MARKUP = (
    "<p>", "</p>", "<br/>", "<b>", "</b>", "<a href='x>y'>", "</a>", "text ", "&amp;", "&lt;", "&eacute;", "&copy ",
    "&#39;", "<", "> ", '<img alt="a\'b">', "\n", "<li>", "</ul>", "<table>", "<td>", "<script>x</script>",
    "<!-- c -->", "<iframe>", "&nbsp;", "\u00a0", "<h2 class=x>", "</ p>", "<b:x>", "<pre>\n", "&notit;", "  ", "é",
    "<figure>",
    "<figcaption>c</figcaption>", "&amp;lt;b&gt;", "<Br>", '<a b="c>', "<div", '<a b= =">', '<a ="x>">', '"', "=", "/",
)  # fmt: skip
ADDRESSES = (
    "news",
    ".",
    "/",
    "-",
    "2026",
    "?",
    "&",
    "=",
    "utm_source",
    "p",
    "www.",
    "amp",
    ";",
    "..",
    "%41",
    "~",
    "é",
    ":80",
)


def test_ordinary_markup_is_read_as_a_browser_reads_it() -> None:
    chance = random.Random(11)
    shorter = 0
    for _ in range(4000):
        markup = "".join(chance.choices(MARKUP, k=chance.randint(1, 8))).replace("\n", " ")
        short = _plain._without_tags(markup)
        long = _plain._cleaner.clean(_plain._BLOCK.sub(_plain._on_a_new_line, markup))
        shorter += short != long
        assert _plain.lines(_plain._unescape(short)) == _plain.lines(_plain._unescape(long)), markup
    assert shorter > 50  # references stay to be decoded: the short way was taken


def test_an_ordinary_address_is_reduced_as_any_other() -> None:
    chance = random.Random(12)
    for _ in range(4000):
        url = "https://" + chance.choice(("eutoday.example", "www.eutoday.example", "m.eutoday.co.uk"))
        url += chance.choice("/?") + "".join(chance.choices(ADDRESSES, k=chance.randint(0, 9)))
        assert canonical(url) == canonical(f"{url}#top"), url


def _attributes(count: int, value: str) -> str:
    return "<a " + " ".join(f'b{n}="{value}"' for n in range(count)) + "/>"


@pytest.mark.parametrize(
    ("tag", "refused"),
    [(_attributes(200, "x"), False), (_attributes(201, "x"), True), (_attributes(201, ">"), True),
     (f"<!--{'x' * 70_000}-->", True), (f"<?x {'y' * 70_000}?>", True), (f'<a b="{"x" * 70_000}"/>', True),
     (f"<a>{'x' * 70_000}</a>", False), (f"<![CDATA[{'x' * 70_000}]]>", False)],
)  # fmt: skip
def test_f22_long_tags_of_xml_are_found_without_looking_at_every_tag(tag: str, *, refused: bool) -> None:
    text = f"<r>{'<b>short</b>' * 50}{tag}</r>"
    with pytest.raises(ValueError, match=r"attributes|single tag") if refused else contextlib.nullcontext():
        _hostile.refuse_tags(text)
    assert _hostile.may_have_slow_tags(text) is refused
