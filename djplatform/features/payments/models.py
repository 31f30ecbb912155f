"""Tables of payments. Members only read them; guests begin a payment, the worker moves it on."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, SmallInteger, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from djplatform.core.db.tables import MOMENT, TenantTable

_SOURCES = (
    "'tip', 'request', 'booking', 'invoice', 'ppv', 'ticket', 'course', 'subscription', "
    "'store', 'licence'"
)


class ConnectedAccount(TenantTable, table=True):
    """The payee's account at the processor: one per organization and brand, for ever."""

    __tablename__ = "connected_accounts"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (
        UniqueConstraint("organization_id", "brand"),
        CheckConstraint("not ready or external_id is not null", "ready"),
    )

    brand: str = Field(sa_type=Text)
    external_id: str | None = Field(default=None, sa_type=Text)
    email: str = Field(sa_type=Text)
    country: str = Field(sa_type=Text)
    display_name: str = Field(sa_type=Text)
    transfers: str = Field(sa_type=Text, sa_column_kwargs={"server_default": "absent"})
    card_payments: str = Field(sa_type=Text, sa_column_kwargs={"server_default": "absent"})
    payouts: str = Field(sa_type=Text, sa_column_kwargs={"server_default": "absent"})
    requirements_due: list[str] = Field(sa_type=JSONB, sa_column_kwargs={"server_default": "[]"})
    past_due: bool = Field(sa_column_kwargs={"server_default": "false"})
    ready: bool = Field(sa_column_kwargs={"server_default": "false"})
    """Whether destination charges work now; may go back to false."""
    requested_by: UUID
    created_at: datetime = Field(sa_type=MOMENT)
    fetched_at: datetime | None = Field(default=None, sa_type=MOMENT)


class FeePlanRow(SQLModel, table=True):
    """A row of the fee engine; only activated ones are used. See `rules.FeePlan`."""

    __tablename__ = "fee_plans"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (
        CheckConstraint("percent_bp between 0 and 10000", "percent_bp"),
        CheckConstraint(
            "fixed_minor >= 0 and min_minor >= 0 and (max_minor is null or max_minor >= min_minor)",
            "minor",
        ),
        CheckConstraint("payer in ('payee', 'fan', 'split')", "payer"),
        CheckConstraint("settlement in ('instant', 'hold')", "settlement"),
        CheckConstraint("referrer in ('platform', 'payee', 'affiliate')", "referrer"),
        CheckConstraint(f"source_type in ({_SOURCES})", "source_type"),
    )

    id: UUID = Field(primary_key=True)
    name: str = Field(sa_type=Text)
    product: str | None = Field(default=None, sa_type=Text)
    tenant_plan: str | None = Field(default=None, sa_type=Text)
    organization_id: UUID | None = Field(default=None, foreign_key="organizations.id", index=True)
    source_type: str | None = Field(default=None, sa_type=Text)
    referrer: str | None = Field(default=None, sa_type=Text)
    currency: str | None = Field(default=None, sa_type=Text)
    percent_bp: int
    fixed_minor: int = Field(sa_type=BigInteger, sa_column_kwargs={"server_default": "0"})
    min_minor: int = Field(sa_type=BigInteger, sa_column_kwargs={"server_default": "0"})
    max_minor: int | None = Field(default=None, sa_type=BigInteger)
    payer: str = Field(sa_type=Text, sa_column_kwargs={"server_default": "payee"})
    settlement: str = Field(sa_type=Text, sa_column_kwargs={"server_default": "instant"})
    valid_from: datetime | None = Field(default=None, sa_type=MOMENT)
    activated_at: datetime | None = Field(default=None, sa_type=MOMENT)
    override_reason: str | None = Field(default=None, sa_type=Text)
    """Why a plan that loses money was activated all the same."""


class Payment(TenantTable, table=True):
    """One try to pay for one thing, with the figures as they were agreed."""

    __tablename__ = "payments"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (
        UniqueConstraint("organization_id", "kind", "subject_id", "attempt"),
        Index(None, "organization_id", "paid_at"),
        CheckConstraint("status in ('created', 'pending', 'expired', 'failed', 'paid')", "status"),
        CheckConstraint(f"kind in ({_SOURCES})", "kind"),
        CheckConstraint("currency ~ '^[A-Z]{3}$'", "currency"),
        CheckConstraint(
            "total_minor > 0 and asked_minor > 0 and fee_minor >= 0 and net_minor >= 0 "
            "and total_minor = fee_minor + net_minor",
            "sum",
        ),
        CheckConstraint("(status = 'paid') = (paid_at is not null)", "paid"),
    )

    device_id: UUID
    brand: str = Field(sa_type=Text)
    kind: str = Field(sa_type=Text)
    subject_id: UUID
    """What is paid for, in the feature that sells it."""
    attempt: int = Field(sa_type=SmallInteger)
    status: str = Field(sa_type=Text, sa_column_kwargs={"server_default": "created"})
    title: str = Field(sa_type=Text)
    payee_name: str = Field(sa_type=Text)
    currency: str = Field(sa_type=Text)
    asked_minor: int = Field(sa_type=BigInteger)
    total_minor: int = Field(sa_type=BigInteger)
    fee_minor: int = Field(sa_type=BigInteger)
    net_minor: int = Field(sa_type=BigInteger)
    plan: dict[str, Any] = Field(sa_type=JSONB)
    """The fee plan as it was when the payer was told the price."""
    destination: str = Field(sa_type=Text)
    destination_country: str = Field(sa_type=Text)
    return_url: str = Field(sa_type=Text)
    cancel_url: str = Field(sa_type=Text)
    look: dict[str, Any] = Field(sa_type=JSONB)
    created_at: datetime = Field(sa_type=MOMENT)
    expires_at: datetime = Field(sa_type=MOMENT)
    checkout_id: str | None = Field(default=None, sa_type=Text)
    checkout_url: str | None = Field(default=None, sa_type=Text)
    payment_intent_id: str | None = Field(default=None, sa_type=Text)
    charge_id: str | None = Field(default=None, sa_type=Text)
    balance_transaction_id: str | None = Field(default=None, sa_type=Text)
    processor_cost_minor: int | None = Field(default=None, sa_type=BigInteger)
    processor_cost_currency: str | None = Field(default=None, sa_type=Text)
    refunded_minor: int = Field(sa_type=BigInteger, sa_column_kwargs={"server_default": "0"})
    """What went back to the payer, as the processor says; these five are booked."""
    disputed_minor: int = Field(sa_type=BigInteger, sa_column_kwargs={"server_default": "0"})
    """What the payer's bank took and has not given back."""
    fee_refunded_minor: int = Field(sa_type=BigInteger, sa_column_kwargs={"server_default": "0"})
    """What of our fee went back to the payee."""
    reversed_minor: int = Field(sa_type=BigInteger, sa_column_kwargs={"server_default": "0"})
    """What came back from the connected account."""
    dispute_cost_minor: int = Field(sa_type=BigInteger, sa_column_kwargs={"server_default": "0"})
    corrections: int = Field(sa_column_kwargs={"server_default": "0"})
    """How many entries of the journal take something back."""
    failure: str = Field(sa_type=Text, sa_column_kwargs={"server_default": ""})
    """What the payer is told about the last refusal."""
    alarm: str = Field(sa_type=Text, sa_column_kwargs={"server_default": ""})
    """What does not agree with the processor; a person must look."""
    pending_at: datetime | None = Field(default=None, sa_type=MOMENT)
    paid_at: datetime | None = Field(default=None, sa_type=MOMENT)
    closed_at: datetime | None = Field(default=None, sa_type=MOMENT)
    transferred_at: datetime | None = Field(default=None, sa_type=MOMENT)
    settled_at: datetime | None = Field(default=None, sa_type=MOMENT)
    charge_read_at: datetime | None = Field(default=None, sa_type=MOMENT)
    """When the charge was asked for that was applied last; an older answer is not applied."""


class InboxEvent(SQLModel, table=True):
    """A verified webhook as it arrived; handled by a job, once."""

    __tablename__ = "inbox"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (
        UniqueConstraint("provider", "account", "external_id"),
        Index("ix_inbox_waiting", "received_at", postgresql_where="handled_at is null"),
    )

    id: UUID = Field(primary_key=True)
    provider: str = Field(sa_type=Text)
    account: str = Field(sa_type=Text)
    """Which of our accounts at the provider: the brand."""
    external_id: str = Field(sa_type=Text)
    type: str = Field(sa_type=Text)
    body: dict[str, Any] = Field(sa_type=JSONB)
    received_at: datetime = Field(sa_type=MOMENT)
    handled_at: datetime | None = Field(default=None, sa_type=MOMENT)
    problem: str = Field(sa_type=Text, sa_column_kwargs={"server_default": ""})


class ExternalRef(SQLModel, table=True):
    """Which organization an object at a provider belongs to."""

    __tablename__ = "external_refs"  # pyright: ignore[reportAssignmentType]

    provider: str = Field(primary_key=True, sa_type=Text)
    account: str = Field(primary_key=True, sa_type=Text)
    external_id: str = Field(primary_key=True, sa_type=Text)
    organization_id: UUID = Field(foreign_key="organizations.id", index=True)
