"""The settings page with the colleagues and their roles."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import reflex as rx

from djplatform.core.actor import Actor, Permission, Role
from djplatform.core.db import Scope, unit
from djplatform.core.errors import Conflict, NotFound, PermissionDenied
from djplatform.core.ids import parse_id
from djplatform.features.accounts import paths, service
from djplatform.features.accounts.dto import MemberView
from djplatform.features.accounts.ui.frame import settings_frame, settings_part, settings_title
from djplatform.ui import icon, t
from djplatform.ui.components import (
    avatar,
    card,
    closer,
    dialog,
    list_row,
    opener,
    rows,
)
from djplatform.ui.console import Flash, Shell, flash
from djplatform.ui.each import pick, when
from djplatform.ui.guard import action, current_actor, current_organization
from djplatform.ui.pages import ConsolePage
from djplatform.ui.session import sessions


@dataclass
class Colleague:
    """A member, ready to show."""

    id: str
    name: str
    role: str
    me: bool


class Team(Flash, rx.State):
    """Who belongs to the organization; whose it is comes from the session alone."""

    members: rx.Field[list[Colleague]] = rx.field(default_factory=list)
    gives_roles: bool = False
    """Whether the person who looks is an owner: to hide what would be refused."""

    @action(Permission.CONSOLE_READ)
    async def open_team(self) -> None:
        """Show the team as it is kept."""
        await self._read()

    @action(Permission.MEMBERS_MANAGE)
    async def change_role(self, user_id: str, role: str) -> AsyncIterator[None]:
        """Give a colleague another role, and end what is open with the old one."""
        actor, member, wanted = current_actor(self), parse_id(user_id), _role(role)
        if member is None or wanted is None:
            self._say(t("Please choose a person and a role from the list."), "bad")
            return
        try:
            async with unit(Scope.of(actor)) as tx:
                await service.change_role(tx, actor, member, wanted)
        except (NotFound, Conflict, PermissionDenied) as refused:
            self._say(_why(refused), "bad")
            await self._read()
            return
        self._say(t("The role was changed. It counts at once."))
        await self._read()
        # Shown before the own connection may be among those that end.
        yield
        ended = await service.sessions_of_member(current_organization(self), member)
        await sessions().drop(ended)

    async def _read(self) -> None:
        actor = current_actor(self)
        async with unit(Scope.of(actor)) as tx:
            found = await service.members(tx, actor)
        self.members = [_colleague(one, actor) for one in found]
        self.gives_roles = any(one.me and one.role == Role.OWNER for one in self.members)


def _role(text: str) -> Role | None:
    try:
        return Role(text)
    except ValueError:
        return None


def _why(refused: NotFound | Conflict | PermissionDenied) -> str:
    if isinstance(refused, NotFound):
        return t("This person is not in your team any more.")
    return refused.message


def _colleague(member: MemberView, actor: Actor) -> Colleague:
    return Colleague(
        id=str(member.user_id),
        name=member.name,
        role=member.role.value,
        me=member.user_id == actor.user_id,
    )


_NAMES = {
    Role.OWNER.value: t("Owner"),
    Role.ADMIN.value: t("Admin"),
    Role.MEMBER.value: t("Member"),
    Role.VIEWER.value: t("Viewer"),
}
_RIGHTS = {
    Role.OWNER.value: t("Everything, and gives out the roles."),
    Role.ADMIN.value: t("Everything but giving out roles."),
    Role.MEMBER.value: t("Your page, nights and earnings."),
    Role.VIEWER.value: t("Looks at nights and tips, and changes nothing."),
}


def team_page() -> rx.Component:
    """Draw the page."""
    return settings_frame(
        settings_part(
            t("People"),
            rx.cond(
                Team.gives_roles,
                t("Who works here, and what they may do. As an owner you give out the roles."),
                t("Who works here, and what they may do. Owners give out the roles."),
            ),
            card(rows(Team.members, _row), class_name="px-5 py-1"),
        ),
        settings_part(t("Roles"), t("What each of them may do."), _roles()),
        rx.foreach(Team.members, _role_dialog),
        flash(Team),
        current=paths.TEAM,
    )


def _row(member: Any) -> rx.Component:
    return list_row(
        rx.el.span(
            rx.el.bdi(member.name),
            when(member.me, rx.el.span(t("you"), class_name="text-fg3 font-normal ml-2")),
        ),
        pick(member.role, _NAMES, member.role),
        leading=avatar(member.name),
        aside=when(
            Team.gives_roles,
            opener(
                _dialog_id(member),
                t("Change role"),
                rx.el.span(t("of {name}", name=member.name), class_name="sr-only"),
                size="sm",
            ),
        ),
        key=member.id,
        custom_attrs={"data-member": member.id},
    )


def _dialog_id(member: Any) -> Any:
    return f"role-{member.id}"


def _role_dialog(member: Any) -> rx.Component:
    return dialog(
        _dialog_id(member),
        t("Role of {name}", name=member.name),
        rx.el.div(
            *(_role_button(member, role.value) for role in Role),
            class_name="mt-5 flex flex-col gap-2",
        ),
        text=rx.cond(
            member.me,
            t("This is you. Without the owner’s role you can give out no roles any more."),
            t("The change counts at once, also where this person is logged in."),
        ),
        actions=(closer(_dialog_id(member), t("Leave it")),),
    )


def _role_button(member: Any, role: str) -> rx.Component:
    """One role to give: pressed, it is given, and the dialog is gone."""
    has_it = member.role == role
    handler: Any = Team.change_role
    return rx.el.button(
        _role_words(role),
        when(has_it, icon("check", class_name="text-ink", label=t("This role now"))),
        type="button",
        disabled=has_it,
        on_click=handler(member.id, role),
        class_name="flex items-center gap-3 w-full min-h-14 px-4 py-2.5 rounded-md border "
        "border-line2 text-left hover:bg-hover disabled:bg-soft disabled:border-accent "
        "transition-colors",
        custom_attrs={"popoverTarget": _dialog_id(member), "popoverTargetAction": "hide"},
    )


def _roles() -> rx.Component:
    return card(
        rx.el.ul(
            *(rx.el.li(_role_words(role.value), class_name="py-3") for role in Role),
            class_name="divide-y divide-line",
        ),
        class_name="px-5 py-1",
    )


def _role_words(role: str) -> rx.Component:
    return rx.el.span(
        rx.el.span(_NAMES[role], class_name="block font-medium"),
        rx.el.span(_RIGHTS[role], class_name="block text-small text-fg2"),
        class_name="flex-1 min-w-0",
    )


PAGE = ConsolePage(
    route=paths.TEAM,
    component=team_page,
    title=settings_title(t("Team")),
    permission=Permission.CONSOLE_READ,
    on_load=(Shell.load, Team.open_team),
)
