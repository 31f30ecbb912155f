"""Accounts: who people are, what they may do, and which brand they meet.

Use cases around a password open their own units of work: a slow hash must not hold a
transaction. All others are operations in the caller's.
"""

from djplatform.features.accounts.service.account import (
    change_password,
    person,
    update_name,
    workplace,
)
from djplatform.features.accounts.service.api_tokens import (
    api_caller,
    api_tokens,
    create_api_token,
    revoke_api_token,
    rotate_api_token,
)
from djplatform.features.accounts.service.brands import (
    address,
    brand,
    brand_for_host,
    main_brand,
    organization_by_slug,
    register_host,
)
from djplatform.features.accounts.service.logging_in import log_in, log_out
from djplatform.features.accounts.service.organizations import (
    change_role,
    choose_country,
    choose_organization,
    fix_currency,
    members,
    organization,
    organizations_of,
    payable_countries,
    sessions_of_member,
)
from djplatform.features.accounts.service.passwords import peek_reset, request_reset, reset
from djplatform.features.accounts.service.sessions import (
    end_other_sessions,
    end_session,
    purge,
    renew,
    session_by_id,
    session_by_token,
    sessions,
)
from djplatform.features.accounts.service.signing_up import (
    confirm,
    peek_confirmation,
    resend_confirmation,
    sign_up,
)

__all__ = [
    "address",
    "api_caller",
    "api_tokens",
    "brand",
    "brand_for_host",
    "change_password",
    "change_role",
    "choose_country",
    "choose_organization",
    "confirm",
    "create_api_token",
    "end_other_sessions",
    "end_session",
    "fix_currency",
    "log_in",
    "log_out",
    "main_brand",
    "members",
    "organization",
    "organization_by_slug",
    "organizations_of",
    "payable_countries",
    "peek_confirmation",
    "peek_reset",
    "person",
    "purge",
    "register_host",
    "renew",
    "request_reset",
    "resend_confirmation",
    "reset",
    "revoke_api_token",
    "rotate_api_token",
    "session_by_id",
    "session_by_token",
    "sessions",
    "sessions_of_member",
    "sign_up",
    "update_name",
    "workplace",
]
