"""Elastic parts of a teaser: what may be shortened or left out so that the rest is never cut. Pure.

How it works. A template marks a part with ``| fit`` (may be shortened at a word, with an ellipsis) or ``| if_room``
(whole or not at all; hashtags one by one). The filters wrap the part in control characters, which no data and no
template can contain. After rendering, :func:`assemble` takes the marks out. If the text is too long, the parts give
way from the bottom of the template to the top (a part with a lower ``rank`` before one with a higher), each as little
as possible; everything that is not marked stays.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from syndicator.core.text import cut
from syndicator.core.text_hashtags import Hashtags
from syndicator.errors import ComposeError
from syndicator.model import Counting

_OPEN, _HEAD, _ITEM, _CLOSE = "\x0e", "\x1e", "\x1f", "\x0f"
_PART = re.compile(f"{_OPEN}([fr])(-?[0-9]+){_HEAD}([^{_OPEN}{_CLOSE}]*){_CLOSE}")
_STRAY = re.compile(f"[{_OPEN}{_HEAD}{_CLOSE}]")
_LEAST = 12
"""A shortened part with less room than this says nothing and is left out instead."""

Measure = Callable[[str], int]


def fit(value: object, rank: int = 0) -> str:
    """Mark a part that may be shortened at a word. Higher ``rank`` gives way later."""
    return _marked("f", rank, str(value))


def if_room(value: object, rank: int = 0) -> str:
    """Mark a part that is printed whole or not at all; of hashtags as many as there is room for."""
    text = _ITEM.join(value) if isinstance(value, Hashtags) else str(value)
    return _marked("r", rank, text)


def _marked(kind: str, rank: int, text: str) -> str:
    return f"{_OPEN}{kind}{int(rank)}{_HEAD}{_STRAY.sub('', text)}{_CLOSE}" if text else ""


@dataclass(slots=True, kw_only=True)
class Part:
    """One elastic part: its kind, rank, full text and what is left of it."""

    kind: str
    rank: int
    full: str
    text: str

    @property
    def shortened(self) -> bool:
        """Say whether something was taken from it."""
        return self.text != self.full


@dataclass(slots=True, kw_only=True)
class Assembly:
    """A rendered template taken apart: literal pieces with one part between each two of them."""

    literals: list[str]
    parts: list[Part] = field(default_factory=list)

    def joined(self, finish: Callable[[str], str], *, probe: Part | None = None) -> str:
        """Put the text together; ``probe`` counts as one letter."""
        pieces = [self.literals[0]]
        for part, literal in zip(self.parts, self.literals[1:], strict=True):
            pieces += ["x" if part is probe else part.text.replace(_ITEM, " "), literal]
        return finish("".join(pieces))


def take_apart(rendered: str) -> Assembly:
    """Separate literal text and elastic parts."""
    if _OPEN not in rendered:
        return Assembly(literals=[rendered])
    pieces = _PART.split(rendered)
    literals = [_STRAY.sub("", piece) for piece in pieces[0::4]]
    parts = [
        Part(kind=kind, rank=int(rank), full=full, text=full)
        for kind, rank, full in zip(pieces[1::4], pieces[2::4], pieces[3::4], strict=True)
    ]
    return Assembly(literals=literals, parts=parts)


def squeeze(
    assembly: Assembly, *, limit: int, counting: Counting, measure: Measure, finish: Callable[[str], str]
) -> str:
    """Shorten the elastic parts until the text fits ``limit``; returns the finished text.

    Raises:
        ComposeError: what is not elastic is too long already, or the most important part would become meaningless.
    """
    text = assembly.joined(finish)
    if measure(text) <= limit:
        return text
    order = sorted(enumerate(assembly.parts), key=lambda item: (item[1].rank, -item[0]))
    elastic = [part for _, part in order if part.kind == "f" and part.full]
    for _, part in order:
        last = bool(elastic) and part is elastic[-1]
        text = _give_way(part, assembly, limit=limit, counting=counting, measure=measure, finish=finish, last=last)
        if measure(text) <= limit:
            return text
    length = measure(text)
    raise ComposeError(f"the text is too long for this channel even at its shortest: {length} of at most {limit}")


def _give_way(
    part: Part,
    assembly: Assembly,
    *,
    limit: int,
    counting: Counting,
    measure: Measure,
    finish: Callable[[str], str],
    last: bool,
) -> str:
    """Take as little as possible from one part; returns the text with what is left of it."""
    room = limit - measure(assembly.joined(finish, probe=part)) + 1
    for shorter in _shorter(part, room, counting=counting):
        part.text = shorter
        text = assembly.joined(finish)
        if measure(text) <= limit:
            return text
    part.text = part.full if last else ""
    return assembly.joined(finish)


def _shorter(part: Part, room: int, *, counting: Counting) -> Iterable[str]:
    """Give ever shorter forms of a part that has ``room``."""
    if part.kind == "r":
        items = part.full.split(_ITEM)
        for count in range(len(items) - 1, 0, -1):
            yield _ITEM.join(items[:count])
        return
    for less in (0, 1, 2, 4, 8, 16, 32):  # joining can make a link out of two pieces that were none: try with less
        if room - less < _LEAST:
            return
        if shorter := cut(part.full, limit=room - less, counting=counting):
            yield shorter
