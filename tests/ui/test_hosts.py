"""Hosts, brands and origins."""

import pytest

from djplatform.ui.hosts import (
    NEUTRAL,
    BrandView,
    Hosts,
    allowed_origin,
    is_this_machine,
    split_host,
)
from tests.ui.web_site import browser, make_site

TIPJAR = BrandView("tipjar", "TipJar", "/tipjar/dashboard", "tipjar.localhost")


class Table:
    def __init__(self) -> None:
        self.asked: list[str] = []
        self.brands = {"tipjar.localhost": TIPJAR}
        self.now = 0.0

    async def resolve(self, host: str) -> BrandView | None:
        self.asked.append(host)
        return self.brands.get(host)

    def hosts(self) -> Hosts:
        return Hosts(self.resolve, clock=lambda: self.now)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("TipJar.localhost:8000", ("tipjar.localhost", 8000)),
        ("tipjar.localhost.", ("tipjar.localhost", None)),
        ("[::1]:8000", ("::1", 8000)),
        ("", ("", None)),
        ("host:notaport", ("", None)),
        ("a b", ("", None)),
        ("tipjar.localhost.:80", ("tipjar.localhost", 80)),
        ("tipjar.localhost:70000", ("", None)),
        ("tipjar.localhost/x?", ("", None)),
        ("me@tipjar.localhost", ("", None)),
        ("tipjar.localhost,evil.example", ("", None)),
        ("[::1", ("", None)),
        ("xn--dj-mnchen-55a.example", ("xn--dj-mnchen-55a.example", None)),
        ("h" * 300, ("", None)),
    ],
)
def test_split_host(header, expected):
    assert split_host(header) == expected


@pytest.mark.feature("3/hosts")
async def test_unknown_host_gets_the_neutral_brand():
    found = await Table().hosts().find("stranger.example")
    assert found.known is False
    assert found.brand.key == NEUTRAL.key
    assert found.brand.host == "stranger.example"


async def test_answers_are_remembered_and_forgotten():
    table = Table()
    hosts = table.hosts()
    for _ in range(3):
        assert (await hosts.find("tipjar.localhost")).known
        assert not (await hosts.find("new.example")).known
    assert table.asked == ["tipjar.localhost", "new.example"]
    table.brands["new.example"] = TIPJAR
    hosts.forget("new.example")
    assert (await hosts.find("new.example")).known
    table.brands.clear()
    table.now += 60
    assert not (await hosts.find("tipjar.localhost")).known
    assert hosts.known("tipjar.localhost") is False


async def test_invented_hosts_do_not_fill_the_memory():
    hosts = Table().hosts()
    for number in range(3000):
        await hosts.find(f"h{number}.example")
    assert len(hosts._cache) <= 2048


@pytest.mark.parametrize(
    ("origin", "host", "allowed"),
    [
        ("http://tipjar.localhost:8000", "tipjar.localhost:8000", True),
        ("https://tip.example", "tip.example", True),
        ("https://tip.example:443", "tip.example", True),
        ("http://[::1]:8000", "[::1]:8000", True),
        ("HTTP://TIPJAR.localhost:8000", "tipjar.localhost:8000", True),
        ("http://tipjar.localhost:8001", "tipjar.localhost:8000", False),
        ("http://djdash.localhost:8000", "tipjar.localhost:8000", False),
        ("http://evil.example", "tip.example", False),
        ("https://tip.example.evil.example", "tip.example", False),
        ("https://eviltip.example", "tip.example", False),
        ("https://tip.example@evil.example", "tip.example", False),
        ("https://tip.example/path", "tip.example", False),
        ("null", "tip.example", False),
        ("file://", "tip.example", False),
        ("", "tip.example", False),
        (None, "tip.example", False),
        ("http://", "", False),
        ("https://tip.example:bad", "tip.example", False),
    ],
)
def test_origin_matrix(origin, host, allowed):
    assert allowed_origin(origin, host) is allowed


def test_behind_https_only_https_is_our_own(environment):
    environment(DJP_PUBLIC_SCHEME="https")
    assert allowed_origin("https://tip.example", "tip.example") is True
    assert allowed_origin("http://tip.example", "tip.example") is False


@pytest.mark.parametrize(
    ("host", "mine"),
    [
        ("localhost", True),
        ("tipjar.localhost", True),
        ("127.0.0.1", True),
        ("::1", True),
        ("192.168.1.7", False),
        ("laptop.local", False),
        ("localhost.evil.example", False),
        ("", False),
    ],
)
def test_which_names_mean_this_machine(host, mine):
    assert is_this_machine(host) is mine


def test_no_origin_is_allowed_on_an_unknown_host():
    assert allowed_origin("https://tip.example", "tip.example", known=False) is False


@pytest.mark.feature(3)
@pytest.mark.parametrize(
    ("host", "brand", "name"),
    [
        ("tipjar.localhost", "tipjar", "TipJar"),
        ("djdash.localhost", "djdash", "DJ Dash"),
        ("m10dj.localhost", "m10dj", "M10 DJ Company"),
        ("127.0.0.1", "neutral", "DJ Platform"),
        ("never-heard-of.example", "neutral", "DJ Platform"),
    ],
)
async def test_each_host_shows_its_brand_before_anything_renders(environment, host, brand, name):
    environment()
    async with browser(make_site(), base_url=f"http://{host}:8123") as client:
        answer = await client.get("/hello/Ann")
    assert answer.status_code == 200
    assert f'data-brand="{brand}"' in answer.text
    assert f'og:site_name" content="{name}"' in answer.text


@pytest.mark.feature("3/read-only")
async def test_an_unknown_host_can_change_nothing(environment):
    environment()
    stranger = "http://stranger.example:8123"
    async with browser(make_site(), base_url=stranger) as client:
        refused = await client.post("/form", data={"amount": "1"}, headers={"Origin": stranger})
        robots = await client.get("/robots.txt")
        sitemap = await client.get("/sitemap.xml")
    assert refused.status_code == 421
    assert "not connected" in refused.text
    assert robots.text.endswith("Disallow: /\n")
    assert sitemap.status_code == 404
