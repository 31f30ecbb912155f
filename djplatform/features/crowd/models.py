"""Tables of what a crowd gives: tips, and the limits that a DJ sets for them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field

from djplatform.core.db.tables import MOMENT, TenantTable, tenant_fk


class TipSettings(TenantTable, table=True):
    """What a DJ takes and offers. Without a row, or in another currency, the defaults hold."""

    __tablename__ = "tip_settings"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (
        UniqueConstraint("organization_id"),
        CheckConstraint("currency ~ '^[A-Z]{3}$'", "currency"),
        CheckConstraint("least_minor > 0 and most_minor >= least_minor", "limits"),
        CheckConstraint("cardinality(presets_minor) between 1 and 6", "presets"),
    )

    currency: str = Field(sa_type=Text)
    least_minor: int = Field(sa_type=BigInteger)
    most_minor: int = Field(sa_type=BigInteger)
    presets_minor: list[int] = Field(sa_type=ARRAY(BigInteger))  # pyright: ignore
    updated_at: datetime = Field(sa_type=MOMENT)


class Tip(TenantTable, table=True):
    """What a fan gives. A guest begins it; only the worker moves it on.

    Defaults are the database's: one of Python's would be written by the insert, and a guest has
    no right to write that column.
    """

    __tablename__ = "tips"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (
        *tenant_fk("events", "event_id"),
        Index(None, "organization_id", "paid_at"),
        Index(None, "organization_id", "device_id", "created_at"),
        CheckConstraint("status in ('created', 'pending', 'paid', 'failed', 'expired')", "status"),
        CheckConstraint("currency ~ '^[A-Z]{3}$'", "currency"),
        CheckConstraint("amount_minor > 0", "amount_minor"),
        CheckConstraint("char_length(guest_name) <= 60", "guest_name"),
        CheckConstraint("char_length(message) <= 300", "message"),
        CheckConstraint("(status = 'paid') = (paid_at is not null)", "paid"),
        CheckConstraint("paid_minor >= net_minor", "paid_minor"),
    )

    event_id: UUID | None = None
    """The night during which it was begun; written by the worker when it is paid."""
    payment_id: UUID | None = None
    """The payment that paid for it."""
    device_id: UUID
    amount_minor: int = Field(sa_type=BigInteger)
    """What the fan wants to give."""
    covers_fee: bool = Field(sa_column_kwargs={"server_default": "false"})
    currency: str = Field(sa_type=Text)
    guest_name: str = Field(sa_type=Text, sa_column_kwargs={"server_default": ""})
    message: str = Field(sa_type=Text, sa_column_kwargs={"server_default": ""})
    status: str = Field(sa_type=Text, sa_column_kwargs={"server_default": "created"})
    paid_minor: int = Field(sa_type=BigInteger, sa_column_kwargs={"server_default": "0"})
    """What the fan paid, the fee included, less what went back."""
    net_minor: int = Field(sa_type=BigInteger, sa_column_kwargs={"server_default": "0"})
    """What of it is the DJ's; below zero when all went back but the fee."""
    refunded_minor: int = Field(sa_type=BigInteger, sa_column_kwargs={"server_default": "0"})
    """What went back to the fan or to the fan's bank."""
    created_at: datetime = Field(sa_type=MOMENT)
    updated_at: datetime = Field(sa_type=MOMENT)
    paid_at: datetime | None = Field(default=None, sa_type=MOMENT)
