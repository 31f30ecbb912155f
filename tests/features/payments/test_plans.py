"""The fee plans that the revisions bring, and who may see which."""

from dataclasses import replace

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from djplatform.core import clock
from djplatform.core.db import Scope, unit
from djplatform.core.ids import new_id
from djplatform.core.money import Money
from djplatform.features.ledger.service import PLATFORM
from djplatform.features.payments import rules, service
from djplatform.features.payments.repo import accounts
from djplatform.features.payments.rules import Sale, SourceType


async def plans_of(scope: Scope) -> dict[str, rules.FeePlan]:
    async with unit(scope) as tx:
        return {plan.name: plan for plan in await accounts.fee_plans(tx)}


def agree(stage, **fields) -> None:
    fields = {
        "id": new_id(),
        "name": "agreed",
        "percent_bp": 100,
        "activated_at": clock.now(),
        **fields,
    }
    names = ", ".join(fields)
    marks = ", ".join(["%s"] * len(fields))
    stage.db.rows(f"insert into fee_plans ({names}) values ({marks})", *fields.values())


@pytest.mark.feature("83", "105", "C1/tip")
@pytest.mark.parametrize(
    ("product", "tenant_plan", "percent", "fixed"),
    [
        ("tipjar", None, 350, 30),
        ("djdash", None, 350, 30),
        ("m10dj", None, 350, 30),
        ("neutral", None, 350, 30),
        ("tipjar", "basic", 2000, 0),
        ("neutral", "pro", 2000, 0),
        ("neutral", "enterprise", 2000, 0),
        ("neutral", "self_hosted", 0, 0),
    ],
)
async def test_the_seeded_rows_of_tips(world, product, tenant_plan, percent, fixed):
    plans = await plans_of(Scope.guest(world.a, world.device))
    sale = Sale(product, world.a, SourceType.TIP, "USD", clock.now(), tenant_plan)
    chosen = rules.choose(plans.values(), sale)
    assert (chosen.percent_bp, chosen.fixed_minor) == (percent, fixed)


@pytest.mark.feature("105")
async def test_what_nothing_is_agreed_for_is_refused_rather_than_free(world):
    plans = await plans_of(Scope.guest(world.a, world.device))
    for source in (SourceType.COURSE, SourceType.TICKET):
        with pytest.raises(rules.NoFeePlan):
            rules.choose(plans.values(), Sale("tipjar", world.a, source, "USD", clock.now()))


@pytest.mark.feature("B15")
async def test_no_losing_plan_is_active_without_an_override(stage):
    rows = stage.db.rows(
        "select name, override_reason from fee_plans where activated_at is not null"
    )
    plans = await plans_of(stage.guest)
    assert len(rows) == len(plans) == 8
    for row in rows:
        plan, reason = plans[row["name"]], row["override_reason"]
        rules.check_activation(plan, "USD", override=reason is not None)
        if reason is not None:
            with pytest.raises(rules.LosingPlan):
                rules.check_activation(plan, "USD", override=False)


@pytest.mark.feature("105")
async def test_a_changed_plan_never_touches_an_old_payment(stage):
    await stage.connect()
    old = await stage.tip()
    agree(stage, organization_id=stage.world.a)
    new = await stage.tip()
    await stage.settle()
    assert (old.fee.minor, new.fee.minor) == (48, 5)
    stage.db.rows("update fee_plans set percent_bp = 9000")
    frozen = [stage.row(payment)["plan"] for payment in (old, new)]
    assert [(plan["percent_bp"], plan["fixed_minor"]) for plan in frozen] == [(350, 30), (100, 0)]
    assert [stage.row(payment)["fee_minor"] for payment in (old, new)] == [48, 5]


async def test_a_draft_is_not_used(stage):
    agree(stage, name="draft", organization_id=stage.world.a, activated_at=None)
    assert "draft" not in await plans_of(stage.guest)


async def test_an_agreement_is_seen_by_its_organization_only(stage):
    agree(stage, organization_id=stage.world.a)
    world = stage.world
    for scope in (stage.guest, Scope.of(world.owner), Scope.system(world.a)):
        assert "agreed" in await plans_of(scope)
    for scope in (
        Scope.guest(world.b, world.device),
        Scope.of(world.outsider),
        Scope.system(world.b),
    ):
        assert "agreed" not in await plans_of(scope)


@pytest.mark.parametrize("who", ["guest", "owner", "system"])
async def test_nobody_changes_a_plan(stage, who):
    scopes = {
        "guest": stage.guest,
        "owner": Scope.of(stage.world.owner),
        "system": Scope.system(stage.world.a),
    }
    for change in ("update fee_plans set percent_bp = 0", "delete from fee_plans"):
        with pytest.raises(DBAPIError, match="permission denied"):
            async with unit(scopes[who]) as tx:
                await tx.session.execute(text(change))


@pytest.mark.feature("B81/payments")
async def test_only_the_platforms_own_jobs_draft_and_activate(stage):
    add = "insert into fee_plans (id, name, percent_bp{more}) values (gen_random_uuid(), 'x', 0{v})"
    tenant, ours = Scope.system(stage.world.a), Scope.system(PLATFORM)
    agree(stage, name="draft", activated_at=None)
    before = stage.db.rows("select * from fee_plans order by id")
    attacks = [
        (tenant, add.format(more="", v=""), "row-level security"),
        (ours, add.format(more=", activated_at", v=", now()"), "permission denied"),
        (ours, "update fee_plans set percent_bp = 0", "permission denied"),
        (ours, "delete from fee_plans", "permission denied"),
        (stage.guest, add.format(more="", v=""), "permission denied"),
        (Scope.of(stage.world.owner), add.format(more="", v=""), "permission denied"),
    ]
    for scope, attack, says in attacks:
        with pytest.raises(DBAPIError, match=says):
            async with unit(scope) as tx:
                await tx.session.execute(text(attack))
    async with unit(tenant) as tx:
        await tx.session.execute(text("update fee_plans set activated_at = now()"))
    assert stage.db.rows("select * from fee_plans order by id") == before
    async with unit(ours) as tx:  # a draft, and nothing that is active already
        await tx.session.execute(text("update fee_plans set activated_at = '2000-01-01'"))
    after = stage.db.rows("select name from fee_plans where activated_at = '2000-01-01'")
    assert after == [{"name": "draft"}]


async def test_quotes_of_a_whole_price_list(stage):
    wanted = [(Money(500, "GBP"), False), (Money(500, "GBP"), True)]
    async with unit(stage.guest) as tx:
        quotes = await service.quote_payments(tx, stage.world.a, "tip", wanted)
    assert [(q.total.minor, q.fee.minor, q.net.minor) for q in quotes] == [
        (500, 48, 452),
        (549, 49, 500),
    ]
    assert service.least_charge("GBP") == Money(30, "GBP")


def test_a_plan_that_takes_everything_is_still_a_plan():
    plan = replace(rules.FeePlan(new_id(), "x", 10_000), fixed_minor=1)
    assert rules.fee_on(plan, Money(5, "USD")) == Money(5, "USD")
