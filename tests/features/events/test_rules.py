"""The state machine of a night, and its words."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from djplatform.core.errors import InvalidInput
from djplatform.features.events import rules
from djplatform.features.events.rules import EventCannotMove, EventMove, EventStatus

MOVES = st.lists(st.sampled_from(EventMove), max_size=8)


def play(moves: list[EventMove]) -> list[EventStatus]:
    states = [EventStatus.DRAFT]
    for move in moves:
        try:
            states.append(rules.after(states[-1], move))
        except EventCannotMove:
            states.append(states[-1])
    return states


@given(MOVES)
def test_a_night_that_is_over_stays_over(moves: list[EventMove]) -> None:
    states = play(moves)
    for now, then in pairwise(states):
        if now in rules.FINAL:
            assert then == now


@given(MOVES)
def test_only_a_night_that_ran_can_end(moves: list[EventMove]) -> None:
    states = play(moves)
    if EventStatus.ENDED in states:
        assert EventStatus.LIVE in states[: states.index(EventStatus.ENDED)]


@given(st.sampled_from(EventStatus), st.sampled_from(EventMove))
def test_doing_a_thing_twice_changes_nothing(status: EventStatus, move: EventMove) -> None:
    try:
        once = rules.after(status, move)
    except EventCannotMove:
        return
    assert rules.after(once, move) == once


def test_words_have_limits_and_an_untitled_night_is_tonight() -> None:
    assert rules.check(" ", "The  Lantern Room", "Europe/London") == rules.NightText(
        "Tonight", "The Lantern Room", "Europe/London"
    )
    with pytest.raises(InvalidInput) as refused:
        rules.check("x" * 121, "x" * 10_000, "Mars/Olympus")
    assert set(refused.value.fields) == {"title", "venue", "time_zone"}
