"""What the mails about accounts say."""

import pytest

from djplatform.features.accounts.dto import (
    ApiTokenIssued,
    ConfirmationAsked,
    KnownAddressSignedUp,
    PasswordChanged,
    ResetAsked,
)
from djplatform.features.notifications import letters, rules
from djplatform.features.notifications.dto import Letter

LINK = "http://tipjar.localhost:8000/verify?token=abc"
CASES = {
    "confirmation": letters.confirmation(ConfirmationAsked("j@x.com", "Jay", "TipJar", LINK)),
    "known": letters.known_address(
        KnownAddressSignedUp("j@x.com", "Jay", "DJ Dash", "TipJar", LINK, LINK + "r")
    ),
    "reset": letters.reset(ResetAsked("j@x.com", "Jay", "TipJar", LINK)),
    "changed": letters.password_changed(PasswordChanged("j@x.com", "Jay", "TipJar", LINK)),
    "token": letters.api_token(
        ApiTokenIssued("j@x.com", "Jay", "TipJar", "Lights", "The Attic", LINK, rotated=False)
    ),
    "rotated token": letters.api_token(
        ApiTokenIssued("j@x.com", "Jay", "TipJar", "Lights", "The Attic", LINK, rotated=True)
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_each_mail_has_one_button_and_both_forms(name: str) -> None:
    letter = CASES[name]
    text, html = rules.as_text(letter, "TipJar"), rules.as_html(letter, "TipJar")
    assert "Hello Jay," in text
    assert LINK in text.splitlines()
    assert html.count("<a ") == 1
    assert f'href="{LINK}"' in html
    assert letter.button in html
    assert "!" not in text
    assert "{" not in text


def test_the_owner_is_told_where_the_account_is() -> None:
    text = rules.as_text(CASES["known"], "DJ Dash")
    assert "signed up at DJ Dash" in text
    assert "have an account already, at TipJar" in text


@pytest.mark.parametrize(("name", "what"), [("token", "created"), ("rotated token", "new secret")])
def test_the_owner_hears_which_token_may_work_for_whom(name: str, what: str) -> None:
    text = rules.as_text(CASES[name], "TipJar")
    assert "“Lights”" in text
    assert "The Attic" in text
    assert what in text


def test_names_are_text() -> None:
    letter = letters.confirmation(ConfirmationAsked("j@x.com", "<b>Jay</b>", "TipJar", LINK))
    assert "<b>Jay" not in rules.as_html(letter, "TipJar")


def test_a_mail_may_do_without_a_button_and_without_small_words() -> None:
    bare = Letter(subject="Done", greeting="Hello Jay,", paragraphs=("It is done.",))
    assert rules.as_text(bare, "TipJar") == "Hello Jay,\n\nIt is done.\n\nTipJar\n"
    html = rules.as_html(bare, "TipJar")
    assert "<a " not in html
    assert html.count("<p ") == 3
