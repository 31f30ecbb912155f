"""Jobs of notifications."""

from uuid import UUID

from djplatform.core.jobs import job
from djplatform.features.notifications import service


@job("notifications.send_mail")
async def send_mail(mail_id: str) -> None:
    """Send one mail of the outbox."""
    await service.send_mail(UUID(mail_id))
