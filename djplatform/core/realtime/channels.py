"""Kinds of channels: who may listen, and how an event looks to whom.

One event has two renderings: JSON rows for consoles, HTML fragments for documents. A feature
registers its kinds in the modules that its manifest names as `streams`.
"""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol
from uuid import UUID

from djplatform.core.actor import Actor

Params = Mapping[str, str]
Row = dict[str, Any]

_PLACE = re.compile(r"\{([a-z_]+)\}")


class Visitor(Protocol):
    """Who opens a stream, as far as the kernel needs to know. `ui.visit.Visit` is one."""

    @property
    def actor(self) -> Actor:
        """Who is signed in."""
        ...

    @property
    def device_id(self) -> UUID | None:
        """The signed device of a person without an account."""
        ...

    @property
    def language(self) -> str:
        """In which language fragments are written."""
        ...


@dataclass(slots=True, eq=False)
class Event:
    """One published event. Renderings are kept on it, so that each is made once."""

    channel: str
    seq: int
    kind: str
    payload: Row
    rendered: dict[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True)
class Put:
    """A row was added or changed; `row` is whole and has an `id`."""

    row: Row


@dataclass(frozen=True, slots=True)
class Gone:
    """The row with this id is no more."""

    id: str


@dataclass(frozen=True, slots=True)
class Fragment:
    """HTML for the part of a document that listens to `name` (`sse-swap`).

    Of several in one push the last one counts; with `append` they follow one another.
    """

    name: str
    html: str
    append: bool = False


Authorise = Callable[[Visitor, Params], Awaitable[bool]]
Rows = Callable[[Event], Put | Gone | None]
Html = Callable[[Event], Sequence[Fragment]]
Snapshot = Callable[[Visitor, Params], Awaitable[Sequence[Row]]]


def payload_row(event: Event) -> Put | Gone | None:
    """The usual rendering as a row: the payload itself, or its removal by kind `….gone`."""
    if "id" not in event.payload:
        return None
    if event.kind == "gone" or event.kind.endswith(".gone"):
        return Gone(str(event.payload["id"]))
    return Put(event.payload)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelKind:
    """One kind of channel, by the pattern of its names.

    Renderers are plain functions of the event, the same for everybody who may listen. What only
    some may see belongs into a channel of its own.
    """

    pattern: str
    """As `booth:{event}`; every place becomes a parameter."""
    authorise: Authorise
    """Whether this visitor may listen; asked when a stream opens. May raise an `AppError`."""
    rows: Rows | None = payload_row
    """None: consoles get nothing from this kind."""
    html: Html | None = None
    """None: documents get nothing from this kind. Called in the listener's language."""
    snapshot: Snapshot | None = None
    """All rows as they are now: for a new console, or one whose position is too old."""


class Registry:
    """The kinds of this process."""

    def __init__(self) -> None:
        self._kinds: dict[str, tuple[re.Pattern[str], ChannelKind]] = {}

    def register(self, kind: ChannelKind) -> ChannelKind:
        """Add a kind; registering the same pattern again replaces it (a module loaded twice)."""
        parts = _PLACE.split(kind.pattern)
        source = "".join(
            re.escape(part) if index % 2 == 0 else f"(?P<{part}>[A-Za-z0-9_-]{{1,80}})"
            for index, part in enumerate(parts)
        )
        self._kinds[kind.pattern] = (re.compile(source), kind)
        return kind

    def find(self, name: str) -> tuple[ChannelKind, Params] | None:
        """The kind of a channel's name, and what stands in its places."""
        for pattern, kind in self._kinds.values():
            if found := pattern.fullmatch(name):
                return kind, found.groupdict()
        return None

    def kinds(self) -> list[ChannelKind]:
        """Every registered kind."""
        return [kind for _, kind in self._kinds.values()]


registry = Registry()
register = registry.register
