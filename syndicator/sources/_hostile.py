"""Cheap linear checks before a parser sees a document (F20–F23). Pure; must not parse.

They refuse what is known to make a parser slow or dangerous: entity tricks, tags of thousands of attributes (over 20 s
in feedparser), author fields of kilobytes (5 s), one token of megabytes (expat before 2.6).
"""

import re

MAX_BYTES = 10_000_000
"""Of a feed, decompressed."""
MAX_ITEMS = 2000
MAX_ATTRIBUTES = 200
MAX_TAG = 65_536
MAX_AUTHOR = 2000
MAX_AUTHOR_WORK = 20_000_000
"""Characters squared: feedparser's search for addresses in author fields is quadratic in the length of a word."""
MAX_SLOW = 3_000_000
MAX_SLOW_TAGS = 60_000

# What may stand before the first element; group 1 is filled when a DOCTYPE has an internal subset. Newer RSS has no
# DOCTYPE at all, RSS 0.91 has one without a subset.
_PROLOG = re.compile(
    r"<!--(?s:.*?)(?:-->|\Z)|<\?(?s:.*?)(?:\?>|\Z)|<!ENTITY()|<[A-Za-z_:]"
    r"|<!DOCTYPE(?:[^\[<>\"']|\"[^\"]*\"|'[^']*')*+(?:>|([\[<\"']|\Z))",
    re.IGNORECASE,
)
# Comments, CDATA and instructions are skipped as a whole; tags are only looked at when they are long. The possessive
# quantifiers keep the scan linear, whatever quotes are left open.
_TOKEN = re.compile(
    r"<!--(?s:.*?)(?:-->|\Z)|<!\[CDATA\[(?s:.*?)(?:\]\]>|\Z)|<\?(?s:.*?)(?:\?>|\Z)"
    r"|<[A-Za-z_:](?:[^<>\"']|\"[^\"]*+\"|'[^']*+')*+"
)
_ORDINARY = 2 * MAX_ATTRIBUTES
"""Characters: no shorter tag has too many attributes."""
_LONG = re.compile(rf"<[A-Za-z_:!?][^<]{{{_ORDINARY - 1}}}")
_AUTHOR = re.compile(
    r"<(?:[\w.-]{1,40}:)?(?:author|creator|name|owner|email|contributor|publisher|managingeditor|webmaster)\b[^<>]{0,999}>"
    r"(?:\s|<!\[CDATA\[)*+([^<]*+)",
    re.IGNORECASE,
)
_RUN = re.compile(r"[\w.+-]{100,}")
_START = re.compile(r"<[A-Za-z_]")
_CDATA = re.compile(r"<!\[CDATA\[(?s:.*?)(?:\]\]>|\Z)")
_ITEM = re.compile(r"<(?:[\w.-]{1,40}:)?(item|entry)[\s>]", re.IGNORECASE)
_ITEM_END = re.compile(r"</(?:[\w.-]{1,40}:)?(?:item|entry)\s*>", re.IGNORECASE)


def refuse_entities(text: str) -> None:
    """Refuse a document that defines entities of its own (F21).

    Raises:
        ValueError: it does.
    """
    for match in _PROLOG.finditer(text):
        if match.lastindex:
            raise ValueError("it defines its own XML entities (DOCTYPE with an internal subset), which is refused")
        if match.group()[1] not in "!?":
            return


def refuse(text: str) -> None:
    """Refuse a document that is built to slow feedparser down (F22, F23).

    Raises:
        ValueError: what was found.
    """
    refuse_tags(text)
    for match in _AUTHOR.finditer(text):
        if match.end(1) - match.start(1) > MAX_AUTHOR:
            raise ValueError(f"an author field is longer than {MAX_AUTHOR:,} characters")


def refuse_tags(text: str) -> None:
    """Refuse a document with a tag of too many attributes or a tag or comment of too many characters.

    Raises:
        ValueError: what was found.
    """
    for match in _TOKEN.finditer(text):
        if match.end() - match.start() > _ORDINARY and (fault := _fault(match.group())):
            raise ValueError(fault)


def may_have_slow_tags(text: str) -> bool:
    """Say whether ``refuse_tags`` could find anything in what is meant to be XML, where no tag holds a ``<``.

    Takes a tenth of its time; True also for a tag that is only quoted.
    """
    begun = (_TOKEN.match(text, found.start()) for found in _LONG.finditer(text))
    return any(_fault(token.group()) for token in begun if token and token.end() - token.start() > _ORDINARY)


def _fault(token: str) -> str:
    """Say what is wrong with a long tag, comment or instruction; empty when nothing is."""
    if token.startswith("<![CDATA["):
        return ""
    if len(token) > MAX_TAG:
        return f"a single tag or comment is longer than {MAX_TAG:,} characters"
    if not token.startswith(("<!", "<?")) and token.count("=") > MAX_ATTRIBUTES and _attributes(token) > MAX_ATTRIBUTES:
        return f"a tag has more than {MAX_ATTRIBUTES} attributes"
    return ""


def _attributes(tag: str) -> int:
    return len(re.sub(r"\"[^\"]*+\"|'[^']*+'", "", tag).split("=")) - 1


def refuse_slow(text: str) -> None:
    """Refuse what the slow parser would take many seconds for: it needs about 0.1 ms a tag and 3 s a megabyte.

    Raises:
        ValueError: too many tags, or too long.
    """
    if len(text) > MAX_SLOW or len(_START.findall(_CDATA.sub("", text))) > MAX_SLOW_TAGS:
        raise ValueError(f"it is damaged or unusual XML of more than {MAX_SLOW:,} characters or {MAX_SLOW_TAGS:,} tags")
    runs = (len(run) ** 2 for match in _AUTHOR.finditer(text) for run in _RUN.findall(match.group(1)))
    if sum(runs) > MAX_AUTHOR_WORK:
        raise ValueError("its author fields hold very long words")


def items_in(text: str) -> int:
    """Count the start tags of items, those quoted in CDATA included."""
    return sum(1 for _ in _ITEM.finditer(text))


def first_items(text: str) -> tuple[str, int]:
    """Cut ``text`` after ``MAX_ITEMS`` items, keeping its end; give it with the number of items cut."""
    starts = [match.start() for match in _ITEM.finditer(text)]
    if len(starts) <= MAX_ITEMS:
        return text, 0
    cut = starts[MAX_ITEMS]
    ends = [match.end() for match in _ITEM_END.finditer(text, cut)]
    return text[:cut] + (text[ends[-1] :] if ends else ""), len(starts) - MAX_ITEMS
