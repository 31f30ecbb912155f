"""From the amount to the hosted checkout: the intent, the double click, coming back, faults."""

import asyncio
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from djplatform.core import clock
from djplatform.core.db import Scope, unit
from djplatform.core.errors import (
    Conflict,
    InvalidInput,
    NotFound,
    SignInRequired,
    VendorRefused,
    VendorUnavailable,
)
from djplatform.core.ids import new_id
from djplatform.core.money import Money
from djplatform.features.payments import service
from djplatform.features.payments.rules import PaymentStatus
from djplatform.features.payments.service import checkout
from djplatform.vendors.stripe.live import StripeLive


@pytest.mark.feature("81/closed", "B8/tip")
async def test_before_onboarding_the_page_says_kindly_that_payments_are_closed(stage):
    async with unit(stage.guest) as tx:
        readiness = await service.payment_readiness(tx, stage.world.a)
    assert not readiness.ready
    assert readiness.payer_text.startswith("Jay Martell cannot take payments here yet.")
    assert readiness.payee_text == "Set up payouts to take payments."
    with pytest.raises(service.PaymentsClosed, match="cannot take payments"):
        await stage.start()
    assert stage.db.rows("select id from payments") == []


@pytest.mark.feature("B8/tip")
async def test_the_price_is_said_before_paying_and_is_what_is_booked(stage):
    await stage.connect()
    async with unit(stage.guest) as tx:
        wanted = [(Money(500, "GBP"), False)]
        [said] = await service.quote_payments(tx, stage.world.a, "tip", wanted)
    assert (said.total.format(), said.net.format()) == ("£5.00", "£4.52")
    await stage.tip()
    await stage.settle()
    assert ("captured/payable", -said.net.minor) in stage.journal()
    assert ("captured/fees", -said.fee.minor) in stage.journal()


@pytest.mark.feature("B8/tip")
async def test_a_fan_may_cover_the_fee(stage):
    await stage.connect()
    payment = await stage.tip(500, covers_fee=True)
    await stage.settle()
    assert (payment.total.minor, payment.net.minor, payment.asked.minor) == (549, 500, 500)
    assert ("captured/payable", -500) in stage.journal()


@pytest.mark.feature(83, 92)
async def test_our_request_asks_for_a_destination_charge_with_our_fee_and_the_brands_look(stage):
    account = await stage.connect()
    payment = await stage.start(2000)
    await stage.open(payment)
    checkout_id = stage.row(payment)["checkout_id"]
    async with stage.sandbox.store.transaction() as rows:
        session = await rows.get("session", checkout_id)
    assert session["amount_total"] == 2000
    asked = session["_intent"]
    assert asked["application_fee_amount"] == "100"
    assert asked["transfer_data"] == {"destination": account}
    assert asked["statement_descriptor_suffix"] == "JAY MARTELL"
    assert asked["metadata"]["payment_id"] == str(payment.id)
    assert session["branding_settings"]["display_name"] == "TipJar"
    assert session["branding_settings"]["button_color"] == "#f2a33a"


async def test_a_double_click_makes_one_payment_and_one_checkout(stage):
    await stage.connect()
    tip = new_id()
    both = await asyncio.gather(*(stage.start(subject_id=tip) for _ in range(5)))
    assert len({payment.id for payment in both}) == 1
    links = await asyncio.gather(*(stage.open(both[0]) for _ in range(2)))
    assert len(set(links)) == 1
    assert len(stage.db.rows("select id from payments")) == 1


async def test_coming_back_from_the_checkout_finds_the_same_one(stage):
    await stage.connect()
    tip = new_id()
    first = await stage.start(subject_id=tip)
    link = await stage.open(first)
    again = await stage.start(subject_id=tip)
    assert again.id == first.id
    assert await stage.open(again) == link


async def test_another_amount_is_another_attempt_and_the_first_cannot_be_paid_any_more(stage):
    await stage.connect()
    tip = new_id()
    first = await stage.start(500, subject_id=tip)
    old_link = await stage.open(first)
    second = await stage.start(1000, subject_id=tip)
    assert second.id != first.id
    await stage.settle()
    assert (await stage.view(first)).status is PaymentStatus.EXPIRED
    assert (await stage.press_pay(old_link)).status_code == 410
    await stage.press_pay(await stage.open(second))
    await stage.settle()
    assert (await stage.view(second)).status is PaymentStatus.PAID
    assert stage.sold.words == ["expired", "paid"]


async def test_what_is_paid_is_not_begun_again(stage):
    await stage.connect()
    tip = new_id()
    first = await stage.tip(subject_id=tip)
    await stage.settle()
    again = await stage.start(subject_id=tip)
    assert (again.id, again.status) == (first.id, PaymentStatus.PAID)
    assert await stage.open(again) == f"http://tipjar.test/paid/{first.id}"


async def test_an_attempt_that_ran_out_is_followed_by_another(stage):
    await stage.connect()
    tip = new_id()
    first = await stage.start(subject_id=tip)
    stage.db.rows("update payments set expires_at = now() + interval '30 minutes'")
    second = await stage.start(subject_id=tip)
    assert second.id != first.id
    assert (await stage.press_pay(await stage.open(second))).status_code == 303


@pytest.mark.feature(89)
async def test_when_stripe_is_down_the_same_click_works_later(stage):
    await stage.connect()
    payment = await stage.start()
    await stage.control("fail", count=1, status=500, path="checkout/sessions")
    with pytest.raises(VendorUnavailable):
        await stage.open(payment)
    assert stage.row(payment)["checkout_id"] is None
    assert (await stage.press_pay(await stage.open(payment))).status_code == 303


@pytest.mark.feature(89)
async def test_when_only_the_answer_is_lost_there_is_still_one_checkout(stage):
    await stage.connect()
    payment = await stage.start()
    await stage.control("fail", count=1, status=500, path="checkout/sessions", when="after")
    with pytest.raises(VendorUnavailable):
        await stage.open(payment)
    await stage.press_pay(await stage.open(payment))
    await stage.settle()
    assert stage.sold.words == ["paid"]


@pytest.mark.feature(89)
async def test_a_failure_that_stripe_remembers_does_not_lock_the_payer_out(stage):
    """A key is answered for a day with what it was answered first, an error included."""
    await stage.connect()
    payment = await stage.start()
    await stage.control("fail", count=1, status=500, path="checkout/sessions", when="during")
    for _ in range(2):
        with pytest.raises(VendorUnavailable):
            await stage.open(payment)
    with time_machine.travel(clock.now() + timedelta(minutes=1)):
        assert (await stage.press_pay(await stage.open(payment))).status_code == 303
        await stage.settle()
    assert stage.sold.words == ["paid"]


async def test_a_double_click_over_the_turn_of_a_minute_leads_to_one_checkout(stage, monkeypatch):
    await stage.connect()
    payment = await stage.start()
    keys = iter(("first", "second"))
    monkeypatch.setattr(checkout, "_key", lambda _: next(keys))
    links = await asyncio.gather(*(stage.open(payment) for _ in range(2)))
    assert len(set(links)) == 1
    assert stage.row(payment)["checkout_url"] == links[0]


async def test_a_checkout_that_opens_after_another_attempt_began_is_closed(stage, monkeypatch):
    await stage.connect()
    tip, second = new_id(), []
    first = await stage.start(500, subject_id=tip)
    create = StripeLive.create_checkout

    async def slowly(self, order, **more):
        session = await create(self, order, **more)
        if not second:
            second.append(await stage.start(1000, subject_id=tip))
            await stage.drain_jobs()
        return session

    monkeypatch.setattr(StripeLive, "create_checkout", slowly)
    old_link = await stage.open(first)
    await stage.settle()
    assert (await stage.press_pay(old_link)).status_code == 410
    assert (await stage.view(first)).status is PaymentStatus.EXPIRED
    assert (await stage.press_pay(await stage.open(second[0]))).status_code == 303


async def test_an_attempt_without_a_checkout_ends_when_its_time_is_over(stage):
    await stage.connect()
    payment = await stage.start()
    await service.ask_processor(stage.world.a, payment.id)
    assert (await stage.view(payment)).status is PaymentStatus.CREATED
    stage.db.rows("update payments set expires_at = now()")
    for _ in range(2):
        await service.ask_processor(stage.world.a, payment.id)
    assert (await stage.view(payment)).status is PaymentStatus.EXPIRED
    assert stage.sold.words == ["expired"]


async def test_when_the_event_is_late_stripe_is_asked(stage):
    await stage.connect()
    payment = await stage.tip()
    await service.ask_processor(stage.world.a, payment.id)
    assert (await stage.view(payment)).status is PaymentStatus.PAID
    await stage.settle()
    assert stage.sold.words == ["paid"]
    assert [e["problem"] for e in stage.events() if e["problem"]] == []


async def test_what_stripe_answers_is_done_and_nothing_more(stage):
    await stage.connect()
    payment = await stage.start()
    await stage.open(payment)
    await stage.control("webhooks", paused=True)
    await service.ask_processor(stage.world.a, payment.id)  # it is still open
    assert (await stage.view(payment)).status is PaymentStatus.CREATED
    await service.close_checkout(stage.world.a, payment.id)
    for _ in range(2):
        await service.ask_processor(stage.world.a, payment.id)
    assert (await stage.view(payment)).status is PaymentStatus.EXPIRED
    assert stage.sold.words == ["expired"]
    await service.ask_processor(stage.world.a, new_id())


@pytest.mark.feature("88/alarm")
async def test_what_stripe_answers_late_is_held_against_what_was_agreed_too(stage):
    await stage.connect()
    payment = await stage.tip()
    stage.db.rows("update payments set total_minor = 600, net_minor = 552")
    await service.ask_processor(stage.world.a, payment.id)
    assert stage.row(payment)["alarm"] == "paid £5.00 instead of £6.00"
    assert (stage.row(payment)["status"], stage.sold.told) == ("created", [])


@pytest.mark.feature(89)
async def test_what_stripe_refuses_is_said_in_plain_words_and_leaves_nothing_half_done(stage):
    account = await stage.connect()
    payment = await stage.start()
    await stage.control(f"accounts/{account}", status="restricted")
    with pytest.raises(VendorRefused, match=r"Payments are not open yet|refused the request"):
        await stage.open(payment)
    row = stage.row(payment)
    assert (row["status"], row["checkout_id"], row["paid_at"]) == ("created", None, None)
    assert stage.journal() == []


async def test_a_refusal_that_is_not_about_the_account_asks_for_no_account(stage):
    await stage.connect()
    payment = await stage.start()
    await stage.control("fail", count=1, status=400, path="checkout/sessions")
    with pytest.raises(VendorRefused):
        await stage.open(payment)
    assert stage.db.rows("select id from procrastinate.procrastinate_jobs") == []
    assert await stage.open(payment)


async def test_what_was_heard_to_be_paid_is_no_news_that_is_under_way(stage):
    await stage.connect()
    payment = await stage.tip()
    here, device = stage.world.a, stage.world.device
    assert await service.checkout_complete(here, device, payment.id)
    await stage.settle()
    assert not await service.checkout_complete(here, device, payment.id)


async def test_an_unknown_payment_is_neither_complete_nor_shown(stage):
    await stage.connect()
    payment = await stage.start()
    here, device = stage.world.a, stage.world.device
    assert not await service.checkout_complete(here, device, payment.id), "it has no checkout yet"
    assert not await service.checkout_complete(here, device, new_id())
    async with unit(Scope.public()) as tx:
        with pytest.raises(NotFound):
            await service.payment_status(tx, payment.id)


@pytest.mark.feature("81/lost")
async def test_an_account_that_closed_unheard_is_looked_at_again(stage):
    account = await stage.connect()
    payment = await stage.start()
    await stage.control("webhooks", paused=True)
    await stage.control(f"accounts/{account}", status="restricted")
    with pytest.raises(VendorRefused, match="the payment account is not ready"):
        await stage.open(payment)
    await stage.drain_jobs()
    with pytest.raises(service.PaymentsClosed):
        await stage.start()


@pytest.mark.parametrize(
    ("minor", "currency", "says"),
    [(29, "GBP", "smallest amount that can be paid is £0.30"), (500, "USD", "takes GBP")],
)
async def test_amounts_that_stripe_would_refuse_are_refused_by_field(stage, minor, currency, says):
    await stage.connect()
    with pytest.raises(InvalidInput, match=says) as refused:
        await stage.start(minor, currency=currency)
    assert list(refused.value.fields) == ["amount"]


@pytest.mark.feature("83/nothing-left")
async def test_an_amount_that_the_fee_eats_up_is_refused_by_field(stage):
    await stage.connect()
    with pytest.raises(InvalidInput, match="nothing of it is left for Jay Martell") as refused:
        await stage.start(31)
    assert list(refused.value.fields) == ["amount"]
    assert stage.db.rows("select id from payments") == []
    assert (await stage.start(32)).net.minor == 1


async def test_another_device_neither_sees_nor_takes_over_a_payment(stage):
    await stage.connect()
    tip = new_id()
    payment = await stage.start(subject_id=tip)
    other = new_id()
    with pytest.raises(NotFound):
        await stage.open(payment, device=other)
    with pytest.raises(Conflict, match="another device"):
        await stage.start(subject_id=tip, scope=Scope.guest(stage.world.a, other))
    async with unit(Scope.guest(stage.world.a, other)) as tx:
        with pytest.raises(NotFound):
            await service.payment_status(tx, payment.id)


async def test_a_payer_needs_a_device(stage):
    await stage.connect()
    with pytest.raises(SignInRequired, match="cookie"):
        await stage.start(scope=Scope.of(stage.world.owner))


async def test_an_unknown_organization_is_not_found(stage):
    with pytest.raises(NotFound):
        await stage.start(scope=Scope.guest(new_id(), new_id()))


LATER = (
    "status = 'paid', paid_at = now()",
    "total_minor = 1, net_minor = 1, fee_minor = 0",
    "destination = 'acct_mine'",
    "processor_cost_minor = 0",
    "organization_id = gen_random_uuid()",
)


@pytest.mark.feature("B81/payments")
@pytest.mark.parametrize("change", LATER)
@pytest.mark.parametrize("who", ["guest", "owner", "outsider"])
async def test_nobody_but_a_job_moves_a_payment_on(stage, change, who):
    await stage.connect()
    payment = await stage.start()
    before = stage.row(payment)
    scope = stage.guest if who == "guest" else Scope.of(getattr(stage.world, who))
    with pytest.raises(DBAPIError, match="permission denied"):
        async with unit(scope) as tx:
            await tx.session.execute(text(f"update payments set {change}"))
    assert stage.row(payment) == before


@pytest.mark.feature("B81/payments")
async def test_a_guest_cannot_begin_with_a_later_state_or_for_another_organization(stage):
    await stage.connect()
    payment = await stage.start()
    copied = (
        "device_id, brand, kind, subject_id, attempt, title, payee_name, currency, asked_minor, "
        "total_minor, fee_minor, net_minor, plan, destination, destination_country, return_url, "
        "cancel_url, look, created_at, expires_at"
    )
    values = {key: value for key, value in stage.row(payment).items() if key in copied.split(", ")}
    marks = ", ".join(f":{key}" for key in values)
    insert = (
        f"insert into payments (organization_id, id, {', '.join(values)}{{more}}) "
        f"values (:org, gen_random_uuid(), {marks}{{value}})"
    )
    values |= {"plan": "{}", "look": "{}", "attempt": 9}
    for organization, more, value, says in (
        (stage.world.a, ", status", ", 'paid'", "permission denied"),
        (stage.world.b, "", "", "row-level security"),
    ):
        with pytest.raises(DBAPIError, match=says):
            async with unit(stage.guest) as tx:
                await tx.session.execute(
                    text(insert.format(more=more, value=value)), values | {"org": organization}
                )
    assert len(stage.db.rows("select id from payments")) == 1


async def test_members_see_their_payments_but_not_what_is_the_platforms_or_the_payers(stage):
    await stage.connect()
    payment = await stage.tip()
    await stage.settle()
    async with unit(Scope.of(stage.world.mate)) as tx:
        assert (await service.payment_status(tx, payment.id)).status is PaymentStatus.PAID
    for column in ("processor_cost_minor", "device_id", "checkout_url", "alarm"):
        with pytest.raises(DBAPIError, match="permission denied"):
            async with unit(Scope.of(stage.world.mate)) as tx:
                await tx.session.execute(text(f"select {column} from payments"))
    async with unit(Scope.member(stage.world.outsider.user_id, stage.world.a)) as tx:
        with pytest.raises(NotFound):
            await service.payment_status(tx, payment.id)
