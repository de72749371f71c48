"""One item as its format wrote it, and how it becomes an :class:`Entry`: the same for every format. Pure.

Must not know any format: what differs (which field, whether markup) is settled before.
"""

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from syndicator.core import pictures
from syndicator.core.boilerplate import clean_lead
from syndicator.core.links import canonical
from syndicator.core.pictures import Named
from syndicator.model import Entry, Picture, Source
from syndicator.sources import _plain
from syndicator.sources._dates import instant
from syndicator.sources._links import absolute

MAX_WARNINGS = 20
_MAX_GUID = 1000
_MAX_FROM_CONTENT = 1500
_SHORT = 80
"""Characters: a summary as short as this may be nothing but "Read more"; then the text serves."""
_MAX_TAGS = 100
_MAX_PICTURES = 12
_MAX_AUTHORS = 20
_MAX_NAME = 500
"""Characters: some sites write all authors into one name."""
_LANGUAGE = re.compile(r"([A-Za-z]{2,3})(?:[-_]([A-Za-z0-9]{2,8}))?(?:[-_][A-Za-z0-9]{1,8})*")
_MAIL_NAME = re.compile(r"\s*\S+@\S+\s*\((.+)\)\s*")
_ADDRESS = re.compile(r"\S+@\S+")
_NAME_MAIL = re.compile(r"(.+?)\s*<[^<>]*@[^<>]*>\s*")


class Text(NamedTuple):
    """A value with what is known of it: ``markup`` True is HTML, False is text, None is RSS, which never says."""

    value: str = ""
    markup: bool | None = None


NOTHING = Text()


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One raw item. Dates are as written; links and pictures may be relative to ``base``."""

    guid: str = ""
    link: str = ""
    base: str = ""
    title: Text = NOTHING
    summary: Text = NOTHING
    content: Text = NOTHING
    published: str = ""
    updated: str = ""
    authors: Sequence[str] = ()
    tags: Sequence[str] = ()
    images: Sequence[tuple[str, str]] = ()
    """(address, alternative text), as declared, the widest first."""
    language: str = ""


@dataclass(slots=True)
class Tally:
    """What went wrong, counted: a hostile feed must not write the log full."""

    _counts: dict[str, int] = field(default_factory=dict)

    def add(self, sentence: str) -> None:
        """Count one more item to which ``sentence`` applies."""
        self._counts[sentence] = self._counts.get(sentence, 0) + 1

    def warnings(self) -> tuple[str, ...]:
        """Give the sentences, the frequent ones with their number."""
        return tuple(
            sentence if count == 1 else f"{sentence} ({count} times)" for sentence, count in self._counts.items()
        )[:MAX_WARNINGS]


def entries(items: Iterable[Item], *, source: Source, language: str, tally: Tally) -> tuple[Entry, ...]:
    """Make entries of ``items`` in their order; a guid met twice counts once (F11).

    Items with one guid but other links *and* other titles are different articles of a broken system (a false merge is
    a loss): for all of them the link takes the guid's place.
    """
    made = (_entry(item, source=source, language=language, tally=tally) for item in items)
    found: dict[str, list[Entry]] = {}
    for entry in filter(None, made):
        known = found.setdefault(entry.guid, [])
        if any(entry.canonical_url == other.canonical_url or entry.title == other.title != "" for other in known):
            tally.add("the document holds the same item twice")
        else:
            known.append(entry)
    shared = [entry for group in found.values() if len(group) > 1 for entry in group]
    for _ in shared:
        tally.add("an item shares its guid with another article; its link is taken instead")
    apart = {id(entry): replace(entry, guid=entry.url or entry.guid) for entry in shared}
    return tuple(apart.get(id(entry), entry) for group in found.values() for entry in group)


def _entry(item: Item, *, source: Source, language: str, tally: Tally) -> Entry | None:
    guid = _guid(item.guid)
    url, canonical_url = _link(item, tally)
    if not guid and not url:
        tally.add("an item has neither a usable link nor a guid and was skipped")
        return None
    title = _plain.cut(_plain.from_title(item.title.value, markup=item.title.markup), _plain.MAX_TITLE)
    if not title:
        tally.add("an item has no title")
    if item.published and instant(item.published) is None:
        tally.add("a date cannot be read or is implausible and was ignored")
    updated_at = instant(item.updated)
    return Entry(
        guid=guid or url,
        url=url,
        canonical_url=canonical_url,
        title=title,
        summary=_summary(item),
        published_at=instant(item.published) or updated_at,
        updated_at=updated_at,
        authors=_names(item.authors),
        tags=_tags(item.tags),
        image=_image(item),
        language=source.language or language_tag(item.language) or language_tag(language),
    )


def _guid(value: str) -> str:
    guid = _plain.line(value)
    return guid if len(guid) <= _MAX_GUID else "sha256:" + hashlib.sha256(guid.encode()).hexdigest()


def _link(item: Item, tally: Tally) -> tuple[str, str]:
    """Give (link, canonical link), empty when there is none that can be published (F28)."""
    url = absolute(item.link, base=item.base)
    if url is None and item.guid.strip().lower().startswith(("http://", "https://")):
        url = absolute(item.guid, base=item.base)
    if url is not None:
        try:
            return url, canonical(url)
        except ValueError:
            pass
    tally.add("an item has no usable http or https link")
    return "", ""


def _summary(item: Item) -> str:
    text = _plain.from_description(item.summary.value, markup=item.summary.markup, limit=4 * _plain.MAX_SUMMARY)
    if text and (not item.content.value or len(text) > _SHORT or _says_more(text, item.title.value)):
        return _plain.cut(text, _plain.MAX_SUMMARY)
    content = _plain.from_description(item.content.value, markup=item.content.markup, limit=10 * _MAX_FROM_CONTENT)
    return _plain.cut(content or text, _MAX_FROM_CONTENT)


def _says_more(text: str, title: str) -> bool:
    lead = clean_lead(text, title=title)
    return bool(lead) and lead.casefold() != title.casefold()


def _image(item: Item) -> Picture | None:
    """Give the declared picture or the first in the text; a missing alternative text is taken from the text."""
    inline: list[tuple[str, str]] = []
    for text in (item.content, item.summary):
        if text.markup is not False:
            inline += _plain.pictures(text.value)
    if not item.images and not inline:
        return None
    named = [*item.images[:_MAX_PICTURES], *inline[:_MAX_PICTURES]]
    found = (
        (absolute(address, base=item.base), _plain.cut(_plain.line(alt), _plain.MAX_TITLE)) for address, alt in named
    )
    return pictures.chosen([Named(url, alt) for url, alt in found if url])


def _names(values: Iterable[str]) -> tuple[str, ...]:
    """Give author names; an address alone is no name and personal data besides (X29)."""
    names = []
    for value in (value[:1000] for value in values):
        match = "@" in value and (_MAIL_NAME.fullmatch(value) or _NAME_MAIL.fullmatch(value))
        name = _plain.from_title(match.group(1) if match else value, markup=None)
        if name and not _ADDRESS.fullmatch(name) and not name.startswith(("http://", "https://")):
            names.append(_plain.cut(name, _MAX_NAME))
    return tuple(dict.fromkeys(names))[:_MAX_AUTHORS]


def _tags(values: Iterable[str]) -> tuple[str, ...]:
    tags: dict[str, str] = {}
    for value in values:
        tag = _plain.from_title(value[:400], markup=None)
        if tag and len(tag) <= 100:
            tags.setdefault(tag.casefold(), tag)
    return tuple(tags.values())[:_MAX_TAGS]


def language_tag(value: str | None) -> str | None:
    """Give a language as ``en`` or ``en-GB``; None when it is none."""
    match = _LANGUAGE.fullmatch((value or "").strip())
    if not match:
        return None
    language, region = match.groups()
    return f"{language.lower()}-{region.upper() if len(region) == 2 else region}" if region else language.lower()
