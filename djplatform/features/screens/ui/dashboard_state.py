"""What the dashboard holds, and what can be done on it."""

from dataclasses import asdict
from typing import Any

import reflex as rx

from djplatform.core.actor import Permission
from djplatform.core.db import Scope, unit
from djplatform.core.errors import InvalidInput
from djplatform.core.i18n import t
from djplatform.features.crowd import paths as crowd_paths
from djplatform.features.payments import paths as payment_paths
from djplatform.features.screens import paths, service
from djplatform.features.screens.dto import DashboardView, NightRow, TotalsRow
from djplatform.ui.components import qr_path
from djplatform.ui.console import Flash
from djplatform.ui.guard import action, current_actor
from djplatform.ui.reflex_seam import visited_path

NO_NIGHT = NightRow("", "", "", live=False, started_at="", ended_at="")
NO_TOTALS = TotalsRow("", 0, "", "", "")


class Dashboard(Flash, rx.State):
    """One product's dashboard, rebuilt from cookie and database whenever the page opens."""

    loaded: bool = False
    country: str = ""
    account_state: str = ""
    account_text: str = ""
    page: str = ""
    tip_page: str = ""
    print_page: str = ""
    code: str = ""
    code_side: int = 1
    night: NightRow = NO_NIGHT
    totals: TotalsRow = NO_TOTALS
    tips: list[dict[str, str]] = []  # noqa: RUF012 Reflex copies it for each tab
    nights: list[dict[str, Any]] = []  # noqa: RUF012
    published: bool = True
    stream: str = ""
    account_stream: str = ""
    errors: dict[str, str] = {}  # noqa: RUF012

    @action(Permission.CONSOLE_READ)
    async def load(self) -> Any:
        """Read everything; who belongs to another product is led to its own dashboard."""
        actor = current_actor(self)
        async with unit(Scope.of(actor)) as tx:
            view = await service.dashboard(tx, actor)
        if visited_path(self).partition("?")[0] != view.landing:
            return rx.redirect(view.landing)
        self._hush()
        self.errors = {}
        self._show(view)
        return None

    @action(Permission.ORGANIZATION_UPDATE)
    async def choose_country(self, form_data: dict[str, Any]) -> None:
        """Say where the organization is paid."""
        actor = current_actor(self)
        try:
            async with unit(Scope.of(actor)) as tx:
                await service.say_country(tx, actor, str(form_data.get("country", "")))
                view = await service.dashboard(tx, actor)
        except InvalidInput as error:
            self.errors = error.fields
            return
        self.errors = {}
        self._show(view)
        self._say(t("Country saved. Payments are next."))

    @action(Permission.EVENTS_WRITE)
    async def start(self, form_data: dict[str, Any], time_zone: str) -> Any:
        """Start tonight, and open its booth; a night that runs already is opened."""
        actor = current_actor(self)
        title, venue = (str(form_data.get(name, "")) for name in ("title", "venue"))
        try:
            async with unit(Scope.of(actor)) as tx:
                night = await service.open_night(tx, actor, title, venue, str(time_zone))
        except InvalidInput as error:
            self.errors = error.fields
            return None
        self.errors = {}
        return rx.redirect(paths.booth(night.id))

    def _show(self, view: DashboardView) -> None:
        self.country = view.country
        self.account_state, self.account_text = view.account_state, view.account_text
        self.page = view.page
        self.tip_page = crowd_paths.tip_page(view.slug)
        self.print_page = crowd_paths.qr_page(view.slug)
        self.code, self.code_side = qr_path(view.page)
        self.night = view.night or NO_NIGHT
        self.totals = view.totals or NO_TOTALS
        self.tips = [asdict(tip) for tip in view.tips]
        self.nights = [asdict(night) for night in view.nights]
        self.published = view.published
        # Without a currency there is nothing to count, and nothing to hear.
        channel = crowd_paths.tips_channel(view.organization_id)
        self.stream = f"/api/stream/{channel}" if view.totals else ""
        account = payment_paths.account_channel(view.organization_id)
        self.account_stream = "" if view.account_state == "ready" else f"/api/stream/{account}"
        self.loaded = True
