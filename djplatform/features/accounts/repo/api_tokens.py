"""Queries of API tokens. All run in the identity scope."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, or_, select, update
from sqlmodel import col

from djplatform.core.actor import Role
from djplatform.core.db import Tx
from djplatform.features.accounts.models import ApiToken, Membership, Organization, User
from djplatform.features.accounts.rules import TokenMoments


@dataclass(frozen=True, slots=True)
class FoundToken:
    """A token, and what its person is in its organization now."""

    row: ApiToken
    membership: Role


async def lock_person(tx: Tx, user_id: UUID) -> None:
    """Let the other changes of this person's tokens wait for this transaction."""
    await tx.session.execute(select(col(User.id)).where(col(User.id) == user_id).with_for_update())


async def add(tx: Tx, token: ApiToken) -> None:
    """Keep a new token."""
    tx.session.add(token)
    await tx.flush()


async def count_live(tx: Tx, user_id: UUID, at: datetime) -> int:
    """How many tokens of a person count."""
    query = select(func.count()).where(
        col(ApiToken.user_id) == user_id,
        col(ApiToken.revoked_at).is_(None),
        col(ApiToken.expires_at) > at,
    )
    return (await tx.session.execute(query)).scalar_one()


async def listed(tx: Tx, user_id: UUID) -> Sequence[tuple[ApiToken, str]]:
    """A person's tokens that were not revoked, with the organization's name; the newest first."""
    query = (
        select(ApiToken, col(Organization.name))
        .join(Organization, col(Organization.id) == col(ApiToken.organization_id))
        .where(col(ApiToken.user_id) == user_id, col(ApiToken.revoked_at).is_(None))
        .order_by(col(ApiToken.created_at).desc(), col(ApiToken.id).desc())
    )
    return [(token, name) for token, name in await tx.session.execute(query)]


async def of_person(tx: Tx, user_id: UUID, token_id: UUID) -> ApiToken | None:
    """One of a person's tokens that was not revoked. The row is locked."""
    query = (
        select(ApiToken)
        .where(
            col(ApiToken.id) == token_id,
            col(ApiToken.user_id) == user_id,
            col(ApiToken.revoked_at).is_(None),
        )
        .with_for_update()
    )
    return (await tx.session.execute(query)).scalar_one_or_none()


async def by_hash(tx: Tx, token_hash: str) -> FoundToken | None:
    """The token of a secret, the present one or the one before.

    None also for a person who is suspended, or no longer belongs to the organization.
    """
    same = or_(col(ApiToken.token_hash) == token_hash, col(ApiToken.previous_hash) == token_hash)
    member = (col(Membership.user_id) == col(ApiToken.user_id)) & (
        col(Membership.organization_id) == col(ApiToken.organization_id)
    )
    query = (
        select(ApiToken, col(Membership.role))
        .join(User, (col(User.id) == col(ApiToken.user_id)) & col(User.suspended_at).is_(None))
        .join(Membership, member)
        .where(same)
    )
    found = (await tx.session.execute(query)).one_or_none()
    return FoundToken(found[0], Role(found[1])) if found else None


async def mark_seen(tx: Tx, token_id: UUID, at: datetime) -> None:
    """Note that a token was used."""
    await tx.session.execute(
        update(ApiToken).where(col(ApiToken.id) == token_id).values(seen_at=at)
    )


async def replace_secret(
    tx: Tx, token: ApiToken, token_hash: str, ending: str, moments: TokenMoments
) -> None:
    """Give a token another secret; the present one becomes the one before while it still counts."""
    token.previous_hash = token.token_hash if moments.previous_until else None
    token.previous_until = moments.previous_until
    token.token_hash, token.ending = token_hash, ending
    token.rotated_at, token.expires_at = moments.rotated_at, moments.expires_at
    await tx.flush()


async def revoke(tx: Tx, token: ApiToken, at: datetime) -> None:
    """End a token for good."""
    token.revoked_at = at
    await tx.flush()


async def purge(tx: Tx, over_before: datetime) -> None:
    """Delete tokens that are over since long."""
    await tx.session.execute(
        delete(ApiToken).where(
            or_(col(ApiToken.expires_at) < over_before, col(ApiToken.revoked_at) < over_before)
        )
    )
