"""The adapter of Resend against the simulated one, and the outbox that a person reads."""

from dataclasses import replace

import httpx
import pytest
import stamina

from djplatform.core.errors import VendorRefused, VendorUnavailable
from djplatform.vendors.resend.live import ResendLive
from djplatform.vendors.resend.port import Mail
from tests.sandbox.conftest import PUBLIC, RESEND_KEY, Bench

MAIL = Mail(
    sender="TipJar <hello@mail.example.com>",
    to="dj@example.com",
    subject="Confirm <your> e-mail",
    html='<p>Hi</p><a href="http://tipjar.test/confirm?t=1&amp;x=2">Confirm</a>',
    text="Confirm: http://tipjar.test/confirm?t=1&x=2.",
    tags={"kind": "verification"},
)


@pytest.fixture(autouse=True)
def no_waiting() -> None:
    stamina.set_testing(True, attempts=3)


def adapter(bench: Bench, key: str = RESEND_KEY) -> ResendLive:
    return ResendLive(key, base=f"{PUBLIC}/resend", transport=httpx.ASGITransport(bench.guard))


async def test_a_mail_arrives_in_the_outbox(bench: Bench) -> None:
    key = await adapter(bench).send(MAIL, idempotency_key="mail-1")
    listed = (await bench.browser.get("/mail.json", params={"to": "DJ@example.com"})).json()["data"]
    assert [one["id"] for one in listed] == [key]
    assert listed[0]["subject"] == MAIL.subject
    assert (await bench.browser.get("/mail.json?to=other@example.com")).json() == {"data": []}
    assert "Confirm &lt;your&gt; e-mail" in (await bench.browser.get("/mail")).text
    page = (await bench.browser.get(f"/mail/{key}")).text
    assert '<a href="http://tipjar.test/confirm?t=1&amp;x=2">' in page
    assert 'sandbox="allow-top-navigation-by-user-activation' in page
    assert "allow-scripts" not in page
    assert "allow-same-origin" not in page


async def test_the_same_key_sends_once(bench: Bench) -> None:
    first = await adapter(bench).send(MAIL, idempotency_key="k")
    assert await adapter(bench).send(MAIL, idempotency_key="k") == first
    assert len((await bench.browser.get("/mail.json")).json()["data"]) == 1


@pytest.mark.parametrize("when", ["before", "after"])
async def test_a_lost_answer_is_asked_for_again_and_sends_once(bench: Bench, when: str) -> None:
    await bench.control("fail", count=2, status=500, when=when, path="/emails")
    await adapter(bench).send(MAIL, idempotency_key="k")
    assert len((await bench.browser.get("/mail.json")).json()["data"]) == 1


async def test_what_will_pass_or_be_mended_is_worth_another_try(bench: Bench) -> None:
    with pytest.raises(VendorUnavailable):  # a wrong key loses no mail
        await adapter(bench, "re_wrong").send(MAIL, idempotency_key="k")
    for status in (429, 503):
        await bench.control("fail", count=9, status=status, path="/emails")
        with pytest.raises(VendorUnavailable):
            await adapter(bench).send(MAIL, idempotency_key="k")
    await bench.control("fail", count=0)
    assert await adapter(bench).send(MAIL, idempotency_key="k")


async def test_a_mail_that_will_never_be_taken_is_refused(bench: Bench) -> None:
    with pytest.raises(VendorRefused) as refused:
        await adapter(bench).send(replace(MAIL, to="nobody"), idempotency_key="k")
    assert "nobody" not in str(refused.value)
    assert (await bench.browser.get("/mail.json")).json() == {"data": []}
