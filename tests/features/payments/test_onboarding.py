"""The payee's account: one ever, its state read anew, and back to off."""

import asyncio
from urllib.parse import urlsplit

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from djplatform.core.actor import ANONYMOUS
from djplatform.core.db import Scope, unit
from djplatform.core.errors import (
    InvalidInput,
    PermissionDenied,
    SignInRequired,
    VendorRefused,
    VendorUnavailable,
)
from djplatform.features.payments import service
from djplatform.features.payments.dto import StartOnboarding
from djplatform.features.payments.service import gateway
from djplatform.vendors.errors import VendorOff

COMMAND = StartOnboarding(return_url="http://tipjar.test/r", refresh_url="http://tipjar.test/f")


async def status(stage):
    async with unit(Scope.of(stage.world.owner)) as tx:
        return await service.account_status(tx, stage.world.owner)


async def returned(stage):
    async with unit(Scope.of(stage.world.owner)) as tx:
        return await service.onboarding_returned(tx, stage.world.owner)


@pytest.mark.feature(79, 80)
async def test_the_first_click_opens_an_account_and_the_second_goes_on_with_it(stage):
    links = [await service.start_onboarding(stage.world.owner, COMMAND) for _ in range(3)]
    assert len(set(links)) == 3, "links are single use"
    assert all(urlsplit(link).path.startswith("/onboarding/") for link in links)
    assert len(stage.db.rows("select external_id from connected_accounts")) == 1
    refs = stage.db.rows("select account, organization_id from external_refs")
    assert refs == [{"account": "tipjar", "organization_id": stage.world.a}]
    audit = stage.db.rows("select actor_user_id from audit_log where action like 'payments.%%'")
    assert audit == [{"actor_user_id": stage.world.owner.user_id}]


@pytest.mark.feature(79)
async def test_the_account_asks_for_transfers_and_card_payments_with_the_express_dashboard(stage):
    account_id = await stage.connect(active=False)
    async with stage.sandbox.store.transaction() as rows:
        account = await rows.get("account", account_id)
    assert account["dashboard"] == "express"
    assert account["contact_email"] == "owner@example.com"
    capabilities = account["configuration"]
    assert "stripe_transfers" in str(capabilities["recipient"])
    assert "card_payments" in str(capabilities["merchant"])


@pytest.mark.feature(79)
async def test_clicks_at_the_same_moment_make_one_account(stage):
    await asyncio.gather(
        *(service.start_onboarding(stage.world.owner, COMMAND) for _ in range(3)),
        return_exceptions=True,
    )
    await service.start_onboarding(stage.world.owner, COMMAND)
    assert len(stage.db.rows("select id from connected_accounts")) == 1
    assert len(stage.db.rows("select external_id from external_refs")) == 1


@pytest.mark.feature(79, 89)
async def test_a_click_that_died_after_stripe_had_answered_is_finished_by_the_next(stage):
    await stage.control("fail", count=1, status=500, path="core/accounts", when="after")
    with pytest.raises(VendorUnavailable):
        await service.start_onboarding(stage.world.owner, COMMAND)
    assert stage.db.rows("select external_id from connected_accounts") == [{"external_id": None}]
    await service.start_onboarding(stage.world.owner, COMMAND)
    await stage.settle()
    refs = stage.db.rows("select external_id from external_refs")
    events = stage.events("v2.core.account.created")
    assert [ref["external_id"] for ref in refs] == [e["body"]["object"]["id"] for e in events]


@pytest.mark.feature(80, 81)
async def test_onboarding_from_start_to_open(stage):
    assert (await status(stage)).state == "none"
    account = await stage.connect(active=False)
    await stage.settle()
    assert (await returned(stage)).state in {"started", "waiting", "checking"}
    await stage.settle()
    waiting = await status(stage)
    assert waiting.state in {"waiting", "checking"}
    await stage.control(f"accounts/{account}", status="active")
    await stage.settle()
    done = await status(stage)
    assert (done.state, done.transfers, done.card_payments) == ("ready", "active", "active")
    assert done.text == "Payments are open."


@pytest.mark.feature(81)
async def test_an_account_may_go_back_to_off_and_payments_close(stage):
    account = await stage.connect()
    await stage.start()
    await stage.control(f"accounts/{account}", status="restricted")
    await stage.settle()
    assert (await status(stage)).state in {"waiting", "checking"}
    with pytest.raises(service.PaymentsClosed, match="cannot take payments"):
        await stage.start()
    await stage.control(f"accounts/{account}", status="active")
    await stage.settle()
    await stage.start()


@pytest.mark.feature(81)
async def test_the_thin_event_is_fetched_again_when_stripe_was_down(stage):
    account = await stage.connect(active=False)
    await stage.settle()
    await stage.control(f"accounts/{account}", status="active")
    await stage.deliver()
    await stage.control("fail", count=1, status=503, path="core/accounts")
    with pytest.raises(VendorUnavailable):
        await service.refresh_account(stage.world.a, "tipjar")
    await service.refresh_account(stage.world.a, "tipjar")
    assert (await status(stage)).state == "ready"


async def test_without_a_country_nothing_is_opened(stage):
    stage.db.rows("update organizations set country = null where id = %s", stage.world.a)
    with pytest.raises(InvalidInput, match="country") as refused:
        await service.start_onboarding(stage.world.owner, COMMAND)
    assert list(refused.value.fields) == ["country"]
    assert stage.db.rows("select id from connected_accounts") == []


def move_to(stage, country: str, currency: str) -> None:
    stage.db.rows(
        "update organizations set country = %s, currency = %s where id = %s",
        country,
        currency,
        stage.world.a,
    )


@pytest.mark.feature("79/country")
async def test_a_country_that_was_refused_can_be_corrected(stage):
    move_to(stage, "US", "USD")
    await stage.control("fail", count=1, status=400, path="core/accounts")
    with pytest.raises(VendorRefused):
        await service.start_onboarding(stage.world.owner, COMMAND)
    move_to(stage, "GB", "GBP")
    await service.start_onboarding(stage.world.owner, COMMAND)
    [account] = stage.db.rows("select country, external_id from connected_accounts")
    async with stage.sandbox.store.transaction() as rows:
        opened = await rows.get("account", account["external_id"])
    assert (account["country"], opened["identity"]["country"]) == ("GB", "gb")


@pytest.mark.feature("79/country", "81/closed")
async def test_an_account_of_another_country_takes_no_payments(stage):
    """Stripe's accounts cannot move: the payee would be paid in another currency."""
    await stage.connect()
    move_to(stage, "US", "USD")
    await service.start_onboarding(stage.world.owner, COMMAND)
    assert stage.db.rows("select country from connected_accounts") == [{"country": "GB"}]
    with pytest.raises(service.PaymentsClosed):
        await stage.start(currency="USD")
    said = await status(stage)
    assert (said.state, "another country (GB)" in said.text) == ("waiting", True)
    move_to(stage, "GB", "GBP")
    assert (await status(stage)).state == "ready"
    await stage.start()


async def test_an_account_is_fetched_by_one_job_at_a_time(stage):
    """Of two answers at once the older one could be written last."""
    await stage.connect()
    await returned(stage)
    await returned(stage)
    [job] = stage.db.rows("select lock, queueing_lock from procrastinate.procrastinate_jobs")
    assert job["lock"] == job["queueing_lock"] == f"refresh-{stage.world.a}-tipjar"
    await stage.drain_jobs()


@pytest.mark.parametrize("role", ["mate", "viewer"])
async def test_only_an_owner_or_admin_connects(stage, role):
    with pytest.raises(PermissionDenied):
        await service.start_onboarding(getattr(stage.world, role), COMMAND)
    assert stage.db.rows("select id from connected_accounts") == []


async def test_nobody_connects_without_an_account(stage):
    with pytest.raises(SignInRequired):
        await service.start_onboarding(ANONYMOUS, COMMAND)


@pytest.mark.feature("B81/payments")
@pytest.mark.parametrize("role", ["mate", "viewer"])
async def test_the_database_checks_the_role_too(stage, role):
    for call in (
        "select app.claim_connected_account()",
        "select app.record_connected_account(gen_random_uuid(), 'acct_mine')",
    ):
        with pytest.raises(DBAPIError, match="owner or admin"):
            async with unit(Scope.of(getattr(stage.world, role))) as tx:
                await tx.session.execute(text(call))
    assert stage.db.rows("select id from connected_accounts") == []


@pytest.mark.feature("B81/payments")
async def test_the_destination_is_written_once_and_never_by_a_member(stage):
    account = await stage.connect()
    row = stage.db.rows("select id from connected_accounts")[0]["id"]
    attacks = [
        (Scope.of(stage.world.owner), f"'{row}'::uuid", "already known"),
        (Scope.of(stage.world.outsider), f"'{row}'::uuid", "no rows|no data"),
    ]
    for scope, target, says in attacks:
        with pytest.raises(DBAPIError, match=says):
            async with unit(scope) as tx:
                await tx.session.execute(
                    text(
                        f"select app.record_connected_account({target}, 'acct_mine')".replace(
                            "::", "\\:\\:"
                        )
                    )
                )
    for scope in (Scope.of(stage.world.owner), stage.guest):
        with pytest.raises(DBAPIError, match="permission denied"):
            async with unit(scope) as tx:
                await tx.session.execute(text("update connected_accounts set ready = true"))
    rows = stage.db.rows("select external_id from connected_accounts")
    assert rows == [{"external_id": account}]


@pytest.mark.feature(85)
async def test_each_brand_speaks_with_its_own_key(stage):
    await stage.connect()
    await stage.connect(stage.world.outsider)
    refs = stage.db.rows("select account, organization_id from external_refs order by account")
    assert refs == [
        {"account": "djdash", "organization_id": stage.world.b},
        {"account": "tipjar", "organization_id": stage.world.a},
    ]


async def test_coming_back_without_an_account_says_what_to_do(stage):
    assert (await returned(stage)).state == "none"
    assert stage.db.rows("select id from procrastinate.procrastinate_jobs") == []


async def test_before_the_first_answer_onboarding_is_just_begun(stage):
    await service.start_onboarding(stage.world.owner, COMMAND)
    assert (await status(stage)).state == "started"
    async with unit(stage.guest) as tx:
        readiness = await service.payment_readiness(tx, stage.world.a)
    assert readiness.payee_text.startswith("Finish setting up payouts")


async def test_a_finished_form_is_checked_by_stripe(stage):
    await stage.connect()
    stage.db.rows("update connected_accounts set ready = false, requirements_due = '[]'")
    assert (await status(stage)).state == "checking"


async def test_without_a_country_or_a_key_payments_are_closed_with_a_reason(stage, monkeypatch):
    await stage.connect()

    async def reason() -> str:
        async with unit(Scope.of(stage.world.owner)) as tx:
            return (await service.payment_readiness(tx, stage.world.a)).payee_text

    assert await reason() == ""

    def off(brand: str) -> None:
        raise VendorOff("Stripe", "KEY")

    monkeypatch.setattr(gateway, "client", off)
    assert await reason() == "Payments are switched off on this server."
    stage.db.rows("update organizations set country = null where id = %s", stage.world.a)
    assert await reason() == "Choose your country first."
