"""Logging in and out."""

from uuid import UUID

from djplatform.core import clock
from djplatform.core.crypto import password_matches, secret_hash
from djplatform.core.db import Scope, Tx, unit
from djplatform.core.errors import InvalidInput, TooManyAttempts
from djplatform.core.i18n import t
from djplatform.features.accounts import rules
from djplatform.features.accounts.dto import Client, LogIn, OpenedSession
from djplatform.features.accounts.repo import people
from djplatform.features.accounts.repo import sessions as session_repo
from djplatform.features.accounts.rules.sessions import FAILURES_WINDOW
from djplatform.features.accounts.service.opening import open_session


async def log_in(cmd: LogIn, client: Client) -> OpenedSession:
    """Open a session for an e-mail address and its password.

    Every failure reads alike and takes the same work, whether the account exists, is confirmed,
    is suspended or not.

    Raises:
        InvalidInput: under `email`: the two do not belong together.
        TooManyAttempts: this account was tried too often, from wherever.
    """
    email = rules.clean_email(cmd.email) or ""
    account = secret_hash(email or cmd.email.strip().casefold())
    async with unit(Scope.identity()) as tx:
        await _refuse_while_locked(tx, account)
        user = await people.by_email(tx, email) if email else None
        known = await people.password_hash(tx, user.id) if user else None
    matches = await password_matches(cmd.password.get_secret_value(), known)
    if user is None or not matches or user.email_verified_at is None or user.suspended_at:
        await _count_failure(account)
        raise InvalidInput(
            email=t("That e-mail and password do not belong together, or are not confirmed yet.")
        )
    async with unit(Scope.identity(user.id)) as tx:
        await people.forget_attempts(tx, account)
        return await open_session(tx, user, client)


async def _refuse_while_locked(tx: Tx, account: str) -> None:
    counted = await people.attempts(tx, account)
    wait = rules.locked_for(*counted, clock.now()) if counted else 0
    if wait:
        raise TooManyAttempts(wait)


async def _count_failure(account: str) -> None:
    async with unit(Scope.identity()) as tx:
        at = clock.now()
        await people.count_failure(tx, account, at, at - FAILURES_WINDOW)


async def log_out(session_id: UUID, user_id: UUID) -> None:
    """End a session, now and for good."""
    async with unit(Scope.identity(user_id)) as tx:
        await session_repo.end(tx, user_id, clock.now(), only=session_id)
