"""Domain events: what a feature says in the transaction that made it true.

A feature may call only those before it. Whoever stands later and wants to know subscribes; it
runs in the same transaction, so that both happen or neither does.
"""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from djplatform.core.db.uow import Tx

Event = TypeVar("Event")
_subscribers: dict[type[Any], list[Callable[[Tx, Any], Awaitable[None]]]] = {}


def subscriber(
    kind: type[Event],
) -> Callable[[Callable[[Tx, Event], Awaitable[None]]], Callable[[Tx, Event], Awaitable[None]]]:
    """Run the function for every event of exactly this kind; declared in a feature's `jobs`."""

    def register(
        function: Callable[[Tx, Event], Awaitable[None]],
    ) -> Callable[[Tx, Event], Awaitable[None]]:
        _subscribers.setdefault(kind, []).append(function)
        return function

    return register


async def emit(tx: Tx, event: object) -> None:
    """Tell the subscribers, one after the other; an exception of one undoes the transaction."""
    for tell in _subscribers.get(type(event), ()):
        await tell(tx, event)
