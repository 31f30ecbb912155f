"""What a page may know of its request."""

import pytest
from starlette.requests import Request

from djplatform.ui import visit as visits
from djplatform.ui.visit import Identity, current_visit
from tests.ui.web_site import BRANDS, OWNER, identify, resolve_host


def request(
    path: str = "/t/jay", query: bytes = b"", more: tuple[tuple[str, str], ...] = (), **headers: str
) -> Request:
    pairs = {"host": "tipjar.localhost:8123"} | {k.replace("_", "-"): v for k, v in headers.items()}
    return Request(
        {
            "type": "http",
            "method": "GET",
            "path": path,
            "query_string": query,
            "scheme": "http",
            "client": ("198.51.100.7", 4000),
            "headers": [(k.encode(), v.encode()) for k, v in (*pairs.items(), *more)],
        }
    )


@pytest.fixture(autouse=True)
def in_memory(environment):
    environment()
    visits.configure(resolve_host=resolve_host, identify=identify)
    yield
    visits.configure()


async def test_a_visit_knows_host_brand_path_and_person():
    found = await current_visit(request(query=b"a=1&b=%C3%A9", cookie="sid=owner"))
    assert (found.host, found.port, found.brand.key) == ("tipjar.localhost", 8123, "tipjar")
    assert (found.path, found.query) == ("/t/jay", {"a": "1", "b": "é"})
    assert found.actor == OWNER
    assert found.signed_in
    assert found.address == "198.51.100.7"


async def test_a_visit_is_worked_out_once_for_a_request():
    asked = []

    async def counting(connection, brand):
        asked.append(brand.key)
        return Identity()

    visits.configure(resolve_host=resolve_host, identify=counting)
    same = request()
    assert await current_visit(same) is await current_visit(same)
    assert asked == ["tipjar"]


async def test_links_keep_the_visited_port_and_take_another_brands_host():
    found = await current_visit(request())
    assert found.url("/t/jay") == "http://tipjar.localhost:8123/t/jay"
    other = BRANDS["djdash.localhost"]
    assert found.url("/login", other) == "http://djdash.localhost:8123/login"


async def test_links_without_a_port_and_on_https(environment):
    environment(DJP_PUBLIC_SCHEME="https")
    found = await current_visit(request(host="tipjar.localhost"))
    assert found.url("/") == "https://tipjar.localhost/"
    assert (await current_visit(request(host="[::1]:443"))).url("/") == "https://[::1]/"


async def test_forwarded_addresses_count_only_behind_trusted_proxies(environment):
    forged = {"x_forwarded_for": "1.2.3.4, 192.0.2.1"}
    assert (await current_visit(request(**forged))).address == "198.51.100.7"
    environment(DJP_TRUSTED_PROXY_HOPS="1")
    assert (await current_visit(request(**forged))).address == "192.0.2.1"
    assert (await current_visit(request())).address == "198.51.100.7"
    environment(DJP_TRUSTED_PROXY_HOPS="3")
    assert (await current_visit(request(**forged))).address == "198.51.100.7"


async def test_a_proxy_that_writes_a_line_of_its_own_is_believed_and_not_the_visitor(environment):
    environment(DJP_TRUSTED_PROXY_HOPS="1")
    lines = (("x-forwarded-for", "6.6.6.6"), ("x-forwarded-for", "192.0.2.1"))
    assert (await current_visit(request(more=lines))).address == "192.0.2.1"


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("fr;q=0.5, en", "en"),
        ("en;q=0.5, fr-CA;q=0.9", "fr"),
        ("en;q=0, fr;q=0.1", "fr"),
        ("en;q=nonsense, fr", "fr"),
        ("de, fr;q=0", "en"),
    ],
)
async def test_the_weights_of_languages_count(monkeypatch, header, language):
    monkeypatch.setattr(visits, "LANGUAGES", ("en", "fr"))
    assert (await current_visit(request(accept_language=header))).language == language


@pytest.mark.parametrize("header", ["", "en-GB,en;q=0.9", "xx", ";;;,", "de"])
async def test_language_falls_back_to_english(header):
    assert (await current_visit(request(accept_language=header))).language == "en"
