"""What a row of the benchmarks found, as a table for people and as JSON for scripts. It measures nothing."""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One figure with its goal. ``least`` and ``most`` bound ``value``; a figure without either is only told."""

    row: str
    what: str
    value: float
    unit: str = "x"
    least: float | None = None
    most: float | None = None
    detail: str = ""
    """How it came about: both sides of a ratio, N."""

    @property
    def met(self) -> bool:
        """Whether the goal is reached."""
        return (self.least is None or self.value >= self.least) and (self.most is None or self.value <= self.most)

    @property
    def goal(self) -> str:
        """The goal in words."""
        bounds = [f">= {self.least:g}"] if self.least is not None else []
        bounds += [f"<= {self.most:g}"] if self.most is not None else []
        return f"{' '.join(bounds)} {self.unit}" if bounds else ""


def document(found: Sequence[Figure]) -> dict[str, object]:
    """Give all figures as plain data."""
    rows = [
        {
            "row": one.row,
            "what": one.what,
            "value": one.value,
            "unit": one.unit,
            "least": one.least,
            "most": one.most,
            "met": one.met,
            "detail": one.detail,
        }
        for one in found
    ]
    return {"figures": rows, "met": all(one.met for one in found), "load": os.getloadavg()[0], "cores": os.cpu_count()}


def lines(found: Sequence[Figure]) -> Iterable[str]:
    """Give the table, a line each."""
    if not found:
        return
    width = max(len(one.what) for one in found)
    yield f"{'row':<9}{'what':<{width + 2}}{'measured':>14}  {'goal':<14}{'':8}how"
    for one in found:
        verdict = ("met" if one.met else "MISSED") if one.goal else ""
        measured = f"{one.value:,.3g} {one.unit}" if one.value < 1000 else f"{one.value:,.0f} {one.unit}"
        yield f"{one.row:<9}{one.what:<{width + 2}}{measured:>14}  {one.goal:<14}{verdict:<8}{one.detail}"
    load = os.getloadavg()[0]
    yield f"load of the machine now {load:.1f} on {os.cpu_count()} cores; CPU is that of each process and its children"
