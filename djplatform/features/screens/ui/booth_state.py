"""What the booth holds; the tips themselves come by the stream."""

from dataclasses import asdict

import reflex as rx

from djplatform.core.actor import Permission
from djplatform.core.db import Scope, unit
from djplatform.core.errors import NotFound
from djplatform.core.i18n import t
from djplatform.core.ids import parse_id
from djplatform.features.crowd.paths import booth_channel
from djplatform.features.screens import service
from djplatform.features.screens.dto import BoothView, NightRow, TotalsRow
from djplatform.features.screens.ui.dashboard_state import NO_NIGHT, NO_TOTALS
from djplatform.ui.components import qr_path
from djplatform.ui.console import Flash
from djplatform.ui.guard import action, current_actor
from djplatform.ui.reflex_seam import visited_path


class Booth(Flash, rx.State):
    """One night, as it was when the page opened; which one says the address alone."""

    loaded: bool = False
    missing: bool = False
    night: NightRow = NO_NIGHT
    dj: str = ""
    page: str = ""
    code: str = ""
    code_side: int = 1
    totals: TotalsRow = NO_TOTALS
    tips: list[dict[str, str]] = []  # noqa: RUF012 Reflex copies it for each tab
    stream: str = ""

    @action(Permission.TIPS_READ)
    async def load(self) -> None:
        """Read the night of the address."""
        self._hush()
        await self._read()

    @action(Permission.TIPS_READ)
    async def ended(self) -> None:
        """Read it anew: what the outbox kept has arrived, and the night is over."""
        await self._read()
        if self.loaded and not self.night.live:
            self._say(t("The night is over. Tips that are still on their way will show up here."))

    async def _read(self) -> None:
        actor = current_actor(self)
        event_id = parse_id(visited_path(self).partition("?")[0].rpartition("/")[2])
        self.loaded, self.missing, self.stream = False, event_id is None, ""
        if event_id is None:
            return
        try:
            async with unit(Scope.of(actor)) as tx:
                view = await service.booth(tx, actor, event_id)
        except NotFound:
            self.missing = True
            return
        self._show(view)

    def _show(self, view: BoothView) -> None:
        self.night, self.dj, self.page = view.night, view.dj, view.page
        self.code, self.code_side = qr_path(view.page)
        self.totals = view.totals or NO_TOTALS
        self.tips = [asdict(tip) for tip in view.tips]
        # Without a currency no tip can come, and the stream has no total to begin with.
        self.stream = f"/api/stream/{booth_channel(view.night.id)}" if view.totals else ""
        self.loaded = True
