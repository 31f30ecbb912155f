"""A tip from end to end: Stripe's SDK against the sandbox, and what arrives at our endpoints."""

import asyncio
import time
from urllib.parse import urlsplit

import pytest

from djplatform.core.errors import VendorRefused
from djplatform.core.money import Money
from djplatform.sandbox.stripe.delivery import signature
from djplatform.vendors.errors import LivemodeMismatch, SignatureRefused
from djplatform.vendors.stripe.port import CheckoutLook
from tests.sandbox.conftest import Bench, inputs

AT_ONCE = [
    "payment_intent.created",
    "charge.succeeded",
    "payment_intent.succeeded",
    "checkout.session.completed",
]
LATER = ["charge.updated", "transfer.created", "application_fee.created"]


@pytest.mark.feature("87/sandbox")
async def test_a_paid_checkout_tells_its_story_in_stripes_order(bench: Bench) -> None:
    session = await bench.checkout()
    assert (session.status, session.payment_status) == ("open", "unpaid")
    answer = await bench.pay(session)
    assert answer.status_code == 303
    assert answer.headers["location"] == f"http://tipjar.test/paid?s={session.session_id}"
    await bench.drain()
    assert bench.receiver.types() == AT_ONCE + LATER
    paid = await bench.stripe().retrieve_checkout(session.session_id)
    assert (paid.status, paid.payment_status) == ("complete", "paid")
    assert paid.amount == Money(500, "USD")
    told = bench.receiver.last("checkout.session.completed")["data"]["object"]
    assert told["client_reference_id"] == "pay_1"
    assert told["metadata"] == {"payment": "pay_1", "kind": "tip"}


async def test_what_settles_later_is_null_at_first(bench: Bench) -> None:
    await bench.pay(await bench.checkout())
    await bench.drain()
    first = bench.receiver.last("charge.succeeded")["data"]["object"]
    assert first["balance_transaction"] is None
    assert first["application_fee"] is None
    assert "transfer" not in first
    then = bench.receiver.last("charge.updated")["data"]
    assert then["previous_attributes"] == {"balance_transaction": None, "application_fee": None}
    assert then["object"]["balance_transaction"].startswith("txn_")
    assert then["object"]["transfer"].startswith("tr_")
    assert then["object"]["application_fee"].startswith("fee_")


async def test_a_charge_read_before_and_after_it_settles(bench: Bench) -> None:
    session = await bench.checkout()
    await bench.pay(session)
    charge_id = await bench.charge_of(session)
    early = await bench.stripe().retrieve_charge(charge_id)
    assert early.paid
    assert (early.balance, early.transferred, early.application_fee) == (None, None, None)
    assert early.fee_asked == Money(48, "USD")
    await bench.drain()
    charge = await bench.stripe().retrieve_charge(charge_id)
    # 5.00: Stripe takes 2.9 % + 0.30 of it from the platform, the payee gets 4.52.
    assert charge.balance
    assert charge.balance.fee == Money(45, "USD")
    assert charge.transferred == Money(500, "USD")
    assert charge.application_fee == Money(48, "USD")
    assert (charge.refunded, charge.reversed, charge.fee_refunded) == (Money(0, "USD"),) * 3
    told = bench.receiver.last("charge.updated")["data"]["object"]
    assert told["calculated_statement_descriptor"] == "TIPJAR* DJ TEST"
    entry = await bench.api("GET", f"/v1/balance_transactions/{charge.balance.transaction_id}")
    assert entry.json()["net"] == 455


async def test_the_platforms_balance_is_what_stays_with_it(bench: Bench) -> None:
    await bench.pay(await bench.checkout())
    await bench.drain()
    assert await bench.balance() == 48 - 45
    kinds = (await bench.api("GET", "/v1/balance_transactions")).json()["data"]
    assert {(one["type"], one["amount"]) for one in kinds} == {
        ("charge", 500),
        ("transfer", -500),
        ("application_fee", 48),
    }


@pytest.mark.feature("92/checkout")
async def test_the_page_wears_the_brand(bench: Bench) -> None:
    look = CheckoutLook("DJ Dash", button_color="#7c3aed", logo_url="https://cdn.test/logo.png")
    session = await bench.checkout(brand="djdash", look=look, title="Tip for <Jay>")
    page = (await bench.browser.get(urlsplit(session.url).path)).text
    assert "DJ Dash" in page
    assert ":root{--brand:#7c3aed;--on-brand:#ffffff}" in page
    assert ".pay{background:var(--brand);color:var(--on-brand)}" in page
    assert 'src="https://cdn.test/logo.png"' in page
    assert "Tip for &lt;Jay&gt;" in page
    assert "Pay $5.00" in page
    assert "Sandbox" in page
    assert "<script" not in page


async def test_a_declined_card_can_be_tried_again_and_keeps_what_was_typed(bench: Bench) -> None:
    session = await bench.checkout()
    answer = await bench.pay(session, number="4000 0000 0000 0002", name="Ana Fan")
    assert answer.status_code == 402
    assert "Your card was declined." in answer.text
    assert inputs(answer.text)["name"] == "Ana Fan"
    await bench.drain()
    assert bench.receiver.types() == [
        "payment_intent.created",
        "charge.failed",
        "payment_intent.payment_failed",
    ]
    assert (await bench.pay(session)).status_code == 303
    await bench.drain()
    assert bench.receiver.types()[3:] == [*AT_ONCE[1:], *LATER]


@pytest.mark.parametrize(
    ("field", "typed", "told"),
    [
        ("number", "4242", "Your card number is incomplete."),
        ("number", "4242424242424241", "Your card number is invalid."),
        ("number", "4111111111111111", "your request was in test mode"),
        ("expiry", "13 / 34", "expiration date is incomplete"),
        ("expiry", "01/20", "expiration date is in the past"),
        ("cvc", "12", "security code is incomplete"),
        ("email", "nobody", "Your email is incomplete."),
        ("number", "٤٢٤٢٤٢٤٢٤٢٤٢٤٢٤٢", "Your card number is incomplete."),
    ],
)
async def test_a_wrong_field_says_so_and_nothing_happens(
    bench: Bench, field: str, typed: str, told: str
) -> None:
    session = await bench.checkout()
    answer = await bench.pay(session, **{field: typed})
    assert answer.status_code == 402
    assert told.lower() in answer.text.replace("&#x27;", "'").lower()
    await bench.drain()
    assert bench.receiver.types() == []


async def test_3d_secure_passed(bench: Bench) -> None:
    session = await bench.checkout()
    answer = await bench.pay(session, number="4000002500003155")
    path = urlsplit(session.url).path
    assert answer.headers["location"] == path
    assert "3-D Secure" in (await bench.browser.get(path)).text
    done = await bench.browser.post(f"{path}/3ds", data={"answer": "complete"})
    assert done.headers["location"].startswith("http://tipjar.test/paid")
    await bench.drain()
    assert bench.receiver.types() == [
        "payment_intent.created",
        "payment_intent.requires_action",
        *AT_ONCE[1:],
        *LATER,
    ]


async def test_3d_secure_failed_leaves_the_checkout_open(bench: Bench) -> None:
    session = await bench.checkout()
    await bench.pay(session, number="4000002500003155")
    path = urlsplit(session.url).path
    failed = await bench.browser.post(f"{path}/3ds", data={"answer": "fail"})
    assert "unable to authenticate" in failed.text
    assert (await bench.stripe().retrieve_checkout(session.session_id)).status == "open"
    assert (await bench.pay(session)).status_code == 303


@pytest.mark.parametrize(
    ("succeeds", "ending", "status"), [(True, "succeeded", "paid"), (False, "failed", "unpaid")]
)
async def test_a_bank_debit_is_pending_until_decided(
    bench: Bench, succeeds: bool, ending: str, status: str
) -> None:
    session = await bench.checkout()
    assert (await bench.pay(session, method="us_bank_account")).status_code == 303
    await bench.drain()
    assert bench.receiver.types() == [
        "payment_intent.created",
        "payment_intent.processing",
        "charge.pending",
        "checkout.session.completed",
    ]
    pending = await bench.stripe().retrieve_checkout(session.session_id)
    assert (pending.status, pending.payment_status) == ("complete", "unpaid")
    assert session.session_id in (await bench.browser.get("/payments")).text
    answer = "succeed" if succeeds else "fail"
    path = f"/payments/{session.session_id}"
    assert (await bench.browser.post(path, data={"answer": answer})).status_code == 303
    assert (await bench.browser.post(path, data={"answer": answer})).status_code == 409
    await bench.drain()
    assert bench.receiver.types().count(f"checkout.session.async_payment_{ending}") == 1
    done = await bench.stripe().retrieve_checkout(session.session_id)
    assert done.payment_status == status


async def test_a_double_click_pays_once(bench: Bench) -> None:
    session = await bench.checkout()
    answers = await asyncio.gather(*(bench.pay(session) for _ in range(5)))
    assert {answer.status_code for answer in answers} == {303}
    assert (await bench.browser.get(urlsplit(session.url).path)).status_code == 303
    await bench.drain()
    assert bench.receiver.types() == AT_ONCE + LATER


async def test_going_back_and_an_expired_checkout(bench: Bench) -> None:
    session = await bench.checkout()
    path = urlsplit(session.url).path
    assert 'href="http://tipjar.test/t/dj-test"' in (await bench.browser.get(path)).text
    gone = await bench.stripe().expire_checkout(session.session_id)
    assert (gone.status, gone.url) == ("expired", "")
    late = await bench.browser.post(path, data={"email": "fan@example.com"})
    assert late.status_code == 410
    await bench.drain()
    assert bench.receiver.types() == ["checkout.session.expired"]


async def test_on_behalf_of_only_across_regions(bench: Bench) -> None:
    british = await bench.payee("tipjar", "GB")
    with pytest.raises(VendorRefused):
        await bench.checkout(destination=british, destination_country="US", key="wrong")
    await bench.checkout(destination=british, destination_country="GB", key="right")
    body = next(b for m, p, b in reversed(bench.guard.bodies) if p == "/v1/checkout/sessions")
    assert f"payment_intent_data[on_behalf_of]={british}".encode() in body
    await bench.checkout(key="home")
    assert b"on_behalf_of" not in bench.guard.bodies[-1][2]
    assert b"payment_method_types" not in bench.guard.bodies[-1][2]


@pytest.mark.feature("37/stripe")
async def test_webhooks_verify_with_the_brands_secrets_only(bench: Bench) -> None:
    await bench.pay(await bench.checkout())
    await bench.drain()
    hook = bench.receiver.hook("application_fee.created")
    header = hook.headers["stripe-signature"]
    event = bench.stripe().verify_snapshot(hook.raw, header)
    assert (event.type, event.livemode) == ("application_fee.created", False)
    assert str(event.object["id"]).startswith("fee_")
    with pytest.raises(SignatureRefused):
        bench.stripe("djdash").verify_snapshot(hook.raw, header)
    with pytest.raises(SignatureRefused):
        bench.stripe().verify_snapshot(hook.raw + b" ", header)
    with pytest.raises(SignatureRefused):
        bench.stripe().verify_snapshot(hook.raw, None)
    with pytest.raises(SignatureRefused):
        bench.stripe().verify_thin(hook.raw, header, ["whsec_tipjar_snapshot"])


@pytest.mark.feature("37/stripe")
@pytest.mark.parametrize("age", [301, -301])
async def test_a_signature_of_another_time_is_refused(bench: Bench, age: int) -> None:
    raw = b'{"id":"evt_1","object":"event","livemode":false}'
    header = signature(raw.decode(), ["whsec_tipjar_snapshot"], int(time.time()) - age)
    with pytest.raises(SignatureRefused):
        bench.stripe().verify_snapshot(raw, header)


@pytest.mark.feature("37/stripe")
@pytest.mark.parametrize("header", ["", "t=abc,v1=0", "v1=0", "t=1", "t=,v1=", "💥", "t=1,v0=00"])
async def test_a_broken_header_is_refused(bench: Bench, header: str) -> None:
    with pytest.raises(SignatureRefused):
        bench.stripe().verify_snapshot(b"{}", header)


async def test_an_event_of_the_other_mode_is_refused(bench: Bench) -> None:
    raw = '{"id":"evt_1","object":"event","livemode":true}'
    header = signature(raw, ["whsec_tipjar_snapshot"], int(time.time()))
    with pytest.raises(LivemodeMismatch):
        bench.stripe().verify_snapshot(raw.encode(), header)


@pytest.mark.feature("37/stripe")
async def test_a_rolled_secret_sends_two_signatures(bench: Bench) -> None:
    new = (await bench.control("webhooks/tipjar/snapshot/roll")).json()["secret"]
    await bench.pay(await bench.checkout())
    await bench.drain()
    hook = bench.receiver.hook("application_fee.created")
    header = hook.headers["stripe-signature"]
    assert header.count("v1=") == 2
    for secret in (new, "whsec_tipjar_snapshot"):
        assert bench.stripe().verify_snapshot(hook.raw, header, [secret, "whsec_other"]).event_id
