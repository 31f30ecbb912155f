"""The brand's look on the hosted checkout."""

from djplatform.features.payments.dto import Look
from djplatform.ui.tokens import BRANDS, palette
from djplatform.ui.visit import Visit


def checkout_look(visit: Visit) -> Look:
    """Name, sign and colours of the visit's brand; the hosted page is always light."""
    key = visit.brand.key if visit.brand.key in BRANDS else "neutral"
    colours = palette(key, "light")
    return Look(
        brand_name=visit.brand.name,
        button_color=colours["accent"],
        background_color=colours["bg"],
        logo_url=visit.url(f"/logo-{key}.png"),
    )
