"""What the sandbox needs to know, read once from the same settings as the other processes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256

from djplatform.settings import Settings, StripeAccount


@dataclass(frozen=True, slots=True)
class BrandAccount:
    """One brand's platform account at the simulated Stripe."""

    brand: str
    secret_key: str
    snapshot_secrets: tuple[str, ...]
    thin_secrets: tuple[str, ...]
    statement_prefix: str = ""
    country: str = "US"

    @property
    def account_id(self) -> str:
        """The platform account's own id: the same after every start."""
        return "acct_" + sha256(f"platform {self.brand}".encode()).hexdigest()[:16]

    def secrets(self, endpoint: str) -> tuple[str, ...]:
        """The signing secrets of one of the two webhook endpoints."""
        return self.snapshot_secrets if endpoint == "snapshot" else self.thin_secrets


@dataclass(frozen=True, slots=True)
class SandboxConfig:
    """Everything that differs between two sandboxes."""

    brands: Mapping[str, BrandAccount]
    public_url: str
    """Where a browser reaches our pages, without a trailing slash."""
    webhook_base: str
    """Address before `/{brand}/{snapshot|thin}`."""
    resend_key: str
    settle_after: float = 0.4
    """Seconds between a payment and its balance transaction, transfer and application fee."""
    processor: Mapping[str, int] = field(default_factory=lambda: {"basis_points": 290, "fixed": 30})
    """Stripe's own fee until changed by the control API: 2.9 % + 30 minor units."""


def _brand(name: str, account: StripeAccount) -> BrandAccount:
    return BrandAccount(
        brand=name,
        secret_key=account.secret_key.get_secret_value(),
        snapshot_secrets=tuple(key.get_secret_value() for key in account.snapshot_secrets),
        thin_secrets=tuple(key.get_secret_value() for key in account.thin_secrets),
        statement_prefix=account.statement_prefix,
        country=account.country,
    )


def from_settings(settings: Settings) -> SandboxConfig:
    """The configuration of the sandbox that belongs to this installation."""
    return SandboxConfig(
        brands={name: _brand(name, account) for name, account in settings.stripe.items()},
        public_url=settings.sandbox_public_url.rstrip("/"),
        webhook_base=f"http://127.0.0.1:{settings.port}/api/webhooks/stripe",
        resend_key=settings.resend_key.get_secret_value(),
    )
