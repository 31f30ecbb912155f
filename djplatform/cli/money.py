"""Commands about money: events that were not handled, and what is charged."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from pydantic import ValidationError

from djplatform.cli import engines
from djplatform.cli.options import DataDir, Json
from djplatform.cli.preparation import CannotStartError
from djplatform.cli.tools import database, result

_COLUMNS = {
    "asked": "asked",
    "payer": "payer pays",
    "processor": "processor takes",
    "platform": "platform keeps",
    "payee": "payee gets",
}
Found = Mapping[str, Any]


def resend_event(event: str = "", *, data_dir: DataDir = None, json: Json = False) -> int:
    """Have an event of the payment provider handled once more.

    Without one it lists the events that wait for too long or had a problem.

    Parameters
    ----------
    event
        Its id, the provider's (evt_…) or ours.
    """

    def work() -> dict[str, object]:
        if event:
            return engines.report(engines.RESEND, reference=event)
        return engines.report(engines.EVENTS)

    def told(found: Found) -> Iterator[str]:
        yield from map(_event_line, found["events"])
        if event:
            yield "The worker handles it in a moment."
        elif not found["events"]:
            yield "Every event is handled."

    with database(data_dir):
        return result(work, json=json, told=told)


def _event_line(event: Found) -> str:
    state = event["problem"] or ("handled" if event["handled"] else "waits")
    received = f"{event['received_at']:%Y-%m-%d %H:%M}"
    return f"{event['external_id']}  {event['brand']}  {event['type']}  {received}  {state}"


def fee_plans(*, data_dir: DataDir = None, json: Json = False) -> int:
    """Show every fee plan, and what it leaves to whom at 1, 5, 20 and 100."""

    def told(found: Found) -> Iterator[str]:
        for plan in found["plans"]:
            yield from _plan_lines(plan)

    with database(data_dir):
        return result(lambda: engines.report(engines.FEE_PLANS), json=json, told=told)


def draft_fee_plan(
    name: str,
    *,
    percent: Decimal,
    fixed: int = 0,
    least: int = 0,
    most: int | None = None,
    payer: Literal["payee", "fan", "split"] = "payee",
    product: str | None = None,
    tenant_plan: str | None = None,
    organization: UUID | None = None,
    source: str | None = None,
    referrer: str | None = None,
    currency: str | None = None,
    valid_from: datetime | None = None,
    data_dir: DataDir = None,
    json: Json = False,
) -> int:
    """Write a fee plan down, and see what it leaves to whom before it is used.

    What is not named it applies to all of. Amounts are in minor units: 30 is 0.30.

    Parameters
    ----------
    name
        For people; payments keep it.
    percent
        Of what the payer pays, such as 3.5.
    fixed
        Added to that.
    least
        The fee is never less.
    most
        The fee is never more.
    payer
        On whose side the fee falls.
    product
        The brand, such as tipjar.
    tenant_plan
        Of white-label tenants with this licence.
    organization
        Agreed with one organization, by its id.
    source
        What is sold, such as tip.
    referrer
        Who brought the payer: platform, payee or affiliate.
    currency
        Of payments in it, such as USD.
    valid_from
        Not before this day.
    """
    given = {
        "name": name,
        "percent_bp": _basis_points(percent),
        "fixed_minor": fixed,
        "min_minor": least,
        "max_minor": most,
        "payer": payer,
        "product": product,
        "tenant_plan": tenant_plan,
        "organization_id": organization,
        "source_type": source,
        "referrer": referrer,
        "currency": currency,
        "valid_from": valid_from.astimezone() if valid_from else None,
    }

    def work() -> dict[str, object]:
        try:
            return engines.report(engines.DRAFT_FEE_PLAN, **given)
        except ValidationError as wrong:
            raise CannotStartError(_sentences(wrong)) from wrong

    def told(plan: Found) -> Iterator[str]:
        yield from _plan_lines(plan)
        yield f"To use it: djplatform activate-fee-plan {plan['id']}"

    with database(data_dir):
        return result(work, json=json, told=told)


def _basis_points(percent: Decimal) -> int:
    points = percent * 100
    if points != points.to_integral_value():
        raise CannotStartError("A percentage has two decimals at most, like 3.5 or 2.75.")
    return int(points)


def _sentences(wrong: ValidationError) -> str:
    found = (f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in wrong.errors())
    return "; ".join(found)


def activate_fee_plan(
    plan: UUID, *, override: str = "", data_dir: DataDir = None, json: Json = False
) -> int:
    """Use a drafted fee plan from now on; payments that were begun keep theirs.

    A plan with which the platform loses money is refused, unless somebody says why it is wanted.

    Parameters
    ----------
    plan
        The id that draft-fee-plan printed.
    override
        Why a losing plan is wanted.
    """

    def work() -> dict[str, object]:
        return engines.report(engines.ACTIVATE_FEE_PLAN, plan=plan, override=override)

    with database(data_dir):
        return result(work, json=json, told=_plan_lines)


def _plan_lines(plan: Found) -> Iterator[str]:
    state = "active" if plan["active"] else "draft"
    yield f"{plan['name']} ({state}): {plan['fee']}, for {plan['applies_to']}"
    yield f"  {plan['id']}"
    if plan["override_reason"]:
        yield f"  loses money on purpose: {plan['override_reason']}"
    yield from (f"  {line}" for line in _table(plan["samples"]))


def _table(samples: Iterable[Mapping[str, str]]) -> list[str]:
    rows = [list(_COLUMNS.values()), *([one[name] for name in _COLUMNS] for one in samples)]
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    return ["  ".join(f"{cell:>{w}}" for cell, w in zip(row, widths, strict=True)) for row in rows]


COMMANDS = (resend_event, fee_plans, draft_fee_plan, activate_fee_plan)
