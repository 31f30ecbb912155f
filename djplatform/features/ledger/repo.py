"""Every query of the ledger."""

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import func, text
from sqlmodel import col, select

from djplatform.core.db import Tx
from djplatform.features.ledger.models import JournalLine, LedgerAccount

_POST = text("select app.post_journal(cast(:entry as jsonb))")


async def post(tx: Tx, entry: Mapping[str, Any]) -> UUID:
    """Hand an entry to the database's own function, the only one that may write the journal."""
    posted = await tx.session.execute(_POST, {"entry": json.dumps(entry, default=str)})
    return posted.scalar_one()


async def totals(tx: Tx, organization_id: UUID) -> list[tuple[str, str, str, int]]:
    """Kind, brand, currency and balance of each account of an organization."""
    query = (
        select(
            LedgerAccount.kind,
            LedgerAccount.brand,
            LedgerAccount.currency,
            func.sum(JournalLine.amount_minor),
        )
        .join(
            JournalLine,
            (col(JournalLine.organization_id) == col(LedgerAccount.organization_id))
            & (col(JournalLine.account_id) == col(LedgerAccount.id)),
        )
        .where(LedgerAccount.organization_id == organization_id)
        .group_by(LedgerAccount.kind, LedgerAccount.brand, LedgerAccount.currency)
        .order_by(LedgerAccount.kind, LedgerAccount.brand, LedgerAccount.currency)
    )
    found = await tx.session.execute(query)
    return [(kind, brand, currency, int(balance)) for kind, brand, currency, balance in found]
