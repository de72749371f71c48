"""In which order a line of mixed scripts is read on the page: Unicode's bidirectional algorithm (UAX 9). Pure, linear.

Only its implicit part: characters that embed, override or isolate are taken out of a text before it gets here
(``core.text.clean``), and count as nothing if they do. Used where a line is drawn with several fonts, each run by
itself; drawn with one font, the font engine would do it.
"""

from collections.abc import Iterator, Sequence
from unicodedata import bidirectional, mirrored

_STRONG = frozenset(("L", "R", "AL"))
_NEUTRAL = frozenset(("B", "S", "WS", "ON"))
_NOTHING = frozenset(("BN", "LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI", ""))
_BRACKETS = dict(zip("([{⟨〈「『（《【", ")]}⟩〉」』）》】", strict=True))


def base(text: str) -> int:
    """Give the direction of a text by its first strong character: 0 is left to right, 1 right to left."""
    return next((int(kind != "L") for kind in map(bidirectional, text) if kind in _STRONG), 0)


def levels(text: str, direction: int) -> list[int]:
    """Give the level of each character in a text of ``direction``; odd levels run from right to left."""
    kinds = ["ON" if (kind := bidirectional(sign)) in _NOTHING else kind for sign in text]
    embedding = "R" if direction else "L"
    _settle_numbers(kinds, embedding)
    _settle_brackets(text, kinds, embedding)
    _settle_neutrals(kinds, embedding)
    if direction:
        return [1 if kind == "R" else 2 for kind in kinds]
    return [{"L": 0, "R": 1}.get(kind, 2) for kind in kinds]


def visual(levels_: Sequence[int]) -> Iterator[tuple[int, int, int]]:
    """Give the runs (start, end, level) of a line from left to right, each to be drawn in its own direction (L2)."""
    runs: list[tuple[int, int, int]] = []
    for at, level in enumerate(levels_):
        if runs and runs[-1][2] == level:
            runs[-1] = (runs[-1][0], at + 1, level)
        else:
            runs.append((at, at + 1, level))
    for level in range(max(levels_, default=0), 0, -1):
        at = 0
        while at < len(runs):
            end = at
            while end < len(runs) and runs[end][2] >= level:
                end += 1
            runs[at:end] = runs[at:end][::-1]
            at = end + 1
    yield from runs


def _settle_numbers(kinds: list[str], embedding: str) -> None:
    """W1 to W7: marks, numbers and what stands between numbers."""
    before = strong = embedding
    for at, kind in enumerate(kinds):
        settled = before if kind == "NSM" else kind
        if settled in _STRONG:
            strong = settled
        elif settled == "EN" and strong == "AL":
            settled = "AN"
        before = kinds[at] = settled
    for at, kind in enumerate(kinds):
        around = (kinds[at - 1] if at else "", kinds[at + 1] if at + 1 < len(kinds) else "")
        if (kind == "ES" and around == ("EN", "EN")) or (kind == "CS" and around in {("EN", "EN"), ("AN", "AN")}):
            kinds[at] = around[0]
    _settle_signs_of_numbers(kinds)
    strong = embedding
    for at, kind in enumerate(kinds):
        if kind == "AL":
            kinds[at] = "R"
        if kinds[at] in {"L", "R"}:
            strong = kinds[at]
        elif kind == "EN" and strong == "L":
            kinds[at] = "L"


def _settle_signs_of_numbers(kinds: list[str]) -> None:
    """W5 and W6: percent and currency signs beside a number belong to it; other separators are neutral."""
    at = 0
    while at < len(kinds):
        end = at
        while end < len(kinds) and kinds[end] == "ET":
            end += 1
        if end > at and "EN" in (kinds[at - 1] if at else "", kinds[end] if end < len(kinds) else ""):
            kinds[at:end] = ["EN"] * (end - at)
        at = max(end, at + 1)
    kinds[:] = ["ON" if kind in {"ET", "ES", "CS"} else kind for kind in kinds]


def _settle_brackets(text: str, kinds: list[str], embedding: str) -> None:
    """N0: a pair of brackets runs as what it holds, or as what stands before it."""
    for opening, closing in _pairs(text, kinds):
        inside = {_as_strong(kind) for kind in kinds[opening + 1 : closing]} - {""}
        if embedding in inside:
            found = embedding
        elif inside:
            earlier = (_as_strong(kind) for kind in reversed(kinds[:opening]))
            found = next((kind for kind in earlier if kind), embedding)
        else:
            continue
        kinds[opening] = kinds[closing] = found


def _pairs(text: str, kinds: Sequence[str]) -> list[tuple[int, int]]:
    waiting: list[tuple[int, str]] = []
    found = []
    for at, sign in enumerate(text):
        if kinds[at] != "ON" or not mirrored(sign):
            continue
        if sign in _BRACKETS:
            if len(waiting) == 63:  # as the algorithm has it
                break
            waiting.append((at, _BRACKETS[sign]))
        elif any(closing == sign for _, closing in waiting):
            while waiting:
                opening, closing = waiting.pop()
                if closing == sign:
                    found.append((opening, at))
                    break
    return sorted(found)


def _as_strong(kind: str) -> str:
    return "R" if kind in {"R", "EN", "AN"} else "L" if kind == "L" else ""


def _settle_neutrals(kinds: list[str], embedding: str) -> None:
    """N1 and N2: neutrals run as what is on both sides of them, else as the whole text."""
    at = 0
    while at < len(kinds):
        end = at
        while end < len(kinds) and kinds[end] in _NEUTRAL:
            end += 1
        if end > at:
            before = _as_strong(kinds[at - 1]) if at else embedding
            after = _as_strong(kinds[end]) if end < len(kinds) else embedding
            kinds[at:end] = [before if before == after else embedding] * (end - at)
        at = max(end, at + 1)
