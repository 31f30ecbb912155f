"""Organizations: which one a person works in, roles, country and currency."""

from collections.abc import Sequence
from uuid import UUID

from djplatform.core import clock
from djplatform.core.actor import Actor, Permission, Role
from djplatform.core.db import Scope, Tx, unit
from djplatform.core.errors import (
    Conflict,
    InvalidInput,
    NotFound,
    PermissionDenied,
)
from djplatform.core.i18n import t
from djplatform.core.operation import operation
from djplatform.features.accounts import paths, rules
from djplatform.features.accounts.dto import Held, MemberView, OrganizationView
from djplatform.features.accounts.repo import organizations as repo
from djplatform.features.accounts.repo import sessions as session_repo


class LastOwner(Conflict):
    """An organization needs an owner. Please make somebody else one first."""


class CurrencyFixed(Conflict):
    """The currency stays as it is, because payments were taken in it."""


@operation(Permission.CONSOLE_READ)
async def organization(tx: Tx, actor: Actor) -> OrganizationView:
    """Show the organization."""
    found = await repo.of(tx, actor.workplace)
    if found is None:
        raise NotFound
    return found


@operation(Permission.CONSOLE_READ)
async def members(tx: Tx, actor: Actor) -> Sequence[MemberView]:
    """Show who belongs to the organization."""
    return await repo.members(tx, actor)


@operation(Permission.MEMBERS_MANAGE)
async def change_role(tx: Tx, actor: Actor, member: UUID, role: Role) -> None:
    """Give a member another role. Only owners may; one owner always stays.

    The database decides by the roles as they are at this moment and writes the audit row.

    Raises:
        PermissionDenied: the actor is no owner.
        NotFound: no such member here.
        LastOwner: nobody would own the organization.
    """
    if actor.role is not Role.OWNER:
        raise PermissionDenied(t("Only owners give out roles."))
    outcome = await repo.change_role(tx, member, role)
    if outcome == "not_owner":
        raise PermissionDenied(t("Only owners give out roles."))
    if outcome == "missing":
        raise NotFound
    if outcome == "last_owner":
        raise LastOwner


async def sessions_of_member(organization_id: UUID, member: UUID) -> Sequence[UUID]:
    """A member's live sessions in an organization, to be dropped after a change of role."""
    async with unit(Scope.identity(member)) as tx:
        return await session_repo.ids_in(tx, organization_id, member)


def payable_countries() -> tuple[str, ...]:
    """The countries in which a DJ can be paid, as ISO 3166 codes."""
    return tuple(rules.COUNTRIES)


@operation(Permission.ORGANIZATION_UPDATE)
async def choose_country(tx: Tx, actor: Actor, country: str) -> OrganizationView:
    """Say where the organization is paid; the country decides the currency.

    Raises:
        InvalidInput: by field (country).
        CurrencyFixed: payments were taken in another currency.
    """
    currency = rules.currency_of(country)
    if currency is None:
        raise InvalidInput(country=t("We cannot pay out in this country yet."))
    outcome = await repo.choose_country(tx, country.upper(), currency)
    if outcome == "fixed":
        raise CurrencyFixed
    if outcome != "changed":
        raise PermissionDenied
    tx.session.expire_all()
    return await organization(tx, actor)


async def fix_currency(tx: Tx) -> None:
    """From the first payment on the currency stays. Runs in the organization's system scope."""
    await repo.fix_currency(tx, clock.now())


async def organizations_of(user_id: UUID) -> Sequence[Held]:
    """Show the organizations that a person belongs to."""
    async with unit(Scope.identity(user_id)) as tx:
        return await repo.held_by(tx, user_id)


async def choose_organization(actor: Actor, session_id: UUID, organization_id: UUID) -> str:
    """Work in another of one's organizations from now on; gives the path to go to.

    Raises:
        NotFound: the person does not belong to it.
    """
    async with unit(Scope.identity(actor.person)) as tx:
        held = {one.organization_id: one for one in await repo.held_by(tx, actor.person)}
        session = await session_repo.by_id(tx, session_id)
        own = session is not None and session.row.user_id == actor.person
        if organization_id not in held or not own:
            raise NotFound
        await session_repo.change(tx, session_id, organization_id=organization_id)
        return paths.landing(held[organization_id].product)
