"""What all consoles share: who works here and where, the places, and what was just said.

The data come from whom the composition root names, because this package knows no feature.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import reflex as rx

from djplatform.core.actor import Actor, Permission
from djplatform.ui.components import Account, NavItem, Tone, console_frame, status_pill
from djplatform.ui.components.base import Child, Text
from djplatform.ui.components.messages import ABOVE_THE_BAR, message, messages
from djplatform.ui.each import when
from djplatform.ui.guard import action, current_actor
from djplatform.ui.outbox import refused, saved
from djplatform.ui.reflex_seam import connection_lost
from djplatform.ui.text import t
from djplatform.ui.visit import Visit

LOG_OUT = "/logout"
SETTINGS = "/settings/profile"


@dataclass(frozen=True, slots=True)
class Workplace:
    """Where a person works, in the words that stand around every console."""

    person: str
    organization: str = ""
    """Empty for a person without one, and before one was chosen."""
    brand: str = ""
    brand_name: str = ""
    landing: str = "/dashboard"


Describe = Callable[[Actor], Awaitable[Workplace]]


async def _nowhere(_actor: Actor) -> Workplace:
    return Workplace("")


@dataclass(slots=True)
class _Seams:
    describe: Describe = _nowhere
    places: list[NavItem] = field(default_factory=list[NavItem])


_seams = _Seams()


def configure(describe: Describe | None, places: Sequence[NavItem] = ()) -> None:
    """Say who describes a person's workplace, and which places there are.

    Called once by the composition root, before pages are evaluated.
    """
    _seams.describe = describe or _nowhere
    _seams.places = sorted(places, key=lambda item: item.order)


async def brand_of_console(visit: Visit) -> str:
    """In which brand a person's consoles stand: the organization's, whichever host was visited."""
    if visit.actor.organization_id is None:
        return visit.brand.key
    return (await _seams.describe(visit.actor)).brand or visit.brand.key


class Shell(rx.State):
    """What the frame of every console says. Each page loads it first."""

    person: str = ""
    organization: str = ""
    brand: str = ""
    brand_name: str = ""
    landing: str = "/dashboard"
    may: list[str] = []  # noqa: RUF012 Reflex copies it for each tab
    """What the person's role allows, to hide what would be refused; never to allow anything."""
    personas: list[str] = []  # noqa: RUF012

    @action(Permission.ACCOUNT_SELF)
    async def load(self) -> None:
        """Read who works here and where."""
        actor = current_actor(self)
        here = await _seams.describe(actor)
        self.person, self.organization = here.person, here.organization
        self.brand, self.brand_name, self.landing = here.brand, here.brand_name, here.landing
        self.may = [permission.value for permission in Permission if actor.can(permission)]
        self.personas = sorted(actor.personas)


def may(permission: Permission) -> Any:
    """Whether the person's role allows something, as a Var: to show or hide a button."""
    return rx.Var.create(Shell.may).contains(permission.value)


def is_persona(persona: str) -> Any:
    """Whether the person has a persona, as a Var: to show or hide a place."""
    return rx.Var.create(Shell.personas).contains(persona)


def console_page(
    *body: Child,
    current: Any,
    title: Text,
    actions: Sequence[rx.Component] = (),
    status: Child = "",
) -> rx.Component:
    """A page in the frame that all consoles share; its `on_load` begins with `Shell.load`.

    `current` is the key of the place that is open.
    """
    return console_frame(
        *body,
        brand=Shell.brand,
        brand_name=Shell.brand_name,
        nav=_seams.places,
        current=current,
        title=title,
        account=Account(Shell.person, Shell.organization, LOG_OUT, SETTINGS),
        actions=actions,
        status=rx.fragment(saved(), status or connection_status()),
    )


def connection_status() -> rx.Component:
    """Says that the page has lost its server; nothing as long as all is well."""
    return rx.el.div(
        when(connection_lost(), status_pill(t("Reconnecting"), "warn", pulse=True)),
        role="status",
    )


class Flash(rx.State, mixin=True):
    """Messages of one page, as state: what a handler returns as a toast would be evaluated.

    `_say` has an underscore, without which anybody could call it over the socket.
    """

    said: str = ""
    said_tone: str = "ok"
    said_times: int = 0

    def _say(self, text: str, tone: Tone = "ok") -> None:
        self.said, self.said_tone = text, tone
        # The same words again are a new message: it is drawn, and read aloud, anew.
        self.said_times += 1

    def _hush(self) -> None:
        self.said = ""


def flash(state: type[Flash], *, class_name: Text = ABOVE_THE_BAR) -> rx.Component:
    """Where a page's messages appear, and what the server would not do of what was saved."""
    said = message(state.said, state.said_tone, state.said_times)
    return messages(when(state.said, said), refused(), class_name=class_name)
