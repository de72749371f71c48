"""Three readings of a feed that are independent of ours: feedparser as it comes, fastfeedparser as it comes, and lxml
with rules written here. Each gives rows of plain values, brought to one spelling so that they can be compared.
"""

import html
import io
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, TypeAlias
from urllib.parse import urljoin

import feedparser
from lxml import etree
from lxml import html as lxml_html

BASE = "https://eutoday.example/feed/"
FIELDS = ("title", "link", "id", "published", "updated", "authors", "categories", "image")
Row: TypeAlias = dict[str, Any]
"""Field -> value; a field that the reading cannot tell is missing or empty."""
PICTURE = (".jpg", ".jpeg", ".png", ".webp", ".gif")


# --- one spelling


def text(value: object) -> str:
    """Give words without markup, references and odd spaces."""
    said = str(value or "")
    for _ in range(2):
        if "<" in said and re.search(r"</?\w+[^<>]*>", said):
            try:
                said = lxml_html.fromstring(f"<div>{said}</div>").text_content()
            except (etree.ParserError, ValueError):
                return ""
        said = html.unescape(said)
    if re.search("[\u00c2-\u00f4][\u0080-\u00bf\u0152-\u2122]", said):
        said = _once_encoded(said)
    return re.sub(r"[\s\u00a0\u200b\u202f\ufeff]+", " ", said).strip()


def _once_encoded(said: str) -> str:
    """Undo UTF-8 that was taken for Windows-1252 and encoded again; both sides are brought to what was meant."""
    octets = b"".join(
        sign.encode("cp1252", "ignore") or sign.encode("latin-1", "ignore") or sign.encode() for sign in said
    )
    try:
        return octets.decode()
    except UnicodeDecodeError:
        return said


def address(value: object) -> str:
    """Give an absolute web address, spaces and breaks undone; "" for anything else."""
    said = re.sub(r"\s*[\r\n]+\s*", "", str(value or "").strip()).replace(" ", "%20")
    url = urljoin(BASE, html.unescape(said)) if said else ""
    return url if url.startswith(("http://", "https://")) else ""


def instant(value: object) -> datetime | None:
    """Read RFC 822 and ISO dates with a numeric zone, Z or GMT; everything else is nobody's to agree on."""
    said = " ".join(str(value or "").split())
    if (
        not said
        or " 0001 " in said
        or said.startswith("0001")
        or not re.search(r"(?:[+-]\d\d:?\d\d|Z|GMT|UTC?)\Z", said)
    ):
        return None
    for read in (parsedate_to_datetime, datetime.fromisoformat):
        try:
            at = read(said)
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
        return at.astimezone(UTC).replace(microsecond=0) if at.tzinfo and 1990 <= at.year <= 2100 else None
    return None


def names(values: Any) -> frozenset[str]:
    """Give author names; "a@b.example (Name)" is Name, an address alone is none."""
    found = []
    for value in values:
        said = text(value)
        match = re.fullmatch(r"\S+@\S+ \((.+)\)", said) or re.fullmatch(r"(.+?) ?<[^<>]*@[^<>]*>", said)
        said = match.group(1) if match else said
        if said and not re.fullmatch(r"\S+@\S+", said) and "://" not in said:
            found.append(said)
    return frozenset(found)


def words(values: Any) -> frozenset[str]:
    """Give categories."""
    return frozenset(said.casefold() for said in map(text, values) if said and len(said) <= 100)


# --- three readings


def by_feedparser(body: bytes) -> list[Row]:
    """feedparser with its defaults, but for addresses, which it would resolve against nothing."""
    found = feedparser.parse(io.BytesIO(body), sanitize_html=False, resolve_relative_uris=False)
    return [_feedparser_row(entry) for entry in found["entries"]]


def _feedparser_row(entry: Any) -> Row:
    media = [one for one in dict.get(entry, "media_content") or () if _is_picture(one)]
    media.sort(key=_width)
    enclosed = [one for one in dict.get(entry, "links") or () if one.get("rel") == "enclosure" and _is_picture(one)]
    thumbs = sorted(dict.get(entry, "media_thumbnail") or (), key=_width)
    pictures = [one.get("url") or one.get("href") for one in (*media, *enclosed, *thumbs)]
    published, updated = (
        dict.get(entry, "published") or dict.get(entry, "created"), dict.get(entry, "updated")
    )  # fmt: skip
    people = [one.get("name") for one in dict.get(entry, "authors") or ()]
    return {
        "title": text(dict.get(entry, "title")),
        "link": address(dict.get(entry, "feedburner_origlink") or dict.get(entry, "link")),
        "id": text(dict.get(entry, "id") or dict.get(entry, "link")),
        "published": instant(published or updated),
        "updated": instant(updated) if published else None,
        "authors": names(one for one in people if one),
        "categories": words(tag.get("label") or tag.get("term") for tag in dict.get(entry, "tags") or ()),
        "image": address(next((url for url in pictures if url), "")),
    }


def by_fastfeedparser(body: bytes) -> list[Row]:
    """fastfeedparser with its defaults. It tells one author and no pictures of their own."""
    import fastfeedparser

    return [_fast_row(entry) for entry in fastfeedparser.parse(body)["entries"]]


def _fast_row(entry: Any) -> Row:
    media = [one for one in entry.get("media_content") or () if _is_picture(one)]
    enclosed = [one for one in entry.get("enclosures") or () if _is_picture(one)]
    picture = (media or enclosed or [{}])[0]
    return {
        "title": text(entry.get("title")),
        "link": address(entry.get("link")),
        "id": text(entry.get("id") or entry.get("link")),
        "published": instant(entry.get("published") or entry.get("updated")),
        "updated": instant(entry.get("updated")) if entry.get("published") else None,
        "authors": names([entry.get("author")] if entry.get("author") else []),
        "categories": words(tag.get("label") or tag.get("term") for tag in entry.get("tags") or ()),
        "image": address(picture.get("url") or picture.get("href")),
    }


def _width(media: Any) -> int:
    """Sort the widest first."""
    return -int(media.get("width")) if str(media.get("width", "")).isdigit() else 0


def _is_picture(media: Any) -> bool:
    declared = str(media.get("medium") or media.get("type") or "")
    url = str(media.get("url") or media.get("href") or "").partition("?")[0].lower()
    return declared.startswith("image") if declared else url.endswith(PICTURE)


def by_lxml(body: bytes) -> list[Row]:
    """lxml, recovering, and the plainest rule for each field."""
    parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True, huge_tree=False)
    root = etree.fromstring(body, parser=parser)
    if root is None:
        return []
    items = [
        one
        for one in root.iter()
        if _name(one) in {"item", "entry"} and _name(one.getparent()) not in {"item", "entry"}
    ]
    return [_lxml_row(item, atom=_name(item) == "entry") for item in items]


def _name(element: Any) -> str:
    return "" if element is None or not isinstance(element.tag, str) else element.tag.rpartition("}")[2].lower()


def _lxml_row(item: Any, *, atom: bool) -> Row:
    def said(*wanted: str) -> str:
        own = (one for name in wanted for one in item if _name(one) == name and not _foreign(one))
        return next((_inner(one) for one in own if _inner(one).strip()), "")

    def dated(*wanted: str) -> str:
        found = (one.text or "" for name in wanted for one in item if _name(one) == name)
        return next((value for value in found if value.strip()), "")

    links = [one for one in item if _name(one) == "link" and one.get("href")]
    alternate = [one for one in links if one.get("rel", "alternate") == "alternate"]
    pages = [one for one in alternate if one.get("type", "text/html") == "text/html"] or alternate
    original = next((one.text for one in item if _name(one) == "origlink"), "")
    link = original or (pages[0].get("href") if pages else said("link"))
    published = dated("pubdate", "published", "issued", "date", "created")
    updated = dated("updated", "modified")
    identifier = said("guid", "id") or item.get("{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about") or link
    return {
        "title": text(said("title")),
        "link": address(link),
        "id": text(identifier),
        "published": instant(published or updated),
        "updated": instant(updated) if published else None,
        "authors": names(_people(item)),
        "categories": words(_categories(item)),
        "image": address(next(_pictures(item), "")),
        "atom": atom,
    }


def _foreign(element: Any) -> bool:
    space = element.tag.rpartition("}")[0]
    return bool(space) and "Atom" not in space and "purl.org/rss" not in space and "purl.org/atom" not in space


def _inner(element: Any) -> str:
    return "".join(element.itertext())


def _people(item: Any) -> Iterator[str]:
    for one in item:
        if _name(one) in {"author", "creator"}:
            named = [_inner(child) for child in one if _name(child) == "name"]
            yield from named or [one.text or ""]


def _categories(item: Any) -> Iterator[str]:
    for one in item:
        if _name(one) in {"category", "subject"}:
            yield one.get("label") or one.get("term") or _inner(one)
        elif _name(one) == "keywords":
            yield from _inner(one).split(",")


def _pictures(item: Any) -> Iterator[str]:
    media = [one for one in item.iter() if _name(one) == "content" and one.get("url") and _is_picture(one.attrib)]
    media.sort(key=_width)
    enclosed = [one for one in item.iter() if _name(one) == "enclosure" and one.get("url") and _is_picture(one.attrib)]
    linked = [
        one for one in item.iter() if _name(one) == "link" and one.get("rel") == "enclosure" and _is_picture(one.attrib)
    ]
    thumbs = sorted((one for one in item.iter() if _name(one) == "thumbnail" and one.get("url")), key=_width)
    yield from (one.get("url") or one.get("href") for one in (*media, *enclosed, *linked, *thumbs))


READINGS: tuple[Callable[[bytes], list[Row]], ...] = (by_feedparser, by_fastfeedparser, by_lxml)
