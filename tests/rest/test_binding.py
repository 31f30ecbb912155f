"""Which operations become routes, and how."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from pydantic import BaseModel, ValidationError

from djplatform import registry
from djplatform.core.actor import Actor, Permission
from djplatform.core.db import Tx
from djplatform.core.operation import OPERATIONS, Operation
from djplatform.rest.binding import bind, bound
from djplatform.ui.site import Site


@dataclass(frozen=True)
class View:
    text: str


class Command(BaseModel):
    """A command."""

    title: str
    places: list[str] = []


class Nested(BaseModel):
    command: Command


class Unknown:
    """No type that pydantic knows."""


async def plain(tx: Tx, actor: Actor, event_id: UUID, before: datetime | None = None) -> View: ...
async def nothing(tx: Tx, actor: Actor) -> None: ...
async def command(tx: Tx, actor: Actor, cmd: Command) -> View: ...
async def nested(tx: Tx, actor: Actor, cmd: Nested) -> View: ...
async def two(tx: Tx, actor: Actor, cmd: Command, times: int = 1) -> View: ...
async def unknown(tx: Tx, actor: Actor, thing: Unknown) -> View: ...
async def unsaid(tx: Tx, actor: Actor, thing) -> View: ...
async def many(tx: Tx, actor: Actor, *things: str) -> View: ...
async def gives_unknown(tx: Tx, actor: Actor) -> Unknown: ...
async def gives_unsaid(tx: Tx, actor: Actor): ...


def made(use_case: Callable[..., Awaitable[Any]], permission: Permission) -> Operation:
    return Operation(f"nights.{use_case.__name__}", permission, "Does it.", False, use_case)


READ, WRITE = Permission.EVENTS_READ, Permission.EVENTS_WRITE


def test_what_reads_is_a_get_and_everything_else_a_post() -> None:
    assert (bind(made(plain, READ)).method, bind(made(plain, READ)).path) == (
        "GET",
        "/nights/plain",
    )
    assert bind(made(plain, WRITE)).method == "POST"
    assert bind(made(nothing, WRITE)).takes is None
    assert bind(made(nothing, WRITE)).gives is None


def test_a_command_is_what_is_sent_and_arrives_as_it_is() -> None:
    found = bind(made(command, WRITE))
    given = found.takes.model_validate({"title": "Tonight"})
    assert found.arguments(given) == {"cmd": given}
    assert isinstance(given, Command)
    plainly = bind(made(plain, READ))
    event = "00000000-0000-0000-0000-000000000007"
    assert plainly.arguments(plainly.takes.model_validate({"event_id": event})) == {
        "event_id": UUID(event),
        "before": None,
    }
    assert bind(made(two, WRITE)).takes.model_fields.keys() == {"cmd", "times"}


@pytest.mark.parametrize(("use_case", "permission"), [(command, WRITE), (plain, READ)])
def test_a_mistyped_name_is_an_error(use_case, permission) -> None:
    takes = bind(made(use_case, permission)).takes
    with pytest.raises(ValidationError, match="extra"):
        takes.model_validate({"title": "x", "event_id": UUID(int=1), "titel": "y"})


@pytest.mark.parametrize("use_case", [unknown, unsaid, many, gives_unknown, gives_unsaid])
def test_what_pydantic_cannot_build_or_say_is_simply_not_there(use_case) -> None:
    assert bind(made(use_case, WRITE)) is None
    both = {one.name: one for one in (made(use_case, WRITE), made(nothing, WRITE))}
    assert [found.operation.name for found in bound(both)] == ["nights.nothing"]


def test_an_address_holds_no_structures() -> None:
    assert bind(made(command, READ)).method == "GET"
    assert bind(made(nested, READ)) is None
    assert bind(made(two, READ)) is None
    assert bind(made(nested, WRITE)).method == "POST"


def test_a_token_never_reaches_its_persons_own_account() -> None:
    assert bind(made(plain, Permission.ACCOUNT_SELF)) is None


def test_every_operation_of_the_product_is_there() -> None:
    Site().add(registry.features())
    ours = {name: one for name, one in OPERATIONS.items() if not name.startswith("tests.")}
    assert {found.operation.name for found in bound(ours)} == set(ours)
    assert len(ours) > 15
