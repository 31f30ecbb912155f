"""The front doors of the brands: their words, the price, and the way in."""

import re
from dataclasses import replace
from uuid import UUID

import pytest

from djplatform.core.actor import Actor, Role
from djplatform.core.money import Money
from djplatform.features.crowd.dto import Offer, TipPrice
from djplatform.features.payments.dto import QuoteView
from djplatform.features.screens.dto import FrontDoor
from djplatform.features.screens.ui import landing, landing_words
from djplatform.features.screens.ui.landing import Landing
from djplatform.ui.document import page_html
from djplatform.ui.pages import Document
from tests.features.crowd.conftest import JAY, Night
from tests.features.crowd.test_documents import text_of
from tests.ui.visits import visit_of_brand

BRANDS = ("neutral", "tipjar", "djdash", "m10dj")


def pounds(minor: int) -> Money:
    return Money(minor, "GBP")


def quote(total: int, fee: int) -> QuoteView:
    return QuoteView(pounds(total), pounds(fee), pounds(total - fee))


PRICE = TipPrice(
    "4% + £0.20",
    (
        Offer(pounds(500), quote(500, 40), quote(542, 42)),
        Offer(pounds(1000), quote(1000, 60), quote(1063, 63)),
    ),
)
FACTS = FrontDoor(price=PRICE, countries=7, contact="hello@example.com", real_host="")


def front_door(brand: str, facts: FrontDoor = FACTS, **changes: object) -> tuple[Document, str]:
    visit = replace(visit_of_brand(brand), **changes)
    document = landing.render(Landing(landing_words.words(brand), facts), visit)
    return document, page_html(document, visit)


def words_of(page: str) -> str:
    body = page.split("</head>", 1)[1]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", body))


@pytest.mark.parametrize("brand", BRANDS)
def test_each_brand_has_its_words_and_a_way_in(brand):
    document, page = front_door(brand)
    assert f'data-brand="{brand}"' in page
    assert len(re.findall("<h1", page)) == 1
    assert 'href="/signup"' in page
    assert 'href="/login"' in page
    assert 'href="mailto:hello@example.com"' in page
    assert document.description
    assert document.cache_seconds > 0


def test_the_words_of_the_brands_differ():
    titles = {landing_words.words(brand).title for brand in BRANDS}
    assert len(titles) == len(BRANDS)
    assert landing_words.words("some-tenant") == landing_words.words("neutral")


def test_who_is_logged_in_goes_on_to_the_dashboard():
    _, page = front_door("tipjar", actor=Actor(UUID(int=1), UUID(int=2), Role.OWNER))
    assert 'href="/dashboard"' in page
    assert 'href="/login"' not in page
    assert 'href="/signup"' not in page


def test_what_becomes_of_an_amount_is_said_for_each_of_them():
    words = words_of(front_door("tipjar")[1])
    for said in (
        "You pay £5.00, the DJ gets £4.60.",
        "You pay £10.00, the DJ gets £9.40.",
        "4% + £0.20 of each tip",
        "In 7 countries",
    ):
        assert said in words


def test_while_a_brand_takes_no_payments_no_price_is_named():
    words = words_of(front_door("tipjar", replace(FACTS, price=None))[1])
    assert "How it goes" in words
    for said in ("What it costs", "What does it cost?", "A fan chooses", "of each tip"):
        assert said not in words


def test_a_strange_host_leads_to_the_real_one_and_offers_nothing_else():
    strange, page = front_door(
        "neutral", replace(FACTS, real_host="platform.example"), known_host=False
    )
    assert strange.robots == "noindex"
    assert front_door("neutral")[0].robots is None
    assert "This address is not connected to us." in words_of(page)
    assert 'href="http://platform.example:8000/"' in page
    for gone in ('href="/signup"', 'href="/login"'):
        assert gone not in page


@pytest.mark.feature("11/document")
def test_the_same_page_under_two_brands_differs_only_in_the_brand():
    """The same components: without the brand's name and its colours the bytes are the same."""
    pages = {}
    for brand in ("tipjar", "djdash"):
        visit = visit_of_brand(brand)
        view = Landing(landing_words.words("neutral"), FACTS)
        page = page_html(landing.render(view, visit), visit)
        page = re.sub(
            r'<meta name="theme-color"[^>]*>|<style>.*?</style>', "", page, flags=re.DOTALL
        )
        pages[brand] = page.replace(visit.brand.name, "BRAND").replace(brand, "KEY")
    assert pages["tipjar"] == pages["djdash"]


@pytest.mark.feature("B8/front door")
async def test_the_front_door_names_the_price_that_a_fan_meets(night: Night) -> None:
    facts = (await landing.load(visit_of_brand("tipjar"))).facts
    fans = text_of(await night.fan.get(JAY))
    assert facts.price is not None
    assert facts.price.terms == "3.5% + £0.30"
    for offer in facts.price.offers:
        figures = offer.quote
        assert f"You pay {figures.total_text}, Jay Martell gets {figures.net_text}." in fans


async def test_the_price_is_the_fee_engines_and_of_the_visited_brand(night: Night) -> None:
    night.rows("update fee_plans set percent_bp = 1000 where product = 'tipjar'")
    tipjar = (await landing.load(visit_of_brand("tipjar"))).facts.price
    djdash = (await landing.load(visit_of_brand("djdash"))).facts.price
    assert tipjar is not None
    assert djdash is not None
    assert (tipjar.terms, tipjar.offers[0].quote.net_text) == ("10% + £0.30", "£4.20")
    assert (djdash.terms, djdash.offers[0].quote.net_text) == ("3.5% + $0.30", "$4.52")


async def test_an_agreement_with_one_organization_is_not_everybodys_price(night: Night) -> None:
    night.rows(
        "insert into fee_plans (id, name, organization_id, source_type, percent_bp, activated_at) "
        "values (gen_random_uuid(), 'A friend', %s, 'tip', 0, now())",
        night.world.a,
    )
    assert "You pay £5.00, Jay Martell gets £5.00." in text_of(await night.fan.get(JAY))
    price = (await landing.load(visit_of_brand("tipjar"))).facts.price
    assert price is not None
    assert price.offers[0].quote.net_text == "£4.52"


async def test_without_an_account_or_a_plan_there_is_no_price(night: Night) -> None:
    assert (await landing.load(visit_of_brand("m10dj"))).facts.price is None
    night.rows("update fee_plans set activated_at = null")
    assert (await landing.load(visit_of_brand("tipjar"))).facts.price is None
