"""Work of payments without a person. Every job may run twice."""

from uuid import UUID

from djplatform.core.jobs import job
from djplatform.features.payments import service


@job("payments.handle_event")
async def handle_event(*, event_id: str) -> None:
    """Handle one webhook of the inbox."""
    await service.handle_event(UUID(event_id))


@job("payments.refresh_account")
async def refresh_account(*, organization_id: str, brand: str) -> None:
    """Fetch a connected account after the processor said that it changed."""
    await service.refresh_account(UUID(organization_id), brand)


@job("payments.close_checkout")
async def close_checkout(*, organization_id: str, payment_id: str) -> None:
    """Close a checkout that another attempt has replaced."""
    await service.close_checkout(UUID(organization_id), UUID(payment_id))


@job("payments.ask_processor")
async def ask_processor(*, organization_id: str, payment_id: str) -> None:
    """Ask what became of a checkout whose event is late."""
    await service.ask_processor(UUID(organization_id), UUID(payment_id))
