"""Payments. Guests and members may read some columns only, so columns are named."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import CursorResult, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import SQLModel

from djplatform.core.db import Tx
from djplatform.core.money import Money
from djplatform.features.payments.dto import PaymentView
from djplatform.features.payments.models import Payment
from djplatform.features.payments.rules import PaymentStatus

P = SQLModel.metadata.tables["payments"].c
_VIEW = (
    P.id,
    P.organization_id,
    P.brand,
    P.kind,
    P.subject_id,
    P.status,
    P.title,
    P.payee_name,
    P.currency,
    P.asked_minor,
    P.total_minor,
    P.fee_minor,
    P.net_minor,
    P.created_at,
    P.paid_at,
    P.refunded_minor,
    P.disputed_minor,
    P.fee_refunded_minor,
    P.failure,
)
_CHECKOUT = (
    P.checkout_id,
    P.checkout_url,
    P.destination,
    P.destination_country,
    P.return_url,
    P.cancel_url,
    P.look,
    P.expires_at,
    P.attempt,
)

# What is left of a payment; see `PaymentView.left`.
_GROSS = P.total_minor - P.refunded_minor - P.disputed_minor
_FEE = P.fee_minor - P.fee_refunded_minor


@dataclass(frozen=True, slots=True)
class Checkout:
    """A payment with what its checkout is made of."""

    view: PaymentView
    attempt: int
    checkout_id: str | None
    checkout_url: str | None
    destination: str
    destination_country: str
    return_url: str
    cancel_url: str
    look: dict[str, Any]
    expires_at: datetime


def view_of(row: Any) -> PaymentView:
    """The view of a payment's row."""
    currency = row.currency
    return PaymentView(
        id=row.id,
        organization_id=row.organization_id,
        brand=row.brand,
        kind=row.kind,
        subject_id=row.subject_id,
        status=PaymentStatus(row.status),
        title=row.title,
        payee_name=row.payee_name,
        asked=Money(row.asked_minor, currency),
        total=Money(row.total_minor, currency),
        fee=Money(row.fee_minor, currency),
        net=Money(row.net_minor, currency),
        created_at=row.created_at,
        paid_at=row.paid_at,
        refunded=Money(row.refunded_minor, currency),
        disputed=Money(row.disputed_minor, currency),
        fee_refunded=Money(row.fee_refunded_minor, currency),
        failure=row.failure,
    )


def _checkout(row: Any) -> Checkout:
    return Checkout(
        view_of(row),
        row.attempt,
        row.checkout_id,
        row.checkout_url,
        row.destination,
        row.destination_country,
        row.return_url,
        row.cancel_url,
        row.look,
        row.expires_at,
    )


async def latest_attempt(
    tx: Tx, organization_id: UUID, kind: str, subject_id: UUID
) -> Checkout | None:
    """The newest payment for a subject that the payer's own device may see."""
    found = await tx.session.execute(
        select(*_VIEW, *_CHECKOUT)
        .where(
            P.organization_id == organization_id,
            P.kind == kind,
            P.subject_id == subject_id,
        )
        .order_by(P.attempt.desc())
        .limit(1)
    )
    row = found.one_or_none()
    return _checkout(row) if row else None


async def attempts(tx: Tx, organization_id: UUID, kind: str, subject_id: UUID) -> list[PaymentView]:
    """The payments that were begun for a subject, the latest first; of the payer's own device."""
    query = (
        select(*_VIEW)
        .where(P.organization_id == organization_id, P.kind == kind, P.subject_id == subject_id)
        .order_by(P.attempt.desc())
    )
    return [view_of(row) for row in await tx.session.execute(query)]


async def checkout(tx: Tx, organization_id: UUID, payment_id: UUID) -> Checkout | None:
    """A payment with its checkout; None for a foreign one and a missing one alike."""
    found = await tx.session.execute(
        select(*_VIEW, *_CHECKOUT).where(P.organization_id == organization_id, P.id == payment_id)
    )
    row = found.one_or_none()
    return _checkout(row) if row else None


async def add_payment(tx: Tx, values: Mapping[str, Any]) -> bool:
    """Insert a payment in state created; False when that attempt exists already."""
    # RETURNING would need the right to read; the row count says the same.
    added = await tx.session.execute(
        insert(Payment)
        .values(**values)
        .on_conflict_do_nothing()
        .execution_options(preserve_rowcount=True)
    )
    return cast("CursorResult[Any]", added).rowcount == 1


async def note_checkout(
    tx: Tx, organization_id: UUID, payment_id: UUID, checkout_id: str, url: str
) -> bool:
    """Write where the payer pays; False when that is known already, or it is too late."""
    noted = await tx.session.execute(
        update(Payment)
        .where(
            P.organization_id == organization_id,
            P.id == payment_id,
            P.checkout_id.is_(None),
        )
        .values(checkout_id=checkout_id, checkout_url=url)
    )
    return cast("CursorResult[Any]", noted).rowcount == 1


async def view(tx: Tx, organization_id: UUID, payment_id: UUID) -> PaymentView | None:
    """A payment as the scope may see it."""
    found = await tx.session.execute(
        select(*_VIEW).where(P.organization_id == organization_id, P.id == payment_id)
    )
    row = found.one_or_none()
    return view_of(row) if row else None


async def lock_payment(tx: Tx, organization_id: UUID, payment_id: UUID) -> Payment | None:
    """A payment whose row nobody else changes until commit; for jobs."""
    found = await tx.session.execute(
        select(Payment)
        .where(P.organization_id == organization_id, P.id == payment_id)
        .with_for_update()
    )
    return found.scalar_one_or_none()


async def earned(tx: Tx, organization_id: UUID) -> list[tuple[str, int, int, int]]:
    """By currency: how many paid payments, and what is left of gross and fee."""
    found = await tx.session.execute(
        select(P.currency, func.count(), func.sum(_GROSS), func.sum(_FEE))
        .where(P.organization_id == organization_id, P.paid_at.is_not(None))
        .group_by(P.currency)
        .order_by(P.currency)
    )
    return [(currency, count, int(gross), int(fee)) for currency, count, gross, fee in found]


async def paid_page(
    tx: Tx, organization_id: UUID, before: UUID | None, limit: int
) -> list[PaymentView]:
    """Paid payments, the latest first; ids are ordered by time, so a page goes on by id."""
    query = (
        select(*_VIEW)
        .where(P.organization_id == organization_id, P.paid_at.is_not(None))
        .order_by(P.id.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(P.id < before)
    return [view_of(row) for row in await tx.session.execute(query)]


async def unsettled(tx: Tx) -> dict[tuple[str, str], int]:
    """By brand and currency: paid payments whose processor cost is unknown."""
    found = await tx.session.execute(
        select(P.brand, P.currency, func.count())
        .where(P.paid_at.is_not(None), P.settled_at.is_(None))
        .group_by(P.brand, P.currency)
    )
    return {(row[0], row[1]): row[2] for row in found}
