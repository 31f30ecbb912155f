"""What views become on the wire."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from djplatform.core.money import Money
from djplatform.rest.answers import NotExpressible, to_json, wire_type


class Mood(StrEnum):
    GOOD = "good"


@dataclass(frozen=True, slots=True)
class Song:
    """A song."""

    title: str
    price: Money


@dataclass(frozen=True, slots=True)
class Night:
    """A night."""

    id: UUID
    songs: tuple[Song, ...]
    best: Song | None
    moods: Sequence[Mood]
    at: datetime
    counts: Mapping[str, int]
    key: str = field(default="hidden", repr=False)
    _inside: str = "hidden"

    @property
    def derived(self) -> str:
        return "hidden"


NIGHT = Night(
    id=UUID(int=7),
    songs=(Song("One", Money(500, "GBP")),),
    best=None,
    moods=[Mood.GOOD],
    at=datetime(2026, 11, 25, 22, 5, tzinfo=UTC),
    counts={"tips": 3},
)


def said(view: object, annotation: object) -> object:
    return json.loads(to_json(TypeAdapter(wire_type(annotation)), view))


def test_a_view_is_told_field_by_field_without_what_stays_inside() -> None:
    assert said(NIGHT, Night) == {
        "id": "00000000-0000-0000-0000-000000000007",
        "songs": [
            {"title": "One", "price": {"minor": 500, "currency": "GBP", "text": "£5.00"}},
        ],
        "best": None,
        "moods": ["good"],
        "at": "2026-11-25T22:05:00Z",
        "counts": {"tips": 3},
    }


def test_lists_nothing_and_no_view_at_all() -> None:
    assert said([NIGHT.songs[0]], Sequence[Song])[0]["title"] == "One"
    assert said(None, Song | None) is None
    assert said(None, Money | None) is None
    assert said(Money(500, "GBP"), Money | None)["minor"] == 500
    assert said(3, Money | int) == 3
    assert said(3, Annotated[int, "what it counts stays inside"]) == 3
    assert wire_type(None) is None


@given(st.integers(-(2**60), 2**60), st.sampled_from(["GBP", "USD", "JPY"]))
def test_money_keeps_every_minor_unit(minor: int, currency: str) -> None:
    found = said(Money(minor, currency), Money)
    assert (found["minor"], found["currency"]) == (minor, currency)
    assert found["text"] == Money(minor, currency).format()


class Unknown:
    """Nothing that JSON stands for."""


@dataclass(frozen=True)
class Holder:
    thing: Unknown


@pytest.mark.parametrize(
    "view", [Unknown, Holder, list[Holder], Holder | None, tuple[int, str], bytes, dict, list]
)
def test_what_cannot_be_said_is_refused(view: object) -> None:
    with pytest.raises(NotExpressible):
        wire_type(view)
