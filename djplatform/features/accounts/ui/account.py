"""The settings page with e-mail, password, the devices that are signed in, and API tokens."""

from dataclasses import dataclass
from typing import Any

import reflex as rx
from pydantic import SecretStr

from djplatform.core.actor import Permission
from djplatform.core.errors import InvalidInput
from djplatform.core.ids import parse_id
from djplatform.features.accounts import paths, service
from djplatform.features.accounts.dto import ChangePassword, SessionRow
from djplatform.features.accounts.ui.api_tokens import api_tokens_section
from djplatform.features.accounts.ui.api_tokens_state import ApiTokens
from djplatform.features.accounts.ui.frame import settings_frame, settings_title
from djplatform.ui import t
from djplatform.ui.client_side import local_time
from djplatform.ui.components import (
    button,
    card,
    field,
    form,
    key_value,
    key_values,
    list_row,
    notice,
    rows,
    section,
    status_pill,
)
from djplatform.ui.console import Shell
from djplatform.ui.guard import action, current_actor, current_session_id
from djplatform.ui.pages import ConsolePage
from djplatform.ui.session import sessions


@dataclass
class Device:
    """A session, ready to show."""

    id: str
    name: str
    address: str
    seen: str
    current: bool


class AccountSettings(rx.State):
    """E-mail, password form and devices; whose they are comes from the session alone."""

    email: str = ""
    devices: rx.Field[list[Device]] = rx.field(default_factory=list)
    current_error: str = ""
    new_error: str = ""
    done: str = ""
    form_key: int = 0

    @action(Permission.ACCOUNT_SELF)
    async def open_account(self) -> None:
        """Show the account as it is kept."""
        self.email = (await service.person(current_actor(self))).email
        self._say()
        await self._read_devices()

    @action(Permission.ACCOUNT_SELF)
    async def change_password(self, form_data: dict[str, Any]) -> None:
        """Set a new password; the other devices are signed out."""
        command = ChangePassword(
            current=SecretStr(str(form_data.get("current", ""))),
            new=SecretStr(str(form_data.get("new", ""))),
        )
        shell = await self.get_state(Shell)
        try:
            ended = await service.change_password(
                current_actor(self),
                command,
                keep=current_session_id(self),
                brand=shell.brand or "neutral",
            )
        except InvalidInput as error:
            self._say(**error.fields)
            return
        await sessions().drop(ended)
        self._say(done=t("Your password was changed."))
        # A new key makes empty fields: passwords are not kept on the page.
        self.form_key += 1
        await self._read_devices()

    @action(Permission.ACCOUNT_SELF)
    async def end_device(self, session_id: str) -> None:
        """Sign one device out."""
        found = parse_id(session_id)
        if found is not None:
            await sessions().drop(await service.end_session(current_actor(self), found))
        self._say(done=t("That device was signed out."))
        await self._read_devices()

    @action(Permission.ACCOUNT_SELF)
    async def end_others(self) -> None:
        """Sign every other device out."""
        ended = await service.end_other_sessions(current_actor(self), current_session_id(self))
        await sessions().drop(ended)
        self._say(done=t("All other devices were signed out."))
        await self._read_devices()

    def _say(self, *, done: str = "", current: str = "", new: str = "") -> None:
        self.done, self.current_error, self.new_error = done, current, new

    async def _read_devices(self) -> None:
        current = current_session_id(self)
        found = await service.sessions(current_actor(self), current)
        self.devices = [_device(one) for one in found]


def _device(row: SessionRow) -> Device:
    return Device(
        id=str(row.id),
        name=row.device or t("Unknown device"),
        address=row.address,
        seen=row.seen_at.isoformat(),
        current=row.current,
    )


def account_page() -> rx.Component:
    """Draw the page."""
    state = AccountSettings
    return settings_frame(
        rx.cond(
            state.done != "",
            rx.el.div(notice(state.done, tone="ok", live=True), class_name="mb-5 max-w-xl"),
        ),
        card(key_values(key_value(t("E-mail"), state.email)), class_name="p-5 max-w-xl"),
        section(t("Password"), _password_card()),
        section(
            t("Where you are signed in"),
            card(rows(state.devices, _row), class_name="px-5 mt-4 max-w-xl"),
            rx.el.div(
                button(
                    t("Sign out all other devices"), kind="secondary", on_click=state.end_others
                ),
                class_name="mt-4",
            ),
        ),
        api_tokens_section(),
        current=paths.ACCOUNT,
    )


def _password_card() -> rx.Component:
    state = AccountSettings
    return card(
        form(
            field(
                t("Present password"),
                "current",
                type="password",
                error=state.current_error,
                auto_complete="current-password",
                required=True,
            ),
            field(
                t("New password"),
                "new",
                type="password",
                hint=t("At least 10 characters. A few words you remember are best."),
                error=state.new_error,
                auto_complete="new-password",
                required=True,
            ),
            rx.el.div(button(t("Change password"), type="submit")),
            on_submit=state.change_password,
            key=state.form_key,
        ),
        class_name="p-5 mt-4 max-w-xl",
    )


def _row(device: Device) -> rx.Component:
    return list_row(
        device.name,
        rx.el.span(local_time(device.seen, day=True), " · ", rx.el.span(device.address)),
        aside=rx.cond(
            device.current,
            status_pill(t("This device"), "ok"),
            button(
                t("Sign out"),
                kind="ghost",
                size="sm",
                on_click=AccountSettings.end_device(device.id),  # pyright: ignore[reportCallIssue]
            ),
        ),
        key=device.id,
    )


PAGE = ConsolePage(
    route=paths.ACCOUNT,
    component=account_page,
    title=settings_title(t("Account")),
    permission=Permission.ACCOUNT_SELF,
    on_load=(Shell.load, AccountSettings.open_account, ApiTokens.open_tokens),
)
