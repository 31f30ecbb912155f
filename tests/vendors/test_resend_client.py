"""The mail service's client: what it sends, and what becomes of a mail that is not taken."""

import json
from collections.abc import Awaitable, Callable

import httpx
import pytest

from djplatform.core.errors import VendorUnavailable
from djplatform.vendors.errors import Refusal
from djplatform.vendors.resend import live
from djplatform.vendors.resend.live import ResendLive
from djplatform.vendors.resend.port import Mail

MAIL = Mail("TipJar <hi@tipjar.live>", "jay@example.com", "Hello", "<p>Hi</p>", "Hi")


def speaking(answer: Callable[[httpx.Request], httpx.Response]) -> ResendLive:
    transport = httpx.MockTransport(answer)
    return ResendLive("re_1", base="https://mail.test", attempts=1, transport=transport)


def send(client: ResendLive, mail: Mail = MAIL) -> Awaitable[str]:
    return client.send(mail, idempotency_key="mail-1")


async def test_a_mail_goes_out_with_its_key_and_only_with_the_tags_that_it_has() -> None:
    seen: list[httpx.Request] = []

    def take(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json={"id": "m_1"})

    client = speaking(take)
    assert await send(client) == "m_1"
    tagged = Mail(MAIL.sender, MAIL.to, MAIL.subject, MAIL.html, MAIL.text, {"kind": "reset"})
    await send(client, tagged)
    await client.aclose()
    first, second = (json.loads(request.content) for request in seen)
    assert "tags" not in first
    assert second["tags"] == [{"name": "kind", "value": "reset"}]
    assert seen[0].headers["idempotency-key"] == "mail-1"
    assert seen[0].headers["authorization"] == "Bearer re_1"


@pytest.mark.parametrize("status", [401, 403, 409, 429, 500, 503])
async def test_what_we_or_they_can_mend_loses_no_mail(status: int) -> None:
    with pytest.raises(VendorUnavailable):
        await send(speaking(lambda _: httpx.Response(status, json={})))


async def test_no_answer_loses_no_mail() -> None:
    def silent(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectTimeout("no answer", request=request)

    with pytest.raises(VendorUnavailable):
        await send(speaking(silent))


async def test_a_message_that_is_never_taken_is_refused_with_the_reason_for_the_log() -> None:
    why = {"name": "validation_error", "message": "Invalid `to` field."}
    with pytest.raises(Refusal, match="refused this message") as refused:
        await send(speaking(lambda _: httpx.Response(422, json=why)))
    assert "Invalid `to` field" in refused.value.detail
    assert "jay@example.com" not in refused.value.message


async def test_one_client_a_process(monkeypatch: pytest.MonkeyPatch, environment) -> None:
    environment(DJP_RESEND_KEY="re_2")
    live.client.cache_clear()
    assert live.client() is live.client()
    await live.client().aclose()
