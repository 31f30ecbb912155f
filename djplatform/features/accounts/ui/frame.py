"""What the settings pages share: who is signed in, and the places around them."""

from typing import Any

import reflex as rx

from djplatform.core.actor import Permission
from djplatform.features.accounts import paths, service
from djplatform.ui import t
from djplatform.ui.components import Account, NavItem, console_frame
from djplatform.ui.guard import action, current_actor
from djplatform.ui.hosts import split_host
from djplatform.ui.reflex_seam import connection_headers
from djplatform.ui.visit import hosts


class SettingsFrame(rx.State):
    """Name, organization and brand around the settings; nothing of what is set."""

    name: str = ""
    organization: str = ""
    brand: str = "neutral"
    brand_name: str = ""
    landing: str = paths.NEUTRAL_LANDING

    @action(Permission.ACCOUNT_SELF)
    async def open_frame(self) -> None:
        """Load what stands around the page."""
        actor = current_actor(self)
        person = await service.person(actor)
        held = {one.organization_id: one for one in await service.organizations_of(person.id)}
        chosen = held.get(actor.organization_id) if actor.organization_id else None
        seen = (await hosts().find(split_host(connection_headers(self)["host"])[0])).brand
        self.name = person.name
        self.organization = chosen.name if chosen else ""
        self.brand, self.brand_name = seen.key, seen.name
        self.landing = paths.landing(chosen.product if chosen else person.product)


def settings_frame(*body: Any, current: str, title: str) -> rx.Component:
    """A settings page in the console's frame."""
    frame = SettingsFrame
    return console_frame(
        *body,
        brand=frame.brand,
        brand_name=frame.brand_name,
        nav=(
            NavItem("home", t("Dashboard"), "house", frame.landing),
            NavItem("profile", t("Name"), "user", paths.PROFILE),
            NavItem("account", t("Account"), "settings", paths.ACCOUNT),
        ),
        current=current,
        title=title,
        account=Account(
            name=frame.name,
            organization=frame.organization,
            log_out=paths.LOG_OUT,
            settings=paths.ACCOUNT,
        ),
    )
