"""The n-th I/O call of SQLite fails over a whole life: opening, claim, fence, doubt, look-up, receipt (S01, S07, S08).

The method is SQLite's own: the call n fails, then n + 1, until a life ends before its fault comes.
"""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from syndicator import boundary
from syndicator.boundary import Boundary
from syndicator.errors import StoreError
from syndicator.model import State
from tests.faults.ground import again, begin, judge, step
from tests.faults.thorough import ALL, numbers
from tests.faults.vfs import Plan, Shim
from tests.service.bench import Bench

WRITES = frozenset({"write", "truncate"})
PLANS: dict[str, tuple[int, dict[str, Any]]] = {
    "once": (19, {}),
    "for good": (43, {"sticky": True}),
    "disk full": (17, {"only": WRITES, "full": True}),
    "disk full for good": (23, {"only": WRITES, "full": True, "sticky": True}),
    "torn write": (17, {"only": WRITES, "torn": True}),
    "sync": (5, {"only": frozenset({"sync"})}),
}
"""Name: of how many calls one is tried with every commit, and what fails."""


def live_one_life(bench: Bench) -> Bench:
    """Open the log anew and deliver two posts, the answer to the first of them lost."""
    try:
        bench = again(bench)
        for _ in range(4):
            step(bench)
            bench.clock.tick(timedelta(minutes=1))
    except StoreError as error:
        if str(bench.parts.state_dir) not in str(error):
            raise  # it must say which file it is about
    return bench


def prepared(folder: Path) -> Bench:
    folder.mkdir()
    bench = begin(folder, stories=2)
    bench.x.publishing.append("lost")
    bench.parts.store.close()
    return bench


@pytest.mark.parametrize("kind", PLANS)
def test_s08_whichever_call_fails_each_post_is_live_once_or_shown(kind: str, shim: Shim, tmp_path: Path) -> None:
    stride, faults = PLANS[kind]
    ends: set[State] = set()
    hit: set[str] = set()
    for n in numbers(stride):
        bench = prepared(tmp_path / str(n))
        shim.plan = plan = Plan(at=n, **faults)
        bench = live_one_life(bench)
        shim.plan = None
        if not plan.hit:
            break
        hit |= set(plan.hit)
        ends |= set(judge(again(bench), expected=2, context=f"{kind}, call {n}: {plan.hit[:1]}"))
    assert hit
    assert State.PUBLISHED in ends
    if ALL:
        print(f"\n{kind}: {n - 1} calls, ended {sorted(ends)}, failed {sorted(hit)}")  # noqa: T201


@pytest.mark.parametrize("where", [place for place in Boundary if not place.name.startswith("WIRE")])
def test_s07_a_power_cut_at_any_boundary_loses_no_intent(where: Boundary, shim: Shim, tmp_path: Path) -> None:
    """What no sync covered is gone, as with a disk that caches: a platform must not know more posts than the log."""
    bench = prepared(tmp_path / "before")
    after = tmp_path / "after"
    after.mkdir()
    cuts: list[Path] = []
    with shim.forgetful() as cut:

        def power_cut(reached: Boundary) -> None:
            if reached is where and not cuts:
                cut(bench.parts.state_dir / "log.db", after)
                cuts.append(after)
                raise PowerCutError

        boundary.install(power_cut)
        try:
            live_one_life(bench)
        except PowerCutError:
            pass
        finally:
            boundary.install(None)
    if not cuts:
        pytest.skip(f"“{where}” is not on the way of these posts")
    judge(again(bench, after), expected=2, context=where)


class PowerCutError(BaseException):
    """Ends a life at once: nothing in the product catches it."""
