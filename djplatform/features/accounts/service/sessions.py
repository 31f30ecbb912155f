"""Live sessions: finding, renewing, listing and ending them."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from djplatform.core import clock
from djplatform.core.actor import Actor
from djplatform.core.crypto import new_secret, secret_hash
from djplatform.core.db import Scope, Tx, unit
from djplatform.features.accounts import rules
from djplatform.features.accounts.dto import SessionRow, SessionView
from djplatform.features.accounts.models import Session
from djplatform.features.accounts.repo import api_tokens, people
from djplatform.features.accounts.repo import sessions as repo
from djplatform.features.accounts.rules.api_tokens import KEPT
from djplatform.features.accounts.rules.devices import device_name
from djplatform.features.accounts.rules.sessions import ABSOLUTE, IDLE, ROTATE_AFTER
from djplatform.features.accounts.service import checks


async def session_by_token(token: str) -> SessionView | None:
    """The live session of a cookie's token, as it is now."""
    token_hash = secret_hash(token)
    async with unit(Scope.identity()) as tx:
        found = await repo.by_hash(tx, token_hash)
        if found is None or not _token_counts(found.row, token_hash):
            return None
        return await _view(tx, found, renewed_seen=found.row.token_hash == token_hash)


async def session_by_id(session_id: UUID) -> SessionView | None:
    """A live session that a connection authenticated with before, as it is now."""
    async with unit(Scope.identity()) as tx:
        found = await repo.by_id(tx, session_id)
        return await _view(tx, found, renewed_seen=False) if found else None


def _token_counts(row: Session, token_hash: str) -> bool:
    if row.token_hash == token_hash:
        return True
    return row.previous_until is not None and clock.now() < row.previous_until


async def _view(tx: Tx, found: repo.Found, *, renewed_seen: bool) -> SessionView | None:
    row, at = found.row, clock.now()
    moments = rules.Moments(row.created_at, row.rotated_at, row.seen_at, row.ended_at)
    if not rules.is_alive(moments, at):
        return None
    changes: dict[str, object] = {}
    if at >= row.seen_at + rules.SEEN_EVERY:
        changes["seen_at"] = at
    grace = at + rules.OLD_TOKEN_GRACE
    if renewed_seen and row.previous_until is not None and row.previous_until > grace:
        changes["previous_until"] = grace
    if changes:
        await repo.change(tx, row.id, **changes)
    return SessionView(row.id, found.actor, rotate=rules.rotation_due(moments, at))


async def renew(token: str) -> str | None:
    """A new token for a session whose token is a day old; None when there is nothing to do."""
    at, fresh = clock.now(), new_secret()
    async with unit(Scope.identity()) as tx:
        done = await repo.rotate(
            tx,
            secret_hash(token),
            secret_hash(fresh),
            at=at,
            due_before=at - ROTATE_AFTER,
            until=at + rules.OLD_TOKEN_LIFE,
        )
    return fresh if done else None


async def sessions(actor: Actor, current: UUID | None) -> Sequence[SessionRow]:
    """Show where a person is signed in.

    Raises:
        SignInRequired: nobody is.
    """
    user_id = checks.signed_in(actor)
    at = clock.now()
    async with unit(Scope.identity(user_id)) as tx:
        rows = await repo.live(tx, user_id)
    return [
        _row(row, current)
        for row in rows
        if rules.is_alive(
            rules.Moments(row.created_at, row.rotated_at, row.seen_at, row.ended_at), at
        )
    ]


async def end_session(actor: Actor, session_id: UUID) -> Sequence[UUID]:
    """End one of one's own sessions; gives what it ended: nothing for a stranger's id."""
    user_id = checks.signed_in(actor)
    async with unit(Scope.identity(user_id)) as tx:
        return await repo.end(tx, user_id, clock.now(), only=session_id)


async def end_other_sessions(actor: Actor, current: UUID) -> Sequence[UUID]:
    """End all of one's own sessions but this one; gives what it ended."""
    user_id = checks.signed_in(actor)
    async with unit(Scope.identity(user_id)) as tx:
        return await repo.end(tx, user_id, clock.now(), keep=current)


async def purge() -> None:
    """Delete sessions, API tokens, links and counts that are over since long."""
    at = clock.now()
    async with unit(Scope.identity()) as tx:
        await repo.purge(tx, created_before=at - ABSOLUTE, seen_before=at - IDLE)
        await api_tokens.purge(tx, over_before=at - KEPT)
        await people.purge(tx, at - timedelta(days=1), at - timedelta(days=1))


def _row(row: Session, current: UUID | None) -> SessionRow:
    return SessionRow(
        id=row.id,
        device=device_name(row.user_agent),
        address=row.address,
        brand=row.brand,
        created_at=row.created_at,
        seen_at=row.seen_at,
        current=row.id == current,
    )
