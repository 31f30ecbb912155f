"""In whose brand a page stands, and by which address it is handed on."""

from dataclasses import replace

from djplatform.features.crowd.dto import Dj
from djplatform.settings import settings
from djplatform.ui.hosts import BrandView
from djplatform.ui.visit import Visit


def own_brand(visit: Visit, dj: Dj) -> Visit:
    """The visit in the brand of the DJ's organization, whichever of our hosts was visited."""
    if dj.brand.key == visit.brand.key and visit.known_host:
        return visit
    look = dj.brand
    brand = BrandView(
        key=look.key,
        name=look.name,
        landing=look.landing,
        host=look.host,
        from_name=look.from_name,
    )
    return replace(visit, brand=brand)


def shared_link(visit: Visit, path: str) -> str:
    """The address for a code or a poster: the brand's own host, or this machine in the LAN.

    A phone beside the laptop cannot look up the brand's demo host.
    """
    if host := settings().lan_host:
        return visit.url(path, replace(visit.brand, host=host))
    return visit.url(path, visit.brand)
