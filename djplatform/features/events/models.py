"""Tables of events."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, Text, text
from sqlmodel import Field

from djplatform.core.db.tables import MOMENT, TenantTable


class Event(TenantTable, table=True):
    """One night of one organization. Everything of that night hangs on this row."""

    __tablename__ = "events"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (
        Index(None, "organization_id", "starts_at"),
        Index(
            "uq_events_live",
            "organization_id",
            unique=True,
            postgresql_where=text("status = 'live'"),
        ),
        CheckConstraint("kind in ('booking', 'gig', 'show', 'stream')", "kind"),
        CheckConstraint("status in ('draft', 'live', 'ended', 'cancelled')", "status"),
        CheckConstraint("visibility in ('public', 'private')", "visibility"),
        CheckConstraint("char_length(title) between 1 and 120", "title"),
        CheckConstraint("char_length(venue) <= 120", "venue"),
        CheckConstraint("status in ('draft', 'cancelled') or starts_at is not null", "live"),
        CheckConstraint("(status = 'ended') = (ended_at is not null)", "ended"),
    )

    kind: str = Field(sa_type=Text)
    status: str = Field(sa_type=Text)
    visibility: str = Field(sa_type=Text)
    """A private booking becomes a public gig by this one switch."""
    title: str = Field(sa_type=Text)
    venue: str = Field(default="", sa_type=Text, sa_column_kwargs={"server_default": ""})
    time_zone: str = Field(sa_type=Text)
    """IANA name; the night belongs to the place, not to the reader."""
    starts_at: datetime | None = Field(default=None, sa_type=MOMENT)
    ended_at: datetime | None = Field(default=None, sa_type=MOMENT)
    created_at: datetime = Field(sa_type=MOMENT)
    updated_at: datetime = Field(sa_type=MOMENT)
