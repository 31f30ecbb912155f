"""Connected accounts: Accounts v2, single-use links, the onboarding page, thin events."""

from urllib.parse import urlsplit

import pytest
import time_machine

from djplatform.core import clock
from djplatform.core.errors import VendorRefused
from djplatform.vendors.stripe.port import Capability
from tests.sandbox.conftest import Bench

BACK = {"return_url": "http://tipjar.test/back", "refresh_url": "http://tipjar.test/again"}


async def _account(bench: Bench) -> str:
    made = await bench.stripe().create_account(
        idempotency_key="account-1", email="dj@example.com", country="US", name="DJ Test"
    )
    return made.account_id


async def _visit(bench: Bench, account: str, key: str = "link-1") -> str:
    """Open a fresh link as a browser; returns the path of the onboarding page."""
    link = await bench.stripe().account_link(account, idempotency_key=key, **BACK)
    entered = await bench.browser.get(urlsplit(link.url).path)
    return entered.headers["location"]


@pytest.mark.feature("79/adapter")
async def test_a_new_account_asks_for_transfers_and_cards(bench: Bench) -> None:
    stripe = bench.stripe()
    made = [
        await stripe.create_account(
            idempotency_key="organization-7", email="dj@example.com", country="GB", name="DJ Test"
        )
        for _ in range(2)
    ]
    assert made[0] == made[1], "a second click continues, it does not create another"
    status = made[0]
    assert status.account_id.startswith("acct_")
    assert {status.transfers, status.card_payments, status.payouts} == {Capability.RESTRICTED}
    assert status.requirements_due
    assert status.past_due
    assert not status.ready
    _, _, body = bench.guard.bodies[0]
    assert b'"country": "gb"' in body
    assert b'"dashboard": "express"' in body
    assert b'"stripe_transfers": {"requested": true}' in body
    assert b'"card_payments": {"requested": true}' in body


@pytest.mark.feature("80/sandbox")
async def test_onboarding_with_test_details_opens_payments(bench: Bench) -> None:
    account = await _account(bench)
    page = await _visit(bench, account)
    assert "Complete with test details" in (await bench.browser.get(page)).text
    done = await bench.browser.post(page, data={"choice": "test"})
    assert done.headers["location"] == BACK["return_url"]
    status = await bench.stripe().retrieve_account(account)
    assert status.ready
    assert status.card_payments is status.payouts is Capability.ACTIVE
    assert status.requirements_due == ()
    await bench.drain()
    assert bench.receiver.types("thin") == [
        "v2.core.account.created",
        "v2.core.account[requirements].updated",
        "v2.core.account[configuration.recipient].capability_status_updated",
        "v2.core.account[configuration.recipient].capability_status_updated",
        "v2.core.account[configuration.merchant].capability_status_updated",
        "v2.core.account_link.returned",
    ]


async def test_a_thin_event_names_the_account_and_nothing_more(bench: Bench) -> None:
    account = await bench.payee()
    await bench.drain()
    hook = bench.receiver.got[-1]
    assert "data" not in hook.event
    event = bench.stripe().verify_thin(hook.raw, hook.headers["stripe-signature"])
    assert (event.related_id, event.related_type) == (account, "v2.core.account")
    fetched = await bench.api("GET", f"/v2/core/events/{event.event_id}")
    assert fetched.json()["data"] == {"updated_capability": "card_payments"}


@pytest.mark.feature("80/sandbox")
async def test_a_link_works_once_and_for_five_minutes(bench: Bench) -> None:
    account = await _account(bench)
    link = await bench.stripe().account_link(account, idempotency_key="a", **BACK)
    assert link.url not in repr(link)
    path = urlsplit(link.url).path
    assert (await bench.browser.get(path)).headers["location"].startswith("/onboarding/visit/")
    assert (await bench.browser.get(path)).headers["location"] == BACK["refresh_url"]
    late = await bench.stripe().account_link(account, idempotency_key="b", **BACK)
    with time_machine.travel(clock.now().timestamp() + 301):
        answer = await bench.browser.get(urlsplit(late.url).path)
    assert answer.headers["location"] == BACK["refresh_url"]


@pytest.mark.feature("80/sandbox")
async def test_leaving_unfinished_returns_without_payments(bench: Bench) -> None:
    account = await _account(bench)
    page = await _visit(bench, account)
    left = await bench.browser.post(page, data={"choice": "leave"})
    assert left.headers["location"] == BACK["return_url"]
    assert not (await bench.stripe().retrieve_account(account)).ready


async def test_what_is_missing_is_said_by_field_and_the_rest_kept(bench: Bench) -> None:
    page = await _visit(bench, await _account(bench))
    answer = await bench.browser.post(page, data={"choice": "submit", "surname": "O'Hara"})
    assert answer.status_code == 422
    assert answer.text.count("Please fill this in.") == 3
    assert "O&#x27;Hara" in answer.text


async def test_a_restricted_account_takes_no_payments_until_it_is_complete_again(
    bench: Bench,
) -> None:
    account = await bench.payee()
    page = await _visit(bench, account)
    await bench.browser.post(page, data={"choice": "restrict"})
    status = await bench.stripe().retrieve_account(account)
    assert status.transfers is Capability.RESTRICTED
    assert status.requirements_due
    with pytest.raises(VendorRefused) as refused:
        await bench.checkout(destination=account)
    assert "not ready" in str(refused.value)
    await bench.drain()
    assert bench.receiver.types("thin").count("v2.core.account[requirements].updated") == 2


async def test_accounts_of_another_brand_do_not_exist(bench: Bench) -> None:
    account = await bench.payee("tipjar")
    with pytest.raises(VendorRefused):
        await bench.stripe("djdash").retrieve_account(account)
    with pytest.raises(VendorRefused):
        await bench.checkout(brand="djdash", destination=account)


async def test_express_needs_the_platform_to_bear_fees_and_losses(bench: Bench) -> None:
    body = {"dashboard": "express", "identity": {"country": "us"}, "configuration": {}}
    answer = await bench.api("POST", "/v2/core/accounts", json=body)
    assert answer.status_code == 400
    assert answer.json()["error"]["code"].startswith("account_controller_express_dash")
