"""Tips close while somebody types: nothing is charged, and no word is lost."""

import pytest

from tests.features.crowd.conftest import JAY, Night, filled
from tests.features.crowd.test_documents import text_of

TYPED = {
    "amount": "custom",
    "custom_amount": "7.50",
    "guest_name": "Zoë <b>",
    "message": "First line\r\nsecond",
    "covers_fee": "on",
}


async def set_account(night: Night, status: str) -> None:
    """The processor opens the DJ's account, or takes it away."""
    [row] = night.rows("select external_id from connected_accounts where external_id is not null")
    await night.stage.control(f"accounts/{row['external_id']}", status=status)
    await night.stage.settle()


def kept(fields: dict[str, str]) -> dict[str, str]:
    return {name: fields[name] for name in TYPED}


async def test_the_words_stand_on_the_closed_page_and_are_there_when_tips_open(
    night: Night,
) -> None:
    fields = await night.fan.form() | TYPED
    await set_account(night, "restricted")
    refused = await night.fan.send(fields)
    assert refused.status_code == 409
    said = text_of(refused)
    for shown in ("Tips are not open right now", "Nothing was charged", "7.50", "Zoë &lt;b&gt;"):
        assert shown in said
    assert "First line second" in said
    assert kept(filled(refused)) == TYPED

    still = await night.fan.send(filled(refused) | {"step": "look"})
    assert still.status_code == 200
    assert "Tips are not open right now" in text_of(still)

    await set_account(night, "active")
    reopened = await night.fan.send(filled(still) | {"step": "look"})
    assert reopened.status_code == 200
    assert "You pay £8.08, Jay Martell gets £7.50." in text_of(reopened)
    again = filled(reopened)
    assert kept(again) == TYPED
    assert night.rows("select id from tips") == []

    await night.pay(await night.fan.send(again))
    tips = night.rows("select status, net_minor, guest_name, message from tips")
    assert tips == [
        {
            "status": "paid",
            "net_minor": 750,
            "guest_name": "Zoë <b>",
            "message": "First line\nsecond",
        }
    ]


async def test_working_an_amount_out_keeps_the_words_too(night: Night) -> None:
    fields = await night.fan.form() | TYPED | {"step": "quote"}
    night.rows("update organizations set currency = null where id = %s", night.world.a)
    answer = await night.fan.send(fields)
    assert answer.status_code == 409
    assert kept(filled(answer)) == TYPED


async def test_who_typed_nothing_is_only_told_that_tips_are_not_open(night: Night) -> None:
    await set_account(night, "restricted")
    answer = await night.fan.get(JAY)
    assert "Tips are not open yet" in text_of(answer)
    assert "<form" not in answer.text


@pytest.mark.parametrize("amount", ["5", "five"])
async def test_a_quote_of_a_closed_page_is_no_page(night: Night, amount: str) -> None:
    """The script puts an answer into the sentence: it must never be a whole document."""
    night.rows("update organizations set currency = null where id = %s", night.world.a)
    answer = await night.fan.get(f"{JAY}/quote", params={"amount": amount})
    assert answer.status_code == 409
    assert "<html" not in answer.text
    assert "Jay Martell" in answer.text


async def test_a_country_that_is_not_said_closes_the_page_under_the_form(night: Night) -> None:
    fields = await night.fan.form() | TYPED
    night.rows("update organizations set country = null, currency = null")
    refused = await night.fan.send(fields)
    assert refused.status_code == 409
    assert "Nothing was charged" in text_of(refused)
    assert kept(filled(refused)) == TYPED
    assert night.rows("select id from tips") == []
