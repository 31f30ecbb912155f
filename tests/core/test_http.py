"""The hardened HTTP client: what it refuses, what it repeats, what it leaves alone."""

import httpx
import pytest
import stamina

from djplatform.core import http
from djplatform.core.db import VendorCallInsideUnit, uow


class Script(httpx.AsyncBaseTransport):
    """Answers by a list of statuses; 0 is a broken connection."""

    def __init__(self, *statuses: int) -> None:
        self.statuses = list(statuses)
        self.requests: list[httpx.Request] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        status = self.statuses.pop(0) if self.statuses else 200
        if status == 0:
            raise httpx.ConnectError("broken")
        return httpx.Response(status, text=str(status), headers={"location": "http://b.test/"})


@pytest.fixture(autouse=True)
def no_waiting():
    stamina.set_testing(True, attempts=3)


async def test_a_safe_request_is_repeated() -> None:
    script = Script(503, 0, 200)
    async with http.client(transport=script) as client:
        answer = await client.get("http://a.test/")
    assert (answer.status_code, len(script.requests)) == (200, 3)


async def test_the_last_failure_is_given_back() -> None:
    async with http.client(transport=Script(500, 502, 503)) as client:
        answer = await client.get("http://a.test/")
        assert (answer.status_code, answer.text) == (503, "503")
    async with http.client(transport=Script(0, 0, 0)) as client:
        with pytest.raises(httpx.ConnectError):
            await client.get("http://a.test/")


async def test_a_post_is_repeated_only_with_an_idempotency_key() -> None:
    script = Script(503, 200)
    async with http.client(transport=script) as client:
        assert (await client.post("http://a.test/", json={})).status_code == 503
        script.statuses = [503, 200]
        keyed = await client.post("http://a.test/", json={"a": 1}, headers={"Idempotency-Key": "k"})
    assert keyed.status_code == 200
    assert script.requests[-1].content == script.requests[-2].content == b'{"a":1}'


async def test_a_refusal_is_not_repeated_and_a_redirect_not_followed() -> None:
    script = Script(404, 302)
    async with http.client(transport=script) as client:
        assert (await client.get("http://a.test/")).status_code == 404
        assert (await client.get("http://a.test/")).status_code == 302
    assert len(script.requests) == 2


async def test_no_call_inside_an_open_unit() -> None:
    script = Script()
    token = uow._open_unit.set(True)
    try:
        async with http.client(transport=script) as client:
            with pytest.raises(VendorCallInsideUnit):
                await client.get("http://a.test/")
    finally:
        uow._open_unit.reset(token)
    assert script.requests == []


def _guarded(script: Script, *addresses: str) -> httpx.AsyncClient:
    async def resolver(host: str, port: int) -> list[str]:
        return list(addresses)

    transport = http.GuardedTransport(script, public_only=True, resolver=resolver)
    return httpx.AsyncClient(transport=transport)


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.0.0.8", "192.168.1.1", "172.16.0.1", "169.254.169.254", "0.0.0.0", "::1",
     "fe80::1%eth0", "fd00::1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "224.0.0.1",
     "100.64.0.1"],
)  # fmt: skip
async def test_private_addresses_are_refused(address: str) -> None:
    script = Script()
    async with _guarded(script, "93.184.216.34", address) as client:
        with pytest.raises(http.PrivateAddress):
            await client.get("http://innocent.test/")
    assert script.requests == []


async def test_the_judged_address_is_the_one_that_is_connected_to() -> None:
    script = Script()
    async with _guarded(script, "93.184.216.34") as client:
        await client.get("https://a.test:8443/x?y=1")
    sent = script.requests[0]
    assert str(sent.url) == "https://93.184.216.34:8443/x?y=1"
    assert sent.headers["host"] == "a.test:8443"
    assert sent.extensions["sni_hostname"] == "a.test"


@pytest.mark.parametrize("url", ["ftp://a.test/", "unix://a.test/"])
async def test_only_the_web_is_called(url: str) -> None:
    script = Script()
    async with _guarded(script, "93.184.216.34") as client:
        with pytest.raises(http.PrivateAddress):
            await client.get(url)
    assert script.requests == []


async def test_a_name_is_asked_of_the_system() -> None:
    assert "127.0.0.1" in await http.resolve("localhost", 80)
    with pytest.raises(httpx.ConnectError, match="cannot be resolved"):
        await http.resolve("fe80::1%no-such-interface", 80)
