"""What an evening leaves: nothing of a card in any row, and a page that crawlers can read."""

import json
import re
from urllib.parse import urlsplit

import pytest

from djplatform.settings import ROOT
from tests.journeys.house import House
from tests.journeys.test_evening import TIPJAR, evening


@pytest.mark.feature("30/no-cards")
async def test_nothing_of_a_card_is_stored(house: House) -> None:
    """Every row of every table after two payments, as the superuser reads them."""
    await evening(house, TIPJAR, "jay@example.com")
    tables = house.rows(
        "select table_schema || '.' || table_name as name from information_schema.tables"
        " where table_type = 'BASE TABLE'"
        " and table_schema not in ('pg_catalog', 'information_schema')"
    )
    texts = [
        row["text"]
        for table in tables
        for row in house.rows(f"select t::text as text from {table['name']} t")
    ]
    assert any("Great set" in text for text in texts)
    assert [text for text in texts if re.search("4242.?4242.?4242.?4242", text)] == []
    columns = house.rows(
        "select table_name, column_name from information_schema.columns"
        " where table_schema = 'public'"
        " and column_name ~ '(^|_)(pan|card|card_number|cvc|cvv|iban)$'"
    )
    assert columns == []


@pytest.mark.feature("B39/tip-page")
async def test_a_crawler_learns_whose_page_it_is(house: House) -> None:
    dj, _ = await evening(house, TIPJAR, "jay@example.com")
    page = (await house.visitor().get(dj.page)).text
    assert re.findall("<title>(.*?)</title>", page) == ["Tip Jay Martell · TipJar"]
    seen = dict(re.findall(r'<meta property="og:(\w+)" content="([^"]*)">', page))
    assert (seen["title"], seen["url"]) == ("Tip Jay Martell · TipJar", dj.page)
    picture = urlsplit(seen["image"])
    assert picture.netloc == urlsplit(dj.page).netloc
    assert (ROOT / "assets" / picture.path.lstrip("/")).is_file()
    [block] = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page)
    found = json.loads(block)
    assert found["@type"] == "ProfilePage"
    expected = {"@type": "Person", "name": "Jay Martell", "url": dj.page, "image": seen["image"]}
    assert expected.items() <= found["mainEntity"].items()
