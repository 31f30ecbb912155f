"""`/earnings`: what came in, what it cost, what is left, payment by payment."""

from dataclasses import asdict
from typing import Any

import reflex as rx

from djplatform.core.actor import Permission
from djplatform.core.db import Scope, unit
from djplatform.core.ids import parse_id
from djplatform.features.payments import paths as payment_paths
from djplatform.features.screens import paths, service
from djplatform.features.screens.dto import EarningsScreen
from djplatform.features.screens.ui.nights import nights_card
from djplatform.ui import components as c
from djplatform.ui import icon, t, tn
from djplatform.ui.client_side import local_time
from djplatform.ui.console import Shell, console_page, may
from djplatform.ui.each import pick, when
from djplatform.ui.guard import action, current_actor
from djplatform.ui.pages import ConsolePage

TITLE = t("Earnings")


class Earnings(rx.State):
    """Totals, and as many pages of payments as were asked for."""

    loaded: bool = False
    totals: list[dict[str, Any]] = []  # noqa: RUF012 Reflex copies it for each tab
    payments: list[dict[str, str]] = []  # noqa: RUF012
    nights: list[dict[str, Any]] = []  # noqa: RUF012
    next_before: str = ""
    account_state: str = ""
    account_text: str = ""

    @action(Permission.PAYMENTS_READ)
    async def load(self) -> None:
        """Read the totals and the first page."""
        view = await self._read("")
        self.payments = [asdict(payment) for payment in view.payments]
        self.loaded = True

    @action(Permission.PAYMENTS_READ)
    async def more(self) -> None:
        """Read the page after the last one that is shown."""
        if self.next_before:
            view = await self._read(self.next_before)
            self.payments += [asdict(payment) for payment in view.payments]

    async def _read(self, before: str) -> EarningsScreen:
        actor = current_actor(self)
        async with unit(Scope.of(actor)) as tx:
            view = await service.earnings_screen(tx, actor, parse_id(before))
        self.totals = [asdict(totals) for totals in view.totals]
        self.nights = [asdict(night) for night in view.nights]
        self.next_before = view.next_before
        self.account_state, self.account_text = view.account_state, view.account_text
        return view


def earnings_page() -> rx.Component:
    """Draw the page."""
    totals: Any = rx.Var.create(Earnings.totals)
    return console_page(
        when(
            Earnings.loaded,
            rx.el.div(
                rx.foreach(totals, _figures),
                rx.el.div(
                    _payments(),
                    rx.el.div(_account(), _nights(), class_name="flex flex-col gap-4"),
                    class_name="grid gap-4 grid-cols-1 lg:grid-cols-[1.8fr_1fr] items-start",
                ),
                class_name="flex flex-col gap-4",
            ),
            rx.el.p(t("Loading"), role="status", class_name="text-fg2"),
        ),
        current="earnings",
        title=TITLE,
    )


def _figures(totals: Any) -> rx.Component:
    count = totals["count"].to(int)
    return rx.el.section(
        c.stat(
            t("Gross"),
            totals["gross"],
            note=tn("{n} payment", "{n} payments", count),
        ),
        c.stat(t("Fees"), totals["fee"], note=t("kept from it")),
        rx.el.div(
            c.stat(t("Net"), totals["net"], note=t("gross less fees: yours")),
            class_name="max-sm:col-span-2",
        ),
        aria_label=totals["currency"],
        key=totals["currency"],
        class_name="grid gap-3 sm:gap-4 grid-cols-2 max-[20rem]:grid-cols-1 sm:grid-cols-3",
    )


def _payments() -> rx.Component:
    payments: Any = rx.Var.create(Earnings.payments)
    head = [(t("Payment"), ""), (t("Gross"), _FIGURE), (t("Fee"), _FIGURE), (t("Net"), _FIGURE)]
    table = rx.el.table(
        rx.el.thead(
            rx.el.tr(
                *(
                    rx.el.th(text, scope="col", class_name=f"{_CELL} font-medium text-left {look}")
                    for text, look in head
                ),
                class_name="bg-sunken/60 text-small text-fg3 border-y border-line",
            ),
            class_name="max-sm:sr-only",
        ),
        rx.el.tbody(rx.foreach(payments, _payment), class_name="divide-y divide-line"),
        class_name="w-full",
    )
    return c.card(
        rx.el.h2(t("Payments"), class_name="text-lead font-semibold px-5 pt-4 pb-3"),
        when(
            payments.length() > 0,
            rx.fragment(
                table,
                when(
                    Earnings.next_before,
                    rx.el.div(
                        c.button(
                            t("Show more"), kind="secondary", wide=True, on_click=Earnings.more
                        ),
                        class_name="p-4 border-t border-line",
                    ),
                ),
            ),
            c.empty_state(
                "wallet",
                t("No payments yet"),
                t("Each payment is listed here with what it cost and what is left of it."),
            ),
        ),
        class_name="overflow-hidden",
    )


_CELL = "px-3 py-3 first:pl-5 last:pr-5"
_FIGURE = "num sm:text-right whitespace-nowrap"
_STATUS = {"paid": "ok", "pending": "warn", "failed": "bad", "disputed": "bad"} | dict.fromkeys(
    ("refunded", "partly_refunded"), "warn"
)


def _payment(payment: Any) -> rx.Component:
    words = {
        "paid": t("Paid"),
        "pending": t("On its way"),
        "failed": t("Failed"),
        "expired": t("Expired"),
        "refunded": t("Refunded"),
        "partly_refunded": t("Partly refunded"),
        "disputed": t("Disputed"),
    }
    status = c.status_pill(
        pick(payment["status"], words, payment["status"]),
        pick(payment["status"], _STATUS, "neutral"),
    )
    return rx.el.tr(
        rx.el.td(
            rx.el.div(
                rx.el.div(
                    rx.el.p(payment["title"], class_name="font-medium truncate"),
                    local_time(payment["at"], day=True, class_name="num text-small text-fg2"),
                    class_name="min-w-0 flex-1",
                ),
                status,
                class_name="flex items-center gap-3",
            ),
            class_name=f"{_CELL} max-sm:col-span-full max-sm:pr-5 sm:max-w-0 sm:w-full",
        ),
        _figure(t("Gross"), payment["total"]),
        _figure(t("Fee"), payment["fee"], "text-fg2"),
        _figure(t("Net"), payment["net"], "font-semibold"),
        key=payment["id"],
        class_name="max-sm:grid max-sm:grid-cols-3 max-[20rem]:grid-cols-1",
        custom_attrs={"data-payment": payment["id"]},
    )


def _figure(label: str, value: Any, look: str = "") -> rx.Component:
    """A figure in its column; on a phone, where the head is hidden, under its own name."""
    return rx.el.td(
        rx.el.span(label, class_name="sm:hidden block text-micro text-fg3", aria_hidden="true"),
        value,
        class_name=f"{_CELL} max-sm:pt-0 max-sm:pl-5 {_FIGURE} {look}",
    )


def _account() -> rx.Component:
    """How the account at the processor stands, and the way there for those who may."""
    ready = Earnings.account_state == "ready"
    return c.card(
        rx.el.div(
            rx.el.h2(t("Payouts"), class_name="text-lead font-semibold"),
            rx.cond(
                ready,
                c.status_pill(t("Open"), "ok"),
                c.status_pill(t("Not yet open"), "warn"),
            ),
            class_name="flex items-center justify-between gap-3",
        ),
        rx.el.p(Earnings.account_text, class_name="mt-1 text-fg2"),
        rx.el.p(
            t("Stripe pays out to your bank by itself; tips wait in your own account there."),
            class_name="mt-1 text-small text-fg3",
        ),
        when(
            may(Permission.PAYMENTS_CONNECT),
            c.form(
                c.button(
                    rx.cond(ready, t("See your details at Stripe"), t("Go on at Stripe")),
                    icon("external-link"),
                    type="submit",
                    kind="secondary",
                    wide=True,
                ),
                action=payment_paths.CONNECT,
                class_name="mt-4",
            ),
        ),
    )


def _nights() -> rx.Component:
    """What of it came in which night."""
    nothing = c.empty_state(
        "moon", t("No nights yet"), t("Start one at home; its tips are added up here.")
    )
    return nights_card(t("By night"), rx.Var.create(Earnings.nights), nothing)


PAGE = ConsolePage(
    route=paths.EARNINGS,
    component=earnings_page,
    title=TITLE,
    permission=Permission.PAYMENTS_READ,
    on_load=(Shell.load, Earnings.load),
)
