"""What a person is told when Stripe refuses, and what is worth another try."""

import pytest
import stripe as sdk

from djplatform.core.errors import VendorUnavailable
from djplatform.vendors.errors import Refusal
from djplatform.vendors.stripe.failures import translated

DEVELOPERS = "Your destination account needs to have at least one of the following capabilities"


@pytest.mark.feature("89/words")
@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("amount_too_small", "too small to be paid by card"),
        ("amount_too_large", "too large to be paid at once"),
        ("insufficient_capabilities_for_transfer", "the payment account is not ready"),
        ("account_invalid", "the payment account is not ready"),
        ("resource_missing", "does not know this payment"),
        ("country_unsupported", "not possible in this country yet"),
        ("account_country_unsupported_currency", "not possible in this country yet"),
        ("email_invalid", "does not accept this e-mail address"),
        ("something_new", "refused the request. Nothing was charged."),
    ],
)
def test_a_refusal_is_said_in_our_words_and_never_in_those_for_developers(
    code: str, says: str
) -> None:
    with pytest.raises(Refusal, match=says) as refused, translated("create_checkout"):
        raise sdk.InvalidRequestError(DEVELOPERS, "line_items", code=code, http_status=400)
    assert (refused.value.code, refused.value.param) == (code, "line_items")
    assert DEVELOPERS not in refused.value.message


def test_what_stripe_wrote_for_the_cards_holder_is_passed_on() -> None:
    words = {"error": {"message": "Your card was declined."}}
    with pytest.raises(Refusal, match="Your card was declined") as refused, translated("pay"):
        raise sdk.CardError(
            "Your card was declined.", "", "card_declined", http_status=402, json_body=words
        )
    assert refused.value.code == "card_declined"


@pytest.mark.parametrize(
    "error",
    [
        sdk.APIConnectionError("no route"),
        sdk.RateLimitError("slower", http_status=429),
        sdk.APIError("oops", http_status=500),
        sdk.APIError("no status at all"),
        sdk.IdempotencyError("still at work", http_status=409),
    ],
)
def test_what_may_pass_is_tried_again(error: sdk.StripeError) -> None:
    with pytest.raises(VendorUnavailable), translated("create_checkout"):
        raise error
