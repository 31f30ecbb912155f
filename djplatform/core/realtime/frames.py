"""Server-sent events as bytes (WHATWG HTML, 9.2): positions, messages, renderings of batches."""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import structlog

from djplatform.core.i18n import use_language
from djplatform.core.realtime.channels import ChannelKind, Event, Fragment, Gone, Put, Row

log = structlog.get_logger(__name__)

Rendered = TypeVar("Rendered")

RETRY = b"retry: 1000\n\n"
"""Milliseconds until a browser comes back by itself."""
PING = b"event: ping\ndata: 1\n\n"
"""A named event: comments never reach a script, and its watchdog must see the heartbeat."""
_MAX_POSITION_DIGITS = 18


@dataclass(frozen=True, slots=True)
class Rendering:
    """How a stream wants its events: `rows` for consoles, `html` in a language for documents."""

    form: str
    language: str = ""

    @property
    def key(self) -> str:
        """Under which an event keeps what was made of it."""
        return f"{self.form}:{self.language}"


def write_position(numbers: Iterable[int]) -> str:
    """The position of a stream: one number for each of its channels, in their order."""
    return ".".join(map(str, numbers))


def read_position(text: str, count: int) -> tuple[int, ...] | None:
    """The numbers of a position that a client sent, or None when it is none of this stream."""
    parts = text.split(".")
    if len(parts) != count:
        return None
    if not all(p.isascii() and p.isdigit() and len(p) <= _MAX_POSITION_DIGITS for p in parts):
        return None
    return tuple(map(int, parts))


def message(event: str, data: str, position: str = "") -> bytes:
    """One message. Every line of data gets its own field, else the rest would be dropped."""
    lines = data.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    body = "".join(f"data: {line}\n" for line in lines)
    head = f"id: {position}\n" if position else ""
    return f"event: {event}\n{head}{body}\n".encode()


def hello(position: str) -> bytes:
    """The first heartbeat, with the position from which a client that got no event comes back."""
    return message("ping", "1", position)


def snapshot(channel: str, rows: Sequence[Row]) -> bytes:
    """All rows of one channel, in place of what the client has.

    Without a position: a stream that is cut off here has to begin again.
    """
    return message("snapshot", _json({"channel": channel, "rows": list(rows)}))


def reset(channel: str) -> bytes:
    """Too much was missed to be told: the page has to load again."""
    return message("reset", channel)


def batch(
    events: Sequence[tuple[ChannelKind, Event]], rendering: Rendering, position: str
) -> bytes:
    """What happened, merged: of each row, and of each part of a page, only the latest counts.

    Empty when nothing of it is shown in this rendering. The position stands on the last message
    only, so that a batch that was cut off is sent again as a whole.
    """
    if rendering.form == "rows":
        return _row_batch(events, position)
    return _html_batch(events, rendering, position)


def _row_batch(events: Sequence[tuple[ChannelKind, Event]], position: str) -> bytes:
    changes: dict[str, dict[str, str | None]] = {}
    for kind, event in events:
        change = _row(kind, event)
        if change is not None:
            # Taken out first: a row that changed again moves to the end of the order.
            of_channel = changes.setdefault(event.channel, {})
            of_channel.pop(change[0], None)
            of_channel[change[0]] = change[1]
    if not changes:
        return b""
    return message("change", f"[{','.join(map(_change, changes.items()))}]", position)


def _change(item: tuple[str, dict[str, str | None]]) -> str:
    channel, rows = item
    put = ",".join(text for text in rows.values() if text is not None)
    gone = _json([identifier for identifier, text in rows.items() if text is None])
    return f'{{"channel":{_json(channel)},"put":[{put}],"gone":{gone}}}'


def _row(kind: ChannelKind, event: Event) -> tuple[str, str | None] | None:
    """The row's id and its JSON; None for the JSON of one that is gone."""
    if "rows" not in event.rendered:
        event.rendered["rows"] = _guarded(_rendered_row, kind, event)
    return event.rendered["rows"]


def _rendered_row(kind: ChannelKind, event: Event) -> tuple[str, str | None] | None:
    match kind.rows(event) if kind.rows else None:
        case Put(row=row):
            return str(row["id"]), _json(row)
        case Gone(id=identifier):
            return identifier, None
        case _:
            return None


def _html_batch(
    events: Sequence[tuple[ChannelKind, Event]], rendering: Rendering, position: str
) -> bytes:
    parts: dict[str, list[str]] = {}
    for kind, event in events:
        for fragment in _fragments(kind, event, rendering):
            if fragment.append:
                parts.setdefault(fragment.name, []).append(fragment.html)
            else:
                parts.pop(fragment.name, None)
                parts[fragment.name] = [fragment.html]
    last = len(parts) - 1
    return b"".join(
        message(name, "\n".join(html), position if index == last else "")
        for index, (name, html) in enumerate(parts.items())
    )


def _fragments(kind: ChannelKind, event: Event, rendering: Rendering) -> Sequence[Fragment]:
    key = rendering.key
    if key not in event.rendered:
        with use_language(rendering.language):
            event.rendered[key] = _guarded(_rendered_html, kind, event) or ()
    return event.rendered[key]


def _rendered_html(kind: ChannelKind, event: Event) -> Sequence[Fragment]:
    return tuple(kind.html(event)) if kind.html else ()


def _guarded(
    render: Callable[[ChannelKind, Event], Rendered], kind: ChannelKind, event: Event
) -> Rendered | None:
    """What a renderer made; one that fails leaves out its event and spoils no other."""
    try:
        return render(kind, event)
    except Exception:
        log.exception("realtime.renderer_failed", channel=event.channel, kind=event.kind)
        return None


def _json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
