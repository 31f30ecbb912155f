"""What an operator does by hand: look after events, and change what is charged.

All of it runs in the platform's own scope, which only the worker's login may take.
"""

from datetime import timedelta
from uuid import UUID

from djplatform.core import clock
from djplatform.core.audit import audit
from djplatform.core.db import Tx
from djplatform.core.errors import Conflict, NotFound
from djplatform.core.i18n import t
from djplatform.core.ids import new_id, parse_id
from djplatform.features.payments import rules
from djplatform.features.payments.dto import EventView, FeePlanView, NewFeePlan
from djplatform.features.payments.models import FeePlanRow, InboxEvent
from djplatform.features.payments.repo import accounts, inbox
from djplatform.features.payments.rules import BASIS, FeePlan
from djplatform.features.payments.service.events import defer_handling
from djplatform.features.payments.service.receiving import STALE_SECONDS

PROBLEMS_SHOWN = timedelta(days=30)
"""As long as the processor keeps events as well."""
_SAMPLE_CURRENCY = "USD"
"""In which a plan is looked at that is for every currency."""


async def events_in_need(tx: Tx) -> tuple[EventView, ...]:
    """Events that wait for too long, and those of the last 30 days that have a problem."""
    now = clock.now()
    late = now - timedelta(seconds=STALE_SECONDS)
    return tuple(_event(row) for row in await inbox.in_need(tx, late, now - PROBLEMS_SHOWN))


async def resend_event(tx: Tx, reference: str) -> tuple[EventView, ...]:
    """Have an event handled once more: by our id, or by the processor's (`evt_…`).

    Safe at any time: an event is applied to the state that its payment has.

    Raises:
        NotFound: no event has that id.
    """
    found = await inbox.find(tx, parse_id(reference), reference)
    if not found:
        raise NotFound(t("No event has this id."))
    for row in found:
        was = {"handled_at": row.handled_at, "problem": row.problem}
        await audit(tx, "payments.event_resent", subject_kind="event", subject_id=row.id, old=was)
        await inbox.reopen(tx, row.id)
        await defer_handling(tx, row.id, row.type, row.body["object"])
    return tuple(_event(row) for row in found)


def _event(row: InboxEvent) -> EventView:
    return EventView(
        row.id,
        row.account,
        row.external_id,
        row.type,
        row.received_at,
        row.handled_at is not None,
        row.problem,
    )


async def fee_plans(tx: Tx) -> tuple[FeePlanView, ...]:
    """Show every fee plan, drafts too."""
    return tuple(_plan(row) for row in await accounts.all_fee_plans(tx))


async def draft_fee_plan(tx: Tx, command: NewFeePlan) -> FeePlanView:
    """Write a fee plan down and show what it leaves to whom. It is not used before `activate`."""
    row = await accounts.add_fee_plan(tx, {"id": new_id(), **command.model_dump()})
    await audit(
        tx,
        "payments.fee_plan_drafted",
        subject_kind="fee_plan",
        subject_id=row.id,
        new=command.model_dump(mode="json"),
    )
    return _plan(row)


async def activate_fee_plan(tx: Tx, plan_id: UUID, *, override: str = "") -> FeePlanView:
    """Use a drafted plan from now on, or from its day; old payments keep what they were told.

    Args:
        tx: the transaction.
        plan_id: the draft.
        override: why a plan that loses money is wanted all the same.

    Raises:
        NotFound: no such plan.
        Conflict: it is active already.
        LosingPlan: the platform would lose money, and nobody said why.
    """
    row = next((row for row in await accounts.all_fee_plans(tx) if row.id == plan_id), None)
    if row is None:
        raise NotFound(t("No fee plan has this id."))
    if row.activated_at is not None:
        raise Conflict(t("This fee plan is active already."))
    plan = accounts.plan_of(row)
    rules.check_activation(plan, _currency(plan), override=bool(override))
    await accounts.activate_fee_plan(tx, plan_id, clock.now(), override or None)
    await audit(
        tx,
        "payments.fee_plan_activated",
        subject_kind="fee_plan",
        subject_id=plan_id,
        new={"override_reason": override},
    )
    await tx.session.refresh(row)
    return _plan(row)


def _currency(plan: FeePlan) -> str:
    return plan.currency or _SAMPLE_CURRENCY


def _plan(row: FeePlanRow) -> FeePlanView:
    plan = accounts.plan_of(row)
    chosen_by = (
        plan.organization_id,
        plan.tenant_plan,
        plan.source_type,
        plan.referrer,
        plan.product,
        plan.currency,
    )
    return FeePlanView(
        id=row.id,
        name=row.name,
        applies_to=", ".join(str(one) for one in chosen_by if one) or "everything",
        fee=_fee(plan),
        active=row.activated_at is not None,
        override_reason=row.override_reason or "",
        samples=rules.project(plan, _currency(plan)),
    )


def _fee(plan: FeePlan) -> str:
    parts = [f"{plan.percent_bp * 100 / BASIS:g} % + {plan.fixed_minor}"]
    if plan.min_minor:
        parts.append(f"at least {plan.min_minor}")
    if plan.max_minor is not None:
        parts.append(f"at most {plan.max_minor}")
    if plan.valid_from is not None:
        parts.append(f"from {plan.valid_from:%Y-%m-%d}")
    return ", ".join([*parts, f"borne by the {plan.payer.value}"])
