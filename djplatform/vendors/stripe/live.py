"""The only implementation of the Stripe port: Stripe's SDK, one client per brand."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, cast

import httpx
import stripe

from djplatform.core import http
from djplatform.core.db import forbid_in_unit
from djplatform.settings import StripeAccount, settings
from djplatform.vendors.errors import VendorOff
from djplatform.vendors.stripe import reading
from djplatform.vendors.stripe.failures import translated
from djplatform.vendors.stripe.port import (
    API_VERSION,
    AccountLink,
    AccountStatus,
    ChargeDetail,
    CheckoutOrder,
    CheckoutSession,
    Dispute,
    SnapshotEvent,
    ThinEvent,
)
from djplatform.vendors.stripe.requests import account_params, checkout_params, link_params
from djplatform.vendors.stripe.signatures import read_snapshot, read_thin, verified_body
from djplatform.vendors.stripe.transport import GuardedHTTP

MAX_RETRIES = 2
_ACCOUNT_PARTS = ["configuration.recipient", "configuration.merchant", "requirements"]
_CHARGE_PARTS = ["balance_transaction", "transfer", "application_fee", "refunds"]


def _plain(found: stripe.StripeObject) -> dict[str, Any]:
    return found.to_dict()


class StripeLive:
    """A brand's Stripe account over the wire; see `StripePort` for what each call means."""

    def __init__(
        self,
        account: StripeAccount,
        *,
        base: str = "",
        max_retries: int = MAX_RETRIES,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        """Make the client.

        Args:
            account: Keys and webhook secrets of the brand.
            base: Address of the API; empty for Stripe itself.
            max_retries: How often the SDK repeats what is worth repeating.
            transport: What sends the requests; the network unless a test gives another.

        """
        # Telemetry would tell Stripe our latencies and platform with every request.
        stripe.enable_telemetry = False
        key = account.secret_key.get_secret_value()
        self._account = account
        self._live = key.startswith(("sk_live_", "rk_live_"))
        self._http = GuardedHTTP(http.client(attempts=1, transport=transport))
        self._client = stripe.StripeClient(
            key,
            stripe_version=API_VERSION,
            base_addresses={"api": base} if base else {},
            max_network_retries=max_retries,
            # The SDK has its own retries; two layers would multiply.
            http_client=self._http,
        )

    async def create_account(
        self, *, idempotency_key: str, email: str, country: str, name: str
    ) -> AccountStatus:
        """Make a connected account by Accounts v2, with the Express dashboard."""
        params = account_params(email=email, country=country, name=name, include=_ACCOUNT_PARTS)
        with self._calling("accounts.create"):
            found = await self._client.v2.core.accounts.create_async(
                cast("Any", params), {"idempotency_key": idempotency_key}
            )
        return reading.account_status(_plain(found))

    async def account_link(
        self, account_id: str, *, idempotency_key: str, return_url: str, refresh_url: str
    ) -> AccountLink:
        """Make a single-use link to hosted onboarding."""
        params = link_params(account_id, return_url=return_url, refresh_url=refresh_url)
        with self._calling("account_links.create"):
            found = await self._client.v2.core.account_links.create_async(
                cast("Any", params), {"idempotency_key": idempotency_key}
            )
        return AccountLink(url=found.url, expires_at=reading.moment(found.expires_at))

    async def retrieve_account(self, account_id: str) -> AccountStatus:
        """Read a connected account with its capabilities and requirements."""
        with self._calling("accounts.retrieve"):
            found = await self._client.v2.core.accounts.retrieve_async(
                account_id, cast("Any", {"include": _ACCOUNT_PARTS})
            )
        return reading.account_status(_plain(found))

    async def create_checkout(
        self, order: CheckoutOrder, *, idempotency_key: str
    ) -> CheckoutSession:
        """Make a hosted checkout for one destination charge."""
        params = checkout_params(order, self._account)
        with self._calling("checkout.create"):
            found = await self._client.v1.checkout.sessions.create_async(
                cast("Any", params), {"idempotency_key": idempotency_key}
            )
        return reading.checkout_session(_plain(found))

    async def retrieve_checkout(self, session_id: str) -> CheckoutSession:
        """Read a checkout as it is now."""
        with self._calling("checkout.retrieve"):
            found = await self._client.v1.checkout.sessions.retrieve_async(session_id)
        return reading.checkout_session(_plain(found))

    async def expire_checkout(self, session_id: str) -> CheckoutSession:
        """Close an open checkout. Safe to repeat without a key: a closed one stays closed."""
        with self._calling("checkout.expire"):
            found = await self._client.v1.checkout.sessions.expire_async(session_id)
        return reading.checkout_session(_plain(found))

    async def retrieve_charge(self, charge_id: str) -> ChargeDetail:
        """Read a charge with what belongs to it."""
        with self._calling("charges.retrieve"):
            found = await self._client.v1.charges.retrieve_async(
                charge_id, {"expand": _CHARGE_PARTS}
            )
        return reading.charge_detail(_plain(found))

    async def disputes_of(self, charge_id: str) -> Sequence[Dispute]:
        """Read the disputes of a charge; there is one, as a rule."""
        with self._calling("disputes.list"):
            page = await self._client.v1.disputes.list_async({"charge": charge_id, "limit": 100})
        return [reading.dispute(_plain(found)) for found in page.data]

    def verify_snapshot(
        self, raw: bytes, header: str | None, secrets: Sequence[str] | None = None
    ) -> SnapshotEvent:
        """Check and read a snapshot webhook; `secrets` default to the brand's own."""
        known = self._secrets(secrets, "snapshot")
        return read_snapshot(self._verified(raw, header, known, "event"))

    def verify_thin(
        self, raw: bytes, header: str | None, secrets: Sequence[str] | None = None
    ) -> ThinEvent:
        """Check and read a thin webhook; `secrets` default to the brand's own."""
        known = self._secrets(secrets, "thin")
        return read_thin(self._verified(raw, header, known, "v2.core.event"))

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.close_async()

    def _calling(self, operation: str) -> Any:
        forbid_in_unit(f"stripe {operation}")
        return translated(operation)

    def _secrets(self, given: Sequence[str] | None, kind: str) -> Sequence[str]:
        if given is not None:
            return given
        own = self._account.snapshot_secrets if kind == "snapshot" else self._account.thin_secrets
        return [secret.get_secret_value() for secret in own]

    def _verified(
        self, raw: bytes, header: str | None, secrets: Sequence[str], shape: str
    ) -> Mapping[str, Any]:
        return verified_body(raw, header, secrets, shape=shape, livemode=self._live)


@cache
def client(brand: str) -> StripeLive:
    """The client of a brand, made once per process.

    Raises:
        VendorOff: the brand has no secret key.

    """
    account = settings().stripe.get(brand)
    if account is None or not account.secret_key.get_secret_value():
        raise VendorOff("Stripe", f"DJP_STRIPE__{brand.upper()}__SECRET_KEY")
    return StripeLive(account, base=settings().stripe_base)
