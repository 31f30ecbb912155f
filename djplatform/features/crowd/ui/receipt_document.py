"""`/t/{slug}/tips/{payment}`: what became of a fan's tip, told as it happens."""

from dataclasses import dataclass
from datetime import datetime

import reflex as rx
from babel.dates import format_date, format_time

from djplatform.core import clock
from djplatform.core.i18n import current_language
from djplatform.features.crowd import paths
from djplatform.features.crowd.dto import TipReceipt
from djplatform.features.crowd.rules import TipStatus
from djplatform.features.crowd.ui.links import own_brand
from djplatform.features.crowd.ui.quotes import money
from djplatform.features.crowd.ui.texts import isolated, person, words
from djplatform.settings import settings
from djplatform.ui import components as c
from djplatform.ui import icon, t
from djplatform.ui.components import Tone
from djplatform.ui.pages import Document
from djplatform.ui.visit import Visit

_LIVE_ID = "tip-status"


@dataclass(frozen=True, slots=True)
class _Words:
    picture: str
    tone: Tone
    title: str
    text: str


def receipt_document(receipt: TipReceipt, visit: Visit) -> Document:
    """The page that a fan comes back to; it asks again by itself until the state is final."""
    visit = own_brand(visit, receipt.dj)
    said = _words(receipt)
    slug, name = receipt.dj.target.slug, isolated(receipt.dj.stage_name)
    channel = paths.tip_channel(receipt.dj.target.organization_id, receipt.tip_id)
    return Document(
        title=f"{said.title} · {visit.brand.name}",
        description=t("Your tip for {name}.", name=name),
        body=c.document_frame(
            visit,
            rx.el.div(_live(receipt, said), role="status", aria_live="polite"),
            _help(receipt, visit),
        ),
        canonical=visit.url(paths.tip_status(slug, receipt.payment_id), visit.brand),
        robots="noindex",
        head=(rx.el.script(src=paths.SCRIPT, defer=True),),
        streams=() if receipt.final else (channel,),
        refresh=None if receipt.final else _seconds(receipt),
        brand=visit.brand,
    )


def _seconds(receipt: TipReceipt) -> int:
    """How soon to ask again: often at first, seldom when something takes its time."""
    age = (clock.now() - receipt.created_at).total_seconds()
    return 3 if age < 300 else 10 if age < 1_800 else 60


def _words(receipt: TipReceipt) -> _Words:
    name = isolated(receipt.dj.stage_name)
    match receipt.status:
        case TipStatus.PAID:
            return _Words(
                "circle-check", "ok", t("Thank you"), t("{name} has your tip.", name=name)
            )
        case TipStatus.PENDING:
            return _Words(
                "clock",
                "info",
                t("On its way"),
                t("Your bank is still moving the money. You can close this page."),
            )
        case TipStatus.CREATED:
            return _Words(
                "clock",
                "info",
                t("Waiting for your payment"),
                t("If you have paid, this page says so in a moment."),
            )
        case TipStatus.FAILED:
            return _Words(
                "circle-alert",
                "bad",
                t("The payment did not go through"),
                _failure(receipt.failure),
            )
        case TipStatus.EXPIRED if receipt.replaced:
            return _Words(
                "clock",
                "info",
                t("You changed this tip"),
                t("This checkout is closed, and nothing was charged on it."),
            )
        case TipStatus.EXPIRED:
            return _Words("clock", "warn", t("The checkout ran out"), t("Nothing was charged."))


def _failure(said: str) -> str:
    """What the processor said, and what the fan wants to know most."""
    nothing = t("Nothing was charged.")
    return said if nothing in said else f"{said} {nothing}".strip()


def _live(receipt: TipReceipt, said: _Words) -> rx.Component:
    """The part that changes; the script asks for it anew when the stream says so.

    It cannot stay on an old state. The stream only says "look", so it does not matter that the
    extension opens it anew, after a 503 for one, without what was said meanwhile: the slow
    question catches that too. A question that fails swaps nothing and is put again, and what it
    brings carries the next one, until the state is final.
    """
    path = paths.tip_status(receipt.dj.target.slug, receipt.payment_id)
    asks = {
        "hx-get": path,
        "hx-trigger": f"sse:{paths.TIP_CHANGED}, every {_seconds(receipt)}s",
        "hx-select": f"#{_LIVE_ID}",
        "hx-swap": "outerHTML",
    }
    return rx.el.div(
        icon(said.picture, 40, class_name=_TONE[said.tone]),
        rx.el.h1(said.title, class_name="mt-3 text-head font-semibold"),
        rx.el.p(said.text, class_name="mt-1 text-lead text-fg2"),
        rx.el.div(_figures(receipt), class_name="card mt-6 px-4 py-1"),
        rx.el.div(_next(receipt), class_name="mt-6"),
        id=_LIVE_ID,
        custom_attrs={"data-status": receipt.status.value} | ({} if receipt.final else asks),
    )


_TONE: dict[Tone, str] = {
    "ok": "text-ok",
    "info": "text-info",
    "warn": "text-warn",
    "bad": "text-bad",
}


def _figures(receipt: TipReceipt) -> rx.Component:
    paid = receipt.status is TipStatus.PAID
    lines = [
        c.key_value(t("You paid") if paid else t("You pay"), money(receipt.total)),
        c.key_value(t("{name} gets", name=isolated(receipt.dj.stage_name)), money(receipt.net)),
    ]
    if receipt.paid_at:
        lines.append(c.key_value(t("Paid"), _moment(receipt.paid_at)))
    if receipt.refunded.minor:
        lines.append(c.key_value(t("Refunded to you"), money(receipt.refunded)))
    if receipt.guest_name:
        lines.append(c.key_value(t("Your name"), person(receipt.guest_name)))
    if receipt.message:
        lines.append(c.key_value(t("Your message"), words(receipt.message)))
    lines.append(c.key_value(t("Reference"), receipt.reference))
    return c.key_values(*lines)


def _moment(moment: datetime) -> rx.Component:
    """In UTC, until the script says it by the reader's own clock.

    With the month as a word: 11/12 is another day on the other side of the ocean.
    """
    language = current_language()
    day = format_date(moment, "medium", locale=language)
    said = t("{moment} UTC", moment=f"{day}, {format_time(moment, 'short', locale=language)}")
    return rx.el.time(said, date_time=moment.isoformat(), custom_attrs={"data-local": ""})


def _next(receipt: TipReceipt) -> rx.Component:
    slug = receipt.dj.target.slug
    again = paths.tip_again(slug, receipt.payment_id)
    match receipt.status:
        case TipStatus.PAID:
            return c.link_button(
                t("Tip again"), href=paths.tip_page(slug), kind="secondary", size="lg", wide=True
            )
        case TipStatus.PENDING:
            return rx.fragment()
        case status if status is TipStatus.CREATED or receipt.replaced:
            return c.link_button(
                t("Back to the form"), href=again, kind="secondary", size="lg", wide=True
            )
        case _:
            return c.link_button(t("Try again"), href=again, size="lg", wide=True)


def _help(receipt: TipReceipt, visit: Visit) -> rx.Component:
    """Whom to ask; the reference finds the payment."""
    address = settings().contact_address
    return c.section(
        t("Is something wrong?"),
        rx.el.p(
            t(
                "Ask {name}, or write to {brand} and mention {reference}:",
                name=isolated(receipt.dj.stage_name),
                brand=visit.brand.name,
                reference=receipt.reference,
            ),
            " ",
            c.text_link(address, href=f"mailto:{address}?subject={receipt.reference}"),
            class_name="mt-2 text-fg2",
        ),
    )
