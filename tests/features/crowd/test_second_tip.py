"""One device, several tabs, "back" and double clicks: who gives twice pays twice, nobody else does.

Each test ends in the ledger: what was captured is what the fan meant to give.
"""

import pytest

from djplatform.core.errors import VendorUnavailable
from djplatform.features.crowd.service import giving
from djplatform.features.payments.service import gateway
from tests.features.crowd.conftest import JAY, Night, filled, path_of
from tests.features.crowd.test_documents import text_of

TIPS = "select status, paid_minor, net_minor, guest_name, message from tips order by created_at, id"


def captured(night: Night) -> list[int]:
    """What the ledger says was taken, payment by payment, the smallest first."""
    return sorted(minor for line, minor in night.stage.journal() if line == "captured/stripe")


def given(night: Night) -> list[tuple[str, int, str, str]]:
    return [(t["status"], t["paid_minor"], t["guest_name"], t["message"]) for t in night.rows(TIPS)]


async def pay_unheard(night: Night, location: str) -> str:
    """Pay on the hosted page; the event of it is still under way. The receipt's path."""
    back = await night.stage.press_pay(location)
    assert back.status_code == 303
    return path_of(back.headers["location"])


async def test_paid_in_one_tab_and_again_in_a_fresh_one_is_two_tips(night: Night) -> None:
    tab_a = await night.fan.tip(amount="5.00", guest_name="Priya", message="First")
    await pay_unheard(night, tab_a.headers["location"])
    tab_b = await night.fan.form()
    assert (tab_b["guest_name"], tab_b["message"]) == ("Priya", "First")
    second = await night.fan.send(tab_b | {"amount": "5.00", "message": "Second"})
    assert second.headers["location"] != tab_a.headers["location"]
    await night.pay(second)
    assert given(night) == [("paid", 500, "Priya", "First"), ("paid", 500, "Priya", "Second")]
    assert captured(night) == [500, 500]


async def test_the_same_form_sent_once_more_pays_once_though_nothing_was_heard_yet(
    night: Night,
) -> None:
    form = await night.fan.form() | {"amount": "5.00", "message": "Once"}
    first = await night.fan.send(form)
    receipt = await pay_unheard(night, first.headers["location"])
    again = await night.fan.send(form)
    assert path_of(again.headers["location"]) == receipt
    await night.stage.settle()
    assert path_of((await night.fan.send(form)).headers["location"]) == receipt
    assert "Thank you" in text_of(await night.fan.get(receipt))
    assert given(night) == [("paid", 500, "", "Once")]
    assert captured(night) == [500]


@pytest.mark.parametrize("heard", [False, True])
async def test_back_after_paying_and_other_words_is_a_second_tip(night: Night, heard: bool) -> None:
    form = await night.fan.form() | {"amount": "5.00", "message": "First"}
    receipt = await pay_unheard(night, (await night.fan.send(form)).headers["location"])
    if heard:
        await night.stage.settle()
    other = form | {"amount": "20.00", "message": "And one more"}
    second = await night.fan.send(other)
    # A double click on the second one is the second one.
    assert (await night.fan.send(other)).headers["location"] == second.headers["location"]
    await night.pay(second)
    assert given(night) == [("paid", 500, "", "First"), ("paid", 2000, "", "And one more")]
    assert captured(night) == [500, 2000]
    words = text_of(await night.fan.get(receipt))
    assert "£5.00" in words
    assert "First" in words


async def test_another_amount_before_paying_closes_the_first_checkout(night: Night) -> None:
    first = await night.fan.tip(amount="5.00", message="Which one")
    old = night.payment()
    kept = await night.fan.form(f"{JAY}?again={old}")
    second = await night.fan.send(kept | {"amount": "20.00"})
    await night.stage.settle()
    words = text_of(await night.fan.get(f"{JAY}/tips/{old}"))
    assert "You changed this tip" in words
    assert "nothing was charged on it" in words
    closed = await night.stage.press_pay(first.headers["location"])
    assert closed.status_code == 410
    await night.pay(second)
    assert given(night) == [("paid", 2000, "", "Which one")]
    assert captured(night) == [2000]
    # The old page tells of the payment that brought the money, not of its own figures.
    words = text_of(await night.fan.get(f"{JAY}/tips/{old}"))
    assert "Thank you" in words
    assert "£20.00" in words
    assert "£5.00" not in words


@pytest.mark.parametrize("live", [False, True])
async def test_both_checkouts_of_one_tip_paid_are_both_given(night: Night, live: bool) -> None:
    """The fan changed the amount, and paid the first checkout before it could be closed."""
    if live:
        await night.start()
    first = await night.fan.tip(amount="5.00")
    kept = await night.fan.form(f"{JAY}?again={night.payment()}")
    second = await night.fan.send(kept | {"amount": "20.00"})
    await pay_unheard(night, first.headers["location"])
    await night.pay(second)
    assert given(night) == [("paid", 2500, "", "")]
    assert captured(night) == [500, 2000]


async def test_a_fresh_page_leaves_an_open_checkout_alone(night: Night) -> None:
    first = await night.fan.tip(amount="5.00", message="First")
    second = await night.fan.tip(amount="10.00", message="Second")
    await night.pay(second)
    assert given(night) == [("created", 0, "", "First"), ("paid", 1000, "", "Second")]
    assert captured(night) == [1000]
    await night.pay(first)
    assert [status for status, *_ in given(night)] == ["paid", "paid"]
    assert captured(night) == [500, 1000]


async def test_a_fresh_page_says_what_the_last_tip_came_to(night: Night) -> None:
    assert "You have given" not in text_of(await night.fan.get(JAY))
    receipt = await pay_unheard(
        night, (await night.fan.tip(amount="5.00", message="Mine")).headers["location"]
    )
    page = await night.fan.get(JAY)
    assert "You began a tip of £5.00." in text_of(page)
    assert f'href="{receipt}"' in page.text
    await night.stage.settle()
    page = await night.fan.get(JAY)
    assert "You have given £5.00." in text_of(page)
    assert f'href="{receipt}"' in page.text
    assert filled(page)["message"] == ""
    async with night.another_fan() as other:
        assert "You have given" not in text_of(await other.get(JAY))


async def test_while_the_processor_is_silent_the_form_leads_to_its_checkout(
    night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    form = await night.fan.form() | {"amount": "5.00"}
    first = await night.fan.send(form)
    working = gateway.client

    class Silent:
        async def retrieve_checkout(self, *_: object) -> None:
            raise VendorUnavailable

    monkeypatch.setattr(gateway, "client", lambda _: Silent())
    again = await night.fan.send(form)
    assert again.headers["location"] == first.headers["location"]
    monkeypatch.setattr(gateway, "client", working)
    await night.pay(first)
    assert captured(night) == [500]


async def test_a_form_that_made_as_many_tips_as_it_may_is_made_anew_with_its_words(
    night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(giving, "_TRIES", 2)
    form = await night.fan.form() | {"amount": "5.00"}
    for words in ("First", "Second"):
        await night.pay(await night.fan.send(form | {"message": words}))
    refused = await night.fan.send(form | {"message": "Third"})
    assert refused.status_code == 409
    assert "This form was used too often. Please try again." in text_of(refused)
    assert [message for *_, message in given(night)] == ["First", "Second"]
    assert filled(refused)["message"] == "Third"
    await night.pay(await night.fan.send(filled(refused)))
    assert [message for *_, message in given(night)] == ["First", "Second", "Third"]
    assert captured(night) == [500, 500, 500]


async def test_a_tip_that_ran_out_is_not_told_of_as_begun(night: Night) -> None:
    await night.fan.tip(amount="5.00")
    assert "You began a tip" in text_of(await night.fan.get(JAY))
    [row] = night.rows("select checkout_id from payments")
    await gateway.client("tipjar").expire_checkout(row["checkout_id"])
    await night.stage.settle()
    assert [status for status, *_ in given(night)] == ["expired"]
    said = text_of(await night.fan.get(JAY))
    assert "You began" not in said
    assert "You have given" not in said
