"""Queries of people, their passwords and their links. All run in the identity scope."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import case, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from djplatform.core.db import Tx
from djplatform.features.accounts.models import Credential, LoginAttempt, Token, User
from djplatform.features.accounts.rules import Purpose


async def by_email(tx: Tx, email: str) -> User | None:
    """The account of an address, confirmed or not."""
    return (
        await tx.session.execute(select(User).where(col(User.email) == email))
    ).scalar_one_or_none()


async def by_id(tx: Tx, user_id: UUID) -> User | None:
    """An account."""
    return await tx.session.get(User, user_id)


async def add_if_new(tx: Tx, user: User) -> bool:
    """Keep a new account; False when the address has one, also when it came this moment."""
    values = user.model_dump()
    done = await tx.session.execute(
        insert(User).values(**values).on_conflict_do_nothing().returning(col(User.id))
    )
    return done.one_or_none() is not None


async def password_hash(tx: Tx, user_id: UUID) -> str | None:
    """The hash of an account's password."""
    query = select(col(Credential.password_hash)).where(col(Credential.user_id) == user_id)
    return (await tx.session.execute(query)).scalar_one_or_none()


async def keep_password(tx: Tx, user_id: UUID, password_hash: str, at: datetime) -> None:
    """Set or replace an account's password."""
    values = {"password_hash": password_hash, "changed_at": at}
    await tx.session.execute(
        insert(Credential)
        .values(user_id=user_id, **values)
        .on_conflict_do_update(index_elements=["user_id"], set_=values)
    )


async def add_token(tx: Tx, token: Token) -> None:
    """Keep a link."""
    tx.session.add(token)
    await tx.flush()


async def open_token(tx: Tx, token_hash: str, purpose: Purpose, at: datetime) -> Token | None:
    """A link that may still be used. The row is locked: of two clicks one waits."""
    query = (
        select(Token)
        .where(
            col(Token.token_hash) == token_hash,
            col(Token.purpose) == purpose.value,
            col(Token.used_at).is_(None),
            col(Token.expires_at) > at,
        )
        .with_for_update()
    )
    return (await tx.session.execute(query)).scalar_one_or_none()


async def latest_confirmation(tx: Tx, user_id: UUID) -> Token | None:
    """The last sign-up of an account that is not confirmed yet."""
    query = (
        select(Token)
        .where(col(Token.user_id) == user_id, col(Token.purpose) == Purpose.CONFIRM.value)
        .order_by(col(Token.created_at).desc(), col(Token.id).desc())
        .limit(1)
    )
    return (await tx.session.execute(query)).scalar_one_or_none()


async def use_up_tokens(tx: Tx, user_id: UUID, at: datetime) -> None:
    """Let no open link of an account work any more: they are used as a family."""
    await tx.session.execute(
        update(Token)
        .where(col(Token.user_id) == user_id, col(Token.used_at).is_(None))
        .values(used_at=at, password_hash=None)
    )


async def links_since(tx: Tx, user_id: UUID, since: datetime) -> int:
    """How many links were made for an account since then."""
    query = select(func.count()).where(col(Token.user_id) == user_id, col(Token.created_at) > since)
    return (await tx.session.execute(query)).scalar_one()


async def attempts(tx: Tx, account: str) -> tuple[int, datetime] | None:
    """Failed log-ins of an account (by the hash of its name) and since when they are counted."""
    query = select(col(LoginAttempt.failures), col(LoginAttempt.since)).where(
        col(LoginAttempt.account) == account
    )
    row = (await tx.session.execute(query)).one_or_none()
    return (row[0], row[1]) if row else None


async def count_failure(tx: Tx, account: str, at: datetime, window_began_after: datetime) -> None:
    """Count one more failed log-in; a new window begins when the last one is over."""
    fresh = col(LoginAttempt.since) <= window_began_after
    statement = insert(LoginAttempt).values(account=account, failures=1, since=at)
    await tx.session.execute(
        statement.on_conflict_do_update(
            index_elements=["account"],
            set_={
                "failures": case((fresh, 1), else_=col(LoginAttempt.failures) + 1),
                "since": case((fresh, at), else_=col(LoginAttempt.since)),
            },
        )
    )


async def forget_attempts(tx: Tx, account: str) -> None:
    """Forget failed log-ins: it was the owner after all."""
    await tx.session.execute(delete(LoginAttempt).where(col(LoginAttempt.account) == account))


async def purge(tx: Tx, links_before: datetime, attempts_before: datetime) -> None:
    """Delete links and counts that nobody can use any more."""
    await tx.session.execute(delete(Token).where(col(Token.expires_at) < links_before))
    await tx.session.execute(delete(LoginAttempt).where(col(LoginAttempt.since) < attempts_before))
