"""Tables of the double-entry ledger. Nothing here is ever changed: triggers refuse it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, Text, UniqueConstraint
from sqlalchemy import ForeignKeyConstraint as ForeignKey
from sqlmodel import Field, SQLModel

from djplatform.core.db.tables import MOMENT, TenantTable


class LedgerAccount(TenantTable, table=True):
    """One account of one organization, per brand and currency."""

    __tablename__ = "ledger_accounts"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (
        UniqueConstraint("organization_id", "kind", "brand", "currency"),
        UniqueConstraint("organization_id", "id", "currency"),
        CheckConstraint(
            "kind in ('stripe', 'payable', 'fees', 'processor_cost', 'dispute_cost')", "kind"
        ),
    )

    kind: str = Field(sa_type=Text)
    brand: str = Field(sa_type=Text)
    currency: str = Field(sa_type=Text)
    created_at: datetime = Field(sa_type=MOMENT)


class JournalEntry(SQLModel, table=True):
    """The header of an entry: which transition of which object it books. No tenant data."""

    __tablename__ = "journal_entries"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (UniqueConstraint("source_kind", "source_id", "transition"),)

    id: UUID = Field(primary_key=True)
    source_kind: str = Field(sa_type=Text)
    source_id: UUID
    transition: str = Field(sa_type=Text)
    occurred_at: datetime = Field(sa_type=MOMENT)
    posted_at: datetime = Field(sa_type=MOMENT)


class JournalLine(TenantTable, table=True):
    """A debit (positive) or a credit (negative) of one account, in minor units."""

    __tablename__ = "journal_lines"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (
        # The currency is part of the reference, so that no line can be of another currency
        # than its account.
        ForeignKey(
            ["organization_id", "account_id", "currency"],
            ["ledger_accounts.organization_id", "ledger_accounts.id", "ledger_accounts.currency"],
        ),
        Index(None, "organization_id", "account_id", "currency"),
        CheckConstraint("amount_minor <> 0", "amount_minor"),
    )

    entry_id: UUID = Field(foreign_key="journal_entries.id", index=True)
    account_id: UUID
    amount_minor: int = Field(sa_type=BigInteger)
    currency: str = Field(sa_type=Text)
    occurred_at: datetime = Field(sa_type=MOMENT)
