"""Mutants: one damaged document for each number, always the same one."""

import random
from collections.abc import Callable
from dataclasses import dataclass

from tests.fuzz.seeds import Seed, seeds

MOST = 300_000
"""Bytes of a mutant: many doublings of a large document only cost time."""
HOOKS = (
    *(b"&", b"<", b">", b"&amp;", b"&eacute;", b"&nbsp;", b"&#x110000;", b"&#0;", b"&#xD800;", b"&#99999999999;"),
    *(b"&lol;", b"<![CDATA[", b"]]>", b"<!--", b"-->", b"<?xml", b"?>", b"<!DOCTYPE rss [<!ENTITY a 'b'>]>"),
    *(b"<!DOCTYPE x SYSTEM 'y'>", b"\x00", b"\x0b", b"\xff\xfe", b"\xef\xbb\xbf", b"\xed\xa0\x80", b"\xc0\x80"),
    *(b"\xe2\x80\xae", b"\r", b"\xc2\x85", b"%00", b"javascript:", b"feed:", b"/etc/passwd", b"http://[", b"\\"),
    *(b"http://a@b:c", b"//", b"xml:base='::'", b"<item>", b"</item>", b"</channel>", b"</rss>", b"<rss>", b"{", b"]"),
    *(b"<entry xmlns='http://www.w3.org/2005/Atom'>", b"<title>", b"</title>", b"<link/>", b"<guid>", b"1e999"),
    *(b"<author>a@b (c)</author>", b"9" * 400, b"-1", b"\\ud83d", b"9999-99-99T99:99:99Z", b"0000-00-00", b"NaN"),
    *(b"Sat, 31 Feb 2026 25:61:61 CEST", b"null", b"[[[[[[[[", b"{}", b"http://b\xc3\xbccher.example/"),
)
CHARSETS = (
    *(b"utf-8", b"utf-16", b"utf-16-le", b"utf-32", b"utf-7", b"iso-8859-1", b"windows-1252", b"shift_jis", b"gb18030"),
    *(b"iso-2022-jp", b"hz", b"big5", b"koi8-r", b"idna", b"punycode", b"rot13", b"base64", b"zlib", b"unicode_escape"),
    *(b"undefined", b"x-user-defined", b"\x00", b"", b"cp037", b"hex"),
)
CODECS = (
    *("utf-16", "utf-16-le", "utf-16-be", "utf-32", "latin-1", "utf-7", "cp1251"),
    *("shift_jis", "iso2022_jp", "cp037"),
)
PARSERS = ("feed:parse", "webpage:parse_body", "sitemap:parse")
TYPES = ("", "", "text/xml", "text/html; charset={}", "application/json; charset={}", "text/xml;charset={}")


@dataclass(frozen=True, slots=True)
class Mutant:
    """A document to parse, as it would have come over HTTP."""

    number: int
    seed: str
    parser: str
    body: bytes
    content_type: str


def mutant(chance_seed: int, number: int) -> Mutant:
    """Make the mutant of this number."""
    chance = random.Random(f"{chance_seed}/{number}")
    seed = chance.choice(seeds())
    body = seed.body
    for _ in range(chance.choice((1, 1, 1, 2, 2, 3, 5, 8, 20))):
        body = chance.choice(DAMAGES)(body, chance)[:MOST]
    said = chance.choice(
        ("", "", "text/xml", "text/html; charset={}", "application/json; charset={}", "text/xml;charset={}")
    )
    named = chance.choice(CHARSETS).decode("latin-1")
    return Mutant(number, seed.name, _parser(seed, chance), body, said.format(named))


def _parser(seed: Seed, chance: random.Random) -> str:
    # Now and then a document comes where another kind was expected.
    return seed.parser if chance.random() < 0.93 else chance.choice(PARSERS)


def _place(body: bytes, chance: random.Random, *, most: int) -> tuple[int, int]:
    start = chance.randrange(len(body) + 1)
    return start, min(len(body), start + chance.randint(1, most))


def flip(body: bytes, chance: random.Random) -> bytes:
    """Turn some bits."""
    damaged = bytearray(body)
    for _ in range(chance.choice((1, 3, 10, 100)) if body else 0):
        damaged[chance.randrange(len(damaged))] ^= 1 << chance.randrange(8)
    return bytes(damaged)


def cut(body: bytes, chance: random.Random) -> bytes:
    """Break off, or begin late."""
    at = chance.randrange(len(body) + 1)
    return body[:at] if chance.random() < 0.8 else body[at:]


def drop(body: bytes, chance: random.Random) -> bytes:
    """Leave something out."""
    start, end = _place(body, chance, most=chance.choice((1, 10, 1000)))
    return body[:start] + body[end:]


def double(body: bytes, chance: random.Random) -> bytes:
    """Say something again, up to many times."""
    start, end = _place(body, chance, most=chance.choice((10, 300, 5000)))
    return body[:end] + body[start:end] * chance.choice((1, 1, 2, 30, 400)) + body[end:]


def splice(body: bytes, chance: random.Random) -> bytes:
    """Go on with another document, or put a piece of one in."""
    other = chance.choice(seeds()).body
    at, (start, end) = chance.randrange(len(body) + 1), _place(other, chance, most=3000)
    return body[:at] + other[start:] if chance.random() < 0.4 else body[:at] + other[start:end] + body[at:]


def insert(body: bytes, chance: random.Random) -> bytes:
    """Put in what parsers stumble over."""
    for _ in range(chance.choice((1, 2, 10))):
        at = chance.randrange(len(body) + 1)
        body = body[:at] + chance.choice(HOOKS) * chance.choice((1, 1, 1, 3, 200)) + body[at:]
    return body


def attribute(body: bytes, chance: random.Random) -> bytes:
    """Give a tag more attributes."""
    at = body.find(b">", chance.randrange(len(body) + 1))
    many = b"".join(
        b' a%d="%s"' % (n, b"x" * chance.choice((0, 1, 50))) for n in range(chance.choice((1, 5, 150, 900)))
    )
    return body if at < 0 else body[:at] + many + body[at:]


def nest(body: bytes, chance: random.Random) -> bytes:
    """Open many elements that nobody closes."""
    at = chance.randrange(len(body) + 1)
    return (
        body[:at]
        + chance.choice((b"<a>", b"<div><b>", b"[", b'{"a":', b"<item>")) * chance.choice((5, 300, 5000))
        + body[at:]
    )


def declare(body: bytes, chance: random.Random) -> bytes:
    """Lie about the encoding."""
    return b'<?xml version="1.0" encoding="%s"?>' % chance.choice(CHARSETS) + body


def recode(body: bytes, chance: random.Random) -> bytes:
    """Write it in another encoding than it says."""
    return body.decode("utf-8", "replace").encode(chance.choice(CODECS), "replace")


def noise(body: bytes, chance: random.Random) -> bytes:
    """Overwrite a piece with anything."""
    start, end = _place(body, chance, most=chance.choice((4, 64, 2000)))
    return body[:start] + chance.randbytes(end - start) + body[end:]


DAMAGES: tuple[Callable[[bytes, random.Random], bytes], ...] = (
    flip, flip, cut, drop, double, splice, insert, insert, insert, attribute, nest, declare, recode, noise,
)  # fmt: skip
