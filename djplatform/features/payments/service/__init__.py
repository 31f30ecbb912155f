"""The public face of payments: what other features call."""

from djplatform.features.payments.service.asking import ask_processor, defer_asking
from djplatform.features.payments.service.checkout import (
    attempts,
    checkout_complete,
    close_checkout,
    open_checkout,
    payment_status,
    start_payment,
)
from djplatform.features.payments.service.earnings import earnings, platform_earnings
from djplatform.features.payments.service.events import handle_event
from djplatform.features.payments.service.onboarding import (
    account_status,
    onboarding_returned,
    refresh_account,
    start_onboarding,
)
from djplatform.features.payments.service.operating import (
    activate_fee_plan,
    draft_fee_plan,
    events_in_need,
    fee_plans,
    resend_event,
)
from djplatform.features.payments.service.pricing import (
    PaymentsClosed,
    home_currency,
    least_charge,
    payment_readiness,
    price_list,
    quote_payments,
)
from djplatform.features.payments.service.receiving import (
    kind_of,
    receive_webhook,
    stale_events,
)
from djplatform.features.payments.service.sellables import SaleDescription, Sellable

__all__ = [
    "PaymentsClosed",
    "SaleDescription",
    "Sellable",
    "account_status",
    "activate_fee_plan",
    "ask_processor",
    "attempts",
    "checkout_complete",
    "close_checkout",
    "defer_asking",
    "draft_fee_plan",
    "earnings",
    "events_in_need",
    "fee_plans",
    "handle_event",
    "home_currency",
    "kind_of",
    "least_charge",
    "onboarding_returned",
    "open_checkout",
    "payment_readiness",
    "payment_status",
    "platform_earnings",
    "price_list",
    "quote_payments",
    "receive_webhook",
    "refresh_account",
    "resend_event",
    "stale_events",
    "start_onboarding",
    "start_payment",
]
