"""What happens by itself in the sandbox: expiry, settlement, webhooks."""

import asyncio

import structlog

from djplatform.sandbox.core import Sandbox, seconds
from djplatform.sandbox.stripe import delivery, payments, sessions

_log = structlog.get_logger(__name__)
_IDLE = 0.5
_FOREVER = 4e12


async def tick(sandbox: Sandbox) -> int:
    """Do all that is due now; returns how many webhooks were tried."""
    async with sandbox.store.transaction() as rows:
        await sessions.expire_due(rows)
        await payments.settle_due(sandbox, rows, seconds())
    return await delivery.deliver_due(sandbox)


async def drain(sandbox: Sandbox, *, rounds: int = 20) -> None:
    """Do all that is waiting, as if its time had come; for tests and the impatient.

    Deliveries that are refused again and again are left to the loop after `rounds`.
    """
    for _ in range(rounds):
        async with sandbox.store.transaction() as rows:
            await payments.settle_due(sandbox, rows, _FOREVER)
        if not await delivery.deliver_due(sandbox, until=_FOREVER):
            return


async def run(sandbox: Sandbox) -> None:
    """Work until cancelled. A failure is logged and the work goes on: the queue is kept."""
    while True:
        sandbox.wake.clear()
        try:
            await tick(sandbox)
        except Exception:  # noqa: BLE001 (the loop must outlive any one failure)
            _log.exception("sandbox.tick_failed")
        await _sleep_until_next(sandbox)


async def _sleep_until_next(sandbox: Sandbox) -> None:
    async with sandbox.store.transaction() as rows:
        due = await rows.next_due(("delivery", payments.SETTLEMENT))
    wait = _IDLE if due is None else min(_IDLE, max(0.05, due - seconds()))
    try:
        await asyncio.wait_for(sandbox.wake.wait(), wait)
    except TimeoutError:
        return
