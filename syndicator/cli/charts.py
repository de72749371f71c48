"""Small pictures in text, for what people rather look at than read: columns and bars. They know nothing of sources."""

from collections.abc import Sequence

_EIGHTHS = " ▁▂▃▄▅▆▇█"
_WIDE = " ▏▎▍▌▋▊▉█"


def columns(values: Sequence[float], *, height: int = 3, width: int = 2) -> list[str]:
    """Draw values as columns side by side, in eighths of a line; the lines from the top. The largest fills them."""
    top = max(values, default=0)
    if top <= 0:
        return []
    # What is there at all can be seen.
    eighths = [max(round(value / top * height * 8), 1) if value > 0 else 0 for value in values]
    lines = []
    for line in reversed(range(height)):
        cells = (_EIGHTHS[min(max(eighth - 8 * line, 0), 8)] for eighth in eighths)
        lines.append("".join(cell * (width - 1) + " " for cell in cells).rstrip())
    return lines


def bars(pairs: Sequence[tuple[str, int]], *, width: int = 40) -> list[str]:
    """Draw each number as a bar behind its name, with the number at its end."""
    top = max((number for _, number in pairs), default=0)
    names = max((len(name) for name, _ in pairs), default=0)
    return [f"{name:>{names}}  {_bar(number, top, width)} {number}" for name, number in pairs] if top else []


def _bar(number: int, top: int, width: int) -> str:
    eighths = max(round(number / top * width * 8), 1) if number else 0
    return "█" * (eighths // 8) + (_WIDE[eighths % 8] if eighths % 8 else "")
