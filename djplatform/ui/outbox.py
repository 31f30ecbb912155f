"""Actions that survive a bad network: the browser keeps them until the server has them.

An event written into a socket that is dead but not yet known to be is lost, so what must not be
lost goes another way: kept in the browser, sent over plain HTTP, acting once (`outbox_api`).
"""

from typing import Any

import reflex as rx

from djplatform.core.operation import OPERATIONS
from djplatform.ui.components import status_pill
from djplatform.ui.components.messages import message
from djplatform.ui.each import when
from djplatform.ui.reflex_seam import data_of
from djplatform.ui.text import tn

# The hooks' file imports its neighbour, so both have to be put where the build looks.
rx.asset("outbox_store.js", shared=True)
_JS = rx.asset("outbox.js", shared=True).importable_path


def enqueue(operation: str, **fields: Any) -> rx.Var[Any]:
    """Do `operation` ("events.end_event") with these fields, now or when the network is back.

    For `on_click`: it works without a connection, and nothing has to be evaluated.

    Raises:
        KeyError: no operation has that name.
    """
    name, values = rx.Var.create(OPERATIONS[operation].name), rx.Var.create(fields)
    function = rx.vars.VarData(imports={_JS: [rx.ImportVar(tag="enqueue")]})
    data = rx.vars.VarData.merge(data_of(values), function)
    call = rx.Var(f"(() => enqueue({name!s}, {values!s}))", _var_data=data)
    return call.to(rx.EventChain)


class AfterOutbox(rx.Component):
    """The component of `after`."""

    library = _JS
    tag = "AfterOutbox"
    on_done: rx.EventHandler[rx.event.no_args_event_spec]


def after(handler: Any) -> rx.Component:
    """Draw nothing, and call an event handler whenever an action has arrived.

    For a page that shows what it changed.
    """
    return AfterOutbox.create(on_done=handler)


def saved() -> rx.Component:
    """How many actions wait for the network; nothing as long as none does."""
    count = _seen("saved", int)
    return rx.el.div(
        when(count > 0, status_pill(tn("{n} saved", "{n} saved", count), "warn")), role="status"
    )


def refused() -> rx.Component:
    """What the server said to an action that it would not do, for `messages`."""
    why = _seen("refused", str)
    return when(why, message(why, "bad", _seen("refusals", int)))


def _seen(name: str, kind: Any) -> Any:
    data = rx.vars.VarData(
        imports={_JS: [rx.ImportVar(tag="useOutbox")]}, hooks={"const outbox = useOutbox()": None}
    )
    return rx.Var(f"outbox.{name}", _var_type=kind, _var_data=data).to(kind)
