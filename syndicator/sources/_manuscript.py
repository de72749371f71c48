"""A text or Markdown file as an article: a few header lines, a title, a first paragraph. Pure.

::

    url: https://eutoday.example/2026/11/vote
    image: https://eutoday.example/vote.jpg
    alt: The chamber during the vote
    tags: Parliament, Climate
    language: en

    # The title

    The first paragraph is the summary.

The header may stand between two lines of ``---``; ``title:``, ``summary:``, ``author:`` and ``date:`` work too.
"""

import re

from syndicator.core.links import canonical
from syndicator.model import Entry, Picture
from syndicator.sources import _plain
from syndicator.sources._dates import instant
from syndicator.sources._item import language_tag
from syndicator.sources._links import absolute

_KEYS = frozenset({"url", "link", "title", "summary", "image", "alt", "tags", "language", "author", "authors", "date"})
_HEADER = re.compile(r"([A-Za-z]{2,10})\s*:\s*(.*)")
_IMAGE = re.compile(r"!\[([^\]]*)\]\((\S+?)(?:\s+\"[^\"]*\")?\)")
_MARKS = (
    (re.compile(r"!\[[^\]]*\]\([^)]*\)"), ""),
    (re.compile(r"\[([^\]]*)\]\([^)]*\)"), r"\1"),
    (re.compile(r"(\*\*|__)(?=\S)(.+?)(?<=\S)\1"), r"\2"),
    (re.compile(r"(?<!\w)([*_])(?=\S)(.+?)(?<=\S)\1(?!\w)"), r"\2"),
    (re.compile(r"`([^`]*)`"), r"\1"),
    (re.compile(r"^\s*(?:>|[-*+]|\d+\.)\s+"), ""),
)
_RULE = re.compile(r"\s*(?:[-*_=]\s*){3,}")
NO_LINK = 'it names no link; put a line "url: https://…" at its top'


def read(text: str, *, markdown: bool) -> Entry:
    """Make an entry of a manuscript.

    Raises:
        ValueError: no link (with the remedy), or no title.
    """
    header, body = _split(text)
    url = absolute(header.get("url") or header.get("link"), base="https:")
    if not url:
        raise ValueError(NO_LINK)
    paragraphs = _paragraphs(body, markdown=markdown)
    title = header.get("title") or (paragraphs.pop(0) if paragraphs else "")
    if not title.strip():
        raise ValueError("it has no title; its first line is taken for one")
    canonical_url = canonical(url)
    return Entry(
        guid=canonical_url,
        url=url,
        canonical_url=canonical_url,
        title=_plain.cut(_plain.line(title), _plain.MAX_TITLE),
        summary=_plain.cut(_plain.lines(header.get("summary") or "".join(paragraphs[:1])), _plain.MAX_SUMMARY),
        published_at=instant(header.get("date")),
        authors=_words(header.get("authors") or header.get("author", "")),
        tags=_words(header.get("tags", "")),
        image=_picture(header, body, base=url),
        language=language_tag(header.get("language")),
    )


def _split(text: str) -> tuple[dict[str, str], list[str]]:
    """Give (header, remaining lines)."""
    lines = [_plain.line(line) for line in text[: 20 * _plain.MAX_SUMMARY].splitlines()]
    while lines and (not lines[0] or lines[0] == "---"):
        lines.pop(0)
    header: dict[str, str] = {}
    while lines:
        match = _HEADER.fullmatch(lines[0])
        if not match or match.group(1).lower() not in _KEYS:
            break
        header[match.group(1).lower()] = match.group(2).strip().strip("\"'")
        lines.pop(0)
    if lines and lines[0] == "---":
        lines.pop(0)
    return header, lines


def _paragraphs(lines: list[str], *, markdown: bool) -> list[str]:
    found: list[list[str]] = [[]]
    for line in lines:
        heading = markdown and line.startswith("#")
        if not line or _RULE.fullmatch(line):
            found.append([])
            continue
        if heading or not any(found):
            found.append([])
        found[-1].append(_unmarked(line.lstrip("#").strip()) if markdown else line)
        if heading or sum(map(len, found)) == 1:
            found.append([])  # the first line is the title, with or without an empty line below it
    return [text for text in ("\n".join(filter(None, part)) for part in found) if text]


def _unmarked(line: str) -> str:
    for pattern, replacement in _MARKS:
        line = pattern.sub(replacement, line)
    return line.strip()


def _picture(header: dict[str, str], lines: list[str], *, base: str) -> Picture | None:
    inline = _IMAGE.search("\n".join(lines))
    alt, address = (header.get("alt", ""), header["image"]) if header.get("image") else ("", "")
    if not address and inline:
        alt, address = inline.group(1), inline.group(2)
    url = absolute(address, base=base)
    return Picture(url=url, alt=_plain.line(alt)) if url else None


def _words(value: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word for word in map(str.strip, value.strip("[]").split(",")) if word))
