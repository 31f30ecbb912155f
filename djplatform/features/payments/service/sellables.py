"""What can be bought. A feature that sells something names its Sellable in its manifest."""

from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from typing import Protocol
from uuid import UUID

from djplatform import registry
from djplatform.core.db import Tx
from djplatform.features.payments.dto import PaymentView, Takings


@dataclass(frozen=True, slots=True)
class SaleDescription:
    """What the payer reads on the checkout's page."""

    title: str


class Sellable(Protocol):
    """One kind of thing that is paid for; exactly one Sellable per kind.

    Every `on_…` runs in the transaction that changes the payment, under the payee's system
    scope, and runs once per change: an exception rolls the change back, and the job tries again.
    Holds bring `on_authorised` and `on_released`, with their callers.
    """

    @property
    def kind(self) -> str:
        """A value of `rules.SourceType`."""
        ...

    async def describe(self, tx: Tx, subject_id: UUID) -> SaleDescription:
        """Say what is sold; in the payer's own scope. Raises NotFound for a foreign subject."""
        ...

    async def on_pending(self, tx: Tx, payment: PaymentView) -> None:
        """React to a payer who is done while a slow method still moves the money."""
        ...

    async def on_paid(self, tx: Tx, payment: PaymentView) -> None:
        """Give what was paid for."""
        ...

    async def on_closed(self, tx: Tx, payment: PaymentView) -> None:
        """React to a payment that failed or expired; another attempt may follow."""
        ...

    async def on_refunded(self, tx: Tx, payment: PaymentView, taken: Takings) -> None:
        """React to what was taken back by a refund or a dispute, in full or in part.

        `taken` is what went since the last time. It is negative when a refund failed or a dispute
        was won, and then what was paid for is paid for again.
        """
        ...


class DuplicateSellable(RuntimeError):
    """Two features sell the same kind of thing."""


@lru_cache(maxsize=1)
def _catalogue() -> dict[str, Sellable]:
    found: dict[str, Sellable] = {}
    for feature in registry.features():
        for place in feature.sells:
            module, _, attribute = place.partition(":")
            sellable: Sellable = getattr(import_module(module), attribute)
            if sellable.kind in found:
                raise DuplicateSellable(sellable.kind)
            found[sellable.kind] = sellable
    return found


def sellable(kind: str) -> Sellable:
    """The Sellable of a kind.

    Raises:
        KeyError: nothing of that kind is sold here.
    """
    return _catalogue()[kind]
