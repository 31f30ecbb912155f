"""The pages around a log-in, as documents: they work without JavaScript."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import reflex as rx

from djplatform.features.accounts import paths
from djplatform.features.accounts.dto import Held, PendingLink
from djplatform.ui import t
from djplatform.ui.components import (
    auth_frame,
    button,
    error_summary,
    form,
    hidden,
    link_button,
    notice,
    text_link,
)
from djplatform.ui.components import field as text_field
from djplatform.ui.hosts import BrandView
from djplatform.ui.pages import Document
from djplatform.ui.visit import Visit


@dataclass(frozen=True, slots=True)
class Typed:
    """What came back from a form. Passwords are never part of it."""

    values: Mapping[str, str] = field(default_factory=dict[str, str])
    errors: Mapping[str, str] = field(default_factory=dict[str, str])
    status: int = 200
    problem: str = ""
    """What is wrong with the whole, when it is no field's fault."""

    def value(self, name: str) -> str:
        """What was typed into a field."""
        return self.values.get(name, "")

    def error(self, name: str) -> str:
        """What is wrong with a field."""
        return self.errors.get(name, "")


def _page(
    visit: Visit,
    title: str,
    *body: rx.Component,
    lead: str = "",
    footer: rx.Component | None = None,
    status: int = 200,
) -> Document:
    return Document(
        title=f"{title} · {visit.brand.name}",
        description=lead or title,
        body=auth_frame(visit, title, *body, lead=lead, footer=footer or ""),
        robots="noindex",
        status=status,
    )


def _trouble(typed: Typed) -> list[rx.Component]:
    if typed.problem:
        return [notice(typed.problem, tone="bad")]
    return [error_summary(typed.errors)] if len(typed.errors) > 1 else []


def _submit(label: str) -> rx.Component:
    return button(label, type="submit", size="lg", wide=True)


def _email(typed: Typed, *, focus: bool = False) -> rx.Component:
    return text_field(
        t("E-mail"),
        "email",
        type="email",
        value=typed.value("email"),
        error=typed.error("email"),
        auto_complete="username",
        required=True,
        max_length=320,
        auto_focus=focus,
    )


def _new_password(typed: Typed, label: str) -> rx.Component:
    return text_field(
        label,
        "password",
        type="password",
        hint=t("At least 10 characters. A few words you remember are best."),
        error=typed.error("password"),
        auto_complete="new-password",
        required=True,
    )


def sign_up(visit: Visit, typed: Typed, *, action: str) -> Document:
    """The form for a new account."""
    dj = action == paths.SIGN_UP_DJ
    name = text_field(
        t("Your DJ name") if dj else t("Your name"),
        "name",
        value=typed.value("name"),
        error=typed.error("name"),
        hint=t("Fans will see it. You can change it later."),
        auto_complete="nickname" if dj else "name",
        required=True,
        max_length=200,
    )
    return _page(
        visit,
        t("Create your DJ account") if dj else t("Create your account"),
        *_trouble(typed),
        form(
            name,
            _email(typed),
            _new_password(typed, t("Password")),
            _submit(t("Create account")),
            action=action,
        ),
        lead=t("It takes a minute. You pay nothing until you are paid."),
        footer=rx.el.p(
            t("You have an account already?"), " ", text_link(t("Log in"), href=paths.LOG_IN)
        ),
        status=typed.status,
    )


def check_mail(visit: Visit, email: str) -> Document:
    """After a sign-up, the same for every address."""
    return _page(
        visit,
        t("Check your mail"),
        rx.el.p(
            t("We have sent a mail to {email}. Open it and follow the button.", email=email),
            class_name="text-fg2",
        ),
        form(
            hidden("email", email),
            button(t("Send it again"), type="submit", kind="secondary", wide=True),
            action=paths.CONFIRM_AGAIN,
        ),
        rx.el.p(
            t("Nothing there after a few minutes? Look into the spam folder."),
            class_name="text-small text-fg3",
        ),
        footer=rx.el.p(
            t("Mistyped the address?"), " ", text_link(t("Start again"), href=paths.SIGN_UP)
        ),
    )


def confirm(visit: Visit, token: str, link: PendingLink) -> Document:
    """The one button behind a confirmation link."""
    return _page(
        visit,
        t("One last step, {name}", name=link.name),
        form(hidden("token", token), _submit(t("Confirm and go on")), action=paths.CONFIRM),
        lead=t("You are about to confirm {email}.", email=link.email),
    )


def link_over(visit: Visit, *, action: str, status: int) -> Document:
    """A link that was used or is too old, and the way to a new one."""
    again = t("Send a new link")
    return _page(
        visit,
        t("This link does not work any more"),
        form(_email(Typed()), _submit(again), action=action),
        lead=t("It was used before, or is too old. We gladly send you a new one."),
        footer=rx.el.p(t("Confirmed already?"), " ", text_link(t("Log in"), href=paths.LOG_IN)),
        status=status,
    )


def resend(visit: Visit, typed: Typed) -> Document:
    """Ask for the confirmation once more."""
    return _page(
        visit,
        t("Send the confirmation again"),
        *_trouble(typed),
        form(_email(typed), _submit(t("Send it again")), action=paths.CONFIRM_AGAIN),
        status=typed.status,
    )


def log_in(visit: Visit, typed: Typed, *, next_path: str) -> Document:
    """The log-in."""
    password = text_field(
        t("Password"),
        "password",
        type="password",
        auto_complete="current-password",
        required=True,
    )
    return _page(
        visit,
        t("Log in"),
        *_trouble(typed),
        form(
            hidden("next", next_path),
            _email(typed, focus=True),
            password,
            _submit(t("Log in")),
            action=paths.LOG_IN,
        ),
        rx.el.p(
            text_link(t("Forgot the password?"), href=paths.FORGOT),
            class_name="text-small text-center",
        ),
        rx.el.p(
            text_link(t("Confirmation mail did not arrive?"), href=paths.CONFIRM_AGAIN),
            class_name="text-small text-center",
        ),
        footer=rx.el.p(t("New here?"), " ", text_link(t("Create an account"), href=paths.SIGN_UP)),
        status=typed.status,
    )


def forgot(visit: Visit, typed: Typed) -> Document:
    """Ask for a link to a new password."""
    return _page(
        visit,
        t("Forgot the password?"),
        *_trouble(typed),
        form(_email(typed), _submit(t("Send me a link")), action=paths.FORGOT),
        lead=t("Tell us your e-mail, and we send you a link to set a new one."),
        footer=text_link(t("Back to the log-in"), href=paths.LOG_IN),
        status=typed.status,
    )


def reset_sent(visit: Visit, email: str) -> Document:
    """After asking for a new password, the same for every address."""
    return _page(
        visit,
        t("Check your mail"),
        rx.el.p(
            t(
                "If {email} has an account here, a link is on its way. It works for one hour.",
                email=email,
            ),
            class_name="text-fg2",
        ),
        link_button(t("Back to the log-in"), href=paths.LOG_IN, kind="secondary", wide=True),
    )


def reset(visit: Visit, token: str, link: PendingLink, typed: Typed) -> Document:
    """Set a new password."""
    return _page(
        visit,
        t("Set a new password"),
        *_trouble(typed),
        form(
            hidden("token", token),
            # So that a password manager knows which account it is.
            rx.el.input(
                type="hidden",
                name="username",
                auto_complete="username",
                custom_attrs={"value": link.email},
            ),
            _new_password(typed, t("New password")),
            _submit(t("Save and log in")),
            action=paths.RESET,
        ),
        lead=t("For {email}. Your other devices will be signed out.", email=link.email),
        status=typed.status,
    )


def organizations(visit: Visit, held: Sequence[Held], next_path: str) -> Document:
    """Choose which organization to work in."""
    if not held:
        return _page(
            visit,
            t("No organization yet"),
            _log_out(),
            lead=t("Ask the person who invited you to add you again."),
        )
    return _page(
        visit,
        t("Where do you want to work?"),
        *(_organization(one, next_path) for one in held),
        _log_out(),
    )


def _organization(one: Held, next_path: str) -> rx.Component:
    return form(
        hidden("organization", str(one.organization_id)),
        hidden("next", next_path),
        button(one.name, type="submit", kind="secondary", size="lg", wide=True),
        action=paths.ORGANIZATIONS,
    )


def not_connected(visit: Visit, real: BrandView, link: str) -> Document:
    """On an address that is not ours nothing can be sent; the way to the one that is."""
    return _page(
        visit,
        t("This address is not connected to us"),
        link_button(t("Open {host}", host=real.host), href=link, size="lg", wide=True),
        lead=t("Nobody can log in or sign up here. {brand} has its own address.", brand=real.name),
    )


def refused(visit: Visit) -> Document:
    """The role does not include what was asked for."""
    return _page(
        visit,
        t("You may not do that"),
        link_button(t("Back to the start"), href="/", kind="secondary", wide=True),
        lead=t("Your role here does not include this. An owner can change that."),
        status=403,
    )


def _log_out() -> rx.Component:
    return form(button(t("Log out"), type="submit", kind="ghost", wide=True), action=paths.LOG_OUT)
