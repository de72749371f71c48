"""The same kills on products that lack the first rule: they duplicate, and the harness says so."""

from pathlib import Path

import pytest

from tests.crash import twin
from tests.crash.harness import Place, run_all
from tests.crash.nursery import Nursery

pytestmark = [pytest.mark.crash, pytest.mark.xdist_group("crash-twins")]


@pytest.mark.parametrize("name", twin.TWINS)
def test_a_naive_twin_duplicates(name: str, tmp_path: Path) -> None:
    with twin.tree(name) as tree, Nursery(tree) as nursery:
        tally = run_all(twin.trials(12), Place(nursery=nursery, folder=tmp_path), aims=twin.aims())
    print(f"{name}: {tally.duplicated} of {tally.trials} trials with a duplicate")  # noqa: T201
    assert tally.duplicated >= tally.trials // 4, "\n".join(map(str, tally.bad))
