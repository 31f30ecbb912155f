"""Stripe's errors in our words: what is worth another try, what is not, and what to tell."""

from collections.abc import Generator
from contextlib import contextmanager

import stripe
import structlog

from djplatform.core.errors import VendorUnavailable
from djplatform.core.i18n import t
from djplatform.vendors.errors import Refusal

_log = structlog.get_logger(__name__)


def _sentence(code: str) -> str:
    """What a person is told; Stripe's own text speaks to developers and goes to the log."""
    match code:
        case "amount_too_small":
            return t("The amount is too small to be paid by card.")
        case "amount_too_large":
            return t("The amount is too large to be paid at once.")
        case "insufficient_capabilities_for_transfer" | "account_invalid":
            return t("Payments are not open yet: the payment account is not ready.")
        case "resource_missing":
            return t("The payment provider does not know this payment.")
        case "country_unsupported" | "account_country_unsupported_currency":
            return t("Payments are not possible in this country yet.")
        case "email_invalid":
            return t("The payment provider does not accept this e-mail address.")
        case _:
            return t("The payment provider refused the request. Nothing was charged.")


@contextmanager
def translated(operation: str) -> Generator[None]:
    """Turn what the SDK raises into `VendorUnavailable` or `VendorRefused`.

    Raises:
        VendorUnavailable: connection, 5xx, 429, or the same idempotency key still at work.
        Refusal: everything else; repeating the call cannot help.

    """
    try:
        yield
    except stripe.StripeError as error:
        temporary = _temporary(error)
        _log.warning(
            "stripe.failed",
            operation=operation,
            kind=type(error).__name__,
            code=error.code,
            status=error.http_status,
            request=error.request_id,
            detail=error.user_message,
            temporary=temporary,
        )
        if temporary:
            raise VendorUnavailable from error
        raise _refusal(error) from error


def _temporary(error: stripe.StripeError) -> bool:
    if isinstance(error, stripe.APIConnectionError | stripe.RateLimitError):
        return True
    status = error.http_status or 500
    return status in {409, 429} or status >= 500


def _refusal(error: stripe.StripeError) -> Refusal:
    code = str(error.code or "")
    detail = str(error.user_message or "")
    param = str(getattr(error, "param", None) or "")
    if isinstance(error, stripe.CardError) and detail:
        # Written by Stripe for the card's holder, in whole sentences.
        return Refusal(detail, code=code, param=param, detail=detail)
    return Refusal(_sentence(code), code=code, param=param, detail=detail)
