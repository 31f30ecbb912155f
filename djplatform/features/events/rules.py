"""What an event is and which way its state may go. Pure."""

from dataclasses import dataclass
from enum import StrEnum
from zoneinfo import available_timezones

from djplatform.core.errors import Conflict, InvalidInput
from djplatform.core.i18n import t
from djplatform.core.text import one_line

TITLE_MOST = 120
VENUE_MOST = 120


class EventKind(StrEnum):
    """One table for every night; the kind says where it came from."""

    BOOKING = "booking"
    GIG = "gig"
    SHOW = "show"
    STREAM = "stream"


class EventStatus(StrEnum):
    """Where a night stands."""

    DRAFT = "draft"
    LIVE = "live"
    ENDED = "ended"
    CANCELLED = "cancelled"


class Visibility(StrEnum):
    """Who may know of it."""

    PUBLIC = "public"
    PRIVATE = "private"


class EventMove(StrEnum):
    """What can be done with an event."""

    START = "start"
    END = "end"
    CANCEL = "cancel"


class EventCannotMove(Conflict):
    """This event is already over."""


_MOVES: dict[tuple[EventStatus, EventMove], EventStatus] = {
    (EventStatus.DRAFT, EventMove.START): EventStatus.LIVE,
    (EventStatus.DRAFT, EventMove.CANCEL): EventStatus.CANCELLED,
    (EventStatus.LIVE, EventMove.END): EventStatus.ENDED,
    # Doing a thing twice is no mistake of the person who clicked twice.
    (EventStatus.LIVE, EventMove.START): EventStatus.LIVE,
    (EventStatus.ENDED, EventMove.END): EventStatus.ENDED,
    (EventStatus.CANCELLED, EventMove.CANCEL): EventStatus.CANCELLED,
}

FINAL = frozenset({EventStatus.ENDED, EventStatus.CANCELLED})


def after(status: EventStatus, move: EventMove) -> EventStatus:
    """The state after a move.

    Raises:
        EventCannotMove: the state does not allow it; the sentence says why.
    """
    try:
        return _MOVES[status, move]
    except KeyError:
        raise EventCannotMove(_refusal(status)) from None


def _refusal(status: EventStatus) -> str:
    return {
        EventStatus.DRAFT: t("This event has not started yet."),
        EventStatus.LIVE: t("This event is running. End it instead of cancelling it."),
        EventStatus.ENDED: t("This event has ended. Start a new one."),
        EventStatus.CANCELLED: t("This event was cancelled. Start a new one."),
    }[status]


@dataclass(frozen=True, slots=True)
class NightText:
    """A night's words, cleaned and within their limits."""

    title: str
    venue: str
    time_zone: str


def check(title: str, venue: str, time_zone: str) -> NightText:
    """The words of a night as they can be kept; a night without a title is called "Tonight".

    Raises:
        InvalidInput: by field: a long title or venue, a time zone that there is not.
    """
    text = NightText(one_line(title) or t("Tonight"), one_line(venue), time_zone)
    errors: dict[str, str] = {}
    for field, limit in (("title", TITLE_MOST), ("venue", VENUE_MOST)):
        length = len(getattr(text, field))
        if length > limit:
            errors[field] = t(
                "Please use at most {limit} characters. This has {length}.",
                limit=limit,
                length=length,
            )
    if time_zone not in available_timezones():
        errors["time_zone"] = t("Please choose a time zone from the list.")
    if errors:
        raise InvalidInput(**errors)
    return text
