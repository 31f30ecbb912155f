"""Every component once, drawn as documents: for tests and for the eye."""

from collections.abc import Callable, Mapping

import reflex as rx

from djplatform.core.money import Money
from djplatform.ui import components as c
from djplatform.ui.icons import icon
from djplatform.ui.visit import Visit

AMOUNTS = tuple(c.Amount(str(minor), f"£{minor // 100}") for minor in (500, 1000, 2000, 5000))
NAV = (
    c.NavItem("home", "Home", "house", "/"),
    c.NavItem("tips", "Tips", "heart", "/tips", 4),
    c.NavItem("events", "Events", "calendar", "/events"),
    c.NavItem("money", "Money", "wallet", "/money"),
    c.NavItem("team", "Team", "users", "/team"),
)


def fan_page(visit: Visit) -> rx.Component:
    """The tip page of a fan: poster, sheet, amounts, thumb bar."""
    return c.document_frame(
        visit,
        c.form(
            c.amount_choice("Tip Jay", AMOUNTS, chosen="1000", prefix="£", hint="From £1 to £500."),
            c.field("Your name", "name", optional=True, placeholder="Guest", auto_complete="name"),
            c.textarea("Say something to Jay", "message", optional=True, rows=2),
            c.thumb_bar(
                c.trust_line("Goes straight to Jay. Card, Apple Pay or Google Pay."),
                c.button(
                    rx.el.span("Tip"), c.chosen_amount(AMOUNTS), type="submit", size="lg", wide=True
                ),
            ),
            action="/t/jay",
        ),
        c.section(
            "Tonight’s tips",
            c.rows(
                (("Ash Verma", "“Best set of the year, hands down”", "£20"), ("Leon", "", "£5")),
                _tip_of_tonight,
            ),
            aside="4 so far",
        ),
        hero=c.poster(
            visit,
            "Jay Martell",
            above="The Lantern Room, Leeds",
            below=c.busy("Innerbloom"),
            badge=rx.fragment(c.pulse_dot("bad"), "Live · 214 here"),
        ),
        footer="No account needed. A receipt comes by e-mail.",
    )


def _tip_of_tonight(tip: tuple[str, str, str]) -> rx.Component:
    name, words, amount = tip
    return c.list_row(name, words, leading=c.avatar(name), aside=amount, aside_note="8 min ago")


def log_in_page(visit: Visit) -> rx.Component:
    """The log-in, with a refused password."""
    return c.auth_frame(
        visit,
        "Log in",
        c.notice("That e-mail and password do not go together.", tone="bad", live=True),
        c.form(
            c.field("E-mail", "email", type="email", value="jay@example.com", required=True),
            c.field(
                "Password",
                "password",
                type="password",
                required=True,
                error="Please type your password again.",
                auto_complete="current-password",
            ),
            c.button("Log in", type="submit", size="lg", wide=True),
            action="/auth/login",
        ),
        lead="Your night, your tips, your money.",
        footer=rx.fragment("New here? ", c.text_link("Create an account", href="/sign-up")),
    )


def console_page(visit: Visit) -> rx.Component:
    """A dashboard with figures, a list, a dialog and empty places."""
    return c.console_frame(
        _figures(),
        rx.el.div(
            _tips(),
            _code(),
            class_name="mt-4 grid gap-4 grid-cols-1 lg:grid-cols-[1.6fr_1fr] items-start",
        ),
        _controls(),
        brand=visit.brand.key,
        brand_name=visit.brand.name,
        nav=NAV,
        current="home",
        title="Good evening, Maya",
        account=c.Account("Maya Osei", "Northlight Events", "/auth/logout", "/settings"),
        status=c.status_pill("Live", "ok", pulse=True),
        actions=(c.button(icon("plus"), "New event", class_name="max-sm:hidden"),),
    )


def _figures() -> rx.Component:
    booked = (3, 4, 3.5, 5, 5.2, 6, 5.4, 7)
    return rx.el.div(
        c.stat("Tips tonight", "£128.50", note="14 tips", delta="+12 %", trend=booked),
        c.stat("Available", "£1,204.60", note="arrives on Tuesday"),
        c.stat("Average tip", "£9.18", delta="-4 %", good=False, note="last 30 days", trend=booked),
        c.stat("First tip", "21:14", note="after 9 minutes"),
        class_name="grid gap-3 sm:gap-4 grid-cols-2 max-[20rem]:grid-cols-1 xl:grid-cols-4",
    )


def _tips() -> rx.Component:
    tips = (
        ("Ash Verma", "“Best set of the year”", Money(2000, "GBP"), "Paid", "ok"),
        ("Guest 0412", "The Lantern Room", Money(500, "GBP"), "Pending", "warn"),
        ("Leon", "The Lantern Room", Money(1000, "GBP"), "Refunded", "neutral"),
        ("Priya", "Disputed yesterday", Money(2500, "GBP"), "Disputed", "bad"),
    )
    return c.card(
        rx.el.div(
            rx.el.h2("Latest tips", class_name="text-lead font-semibold"),
            c.more_link("All tips", "/tips"),
            class_name="flex items-center justify-between px-5 pt-4",
        ),
        c.rows(
            tips,
            _latest_tip,
            class_name="divide-y divide-line px-5 pb-2",
        ),
        class_name="overflow-hidden",
    )


def _latest_tip(tip: tuple[str, str, Money, str, c.Tone]) -> rx.Component:
    name, note, amount, state, tone = tip
    return c.list_row(
        name,
        note,
        leading=c.avatar(name),
        aside=c.money(amount),
        aside_note=c.status_pill(state, tone),
        href=f"/tips/{name[:2]}",
    )


def _code() -> rx.Component:
    return c.card(
        rx.el.h2("Your page", class_name="text-lead font-semibold"),
        rx.el.p("Guests scan this to tip you.", class_name="text-small text-fg2 mt-0.5"),
        rx.el.div(
            c.qr(
                "http://tipjar.localhost:8000/t/jay-martell",
                label="QR code of your tip page",
                class_name="w-full max-w-56 rounded-sm",
            ),
            class_name="grid place-items-center py-5",
        ),
        rx.el.div(
            c.link_button(icon("printer"), "Print", href="/print", kind="secondary", reload=True),
            c.button(icon("copy"), "Copy link", kind="soft"),
            class_name="grid grid-cols-2 max-[20rem]:grid-cols-1 gap-2.5",
        ),
    )


def _controls() -> rx.Component:
    return rx.el.div(
        c.card(
            c.choices(
                "How soon?",
                c.choice_card(
                    "In the mix", "soon", "mix", note="Within the hour", aside="£3", picture="music"
                ),
                c.choice_card(
                    "Fast-track",
                    "soon",
                    "fast",
                    note="About 12 min",
                    aside="£10",
                    picture="zap",
                    checked=True,
                ),
            ),
            c.choices(
                "Picture",
                *(
                    c.picture_card(
                        title, "stage", title, picture=f"/art/stage-{file}-800.webp", checked=first
                    )
                    for title, file, first in (("Club", "tipjar", True), ("Hall", "djdash", False))
                ),
                class_name="grid grid-cols-2 gap-2.5",
            ),
            c.select("Currency", "currency", (("gbp", "Pound"), ("eur", "Euro")), value="eur"),
            c.switch("Open for tips", "open", checked=True),
            c.switch("Show names on the wall", "names"),
            c.checkbox("I agree to the terms.", "terms", error="Please agree first."),
            class_name="p-5 flex flex-col gap-5",
        ),
        rx.el.div(
            c.error_summary({"currency": "Choose a currency."}),
            c.notice("Payouts are ready", "£1,204.60 arrives on Tuesday.", tone="ok"),
            c.notice("Connect your bank", "Tips wait until then.", tone="warn"),
            c.notice("Two devices are logged in", tone="info"),
            c.card(
                c.key_values(
                    c.key_value("Tips", "£128.50"),
                    c.key_value("Fee", "−£6.30"),
                    c.key_value("You get", c.money("£122.20", "lead")),
                )
            ),
            c.card(
                c.empty_state(
                    "star",
                    "No reviews to answer",
                    "We ask every client the day after the gig.",
                    c.button("See all reviews", kind="secondary", size="sm"),
                ),
                class_name="",
            ),
            rx.el.div(
                c.opener("refund", "Refund", kind="danger"),
                c.button("Ghost", kind="ghost"),
                c.button("Waiting", disabled=True),
                class_name="flex flex-wrap gap-2.5",
            ),
            c.dialog(
                "refund",
                "Refund £10?",
                text="Priya gets her money back and a note that you passed.",
                actions=(c.closer("refund", "Keep it"), c.button("Refund £10", size="lg")),
            ),
            class_name="flex flex-col gap-4",
        ),
        class_name="mt-4 grid gap-4 grid-cols-1 lg:grid-cols-2 items-start",
    )


PAGES: Mapping[str, Callable[[Visit], rx.Component]] = {
    "fan": fan_page,
    "log-in": log_in_page,
    "console": console_page,
}
