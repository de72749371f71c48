"""Which picture an article shows, and what it is called. Pure: judged by what a source says of it; nothing is fetched.

What is no news picture (counting pixels, avatars, logos, buttons, drawings that no platform takes) is left out; what
is small, badly shaped or named like an ornament comes last; among equals the order of the source stands, which is:
declared by the feed, Open Graph, JSON-LD, Twitter card, first in the text.
"""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple
from urllib.parse import parse_qsl, unquote, urlsplit

from syndicator.core.text import clean, cut, measure
from syndicator.core.text_sentences import sentences
from syndicator.model import Counting, Picture

MOST = 5
"""Pictures kept of an article: one to show, the others for when it cannot be had."""
SMALL = 200
"""Pixels: a picture with a shorter side than this shows badly on every platform (Facebook takes none for a card)."""
TINY = 50
"""Pixels: nothing of this size is a picture."""
LONGEST_RATIO = 3.0
IMPOSSIBLE_RATIO = 6.0
_SHARE = 3
"""A first sentence shorter than a third of the room is too little; then the text is cut at a word."""


class Named(NamedTuple):
    """A picture as a source names it; 0 is a side that the source does not say."""

    url: str
    alt: str = ""
    width: int = 0
    height: int = 0


# --- what is no news picture ----------------------------------------------------------------------------------------

_NO_PICTURE = (".svg", ".svgz", ".ico", ".cur", ".mp4", ".webm", ".mov", ".mp3", ".pdf", ".js", ".css", ".html", ".php")
_HOSTS = re.compile(
    r"(?:^|\.)(?:gravatar\.com|doubleclick\.net|feedburner\.com|feedsportal\.com|scorecardresearch\.com|pixel\.wp\.com"
    r"|stats\.wp\.com|google-analytics\.com|googletagmanager\.com|quantserve\.com|chartbeat\.(?:com|net)|s\.w\.org"
    r"|feeds\.wordpress\.com|pheedo\.com|mf\.feeds\.reuters\.com|ivwbox\.de|xiti\.com|2o7\.net|omtrdc\.net)$"
)
_FOLDERS = re.compile(
    r"/(?:avatars?|gravatars?|(?:tw)?emoji|(?:[\w-]*-)?smil(?:ey|ie)s?|icons?|favicons?|sprites?|trackers?|beacons?)/"
)
_NAMES = re.compile(
    r"(?:(?:site|header|footer|brand|company)[-_.]?)?(?:logo|favicon|icon|avatar|gravatar|spacer|blank|pixel|transparent"
    r"|placeholder|default|no[-_]?image|sprite|1x1|dot|clear|share|tweet|facebook|twitter|whatsapp|rss|print|email)"
    r"(?:[-_.]?(?:\d+(?:x\d+)?|small|large|white|black|dark|light|default|main|header|retina|2x))*"
)
"""Whole names of files, without their ending."""
_ORNAMENT = re.compile(
    r"(?:^|[-_./])(?:logo|icon|avatar|badge|banner|button|sprite|placeholder|profile|headshot|byline|author"
    r"|thumb|thumbnail|ad|ads|promo|newsletter)s?(?:[-_./]|\d|$)"
)
"""Words in an address that are rather seldom those of the picture of the news."""
_SIZING = re.compile(r"w|h|width|height|fit|resize|crop|quality|q|auto|ssl|strip|format|fm|dpr|zoom", re.IGNORECASE)
"""Parameters that ask for another size or file format of the same picture."""
_PIXELS = re.compile(r"\d{1,5}", re.ASCII)
_SIZED = re.compile(r"[-_](\d{2,4})x(\d{2,4})(?=\.\w{3,4}$)")


def no_picture(named: Named) -> str:
    """Say why this is no news picture; empty when it may be one."""
    try:
        parts = urlsplit(named.url)
        host = (parts.hostname or "").lower()
    except ValueError:
        return "no address"
    path = unquote(parts.path).lower()
    name = path.rpartition("/")[2].rpartition(".")[0] or path.rpartition("/")[2]
    if parts.scheme not in {"http", "https"} or not host:
        return "no address"
    if path.endswith(_NO_PICTURE):
        return "no picture that a platform takes"
    if _HOSTS.search(host) or _FOLDERS.search(path):
        return "a counter, an avatar or an ornament"
    if _NAMES.fullmatch(name):
        return "a logo or an ornament"
    sides = [side for side in _sides(named) if side]
    if sides and min(sides) < TINY:
        return "tiny"
    return "no shape of a picture" if _longness(*_sides(named)) > IMPOSSIBLE_RATIO else ""


def _sides(named: Named) -> tuple[int, int]:
    """Give width and height: as said, else as the address says (``-150x150.jpg``, ``?w=120``)."""
    if named.width or named.height:
        return named.width, named.height
    parts = urlsplit(named.url)
    if sized := _SIZED.search(parts.path):
        return int(sized[1]), int(sized[2])
    if not parts.query:
        return 0, 0
    asked = {name.lower(): value for name, value in parse_qsl(parts.query[:500])}
    return _number(asked, "w", "width"), _number(asked, "h", "height")


def _number(asked: dict[str, str], *names: str) -> int:
    return next((int(asked[name]) for name in names if _PIXELS.fullmatch(asked.get(name, ""))), 0)


def _longness(width: int, height: int) -> float:
    return max(width, height) / min(width, height) if width and height else 1.0


def doubt(named: Named) -> int:
    """Count what speaks against a picture that may be one: size, shape, name."""
    width, height = _sides(named)
    small = any(0 < side < SMALL for side in (width, height))
    ornament = bool(_ORNAMENT.search(unquote(urlsplit(named.url).path).lower()))
    return 2 * (small or _longness(width, height) > LONGEST_RATIO) + ornament


# --- the choice -----------------------------------------------------------------------------------------------------


def chosen(named: Iterable[Named]) -> Picture | None:
    """Give the picture to show, with those to try when it cannot be had; None when there is none.

    A picture without an alternative text takes the one that stands with it elsewhere.
    """
    found: dict[str, Named] = {}
    for one in named:
        key = _same(one.url)
        known = found.get(key)
        if known is None:
            found[key] = one
            continue
        better = one if doubt(known) > doubt(one) and not no_picture(one) else known
        found[key] = better._replace(alt=known.alt or one.alt)
    usable = [one for one in found.values() if not no_picture(one)]
    if len(usable) > 1:
        usable.sort(key=doubt)  # a stable sort: among equals the source's order stands
    pictures = [Picture(url=one.url, alt=one.alt) for one in usable[:MOST]]
    return Picture(url=pictures[0].url, alt=pictures[0].alt, others=tuple(pictures[1:])) if pictures else None


def _same(url: str) -> str:
    """Reduce an address to the picture: other sizes of one picture are that picture."""
    address, asked, query = url.partition("?")
    if asked and all(_SIZING.fullmatch(one.partition("=")[0]) for one in query.split("&")):
        url = address
    return _SIZED.sub("", url)


def each(picture: Picture | None) -> Iterator[Picture]:
    """Give the pictures of an article in the order in which they are tried."""
    if picture is not None:
        yield picture
        yield from picture.others


# --- what a picture is called ---------------------------------------------------------------------------------------

_FILE_NAME = re.compile(
    r"\S+\.(?:jpe?g|png|gif|webp|avif|tiff?|bmp)|(?:img|dsc[fn]?|pxl|p|screenshot|whatsapp image|image|photo|untitled)"
    r"[-_ ]?\d[\w .:-]*|[\da-f]{8,}(?:-[\da-f]+)*|[\d\W_]+",
    re.IGNORECASE,
)
_NOTHING = re.compile(
    r"images?|pictures?|photo(?:graph)?|(?:featured|hero) image|thumbnail|logo|cover|header|banner|bild|foto|imagen"
    r"|immagine|(?:photo d’)?illustration|afbeelding|obraz|фото|изображение|صورة|图片|画像|写真|alt|null|none|undefined"
    r"|untitled"
)


def alt_text(picture: Picture, *, title: str, limit: int, language: str | None = None) -> str:
    """Give a picture's alternative text of at most ``limit`` characters: its own, or the article's title.

    Cut after a sentence where that says enough, else at a word.
    """
    words = " ".join(clean(picture.alt).split())
    if not _says_something(words):
        words = " ".join(clean(title).split())
    if len(words) <= limit:
        return words
    whole = ""
    for n in range(1, 20):
        longer = sentences(words, n, language=language)
        if len(longer) > limit or longer == whole:
            break
        whole = longer
    if measure(whole, Counting.CODE_POINTS) * _SHARE >= limit:
        return whole
    return cut(words, limit=limit, counting=Counting.CODE_POINTS)


def _says_something(words: str) -> bool:
    """Tell a description from a file name, a number, or a word that content systems fill in."""
    return len(words) > 1 and not _NOTHING.fullmatch(words.casefold()) and not _FILE_NAME.fullmatch(words)
