"""Signing up and confirming the address."""

from djplatform.core import clock
from djplatform.core.crypto import hash_password
from djplatform.core.db import Scope, Tx, unit
from djplatform.core.events import emit
from djplatform.core.ids import new_id
from djplatform.features.accounts import paths, rules
from djplatform.features.accounts.dto import (
    NEUTRAL,
    AskMail,
    Client,
    ConfirmationAsked,
    KnownAddressSignedUp,
    OpenedSession,
    PendingLink,
    SignUp,
)
from djplatform.features.accounts.models import User
from djplatform.features.accounts.repo import organizations as organization_repo
from djplatform.features.accounts.repo import people
from djplatform.features.accounts.rules import Purpose
from djplatform.features.accounts.service import brands, checks
from djplatform.features.accounts.service.links import mailed_enough, make_link, open_link
from djplatform.features.accounts.service.opening import open_session


async def sign_up(cmd: SignUp) -> None:
    """Begin an account; the mail says how to go on.

    The answer is the same whether the address has an account or not: only the mail, which its
    owner reads, differs. For a confirmed account nothing is made.

    Raises:
        InvalidInput: by field (name, email, password).
    """
    password = cmd.password.get_secret_value()
    checks.require(
        name=checks.name_error(cmd.name),
        email=checks.email_error(cmd.email),
        password=checks.password_error(password, email=cmd.email, words=(cmd.name, cmd.brand)),
    )
    hashed = await hash_password(password)
    async with unit(Scope.identity()) as tx:
        user = await _person(tx, cmd)
        if await mailed_enough(tx, user):
            return
        if user.email_verified_at is not None:
            await _tell_owner(tx, user, cmd)
        else:
            await _send_confirmation(tx, user, cmd, hashed)


async def _person(tx: Tx, cmd: SignUp) -> User:
    email = rules.clean_email(cmd.email)
    assert email is not None
    new = User(
        id=new_id(),
        email=email,
        display_name=rules.clean_name(cmd.name),
        product_context=cmd.product,
        created_at=clock.now(),
    )
    await people.add_if_new(tx, new)
    found = await people.by_email(tx, email)
    assert found is not None
    return found


async def _tell_owner(tx: Tx, user: User, cmd: SignUp) -> None:
    visited = await organization_repo.brand(tx, cmd.brand)
    home = await organization_repo.brand(tx, user.product_context or NEUTRAL)
    await emit(
        tx,
        KnownAddressSignedUp(
            email=user.email,
            name=user.display_name,
            brand_name=visited.from_name,
            account_brand_name=home.name,
            log_in_link=brands.address(home.host, paths.LOG_IN),
            reset_link=brands.address(home.host, paths.FORGOT),
        ),
    )
    # Counted like a link, so that nobody can fill a stranger's mailbox this way either.
    await make_link(tx, user, Purpose.RESET, brand=cmd.brand)


async def _send_confirmation(tx: Tx, user: User, cmd: SignUp, hashed: str) -> None:
    secret = await make_link(
        tx,
        user,
        Purpose.CONFIRM,
        brand=cmd.brand,
        password_hash=hashed,
        display_name=rules.clean_name(cmd.name),
        product_context=cmd.product,
    )
    await _emit_confirmation(tx, user, rules.clean_name(cmd.name), cmd.brand, cmd.site, secret)


async def _emit_confirmation(
    tx: Tx, user: User, name: str, brand_key: str, site: str, secret: str
) -> None:
    brand = await organization_repo.brand(tx, brand_key)
    await emit(
        tx,
        ConfirmationAsked(
            email=user.email,
            name=name,
            brand_name=brand.from_name,
            link=f"{site}{paths.confirm(secret)}",
        ),
    )


async def resend_confirmation(cmd: AskMail) -> None:
    """Send the confirmation again, with a new link. Unknown addresses are answered alike.

    Raises:
        InvalidInput: by field (email).
    """
    checks.require(email=checks.email_error(cmd.email))
    async with unit(Scope.identity()) as tx:
        user = await people.by_email(tx, rules.clean_email(cmd.email) or "")
        if user is None or user.email_verified_at is not None or await mailed_enough(tx, user):
            return
        last = await people.latest_confirmation(tx, user.id)
        if last is None:
            return
        secret = await make_link(
            tx,
            user,
            Purpose.CONFIRM,
            brand=cmd.brand,
            password_hash=last.password_hash,
            display_name=last.display_name,
            product_context=last.product_context,
        )
        name = last.display_name or user.display_name
        await _emit_confirmation(tx, user, name, cmd.brand, cmd.site, secret)


async def peek_confirmation(token: str) -> PendingLink:
    """What a confirmation link is about; looking at it uses nothing up.

    Mail programs open links to check them, so opening one must not consume it.

    Raises:
        LinkNotValid: used before, too old, or none of ours.
    """
    async with unit(Scope.identity()) as tx:
        found = await open_link(tx, token, Purpose.CONFIRM)
        user = await people.by_id(tx, found.user_id)
        assert user is not None
        return PendingLink(user.email, found.display_name or user.display_name)


async def confirm(token: str, client: Client) -> OpenedSession:
    """Use a confirmation link: the account counts, its organization is founded, it is signed in.

    Raises:
        LinkNotValid: used before, too old, or none of ours.
    """
    async with unit(Scope.identity()) as tx:
        user_id = (await open_link(tx, token, Purpose.CONFIRM)).user_id
    async with unit(Scope.identity(user_id)) as tx:
        # Locked and looked at again: of two clicks at once the second finds it used.
        found = await open_link(tx, token, Purpose.CONFIRM)
        user = await people.by_id(tx, user_id)
        assert user is not None
        at = clock.now()
        user.email_verified_at = user.email_verified_at or at
        user.display_name = found.display_name or user.display_name
        user.product_context = found.product_context
        assert found.password_hash is not None  # every confirmation brings one along
        await people.keep_password(tx, user_id, found.password_hash, at)
        await tx.flush()
        await people.use_up_tokens(tx, user_id, at)
        await organization_repo.found(
            tx,
            owner_id=user_id,
            new_id=new_id(),
            product=user.product_context,
            title=user.display_name,
            base=rules.slug_base(user.display_name),
            at=at,
        )
        return await open_session(tx, user, client)
