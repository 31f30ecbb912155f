"""A night that plays itself: simulated fans arrive at a running server over HTTP and tip.

They use what a phone without JavaScript uses: the page, its form, the hosted checkout with a test
card. Only the sandbox takes test cards, so a real Stripe account refuses them.
"""

import asyncio
import random
import re
import time
from dataclasses import dataclass
from typing import Any

import httpx

from djplatform.forms import Visitor, forms_of

_NAMES = (
    "Priya", "Tom W.", "Ash Verma", "Leon", "Auntie Ngozi", "Marcus L.", "Zoë", "Sofía", "Kwame",
    "Élodie", "Noor", "Jonas", "", "", "Table 4", "The bride's mum", "عمر", "🎉 Bea",
)  # fmt: skip
_WORDS = (
    "Best set of the year", "It’s her 30th at midnight", "for the aunties", "Cheers for the tune",
    "More of this please", "You made our night", "", "", "", "¡Qué noche!", "One more song",
)  # fmt: skip
GOOD_CARD, DECLINED_CARD, CHALLENGED_CARD = (
    "4242424242424242",
    "4000000000000002",
    "4000002500003155",
)
_ADDRESS = re.compile(r"<loc>([^<]*/t/[^<]+)</loc>")


@dataclass
class Night:
    """What the crowd did so far."""

    arrived: int = 0
    tipped: int = 0
    declined: int = 0
    failed: int = 0
    last_problem: str = ""


async def play(url: str, minutes: float = 2, *, seed: int | None = None) -> dict[str, Any]:
    """Let fans arrive at one DJ of the sitemap for a while.

    Returns:
        How many arrived, tipped, were declined first, and failed; `error` when nobody could tip.
    """
    chance = random.Random(seed)
    try:
        page = await _first_page(url)
    except httpx.HTTPError:
        return {"error": f"{url} does not answer. Is `djplatform up` running?"}
    if page is None:
        return {"error": f"{url}/sitemap.xml lists no page that takes tips. Is there demo data?"}
    night, until, crowd = Night(), time.monotonic() + minutes * 60, set[asyncio.Task[None]]()
    while time.monotonic() < until:
        night.arrived += 1
        crowd.add(asyncio.create_task(_fan(page, night, random.Random(chance.random()))))
        # Arrivals of independent people: exponential pauses, every four seconds on average.
        await asyncio.sleep(min(chance.expovariate(1 / 4), max(until - time.monotonic(), 0)))
    await asyncio.gather(*crowd)
    return _report(page, night)


def _report(page: str, night: Night) -> dict[str, Any]:
    report: dict[str, Any] = {
        "page": page,
        "arrived": night.arrived,
        "tipped": night.tipped,
        "declined_first": night.declined,
        "failed": night.failed,
    }
    if night.tipped == 0 or night.failed:
        report["error"] = night.last_problem or "nobody could tip"
    return report


async def _first_page(url: str) -> str | None:
    """The first page of the sitemap where tips are open; Jay's, in the demo, when he is there."""
    visitor = Visitor()
    try:
        pages = _ADDRESS.findall((await visitor.get(f"{url}/sitemap.xml")).text)
        pages.sort(key=lambda page: not page.endswith("/t/jay-martell"))
        for page in pages:
            if any("amount" in form.options for form in forms_of((await visitor.get(page)).text)):
                return page
    finally:
        await visitor.close()
    return None


async def _fan(page: str, night: Night, chance: random.Random) -> None:
    visitor = Visitor()
    try:
        checkout = await _fill_in(visitor, page, chance)
        if chance.random() < 1 / 8:
            night.declined += 1
            checkout = await visitor.send(checkout, {"number": DECLINED_CARD})
        await _pay(visitor, checkout, chance)
        night.tipped += 1
    except (httpx.HTTPError, LookupError, OSError, RuntimeError, ValueError) as problem:
        night.failed += 1
        night.last_problem = f"{type(problem).__name__}: {problem}"
    finally:
        await visitor.close()


async def _fill_in(visitor: Visitor, page: str, chance: random.Random) -> Any:
    """The DJ's page and its form, up to the hosted checkout."""
    shown = await visitor.get(page)
    await asyncio.sleep(chance.uniform(0.2, 1.5))
    offered = [value for value in forms_of(shown.text)[0].options["amount"] if value != "custom"]
    weights = [2.0**-place for place in range(len(offered))]
    typed = {
        "amount": chance.choices(offered, weights)[0],
        "guest_name": chance.choice(_NAMES),
        "message": chance.choice(_WORDS),
    }
    if chance.random() < 1 / 6:
        typed |= {"amount": "custom", "custom_amount": f"{chance.randint(3, 30)}.50"}
    checkout = await visitor.send(shown, typed)
    if "/checkout/" not in str(checkout.extensions["asked"]):
        raise RuntimeError(f"no checkout, but {checkout.status_code} of {checkout.url}")
    return checkout


async def _pay(visitor: Visitor, checkout: Any, chance: random.Random) -> None:
    challenged = chance.random() < 1 / 10
    card = CHALLENGED_CARD if challenged else GOOD_CARD
    answer = await visitor.send(checkout, {"number": card})
    if challenged:
        answer = await visitor.send(answer, {"answer": "complete"})
    if "/tips/" not in str(answer.extensions["asked"]):
        raise RuntimeError(f"not paid: {answer.status_code} of {answer.url}")
