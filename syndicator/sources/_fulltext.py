"""The beginning of a page's own text, by trafilatura (extra ``fulltext``): a lead where its head gives none. Pure.

Loaded in a parser's process, and only in one that was asked for such a text: pages that describe themselves, which are
nearly all, do not pay for it. Only paragraphs are taken; headings, captions, lists, tables and comments are not.
"""

from functools import cache
from importlib.util import find_spec

from syndicator.core.boilerplate import clean_lead
from syndicator.model import Entry, Source
from syndicator.sources import _hostile, _plain
from syndicator.sources._encoding import decode

MOST = 1500
"""Characters: as much as of a feed's own text."""
_LEAST = 24
"""Bytes of UTF-8, eight Chinese signs: a summary that is shorter says nothing."""
_MAX_MARKUP = 2_000_000
_LINE_END = "\ue000"
"""A break that the author wrote, among those that only the markup's lines have."""


@cache
def is_here() -> bool:
    """Say whether the extra is installed."""
    return find_spec("trafilatura") is not None


def is_poor(entry: Entry) -> bool:
    """Say whether an entry's summary is no lead: empty, all furniture, or the title once more."""
    lead = clean_lead(entry.summary, title=entry.title)
    return len(lead.encode("utf-8", "replace")) < _LEAST or lead.casefold() == entry.title.casefold()


def rehearse() -> None:
    """Load all that extracting needs, its word lists too, while files can be opened."""
    _paragraphs("<html><body><p>Short.</p><div>Text without a paragraph: every way is tried.</div></body></html>")
    text = "<p>The ferries run again, the port said on Monday.</p>" * 9
    _paragraphs(f"<html><body><article>{text}</article></body></html>")


def beginning(body: bytes, *, charset: str | None, source: Source) -> str:  # noqa: ARG001 - every parser is told of it
    """Give the first paragraphs of the main text, a line each, at most ``MOST`` characters; "" when there is none.

    Raises:
        ValueError: hostile markup.
    """
    text = decode(body, charset=charset)[:_MAX_MARKUP]
    _hostile.refuse_tags(text)
    lines: list[str] = []
    for paragraph in _paragraphs(text):
        lines.append(paragraph)
        if sum(map(len, lines)) > MOST:
            break
    return _plain.cut("\n".join(lines), MOST)


def _paragraphs(markup: str) -> list[str]:
    from trafilatura import bare_extraction

    found = bare_extraction(
        markup, include_comments=False, include_tables=False, include_images=False, favor_precision=True
    )
    body = getattr(found, "body", None)
    if body is None:
        return []
    for end in body.iter("lb"):
        end.tail = _LINE_END + (end.tail or "")
    texts = (" ".join("".join(element.itertext()).split()) for element in body.iter("p"))
    return [line for text in texts for line in _plain.lines(text.replace(_LINE_END, "\n")).split("\n") if line]
