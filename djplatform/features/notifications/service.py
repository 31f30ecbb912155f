"""The mail outbox: written with the change, sent by a job, never twice."""

from uuid import UUID

from djplatform.core import clock
from djplatform.core.db import Scope, Tx, unit
from djplatform.core.errors import VendorRefused
from djplatform.core.ids import new_id
from djplatform.core.jobs import defer
from djplatform.features.notifications import repo, rules
from djplatform.features.notifications.dto import QueueMail
from djplatform.features.notifications.models import MailRow
from djplatform.settings import settings
from djplatform.vendors.resend.live import client
from djplatform.vendors.resend.port import Mail


async def queue_mail(tx: Tx, command: QueueMail) -> UUID:
    """Put a mail into the outbox, in the caller's transaction and in the identity scope."""
    letter = command.letter
    mail = MailRow(
        id=new_id(),
        kind=command.kind,
        sender=rules.sender(command.brand_name, settings().mail_from_domain),
        recipient=command.to,
        subject=letter.subject,
        text=rules.as_text(letter, command.brand_name),
        html=rules.as_html(letter, command.brand_name),
        created_at=clock.now(),
    )
    await repo.add(tx, mail)
    await defer(tx, "notifications.send_mail", mail_id=str(mail.id))
    return mail.id


async def send_mail(mail_id: UUID) -> None:
    """Hand one mail to the mail service.

    The mail's id is the key of idempotency: a job that died after the service took the mail
    sends nothing twice.

    Raises:
        VendorUnavailable: the queue tries again later.
    """
    async with unit(Scope.identity()) as tx:
        mail = await repo.queued(tx, mail_id)
    if mail is None:
        return
    try:
        external_id = await client().send(_message(mail), idempotency_key=str(mail.id))
    except VendorRefused as refusal:
        async with unit(Scope.identity()) as tx:
            await repo.mark_failed(tx, mail_id, refusal.message)
        return
    async with unit(Scope.identity()) as tx:
        await repo.mark_sent(tx, mail_id, external_id)


def _message(mail: MailRow) -> Mail:
    return Mail(
        sender=mail.sender,
        to=mail.recipient,
        subject=mail.subject,
        html=mail.html,
        text=mail.text,
        tags={"kind": mail.kind.replace(".", "-")},
    )
