"""The part of the account page with API tokens: made, shown once, rotated, revoked."""

from typing import Any

import reflex as rx

from djplatform.features.accounts.ui.api_tokens_state import ApiTokens, TokenRow
from djplatform.ui import t
from djplatform.ui.client_side import copy_button, local_date, local_time
from djplatform.ui.components import (
    button,
    card,
    closer,
    dialog,
    empty_state,
    field,
    form,
    notice,
    opener,
    rows,
    section,
    select,
    status_pill,
)
from djplatform.ui.console import Shell
from djplatform.ui.each import when


def api_tokens_section() -> rx.Component:
    """Draw the section; the page's `on_load` calls `ApiTokens.open_tokens`."""
    state = ApiTokens
    return section(
        t("API tokens"),
        rx.el.p(
            t(
                "With a token a program of yours uses the API in your name. Whoever has it can do "
                "what it may do, so keep it like a password."
            ),
            class_name="mt-2 max-w-xl text-fg2",
        ),
        _said(state.problem, "bad"),
        _said(state.done, "ok"),
        when(state.secret != "", _secret()),
        card(
            when(state.tokens.length() > 0, rows(state.tokens, _row), _no_tokens()),
            class_name="px-5 mt-4 max-w-xl",
        ),
        when(Shell.organization != "", _form(), _no_organization()),
        id="api-tokens",
    )


def _said(text: Any, tone: str) -> rx.Component:
    return when(
        text != "", rx.el.div(notice(text, tone=tone, live=True), class_name="mt-4 max-w-xl")
    )


def _secret() -> rx.Component:
    """The one moment in which the secret can be read."""
    state = ApiTokens
    return card(
        rx.el.h3(
            t("Copy the token “{name}” now", name=state.secret_of), class_name="font-semibold"
        ),
        rx.el.p(
            t("It is shown this once. If it gets lost, rotate the token and get another."),
            class_name="mt-1 text-small text-fg2",
        ),
        rx.el.code(
            state.secret,
            class_name="block mt-4 p-3 rounded-sm bg-sunken border border-line font-mono "
            "text-small break-all select-all",
        ),
        rx.el.div(
            copy_button(state.secret, t("Copy"), t("Copied")),
            button(t("I have it"), kind="ghost", on_click=state.put_secret_away),
            class_name="mt-4 flex flex-wrap gap-2",
        ),
        class_name="p-5 mt-4 max-w-xl border-accent",
        role="status",
    )


def _no_tokens() -> rx.Component:
    return empty_state(
        "zap",
        t("No tokens yet"),
        t("A website, a light show or a spreadsheet could read your nights and tips with one."),
    )


def _no_organization() -> rx.Component:
    return rx.el.p(
        t("Choose an organization first: a token works for one."),
        class_name="mt-4 max-w-xl text-fg2",
    )


def _row(token: TokenRow) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.p(token.name, class_name="font-medium break-words"),
            rx.el.p(
                rx.el.span(f"djp_…{token.ending}", class_name="font-mono"),
                f" · {token.organization} · {token.role}",
                class_name="mt-0.5 text-small text-fg2 break-words",
            ),
            rx.el.p(*_moments(token), class_name="mt-0.5 text-small text-fg3"),
            class_name="flex-1 min-w-0",
        ),
        rx.el.div(
            when(token.live, _rotate(token), status_pill(t("Expired"), "warn")),
            _revoke(token),
            class_name="flex items-center gap-1 shrink-0 -ml-3 sm:ml-0",
        ),
        class_name="flex flex-col sm:flex-row sm:items-center gap-x-4 gap-y-2 py-4",
        key=token.id,
    )


def _moments(token: TokenRow) -> list[Any]:
    expires = when(token.live, t("Expires"), t("Expired"))
    used = when(
        token.seen != "",
        rx.fragment(t("last used"), " ", local_time(token.seen, day=True)),
        t("never used"),
    )
    before = when(
        token.previous != "",
        rx.fragment(" · ", t("the old one works until"), " ", local_time(token.previous, day=True)),
    )
    return [expires, " ", local_date(token.expires), " · ", used, before]


def _rotate(token: TokenRow) -> rx.Component:
    name = rx.Var.create(f"rotate-{token.id}")
    return rx.fragment(
        opener(name, t("Rotate"), kind="ghost", size="sm"),
        dialog(
            name,
            t("A new secret for “{name}”?", name=token.name),
            rx.el.div(
                _last_word(
                    name,
                    t("Yes, the old one works one more day"),
                    ApiTokens.rotate_token(token.id, False),  # pyright: ignore[reportCallIssue]
                ),
                _last_word(
                    name,
                    t("Yes, and end the old one now"),
                    ApiTokens.rotate_token(token.id, True),  # pyright: ignore[reportCallIssue]
                    kind="danger",
                ),
                closer(name, t("Not now"), kind="ghost"),
                class_name="mt-6 flex flex-col gap-3",
            ),
            text=t("You copy it into whatever uses the token. It lives as long as the first one."),
        ),
    )


def _revoke(token: TokenRow) -> rx.Component:
    name = rx.Var.create(f"revoke-{token.id}")
    return rx.fragment(
        opener(name, t("Revoke"), kind="ghost", size="sm"),
        dialog(
            name,
            t("Revoke “{name}”?", name=token.name),
            text=t("Whatever uses it is refused at once. This cannot be taken back."),
            actions=(
                closer(name, t("Keep it")),
                _last_word(
                    name,
                    t("Revoke"),
                    ApiTokens.revoke_token(token.id),  # pyright: ignore[reportCallIssue]
                    kind="danger",
                ),
            ),
        ),
    )


def _last_word(dialog_id: Any, label: Any, event: Any, *, kind: Any = "secondary") -> rx.Component:
    """A button of a dialog that does it, and closes the dialog."""
    return button(
        label,
        kind=kind,
        size="lg",
        on_click=event,
        custom_attrs={"popoverTarget": dialog_id, "popoverTargetAction": "hide"},
    )


def _form() -> rx.Component:
    state = ApiTokens
    return card(
        rx.el.h3(t("A new token"), class_name="font-semibold mb-4"),
        form(
            field(
                t("What will use it"),
                "name",
                error=state.name_error,
                placeholder=t("My website"),
                required=True,
                id="field-token-name",
            ),
            select(
                t("What it may do for {organization}", organization=Shell.organization),
                "role",
                [
                    ("viewer", t("Viewer: see nights and tips")),
                    ("member", t("Member: also see earnings, start nights, change the page")),
                    ("admin", t("Admin: also change settings and payouts")),
                ],
                value="viewer",
                error=state.role_error,
                hint=t("Never more than you may do yourself at that moment."),
                id="field-token-role",
            ),
            select(
                t("Expires after"),
                "days",
                [
                    ("7", t("7 days")),
                    ("30", t("30 days")),
                    ("90", t("90 days")),
                    ("365", t("365 days")),
                ],
                value="90",
                error=state.days_error,
                id="field-token-days",
            ),
            rx.el.div(button(t("Create token"), type="submit", kind="secondary")),
            on_submit=state.create_token,
            key=state.form_key,
        ),
        class_name="p-5 mt-4 max-w-xl",
    )
