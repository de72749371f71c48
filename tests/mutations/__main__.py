"""``python -m tests.mutations [--rule R7] [--why]``: switch each rule off in a copy; a test named for it must go red.

The last line counts the rules all of whose mutations are caught. Exit code 1 when a mutation survives, 2 when the
named tests are red before anything is switched off.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.mutations.mutation import Mutation
from tests.mutations.table import EVERY, RULES
from tests.mutations.trial import ROOT, Verdict, attempt, copy, sound

PARALLEL = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Try mutations and print one line for each."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutations", description=__doc__)
    parser.add_argument("--rule", action="append", default=[], help="R7, 'law 3' or naive; may be given again")
    parser.add_argument("--why", action="store_true", help="also print what the test said")
    options = parser.parse_args(arguments)
    wanted = {rule.casefold() for rule in options.rule}
    chosen = [mutation for mutation in EVERY if not wanted or mutation.rule.casefold() in wanted]
    if not chosen:
        _say(f"no mutation of {', '.join(sorted(wanted))}")
        return 2
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="syndicator-mutations-") as folder:
        source = Path(folder) / "as it is"
        copy(ROOT, source)
        tests = sorted({test for mutation in chosen for test in mutation.tests})
        if problem := sound(source, tests):
            _say(problem)
            return 2
        _say(f"{len(tests)} tests pass on the product as it is ({time.monotonic() - began:.0f} s)\n")
        widths = [max(len(column) for column in columns) for columns in zip(*map(_columns, chosen), strict=True)]
        verdicts = [_tell(verdict, widths, why=options.why) for verdict in _each(chosen, source, Path(folder))]
    _say(f"\n{len(verdicts)} mutations in {time.monotonic() - began:.0f} s; caught: {_groups(verdicts)}")
    tried = dict.fromkeys(verdict.mutation.rule for verdict in verdicts)
    # The rules of the specification; of a choice without them, whatever was chosen.
    due = [rule for rule in RULES if not wanted or rule in tried] or list(tried)
    missed = {verdict.mutation.rule for verdict in verdicts if verdict.problem}
    caught = sum(rule in tried and rule not in missed for rule in due)
    _say(f"{caught} of {len(due)} caught")
    return 0 if caught == len(due) and not missed else 1


def _groups(verdicts: Sequence[Verdict]) -> str:
    """Say how many mutations of each kind were caught."""
    counts: dict[str, list[bool]] = {}
    for verdict in verdicts:
        rule = verdict.mutation.rule
        kind = "R" if rule in RULES else "laws" if rule.startswith("law ") else rule
        counts.setdefault(kind, []).append(not verdict.problem)
    return ", ".join(f"{kind}: {sum(caught)} of {len(caught)}" for kind, caught in counts.items())


def _each(chosen: Sequence[Mutation], source: Path, folder: Path) -> Iterator[Verdict]:
    def one(numbered: tuple[int, Mutation]) -> Verdict:
        return attempt(numbered[1], source=source, folder=folder / str(numbered[0]))

    with ThreadPoolExecutor(max_workers=PARALLEL) as pool:
        yield from pool.map(one, enumerate(chosen))


def _columns(mutation: Mutation) -> tuple[str, str, str]:
    return mutation.rule, mutation.file.replace("migrations/versions", "…"), mutation.off


def _tell(verdict: Verdict, widths: Sequence[int], *, why: bool) -> Verdict:
    head = "  ".join(f"{text:{width}}" for text, width in zip(_columns(verdict.mutation), widths, strict=True))
    file, _, name = verdict.by.partition("::")
    _say(f"{head}  {verdict.problem or f'{Path(file).stem}: {name}'}  {verdict.seconds:.1f} s")
    if why:
        _say(f"        {verdict.why}")
    return verdict


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())
