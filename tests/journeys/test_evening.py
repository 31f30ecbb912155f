"""An evening from the sign-up form to the earnings, in process, for each brand."""

from dataclasses import dataclass
from html import unescape
from re import search, sub
from uuid import UUID

import httpx
import pytest

from djplatform.core.actor import Actor
from djplatform.core.db import Scope, unit
from djplatform.features.ledger.service import PLATFORM
from djplatform.features.screens import service as screens
from djplatform.features.screens.dto import BoothView, EarningsScreen, PlatformRow
from djplatform.forms import Visitor, forms_of
from tests.journeys.house import PASSWORD, SANDBOX, House, address


@dataclass(frozen=True)
class Brand:
    """What differs between two brands."""

    key: str
    name: str
    landing: str
    country: str
    currency: str
    sign: str

    @property
    def host(self) -> str:
        return f"{self.key}.localhost"


TIPJAR = Brand("tipjar", "TipJar", "/tipjar/dashboard", "GB", "GBP", "£")
DJDASH = Brand("djdash", "DJ Dash", "/djdash/dashboard", "US", "USD", "$")
M10DJ = Brand("m10dj", "M10 DJ Company", "/admin/dashboard", "US", "USD", "$")


@dataclass
class Dj:
    """A DJ before the own laptop."""

    house: House
    brand: Brand
    email: str
    browser: Visitor

    @property
    def actor(self) -> Actor:
        return self.house.actor(self.email)

    @property
    def organization(self) -> UUID:
        found = self.actor.organization_id
        assert found
        return found

    @property
    def slug(self) -> str:
        return self.house.rows("select slug from organizations where id = %s", self.organization)[
            0
        ]["slug"]

    @property
    def page(self) -> str:
        return address(self.brand.host, f"/t/{self.slug}")

    async def sign_up(self, name: str = "Jay Martell") -> httpx.Response:
        form = await self.browser.get(address(self.brand.host, "/signup"))
        typed = {"name": name, "email": self.email, "password": PASSWORD}
        answer = await self.browser.send(form, typed)
        assert answer.status_code == 200
        return answer

    async def confirm(self) -> httpx.Response:
        """Open the link of the mail and press its one button."""
        page = await self.browser.get(await self.house.mailed_link(self.email))
        return await self.browser.send(page, {}, follow=False)

    async def open_payouts(self) -> None:
        """Say the country and finish the processor's form."""
        actor = self.actor
        async with unit(Scope.of(actor)) as tx:
            await screens.say_country(tx, actor, self.brand.country)
        connect = address(self.brand.host, "/payments/connect")
        begun = await self.browser.post(connect, follow=False)
        assert begun.status_code == 303, begun.text
        hosted = await self.browser.get(begun.headers["location"])
        back = await self.browser.send(hosted, {"choice": "test"}, follow=False)
        returned = await self.browser.get(back.headers["location"], follow=False)
        assert returned.headers["location"] == self.brand.landing
        await self.house.settle()

    async def start_tonight(self) -> UUID:
        actor = self.actor
        async with unit(Scope.of(actor)) as tx:
            night = await screens.open_night(tx, actor, "Tonight", "The Lantern Room", "UTC")
        return UUID(night.id)

    async def booth(self, event_id: UUID) -> BoothView:
        async with unit(Scope.of(self.actor)) as tx:
            return await screens.booth(tx, self.actor, event_id)

    async def earnings(self) -> EarningsScreen:
        async with unit(Scope.of(self.actor)) as tx:
            return await screens.earnings_screen(tx, self.actor)


def newcomer(house: House, brand: Brand, email: str) -> Dj:
    return Dj(house, brand, email, house.visitor())


async def tip(house: House, dj: Dj, amount: str, **words: str) -> httpx.Response:
    """A fan without an account pays; the page that says so."""
    fan = house.visitor()
    page = await fan.get(dj.page)
    assert page.status_code == 200, page.text
    checkout = await fan.send(page, {"amount": "custom", "custom_amount": amount, **words})
    assert "/checkout/" in str(checkout.url), text_of(checkout)
    assert dj.brand.name in text_of(checkout)
    waiting = await fan.send(checkout, {"email": "fan@example.com"})
    assert "Waiting for your payment" in text_of(waiting)
    await house.settle()
    return await fan.get(waiting.extensions["asked"])


def text_of(answer: httpx.Response) -> str:
    """What is read on a page."""
    page = sub(r"<(style|script).*?</\1>", "", answer.text, flags=16)
    return " ".join(unescape(sub(r"<[^>]+>", " ", page)).split())


async def platform(house: House) -> tuple[PlatformRow, ...]:
    """What a platform admin sees."""
    [admin] = house.rows(
        "with made as (insert into users (id, email, display_name, email_verified_at, created_at)"
        " values (gen_random_uuid(), 'ada@example.com', 'Ada', now(), now()) returning id)"
        " insert into platform_roles select id, 'platform_admin', now(), 'test' from made"
        " returning user_id"
    )
    return await screens.platform_screen(
        Actor(admin["user_id"], None, None, personas=frozenset({screens.PLATFORM_ADMIN}))
    )


async def evening(house: House, brand: Brand, email: str) -> tuple[Dj, UUID]:
    """From nothing to two paid tips of 5.00 and 20.00."""
    dj = newcomer(house, brand, email)
    await dj.sign_up()
    landed = await dj.confirm()
    assert landed.status_code == 303
    assert landed.headers["location"] == brand.landing
    await dj.open_payouts()
    event_id = await dj.start_tonight()
    paid = await tip(house, dj, "5.00", guest_name="Priya", message="Great set")
    assert 'data-status="paid"' in paid.text
    assert f"{brand.sign}5.00" in text_of(paid)
    await tip(house, dj, "20.00")
    return dj, event_id


@pytest.mark.feature(87, 94, 168, "80/return", "92/name", "17/sign-up")
@pytest.mark.parametrize("brand", [TIPJAR, DJDASH], ids=lambda brand: brand.key)
async def test_from_the_sign_up_form_to_the_earnings(house: House, brand: Brand) -> None:
    dj, event_id = await evening(house, brand, "jay@example.com")

    booth = await dj.booth(event_id)
    # £ and $ by the brand's country: 3.5 % + 0.30 of each tip is the platform's.
    assert [(row.amount, row.net, row.name, row.message) for row in booth.tips] == [
        (f"{brand.sign}20.00", f"{brand.sign}19.00", "Someone", ""),
        (f"{brand.sign}5.00", f"{brand.sign}4.52", "Priya", "Great set"),
    ]
    expected = {"count": 2, "gross": f"{brand.sign}25.00", "fee": f"{brand.sign}1.48"}
    expected |= {"net": f"{brand.sign}23.52", "currency": brand.currency}
    assert booth.totals is not None
    assert {name: getattr(booth.totals, name) for name in expected} == expected

    earned = await dj.earnings()
    [total] = earned.totals
    assert {name: getattr(total, name) for name in expected} == expected
    assert [(row.total, row.fee, row.net, row.status) for row in earned.payments] == [
        (f"{brand.sign}20.00", f"{brand.sign}1.00", f"{brand.sign}19.00", "paid"),
        (f"{brand.sign}5.00", f"{brand.sign}0.48", f"{brand.sign}4.52", "paid"),
    ]
    await assert_books(house, dj)


async def assert_books(house: House, dj: Dj) -> None:
    """Both sides of the journal to the cent, and Stripe's own balance."""
    key, cost = dj.brand.key, processor_cost(house, dj)
    assert cost > 0
    credited = house.rows(
        "select e.transition, sum(l.amount_minor)::int as amount from journal_lines l"
        " join journal_entries e on e.id = l.entry_id where l.organization_id = %s group by 1",
        dj.organization,
    )
    # What the payee is owed (2352) went to the connected account, so nothing is owed any more.
    assert {row["transition"]: row["amount"] for row in credited} == {
        "captured": -2352,
        "transferred": 2352,
    }
    assert house.journal(PLATFORM) == {
        (key, "stripe"): 148 - cost,
        (key, "fees"): -148,
        (key, "processor_cost"): cost,
    }
    assert await house.at_stripe(key) == 148 - cost
    [row] = await platform(house)
    assert (row.brand, row.currency, row.waiting) == (key, dj.brand.currency, 0)
    sign = dj.brand.sign
    assert row.fees == f"{sign}1.48"
    assert row.cost == f"{sign}{cost / 100:.2f}"
    assert row.net.replace(sign, "") in (f"{(148 - cost) / 100:.2f}", f"−{(cost - 148) / 100:.2f}")


def processor_cost(house: House, dj: Dj) -> int:
    [row] = house.rows(
        "select sum(processor_cost_minor)::int as cost from payments where organization_id = %s",
        dj.organization,
    )
    return row["cost"]


@pytest.mark.feature(85, 86, "95/product")
async def test_two_brands_never_mix_their_keys(house: House) -> None:
    """Row 85 on the requests that Stripe received, not on what came of them."""
    jay, _ = await evening(house, TIPJAR, "jay@example.com")
    assert house.keys_that_asked() == {"tipjar"}
    before = len(house.recorder.asked)
    first = house.journal()
    maya, _ = await evening(house, DJDASH, "maya@example.com")
    del house.recorder.asked[:before]
    assert house.keys_that_asked() == {"djdash"}
    assert {a.path for a in house.recorder.asked} >= {"/v2/core/accounts", "/v1/checkout/sessions"}

    # Another account, another currency, another statement; the first brand's books are untouched.
    [one], [two] = (
        house.rows(
            "select brand, external_id from connected_accounts where organization_id = %s",
            dj.organization,
        )
        for dj in (jay, maya)
    )
    assert (one["brand"], two["brand"]) == ("tipjar", "djdash")
    assert one["external_id"] != two["external_id"]
    routed = house.rows(
        "select distinct brand, currency, plan->>'name' as plan from payments order by 1"
    )
    assert routed == [
        {"brand": "djdash", "currency": "USD", "plan": "Tips on djdash"},
        {"brand": "tipjar", "currency": "GBP", "plan": "Tips on tipjar"},
    ]
    async with house.sandbox.store.transaction() as rows:
        on_statements = {
            brand: {charge["calculated_statement_descriptor"] for charge in charges}
            for brand in ("tipjar", "djdash")
            if (charges := await rows.find("charge", owner=brand))
        }
    assert on_statements == {"tipjar": {"TIPJAR* JAY MARTEL"}, "djdash": {"DJDASH* JAY MARTEL"}}
    after = house.journal()
    assert {key: value for key, value in after.items() if key[0] == "tipjar"} == first
    by_product = {row.brand: row.fees for row in await platform(house)}
    assert by_product == {"tipjar": "£1.48", "djdash": "$1.48"}

    # Neither sees a trace of the other.
    assert "Maya" not in str(await jay.earnings())
    assert [row.total for row in (await maya.earnings()).payments] == ["$20.00", "$5.00"]


@pytest.mark.feature("90/journey")
async def test_what_was_refunded_and_disputed_is_honest_everywhere(house: House) -> None:
    """After the night somebody refunds one tip at Stripe, and a bank takes the other back."""
    dj, event_id = await evening(house, TIPJAR, "jay@example.com")
    five, twenty = house.rows("select charge_id from payments order by total_minor")
    async with httpx.AsyncClient(transport=house.network, base_url=SANDBOX) as stripe:
        share = {"reverse_transfer": True, "refund_application_fee": True}
        await stripe.post(f"/control/charges/{five['charge_id']}/refund", json=share)
        await stripe.post(f"/control/charges/{twenty['charge_id']}/dispute", json={})
    await house.settle()

    booth = await dj.booth(event_id)
    assert [(row.amount, row.refunded) for row in booth.tips] == [
        ("£20.00", "£20.00"),
        ("£5.00", "£5.00"),
    ]
    assert booth.totals
    assert (booth.totals.count, booth.totals.gross, booth.totals.net) == (0, "£0.00", "-£1.00")
    earned = await dj.earnings()
    [total] = earned.totals
    assert (total.gross, total.fee, total.net) == ("£0.00", "£1.00", "-£1.00")
    assert [(row.status, row.total, row.net) for row in earned.payments] == [
        ("disputed", "£0.00", "-£1.00"),
        ("refunded", "£0.00", "£0.00"),
    ]
    # The platform has its fee of the one, Stripe's cost of both, the dispute and its price.
    cost = processor_cost(house, dj)
    [row] = await platform(house)
    assert (row.fees, row.cost) == ("£1.00", f"£{(cost + 1500) / 100:.2f}")
    assert house.journal(PLATFORM)["tipjar", "stripe"] == 100 - cost - 2000 - 1500
    assert await house.at_stripe("tipjar") == 100 - cost - 2000 - 1500
    assert house.rows("select type, problem from inbox where problem <> ''") == []


@pytest.mark.feature(4, 5)
async def test_signing_up_twice_and_confirming_twice_founds_one_organization(house: House) -> None:
    dj = newcomer(house, TIPJAR, "jay@example.com")
    await dj.sign_up()
    await dj.sign_up()
    link = await house.mailed_link(dj.email)
    pages = [await dj.browser.get(link) for _ in range(2)]
    first = await dj.browser.send(pages[0], {}, follow=False)
    second = await dj.browser.send(pages[1], {}, follow=False)
    assert first.headers["location"] == TIPJAR.landing
    assert second.status_code >= 400
    assert house.rows(
        "select o.product_context as organization, u.product_context as person"
        " from organizations o join memberships m on m.organization_id = o.id"
        " join users u on u.id = m.user_id where o.id <> %s",
        PLATFORM,
    ) == [{"organization": "tipjar", "person": "tipjar"}]


@pytest.mark.feature("6/m10dj", "4/m10dj")
async def test_m10dj_lands_on_its_own_dashboard_in_its_own_name(house: House) -> None:
    dj = newcomer(house, M10DJ, "ben@example.com")
    sent = await dj.sign_up("Ben Murray")
    assert 'data-brand="m10dj"' in sent.text
    landed = await dj.confirm()
    assert landed.headers["location"] == "/admin/dashboard"
    [mail] = house.rows("select sender from mails")
    assert "M10 DJ Company" in mail["sender"]


@pytest.mark.feature("3/neutral", "3/read-only")
async def test_an_unknown_host_is_neutral_and_changes_nothing(house: House) -> None:
    dj, _ = await evening(house, TIPJAR, "jay@example.com")
    strange = house.visitor()
    home = await strange.get(address("stranger.example"))
    assert home.status_code == 200
    assert 'data-brand="neutral"' in home.text
    before = everything(house)

    page = await strange.get(address("stranger.example", "/signup"))
    assert forms_of(page.text) == []
    form = await strange.get(address(TIPJAR.host, "/signup"))
    form.extensions["asked"] = address("stranger.example", "/signup")
    typed = {"name": "Eve", "email": "eve@example.com", "password": PASSWORD}
    assert (await strange.send(form, typed, follow=False)).status_code in (403, 421)
    page = await strange.get(address("stranger.example", f"/t/{dj.slug}"))
    assert page.status_code == 200
    assert forms_of(page.text) == []
    page = await strange.get(dj.page)
    page.extensions["asked"] = address("stranger.example", f"/t/{dj.slug}")
    answer = await strange.send(page, {"amount": "custom", "custom_amount": "5.00"}, follow=False)
    assert answer.status_code in (403, 421)
    assert everything(house) == before


def everything(house: House) -> list[dict[str, int]]:
    return house.rows(
        "select (select count(*) from users) as people, (select count(*) from tips) as tips,"
        " (select count(*) from payments) as payments, (select count(*) from mails) as mails"
    )


@pytest.mark.feature("82/clicks")
async def test_from_the_sign_up_to_the_first_tip_takes_ten_clicks_at_most(house: House) -> None:
    """The DJ's buttons from the form to the printed code, and the fan's two."""
    dj = newcomer(house, TIPJAR, "jay@example.com")
    await dj.sign_up()  # 1: sign up
    await dj.confirm()  # 2, 3: the link in the mail, its button
    await dj.open_payouts()  # 4, 5, 6: country, set up payouts, the processor's form
    code = await dj.browser.get(f"{dj.page}/qr")  # 7: the code to print
    assert search(r"/t/[\w-]+/qr\.svg|<svg", code.text)
    paid = await tip(house, dj, "5.00")  # 8, 9: send the form, pay
    assert 'data-status="paid"' in paid.text


@pytest.mark.feature("81/closed")
async def test_a_payment_account_that_is_restricted_closes_tips_kindly(house: House) -> None:
    dj, _ = await evening(house, TIPJAR, "jay@example.com")
    fan = house.visitor()
    form = await fan.get(dj.page)
    [account] = house.rows("select external_id from connected_accounts")
    async with httpx.AsyncClient(transport=house.network) as client:
        control = f"http://127.0.0.1:8124/control/accounts/{account['external_id']}"
        await client.post(control, json={"status": "restricted"})
    await house.settle()
    answer = await fan.send(form, {"amount": "custom", "custom_amount": "5.00"}, follow=False)
    assert answer.status_code == 409
    shown = text_of(answer)
    assert "Tips are not open right now" in shown
    assert "Nothing was charged" in shown
    assert "Your amount 5.00" in shown
    assert len(house.rows("select id from payments")) == 2
