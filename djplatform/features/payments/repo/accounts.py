"""Sellers, their connected accounts, and the fee plans."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, text, update
from sqlmodel import SQLModel

from djplatform.core.db import Tx
from djplatform.features.payments.models import ConnectedAccount, FeePlanRow
from djplatform.features.payments.rules import (
    FeePayer,
    FeePlan,
    Referrer,
    SettlementMode,
    SourceType,
)

A = SQLModel.metadata.tables["connected_accounts"].c
F = SQLModel.metadata.tables["fee_plans"].c


@dataclass(frozen=True, slots=True)
class Seller:
    """What payments need to know of an organization."""

    id: UUID
    name: str
    brand: str
    country: str | None
    currency: str | None


@dataclass(frozen=True, slots=True)
class Destination:
    """Where the money goes, as the payer's side may see it."""

    external_id: str | None
    country: str
    ready: bool


async def seller(tx: Tx, organization_id: UUID) -> Seller | None:
    """An organization, through the columns that guests may read too."""
    found = await tx.session.execute(
        text(
            "select id, name, coalesce(product_context, 'neutral') as brand, country, currency "
            "from organizations where id = :id and kind = 'tenant'"
        ),
        {"id": organization_id},
    )
    row = found.one_or_none()
    return Seller(row.id, row.name, row.brand, row.country, row.currency) if row else None


async def destination(tx: Tx, organization_id: UUID, brand: str) -> Destination | None:
    """The connected account of an organization's brand, as a guest may read it."""
    found = await tx.session.execute(
        select(
            A.external_id,
            A.country,
            A.ready,
        ).where(
            A.organization_id == organization_id,
            A.brand == brand,
        )
    )
    row = found.one_or_none()
    return Destination(row.external_id, row.country, row.ready) if row else None


async def connected_account(tx: Tx, organization_id: UUID, brand: str) -> ConnectedAccount | None:
    """The whole connected account, for members and jobs."""
    found = await tx.session.execute(
        select(ConnectedAccount).where(
            A.organization_id == organization_id,
            A.brand == brand,
        )
    )
    return found.scalar_one_or_none()


async def claim_account(tx: Tx) -> UUID:
    """Record the intent to open a connected account, or find the one there is."""
    return (await tx.session.execute(text("select app.claim_connected_account()"))).scalar_one()


async def record_account(tx: Tx, account_id: UUID, external_id: str) -> None:
    """Write the processor's id beside the intent; once."""
    await tx.session.execute(
        text("select app.record_connected_account(:account, :external)"),
        {"account": account_id, "external": external_id},
    )


async def overwrite_account(
    tx: Tx, organization_id: UUID, external_id: str, values: Mapping[str, Any]
) -> ConnectedAccount:
    """Replace what is known of a connected account by what the processor says now."""
    found = await tx.session.execute(
        update(ConnectedAccount)
        .where(
            A.organization_id == organization_id,
            A.external_id == external_id,
        )
        .values(**values)
        .returning(ConnectedAccount)
    )
    return found.scalar_one()


async def fee_plans(tx: Tx) -> list[FeePlan]:
    """The activated plans that the scope may see: the common ones and those agreed with it."""
    found = await tx.session.execute(select(FeePlanRow).where(F.activated_at.is_not(None)))
    return [plan_of(row) for row in found.scalars()]


async def all_fee_plans(tx: Tx) -> list[FeePlanRow]:
    """Every plan, drafts too, by name; in the platform's own scope."""
    found = await tx.session.execute(select(FeePlanRow).order_by(F.name, F.id))
    return list(found.scalars())


async def add_fee_plan(tx: Tx, values: Mapping[str, Any]) -> FeePlanRow:
    """Add a draft; in the platform's own scope."""
    added = await tx.session.execute(insert(FeePlanRow).values(**values).returning(FeePlanRow))
    return added.scalar_one()


async def activate_fee_plan(tx: Tx, plan_id: UUID, at: datetime, reason: str | None) -> None:
    """Turn a draft on; one that is on already stays as it is."""
    await tx.session.execute(
        update(FeePlanRow)
        .where(F.id == plan_id, F.activated_at.is_(None))
        .values(activated_at=at, override_reason=reason)
    )


def plan_of(row: FeePlanRow) -> FeePlan:
    """The plan of a row."""
    return FeePlan(
        id=row.id,
        name=row.name,
        percent_bp=row.percent_bp,
        fixed_minor=row.fixed_minor,
        min_minor=row.min_minor,
        max_minor=row.max_minor,
        payer=FeePayer(row.payer),
        settlement=SettlementMode(row.settlement),
        product=row.product,
        tenant_plan=row.tenant_plan,
        organization_id=row.organization_id,
        source_type=SourceType(row.source_type) if row.source_type else None,
        referrer=Referrer(row.referrer) if row.referrer else None,
        currency=row.currency,
        valid_from=row.valid_from,
    )
