"""What an article page says about itself in its head: Open Graph, JSON-LD, Twitter card, plain HTML. Pure.

Must not look for the article's text. Precedence, first that is not empty:

=============  =====================================================================================================
url            canonical link, og:url, JSON-LD url, the address fetched. Another site's or the home page's is ignored
title          og:title (without the site's name), JSON-LD headline, twitter:title, ``<title>`` (without the name)
summary        og:description, JSON-LD description, twitter:description, meta description
image          og:image (+ og:image:alt), JSON-LD image, twitter:image (+ alt), the first in the text (+ alt, caption);
               what is no news picture is passed over (core.pictures)
published_at   article:published_time, JSON-LD datePublished, meta date; one that names its zone goes first
updated_at     article:modified_time, og:updated_time, JSON-LD dateModified
authors        JSON-LD author, meta author, article:author, twitter:creator never
tags           article:tag, JSON-LD keywords, meta news_keywords
language       ``<html lang>``, JSON-LD inLanguage, og:locale
=============  =====================================================================================================
"""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from lxml import etree
from yarl import URL

from syndicator.core import pictures
from syndicator.core.links import canonical
from syndicator.core.pictures import Named
from syndicator.model import Entry, Picture
from syndicator.sources import _excerpt, _hostile, _plain
from syndicator.sources._dates import best_instant
from syndicator.sources._encoding import without_controls
from syndicator.sources._excerpt import Excerpt
from syndicator.sources._item import language_tag
from syndicator.sources._links import absolute

MAX_MARKUP = 3_000_000
_MAX_JSON = 500_000
_MAX_PICTURES = 8
_TYPES = re.compile(r"(?:\w*Article|BlogPosting|LiveBlogPosting|Report\w*|Review\w*)")
_SEPARATOR = re.compile(r"\s+[|\-–—·•:»/]+\s+")
_HOST_PREFIX = re.compile(r"(?:www|m|mobile|amp)\.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """The head of a page as written; names in lower case, values in document order."""

    metas: dict[str, list[str]]
    canonical: str
    title: str
    language: str
    article: dict[str, Any]
    """The JSON-LD object that describes the article; empty when there is none."""
    pictures: tuple[Named, ...] = ()
    """The first pictures in the article's text."""

    def meta(self, *names: str) -> str:
        """Give the first value of the first of ``names`` that has one."""
        return next((value for name in names for value in self.metas.get(name, ()) if value), "")

    def said(self, key: str) -> str:
        """Give a JSON-LD value as text."""
        return next((text for text in _texts(self.article.get(key)) if text), "")


def read(markup: str) -> Page:
    """Read the head of ``markup``, with its control characters or without.

    Raises:
        ValueError: there is no markup in it, or hostile one.
    """
    return _read(_excerpt.of(markup[:MAX_MARKUP]))


def _read(excerpt: Excerpt) -> Page:
    part = without_controls(excerpt.markup)
    _hostile.refuse_tags(part)
    parser = etree.HTMLParser(encoding="utf-8", no_network=True, remove_comments=True, recover=True)
    try:
        root = etree.fromstring(part.encode("utf-8"), parser=parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise ValueError("it cannot be read as HTML") from error
    if root is None:
        raise ValueError("it cannot be read as HTML")
    metas: dict[str, list[str]] = {}
    for meta in root.iter("meta"):
        name = (meta.get("property") or meta.get("name") or meta.get("itemprop") or "").strip().lower()
        if name and meta.get("content"):
            metas.setdefault(name, []).append(_value(meta.get("content")))
    links = (link for link in root.iter("link") if "canonical" in (link.get("rel") or "").lower().split())
    title = next((element for element in root.iter("title")), None)
    return Page(
        metas=metas,
        canonical=next((link.get("href", "") for link in links), ""),
        title=_value("".join(title.itertext())) if title is not None else "",
        language=root.get("lang") or root.get("{http://www.w3.org/XML/1998/namespace}lang") or "",
        article=_article(_data(root) if excerpt.data is None else map(without_controls, excerpt.data)),
        pictures=_in_text(root),
    )


def is_article(page: Page) -> bool:
    """Say whether the page calls itself an article: by JSON-LD, ``og:type`` or a date of publication."""
    kind = page.meta("og:type").lower()
    return bool(page.article) or kind == "article" or (not kind and bool(page.meta("article:published_time")))


def entry(page: Page, *, url: str) -> Entry:
    """Make an entry of a page fetched from ``url`` (empty for a file).

    Raises:
        ValueError: the page names no title, or (for a file) no address of its own.
    """
    link = _link(page, url=url)
    title = _title(page)
    if not title:
        raise ValueError("the page has no title (og:title, JSON-LD headline or <title>)")
    canonical_url = canonical(link)
    return Entry(
        guid=canonical_url,
        url=link,
        canonical_url=canonical_url,
        title=title,
        summary=_plain.cut(_summary(page), _plain.MAX_SUMMARY),
        published_at=best_instant(
            page.meta("article:published_time", "og:article:published_time"),
            page.said("datePublished"),
            page.meta("date", "dc.date"),
        ),
        updated_at=best_instant(page.meta("article:modified_time", "og:updated_time"), page.said("dateModified")),
        authors=_authors(page),
        tags=_tags(page),
        image=_image(page, base=link),
        language=language_tag(page.language or page.said("inLanguage") or page.meta("og:locale")),
    )


def _link(page: Page, *, url: str) -> str:
    for candidate in (page.canonical, page.meta("og:url"), page.said("url")):
        link = absolute(candidate, base=url or "https:")
        if link and (not url or _is_same_page(link, url)):
            return link
    if not url:
        raise ValueError('the page does not say its address; add <link rel="canonical" href="https://…"> to its head')
    return url


def _is_same_page(link: str, url: str) -> bool:
    """Refuse an address on another site, and the home page, which careless templates name for every article."""
    there, here = URL(link), URL(url)
    hosts = [_HOST_PREFIX.sub("", parsed.host or "") for parsed in (there, here)]
    return hosts[0] == hosts[1] and (there.path != "/" or bool(there.query) or here.path == "/")


def _title(page: Page) -> str:
    site = page.meta("og:site_name")
    candidates = (page.meta("og:title"), page.said("headline"), page.meta("twitter:title"), page.title)
    title = next((text for text in map(_one_line, candidates) if text), "")
    return _plain.cut(_without_site(title, site), _plain.MAX_TITLE)


def _without_site(title: str, site: str) -> str:
    parts = _SEPARATOR.split(title)
    if len(parts) > 1 and site and parts[-1].casefold() == _one_line(site).casefold():
        return title[: title.rindex(parts[-1])].rstrip(" |-–—·•:»/")
    return title


def _summary(page: Page) -> str:
    candidates = (
        page.meta("og:description"),
        page.said("description"),
        page.meta("twitter:description"),
        page.meta("description", "dc.description"),
    )
    return next((text for text in (_plain.from_description(value, markup=None) for value in candidates) if text), "")


def _image(page: Page, *, base: str) -> Picture | None:
    alt = page.meta("og:image:alt")
    sides = _side(page.meta("og:image:width")), _side(page.meta("og:image:height"))
    declared = [Named(page.meta("og:image:secure_url", "og:image", "og:image:url"), alt, *sides)]
    declared += [Named(url) for url in page.metas.get("og:image", ())[1:_MAX_PICTURES]]
    declared += _described(page.article.get("image"))
    declared.append(Named(page.meta("twitter:image", "twitter:image:src"), page.meta("twitter:image:alt")))
    found = []
    for one in (*declared, *page.pictures):
        url = absolute(one.url, base=base) if one.url else None
        if url:
            found.append(one._replace(url=url, alt=_plain.cut(_one_line(one.alt), _plain.MAX_TITLE) if one.alt else ""))
    return pictures.chosen(found)


def _described(value: Any) -> Iterator[Named]:
    """Give the pictures of a JSON-LD value: addresses, objects, and lists of both."""
    for one in (value if isinstance(value, list) else [value])[:_MAX_PICTURES]:
        if isinstance(one, str) and one:
            yield Named(one)
        elif isinstance(one, dict):
            url = next((one[key] for key in ("url", "contentUrl", "@id") if isinstance(one.get(key), str)), "")
            words = next((one[key] for key in ("caption", "description", "name") if isinstance(one.get(key), str)), "")
            if url:
                yield Named(url, words, _side(one.get("width")), _side(one.get("height")))


def _side(value: Any) -> int:
    """Read a side in pixels; 0 is one that the page does not say."""
    text = str(value if value is not None else "").strip().removesuffix("px").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0


def _in_text(root: Any) -> tuple[Named, ...]:
    """Give the first pictures of the article's own text, with their captions; not those of stories beside it."""
    text = next((found for name in ("article", "main") for found in root.iter(name)), None)
    found: list[Named] = []
    for img in islice(text.iter("img"), 4 * _MAX_PICTURES) if text is not None else ():
        url = img.get("src") or ""
        url = img.get("data-src") or "" if not url or url.startswith("data:") else url
        if url and len(found) < _MAX_PICTURES and not _is_beside(img):
            words = img.get("alt") or _caption(img)
            found.append(Named(url, words, _side(img.get("width")), _side(img.get("height"))))
    return tuple(found)


def _is_beside(img: Any) -> bool:
    """Say whether a picture belongs to something else: a box beside the text, or a link to another story."""
    if next(img.iterancestors("aside", "nav", "footer", "form"), None) is not None:
        return True
    link = next(img.iterancestors("a"), None)
    target = (link.get("href") or "").partition("?")[0].lower() if link is not None else ""
    return bool(target) and not target.endswith((".jpg", ".jpeg", ".png", ".webp", ".gif", ".avif"))


def _caption(img: Any) -> str:
    """Give the words under a picture that has no alternative text."""
    figure = next(img.iterancestors("figure"), None)
    caption = next(figure.iter("figcaption"), None) if figure is not None else None
    return _value("".join(caption.itertext())) if caption is not None else ""


def _authors(page: Page) -> tuple[str, ...]:
    named = list(_texts(page.article.get("author"))) or page.metas.get("author", [])
    named = named or page.metas.get("article:author", [])
    names = (_one_line(name) for name in named[:20])
    return tuple(dict.fromkeys(name for name in names if name and "://" not in name and "@" not in name))


def _tags(page: Page) -> tuple[str, ...]:
    words = [*page.metas.get("article:tag", ())]
    for text in _texts(page.article.get("keywords")):
        words += text.split(",")
    if not words:
        words = page.meta("news_keywords").split(",")
    tags: dict[str, str] = {}
    for tag in map(_one_line, words[:100]):
        if tag and len(tag) <= 100:
            tags.setdefault(tag.casefold(), tag)
    return tuple(tags.values())[:50]


def _data(root: Any) -> Iterator[str]:
    """Give the texts of the JSON-LD."""
    for script in root.iter("script"):
        if (script.get("type") or "").strip().lower().startswith("application/ld+json"):
            yield script.text or ""


def _article(data: Iterable[str]) -> dict[str, Any]:
    found = [node for text in data for node in _nodes(_json(text), depth=0)]
    articles = [node for node in found if any(_TYPES.fullmatch(kind) for kind in _texts(node.get("@type")))]
    return next((node for node in articles if node.get("headline")), articles[0] if articles else {})


def _json(text: str) -> Any:
    """Read JSON-LD leniently: raw line breaks in strings are common."""
    try:
        return json.loads(text[:_MAX_JSON].strip().removeprefix("<![CDATA[").removesuffix("]]>"), strict=False)
    except (ValueError, RecursionError):
        return None


def _nodes(value: Any, *, depth: int) -> Iterator[dict[str, Any]]:
    """Give all objects: lists, @graph, and what a page wraps around its article."""
    if depth > 4:
        return
    if isinstance(value, list):
        for one in value[:200]:
            yield from _nodes(one, depth=depth + 1)
    elif isinstance(value, dict):
        yield value
        for key in ("@graph", "mainEntity", "itemListElement", "item"):
            if key in value:
                yield from _nodes(value[key], depth=depth + 1)


def _texts(value: Any) -> Iterator[str]:
    """Give text, names of objects, and lists of both, as text."""
    for one in value if isinstance(value, list) else [value]:
        named = one.get("name") or one.get("@id") if isinstance(one, dict) else one
        if isinstance(named, str) and named.strip():
            yield named
        elif isinstance(named, list):
            yield from (text for text in named if isinstance(text, str) and text.strip())


def _value(text: str) -> str:
    return " ".join(text.split())


def _one_line(text: str) -> str:
    return _plain.from_title(text, markup=None)
