"""One's own account: name and password."""

from collections.abc import Sequence
from uuid import UUID

from djplatform.core import clock
from djplatform.core.actor import Actor, Permission
from djplatform.core.crypto import hash_password, password_matches
from djplatform.core.db import Scope, Tx, unit
from djplatform.core.errors import InvalidInput, SignInRequired
from djplatform.core.i18n import t
from djplatform.features.accounts import rules
from djplatform.features.accounts.dto import NEUTRAL, ChangePassword, PersonView, WorkplaceView
from djplatform.features.accounts.models import User
from djplatform.features.accounts.repo import organizations as organization_repo
from djplatform.features.accounts.repo import people
from djplatform.features.accounts.repo import sessions as session_repo
from djplatform.features.accounts.service import checks
from djplatform.features.accounts.service.passwords import tell_of_change


async def person(actor: Actor) -> PersonView:
    """Show one's own account.

    Raises:
        SignInRequired: nobody is signed in.
    """
    async with unit(Scope.identity(actor.user_id)) as tx:
        user = await _own(tx, actor)
        return PersonView(user.id, user.email, user.display_name, user.product_context)


async def workplace(actor: Actor) -> WorkplaceView:
    """Show who works where: the organization's brand, else the one the person signed up with.

    Raises:
        SignInRequired: nobody is signed in.
    """
    async with unit(Scope.identity(actor.user_id)) as tx:
        user = await _own(tx, actor)
        held = {one.organization_id: one for one in await organization_repo.held_by(tx, user.id)}
        here = held.get(actor.organization_id) if actor.organization_id else None
        product = here.product if here else user.product_context
        brand = await organization_repo.brand(tx, product or NEUTRAL)
    return WorkplaceView(
        person=user.display_name,
        organization=here.name if here else "",
        brand=brand.key,
        brand_name=brand.name,
        landing=brand.landing,
    )


async def update_name(actor: Actor, name: str) -> PersonView:
    """Change how one is called.

    Raises:
        InvalidInput: by field (name).
    """
    checks.require(name=checks.name_error(name))
    async with unit(Scope.identity(actor.user_id)) as tx:
        user = await _own(tx, actor)
        user.display_name = rules.clean_name(name)
        await tx.flush()
        return PersonView(user.id, user.email, user.display_name, user.product_context)


async def change_password(
    actor: Actor, cmd: ChangePassword, *, keep: UUID, brand: str
) -> Sequence[UUID]:
    """Change one's password; all sessions but `keep` end. Gives those that it ended.

    Raises:
        InvalidInput: by field (current, new).
    """
    async with unit(Scope.identity(actor.user_id)) as tx:
        user = await _own(tx, actor)
        known = await people.password_hash(tx, user.id)
    new = cmd.new.get_secret_value()
    if not await password_matches(cmd.current.get_secret_value(), known):
        raise InvalidInput(current=t("This is not your password."))
    checks.require(
        new=checks.password_error(new, email=user.email, words=(user.display_name, brand))
    )
    hashed = await hash_password(new)
    async with unit(Scope.identity(user.id)) as tx:
        at = clock.now()
        await people.keep_password(tx, user.id, hashed, at)
        await people.use_up_tokens(tx, user.id, at)
        await tell_of_change(tx, user, brand)
        return await session_repo.end(tx, user.id, at, keep=keep)


async def _own(tx: Tx, actor: Actor) -> User:
    actor.require(Permission.ACCOUNT_SELF)
    user = await people.by_id(tx, actor.person)
    if user is None or user.suspended_at:
        raise SignInRequired
    return user
