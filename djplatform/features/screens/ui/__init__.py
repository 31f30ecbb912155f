"""The pages of this feature."""

from collections.abc import AsyncIterator

from djplatform.core.actor import Permission
from djplatform.features.screens import paths
from djplatform.features.screens.service import PLATFORM_ADMIN
from djplatform.features.screens.ui import booth, dashboard, earnings, fan_page, landing, platform
from djplatform.ui import t
from djplatform.ui.components import NavItem
from djplatform.ui.console import Shell, is_persona, may
from djplatform.ui.site import Site
from djplatform.ui.visit import Visit

DOCUMENTS = [landing.PAGE]
PAGES = [*dashboard.PAGES, booth.PAGE, fan_page.PAGE, earnings.PAGE, platform.PAGE]
NAV = [
    NavItem("home", t("Home"), "house", Shell.landing, order=10),
    NavItem(
        "page",
        fan_page.TITLE,
        "globe",
        paths.FAN_PAGE,
        shown=may(Permission.PROFILE_UPDATE),
        order=15,
    ),
    NavItem(
        "earnings",
        t("Earnings"),
        "wallet",
        paths.EARNINGS,
        shown=may(Permission.PAYMENTS_READ),
        order=20,
    ),
    NavItem(
        "platform",
        t("Platform"),
        "banknote",
        paths.PLATFORM_EARNINGS,
        shown=is_persona(PLATFORM_ADMIN),
        order=90,
    ),
]


async def _front_door(_visit: Visit) -> AsyncIterator[str]:
    yield "/"


def compose(site: Site) -> None:
    """Tell crawlers where the front door is."""
    site.sitemaps.append(_front_door)
