"""What an operator does from the command line, with the worker's login, as the platform."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import asdict
from typing import Any
from uuid import UUID

from djplatform.core.db import Scope, Tx, databases, unit
from djplatform.features.ledger.service import PLATFORM
from djplatform.features.payments import service as payments
from djplatform.features.payments.dto import EventView, FeePlanView, NewFeePlan
from djplatform.settings import settings
from djplatform.worker import load_jobs


async def events() -> dict[str, Any]:
    """The events that somebody should look at."""
    async with _platform() as tx:
        return _told(await payments.events_in_need(tx))


async def resend(reference: str) -> dict[str, Any]:
    """Have an event handled once more; raises NotFound."""
    async with _platform() as tx:
        return _told(await payments.resend_event(tx, reference))


def _told(found: tuple[EventView, ...]) -> dict[str, Any]:
    return {"events": [asdict(event) for event in found]}


async def fee_plans() -> dict[str, Any]:
    """Every fee plan with its figures."""
    async with _platform() as tx:
        return {"plans": [_figures(plan) for plan in await payments.fee_plans(tx)]}


async def draft_fee_plan(**given: Any) -> dict[str, Any]:
    """Draft a fee plan; raises pydantic's ValidationError by field."""
    async with _platform() as tx:
        return _figures(await payments.draft_fee_plan(tx, NewFeePlan(**given)))


async def activate_fee_plan(plan: UUID, override: str) -> dict[str, Any]:
    """Activate a draft; raises NotFound, Conflict or LosingPlan."""
    async with _platform() as tx:
        return _figures(await payments.activate_fee_plan(tx, plan, override=override))


def _figures(plan: FeePlanView) -> dict[str, Any]:
    """A plan as plain texts, each sample as who pays, takes and keeps what."""
    samples = [
        {
            "asked": one.asked.format(),
            "payer": one.total.format(),
            "processor": one.processor_cost.format(),
            "platform": one.platform_net.format(),
            "payee": one.payee_net.format(),
        }
        for one in plan.samples
    ]
    return {
        "id": str(plan.id),
        "name": plan.name,
        "applies_to": plan.applies_to,
        "fee": plan.fee,
        "active": plan.active,
        "override_reason": plan.override_reason,
        "samples": samples,
    }


@asynccontextmanager
async def _platform() -> AsyncGenerator[Tx]:
    load_jobs()
    databases.configure(worker=settings().worker_url.get_secret_value(), pool_size=2)
    try:
        async with unit(Scope.system(PLATFORM)) as tx:
            yield tx
    finally:
        await databases.close()
