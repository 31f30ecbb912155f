"""Limits on consoles' sockets."""

import asyncio

import pytest

from djplatform.core.limits import limits
from djplatform.ui.limits_guard import LimitsGuard
from tests.ui.web_site import browser, make_site


@pytest.fixture(autouse=True)
async def settings_of_one_test(environment):
    environment()
    await limits.reset()
    yield
    await limits.reset()


def scope(kind: str, path: str = "/_event/", address: str = "10.0.0.1") -> dict:
    return {"type": kind, "path": path, "headers": [], "method": "GET", "client": (address, 1)}


class Held:
    """An app whose requests stay open until `release`."""

    def __init__(self) -> None:
        self.release = asyncio.Event()
        self.inside = 0

    async def __call__(self, scope, receive, send):
        self.inside += 1
        await self.release.wait()


async def call(guard, scope) -> list[dict]:
    sent: list[dict] = []

    async def receive():
        return {"type": "websocket.connect"}

    async def send(message):
        sent.append(message)

    await guard(scope, receive, send)
    return sent


async def entered(app: Held, number: int) -> None:
    while app.inside < number:
        await asyncio.sleep(0)


async def test_pages_pass_untouched():
    app = Held()
    app.release.set()
    assert await call(LimitsGuard(app), scope("http", "/healthz")) == []
    assert app.inside == 1


@pytest.mark.feature("40/api")
async def test_the_api_is_limited_for_each_person_and_says_when_to_come_back(environment):
    environment(DJP_LIMIT_API="3 per minute")
    async with browser(make_site()) as client:
        owner, viewer = ({"Cookie": f"sid={who}"} for who in ("owner", "viewer"))
        before = [(await client.get("/api/thing", headers=owner)).status_code for _ in range(3)]
        refused = await client.get("/api/thing", headers=owner)
        other = await client.get("/api/thing", headers=viewer)
        page = await client.get("/hello/Ann", headers=owner)
        for _ in range(5):
            hook = await client.post("/api/webhooks/stripe/tipjar/snapshot", json={})
    assert before == [404, 404, 404]
    assert refused.status_code == 429
    assert 0 < int(refused.headers["retry-after"]) <= 60
    assert refused.headers["x-content-type-options"] == "nosniff"
    assert (other.status_code, page.status_code, hook.status_code) == (404, 200, 200)


async def test_one_address_may_hold_its_share_of_sockets(environment):
    environment(DJP_LIMIT_SOCKETS_ADDRESS="2")
    app = Held()
    guard = LimitsGuard(app)
    async with asyncio.TaskGroup() as tasks:
        for _ in range(2):
            tasks.create_task(call(guard, scope("websocket")))
        await entered(app, 2)
        refused = await call(guard, scope("websocket"))
        tasks.create_task(call(guard, scope("websocket", address="10.0.0.2")))
        await entered(app, 3)
        app.release.set()
    assert refused == [{"type": "websocket.close", "code": 1008}]
    assert not guard._open


@pytest.mark.feature("40/sockets")
async def test_handshakes_are_limited_because_each_makes_a_state(environment):
    environment(DJP_LIMIT_HANDSHAKES_ADDRESS="3 per minute")
    app = Held()
    app.release.set()
    guard = LimitsGuard(app)
    for _ in range(3):
        assert await call(guard, scope("websocket")) == []
    assert (await call(guard, scope("websocket")))[0]["type"] == "websocket.close"


async def test_an_event_of_a_megabyte_ends_its_socket():
    received = []
    texts = iter(["x" * 249_999, "x" * 250_001])

    async def app(scope, receive, send):
        received.extend([await receive(), await receive()])

    async def large():
        return {"type": "websocket.receive", "text": next(texts)}

    async def send(_message):
        pass

    await LimitsGuard(app)(scope("websocket"), large, send)
    assert received[0]["type"] == "websocket.receive"
    assert received[1] == {"type": "websocket.disconnect", "code": 1009}


async def test_a_body_that_drips_is_given_up(monkeypatch):
    monkeypatch.setattr("djplatform.ui.limits_guard._BODY_SECONDS", 0.01)
    heard = []

    async def app(scope, receive, send):
        heard.extend([await receive(), await receive()])

    async def drip():
        if heard or drip.first:
            await asyncio.Event().wait()
        drip.first = True
        return {"type": "http.request", "body": b"a", "more_body": True}

    drip.first = False
    await LimitsGuard(app)(scope("http", "/form"), drip, None)
    assert [message["type"] for message in heard] == ["http.request", "http.disconnect"]


async def test_who_has_sent_everything_may_stay(monkeypatch):
    """The same channel tells later that the visitor left, and a stream waits for that for hours."""
    monkeypatch.setattr("djplatform.ui.limits_guard._BODY_SECONDS", 0.0)
    messages = [{"type": "http.request", "body": b""}, {"type": "http.disconnect"}]

    async def app(scope, receive, send):
        assert (await receive())["type"] == "http.request"
        await asyncio.sleep(0.01)
        assert (await receive())["type"] == "http.disconnect"

    async def receive():
        if len(messages) == 1:
            await asyncio.sleep(0.01)
        return messages.pop(0)

    await LimitsGuard(app)(scope("http", "/stream"), receive, None)
    assert messages == []


async def test_a_socket_that_floods_is_ended():
    received = []

    async def app(scope, receive, send):
        while (message := await receive())["type"] == "websocket.receive":
            received.append(message)
        received.append(message)

    async def flood():
        return {"type": "websocket.receive", "text": "x"}

    async def send(_message):
        pass

    await LimitsGuard(app)(scope("websocket"), flood, send)
    assert received[-1] == {"type": "websocket.disconnect", "code": 1008}
    assert 100 < len(received) < 1000
