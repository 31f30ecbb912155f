"""Table of mails."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Text
from sqlmodel import Field, SQLModel

from djplatform.core.db.tables import MOMENT


class MailRow(SQLModel, table=True):
    """One mail to one person, written with the change that it tells of."""

    __tablename__ = "mails"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (CheckConstraint("status in ('queued', 'sent', 'failed')", "status"),)

    id: UUID = Field(primary_key=True)
    kind: str = Field(sa_type=Text)
    """Which text it is, such as `accounts.confirm`; for statistics and for people who search."""
    sender: str = Field(sa_type=Text)
    recipient: str = Field(sa_type=Text)
    subject: str = Field(sa_type=Text)
    text: str = Field(sa_type=Text)
    html: str = Field(sa_type=Text)
    """Emptied with `text` once sent: the body may carry a link that signs in."""
    status: str = Field(default="queued", sa_type=Text)
    external_id: str | None = Field(default=None, sa_type=Text)
    failure: str = Field(default="", sa_type=Text)
    created_at: datetime = Field(sa_type=MOMENT)
    sent_at: datetime | None = Field(default=None, sa_type=MOMENT)
