"""Addresses of the accounts feature."""

from urllib.parse import urlencode

LOG_IN = "/login"
LOG_OUT = "/logout"
SIGN_UP = "/signup"
SIGN_UP_DJ = "/signup/dj"
CHECK_MAIL = "/signup/sent"
CONFIRM = "/verify"
CONFIRM_AGAIN = "/verify/resend"
FORGOT = "/forgot"
RESET = "/reset"
ORGANIZATIONS = "/organizations"
REFUSED = "/refused"
PROFILE = "/settings/profile"
ACCOUNT = "/settings/account"
TEAM = "/settings/team"

LANDINGS = {
    "tipjar": "/tipjar/dashboard",
    "djdash": "/djdash/dashboard",
    "m10dj": "/admin/dashboard",
}
NEUTRAL_LANDING = "/dashboard"


def landing(product: str | None) -> str:
    """Where a person of this product arrives after logging in."""
    return LANDINGS.get(product or "", NEUTRAL_LANDING)


def log_in(next_path: str = "") -> str:
    """The log-in, which leads on to `next_path`."""
    return _with(LOG_IN, next=next_path)


def confirm(token: str) -> str:
    """The page behind a confirmation mail's link."""
    return _with(CONFIRM, token=token)


def reset(token: str) -> str:
    """The page behind a reset mail's link."""
    return _with(RESET, token=token)


def _with(path: str, **query: str) -> str:
    given = {name: value for name, value in query.items() if value}
    return f"{path}?{urlencode(given)}" if given else path
