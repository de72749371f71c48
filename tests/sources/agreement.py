"""How often ours is what independent parsers agree on, field by field: ``python -m tests.sources.agreement``.

Two of three readings must have found a value for a field, and none another one; then ours is counted as equal or not.
A field on which they differ, or that only one of them found, is nobody's truth and is not counted.
"""

import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from syndicator.core.pictures import Named, doubt, no_picture
from syndicator.errors import SourceError
from syndicator.model import Entry, Source
from syndicator.sources import feed
from tests.sources.readings import BASE, FIELDS, READINGS, Row, address, names, text, words

LEAST = 0.995
SOURCE = Source(name="corpus", kind="feed", url=BASE)
_FAILURES = (
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    ArithmeticError,
    RuntimeError,
    AssertionError,
    OSError,
    SyntaxError,
)


@dataclass
class Table:
    """Counts by field, and where ours differs."""

    files: int = 0
    compared: Counter[str] = field(default_factory=Counter)
    equal: Counter[str] = field(default_factory=Counter)
    missing: list[tuple[str, Any]] = field(default_factory=list)
    """Items with a name of their own that ours does not have at all."""
    differing: list[tuple[str, str, Any, Any]] = field(default_factory=list)

    def share(self, name: str) -> float:
        """Give the share of equal values, 1 where nothing was compared."""
        return self.equal[name] / self.compared[name] if self.compared[name] else 1.0

    def lines(self) -> Iterator[str]:
        """Give the table as text."""
        yield f"{self.files} files, {len(self.missing)} items missing; agreement with what independent parsers agree on"
        yield f"{'field':12}{'compared':>10}{'equal':>10}{'share':>10}"
        for name in FIELDS:
            yield f"{name:12}{self.compared[name]:>10}{self.equal[name]:>10}{100 * self.share(name):>9.2f}%"


def ours(entry: Entry) -> Row:
    """Give an entry as a row, in the spelling of the others."""
    return {
        "title": text(entry.title),
        "link": address(entry.url),
        "id": text(entry.guid),
        "published": entry.published_at and entry.published_at.replace(microsecond=0),
        "updated": entry.updated_at and entry.updated_at.replace(microsecond=0),
        "authors": names(entry.authors),
        "categories": words(entry.tags),
        "image": entry.image.url if entry.image else "",
    }


def compare(paths: Iterable[Path]) -> Table:
    """Compare every file that is read as a feed."""
    table = Table()
    for path in paths:
        body = path.read_bytes()
        try:
            reading = feed.parse(body, url=BASE, content_type="", source=SOURCE)
        except SourceError:
            continue
        others = [rows for rows in (_rows(read, body) for read in READINGS) if rows]
        if len(others) < 2 or len({len(rows) for rows in others}) > 1:
            continue
        table.files += 1
        ids, links = (Counter(row[key] for row in others[0]) for key in ("id", "link"))
        for rows in zip(*others, strict=True):
            # Items under one name are told apart, or not, by rules of their own: tested elsewhere.
            if ids[rows[0]["id"]] == 1 == links[rows[0]["link"]]:
                _count(table, path.name, rows, reading.entries)
    return table


def _rows(read: Any, body: bytes) -> list[Row]:
    try:
        return list(read(body))
    except _FAILURES:
        return []


def _count(table: Table, name: str, rows: tuple[Row, ...], entries: tuple[Entry, ...]) -> None:
    agreed = {key: value for key in FIELDS if (value := _agreed([row.get(key) for row in rows])) is not None}
    mine = next((entry for entry in entries if _is_same(entry, agreed)), None)
    if mine is None:
        table.missing += [(name, agreed.get("id") or agreed.get("link"))] if agreed.keys() & {"id", "link"} else []
        return
    found = ours(mine)
    for key, value in agreed.items():
        # Which picture is shown is not a question of reading: one passes over avatars and thumbnails on purpose.
        if key == "image" and (no_picture(Named(value)) or doubt(Named(value))):
            continue
        table.compared[key] += 1
        if found[key] == value:
            table.equal[key] += 1
        else:
            table.differing.append((name, key, value, found[key]))


def _is_same(entry: Entry, agreed: Row) -> bool:
    if "id" in agreed:
        return text(entry.guid) == agreed["id"]
    return "link" in agreed and address(entry.url) == agreed["link"]


def _agreed(values: list[Any]) -> Any:
    """Give the value that at least two found and nobody contradicts; None when there is none."""
    found = [value for value in values if value]
    return found[0] if len(found) >= 2 and all(value == found[0] for value in found) else None


if __name__ == "__main__":
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parents[3] / "shared" / "feeds"
    found = compare(
        sorted(path for part in ("realworld", "illformed") for path in (root / part).rglob("*") if path.is_file())
    )
    print("\n".join(found.lines()))  # noqa: T201
    for row in found.differing:
        print(*row, sep=" | ")  # noqa: T201
