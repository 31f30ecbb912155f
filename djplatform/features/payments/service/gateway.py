"""The one place where payments take hold of a vendor."""

from djplatform.vendors.stripe.live import client
from djplatform.vendors.stripe.port import StripePort


def stripe(brand: str) -> StripePort:
    """The brand's own Stripe account: its keys, its webhook secrets, nobody else's.

    Raises:
        VendorOff: the brand has no secret key.
    """
    return client(brand)
