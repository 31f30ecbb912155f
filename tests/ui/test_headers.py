"""What every answer forbids."""

import re

import pytest
from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse

from djplatform.ui.document import THEME_SCRIPT
from djplatform.ui.headers import inline_hashes, policy, script_hash
from tests.ui.web_site import browser, make_site

PATHS = [
    "/hello/Ann",
    "/nowhere",
    "/hello/crash",
    "/healthz",
    "/readyz",
    "/robots.txt",
    "/api/thing",
]


@pytest.fixture(autouse=True)
def settings_of_one_test(environment):
    environment()


def directives(header: str) -> dict[str, list[str]]:
    return {d.split()[0]: d.split()[1:] for d in header.split("; ")}


@pytest.mark.feature(41)
@pytest.mark.parametrize("path", [*PATHS, "/dashboard", "/hello/Ann/"])
async def test_every_answer_carries_the_headers(path):
    async with browser(make_site()) as client:
        answer = await client.get(path)
    found = directives(answer.headers["content-security-policy"])
    assert found["default-src"] == ["'none'"]
    assert found["frame-ancestors"] == ["'none'"]
    assert "unsafe-eval" not in answer.headers["content-security-policy"]
    assert "'unsafe-inline'" not in found["script-src"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["x-frame-options"] == "DENY"
    assert answer.headers["referrer-policy"] == "strict-origin-when-cross-origin"
    assert "screen-wake-lock=(self)" in answer.headers["permissions-policy"]
    assert "strict-transport-security" not in answer.headers


@pytest.mark.feature(41)
async def test_refusals_at_the_door_carry_them_too():
    async with browser(make_site()) as client:
        answer = await client.post("/form", headers={"Origin": "http://evil.example"})
    assert answer.status_code == 403
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_the_only_inline_script_of_a_document_is_hashed():
    async with browser(make_site()) as client:
        answer = await client.get("/hello/Ann")
    allowed = directives(answer.headers["content-security-policy"])["script-src"]
    assert allowed == ["'self'", script_hash(THEME_SCRIPT)]
    assert inline_hashes(answer.text) == (script_hash(THEME_SCRIPT),)


async def test_the_socket_of_the_visited_host_and_port_may_be_reached():
    async with browser(make_site()) as client:
        answer = await client.get("/hello/Ann")
        forged = await client.get("/healthz", headers={"Host": "a.example; script-src *"})
    connect = directives(answer.headers["content-security-policy"])["connect-src"]
    assert connect == ["'self'", "ws://tipjar.localhost:8123"]
    assert directives(forged.headers["content-security-policy"])["connect-src"] == ["'self'"]


@pytest.mark.parametrize(
    ("scheme", "host", "sent"),
    [
        ("http", "tipjar.localhost", True),
        ("http", "127.0.0.1", True),
        ("http", "192.168.1.7", False),
        ("http", "laptop.local", False),
        ("https", "tipjar.live", True),
    ],
)
async def test_the_opener_is_cut_off_where_browsers_heed_it(environment, scheme, host, sent):
    """On a plain-http address of a LAN they ignore the header, with a warning on every page."""
    environment(DJP_PUBLIC_SCHEME=scheme)
    async with browser(make_site(), base_url=f"{scheme}://{host}:8123") as client:
        answer = await client.get("/healthz")
    assert ("cross-origin-opener-policy" in answer.headers) is sent


async def test_forms_may_end_at_the_payment_page(environment):
    async with browser(make_site()) as client:
        live = await client.get("/hello/Ann")
        environment(DJP_SANDBOX="1", DJP_SANDBOX_PUBLIC_URL="http://192.168.1.5:8001/x")
        sandbox = await client.get("/hello/Ann")
    assert directives(live.headers["content-security-policy"])["form-action"] == [
        "'self'",
        "https://checkout.stripe.com",
        "https://connect.stripe.com",
    ]
    assert directives(sandbox.headers["content-security-policy"])["form-action"] == [
        "'self'",
        "http://192.168.1.5:8001",
    ]


@pytest.mark.feature("30/https")
async def test_https_is_remembered_by_browsers(environment):
    environment(DJP_PUBLIC_SCHEME="https")
    async with browser(make_site(), base_url="https://tipjar.localhost") as client:
        answer = await client.get("/hello/Ann")
    assert re.match(
        r"max-age=\d{8}; includeSubDomains", answer.headers["strict-transport-security"]
    )
    connect = directives(answer.headers["content-security-policy"])["connect-src"]
    assert connect == ["'self'", "wss://tipjar.localhost"]


@pytest.mark.feature("41/embeds")
async def test_an_embed_says_for_itself_who_may_frame_it():
    router = APIRouter()

    @router.get("/embed")
    async def embed(request: Request) -> HTMLResponse:
        own = policy(request, frame_ancestors="https://venue.example")
        return HTMLResponse("<p>", headers={"Content-Security-Policy": own})

    site = make_site()
    site.routers.append(router)
    async with browser(site) as client:
        answer = await client.get("/embed")
    found = directives(answer.headers["content-security-policy"])
    assert found["frame-ancestors"] == ["https://venue.example"]
    assert "x-frame-options" not in answer.headers


def test_hashes_cover_inline_scripts_alone():
    page = (
        '<script src="/a.js"></script><script>a()</script><script type="module">b()</script>'
        '<script type="application/ld+json">{}</script><script>a()</script>'
    )
    assert inline_hashes(page) == (script_hash("a()"), script_hash("b()"))
    # RFC example: the digest of an empty text.
    assert script_hash("") == "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='"
