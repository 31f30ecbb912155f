"""Every document of the product, walked as a stranger and as a DJ: no link leads nowhere."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import httpx
import pytest

from djplatform.forms import Visitor
from djplatform.isolation.inventory import Inventory, read_inventory
from djplatform.settings import ROOT
from tests.journeys.house import PORT, House, address
from tests.journeys.test_evening import M10DJ, TIPJAR, evening, newcomer

NO_PAGE = re.compile(
    r"/(healthz|healthz/events|readyz|robots\.txt|sitemap\.xml|favicon\.ico|api/.*|_.*|ping)$"
)
FILES = ("/art/", "/fonts/", "/js/", "/favicon")
BY_ITSELF = {"/payments/connect", "/payments/connect/refresh", "/payments/connect/return"}
"""Addresses that only lead on: the journey of `evening` has passed them."""


class Addresses(HTMLParser):
    """What a page leads to, loads and posts to."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.links: set[str] = set()
        self.posts: set[str] = set()
        self.styled: list[str] = []
        self.feed(markup)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            (self.posts if given.get("method") == "post" else self.links).add(given["action"])
        self.links |= {given[name] for name in ("href", "src") if name in given}
        self.links |= {part.split()[0] for part in given.get("srcset", "").split(",") if part}
        if "css-" in given.get("class", "") or (tag == "style" and "data-emotion" in given):
            self.styled.append(str(attrs))


@dataclass
class Walk:
    """One person's way through all pages that they can reach."""

    browser: Visitor
    inventory: Inventory
    met: set[str] = field(default_factory=set)
    """Paths of pages that answered."""
    wrong: list[str] = field(default_factory=list)

    async def from_page(self, url: str) -> None:
        """Read a page, and everything that it leads to on our own hosts."""
        waiting, seen = [url], set()
        while waiting:
            here = waiting.pop()
            if here in seen:
                continue
            seen.add(here)
            answer = await self.browser.get(here)
            landed = urlsplit(str(answer.extensions["asked"])).path
            if self._is_console(landed):
                continue
            if answer.status_code >= 400 and landed != "/refused":
                self.wrong.append(f"{here}: {answer.status_code}")
            self.met.add(urlsplit(here).path)
            waiting += [to async for to in self._onward(answer)]

    async def _onward(self, answer: httpx.Response):
        here = str(answer.extensions["asked"])
        self.met.add(urlsplit(here).path)
        if not answer.headers.get("content-type", "").startswith("text/html"):
            return
        found = Addresses(answer.text)
        assert found.styled == [], here
        for to in found.posts:
            await self._takes_a_form(urljoin(here, to))
        for to in found.links:
            target = urlsplit(urljoin(here, to))
            if target.port != PORT or target.scheme not in {"http", "https"}:
                continue
            if target.path.startswith(FILES):
                if not (ROOT / "assets" / target.path.lstrip("/")).is_file():
                    self.wrong.append(f"{here}: {to} is no file")
            elif not to.startswith("#") and not self._is_console(target.path):
                yield target._replace(fragment="").geturl()

    async def _takes_a_form(self, url: str) -> None:
        # Asked by another method, a route tells which ones it takes.
        answer = await self.browser._request("DELETE", url)
        if "POST" not in answer.headers.get("allow", ""):
            self.wrong.append(f"{url}: takes no form")

    def _is_console(self, path: str) -> bool:
        return any(matches(route, path) for route in self.inventory.consoles)


def matches(route: str, path: str) -> bool:
    return re.fullmatch(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(route)), path) is not None


def pages_of(inventory: Inventory) -> Iterator[str]:
    """The routes that show a document."""
    for route in inventory.routes:
        other = route.path in inventory.consoles or route.path in BY_ITSELF
        if route.method == "GET" and not other and not NO_PAGE.search(route.path):
            yield route.path


@pytest.mark.feature("B13/links")
async def test_every_document_is_reached_and_no_link_leads_nowhere(house: House) -> None:
    inventory = read_inventory(os.environ)
    dj, _ = await evening(house, TIPJAR, "jay@example.com")
    fan = house.visitor()
    page = await fan.get(dj.page)
    checkout = await fan.send(page, {"amount": "custom", "custom_amount": "3.00"})
    paid = await fan.send(checkout, {"email": "fan@example.com"})
    unconfirmed = newcomer(house, M10DJ, "ben@example.com")
    await unconfirmed.sign_up()
    forgotten = house.visitor()
    form = await forgotten.get(address(TIPJAR.host, "/forgot"))
    confirm = await house.mailed_link("ben@example.com")
    await forgotten.send(form, {"email": dj.email})
    seeds = [
        *(address(f"{brand}.localhost") for brand in ("tipjar", "djdash", "m10dj")),
        address("127.0.0.1"),
        dj.page,
        f"{dj.page}/qr",
        f"{dj.page}/quote?amount=5",
        address(TIPJAR.host, "/signup/dj"),
        address(TIPJAR.host, "/verify/resend"),
        address(TIPJAR.host, "/organizations"),
        address(TIPJAR.host, "/refused"),
        confirm,
        await house.mailed_link(dj.email),
    ]
    walks = [Walk(browser, inventory) for browser in (house.visitor(), fan, dj.browser)]
    for walk in walks:
        for seed in seeds:
            await walk.from_page(seed)
    await walks[1].from_page(str(paid.extensions["asked"]))
    met = set().union(*(walk.met for walk in walks))
    assert [wrong for walk in walks for wrong in walk.wrong] == []
    assert [route for route in pages_of(inventory) if not any(matches(route, p) for p in met)] == []
