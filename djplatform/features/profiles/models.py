"""Tables of the DJ's public profile."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Text, UniqueConstraint
from sqlmodel import Field

from djplatform.core.db.tables import MOMENT, TenantTable


class DjProfile(TenantTable, table=True):
    """How a DJ is shown to everybody; one for each organization."""

    __tablename__ = "dj_profiles"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (
        UniqueConstraint("organization_id"),
        CheckConstraint("char_length(stage_name) between 1 and 80", "stage_name"),
        CheckConstraint("char_length(bio) <= 600", "bio"),
        CheckConstraint("char_length(home_town) <= 80", "home_town"),
        CheckConstraint("photo in ('brand', 'tipjar', 'djdash', 'm10dj', 'neutral')", "photo"),
    )

    # A profile means nothing without its organization.
    organization_id: UUID = Field(
        primary_key=True, foreign_key="organizations.id", ondelete="CASCADE"
    )
    stage_name: str = Field(sa_type=Text)
    bio: str = Field(default="", sa_type=Text, sa_column_kwargs={"server_default": ""})
    home_town: str = Field(default="", sa_type=Text, sa_column_kwargs={"server_default": ""})
    photo: str = Field(default="brand", sa_type=Text, sa_column_kwargs={"server_default": "brand"})
    published: bool = Field(default=True, sa_column_kwargs={"server_default": "true"})
    created_at: datetime = Field(sa_type=MOMENT)
    updated_at: datetime = Field(sa_type=MOMENT)
