"""Pure rules of accounts: passwords, sessions, links in mails, organizations, countries."""

from djplatform.features.accounts.rules.api_tokens import (
    TokenMoments,
    exceeds,
    is_live,
    lesser,
    looks_like_api_token,
    previous_counts,
    rotated,
)
from djplatform.features.accounts.rules.countries import COUNTRIES, currency_of
from djplatform.features.accounts.rules.organizations import (
    HeldRole,
    chosen_at_log_in,
    next_path,
    slug_base,
)
from djplatform.features.accounts.rules.passwords import BREACHED, weakness
from djplatform.features.accounts.rules.people import clean_email, clean_name
from djplatform.features.accounts.rules.sessions import (
    CONFIRM_LIFE,
    MAILS_AN_HOUR,
    OLD_TOKEN_GRACE,
    OLD_TOKEN_LIFE,
    RESET_LIFE,
    SEEN_EVERY,
    Moments,
    Purpose,
    expires,
    is_alive,
    locked_for,
    rotation_due,
)

__all__ = [
    "BREACHED",
    "CONFIRM_LIFE",
    "COUNTRIES",
    "MAILS_AN_HOUR",
    "OLD_TOKEN_GRACE",
    "OLD_TOKEN_LIFE",
    "RESET_LIFE",
    "SEEN_EVERY",
    "HeldRole",
    "Moments",
    "Purpose",
    "TokenMoments",
    "chosen_at_log_in",
    "clean_email",
    "clean_name",
    "currency_of",
    "exceeds",
    "expires",
    "is_alive",
    "is_live",
    "lesser",
    "locked_for",
    "looks_like_api_token",
    "next_path",
    "previous_counts",
    "rotated",
    "rotation_due",
    "slug_base",
    "weakness",
]
