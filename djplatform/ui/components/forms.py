"""Forms that post without JavaScript, and their fields with label, hint and error."""

from collections.abc import Sequence
from typing import Any, Literal

import reflex as rx

from djplatform.ui.components.base import Child, Text, given, join
from djplatform.ui.each import each, when
from djplatform.ui.icons import icon
from djplatform.ui.reflex_seam import BaseHTML
from djplatform.ui.text import t

InputType = Literal[
    "text", "email", "password", "number", "tel", "url", "search", "date", "datetime-local", "time"
]

_LABEL = "text-small font-medium text-fg2"
_CONTROL = "field w-full text-input"


class PlainForm(BaseHTML):
    """A form that the browser sends by itself; `rx.el.form` always takes the submit over."""

    tag = "form"
    action: rx.Var[str]
    method: rx.Var[str]
    enc_type: rx.Var[str]
    auto_complete: rx.Var[str]
    no_validate: rx.Var[bool]


def form(
    *children: Child,
    action: Text = "",
    method: Literal["post", "get"] = "post",
    class_name: Text = "",
    on_submit: Any = None,
    **props: Any,
) -> rx.Component:
    """Draw a form. With `on_submit` it is a console's, else the browser posts it to `action`.

    Parts inside may look at its choices through `group-has-*/form` (see `chosen_amount`).
    """
    look = join("group/form flex flex-col gap-5", class_name)
    if on_submit is not None:
        return rx.el.form(*children, on_submit=on_submit, class_name=look, **props)
    return PlainForm.create(*children, action=action, method=method, class_name=look, **props)


def hidden(name: str, value: Text) -> rx.Component:
    """A value that travels with a form unseen. It comes back as anybody wishes: check it."""
    return rx.el.input(type="hidden", name=name, custom_attrs={"value": value})


def field(
    label: Text,
    name: str,
    *,
    value: Text = "",
    type: InputType = "text",  # noqa: A002 HTML's own word
    hint: Text = "",
    error: Text = "",
    required: bool = False,
    optional: bool = False,
    prefix: Text = "",
    auto_complete: str = "",
    id: str = "",  # noqa: A002 HTML's own word
    **props: Any,
) -> rx.Component:
    """One line of input. `value` is what was typed before, `error` what is wrong with it.

    `prefix` stands before the text (a currency sign, an address); `props` as `rx.el.input`,
    e.g. `placeholder`, `input_mode`, `max_length`, `on_change`.
    """
    key = id or f"field-{name}"
    control = rx.el.input(
        id=key,
        name=name,
        type=type,
        default_value=value,
        required=required,
        auto_complete=auto_complete or "off",
        class_name="h-full w-full min-w-0 bg-transparent px-3.5 outline-none"
        if given(prefix)
        else join(_CONTROL, "h-12 px-3.5"),
        custom_attrs=_described(key, hint, error),
        **props,
    )
    if given(prefix):
        control = rx.el.span(
            rx.el.span(prefix, class_name="pl-3.5 text-fg3 shrink-0 -mr-2.5", aria_hidden="true"),
            control,
            class_name=join(_CONTROL, "h-12 flex items-center"),
        )
    return _labelled(label, key, control, hint, error, optional=optional)


def textarea(
    label: Text,
    name: str,
    *,
    value: Text = "",
    hint: Text = "",
    error: Text = "",
    rows: int = 3,
    required: bool = False,
    optional: bool = False,
    id: str = "",  # noqa: A002 HTML's own word
    **props: Any,
) -> rx.Component:
    """Several lines of input; arguments as in `field`."""
    key = id or f"field-{name}"
    control = rx.el.textarea(
        id=key,
        name=name,
        default_value=value,
        rows=str(rows),
        required=required,
        class_name=join(_CONTROL, "block px-3.5 py-3"),
        custom_attrs=_described(key, hint, error),
        **props,
    )
    return _labelled(label, key, control, hint, error, optional=optional)


def select(
    label: Text,
    name: str,
    options: Sequence[tuple[str, Text]],
    *,
    value: Text = "",
    hint: Text = "",
    error: Text = "",
    required: bool = False,
    id: str = "",  # noqa: A002 HTML's own word
    **props: Any,
) -> rx.Component:
    """A native select over `(value, text)` pairs."""
    key = id or f"field-{name}"
    control = rx.el.select(
        *(rx.el.option(text, value=option) for option, text in options),
        id=key,
        name=name,
        default_value=value,
        required=required,
        class_name=join(_CONTROL, "chevron h-12 pl-3.5"),
        custom_attrs=_described(key, hint, error),
        **props,
    )
    return _labelled(label, key, control, hint, error, optional=False)


def checkbox(
    label: Child,
    name: str,
    *,
    value: str = "on",
    checked: Any = False,
    hint: Text = "",
    error: Text = "",
    required: bool = False,
    **props: Any,
) -> rx.Component:
    """A tick with its text, e.g. consent."""
    key = f"field-{name}"
    box = rx.el.input(
        id=key,
        type="checkbox",
        name=name,
        default_checked=checked,
        required=required,
        class_name="tick mt-0.5",
        custom_attrs={"value": value, **_described(key, hint, error)},
        **props,
    )
    words = rx.el.span(label, class_name="text-body text-fg2")
    return rx.el.div(
        rx.el.label(box, words, html_for=key, class_name="flex items-start gap-3 min-h-11 py-2.5"),
        *_below(key, hint, error),
    )


def switch(
    label: Text, name: str, *, checked: Any = False, value: str = "on", **props: Any
) -> rx.Component:
    """An on-off switch: a native checkbox underneath, so it posts in a plain form."""
    return rx.el.label(
        rx.el.span(label, class_name="flex-1"),
        rx.el.input(
            type="checkbox",
            role="switch",
            name=name,
            default_checked=checked,
            # Where the system chooses the colours a drawn switch cannot be seen: its own box then.
            class_name="peer sr-only forced-colors:not-sr-only",
            custom_attrs={"value": value},
            **props,
        ),
        rx.el.span(
            aria_hidden="true",
            class_name="relative w-11 h-6.5 shrink-0 rounded-full bg-ctl transition-colors "
            "forced-colors:hidden "
            "peer-checked:bg-accent peer-focus-visible:outline-2 "
            "peer-focus-visible:outline-offset-2 peer-focus-visible:outline-ink "
            "after:content-[''] after:absolute after:top-0.75 after:left-0.75 after:size-5 "
            "after:rounded-full after:bg-white after:shadow-[0_1px_3px_rgb(0_0_0/.4)] "
            "after:transition-transform peer-checked:after:translate-x-4.5 "
            "peer-checked:after:bg-on",
        ),
        class_name="relative flex items-center gap-3 min-h-11",
    )


def error_summary(errors: Any, title: Text = "") -> rx.Component:
    """What is wrong with a form, by field, with links to the fields; nothing when nothing is."""
    named: Any = errors.entries() if isinstance(errors, rx.vars.ObjectVar) else list(errors.items())
    some = named.length() > 0 if isinstance(errors, rx.vars.ObjectVar) else named
    heading = title if given(title) else t("Please check what you typed.")
    return when(
        some,
        lambda: rx.el.div(
            rx.el.p(heading, class_name="font-semibold"),
            rx.el.ul(
                each(named, _error_link), class_name="mt-1 flex flex-col gap-1 text-small text-fg2"
            ),
            role="alert",
            class_name="rounded-md border border-bad/25 bg-bad/8 p-4",
        ),
    )


def _error_link(named: Any) -> rx.Component:
    # The browser's own link puts the focus into the field; the router's would only scroll.
    link = rx.el.A.create(named[1], href=f"#field-{named[0]}", class_name="underline")
    return rx.el.li(link)


def _labelled(
    label: Text, key: str, control: rx.Component, hint: Text, error: Text, *, optional: bool
) -> rx.Component:
    words = [rx.el.span(label)]
    if optional:
        words.append(rx.el.span(t("optional"), class_name="text-fg3 font-normal ml-1.5"))
    return rx.el.div(
        rx.el.label(*words, html_for=key, class_name=_LABEL),
        rx.el.div(control, class_name="mt-2"),
        *_below(key, hint, error),
    )


def _below(key: str, hint: Text, error: Text) -> list[rx.Component]:
    parts: list[rx.Component] = []
    if given(error):
        parts.append(when(error, _error(key, error)))
    if given(hint):
        parts.append(rx.el.p(hint, id=f"{key}-hint", class_name="mt-1.5 text-small text-fg3"))
    return parts


def _error(key: str, error: Text) -> rx.Component:
    return rx.el.p(
        icon("circle-alert", 15, class_name="mt-px"),
        rx.el.span(error),
        id=f"{key}-error",
        class_name="mt-1.5 flex items-start gap-1.5 text-small text-bad",
    )


def _described(key: str, hint: Text, error: Text) -> dict[str, Any]:
    """Attributes that tie a control to its hint and its error."""
    ids = [f"{key}-{part}" for part, text in (("error", error), ("hint", hint)) if given(text)]
    attributes: dict[str, Any] = {"aria-describedby": " ".join(ids)} if ids else {}
    if isinstance(error, rx.Var):
        attributes["aria-invalid"] = rx.cond(error, "true", "false")
    elif error:
        attributes["aria-invalid"] = "true"
    return attributes
