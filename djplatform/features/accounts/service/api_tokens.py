"""API tokens: made, renewed and ended by their person, and found by the program that shows one."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from uuid import UUID

from djplatform.core import clock
from djplatform.core.actor import Actor, Role
from djplatform.core.audit import audit
from djplatform.core.crypto import new_secret, secret_hash
from djplatform.core.db import Scope, Tx, unit
from djplatform.core.errors import Conflict, NotFound, SignInRequired
from djplatform.core.events import emit
from djplatform.core.i18n import t
from djplatform.core.ids import new_id
from djplatform.features.accounts import paths, rules
from djplatform.features.accounts.dto import (
    ApiCaller,
    ApiTokenIssued,
    ApiTokenRow,
    CreateApiToken,
    Held,
    IssuedApiToken,
)
from djplatform.features.accounts.models import ApiToken
from djplatform.features.accounts.repo import api_tokens as repo
from djplatform.features.accounts.repo import organizations as organization_repo
from djplatform.features.accounts.repo import people
from djplatform.features.accounts.rules import TokenMoments
from djplatform.features.accounts.rules.api_tokens import MOST, PREFIX, SEEN_EVERY
from djplatform.features.accounts.service import brands, checks

_ENDING = 4


class TooManyApiTokens(Conflict):
    """There are as many tokens as one person may have."""


class ApiTokenOver(Conflict):
    """This token has expired. Please create another one."""


async def api_tokens(actor: Actor) -> Sequence[ApiTokenRow]:
    """Show one's own tokens, the newest first; revoked ones are gone.

    Raises:
        SignInRequired: nobody is signed in.
    """
    user_id = checks.signed_in(actor)
    async with unit(Scope.identity(user_id)) as tx:
        return [_row(token, name) for token, name in await repo.listed(tx, user_id)]


async def create_api_token(actor: Actor, cmd: CreateApiToken) -> IssuedApiToken:
    """Make a token for the organization in which the person works; a mail tells of it.

    Raises:
        InvalidInput: by field (name, role, days).
        TooManyApiTokens: there are twenty already.
        NotFound: the person belongs to no such organization any more.
    """
    user_id = checks.signed_in(actor)
    name = rules.clean_name(cmd.name)
    async with unit(Scope.identity(user_id, actor.organization_id)) as tx:
        held = await _membership(tx, actor)
        checks.require(
            name=checks.token_name_error(name),
            role=checks.ceiling_error(cmd.role, held.role),
            days=checks.life_error(cmd.days),
        )
        await _refuse_beyond_most(tx, user_id)
        token, secret = _new_token(user_id, held, name, cmd)
        await repo.add(tx, token)
        said = {"name": token.name, "role": token.role, "expires_at": token.expires_at}
        await _audit(tx, "accounts.create_api_token", token, said)
        await _tell(tx, token, rotated=False)
    return IssuedApiToken(token.id, name, secret)


async def _membership(tx: Tx, actor: Actor) -> Held:
    """What a new token shall stand on, as it is now."""
    user = await people.by_id(tx, actor.person)
    if user is None or user.suspended_at:
        raise SignInRequired
    for held in await organization_repo.held_by(tx, user.id):
        if held.organization_id == actor.organization_id:
            return held
    raise NotFound(t("Please choose the organization that the token shall work for."))


async def _refuse_beyond_most(tx: Tx, user_id: UUID) -> None:
    # Locked: of two clicks at once the second counts the first one's token.
    await repo.lock_person(tx, user_id)
    if await repo.count_live(tx, user_id, clock.now()) >= MOST:
        raise TooManyApiTokens(
            t("You have {n} tokens already. Please revoke one that you do not need.", n=MOST)
        )


def _new_token(user_id: UUID, held: Held, name: str, cmd: CreateApiToken) -> tuple[ApiToken, str]:
    secret, at = f"{PREFIX}{new_secret()}", clock.now()
    token = ApiToken(
        id=new_id(),
        user_id=user_id,
        organization_id=held.organization_id,
        name=name,
        role=cmd.role,
        ending=secret[-_ENDING:],
        token_hash=secret_hash(secret),
        created_at=at,
        rotated_at=at,
        expires_at=at + timedelta(days=int(cmd.days)),
    )
    return token, secret


async def _tell(tx: Tx, token: ApiToken, *, rotated: bool) -> None:
    """Let the person know, in case it was somebody else."""
    user = await people.by_id(tx, token.user_id)
    organization = await organization_repo.of(tx, token.organization_id)
    assert user is not None
    assert organization is not None
    brand = await organization_repo.brand(tx, organization.brand)
    await emit(
        tx,
        ApiTokenIssued(
            email=user.email,
            name=user.display_name,
            brand_name=brand.from_name,
            token_name=token.name,
            organization=organization.name,
            account_link=brands.address(brand.host, paths.ACCOUNT),
            rotated=rotated,
        ),
    )


async def rotate_api_token(actor: Actor, token_id: UUID, *, at_once: bool) -> IssuedApiToken:
    """Give a token a new secret, and again the life that it was made with.

    The secret of before counts for another day, or no longer when `at_once`. A mail tells of it.

    Raises:
        NotFound: no token of this person has that id.
        ApiTokenOver: it has expired.
    """
    user_id = checks.signed_in(actor)
    organization_id = await _organization_of(user_id, token_id)
    at, secret = clock.now(), f"{PREFIX}{new_secret()}"
    async with unit(Scope.identity(user_id, organization_id)) as tx:
        token = await _own(tx, user_id, token_id)
        if not rules.is_live(_moments(token), at):
            raise ApiTokenOver(t("This token has expired. Please create another one."))
        moments = rules.rotated(_moments(token), at, at_once=at_once)
        await repo.replace_secret(tx, token, secret_hash(secret), secret[-_ENDING:], moments)
        said = {"previous_until": moments.previous_until, "expires_at": moments.expires_at}
        await _audit(tx, "accounts.rotate_api_token", token, said)
        await _tell(tx, token, rotated=True)
        return IssuedApiToken(token.id, token.name, secret)


async def revoke_api_token(actor: Actor, token_id: UUID) -> None:
    """End a token, its present secret and the one before, from the next call on.

    Raises:
        NotFound: no token of this person has that id.
    """
    user_id = checks.signed_in(actor)
    organization_id = await _organization_of(user_id, token_id)
    async with unit(Scope.identity(user_id, organization_id)) as tx:
        token = await _own(tx, user_id, token_id)
        await repo.revoke(tx, token, clock.now())
        await _audit(tx, "accounts.revoke_api_token", token, {"name": token.name})


async def api_caller(secret: str) -> ApiCaller | None:
    """For whom a program calls that shows this secret, as things are now; None refuses it.

    Nothing is remembered between calls: whatever ends a token ends it for the next call. The
    role is the lesser of what the token may be and what the person is.
    """
    if not rules.looks_like_api_token(secret):
        return None
    token_hash, at = secret_hash(secret), clock.now()
    async with unit(Scope.identity()) as tx:
        found = await repo.by_hash(tx, token_hash)
        if found is None or not _counts(found.row, token_hash):
            return None
        token = found.row
        if token.seen_at is None or at >= token.seen_at + SEEN_EVERY:
            await repo.mark_seen(tx, token.id, at)
        role = rules.lesser(Role(token.role), found.membership)
        return ApiCaller(token.id, Actor(token.user_id, token.organization_id, role))


def _counts(token: ApiToken, token_hash: str) -> bool:
    present = token.token_hash == token_hash
    rule = rules.is_live if present else rules.previous_counts
    return rule(_moments(token), clock.now())


async def _organization_of(user_id: UUID, token_id: UUID) -> UUID:
    """Whose audit trail will tell of a change: the scope of the change has to say it first."""
    async with unit(Scope.identity(user_id)) as tx:
        return (await _own(tx, user_id, token_id)).organization_id


async def _own(tx: Tx, user_id: UUID, token_id: UUID) -> ApiToken:
    token = await repo.of_person(tx, user_id, token_id)
    if token is None:
        raise NotFound
    return token


async def _audit(tx: Tx, action: str, token: ApiToken, said: Mapping[str, object]) -> None:
    await audit(tx, action, subject_kind="api_token", subject_id=token.id, new=said)


def _moments(token: ApiToken) -> TokenMoments:
    return TokenMoments(token.rotated_at, token.expires_at, token.previous_until, token.revoked_at)


def _row(token: ApiToken, organization: str) -> ApiTokenRow:
    at, moments = clock.now(), _moments(token)
    return ApiTokenRow(
        id=token.id,
        name=token.name,
        ending=token.ending,
        organization=organization,
        role=Role(token.role),
        live=rules.is_live(moments, at),
        expires_at=token.expires_at,
        seen_at=token.seen_at,
        previous_until=token.previous_until if rules.previous_counts(moments, at) else None,
    )
