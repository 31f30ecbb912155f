"""The public face of the crowd feature."""

from djplatform.features.crowd.rules import PRESETS_MOST
from djplatform.features.crowd.service.booth import list_tips, tips_by_night, tips_summary
from djplatform.features.crowd.service.giving import (
    FormUsedElsewhere,
    FormUsedUp,
    give_tip,
)
from djplatform.features.crowd.service.limits import (
    CurrencyUnknown,
    quote_tip,
    tip_settings,
    update_tip_settings,
)
from djplatform.features.crowd.service.page import (
    device_of_form,
    new_token,
    public_dj,
    quote_amount,
    tip_addresses,
    tip_of,
    tip_page,
)
from djplatform.features.crowd.service.prices import brand_price
from djplatform.features.crowd.service.receipts import gave_tip, tip_receipt

__all__ = [
    "PRESETS_MOST",
    "CurrencyUnknown",
    "FormUsedElsewhere",
    "FormUsedUp",
    "brand_price",
    "device_of_form",
    "gave_tip",
    "give_tip",
    "list_tips",
    "new_token",
    "public_dj",
    "quote_amount",
    "quote_tip",
    "tip_addresses",
    "tip_of",
    "tip_page",
    "tip_receipt",
    "tip_settings",
    "tips_by_night",
    "tips_summary",
    "update_tip_settings",
]
