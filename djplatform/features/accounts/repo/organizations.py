"""Queries of organizations, memberships, brands and hosts."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, text
from sqlmodel import col

from djplatform.core.actor import Actor, Role
from djplatform.core.db import Tx
from djplatform.features.accounts.dto import BrandSeen, Held, MemberView, OrganizationView
from djplatform.features.accounts.models import Brand, Domain, Membership, Organization, User

_FOUND = text("select app.found_organization(:owner_id, :new_id, :product, :title, :base, :moment)")
_CHANGE_ROLE = text("select app.change_role(:member, :role)")
_CHOOSE_COUNTRY = text("select app.choose_country(:country, :currency)")
_FIX_CURRENCY = text("select app.fix_currency(:moment)")
_REGISTER_HOST = text("select app.register_host(:host, :brand, :moment)")


async def found(
    tx: Tx,
    *,
    owner_id: UUID,
    new_id: UUID,
    product: str | None,
    title: str,
    base: str,
    at: datetime,
) -> UUID:
    """Found a person's organization, or find the one that was founded before."""
    values = {
        "owner_id": owner_id,
        "new_id": new_id,
        "product": product,
        "title": title,
        "base": base,
        "moment": at,
    }
    return (await tx.session.execute(_FOUND, values)).scalar_one()


async def held_by(tx: Tx, user_id: UUID) -> Sequence[Held]:
    """The organizations of a person, the oldest membership first. Identity scope."""
    query = (
        select(
            col(Organization.id),
            col(Organization.name),
            col(Organization.product_context),
            col(Membership.role),
        )
        .join(Membership, col(Membership.organization_id) == col(Organization.id))
        .where(col(Membership.user_id) == user_id, col(Organization.kind) == "tenant")
        .order_by(col(Membership.created_at))
    )
    return [Held(i, n, p, Role(r)) for i, n, p, r in await tx.session.execute(query)]


async def of(tx: Tx, organization_id: UUID) -> OrganizationView | None:
    """An organization, as far as the scope may see all of it (members, the system)."""
    row = await tx.session.get(Organization, organization_id)
    if row is None:
        return None
    return OrganizationView(
        id=row.id,
        slug=row.slug,
        name=row.name,
        product=row.product_context,
        country=row.country,
        currency=row.currency,
        currency_fixed=row.currency_fixed_at is not None,
    )


async def by_slug(tx: Tx, slug: str) -> OrganizationView | None:
    """A tenant by its address, in the public scope: without what the public may not see."""
    query = select(
        col(Organization.id),
        col(Organization.slug),
        col(Organization.name),
        col(Organization.product_context),
        col(Organization.country),
        col(Organization.currency),
    ).where(col(Organization.slug) == slug, col(Organization.kind) == "tenant")
    row = (await tx.session.execute(query)).one_or_none()
    return OrganizationView(*row, currency_fixed=False) if row else None


async def members(tx: Tx, actor: Actor) -> Sequence[MemberView]:
    """The colleagues in the actor's organization."""
    query = (
        select(col(User.id), col(User.display_name), col(Membership.role))
        .join(Membership, col(Membership.user_id) == col(User.id))
        .where(col(Membership.organization_id) == actor.organization_id)
        .order_by(col(Membership.created_at))
    )
    return [MemberView(i, n, Role(r)) for i, n, r in await tx.session.execute(query)]


async def change_role(tx: Tx, member: UUID, role: Role) -> str:
    """Give a colleague another role; `changed`, or why not."""
    done = await tx.session.execute(_CHANGE_ROLE, {"member": member, "role": role.value})
    return done.scalar_one()


async def choose_country(tx: Tx, country: str, currency: str) -> str:
    """Set the organization's country and currency; `changed`, or why not."""
    done = await tx.session.execute(_CHOOSE_COUNTRY, {"country": country, "currency": currency})
    return done.scalar_one()


async def fix_currency(tx: Tx, at: datetime) -> None:
    """From now on the organization's currency stays. System scope."""
    await tx.session.execute(_FIX_CURRENCY, {"moment": at})


async def brand_of_host(tx: Tx, host: str) -> BrandSeen | None:
    """The brand that a host shows."""
    query = (
        select(Brand, col(Domain.organization_id))
        .join(Domain, col(Domain.brand) == col(Brand.key))
        .where(col(Domain.host) == host)
    )
    row = (await tx.session.execute(query)).one_or_none()
    return _brand(row[0], row[1]) if row else None


async def brand(tx: Tx, key: str) -> BrandSeen:
    """A brand. Revisions write them, and whatever names one refers to its row."""
    return _brand(await tx.session.get_one(Brand, key), None)


async def register_host(tx: Tx, host: str, brand_key: str, at: datetime) -> None:
    """Let a host show a brand. Only in the platform's own system scope."""
    await tx.session.execute(_REGISTER_HOST, {"host": host, "brand": brand_key, "moment": at})


def _brand(row: Brand, organization_id: UUID | None) -> BrandSeen:
    return BrandSeen(
        key=row.key,
        product=row.product_context,
        name=row.name,
        from_name=row.from_name,
        host=row.host,
        landing=row.landing,
        organization_id=organization_id,
    )
