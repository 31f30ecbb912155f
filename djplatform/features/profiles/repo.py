"""Every query of the profile feature."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlmodel import col

from djplatform.core.db import Tx
from djplatform.features.profiles.dto import ProfileView
from djplatform.features.profiles.models import DjProfile

# Only what everybody may read: the public role has no right to the other columns.
_SHOWN = (
    col(DjProfile.organization_id),
    col(DjProfile.stage_name),
    col(DjProfile.bio),
    col(DjProfile.home_town),
    col(DjProfile.photo),
    col(DjProfile.published),
    col(DjProfile.updated_at),
)


async def of_organization(tx: Tx, organization_id: UUID) -> ProfileView | None:
    """The profile of an organization, as far as the scope may see it."""
    query = select(*_SHOWN).where(col(DjProfile.organization_id) == organization_id)
    row = (await tx.session.execute(query)).one_or_none()
    return ProfileView(*row) if row else None


async def published(tx: Tx, limit: int) -> Sequence[ProfileView]:
    """Published profiles of all organizations, the latest changed first."""
    query = (
        select(*_SHOWN)
        .where(col(DjProfile.published).is_(True))
        .order_by(col(DjProfile.updated_at).desc())
        .limit(limit)
    )
    return [ProfileView(*row) for row in await tx.session.execute(query)]


async def change(tx: Tx, organization_id: UUID, values: Mapping[str, Any]) -> bool:
    """Write a profile's columns; False when there was none to write."""
    done = await tx.session.execute(
        update(DjProfile)
        .where(col(DjProfile.organization_id) == organization_id)
        .values(**values)
        .returning(col(DjProfile.id))
    )
    return done.one_or_none() is not None
