"""How long sessions and links live, and when a log-in has to wait."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

IDLE = timedelta(days=30)
ABSOLUTE = timedelta(days=180)
ROTATE_AFTER = timedelta(days=1)
OLD_TOKEN_LIFE = timedelta(days=1)
"""A renewed token may never reach a phone with bad signal: the old one works until the new one
was seen, at most this long."""
OLD_TOKEN_GRACE = timedelta(minutes=1)
"""And then for as long as requests that were under way with it."""
SEEN_EVERY = timedelta(minutes=5)

CONFIRM_LIFE = timedelta(days=2)
RESET_LIFE = timedelta(hours=1)
MAILS_AN_HOUR = 5
"""Mails that one account may be sent by people who fill in forms."""

FAILURES_ALLOWED = 10
FAILURES_WINDOW = timedelta(minutes=15)


class Purpose(StrEnum):
    """What a link in a mail is for."""

    CONFIRM = "confirm"
    RESET = "reset"


@dataclass(frozen=True, slots=True)
class Moments:
    """The times of a session that decide whether it lives."""

    created_at: datetime
    rotated_at: datetime
    seen_at: datetime
    ended_at: datetime | None


def is_alive(session: Moments, now: datetime) -> bool:
    """Whether a session still counts."""
    return (
        session.ended_at is None
        and now < session.seen_at + IDLE
        and now < session.created_at + ABSOLUTE
    )


def rotation_due(session: Moments, now: datetime) -> bool:
    """Whether the token is a day old."""
    return now >= session.rotated_at + ROTATE_AFTER


def expires(purpose: Purpose, now: datetime) -> datetime:
    """When a link that is made now stops working."""
    return now + (CONFIRM_LIFE if purpose is Purpose.CONFIRM else RESET_LIFE)


def locked_for(failures: int, since: datetime, now: datetime) -> int:
    """Whole seconds that a log-in has to wait after so many failures; 0 for none."""
    left = since + FAILURES_WINDOW - now
    if failures < FAILURES_ALLOWED or left <= timedelta(0):
        return 0
    return max(1, int(left.total_seconds()))
