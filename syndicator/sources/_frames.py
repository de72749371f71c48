"""Readings as the plain data that goes between us and a parser's process (``confined.frames``). Pure.

The process may be in an attacker's hands, so what it says is checked field by field and never unpickled.
"""

from datetime import UTC, datetime
from typing import Any

from syndicator.confined.frames import Garbled
from syndicator.model import Entry, Picture
from syndicator.sources._reading import Reading

MAX_ENTRIES = 20_000
MAX_WORDS = 100_000
MAX_LIST = 1000
MAX_PICTURES = 8
_ENTRY = 13


def written(reading: Reading) -> dict[str, Any]:
    """Give a reading as plain data; validators stay with whoever fetched."""
    return {
        "entries": [_row(entry) for entry in reading.entries],
        "title": reading.title,
        "warnings": reading.warnings,
        "complete": reading.complete,
        "gone": reading.gone,
        "hub": reading.hub,
        "topic": reading.topic,
    }


def _row(entry: Entry) -> tuple[Any, ...]:
    return (
        entry.guid,
        entry.url,
        entry.canonical_url,
        entry.title,
        entry.summary,
        entry.published_at and entry.published_at.isoformat(),
        entry.updated_at and entry.updated_at.isoformat(),
        entry.authors,
        entry.tags,
        entry.image and entry.image.url,
        entry.image and entry.image.alt,
        [(other.url, other.alt) for other in entry.image.others] if entry.image else (),
        entry.language,
    )


def to_reading(said: object) -> Reading:
    """Make a reading of what a process wrote.

    Raises:
        Garbled: a field is not of its kind or size.
    """
    if not isinstance(said, dict):
        raise Garbled("no reading")
    entries = said.get("entries")
    if not isinstance(entries, list) or len(entries) > MAX_ENTRIES or not isinstance(said.get("complete"), bool):
        raise Garbled("no list of entries")
    return Reading(
        entries=tuple([_entry(row) for row in entries]),
        title=_words(said.get("title")),
        warnings=_list(said.get("warnings")),
        complete=said["complete"],
        gone=_list(said.get("gone"), most=MAX_ENTRIES),
        hub=_address(said.get("hub", "")),
        topic=_address(said.get("topic", "")),
    )


def _entry(row: object) -> Entry:
    if not isinstance(row, list) or len(row) != _ENTRY:
        raise Garbled("no entry")
    guid, url, canonical_url, title, summary, published, updated, authors, tags, image, alt, others, language = row
    return Entry(
        guid=_words(guid),
        url=_address(url),
        canonical_url=_words(canonical_url),
        title=_words(title),
        summary=_words(summary),
        published_at=_instant(published),
        updated_at=_instant(updated),
        authors=_list(authors),
        tags=_list(tags),
        image=None if image is None else Picture(url=_address(image), alt=_words(alt), others=_pictures(others)),
        language=None if language is None else _words(language),
    )


def _pictures(said: object) -> tuple[Picture, ...]:
    if not isinstance(said, list) or len(said) > MAX_PICTURES:
        raise Garbled("no list of pictures where there should be")
    if not all(isinstance(one, list) and len(one) == 2 for one in said):
        raise Garbled("no picture where there should be")
    return tuple(Picture(url=_address(url), alt=_words(alt)) for url, alt in said)


def _words(said: object) -> str:
    if type(said) is not str or len(said) > MAX_WORDS:
        raise Garbled("no text where there should be")
    return said


def _address(said: object) -> str:
    text = _words(said)
    if text and text[:8].lower().partition("://")[0] not in {"http", "https"}:
        raise Garbled("an address of another kind")
    return text


def _list(said: object, *, most: int = MAX_LIST) -> tuple[str, ...]:
    if not isinstance(said, list) or len(said) > most:
        raise Garbled("no list where there should be")
    return tuple(map(_words, said)) if said else ()


def _instant(said: object) -> datetime | None:
    if said is None:
        return None
    try:
        at = datetime.fromisoformat(_words(said))
    except ValueError as error:
        raise Garbled("no instant where there should be") from error
    if at.tzinfo is None:
        raise Garbled("an instant without a zone")
    return at if at.tzinfo is UTC else at.astimezone(UTC)
