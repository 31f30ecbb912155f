"""Live rows in consoles: a stream of events as a Var, without a round trip through the state.

What a page needs first, and what a person does, goes through the state. A list that changes by
itself does not: the browser reads it from its own stream, and a change costs as many bytes as
the row that changed.
"""

import hashlib
import json
from typing import Any, Generic, TypeVar

import reflex as rx

from djplatform.ui.reflex_seam import data_of

__all__ = ["Live", "keep_awake", "live"]

# The hooks' file imports its neighbour, so both have to be put where the build looks.
rx.asset("live_store.js", shared=True)
_JS = rx.asset("live.js", shared=True).importable_path

Row = TypeVar("Row")


class Live(Generic[Row]):
    """The rows of a stream as Vars. One connection per address and tab, however often it is used.

    `items` are in the order of arrival, `newest` the other way round; `status` is `connecting`,
    `live`, `retrying` or `offline`; `loaded` is true once the first rows (or none) are there.
    """

    items: rx.Var[list[Row]]
    newest: rx.Var[list[Row]]
    status: rx.Var[str]
    loaded: rx.Var[bool]

    def __init__(self, url: str | rx.Var[str], row_type: type[Row], channel: str = "") -> None:
        address = rx.Var.create(url)
        self._address = address
        named = f"{address!s}|{channel}"
        name = f"live_{hashlib.sha256(named.encode()).hexdigest()[:12]}"
        hook = f"const {name} = useLive({address!s}, {json.dumps(channel)})"
        self._data = rx.vars.VarData.merge(
            data_of(address),
            rx.vars.VarData(imports={_JS: [rx.ImportVar(tag="useLive")]}, hooks={hook: None}),
        )
        self.items = self._var(f"{name}.items", list[row_type])
        self.newest = self._var(f"{name}.newest", list[row_type])
        self.status = self._var(f"{name}.status", str)
        self.loaded = self._var(f"{name}.loaded", bool)

    def patch(self, row_id: Any, **part: Any) -> rx.event.EventSpec:
        """Show a change of one row at once, with `pending` set.

        It gives way to what the server says about this row, or after 10 s to what was there.
        Put it before the handler: `on_click=[feed.patch(row["id"], status="accepting"), …]`.
        """
        return self._call("livePatch", row_id, rx.Var.create(part))

    def revert(self, row_id: Any) -> rx.event.EventSpec:
        """Take a change back that the server refused."""
        return self._call("liveRevert", row_id)

    def _var(self, expression: str, kind: Any) -> Any:
        return rx.Var(expression, _var_type=kind, _var_data=self._data).to(kind)

    def _call(self, function: str, *arguments: Any) -> rx.event.EventSpec:
        given = [self._address, *map(rx.Var.create, arguments)]
        data = rx.vars.VarData.merge(
            *map(data_of, given),
            rx.vars.VarData(imports={_JS: [rx.ImportVar(tag=function)]}),
        )
        call = f"(() => {function}({', '.join(map(str, given))}))"
        return rx.call_function(rx.Var(call, _var_data=data))


def live(url: str | rx.Var[str], row_type: type[Row], *, channel: str = "") -> Live[Row]:
    """The rows of a stream, for `rx.foreach` and `each`.

    Args:
        url: `/api/stream/booth:…`; a Var when it depends on the page. An empty one opens nothing.
        row_type: a TypedDict of what the channel's rows hold.
        channel: only the rows of this channel, when the stream carries several.
    """
    return Live(url, row_type, channel)


def keep_awake(wanted: bool | rx.Var[bool] = True) -> rx.Component:
    """Keep the screen on while this is on the page and `wanted`.

    Draws nothing. Where the browser cannot, the screen sleeps as usual; `data-awake` says `on`,
    `off` or `unsupported`.
    """
    asked = rx.Var.create(wanted)
    name = f"awake_{hashlib.sha256(str(asked).encode()).hexdigest()[:12]}"
    data = rx.vars.VarData.merge(
        data_of(asked),
        rx.vars.VarData(
            imports={_JS: [rx.ImportVar(tag="useKeepAwake")]},
            hooks={f"const {name} = useKeepAwake({asked!s})": None},
        ),
    )
    state = rx.Var(name, _var_type=str, _var_data=data)
    return rx.el.span(hidden=True, custom_attrs={"data-awake": state})
