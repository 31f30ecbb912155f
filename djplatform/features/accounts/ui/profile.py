"""The settings page with one's own name."""

from typing import Any

import reflex as rx

from djplatform.core.actor import Permission
from djplatform.core.errors import InvalidInput
from djplatform.features.accounts import paths, service
from djplatform.features.accounts.ui.frame import settings_frame, settings_part, settings_title
from djplatform.ui import t
from djplatform.ui.components import button, card, field, form, notice
from djplatform.ui.console import Shell
from djplatform.ui.guard import action, current_actor
from djplatform.ui.pages import ConsolePage


class ProfileSettings(rx.State):
    """The name form; who it belongs to comes from the session alone."""

    name: str = ""
    name_error: str = ""
    saved: bool = False

    @action(Permission.ACCOUNT_SELF)
    async def open_profile(self) -> None:
        """Show the name as it is kept."""
        self.name = (await service.person(current_actor(self))).name
        self.name_error, self.saved = "", False

    @action(Permission.ACCOUNT_SELF)
    async def save(self, form_data: dict[str, Any]) -> Any:
        """Keep the name that was typed."""
        try:
            person = await service.update_name(current_actor(self), str(form_data.get("name", "")))
        except InvalidInput as error:
            self.name_error, self.saved = error.fields["name"], False
            return None
        self.name, self.name_error, self.saved = person.name, "", True
        return Shell.load


def profile_page() -> rx.Component:
    """Draw the page."""
    state = ProfileSettings
    return settings_frame(
        settings_part(
            t("Your name"),
            t("Your colleagues see it. Your public DJ name is set on your page."),
            rx.cond(
                state.saved,
                rx.el.div(notice(t("Saved."), tone="ok", live=True), class_name="mb-4"),
            ),
            card(
                form(
                    field(
                        t("Name"),
                        "name",
                        value=state.name,
                        error=state.name_error,
                        auto_complete="name",
                        required=True,
                        key=state.name,
                    ),
                    rx.el.div(button(t("Save"), type="submit")),
                    on_submit=state.save,
                ),
                class_name="p-5",
            ),
        ),
        current=paths.PROFILE,
    )


PAGE = ConsolePage(
    route=paths.PROFILE,
    component=profile_page,
    title=settings_title(t("Profile")),
    permission=Permission.ACCOUNT_SELF,
    on_load=(Shell.load, ProfileSettings.open_profile),
)
