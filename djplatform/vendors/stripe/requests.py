"""The bodies that we send to Stripe. Held to the published contract by tests/contracts."""

from typing import Any

from djplatform.settings import StripeAccount
from djplatform.vendors.stripe.descriptor import region, statement_suffix
from djplatform.vendors.stripe.port import CheckoutLook, CheckoutOrder


def account_params(*, email: str, country: str, name: str, include: list[str]) -> dict[str, Any]:
    """A connected account as "Express" is spelt today: `type=express` is deprecated.

    Destination charges require that the platform collects fees and bears losses; the merchant
    configuration is asked for as well, so that a later `on_behalf_of` needs no second onboarding.
    """
    requested = {"requested": True}
    return {
        "contact_email": email,
        "display_name": name,
        "dashboard": "express",
        "identity": {"country": country.lower()},
        "defaults": {
            "responsibilities": {
                "fees_collector": "application",
                "losses_collector": "application",
            }
        },
        "configuration": {
            "recipient": {"capabilities": {"stripe_balance": {"stripe_transfers": requested}}},
            "merchant": {"capabilities": {"card_payments": requested}},
        },
        "include": include,
    }


def link_params(account_id: str, *, return_url: str, refresh_url: str) -> dict[str, Any]:
    """A link to hosted onboarding of both configurations."""
    return {
        "account": account_id,
        "use_case": {
            "type": "account_onboarding",
            "account_onboarding": {
                "configurations": ["recipient", "merchant"],
                "return_url": return_url,
                "refresh_url": refresh_url,
            },
        },
    }


def checkout_params(order: CheckoutOrder, account: StripeAccount) -> dict[str, Any]:
    """A destination charge in hosted Checkout.

    No `payment_method_types`, so that wallets and local methods can appear.
    """
    return {
        "mode": "payment",
        "client_reference_id": order.reference,
        "success_url": order.success_url,
        "cancel_url": order.cancel_url,
        "expires_at": int(order.expires_at.timestamp()),
        "line_items": [_line_item(order)],
        "metadata": dict(order.metadata),
        "payment_intent_data": _payment_intent_data(order, account),
        "branding_settings": _branding(order.look),
    }


def _line_item(order: CheckoutOrder) -> dict[str, Any]:
    return {
        "quantity": 1,
        "price_data": {
            "currency": order.amount.currency.lower(),
            "unit_amount": order.amount.minor,
            "product_data": {"name": order.title},
        },
    }


def _payment_intent_data(order: CheckoutOrder, account: StripeAccount) -> dict[str, Any]:
    data: dict[str, Any] = {
        "transfer_data": {"destination": order.destination},
        "metadata": dict(order.metadata),
        "statement_descriptor_suffix": statement_suffix(order.payee_name, account.statement_prefix),
    }
    if order.application_fee.minor:
        # Stripe takes whole positive numbers only; without one the payee gets all of it.
        data["application_fee_amount"] = order.application_fee.minor
    if region(order.destination_country) != region(account.country):
        # Across regions the charge must settle in the payee's country.
        data["on_behalf_of"] = order.destination
    return data


def _branding(look: CheckoutLook) -> dict[str, Any]:
    branding: dict[str, Any] = {
        "display_name": look.display_name,
        "border_style": look.border_style,
    }
    if look.button_color:
        branding["button_color"] = look.button_color
    if look.background_color:
        branding["background_color"] = look.background_color
    if look.logo_url:
        branding["logo"] = {"type": "url", "url": look.logo_url}
    return branding
