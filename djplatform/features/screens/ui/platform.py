"""`/admin/earnings`: what the platform keeps, for its admins alone."""

from dataclasses import asdict
from typing import Any

import reflex as rx

from djplatform.core.actor import Permission
from djplatform.core.errors import PermissionDenied
from djplatform.features.screens import paths, service
from djplatform.ui import components as c
from djplatform.ui import t, tn
from djplatform.ui.console import Shell, console_page
from djplatform.ui.each import when
from djplatform.ui.guard import REFUSED, action, current_actor
from djplatform.ui.pages import ConsolePage

TITLE = t("Platform")


class PlatformEarnings(rx.State):
    """Fees, processor cost and what is left, by brand and currency."""

    loaded: bool = False
    earned: list[dict[str, Any]] = []  # noqa: RUF012 Reflex copies it for each tab

    @action(Permission.ACCOUNT_SELF)
    async def load(self) -> Any:
        """Read it, which the audit log keeps; everybody but a platform admin is refused."""
        try:
            rows = await service.platform_screen(current_actor(self))
        except PermissionDenied:
            self.loaded, self.earned = False, []
            return rx.redirect(REFUSED)
        self.loaded, self.earned = True, [asdict(row) for row in rows]
        return None


def platform_page() -> rx.Component:
    """Draw the page."""
    earned: Any = rx.Var.create(PlatformEarnings.earned)
    return console_page(
        when(
            PlatformEarnings.loaded,
            when(
                earned.length() > 0,
                rx.el.div(rx.foreach(earned, _row), class_name="flex flex-col gap-4"),
                c.card(
                    c.empty_state(
                        "banknote",
                        t("Nothing was earned yet"),
                        t("Fees show up here, brand by brand, with the first payment."),
                    )
                ),
            ),
            rx.el.p(t("Loading"), role="status", class_name="text-fg2"),
        ),
        current="platform",
        title=TITLE,
    )


def _row(row: Any) -> rx.Component:
    waiting = row["waiting"].to(int)
    return rx.el.section(
        rx.el.div(
            c.brand_mark(row["brand"], 24),
            rx.el.h2(row["brand_name"], class_name="text-lead font-semibold"),
            rx.el.span(row["currency"], class_name="text-small text-fg2"),
            class_name="flex items-center gap-2.5 mb-3",
        ),
        rx.el.div(
            c.stat(t("Application fees"), row["fees"], note=t("taken from payees")),
            c.stat(
                t("Processor cost"),
                row["cost"],
                note=rx.cond(
                    waiting > 0,
                    tn("{n} payment not yet told", "{n} payments not yet told", waiting),
                    t("all payments told"),
                ),
            ),
            rx.el.div(
                c.stat(t("Platform’s net"), row["net"], note=t("fees less cost")),
                class_name="max-sm:col-span-2",
            ),
            class_name="grid gap-3 sm:gap-4 grid-cols-2 sm:grid-cols-3",
        ),
        key=row["brand"].to(str) + row["currency"].to(str),
    )


PAGE = ConsolePage(
    route=paths.PLATFORM_EARNINGS,
    component=platform_page,
    title=TITLE,
    permission=Permission.ACCOUNT_SELF,
    on_load=(Shell.load, PlatformEarnings.load),
)
