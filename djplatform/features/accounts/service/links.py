"""Links in mails: made, counted, and found again."""

from datetime import timedelta
from typing import Any

from djplatform.core import clock
from djplatform.core.crypto import new_secret, secret_hash
from djplatform.core.db import Tx
from djplatform.core.errors import NotFound
from djplatform.core.i18n import t
from djplatform.core.ids import new_id
from djplatform.features.accounts import rules
from djplatform.features.accounts.models import Token, User
from djplatform.features.accounts.repo import people
from djplatform.features.accounts.rules import Purpose

_HOUR = timedelta(hours=1)


class LinkNotValid(NotFound):
    """This link was used before, or is too old."""


async def make_link(tx: Tx, user: User, purpose: Purpose, *, brand: str, **carried: Any) -> str:
    """Keep a new link; its secret goes into the mail and nowhere else.

    `carried` is what a confirmation brings along: password hash, name and product of its sign-up.
    """
    secret, at = new_secret(), clock.now()
    token = Token(
        id=new_id(),
        user_id=user.id,
        purpose=purpose.value,
        token_hash=secret_hash(secret),
        brand=brand,
        created_at=at,
        expires_at=rules.expires(purpose, at),
        **carried,
    )
    await people.add_token(tx, token)
    return secret


async def mailed_enough(tx: Tx, user: User) -> bool:
    """Whether strangers have filled this mailbox enough within the last hour."""
    return await people.links_since(tx, user.id, clock.now() - _HOUR) >= rules.MAILS_AN_HOUR


async def open_link(tx: Tx, secret: str, purpose: Purpose) -> Token:
    """A link that may still be used, locked: of two clicks at once the second finds it used.

    Raises:
        LinkNotValid: used before, too old, or none of ours.
    """
    found = await people.open_token(tx, secret_hash(secret), purpose, clock.now())
    if found is None:
        raise not_valid()
    return found


def not_valid() -> LinkNotValid:
    """The refusal of a link, in the visitor's language."""
    return LinkNotValid(t("This link was used before, or is too old."))
