"""What only the browser knows or does: its clock, its time zone, its clipboard, its typing."""

import hashlib
import json
from typing import Any

import reflex as rx

from djplatform.ui.components import button
from djplatform.ui.components.base import Text
from djplatform.ui.icons import icon
from djplatform.ui.reflex_seam import data_of

_JS = rx.asset("client_side.js", shared=True).importable_path


def local_time(moment: Text, *, day: bool = False, class_name: Text = "num") -> rx.Component:
    """A moment (ISO 8601, with its zone) as the viewer's own clock and language say it.

    Only the browser knows the zone, so it is for what appears after the page has loaded.
    """
    options = (
        '{day: "numeric", month: "short", hour: "numeric", minute: "2-digit"}'
        if day
        else '{hour: "numeric", minute: "2-digit"}'
    )
    return _moment(moment, options, class_name)


def local_date(moment: Text, *, class_name: Text = "num") -> rx.Component:
    """The day of a moment that may lie in another year; else as `local_time`."""
    return _moment(moment, '{day: "numeric", month: "short", year: "numeric"}', class_name)


def _moment(moment: Text, options: str, class_name: Text) -> rx.Component:
    value = rx.Var.create(moment)
    shown = rx.Var(
        f'({value} ? new Date({value}).toLocaleString([], {options}) : "")', _var_type=str
    )
    return rx.el.time(shown, date_time=value, class_name=class_name)


def browser_time_zone() -> rx.Var[str]:
    """The browser's time zone, worked out when an event is sent: `Europe/London`."""
    return rx.Var("Intl.DateTimeFormat().resolvedOptions().timeZone", _var_type=str).to(str)


def copy_button(text: Any, label: Text, done: Text) -> rx.Component:
    """A button that copies a text, and says so; nothing is sent to the server."""
    value = rx.Var.create(text)
    # A bare function: it works offline, and nothing has to be evaluated.
    copy = rx.Var(
        f"((event) => copyText(event.currentTarget, {value}))",
        _var_data=rx.vars.VarData(imports={_JS: [rx.ImportVar(tag="copyText")]}),
    ).to(rx.EventChain)
    return button(
        icon("copy"),
        rx.el.span(label, class_name="group-data-done/copy:hidden"),
        rx.el.span(done, role="status", class_name="hidden group-data-done/copy:inline"),
        kind="secondary",
        class_name="group/copy",
        on_click=copy,
    )


def typed(form_id: str, name: str, known: Any) -> rx.Var[str]:
    """What stands in a field of a form at this moment; `known` until somebody types.

    It follows the typing in the browser alone: a preview costs no round trip.
    """
    before = rx.Var.create(known)
    hook = f"typed_{hashlib.sha256(form_id.encode()).hexdigest()[:12]}"
    data = rx.vars.VarData.merge(
        data_of(before),
        rx.vars.VarData(
            imports={_JS: [rx.ImportVar(tag="useTyped")]},
            hooks={f"const {hook} = useTyped({json.dumps(form_id)})": None},
        ),
    )
    return rx.Var(f"({hook}[{json.dumps(name)}] ?? {before!s})", _var_data=data).to(str)
