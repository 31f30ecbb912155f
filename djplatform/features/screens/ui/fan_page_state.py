"""What "Your page" holds; what is typed stays in the browser until it is saved."""

from dataclasses import asdict
from typing import Any

import reflex as rx

from djplatform.core.actor import Permission
from djplatform.core.db import Scope, unit
from djplatform.core.errors import Conflict, InvalidInput, PermissionDenied
from djplatform.core.i18n import t
from djplatform.features.crowd import paths as crowd_paths
from djplatform.features.screens import service
from djplatform.features.screens.dto import FanPageScreen, PosterForm, TipsForm
from djplatform.features.screens.service import OFFERS
from djplatform.ui.console import Flash
from djplatform.ui.guard import action, current_actor

PRESET = "presets."
"""Beginning of the fields' names of offered amounts: as the rules name them."""
NO_POSTER = PosterForm("", "", "", "brand", published=True)
NO_TIPS = TipsForm("", "", ("",) * OFFERS)


class FanPage(Flash, rx.State):
    """The fan page as it is kept, and what was wrong with the last attempt to change it."""

    loaded: bool = False
    brand: str = ""
    page: str = ""
    tip_page: str = ""
    print_page: str = ""
    poster: PosterForm = NO_POSTER
    has_currency: bool = False
    tips: TipsForm = NO_TIPS
    symbol: str = ""
    offers: list[dict[str, str]] = []  # noqa: RUF012 Reflex copies it for each tab
    errors: dict[str, str] = {}  # noqa: RUF012
    drawn: int = 0
    """Grows when the fields have to show something else than what was typed."""

    @action(Permission.PROFILE_UPDATE)
    async def load(self) -> None:
        """Read the page; it also happens when a lost connection is there again."""
        actor = current_actor(self)
        async with unit(Scope.of(actor)) as tx:
            self._show(await service.fan_page(tx, actor))

    @action(Permission.PROFILE_UPDATE)
    async def save(self, form_data: dict[str, Any]) -> None:
        """Keep everything that was typed, or nothing, with what is wrong by field."""
        actor = current_actor(self)
        poster, tips = _poster_of(form_data), _tips_of(form_data)
        try:
            async with unit(Scope.of(actor)) as tx:
                view = await service.save_fan_page(tx, actor, poster, tips)
        except InvalidInput as refused:
            self.errors = refused.fields
            self._hush()
            return
        except (Conflict, PermissionDenied) as refused:
            self._say(refused.message, "bad")
            return
        self._show(view)
        # Cleaned of blanks, or put in order: then the fields are drawn anew, with what is kept.
        self.drawn += poster != view.poster or tips not in (None, view.tips)
        self._say(
            t("Saved. Fans see it from now on.")
            if view.poster.published
            else t("Saved. Your page is not published.")
        )

    @action(Permission.TIPS_CONFIGURE)
    async def work_out(self, place: int, amount: str) -> None:
        """Say what becomes of an amount that was typed into one of the fields."""
        actor = current_actor(self)
        if place not in range(len(self.offers)):
            return
        try:
            async with unit(Scope.of(actor)) as tx:
                row = await service.work_out(tx, actor, str(amount))
        except Conflict as refused:
            self._say(refused.message, "bad")
            return
        self.offers[int(place)] = asdict(row)
        self.errors.pop(f"{PRESET}{place}", None)

    def _show(self, view: FanPageScreen) -> None:
        self.brand, self.page = view.brand, view.page
        self.tip_page = crowd_paths.tip_page(view.slug)
        self.print_page = crowd_paths.qr_page(view.slug)
        self.poster, self.has_currency = view.poster, view.tips is not None
        self.tips = view.tips or NO_TIPS
        self.symbol, self.offers = view.symbol, [asdict(offer) for offer in view.offers]
        self.errors = {}
        self.loaded = True


def _poster_of(form: dict[str, Any]) -> PosterForm:
    """How the page shall look; a switch that is off sends nothing."""
    words = {name: str(form.get(name, "")) for name in ("stage_name", "bio", "home_town", "photo")}
    return PosterForm(**words, published="published" in form)


def _tips_of(form: dict[str, Any]) -> TipsForm | None:
    """What shall be taken; None when the form has no such fields."""
    if "least" not in form:
        return None
    presets = tuple(str(form.get(f"{PRESET}{place}", "")) for place in range(OFFERS))
    return TipsForm(str(form["least"]), str(form.get("most", "")), presets)
