"""`/t/{slug}/qr`: a sheet to print and put beside the decks."""

import reflex as rx

from djplatform.features.crowd import paths
from djplatform.features.crowd.dto import Dj
from djplatform.features.crowd.ui.links import own_brand, shared_link
from djplatform.features.crowd.ui.texts import isolated, person
from djplatform.ui import components as c
from djplatform.ui import icon, t
from djplatform.ui.pages import Document
from djplatform.ui.visit import Visit


def qr_document(dj: Dj, visit: Visit) -> Document:
    """One page, white in both modes: what is on the screen is what the printer gives."""
    visit = own_brand(visit, dj)
    path = paths.tip_page(dj.target.slug)
    link = shared_link(visit, path)
    name = isolated(dj.stage_name)
    return Document(
        title=t("Code for {name}", name=name) + f" · {visit.brand.name}",
        description=t("Print this sheet: it leads fans to the page of {name}.", name=name),
        body=rx.el.div(
            _toolbar(path, dj.target.slug),
            _sheet(dj, visit, link),
            class_name="min-h-dvh bg-bg text-fg print:min-h-0 print:bg-white",
        ),
        canonical=visit.url(paths.qr_page(dj.target.slug), visit.brand),
        robots="noindex",
        head=(rx.el.script(src=paths.SCRIPT, defer=True),),
        brand=visit.brand,
    )


def _toolbar(path: str, slug: str) -> rx.Component:
    return rx.el.nav(
        c.text_link(t("Back"), href=path),
        rx.el.div(
            c.text_link(t("As a picture"), href=paths.qr_image(slug)),
            # Without the script the browser's own menu prints.
            c.button(
                icon("printer", 18),
                t("Print"),
                hidden=True,
                custom_attrs={"data-print": ""},
            ),
            class_name="flex flex-wrap items-center gap-4",
        ),
        class_name="flex items-center justify-between gap-4 min-h-14 px-5 mx-auto max-w-[42rem] "
        "print:hidden",
    )


def _sheet(dj: Dj, visit: Visit, link: str) -> rx.Component:
    return rx.el.main(
        rx.el.div(class_name="h-3 w-full bg-accent [print-color-adjust:exact]", aria_hidden="true"),
        rx.el.div(
            rx.el.p(visit.brand.name, class_name="text-lead font-semibold"),
            rx.el.h1(
                t("Tip {name}", name=isolated(dj.stage_name)),
                class_name="mt-6 text-display font-bold print:text-hero",
            ),
            rx.el.p(
                t("Point your phone’s camera here."), class_name="mt-2 text-lead print:text-title"
            ),
            c.qr(
                link,
                label=t("Code that leads to the page of {name}", name=isolated(dj.stage_name)),
                class_name="mx-auto mt-6 w-full max-w-[24rem] print:max-w-[15cm]",
            ),
            rx.el.p(
                person(link.split("://", 1)[1]),
                class_name="mt-4 text-lead font-medium break-all print:text-title",
            ),
            rx.el.p(t("Card, Apple Pay or Google Pay. No app, no account."), class_name="mt-2"),
            class_name="px-8 py-10 print:flex-1 print:flex print:flex-col print:justify-evenly",
        ),
        id="main",
        class_name="mx-auto max-w-[42rem] overflow-hidden rounded-md bg-white text-black "
        # On paper it fills the page, A4 as well as Letter, and never spills over to a second one.
        "text-center print:rounded-none print:break-inside-avoid print:max-w-none print:flex "
        "print:flex-col print:min-h-[92vh]",
    )


def qr_svg(link: str) -> str:
    """The code alone, for posters and slides."""
    d, side = c.qr_path(link)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}" width="{side * 16}" '
        f'height="{side * 16}" shape-rendering="crispEdges"><path fill="#fff" '
        f'd="M0 0h{side}v{side}H0z"/><path d="{d}"/></svg>'
    )
