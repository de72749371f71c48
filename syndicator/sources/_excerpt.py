"""The part of an HTML document that says what it is about: head, JSON-LD, and the article for its pictures. Pure.

Only that is parsed: most of a page is menus, scripts and other stories. Must not change what a parser would find in the
whole document, so where a few tags do not show what belongs to it, the whole document is given.
"""

import re
from typing import NamedTuple

_AFTER = r"(?=[\s/>])"
_IN_HEAD = re.compile(rf"<(?:(!--)|(script|style){_AFTER}|/head{_AFTER}|body{_AFTER})", re.IGNORECASE)
_IN_BODY = re.compile(
    rf"<(?:(!--)|(script|style){_AFTER}|(/?)(article|main|aside|nav|footer|form){_AFTER}|(meta{_AFTER}|[A-Z]))"
)
"""Names in capitals are rare by now: they are left to a parser, which saves a fifth of the time for all others."""
_END = {name: re.compile(rf"</{name}{_AFTER}[^>]*>?", re.IGNORECASE) for name in ("script", "style")}
_DATA = re.compile(r"(?:[^>]*?\s)?type\s*=\s*[\"']?\s*application/ld(?:\+|&[^;>]{1,8};)json[^>]*>", re.IGNORECASE)
"""The tag's end of JSON-LD; some write the plus sign as a reference."""
_MOST_TAGS = 2000
_LINK = re.compile(rf"<a{_AFTER}[^>]*>")
_TEXTS = ("article", "main")
"""In the order in which they are the story."""


class Excerpt(NamedTuple):
    """What has to be read of a document."""

    markup: str
    data: tuple[str, ...] | None = None
    """The texts of its JSON-LD, in order; None: they stand in ``markup``."""


class _Tag(NamedTuple):
    start: int
    closes: bool
    name: str


def of(markup: str) -> Excerpt:
    """Give the part of ``markup`` that has to be parsed."""
    data: list[str] = []
    head, at = _head(markup, data)
    lower = head.lower()
    if "<title" not in lower or ("canonical" not in lower and markup.find("canonical", at) >= 0):
        return Excerpt(markup)
    body = _body(markup, at, data)
    if body is None:
        return Excerpt(markup)
    return Excerpt(f"{head}</head><body>{body}", tuple(data))


def _head(markup: str, data: list[str]) -> tuple[str, int]:
    """Give what comes before the body without scripts, and where it ends; "" if that is not told. Adds its JSON-LD."""
    kept: list[str] = []
    done = here = 0
    while mark := _IN_HEAD.search(markup, here):
        here = mark.start()
        kept.append(markup[done:here])
        if not mark.lastindex:
            return "".join(kept), here
        here = done = _end(markup, mark, data)
    return "", len(markup)


def _body(markup: str, at: int, data: list[str]) -> str | None:
    """Give the article of a body; None where something in it may describe the page. Adds its JSON-LD."""
    tags: list[_Tag] = []
    here = at
    while mark := _IN_BODY.search(markup, here):
        if mark[5] or len(tags) > _MOST_TAGS:
            return None
        if mark[4]:
            tags.append(_Tag(mark.start(), bool(mark[3]), mark[4]))
            here = mark.end()
        else:
            here = _end(markup, mark, data)
    return _text(markup, at, tags)


def _end(markup: str, mark: re.Match[str], data: list[str]) -> int:
    """Give where a comment, script or style sheet ends; adds it to ``data`` if it is JSON-LD."""
    if mark[1]:
        end = markup.find("-->", mark.start() + 2)  # the shortest comment is "<!-->"
        return len(markup) if end < 0 else end + 3
    name = mark[2].lower()
    found = _END[name].search(markup, mark.end())
    if name == "script" and (tag := _DATA.match(markup, mark.end())):
        data.append(markup[tag.end() : found.start() if found else len(markup)])
    return found.end() if found else len(markup)


def _text(markup: str, at: int, tags: list[_Tag]) -> str:
    """Give the article as far as it has pictures, in the boxes and the link that it stands in."""
    own = next((name for name in _TEXTS if any(tag.name == name and not tag.closes for tag in tags)), "")
    first = next((n for n, tag in enumerate(tags) if tag.name == own and not tag.closes), len(tags))
    depth = 0
    for tag in tags[first:]:
        depth += 0 if tag.name != own else -1 if tag.closes else 1
        if not depth:
            break
    end = len(markup) if depth else tag.start if own else at
    start = tags[first].start if own else at
    last = markup.rfind("<img", start, end)
    if last < 0:
        return ""
    caption = markup.find("</figure", last, end)
    end = caption if caption >= 0 else min(end, markup.find(">", last) + 1 or end)
    return _around(markup, at, tags[:first], start) + markup[start:end]


def _around(markup: str, at: int, tags: list[_Tag], start: int) -> str:
    """Give the start tags that are still open at ``start``, as far as they say what stands beside the story."""
    boxes: list[str] = []
    for tag in tags:
        if not tag.closes:
            boxes.append(tag.name)
        elif tag.name in boxes:
            del boxes[len(boxes) - 1 - boxes[::-1].index(tag.name) :]
    link = _LINK.search(markup, max(markup.rfind("</a>", at, start), at), start)
    return "".join(f"<{name}>" for name in boxes) + (link.group() if link else "")
