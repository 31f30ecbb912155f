"""Work of notifications without a person: sending, and mails about what happened elsewhere."""

from uuid import UUID

from djplatform.core.db import Tx
from djplatform.core.events import subscriber
from djplatform.core.jobs import job
from djplatform.features.accounts.dto import (
    ApiTokenIssued,
    ConfirmationAsked,
    KnownAddressSignedUp,
    PasswordChanged,
    ResetAsked,
)
from djplatform.features.notifications import letters, service
from djplatform.features.notifications.dto import Letter, QueueMail


@job("notifications.send_mail")
async def send_mail(mail_id: str) -> None:
    """Send one mail of the outbox."""
    await service.send_mail(UUID(mail_id))


@subscriber(ConfirmationAsked)
async def mail_confirmation(tx: Tx, event: ConfirmationAsked) -> None:
    """Ask for the confirmation of an address."""
    await _queue(tx, "accounts.confirm", event.email, event.brand_name, letters.confirmation(event))


@subscriber(KnownAddressSignedUp)
async def mail_known_address(tx: Tx, event: KnownAddressSignedUp) -> None:
    """Tell the owner of an account that somebody signed up with its address."""
    letter = letters.known_address(event)
    await _queue(tx, "accounts.known_address", event.email, event.brand_name, letter)


@subscriber(ResetAsked)
async def mail_reset(tx: Tx, event: ResetAsked) -> None:
    """Send the link to a new password."""
    await _queue(tx, "accounts.reset", event.email, event.brand_name, letters.reset(event))


@subscriber(PasswordChanged)
async def mail_password_changed(tx: Tx, event: PasswordChanged) -> None:
    """Tell the owner that the password was changed."""
    letter = letters.password_changed(event)
    await _queue(tx, "accounts.password_changed", event.email, event.brand_name, letter)


@subscriber(ApiTokenIssued)
async def mail_api_token(tx: Tx, event: ApiTokenIssued) -> None:
    """Tell the owner of the account that somebody has a new secret that counts."""
    kind = "accounts.api_token_rotated" if event.rotated else "accounts.api_token_created"
    await _queue(tx, kind, event.email, event.brand_name, letters.api_token(event))


async def _queue(tx: Tx, kind: str, to: str, brand_name: str, letter: Letter) -> None:
    await service.queue_mail(tx, QueueMail(kind=kind, to=to, brand_name=brand_name, letter=letter))
