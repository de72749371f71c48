"""The model's verdicts, that it knows every move of the product's state machine, and every rule."""

import pytest

from syndicator.core.lifecycle import TABLE, Event
from syndicator.model import State
from tests.model.__main__ import as_expected, main
from tests.model.search import search
from tests.model.variants import BROKEN, EVERY, FAST, NOT_EXPRESSED, NOT_NEEDED, SAFE, Variant

RULES = [f"R{number}" for number in range(1, 24)]
TABLE_FROM = (
    "STRICT",
    "RESEND",
    "FLIP",
    "processing",
    "hand-off",
    "STRICT restore",
    "processing rollback",
    "FLIP given up",
)
"""Safe variants that together take every move the model knows."""
NOT_TAKEN = {
    (State.SKIPPED, Event.RECEIPT): "would be a FALSEREJECT: no safe variant has a live post that is skipped",
    (State.PUBLISHED, Event.RECEIPT): "one post has one receipt here; a second remote post is the DUP itself",
}
"""Rows of the product's table that no safe variant takes, and why."""


@pytest.mark.parametrize("variant", FAST, ids=lambda variant: variant.name)
def test_verdict(variant: Variant) -> None:
    found = search(variant.setup, expected=variant.breaks)
    told = [line for broken in found.broken for line in [f"{broken}:", *found.trace(broken)]]
    assert as_expected(variant, found), "\n".join([variant.says, *told])
    for broken in variant.breaks:
        assert found.trace(broken)


def test_the_model_takes_exactly_the_moves_of_the_lifecycle() -> None:
    moves = set().union(*(search(one.setup).moves for one in SAFE if one.name in TABLE_FROM))
    rows = {(before, event): after for before, event, after in moves}
    assert len(rows) == len(moves), "one event leads to two states"
    assert rows == {row: to for row, to in TABLE.items() if row not in NOT_TAKEN}
    assert NOT_TAKEN.keys() <= TABLE.keys()


def test_every_rule_is_shown_to_be_needed_or_named_as_not_expressed() -> None:
    shown = {variant.rule for variant in BROKEN}
    assert shown & set(RULES) == set(RULES) - set(NOT_EXPRESSED)


def test_every_rule_that_is_off_breaks_something_unless_it_is_named_as_not_needed() -> None:
    harmless = {rule for variant in SAFE for rule in variant.setup.off}
    assert harmless == set(NOT_NEEDED)


def test_names_are_unique() -> None:
    assert len({variant.name for variant in EVERY}) == len(EVERY)


def test_the_command_prints_the_verdict_and_the_counterexample(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["R6", "STRICT no reads"]) == 0
    printed = capsys.readouterr().out
    assert "writes the request of attempt 1 twice" in printed
    assert "GOES LIVE (answer lost)  [live: 2]" in printed
    assert "attention with 1 live" in printed


def test_the_command_fails_when_no_variant_is_meant(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["no such variant"]) == 1
    assert "0 variants" in capsys.readouterr().out
