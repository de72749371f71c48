import contextlib
import random
import time
from collections.abc import Callable

import pytest

from syndicator.errors import SourceError, SourceInvalid
from syndicator.sources import Reading

from .conftest import item, rss
from .site import Site

Read = Callable[..., Reading]
SUBSETS = [
    '<!DOCTYPE rss [<!ENTITY a "b">]>', '<!DOCTYPE rss SYSTEM "x.dtd" [ ]>',
    '<!-- <a --><!DOCTYPE rss\n[<!ELEMENT a ANY>]>',
    '<?pi ?><!doctype rss [', '<!ENTITY a "b">', '<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
]  # fmt: skip
BOMBS = {
    "attributes": rss("<title " + " ".join(f'a{n}="x"' for n in range(200_000)) + ">x</title>"),
    "attributes with >": rss("<title " + " ".join(f'a{n}=">"' for n in range(4_000)) + ">x</title>"),
    "unclosed attributes": rss("<title " + " ".join(f"a{n}=x" for n in range(4_000))),
    "author": rss(item(rest="<author>" + "a" * 32_000 + "</author>")),
    "author in CDATA": rss(item(rest="<dc:creator><![CDATA[" + "a.b@" * 8_000 + "]]></dc:creator>")),
    "atom author": '<feed xmlns="http://www.w3.org/2005/Atom"><entry><author><name>' + "x" * 9000 + "</name></author>",
    "comment": rss("<!--" + "x" * 5_000_000 + "-->"),
    "instruction": rss("<?x " + "y" * 5_000_000 + "?>"),
    "one long tag": rss('<title a="' + "x" * 5_000_000 + '">'),
}


@pytest.mark.parametrize("subset", SUBSETS)
def test_documents_with_entities_of_their_own_are_refused(reading: Read, subset: str) -> None:
    with pytest.raises(SourceInvalid, match="entities"):
        reading(subset + rss(item("&a;")).partition("?>")[2])
    with pytest.raises(SourceInvalid, match="entities"):
        reading((subset + rss(item("&a;")).partition("?>")[2]).encode("utf-16"))


SLOW = "<rss version='2.0'><channel><b><item>{}</item></channel></rss>"


@pytest.mark.parametrize(
    "body",
    ["<category>c</category>" * 61_000, "<author>" + "a" * 1990 + "</author>" + "<author>b</author>" * 5,
     "x" * 3_000_001, ("<author>" + "a" * 1990 + "</author>") * 20],
)  # fmt: skip
def test_damaged_feeds_are_only_read_while_that_is_bounded(reading: Read, body: str) -> None:
    started = time.process_time()
    with pytest.raises(SourceInvalid) if len(body) > 3000 else contextlib.nullcontext():
        reading(SLOW.format(body + "<link>https://eutoday.example/a</link>"))
    assert time.process_time() - started < 3


@pytest.mark.parametrize("name", BOMBS)
def test_what_slows_parsers_down_is_refused_at_once(reading: Read, name: str) -> None:
    started = time.process_time()
    with pytest.raises(SourceInvalid, match=r"attributes|author|single tag"):
        reading(BOMBS[name])
    assert time.process_time() - started < 2


@pytest.mark.parametrize(
    "body",
    ["<" * 400_000, '<a "' * 100_000, "<!--" * 15_000, "<![CDATA[" * 50_000, "<author>" * 50_000, "&" * 400_000,
    "<rss " * 50_000,
     "[" * 200_000, '{"a":' * 50_000, "<a>" * 50_000, rss("<a>" * 20_000), rss("<title>" + "&amp;" * 200_000),
     "\n" * 400_000,
     rss(item(rest="<description>" + "&lt;" * 100_000 + "</description>")),
     "<feed xmlns='http://www.w3.org/2005/Atom'>" + "<entry>" * 3000],
)  # fmt: skip
def test_repetition_takes_no_time(reading: Read, body: str) -> None:
    started = time.process_time()
    with contextlib.suppress(SourceError):
        reading(body)
    assert time.process_time() - started < 6


def test_tags_quoted_in_an_article_are_no_attack(reading: Read) -> None:
    text = "<![CDATA[<!DOCTYPE x [<!ENTITY a 'b'>]> " + "<p style='a'>word</p>" * 3000 + "]]>"
    assert len(reading(rss(item(rest=f"<description>{text}</description>"))).entries) == 1


def test_more_items_than_the_limit(reading: Read) -> None:
    found = reading(rss(*(item(f"News {n}", link=f"/{n}") for n in range(2105))))
    assert len(found.entries) == 2000
    assert found.entries[0].title == "News 0"
    assert found.warnings == ("the feed holds more than 2,000 items; the last 105 are ignored",)
    assert found.complete


@pytest.mark.parametrize("body", [b"", b"   \n", b"\xef\xbb\xbf"])
def test_an_empty_answer_is_an_error(reading: Read, body: bytes) -> None:
    with pytest.raises(SourceInvalid, match="empty"):
        reading(body)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("<!doctype html><html><head><title>Log in</title></head></html>", "HTML page.*log-in"),
        ('<html><link rel="alternate" type="application/rss+xml" href="/rss?a=1&amp;b=2"></html>',
         r"names a feed at https://eutoday\.example/rss\?a=1&b=2"),
        ('<html><link type="application/atom+xml" href="javascript:alert(1)"></html>', "HTML page"),
        ("<br /><b>Fatal error</b>: out of memory", "HTML page"),
        ('{"error": "maintenance"}', "no JSON Feed"), ("{'a':", "valid JSON"), ("[1, 2]", "no JSON Feed"),
        ("Service unavailable", "neither XML nor JSON"), ("<urlset></urlset>", "sitemap"), ("<opml/>", "OPML"),
        ("<rss><channel><title>cut", "damaged"), ("<banana/>", "HTML page"), ("/etc/passwd", "neither"),
    ],
)  # fmt: skip
def test_what_is_no_feed_is_an_error_that_helps(reading: Read, body: str, reason: str) -> None:
    with pytest.raises(SourceInvalid, match=reason) as caught:
        reading(body)
    assert caught.value.source == "news"
    assert "javascript" not in str(caught.value)


def test_no_body_makes_a_parser_open_a_file_or_an_address(reading: Read, site: Site) -> None:
    site.page("/feed", rss(item()).encode())
    for body in ("/etc/passwd", "/dev/zero", f"{site.url}/feed", f"feed:{site.url}/feed", f"<rss>{site.url}/feed"):
        with pytest.raises(SourceInvalid):
            reading(body)
    outside = f'<!DOCTYPE rss SYSTEM "{site.url}/x.dtd">' + rss(item("&a;")).partition("?>")[2]
    assert len(reading(outside).entries) == 1
    assert site.requests == []


def test_junk_in_front_of_a_feed_is_skipped(reading: Read) -> None:
    junk = "<br />\n<b>Warning</b>: mysql_connect() in /var/www/x.php on line 3<br />\n"
    assert len(reading(junk + rss(item())).entries) == 1
    assert len(reading("\n\n  " + rss(item())).entries) == 1


def test_a_feed_cut_in_the_middle_is_read_but_marked(reading: Read) -> None:
    whole = rss(*(item(f"News {n}", link=f"/{n}") for n in range(10)))
    cut = reading(whole[: whole.index("News 6") + 3])
    assert [entry.title for entry in cut.entries][:6] == [f"News {n}" for n in range(6)]
    assert not cut.complete
    assert any("only in part" in warning for warning in cut.warnings)


def test_a_damaged_but_whole_feed_is_complete(reading: Read) -> None:
    found = reading(rss(item("A <b>B", rest="<guid>1</guid>"), item("C & D", link="/2")))
    assert [entry.guid for entry in found.entries] == ["1", "https://eutoday.example/2"]
    assert found.complete


def test_random_damage_never_gets_past_the_boundary(reading: Read) -> None:
    chance = random.Random(7)
    whole = rss(*(item(f"News &amp; {n}", link=f"/{n}", rest="<author>A</author>") for n in range(5))).encode()
    outcomes = {True: 0, False: 0}
    for _ in range(600):
        body = bytearray(whole)
        for _ in range(chance.randint(1, 12)):
            at = chance.randrange(len(body))
            body[at : at + chance.randint(0, 4)] = chance.randbytes(chance.randint(0, 4))
        try:
            reading(bytes(body))
            outcomes[True] += 1
        except SourceInvalid:
            outcomes[False] += 1
    assert sum(outcomes.values()) == 600
    assert outcomes[True] > 300
