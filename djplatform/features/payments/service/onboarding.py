"""The payee's account at the processor: opened once, its state always read anew.

The intent and the processor's id are written by two definer functions that a manager may call,
not by a job: the person waits for the link to the hosted form, so one click has to do it. Both
functions take organization and brand from the signed scope and write the id only once; whether
the account can take money is written by the worker alone.
"""

from uuid import UUID

from djplatform.core import clock
from djplatform.core.actor import Actor, Permission
from djplatform.core.db import Scope, Tx, unit
from djplatform.core.errors import InvalidInput
from djplatform.core.i18n import t
from djplatform.core.ids import new_id
from djplatform.core.jobs import defer
from djplatform.core.operation import operation
from djplatform.core.realtime import publish
from djplatform.features.payments.dto import AccountView, StartOnboarding
from djplatform.features.payments.models import ConnectedAccount
from djplatform.features.payments.paths import account_channel
from djplatform.features.payments.repo import accounts
from djplatform.features.payments.repo.accounts import Seller
from djplatform.features.payments.service import gateway
from djplatform.features.payments.service.pricing import elsewhere, seller_or_refuse
from djplatform.vendors.stripe.port import AccountStatus


async def start_onboarding(actor: Actor, command: StartOnboarding) -> str:
    """Begin or continue onboarding: the link to the processor's form, to redirect to at once.

    There is one account per organization and brand, ever: the key of idempotency is our row's id,
    so a click that died half-way is finished by the next one. The country stands in it as well:
    it may be corrected until there is an account, and is another request then. Opens its own
    units of work, because the processor is called between them.

    Raises:
        SignInRequired, PermissionDenied: not an owner or admin.
        InvalidInput: under `country`, when the organization has none yet.
        VendorUnavailable, VendorRefused: the processor; the next click goes on.
    """
    actor.require(Permission.PAYMENTS_CONNECT)
    account = await _claim(actor)
    port = gateway.stripe(account.brand)
    external_id = account.external_id
    if external_id is None:
        opened = await port.create_account(
            idempotency_key=f"account-{account.id}-{account.country}",
            email=account.email,
            country=account.country,
            name=account.display_name,
        )
        external_id = opened.account_id
        async with unit(Scope.of(actor)) as tx:
            await accounts.record_account(tx, account.id, external_id)
    link = await port.account_link(
        external_id,
        # Links are single use, so every click needs its own.
        idempotency_key=f"link-{new_id()}",
        return_url=command.return_url,
        refresh_url=command.refresh_url,
    )
    return link.url


async def _claim(actor: Actor) -> ConnectedAccount:
    """Record the intent before anything is asked of the processor."""
    async with unit(Scope.of(actor)) as tx:
        seller = await seller_or_refuse(tx, actor.workplace)
        if seller.country is None:
            raise InvalidInput(country=t("Please choose your country first."))
        await accounts.claim_account(tx)
        account = await accounts.connected_account(tx, seller.id, seller.brand)
        assert account is not None  # just claimed
        return account


@operation(Permission.PAYMENTS_CONNECT)
async def onboarding_returned(tx: Tx, actor: Actor) -> AccountView:
    """Read how far onboarding is, and have the processor asked anew; for the return page.

    Arriving there does not mean finished, so nothing is concluded from it.
    """
    seller = await seller_or_refuse(tx, actor.workplace)
    account = await accounts.connected_account(tx, seller.id, seller.brand)
    if account is not None and account.external_id is not None:
        await defer_refresh(tx, seller.id, seller.brand)
    return _view(account, seller)


async def defer_refresh(tx: Tx, organization_id: UUID, brand: str) -> None:
    """Have the worker fetch the account; one waiting job is enough, and two never run at once.

    An answer that was asked for earlier must not be written after a later one.
    """
    name = f"refresh-{organization_id}-{brand}"
    await defer(
        tx,
        "payments.refresh_account",
        lock=name,
        queueing_lock=name,
        organization_id=str(organization_id),
        brand=brand,
    )


@operation(Permission.CONSOLE_READ)
async def account_status(tx: Tx, actor: Actor) -> AccountView:
    """Show the organization's account at the processor."""
    seller = await seller_or_refuse(tx, actor.workplace)
    return _view(await accounts.connected_account(tx, seller.id, seller.brand), seller)


def _view(account: ConnectedAccount | None, seller: Seller) -> AccountView:
    if account is None or account.external_id is None:
        return AccountView("none", t("Set up payouts to take payments."), "", "", "", ())
    state, words = _state(account, seller)
    return AccountView(
        state,
        words,
        account.transfers,
        account.card_payments,
        account.payouts,
        tuple(account.requirements_due),
    )


def _state(account: ConnectedAccount, seller: Seller) -> tuple[str, str]:
    if account.country != seller.country:
        return "waiting", elsewhere(account.country)
    if account.ready:
        return "ready", t("Payments are open.")
    if account.fetched_at is None:
        return "started", t("Finish setting up payouts.")
    if account.requirements_due:
        return "waiting", t("The payment provider still needs something from you.")
    return "checking", t("The payment provider is checking your details.")


async def refresh_account(organization_id: UUID, brand: str) -> None:
    """Fetch the account and overwrite what we know of it; it may go back to off.

    For jobs: the event only says that something changed and may be old itself.

    Raises:
        VendorUnavailable: try again later.
    """
    async with unit(Scope.system(organization_id)) as tx:
        known = await accounts.connected_account(tx, organization_id, brand)
    if known is None or known.external_id is None:
        return
    status = await gateway.stripe(brand).retrieve_account(known.external_id)
    async with unit(Scope.system(organization_id)) as tx:
        account = await accounts.overwrite_account(
            tx, organization_id, known.external_id, _facts(status)
        )
        view = _view(account, await seller_or_refuse(tx, organization_id))
        await publish(tx, account_channel(organization_id), "account.updated", view.row())


def _facts(status: AccountStatus) -> dict[str, object]:
    return {
        "transfers": status.transfers.value,
        "card_payments": status.card_payments.value,
        "payouts": status.payouts.value,
        "requirements_due": list(status.requirements_due),
        "past_due": status.past_due,
        "ready": status.ready,
        "fetched_at": clock.now(),
    }
