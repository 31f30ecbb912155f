"""A night that plays itself: simulated fans arrive at a running server over HTTP and tip.

They use what a phone without JavaScript uses: the page, its form, the hosted checkout with a test
card. Only the sandbox takes test cards, so a real Stripe account refuses them.
"""

import asyncio
import random
import re
import time
from collections.abc import Callable
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

    say: Callable[[str], None]
    """Told of everything as it happens."""
    arrived: int = 0
    tipped: int = 0
    declined: int = 0
    failed: int = 0
    last_problem: str = ""


async def play(
    url: str,
    minutes: float = 2,
    *,
    seed: int | None = None,
    say: Callable[[str], None] = lambda _line: None,
) -> dict[str, Any]:
    """Let fans arrive at one DJ of the sitemap for a while, and `say` what they do.

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
    say(f"Fans arrive at {page} for {minutes:g} minutes. Watch them on the booth of its DJ.")
    night, until, crowd = Night(say), time.monotonic() + minutes * 60, set[asyncio.Task[None]]()
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
        shown = await visitor.get(page)
        await asyncio.sleep(chance.uniform(0.2, 1.5))
        wish = _wish(forms_of(shown.text)[0].options["amount"], chance)
        checkout = await _to_checkout(visitor, shown, wish)
        if chance.random() < 1 / 8:
            night.declined += 1
            checkout = await visitor.send(checkout, {"number": DECLINED_CARD})
        await _pay(visitor, checkout, chance)
        night.tipped += 1
        night.say(_told(wish))
    except (httpx.HTTPError, LookupError, OSError, RuntimeError, ValueError) as problem:
        night.failed += 1
        night.last_problem = f"{type(problem).__name__}: {problem}"
        night.say(f"A fan could not tip: {night.last_problem}")
    finally:
        await visitor.close()


def _wish(offered: list[str], chance: random.Random) -> dict[str, str]:
    """What a fan types: small offers more often than large ones, now and then an own amount."""
    amounts = [value for value in offered if value != "custom"]
    weights = [2.0**-place for place in range(len(amounts))]
    wish = {
        "amount": chance.choices(amounts, weights)[0],
        "guest_name": chance.choice(_NAMES),
        "message": chance.choice(_WORDS),
    }
    if chance.random() < 1 / 6:
        wish |= {"amount": "custom", "custom_amount": f"{chance.randint(3, 30)}.50"}
    return wish


def _told(wish: dict[str, str]) -> str:
    amount = wish.get("custom_amount") or wish["amount"]
    words = f": {wish['message']}" if wish["message"] else ""
    return f"{wish['guest_name'] or 'Someone'} tipped {amount}{words}"


async def _to_checkout(visitor: Visitor, shown: Any, wish: dict[str, str]) -> Any:
    checkout = await visitor.send(shown, wish)
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
