"""How long API tokens live, what they may do at most, and what rotating one does."""

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from djplatform.core.actor import Role

PREFIX = "djp_"
"""Begins every secret, so that scanners of leaked secrets recognise it."""
LIVES = (7, 30, 90, 365)
"""Days that a person may choose; none is for ever."""
CEILINGS = (Role.VIEWER, Role.MEMBER, Role.ADMIN)
"""What a token may be at most. Owners hand out roles, which is no work for a program."""
GRACE = timedelta(hours=24)
"""How long the secret of before still counts after a rotation."""
SEEN_EVERY = timedelta(minutes=1)
MOST = 20
"""Live tokens of one person."""
KEPT = timedelta(days=30)
"""How long one that is over stays in the list and the table."""
NAME_LENGTH = 60

_SECRET = re.compile(r"djp_[A-Za-z0-9_-]{43}")
_ASCENDING = (Role.VIEWER, Role.MEMBER, Role.ADMIN, Role.OWNER)


@dataclass(frozen=True, slots=True)
class TokenMoments:
    """The times of an API token that decide whether a secret of it counts."""

    rotated_at: datetime
    expires_at: datetime
    previous_until: datetime | None = None
    revoked_at: datetime | None = None


def looks_like_api_token(secret: str) -> bool:
    """Whether a text has the form of our secrets; nothing else needs to be looked up."""
    return _SECRET.fullmatch(secret) is not None


def is_live(token: TokenMoments, now: datetime) -> bool:
    """Whether the token's present secret counts."""
    return token.revoked_at is None and now < token.expires_at


def previous_counts(token: TokenMoments, now: datetime) -> bool:
    """Whether the secret of before the last rotation still counts."""
    until = token.previous_until
    return token.revoked_at is None and until is not None and now < until


def rotated(token: TokenMoments, now: datetime, *, at_once: bool) -> TokenMoments:
    """The token with a new secret, which lives as long as the first one was given.

    The secret of before ends at once when asked, else after a day, and never later than it would
    have ended by itself.
    """
    return replace(
        token,
        rotated_at=now,
        expires_at=now + (token.expires_at - token.rotated_at),
        previous_until=None if at_once else min(now + GRACE, token.expires_at),
    )


def exceeds(ceiling: Role, membership: Role) -> bool:
    """Whether a role is more than the person has."""
    return _ASCENDING.index(ceiling) > _ASCENDING.index(membership)


def lesser(ceiling: Role, membership: Role) -> Role:
    """The role in which a token acts: never more than either."""
    return membership if exceeds(ceiling, membership) else ceiling
