"""Stripe's arithmetic for destination charges, in whole minor units.

The whole charge goes to the connected account, the application fee comes back from there, and
Stripe takes its own fee from the platform, always (https://docs.stripe.com/connect/destination-charges).
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Split:
    """Where an amount goes. `platform_net` may be negative: a small tip on a dear card."""

    amount: int
    processor_fee: int
    transferred: int
    application_fee: int

    @property
    def payee_gets(self) -> int:
        """What stays in the connected account."""
        return self.transferred - self.application_fee

    @property
    def platform_net(self) -> int:
        """What stays with the platform."""
        return self.amount - self.processor_fee - self.transferred + self.application_fee


def processor_fee(amount: int, basis_points: int, fixed: int) -> int:
    """Stripe's fee: a share, rounded half up, and a fixed part; never more than the amount."""
    return min(amount, (amount * basis_points + 5000) // 10_000 + fixed)


def split(
    amount: int,
    *,
    fee: int,
    application_fee: int | None,
    transfer_amount: int | None,
    to_connected: bool,
) -> Split:
    """How a captured charge is divided.

    Args:
        amount: What the payer paid.
        fee: Stripe's own fee.
        application_fee: `application_fee_amount`, if given.
        transfer_amount: `transfer_data.amount`, if given; then there is no application fee.
        to_connected: Whether there is a destination at all.
    """
    if not to_connected:
        return Split(amount, fee, 0, 0)
    if transfer_amount is not None:
        return Split(amount, fee, transfer_amount, 0)
    return Split(amount, fee, amount, application_fee or 0)


def share_of_fee(fee: int, refunded: int, amount: int) -> int:
    """What of an application fee belongs to the refunds so far, rounded half up.

    Refunds in parts give the difference to what was given back before, so that they sum to the
    whole fee when all is refunded.
    """
    return (2 * fee * refunded + amount) // (2 * amount)
