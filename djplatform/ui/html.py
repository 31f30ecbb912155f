"""Documents: components made of plain values become HTML on the server, without React.

A page for guests, fans and crawlers is written with the same component functions as a console,
only with plain values in place of Vars. What needs a browser program to mean anything (state,
event handlers, React components, Emotion styles) is refused by name, so that a document never
loses a part in silence.
"""

import html
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import reflex as rx

from djplatform.ui.html_names import BOOLEAN, URL, VOID_TAGS, attribute_name, camel, kebab
from djplatform.ui.reflex_seam import (
    Bare,
    BaseComponent,
    Element,
    LiteralVar,
    ReactRouterLink,
    tested_value,
)

_SAFE_SCHEMES = ("http:", "https:", "mailto:", "tel:", "sms:")
_FORBIDDEN_IN_ATTRIBUTES = ("dangerouslySetInnerHTML", "ref", "key")
_HANDLER = re.compile(r"on[a-z]+$|hx-on")
_RAW_TEXT = frozenset({"script", "style"})
# Reflex's and React Router's own props of forms, text areas and links.
_REFLEX_ONLY = frozenset(
    [
        "resetOnSubmit",
        "handleSubmitUniqueName",
        "autoHeight",
        "enterKeySubmit",
        "replace",
        "reloadDocument",
        "preventScrollReset",
        "discover",
        "viewTransition",
    ]
)
_UNSAFE_CHARACTERS = {0: "\ufffd", **dict.fromkeys(range(0xD800, 0xE000), "\ufffd")}


class NotStatic(TypeError):
    """A component cannot stand in a document; the message names the part and the way out."""


class TrustedHtml(rx.Component):
    """Markup that is put into the page as it is. Made by `trusted_html` only."""

    tag = "div"
    _is_tag_in_global_scope = True
    markup: str = ""


def trusted_html(markup: str, *, class_name: str = "") -> rx.Component:
    """A `<div>` around markup that is already safe, e.g. made by a sanitizer or by ourselves.

    Text of people never comes here unsanitized: this is the only way around escaping.
    """
    return TrustedHtml.create(
        markup=markup,
        class_name=class_name or None,
        custom_attrs={"dangerouslySetInnerHTML": {"__html": markup}},
    )


def render(component: rx.Component) -> str:
    """The component as HTML.

    Raises:
        NotStatic: it holds state, an event handler, a React component or a `style`.
    """
    return "".join(_render(component, svg=False, chosen=None))


def escape(text: str) -> str:
    """Text made safe for an element's content or a quoted attribute.

    A carriage return is written as a reference, because a parser turns a bare one into a line
    feed; NUL and lone surrogates cannot stand in a document at all and become U+FFFD.
    """
    return html.escape(text.translate(_UNSAFE_CHARACTERS)).replace("\r", "&#13;")


def _render(node: BaseComponent, *, svg: bool, chosen: str | None) -> Iterator[str]:
    """Yield the pieces of one node. `chosen` is the value of the `<select>` around it."""
    if isinstance(node, Bare):
        yield escape(_text(_literal(node.contents, "a text")))
        return
    if isinstance(node, rx.Fragment):
        for child in node.children:
            yield from _render(child, svg=svg, chosen=chosen)
        return
    element = _checked(node)
    tag = "a" if isinstance(element, ReactRouterLink) else str(element.tag)
    svg = svg or tag == "svg"
    attributes = dict(_attributes(element, svg=svg))
    yield from _element(element, tag, attributes, svg=svg, chosen=chosen)


def _element(
    node: rx.Component,
    tag: str,
    attributes: dict[str, str | None],
    *,
    svg: bool,
    chosen: str | None,
) -> Iterator[str]:
    content = ""
    if tag == "textarea":
        content = _textarea_content(attributes.pop("value", None) or "")
    elif tag == "select":
        chosen = attributes.pop("value", None)
    elif tag == "option" and chosen is not None and attributes.get("value") == chosen:
        attributes["selected"] = None
    yield f"<{tag}{_write(attributes)}>"
    if tag in VOID_TAGS:
        return
    yield content
    if isinstance(node, TrustedHtml):
        yield node.markup
    for child in node.children:
        yield from _render(child, svg=svg and tag != "foreignObject", chosen=chosen)
    yield f"</{tag}>"


def _checked(node: BaseComponent) -> rx.Component:
    """The node, which needs no React.

    Raises:
        NotStatic: it does.
    """
    if not isinstance(node, rx.Component):
        msg = f"{type(node).__name__} is no element"
        raise NotStatic(msg)
    name = f"<{node.tag}>" if node.tag else type(node).__name__
    plain = isinstance(node, ReactRouterLink) or node.library is None
    if not plain or not isinstance(node, Element | TrustedHtml):
        msg = f"{name} is a React component; in a document use rx.el, each() and when()"
    elif node.event_triggers:
        handlers = ", ".join(node.event_triggers)
        msg = f"{name} has {handlers}; a document has links and djplatform.ui.components.form"
    elif node.style:
        msg = f"{name} has a style ({', '.join(node.style)}); use a class or custom_attrs"
    elif node.tag in _RAW_TEXT and node.children:
        msg = f"{name} has inline content, which the content security policy forbids"
    else:
        return node
    raise NotStatic(msg)


def _attributes(node: rx.Component, *, svg: bool) -> Iterator[tuple[str, str | None]]:
    """Yield (name, value) of the attributes that are present; None is a bare attribute."""
    for name, value in _props(node):
        plain = _literal(value, f"{name} of <{node.tag}>")
        if plain is None or camel(name) in _REFLEX_ONLY or name in _FORBIDDEN_IN_ATTRIBUTES:
            continue
        # A Link of React Router says `to`.
        written = "href" if name == "to" else attribute_name(name, svg=svg)
        if _HANDLER.match(written):
            msg = (
                f"{written} of <{node.tag}> is a handler, which the content security policy forbids"
            )
            raise NotStatic(msg)
        if written == "style":
            yield written, _style(plain)
        elif isinstance(plain, bool):
            yield from _boolean(written, plain)
        else:
            text = _text(plain)
            yield written, safe_url(text) if written in URL else text


def _props(node: rx.Component) -> Iterator[tuple[str, Any]]:
    if not isinstance(node, TrustedHtml):
        for name in node.get_props():
            yield name.removesuffix("_"), getattr(node, name, None)
    yield "id", node.id
    yield "class", node.class_name or None
    yield from node.custom_attrs.items()


def _boolean(name: str, value: bool) -> Iterator[tuple[str, str | None]]:
    """`required` stands or is absent; `aria-expanded` says "true" or "false"."""
    if name in BOOLEAN:
        if value:
            yield name, None
    else:
        yield name, "true" if value else "false"


def _style(value: Any) -> str:
    if not isinstance(value, Mapping):
        return _text(value)
    pairs: list[str] = []
    for name, setting in value.items():
        plain = _literal(setting, f"style {name}")
        if not isinstance(plain, str):
            # React would add "px" to a number, HTML would not.
            msg = f"the style {name} is the number {plain}; write it as text with its unit"
            raise NotStatic(msg)
        pairs.append(f"{name if name.startswith('--') else kebab(camel(name))}:{plain}")
    return ";".join(pairs)


def safe_url(address: str) -> str:
    """The address, or `about:blank` when opening it would run a script.

    Browsers skip control characters and blanks in a scheme, so we look without them.
    """
    squeezed = "".join(c for c in address if c > " ").lower()
    head = squeezed.split("/", 1)[0].split("?", 1)[0].split("#", 1)[0]
    if ":" not in head or head.startswith(_SAFE_SCHEMES) or squeezed.startswith("data:image/"):
        return address
    return "about:blank"


def _write(attributes: Mapping[str, str | None]) -> str:
    return "".join(
        f" {name}" if value is None else f' {name}="{escape(value)}"'
        for name, value in attributes.items()
    )


def _textarea_content(value: str) -> str:
    # A parser drops the first line feed of a text area, so one that is meant is doubled.
    return escape("\n" + value if value.startswith("\n") else value)


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _literal(value: Any, what: str) -> Any:
    """The plain value behind `value`.

    Raises:
        NotStatic: it is known in the browser only.
    """
    if isinstance(value, str) and "<reflex.Var>" in value:
        value = LiteralVar.create(value)
    if not isinstance(value, rx.Var):
        return value
    if isinstance(value, LiteralVar):
        return getattr(value, "_var_value", None)
    guarded = tested_value(value)
    if isinstance(guarded, LiteralVar):
        return _literal(guarded, what)
    msg = f"{what} is the Var {value!s}; a document is built from plain values"
    raise NotStatic(msg)


def render_all(components: Iterable[rx.Component]) -> str:
    """Several components, one after the other."""
    return "".join(map(render, components))
