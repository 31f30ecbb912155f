"""What the ledger shows."""

from dataclasses import dataclass

from djplatform.core.money import AmountText, Money


@dataclass(frozen=True, slots=True)
class AccountTotal:
    """The balance of one account: debits less credits."""

    kind: str
    brand: str
    balance: Money

    text = AmountText("balance")
