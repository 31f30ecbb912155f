"""The fan's page over HTTP: what it says, what it keeps, what it refuses."""

import asyncio
import re

import httpx
import pytest

from djplatform.core.db import Scope, unit
from djplatform.core.errors import VendorUnavailable
from djplatform.features.payments.service import gateway
from djplatform.features.profiles import service as profiles
from djplatform.features.profiles.dto import UpdateProfile
from djplatform.ui.tokens import palette
from tests.features.crowd.conftest import HOST, JAY, Night, filled, path_of

TIPS = "select * from tips order by created_at"


def text_of(answer: httpx.Response) -> str:
    """The page's words without its markup."""
    body = answer.text.split("</head>", 1)[-1]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", body))


async def test_the_page_says_who_where_and_what_becomes_of_an_amount(night: Night) -> None:
    await night.start()
    answer = await night.fan.get(JAY)
    assert answer.status_code == 200
    words = text_of(answer)
    for said in (
        "Jay Martell",
        "Friday, The Lantern Room",
        "Live",
        "You pay £5.00, Jay Martell gets £4.52.",
        "You pay £100.00, Jay Martell gets £96.20.",
        "Only Jay Martell sees this.",
    ):
        assert said in words
    assert 'data-brand="tipjar"' in answer.text
    assert f'<link rel="canonical" href="{HOST}{JAY}">' in answer.text


@pytest.mark.feature("B13/weight")
async def test_the_page_weighs_less_than_50_kb(night: Night) -> None:
    await night.start()
    answer = await night.fan.get(JAY, headers={"accept-encoding": "identity"})
    assert len(answer.content) <= 50_000


async def test_without_an_event_the_page_takes_tips_and_is_not_live(night: Night) -> None:
    words = text_of(await night.fan.get(JAY))
    assert "Live" not in words
    await night.pay(await night.fan.tip(amount="5.00"))
    assert [(t["status"], t["event_id"]) for t in night.rows(TIPS)] == [("paid", None)]


@pytest.mark.feature(168, "378/tip", "B13/plain")
async def test_a_fan_without_an_account_tips_and_the_dj_gets_it(night: Night) -> None:
    event = await night.start()
    back = await night.pay(
        await night.fan.tip(amount="5.00", guest_name="Priya", message="Great set")
    )
    [tip] = night.rows(TIPS)
    assert (tip["status"], tip["guest_name"], tip["message"]) == ("paid", "Priya", "Great set")
    assert (tip["amount_minor"], tip["paid_minor"], tip["net_minor"]) == (500, 500, 452)
    assert tip["event_id"] == event.id
    words = text_of(await night.fan.get(back))
    for said in ("Thank you", "Jay Martell has your tip", "£5.00", "£4.52", "Great set", "help@"):
        assert said in words


@pytest.mark.feature("B8/tip")
async def test_the_figures_before_paying_equal_the_ledger_afterwards(night: Night) -> None:
    words = text_of(await night.fan.get(JAY))
    assert "You pay £10.00, Jay Martell gets £9.35." in words
    assert "You pay £10.67, Jay Martell gets £10.00." in words
    await night.pay(await night.fan.tip(amount="10.00"))
    await night.pay(await night.fan.tip(amount="10.00", covers_fee="on"))
    tips = night.rows("select paid_minor, net_minor from tips order by created_at")
    assert [(t["paid_minor"], t["net_minor"]) for t in tips] == [(1000, 935), (1067, 1000)]
    sums = {
        r["transition"] + "/" + r["kind"]: r["sum"]
        for r in night.rows(
            "select e.transition, a.kind, sum(l.amount_minor)::int from journal_lines l "
            "join journal_entries e on e.id = l.entry_id "
            "join ledger_accounts a on a.id = l.account_id group by 1, 2"
        )
    }
    assert sums["captured/stripe"] == 1000 + 1067
    assert sums["captured/payable"] == -(935 + 1000)


@pytest.mark.parametrize(
    ("amount", "says"),
    [
        ("0", "must be more than zero"),
        ("-5", "amount"),
        ("0.50", "smallest tip here is £1.00"),
        ("5000", "largest tip here is £1,000.00"),
        ("five", "in digits"),
        ("", "type an amount"),
    ],
)
async def test_a_bad_amount_is_refused_by_its_field_and_everything_is_kept(
    night: Night, amount: str, says: str
) -> None:
    typed = {"custom_amount": amount, "guest_name": "Priya", "message": "Hi\nthere"}
    answer = await night.fan.tip(amount="custom", **typed)
    assert answer.status_code == 422
    assert says in text_of(answer)
    assert 'aria-describedby="field-custom_amount-error' in answer.text
    kept = filled(answer)
    assert {name: kept[name] for name in typed} == typed
    assert night.rows(TIPS) == []


async def test_a_comma_is_understood(night: Night) -> None:
    for fields in ({"amount": "custom", "custom_amount": "5,00"}, {"amount": "5,00"}):
        async with night.another_fan() as fan:
            assert (await fan.tip(**fields)).status_code == 303
    assert [t["amount_minor"] for t in night.rows(TIPS)] == [500, 500]


async def test_long_text_is_refused_with_its_limit_and_kept(night: Night) -> None:
    typed = {"guest_name": "n" * 10_000, "message": "m" * 10_000}
    answer = await night.fan.tip(amount="5.00", **typed)
    assert answer.status_code == 422
    words = text_of(answer)
    assert "at most 60 characters. This has 10000" in words
    assert "at most 300 characters. This has 10000" in words
    kept = filled(answer)
    assert kept["guest_name"] == typed["guest_name"]
    assert kept["message"] == typed["message"]
    assert kept["amount"] == "5.00"
    assert night.rows(TIPS) == []


@pytest.mark.parametrize(
    "text",
    [
        "👩‍👩‍👧‍👦 🎧🔥",
        "מזל טוב חבר",
        "<script>alert(1)</script><b>",
        "\"'&amp; onload=x",
        "a\x00b\x1f",
    ],
)
async def test_any_text_is_kept_and_shown_as_text(night: Night, text: str) -> None:
    back = await night.pay(await night.fan.tip(amount="5.00", guest_name=text, message=text))
    [tip] = night.rows(TIPS)
    clean = text.replace("\x00", "").replace("\x1f", "")
    assert (tip["guest_name"], tip["message"]) == (clean, clean)
    page = (await night.fan.get(back)).text
    assert "<script>alert" not in page
    assert 'dir="auto"' in page


async def test_text_in_a_refused_form_is_escaped(night: Night) -> None:
    attack = '"><script>alert(1)</script></textarea><img src=x onerror=y>'
    answer = await night.fan.tip(amount=attack, guest_name=attack, message=attack)
    assert answer.status_code == 422
    assert "<script>alert" not in answer.text
    assert "<img src=x" not in answer.text
    assert filled(answer)["guest_name"] == attack


async def test_a_double_click_makes_one_payment(night: Night) -> None:
    fields = await night.fan.form() | {"amount": "5.00"}
    answers = await asyncio.gather(*(night.fan.send(fields) for _ in range(4)))
    assert {a.status_code for a in answers} == {303}
    assert len({a.headers["location"] for a in answers}) == 1
    assert len(night.rows(TIPS)) == 1
    assert len(night.rows("select id from payments")) == 1
    async with night.stage.sandbox.store.transaction() as rows:
        assert len(await rows.find("session")) == 1


async def test_after_paying_the_same_form_leads_to_the_paid_page(night: Night) -> None:
    fields = await night.fan.form() | {"amount": "5.00"}
    back = await night.pay(await night.fan.send(fields))
    again = await night.fan.send(fields)
    assert path_of(again.headers["location"]) == back
    assert len(night.rows("select id from payments")) == 1


async def test_coming_back_keeps_what_was_typed_and_goes_on_with_the_same_tip(
    night: Night,
) -> None:
    typed = {"guest_name": "Priya", "message": "Play it\nloud", "covers_fee": "on"}
    await night.fan.tip(amount="custom", custom_amount="7.50", **typed)
    payment = night.payment()
    for path in (JAY, f"{JAY}?again={payment}"):
        kept = await night.fan.form(path)
        assert (kept["amount"], kept["custom_amount"]) == ("custom", "7.50")
        assert {name: kept[name] for name in typed} == typed
    await night.fan.send(kept | {"amount": "20.00", "custom_amount": "", "message": "Changed"})
    [tip] = night.rows(TIPS)
    assert (tip["amount_minor"], tip["message"]) == (2000, "Changed")
    payments = night.rows("select total_minor from payments order by attempt")
    assert len(payments) == 2


async def test_nobody_else_sees_what_a_fan_typed(night: Night) -> None:
    await night.fan.tip(amount="5.00", guest_name="Priya", message="secret words")
    payment = night.payment()
    async with night.another_fan() as other:
        for path in (JAY, f"{JAY}?again={payment}", f"{JAY}/tips/{payment}"):
            assert "Priya" not in (await other.get(path)).text
            assert "secret" not in (await other.get(path)).text
        await other.tip(amount="5.00")
        # With a device of its own the stranger still finds nothing.
        foreign = await other.get(f"{JAY}/tips/{payment}")
        missing = await other.get(f"{JAY}/tips/{night.world.a}")
    assert (foreign.status_code, missing.status_code) == (404, 404)
    assert text_of(foreign) == text_of(missing)


async def test_a_form_of_another_device_makes_no_payment_there(night: Night) -> None:
    fields = await night.fan.form() | {"amount": "5.00", "guest_name": "Priya"}
    await night.fan.send(fields)
    async with night.another_fan() as other:
        await other.tip(amount="10.00")
        answer = await other.send(fields | {"guest_name": "Mallory"})
    assert answer.status_code == 409
    assert [t["guest_name"] for t in night.rows(TIPS)] == ["Priya", ""]


async def test_before_onboarding_the_page_says_kindly_that_tips_are_not_open(
    night: Night,
) -> None:
    answer = await night.fan.get("/t/northlight")
    words = text_of(answer)
    assert answer.status_code == 200
    assert "Tips are not open yet" in words
    assert "<form" not in answer.text
    sent = await night.fan.send({"amount": "5.00"}, "/t/northlight")
    assert sent.status_code == 409
    assert "Tips are not open right now" in text_of(sent)
    assert night.rows(TIPS) == []


async def test_every_host_shows_it_in_its_organizations_brand(night: Night) -> None:
    for host in ("http://127.0.0.1:8123", "http://djdash.localhost:8123"):
        async with night.another_fan(host) as fan:
            answer = await fan.get(JAY)
            assert 'data-brand="tipjar"' in answer.text
            assert f'<link rel="canonical" href="{HOST}{JAY}">' in answer.text
            sent = await fan.tip(amount="5.00")
            assert sent.status_code == 303


async def test_an_unknown_host_is_read_only(night: Night) -> None:
    async with night.another_fan("http://evil.example:8123") as fan:
        answer = await fan.get(JAY)
        assert "<form" not in answer.text
        assert f"{HOST}{JAY}" in answer.text
        assert '<meta name="robots" content="noindex">' in answer.text
        assert (await fan.send({"amount": "5.00"})).status_code == 421
    assert night.rows(TIPS) == []


async def test_another_sites_form_is_refused(night: Night) -> None:
    fields = await night.fan.form()
    answer = await night.fan.send(fields, headers={"origin": "http://evil.example"})
    assert answer.status_code == 403
    assert night.rows(TIPS) == []


async def test_a_flood_is_slowed_down_and_what_was_typed_is_kept(night: Night, environment) -> None:
    environment(DJP_LIMIT_FORM_DEVICE="2 per minute")
    await night.fan.tip(amount="5.00")
    answers = [await night.fan.tip(amount="5.00", guest_name="Priya") for _ in range(4)]
    refused = answers[-1]
    assert refused.status_code == 429
    assert int(refused.headers["retry-after"]) >= 1
    assert filled(refused)["guest_name"] == "Priya"
    async with night.another_fan() as other:
        assert (await other.tip(amount="5.00")).status_code == 303


async def test_the_payment_page_down_charges_nothing_and_keeps_the_form(
    night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Down:
        async def create_checkout(self, *_: object, **__: object) -> None:
            raise VendorUnavailable

    working = gateway.client
    monkeypatch.setattr(gateway, "client", lambda _: Down())
    answer = await night.fan.tip(amount="5.00", guest_name="Priya")
    assert answer.status_code == 503
    assert "Nothing was charged" in text_of(answer)
    kept = filled(answer)
    assert kept["guest_name"] == "Priya"
    monkeypatch.setattr(gateway, "client", working)
    assert (await night.fan.send(kept)).status_code == 303
    assert len(night.rows("select id from payments")) == 1


@pytest.mark.feature("378/tip", "B13/plain")
async def test_an_amount_is_worked_out_without_a_script(night: Night) -> None:
    fields = await night.fan.form() | {"amount": "custom", "custom_amount": "7,50"}
    answer = await night.fan.send(fields | {"step": "quote"})
    assert answer.status_code == 200
    assert "You pay £7.50, Jay Martell gets £6.94." in text_of(answer)
    assert filled(answer)["custom_amount"] == "7,50"
    assert night.rows(TIPS) == []


async def test_an_amount_is_worked_out_while_it_is_typed(night: Night) -> None:
    good = await night.fan.get(f"{JAY}/quote", params={"amount": "7.50"})
    assert "You pay £7.50, Jay Martell gets £6.94." in text_of(good)
    bad = await night.fan.get(f"{JAY}/quote", params={"amount": "<b>"})
    assert bad.status_code == 422
    assert "<b>" not in bad.text


async def test_an_unpublished_or_unknown_dj_has_no_page(night: Night) -> None:
    owner = night.world.owner
    async with unit(Scope.of(owner)) as tx:
        await profiles.update_profile(
            tx, owner, UpdateProfile(stage_name="Jay Martell", published=False)
        )
    for path in (JAY, f"{JAY}/qr", f"{JAY}/qr.svg", f"{JAY}/quote?amount=5", "/t/nobody"):
        assert (await night.fan.get(path)).status_code == 404
    assert (await night.fan.send({"amount": "5.00"})).status_code == 404
    assert "jay-martell" not in (await night.fan.get("/sitemap.xml")).text


async def test_the_sitemap_lists_the_brands_own_djs(night: Night) -> None:
    ours = (await night.fan.get("/sitemap.xml")).text
    assert f"<loc>{HOST}{JAY}</loc>" in ours
    assert "northlight" not in ours
    async with night.another_fan("http://127.0.0.1:8123") as fan:
        everything = (await fan.get("/sitemap.xml")).text
    assert "/t/jay-martell" in everything
    assert "/t/northlight" in everything


@pytest.mark.parametrize("slug", ["%00", "%F0%9F%8E%A7", "..%2Fetc", "a%27b", "x" * 3000, "%ff"])
async def test_a_broken_address_is_only_not_found(night: Night, slug: str) -> None:
    for path in (f"/t/{slug}", f"/t/{slug}/qr", f"/t/{slug}/quote?amount=5"):
        assert (await night.fan.get(path)).status_code == 404
    assert (await night.fan.send({"amount": "5.00"}, f"/t/{slug}")).status_code == 404


@pytest.mark.parametrize("token", ["", "x", "\udcff", "01a1fe3c-1b84-70de-b5d3-39afb596f18b.0"])
async def test_a_token_that_is_not_ours_still_gives_a_tip(night: Night, token: str) -> None:
    sent = token.encode("utf-8", "surrogateescape").decode("latin-1")
    assert (await night.fan.tip(amount="5.00", token=sent)).status_code == 303
    assert len(night.rows(TIPS)) == 1


@pytest.mark.feature(92)
async def test_the_checkout_shows_brand_and_dj(night: Night) -> None:
    await night.fan.tip(amount="5.00")
    async with night.stage.sandbox.store.transaction() as rows:
        [session] = await rows.find("session")
    assert session["branding_settings"]["display_name"] == "TipJar"
    assert session["branding_settings"]["button_color"] == palette("tipjar", "light")["accent"]
    assert session["branding_settings"]["logo"]["url"] == f"{HOST}/logo-tipjar.png"
    payment = night.rows("select title, payee_name, return_url, cancel_url from payments")[0]
    assert payment["title"] == "Tip for Jay Martell"
    assert payment["payee_name"] == "Jay Martell"
    assert payment["return_url"] == f"{HOST}{JAY}/tips/{night.payment()}"
    assert payment["cancel_url"] == f"{HOST}{JAY}?again={night.payment()}"


async def test_capitals_lead_to_the_address(night: Night) -> None:
    answer = await night.fan.get("/t/Jay-Martell")
    assert (answer.status_code, answer.headers["location"]) == (308, JAY)


async def test_the_code_can_be_printed_and_leads_to_the_brands_host(night: Night) -> None:
    page = await night.fan.get(f"{JAY}/qr")
    words = text_of(page)
    assert "Tip Jay Martell" in words
    assert "tipjar.localhost:8123/t/jay-martell" in words
    picture = await night.fan.get(f"{JAY}/qr.svg")
    assert picture.headers["content-type"] == "image/svg+xml"
    [path] = re.findall(r'<path d="([^"]+)"', picture.text)
    assert path in page.text
