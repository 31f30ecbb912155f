"""How the account at the processor stands, also while the dashboard is open."""

from typing import Any, TypedDict

import reflex as rx

from djplatform.features.screens.ui.dashboard_state import Dashboard
from djplatform.ui.live import live


class LiveAccount(TypedDict):
    """The one row of the account's channel."""

    id: str
    state: str
    text: str


def _now(name: str, known: Any) -> Any:
    # An account that is open has nothing left to tell, so the address is empty then.
    rows: Any = live(rx.Var.create(Dashboard.account_stream), LiveAccount).items
    return rx.cond(rows.length() > 0, rows[0][name], known)


def account_state() -> Any:
    """none, started, waiting, checking or ready."""
    return _now("state", Dashboard.account_state)


def account_text() -> Any:
    """The same in a sentence."""
    return _now("text", Dashboard.account_text)


def account_open() -> Any:
    """Whether fans can tip."""
    return (Dashboard.country != "") & (account_state() == "ready")
