"""The state machine: what it allows, and that everything else is refused."""

from itertools import product

import pytest

from syndicator.core.lifecycle import FINAL, INITIAL, TABLE, Event, diagram, target
from syndicator.errors import InvalidTransition
from syndicator.model import State

EVERY = list(product(State, Event))


@pytest.mark.parametrize(("state", "event"), EVERY)
def test_what_the_table_does_not_name_is_refused(state: State, event: Event) -> None:
    if (state, event) in TABLE:
        assert target(state, event) is TABLE[state, event]
    else:
        with pytest.raises(InvalidTransition, match=str(state)):
            target(state, event)


@pytest.mark.parametrize("state", State)
def test_r16_a_receipt_is_taken_in_every_state(state: State) -> None:
    assert target(state, Event.RECEIPT) is State.PUBLISHED


@pytest.mark.parametrize("state", sorted(FINAL))
def test_final_states_have_no_way_out_but_a_receipt(state: State) -> None:
    ways = {event for origin, event in TABLE if origin is state}
    assert ways == {Event.RECEIPT}


@pytest.mark.parametrize("state", State)
def test_no_state_is_a_dead_end(state: State) -> None:
    reached, frontier = {state}, [state]
    while frontier:
        here = frontier.pop()
        for (origin, _), to in TABLE.items():
            if origin is here and to not in reached:
                reached.add(to)
                frontier.append(to)
    assert reached & FINAL


def test_every_state_can_be_reached() -> None:
    reached = set(INITIAL)
    while True:
        more = {to for (origin, _), to in TABLE.items() if origin in reached} - reached
        if not more:
            break
        reached |= more
    assert reached == set(State)


def test_law_6_a_doubtful_post_is_queued_again_only_by_the_resend_event() -> None:
    ways = {event for (origin, event), to in TABLE.items() if origin is State.UNKNOWN and to is State.QUEUED}
    assert ways == {Event.RESEND}
    assert (State.UNKNOWN, Event.CLAIM) not in TABLE
    assert (State.UNKNOWN, Event.DROP) not in TABLE
    assert (State.UNKNOWN, Event.EXPIRE) not in TABLE


def test_only_a_queued_post_can_be_claimed() -> None:
    assert {origin for origin, event in TABLE if event is Event.CLAIM} == {State.QUEUED}


def test_the_diagram_draws_every_row() -> None:
    drawn = diagram()
    for (origin, event), to in TABLE.items():
        if event is Event.QUARANTINE:
            assert to is State.UNKNOWN
        elif origin not in FINAL:
            line = next(line for line in drawn.splitlines() if f"{origin} --> {to}:" in line)
            assert str(event) in line
