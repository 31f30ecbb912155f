"""Every query of mails. All of them run in the identity scope."""

from uuid import UUID

from sqlmodel import col, select, update

from djplatform.core import clock
from djplatform.core.db import Tx
from djplatform.features.notifications.models import MailRow


async def add(tx: Tx, mail: MailRow) -> None:
    """Keep a mail."""
    tx.session.add(mail)
    await tx.flush()


async def queued(tx: Tx, mail_id: UUID) -> MailRow | None:
    """The mail, if it still has to be sent."""
    query = select(MailRow).where(MailRow.id == mail_id, MailRow.status == "queued")
    return (await tx.session.execute(query)).scalar_one_or_none()


async def mark_sent(tx: Tx, mail_id: UUID, external_id: str) -> None:
    """Stamp it, and forget what it said."""
    await tx.session.execute(
        update(MailRow)
        .where(col(MailRow.id) == mail_id)
        .values(status="sent", external_id=external_id, sent_at=clock.now(), text="", html="")
    )


async def mark_failed(tx: Tx, mail_id: UUID, failure: str) -> None:
    """Note that the mail service will never take it, and forget what it said."""
    await tx.session.execute(
        update(MailRow)
        .where(col(MailRow.id) == mail_id)
        .values(status="failed", failure=failure, text="", html="")
    )
