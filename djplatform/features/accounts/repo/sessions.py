"""Queries of sessions. All run in the identity scope."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, or_, select, update
from sqlmodel import col

from djplatform.core.actor import Actor, Role
from djplatform.core.db import Tx
from djplatform.features.accounts.models import Membership, PlatformRole, Session, User


@dataclass(frozen=True, slots=True)
class Found:
    """A session with who it is, as it is now."""

    row: Session
    actor: Actor


async def add(tx: Tx, session: Session) -> None:
    """Keep a new session."""
    tx.session.add(session)
    await tx.flush()


async def by_hash(tx: Tx, token_hash: str) -> Found | None:
    """The session of a token, the present one or the one before."""
    same = or_(col(Session.token_hash) == token_hash, col(Session.previous_hash) == token_hash)
    return await _found(tx, same)


async def by_id(tx: Tx, session_id: UUID) -> Found | None:
    """A session."""
    return await _found(tx, col(Session.id) == session_id)


async def _found(tx: Tx, where: Any) -> Found | None:
    member = (col(Membership.user_id) == col(Session.user_id)) & (
        col(Membership.organization_id) == col(Session.organization_id)
    )
    admin = col(PlatformRole.user_id) == col(Session.user_id)
    query = (
        select(Session, col(Membership.role), col(PlatformRole.role))
        .join(User, (col(User.id) == col(Session.user_id)) & col(User.suspended_at).is_(None))
        .outerjoin(Membership, member)
        .outerjoin(PlatformRole, admin)
        .where(where)
    )
    found = (await tx.session.execute(query)).one_or_none()
    if found is None:
        return None
    row, role, platform = found
    actor = Actor(
        user_id=row.user_id,
        organization_id=row.organization_id if role else None,
        role=Role(role) if role else None,
        personas=frozenset({platform} if platform else ()),
    )
    return Found(row, actor)


async def live(tx: Tx, user_id: UUID) -> Sequence[Session]:
    """A person's sessions that were not ended, the latest seen first."""
    query = (
        select(Session)
        .where(col(Session.user_id) == user_id, col(Session.ended_at).is_(None))
        .order_by(col(Session.seen_at).desc())
    )
    return (await tx.session.execute(query)).scalars().all()


async def ids_in(tx: Tx, organization_id: UUID, user_id: UUID) -> Sequence[UUID]:
    """A person's live sessions in one organization."""
    query = select(col(Session.id)).where(
        col(Session.user_id) == user_id,
        col(Session.organization_id) == organization_id,
        col(Session.ended_at).is_(None),
    )
    return (await tx.session.execute(query)).scalars().all()


async def change(tx: Tx, session_id: UUID, **values: Any) -> None:
    """Write columns of a session."""
    await tx.session.execute(update(Session).where(col(Session.id) == session_id).values(**values))


async def rotate(
    tx: Tx, old_hash: str, new_hash: str, *, at: datetime, due_before: datetime, until: datetime
) -> bool:
    """Replace a token that is due; of two requests at once only one does."""
    done = await tx.session.execute(
        update(Session)
        .where(
            col(Session.token_hash) == old_hash,
            col(Session.rotated_at) <= due_before,
            col(Session.ended_at).is_(None),
        )
        .values(token_hash=new_hash, previous_hash=old_hash, previous_until=until, rotated_at=at)
        .returning(col(Session.id))
    )
    return done.one_or_none() is not None


async def end(
    tx: Tx, user_id: UUID, at: datetime, *, only: UUID | None = None, keep: UUID | None = None
) -> Sequence[UUID]:
    """End a person's sessions: one, or all but one, or all; gives those that it ended."""
    which = [col(Session.user_id) == user_id, col(Session.ended_at).is_(None)]
    if only is not None:
        which.append(col(Session.id) == only)
    if keep is not None:
        which.append(col(Session.id) != keep)
    done = await tx.session.execute(
        update(Session).where(*which).values(ended_at=at).returning(col(Session.id))
    )
    return done.scalars().all()


async def purge(tx: Tx, created_before: datetime, seen_before: datetime) -> None:
    """Delete sessions that are over since long."""
    await tx.session.execute(
        delete(Session).where(
            or_(col(Session.created_at) < created_before, col(Session.seen_at) < seen_before)
        )
    )
