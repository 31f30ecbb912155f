"""The pages of this feature."""

from collections.abc import AsyncIterator

from djplatform.features.screens.ui import landing
from djplatform.ui.site import Site
from djplatform.ui.visit import Visit

DOCUMENTS = [landing.PAGE]


async def _front_door(_visit: Visit) -> AsyncIterator[str]:
    yield "/"


def compose(site: Site) -> None:
    """Tell crawlers where the front door is."""
    site.sitemaps.append(_front_door)
