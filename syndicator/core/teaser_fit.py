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

from syndicator.core.text import cut, measure
from syndicator.core.text_hashtags import Hashtags
from syndicator.core.text_sentences import whole_sentences
from syndicator.errors import ComposeError
from syndicator.model import Counting

_OPEN, _HEAD, _ITEM, _CLOSE = "\x0e", "\x1e", "\x1f", "\x0f"
_PART = re.compile(f"{_OPEN}([fr])(-?[0-9]+){_HEAD}([^{_OPEN}{_CLOSE}]*){_CLOSE}")
_STRAY = re.compile(f"[{_OPEN}{_HEAD}{_CLOSE}]")
_PLAIN_HEADS = {"f0": "f", "r0": "r"}
_LEAST = 12
"""A shortened part with less room than this says nothing and is left out instead."""


def fit(value: object, rank: int = 0) -> str:
    """Mark a part that may be shortened at a word. Higher ``rank`` gives way later."""
    return _marked("f", rank, str(value))


def if_room(value: object, rank: int = 0) -> str:
    """Mark a part that is printed whole or not at all; of hashtags as many as there is room for."""
    text = _ITEM.join(value) if isinstance(value, Hashtags) else str(value)
    return _marked("r", rank, text)


def _marked(kind: str, rank: int, text: str) -> str:
    return f"{_OPEN}{kind}{int(rank)}{_HEAD}{_STRAY.sub('', text)}{_CLOSE}" if text else ""


@dataclass(slots=True)
class Elastic:
    """One elastic part: its kind, rank, full text and what is left of it."""

    kind: str
    rank: int
    full: str
    text: str

    @property
    def shortened(self) -> bool:
        """Say whether something was taken from it."""
        return self.text != self.full


@dataclass(slots=True)
class Assembly:
    """A rendered template taken apart: literal pieces with one part between each two of them."""

    literals: list[str]
    parts: list[Elastic] = field(default_factory=list)

    def joined(self, finish: Callable[[str], str], *, probe: Elastic | None = None) -> str:
        """Put the text together; ``probe`` counts as one letter."""
        pieces = [self.literals[0]]
        for part, literal in zip(self.parts, self.literals[1:], strict=True):
            pieces += ["x" if part is probe else part.text.replace(_ITEM, " "), literal]
        return finish("".join(pieces))


def take_apart(rendered: str) -> Assembly:
    """Separate literal text and elastic parts."""
    first, *marked = rendered.split(_OPEN)
    literals, parts = [first], []
    for piece in marked:
        head, _, rest = piece.partition(_HEAD)
        full, closed, literal = rest.partition(_CLOSE)
        kind = _PLAIN_HEADS.get(head)
        if kind is None or not closed or _HEAD in literal or _CLOSE in literal:
            return _mended(rendered)
        literals.append(literal)
        parts.append(Elastic(kind, 0, full, full))
    return Assembly(literals, parts)


def _mended(rendered: str) -> Assembly:
    """Do the same for marks with a rank, and for those that a filter has torn apart."""
    pieces = _PART.split(rendered)
    literals = pieces[0::4]
    if _STRAY.search("".join(literals)):
        literals = [_STRAY.sub("", literal) for literal in literals]
    parts = [
        Elastic(kind, int(rank), full, full)
        for kind, rank, full in zip(pieces[1::4], pieces[2::4], pieces[3::4], strict=True)
    ]
    return Assembly(literals, parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Frame:
    """What a text has to fit, and how it is finished before it is measured."""

    limit: int
    counting: Counting
    finish: Callable[[str], str]

    def text(self, assembly: Assembly, probe: Elastic | None = None) -> tuple[str, int]:
        text = assembly.joined(self.finish, probe=probe)
        return text, measure(text, self.counting)


def squeeze(assembly: Assembly, *, limit: int, counting: Counting, finish: Callable[[str], str]) -> tuple[str, int]:
    """Shorten the elastic parts until the text fits ``limit``; returns the finished text and its length.

    Raises:
        ComposeError: what is not elastic is too long already, or the most important part would become meaningless.
    """
    text = assembly.joined(finish)
    length = measure(text, counting)
    if length <= limit:
        return text, length
    frame = _Frame(limit=limit, counting=counting, finish=finish)
    order = [part for _, part in sorted(enumerate(assembly.parts), key=lambda item: (item[1].rank, -item[0]))]
    essential = next((part for part in reversed(order) if part.kind == "f" and part.full), None)
    for part in order:
        text, length = _give_way(part, assembly, frame, may_vanish=part is not essential)
        if length <= limit:
            break
    if length > limit:
        raise ComposeError(f"the text is too long for this channel even at its shortest: {length} of at most {limit}")
    return text, length


def _give_way(part: Elastic, assembly: Assembly, frame: _Frame, *, may_vanish: bool) -> tuple[str, int]:
    """Take as little as possible from one part; returns the text with what is left of it, and its length."""
    _, length = frame.text(assembly, probe=part)
    room = frame.limit - length + 1
    # Of a lead, whole sentences rather than half of one; of a headline nothing goes without an ellipsis (C10).
    whole = whole_sentences(part.full, limit=room, counting=frame.counting) if may_vanish and part.kind == "f" else ""
    for shorter in (*([whole] if whole else ()), *_shorter(part, room, counting=frame.counting)):
        part.text = shorter
        text, length = frame.text(assembly)
        if length <= frame.limit:
            return text, length
    part.text = "" if may_vanish else part.full
    return frame.text(assembly)


def _shorter(part: Elastic, room: int, *, counting: Counting) -> Iterable[str]:
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
