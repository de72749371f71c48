"""``python -m tests.model [--all] [NAME ...]``: the table of the variants; a name adds its counterexample or its ends.

A name chooses every variant that begins with it (``R9``, ``FLIP``). Exit code 1 when a verdict is not the expected one.
"""

import argparse
import sys
import time
from collections.abc import Sequence

from tests.model.search import Found, search
from tests.model.variants import EVERY, FAST, Variant


def main(arguments: Sequence[str] | None = None) -> int:
    """Check variants and print one line for each."""
    parser = argparse.ArgumentParser(prog="python -m tests.model", description=__doc__)
    parser.add_argument("--all", action="store_true", help="the larger scopes too: minutes instead of seconds")
    parser.add_argument("name", nargs="*", help="only variants whose name begins with it, with their traces")
    options = parser.parse_args(arguments)
    known = EVERY if options.all or options.name else FAST
    chosen = [variant for variant in known if not options.name or variant.name.startswith(tuple(options.name))]
    wrong, states, began = 0, 0, time.monotonic()
    for variant in chosen:
        started = time.monotonic()
        found = search(variant.setup, expected=variant.breaks)
        ok = as_expected(variant, found)
        wrong, states = wrong + (not ok), states + found.states
        _say(_line(variant, found, time.monotonic() - started, ok=ok))
        if options.name or not ok:
            _explain(found)
    _say(f"{len(chosen)} variants, {states:,} states, {time.monotonic() - began:.0f} s, {wrong} not as expected")
    return 1 if wrong or not chosen else 0


def as_expected(variant: Variant, found: Found) -> bool:
    """Say whether a search ended as the variant says."""
    return set(variant.breaks) <= set(found.broken) if variant.breaks else not found.broken


def _line(variant: Variant, found: Found, seconds: float, *, ok: bool) -> str:
    verdict = "+".join(variant.breaks if variant.breaks and ok else sorted(found.broken)) or "safe"
    flag = "" if ok else "   NOT AS EXPECTED"
    return f"{variant.name:26} {verdict:12} {found.states:9,} states {seconds:6.1f} s   {variant.says}{flag}"


def _explain(found: Found) -> None:
    for broken in found.broken:
        _say(f"\n    {broken}:")
        for number, line in enumerate(found.trace(broken), start=1):
            _say(f"    {number:3}  {line}")
    if not found.broken:
        ends = sorted(found.rests.items(), key=lambda end: (str(end[0][0]), end[0][1]))
        _say("    ends: " + ", ".join(f"{state} with {live} live ({count})" for (state, live), count in ends))
    _say("")


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())
