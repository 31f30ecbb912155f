"""A forgotten password: a link by mail, then a new one."""

from djplatform.core import clock
from djplatform.core.crypto import hash_password, secret_hash
from djplatform.core.db import Scope, Tx, unit
from djplatform.core.events import emit
from djplatform.features.accounts import paths, rules
from djplatform.features.accounts.dto import (
    AskMail,
    Client,
    NewPassword,
    OpenedSession,
    PasswordChanged,
    PendingLink,
    ResetAsked,
)
from djplatform.features.accounts.models import User
from djplatform.features.accounts.repo import organizations as organization_repo
from djplatform.features.accounts.repo import people
from djplatform.features.accounts.repo import sessions as session_repo
from djplatform.features.accounts.rules import Purpose
from djplatform.features.accounts.service import brands, checks
from djplatform.features.accounts.service.links import (
    mailed_enough,
    make_link,
    not_valid,
    open_link,
)
from djplatform.features.accounts.service.opening import open_session


async def request_reset(cmd: AskMail) -> None:
    """Send a link to a new password. Unknown and unconfirmed addresses are answered alike.

    Raises:
        InvalidInput: by field (email).
    """
    checks.require(email=checks.email_error(cmd.email))
    async with unit(Scope.identity()) as tx:
        user = await people.by_email(tx, rules.clean_email(cmd.email) or "")
        if user is None or user.email_verified_at is None or user.suspended_at:
            return
        if not await mailed_enough(tx, user):
            await _send_link(tx, user, cmd)


async def _send_link(tx: Tx, user: User, cmd: AskMail) -> None:
    secret = await make_link(tx, user, Purpose.RESET, brand=cmd.brand)
    brand = await organization_repo.brand(tx, cmd.brand)
    link = f"{cmd.site}{paths.reset(secret)}"
    await emit(tx, ResetAsked(user.email, user.display_name, brand.from_name, link))


async def peek_reset(token: str) -> PendingLink:
    """Whose password a link would change; looking at it uses nothing up.

    Raises:
        LinkNotValid: used before, too old, or none of ours.
    """
    async with unit(Scope.identity()) as tx:
        user = await _owner(tx, token)
        return PendingLink(user.email, user.display_name)


async def reset(cmd: NewPassword, client: Client) -> OpenedSession:
    """Set a new password by a mail's link; every session ends, and a new one begins here.

    Raises:
        InvalidInput: by field (password); the link can still be used.
        LinkNotValid: used before, too old, or none of ours.
    """
    password = cmd.password.get_secret_value()
    async with unit(Scope.identity()) as tx:
        user = await _owner(tx, cmd.token)
    words = (user.display_name,)
    checks.require(password=checks.password_error(password, email=user.email, words=words))
    hashed = await hash_password(password)
    async with unit(Scope.identity(user.id)) as tx:
        await _owner(tx, cmd.token)
        at = clock.now()
        await people.keep_password(tx, user.id, hashed, at)
        await people.use_up_tokens(tx, user.id, at)
        await people.forget_attempts(tx, secret_hash(user.email))
        ended = await session_repo.end(tx, user.id, at)
        await tell_of_change(tx, user, client.brand)
        opened = await open_session(tx, user, client)
    return OpenedSession(
        opened.session_id, opened.token, opened.user_id, opened.landing, tuple(ended)
    )


async def tell_of_change(tx: Tx, user: User, brand_key: str) -> None:
    """Let the owner know, in case it was somebody else."""
    brand = await organization_repo.brand(tx, brand_key)
    await emit(
        tx,
        PasswordChanged(
            user.email,
            user.display_name,
            brand.from_name,
            brands.address(brand.host, paths.FORGOT),
        ),
    )


async def _owner(tx: Tx, token: str) -> User:
    found = await open_link(tx, token, Purpose.RESET)
    user = await people.by_id(tx, found.user_id)
    if user is None or user.suspended_at:
        raise not_valid()
    return user
