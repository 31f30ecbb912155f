"""The documents of the crowd feature, and what the sitemap lists of them."""

from collections.abc import AsyncIterator

from djplatform.core.errors import NotFound
from djplatform.core.ids import parse_id
from djplatform.features.crowd import paths, service
from djplatform.features.crowd.dto import Dj, TipPage, TipReceipt
from djplatform.features.crowd.ui.qr_document import qr_document
from djplatform.features.crowd.ui.receipt_document import receipt_document
from djplatform.features.crowd.ui.tip_document import tip_document
from djplatform.ui.pages import PublicPage, Redirect
from djplatform.ui.site import Site
from djplatform.ui.visit import Visit


async def load_tip(visit: Visit, slug: str) -> TipPage:
    """The page of a DJ, with what this device left unpaid."""
    if slug != slug.lower():
        # Printed or said in capitals, it is the same address.
        raise Redirect(paths.tip_page(slug.lower()), 308)
    again = parse_id(visit.query.get("again", ""))
    return await service.tip_page(slug, visit.device_id, again=again)


async def load_receipt(visit: Visit, slug: str, payment: str) -> TipReceipt:
    """A fan's own tip."""
    payment_id = parse_id(payment)
    if payment_id is None:
        raise NotFound
    return await service.tip_receipt(slug, visit.device_id, payment_id)


async def load_dj(visit: Visit, slug: str) -> Dj:
    """Who it is."""
    del visit
    return await service.public_dj(slug)


async def sitemap(visit: Visit) -> AsyncIterator[str]:
    """A brand's own DJs on its host; on the platform's own host all of them."""
    brand = None if visit.brand.key == "neutral" else visit.brand.key
    for slug in await service.tip_addresses(brand):
        yield paths.tip_page(slug)


def compose(site: Site) -> None:
    """Tell the site what crawlers should know."""
    site.sitemaps.append(sitemap)


DOCUMENTS = [
    PublicPage("/t/{slug}", load_tip, lambda page, visit: tip_document(page, visit)),
    PublicPage("/t/{slug}/tips/{payment}", load_receipt, receipt_document),
    PublicPage("/t/{slug}/qr", load_dj, qr_document),
]
