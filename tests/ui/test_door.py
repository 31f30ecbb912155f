"""Which requests come in at all."""

import pytest

from djplatform.ui import visit
from djplatform.ui.door import Door, socket_origin_allowed
from djplatform.ui.routes import without_trailing_slash
from tests.ui.web_site import browser, make_site, resolve_host

HERE = "http://tipjar.localhost:8123"


@pytest.fixture(autouse=True)
def settings_of_one_test(environment):
    environment()


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": HERE}, 200),
        ({}, 200),
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "http://djdash.localhost:8123"}, 403),
        ({"Origin": "http://tipjar.localhost:9999"}, 403),
        ({"Origin": "null"}, 403),
    ],
)
async def test_changes_come_from_our_own_pages(headers, status):
    async with browser(make_site()) as client:
        answer = await client.post("/form", data={"amount": "1"}, headers=headers)
    assert answer.status_code == status


async def test_vendors_post_without_an_origin_to_whatever_host():
    async with browser(make_site(), base_url="http://10.0.0.5:8123") as client:
        answer = await client.post("/api/webhooks/stripe/tipjar/snapshot", json={})
    assert answer.text == "received"


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("/", None),
        ("/t/jay", None),
        ("/t/jay/", "/t/jay"),
        ("/t/jay//", "/t/jay"),
        ("//evil.example/", "/evil.example"),
        ("/\\evil.example/", "/evil.example"),
        ("//", "/"),
    ],
)
def test_a_trailing_slash_never_leads_to_another_host(path, target):
    assert without_trailing_slash(path) == target


async def test_trailing_slashes_are_redirected_for_good_with_their_query():
    async with browser(make_site()) as client:
        answer = await client.get("/hello/Ann/?a=1&b=2")
    assert answer.status_code == 308
    assert answer.headers["location"] == "/hello/Ann?a=1&b=2"


async def test_a_redirected_path_stays_a_path():
    async with browser(make_site()) as client:
        answer = await client.get("/hello/a%3Fb%23%0d%0a/")
    assert answer.headers["location"] == "/hello/a%3Fb%23%0D%0A"


async def test_two_origins_are_as_foreign_as_the_worse_of_them():
    twice = [("Origin", HERE), ("Origin", "http://evil.example")]
    async with browser(make_site()) as client:
        answer = await client.post("/form", data={"amount": "1"}, headers=twice)
    assert answer.status_code == 403


async def test_behind_https_a_page_of_plain_http_is_foreign(environment):
    environment(DJP_PUBLIC_SCHEME="https")
    async with browser(make_site(), base_url="https://tipjar.localhost") as client:
        own = {"Origin": "https://tipjar.localhost"}
        mine = await client.post("/form", data={"amount": "1"}, headers=own)
        plain = {"Origin": "http://tipjar.localhost"}
        theirs = await client.post("/form", data={"amount": "1"}, headers=plain)
    assert (mine.status_code, theirs.status_code) == (200, 403)


@pytest.mark.parametrize(
    "hosts",
    [
        [],
        [""],
        ["tipjar.localhost", "evil.example"],
        ["tipjar.localhost, evil.example"],
        ["tipjar.localhost/t/jay?"],
        ["me@tipjar.localhost"],
        ["tipjar.localhost:80:80"],
        ["x" * 300],
    ],
)
async def test_a_request_names_one_host(hosts):
    """RFC 9112, 3.2: a cache or proxy before us might read another one than we do."""
    headers = [(b"host", host.encode()) for host in hosts]
    for method in ("GET", "POST"):
        answer = await at_the_door(method, "/hello/Ann", headers)
        assert answer[0]["status"] == 400


async def at_the_door(method: str, path: str, headers: list[tuple[bytes, bytes]]) -> list[dict]:
    """What the door answers; an empty list when it lets the request through."""
    sent: list[dict] = []

    async def app(scope, receive, send):
        sent.clear()

    async def receive():
        return {"type": "http.request", "body": b""}

    async def send(message):
        sent.append(message)

    visit.configure(resolve_host=resolve_host)
    scope = {"type": "http", "method": method, "path": path, "headers": headers}
    await Door(app)(scope | {"query_string": b""}, receive, send)
    visit.configure()
    return sent


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"])
async def test_the_event_socket_cannot_be_polled(method):
    """The library would take frames by POST as well, past the limits of a socket."""
    own = [(b"host", b"tipjar.localhost:8123"), (b"origin", HERE.encode())]
    answer = await at_the_door(method, "/_event/", own)
    assert answer[0]["status"] == 404
    assert await at_the_door("GET", "/hello/Ann", own) == []


@pytest.mark.parametrize("name", ["X-Forwarded-Host", "Forwarded", "X-Forwarded-Proto", "X-Host"])
async def test_only_the_host_header_says_which_host_it_is(name):
    async with browser(make_site()) as client:
        forged = {name: "host=djdash.localhost;proto=https" if name == "Forwarded" else "https"}
        page = await client.get("/hello/Ann", headers=forged)
        plain = await client.get("/hello/Ann")
    assert page.text == plain.text


@pytest.mark.parametrize("path", ["/_event", "/_event/", "/ping", "/_health", "/_upload"])
async def test_the_frameworks_own_addresses_answer_nobody(path):
    async with browser(make_site(), follow_redirects=True) as client:
        assert (await client.get(path)).status_code == 404


async def handshake(path: str, host: str, origin: str | None) -> list[str]:
    """What a websocket handshake leads to: `app` when it came through, else our own messages."""
    seen: list[str] = []

    async def app(scope, receive, send):
        seen.append("app")

    async def receive():
        return {"type": "websocket.connect"}

    async def send(message):
        seen.append(message["type"])

    headers = [(b"host", name.encode()) for name in host.split()]
    headers += [(b"origin", origin.encode())] if origin else []
    scope = {"type": "websocket", "path": path, "headers": headers, "query_string": b""}
    visit.configure(resolve_host=resolve_host)
    await Door(app)(scope, receive, send)
    visit.configure()
    return seen


@pytest.mark.parametrize(
    ("path", "host", "origin", "seen"),
    [
        ("/_event/", "tipjar.localhost:8123", HERE, ["app"]),
        ("/_event/", "tipjar.localhost:8123", "http://evil.example", ["websocket.close"]),
        ("/_event/", "tipjar.localhost:8123", None, ["websocket.close"]),
        ("/_event/", "tipjar.localhost:8123", "null", ["websocket.close"]),
        ("/_event/", "stranger.example", "http://stranger.example", ["websocket.close"]),
        ("/other", "tipjar.localhost:8123", HERE, ["websocket.close"]),
        ("/_event/", "tipjar.localhost:8123 evil.example", HERE, ["websocket.close"]),
    ],
)
async def test_sockets_open_only_from_the_page_of_the_same_host(path, host, origin, seen):
    assert await handshake(path, host, origin) == seen


async def test_the_socket_library_asks_the_same_rule():
    visit.configure(resolve_host=resolve_host)
    environ = {"HTTP_HOST": "tipjar.localhost:8123"}
    # Before the door asked for this host nothing is known, so nothing is allowed.
    assert socket_origin_allowed(HERE, environ) is False
    await visit.hosts().find("tipjar.localhost")
    assert socket_origin_allowed(HERE, environ) is True
    assert socket_origin_allowed("http://evil.example", environ) is False
    assert socket_origin_allowed(None, environ) is False
    visit.configure()
