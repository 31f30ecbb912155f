"""What the ledger shows."""

from dataclasses import dataclass

from djplatform.core.money import Money


@dataclass(frozen=True, slots=True)
class AccountTotal:
    """The balance of one account: debits less credits."""

    kind: str
    brand: str
    balance: Money

    @property
    def text(self) -> str:
        """The balance, ready to show."""
        return self.balance.format()
