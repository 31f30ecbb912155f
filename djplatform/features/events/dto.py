"""What comes into the event feature and what it shows."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from babel.dates import format_datetime
from pydantic import BaseModel

from djplatform.core.i18n import current_language


class StartTonight(BaseModel):
    """A DJ starts the night. Limits are checked by the rules, with errors by field."""

    title: str = ""
    venue: str = ""
    time_zone: str = "UTC"
    visibility: str = "public"


@dataclass(frozen=True, slots=True)
class EventView:
    """An event as its own people see it."""

    id: UUID
    kind: str
    status: str
    visibility: str
    title: str
    venue: str
    time_zone: str
    starts_at: datetime | None
    ended_at: datetime | None

    @property
    def live(self) -> bool:
        """Whether it runs now."""
        return self.status == "live"

    @property
    def where(self) -> str:
        """Title and venue in one line."""
        return f"{self.title}, {self.venue}" if self.venue else self.title

    @property
    def started_text(self) -> str:
        """When it began, in the event's own time zone and the reader's manner."""
        return _local(self.starts_at, self.time_zone)

    @property
    def ended_text(self) -> str:
        """When it ended, in the event's own time zone and the reader's manner."""
        return _local(self.ended_at, self.time_zone)


@dataclass(frozen=True, slots=True)
class PublicEvent:
    """What everybody may know of a night that runs now."""

    id: UUID
    title: str
    venue: str
    status: str

    @property
    def where(self) -> str:
        """Title and venue in one line."""
        return f"{self.title}, {self.venue}" if self.venue else self.title


@dataclass(frozen=True, slots=True)
class StartedNight:
    """The night that runs now, and whether it ran before it was asked for."""

    event: EventView
    already_running: bool


def _local(moment: datetime | None, time_zone: str) -> str:
    if moment is None:
        return ""
    zone = ZoneInfo(time_zone)
    return format_datetime(moment, "medium", tzinfo=zone, locale=current_language())
