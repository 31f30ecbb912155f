"""A night with real tips, and states whose handlers are called as the guard would let them."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from djplatform.core.actor import Actor
from djplatform.core.db import Scope, unit
from djplatform.features.events.dto import EventView
from djplatform.ui.guard import acting
from tests.features.crowd.conftest import Night, night
from tests.features.payments.conftest import stage

__all__ = ["night", "stage"]

NORTHLIGHT = "/t/northlight"


class Desk:
    """One person's tab: a state, the page it is on, and calls of its handlers."""

    def __init__(self, state: type, actor: Actor, path: str) -> None:
        self.state = state(_reflex_internal_init=True)
        self.actor = actor
        self.path = path

    async def call(self, name: str, *arguments: object) -> Any:
        with acting(self.actor):
            return await type(self.state).event_handlers[name].fn(self.state, *arguments)


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Desk]:
    """`desk(Dashboard, actor, "/tipjar/dashboard")`."""

    def sit(state: type, actor: Actor, path: str) -> Desk:
        # The address is what the browser told when it sent the event.
        module = f"{state.__module__}.visited_path"
        monkeypatch.setattr(module, lambda _state: path, raising=False)
        return Desk(state, actor, path)

    return sit


Give = Callable[..., Awaitable[None]]


@pytest.fixture
def give(night: Night) -> Give:
    """A fan who pays: `await give("5.00", name="Ash", slug=NORTHLIGHT, host=…)`."""

    async def pay(
        amount: str,
        *,
        name: str = "",
        message: str = "",
        slug: str = "/t/jay-martell",
        host: str = "http://tipjar.localhost:8123",
    ) -> None:
        typed = {"amount": "custom", "custom_amount": amount, "guest_name": name}
        async with night.another_fan(host) as fan:
            form = await fan.form(slug) | typed | {"message": message}
            await night.pay(await fan.send(form, slug))

    return pay


async def in_unit(actor: Actor, use_case: Callable[..., Awaitable[Any]], *arguments: Any) -> Any:
    """One use case in one unit of work of its actor."""
    async with unit(Scope.of(actor)) as tx:
        return await use_case(tx, actor, *arguments)


def start(night: Night, actor: Actor | None = None) -> Awaitable[EventView]:
    """Start a night of the actor's organization."""
    return night.start(actor)
