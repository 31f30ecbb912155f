"""`/t/{slug}`: the page where fans tip a DJ."""

import reflex as rx

from djplatform.features.crowd import paths
from djplatform.features.crowd.dto import Dj, EarlierTip, TipPage
from djplatform.features.crowd.ui import quotes
from djplatform.features.crowd.ui.links import own_brand
from djplatform.features.crowd.ui.texts import isolated, person, words
from djplatform.features.crowd.ui.tip_closed import closed
from djplatform.features.crowd.ui.tip_form import tip_form
from djplatform.ui import components as c
from djplatform.ui import t
from djplatform.ui.pages import Document
from djplatform.ui.visit import Visit


def tip_document(page: TipPage, visit: Visit, *, status: int = 200, alert: str = "") -> Document:
    """The page of a DJ, with the form as it stands. `alert` says what went wrong outside it."""
    visit = own_brand(visit, page.dj)
    dj = page.dj
    path = paths.tip_page(dj.target.slug)
    name = isolated(dj.stage_name)
    return Document(
        title=t("Tip {name}", name=name) + f" · {visit.brand.name}",
        description=t("Tip {name} by card in a few seconds. No account needed.", name=name),
        body=c.document_frame(
            visit,
            *_body(page, visit, alert),
            hero=hero(dj, visit),
            footer="" if page.closed_text or not visit.known_host else _footer(),
        ),
        canonical=visit.url(path, visit.brand),
        image=_picture(dj, visit),
        structured=_structured(dj, visit),
        robots=None if visit.known_host else "noindex",
        head=(rx.el.script(src=paths.SCRIPT, defer=True),),
        status=status,
        brand=visit.brand,
    )


def _picture(dj: Dj, visit: Visit) -> str:
    return visit.url(f"/art/stage-{dj.picture}-1600.webp", visit.brand)


def _structured(dj: Dj, visit: Visit) -> dict[str, object]:
    """Whose page it is, for crawlers: a `ProfilePage` of schema.org."""
    address = visit.url(paths.tip_page(dj.target.slug), visit.brand)
    person = {
        "@type": "Person",
        "name": dj.stage_name,
        "url": address,
        "image": _picture(dj, visit),
        "description": dj.bio,
        "homeLocation": dj.home_town,
    }
    known = {name: value for name, value in person.items() if value}
    return {"@context": "https://schema.org", "@type": "ProfilePage", "mainEntity": known}


def _footer() -> str:
    return t("No account needed. You pay on a secure page of our payment provider.")


def hero(dj: Dj, visit: Visit) -> rx.Component:
    """Who it is, where, and whether the night runs."""
    return c.poster(
        visit,
        person(dj.stage_name),
        above=person(dj.where) if dj.where else "",
        badge=rx.fragment(c.pulse_dot("bad"), t("Live")) if dj.event else "",
        picture=c.stage_picture(dj.picture),
    )


def _body(page: TipPage, visit: Visit, alert: str) -> list[rx.Component]:
    parts: list[rx.Component] = []
    if alert and not page.closed_text:
        parts.append(rx.el.div(c.notice(alert, tone="bad", live=True), class_name="mb-5"))
    if page.earlier and visit.known_host:
        parts.append(_earlier(page.earlier, page.dj))
    if not visit.known_host:
        parts.append(_elsewhere(page.dj, visit))
    elif page.closed_text or page.limits is None:
        parts.append(closed(page))
    else:
        parts.append(tip_form(page, page.limits))
    if page.dj.bio:
        title = t("About {name}", name=isolated(page.dj.stage_name))
        parts.append(c.section(title, words(page.dj.bio, class_name="mt-3 text-fg2")))
    return parts


def _earlier(tip: EarlierTip, dj: Dj) -> rx.Component:
    """Whoever comes back after a tip learns what became of it, and may give another."""
    amount = quotes.money(tip.amount)
    said = (
        t("You have given {amount}.", amount=amount)
        if tip.paid
        else t("You began a tip of {amount}.", amount=amount)
    )
    link = c.text_link(
        t("See your receipt") if tip.paid else t("See whether it is paid"),
        href=paths.tip_status(dj.target.slug, tip.payment_id),
    )
    note = t("Below you can give another one.")
    tone = "ok" if tip.paid else "info"
    return rx.el.div(c.notice(said, note, tone=tone, action=link), class_name="mb-6")


def _elsewhere(dj: Dj, visit: Visit) -> rx.Component:
    """On an address that is not ours nothing can be given; the way to the one that is."""
    name = isolated(dj.stage_name)
    return c.empty_state(
        "globe",
        t("Tip {name} on the real page", name=name),
        t("This address is not connected to us, so nothing can be paid here."),
        c.link_button(
            t("Open {host}", host=visit.brand.host),
            href=visit.url(paths.tip_page(dj.target.slug), visit.brand),
        ),
        heading=2,
    )
