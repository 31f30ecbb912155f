"""The words of each mail, in the reader's language."""

from djplatform.core.i18n import t
from djplatform.features.accounts.dto import (
    ApiTokenIssued,
    ConfirmationAsked,
    KnownAddressSignedUp,
    PasswordChanged,
    ResetAsked,
)
from djplatform.features.notifications.dto import Letter


def confirmation(event: ConfirmationAsked) -> Letter:
    """Please confirm your address."""
    return Letter(
        subject=t("Confirm your e-mail for {brand}", brand=event.brand_name),
        greeting=t("Hello {name},", name=event.name),
        paragraphs=(
            t("One step is left: confirm that this address is yours, and your account is ready."),
        ),
        button=t("Confirm my e-mail"),
        link=event.link,
        closing=t(
            "The link works for two days, on any device. If you did not sign up, leave this mail "
            "alone: without your confirmation there is no account."
        ),
    )


def known_address(event: KnownAddressSignedUp) -> Letter:
    """You have an account already."""
    return Letter(
        subject=t("You already have an account"),
        greeting=t("Hello {name},", name=event.name),
        paragraphs=(
            t(
                "Somebody, probably you, signed up at {brand} with this address. You have an "
                "account already, at {home}, and it works for both. Nothing was changed.",
                brand=event.brand_name,
                home=event.account_brand_name,
            ),
        ),
        button=t("Log in"),
        link=event.log_in_link,
        closing=t(
            "Forgot the password? Set a new one at {link}. If it was not you, nothing has happened "
            "and there is nothing to do.",
            link=event.reset_link,
        ),
    )


def reset(event: ResetAsked) -> Letter:
    """Set a new password here."""
    return Letter(
        subject=t("Set a new password for {brand}", brand=event.brand_name),
        greeting=t("Hello {name},", name=event.name),
        paragraphs=(t("Here is the link to set a new password."),),
        button=t("Set a new password"),
        link=event.link,
        closing=t(
            "The link works for one hour and only once. If you did not ask for it, leave this mail "
            "alone: your password stays as it is."
        ),
    )


def password_changed(event: PasswordChanged) -> Letter:
    """Your password was changed."""
    return Letter(
        subject=t("Your password was changed"),
        greeting=t("Hello {name},", name=event.name),
        paragraphs=(
            t(
                "The password of your {brand} account was just changed, and your other devices "
                "were signed out.",
                brand=event.brand_name,
            ),
        ),
        button=t("That was not me"),
        link=event.reset_link,
        closing=t("If it was you, there is nothing to do."),
    )


def api_token(event: ApiTokenIssued) -> Letter:
    """A program may work in your name now, or with a new secret."""
    said = {"token": event.token_name, "organization": event.organization}
    if event.rotated:
        subject = t("An API token has a new secret")
        text = t(
            "the API token “{token}” in your account was just given a new secret. Whoever has it "
            "can work for {organization} in your name.",
            **said,
        )
    else:
        subject = t("A new API token was created")
        text = t(
            "the API token “{token}” was just created in your account. Whoever has it can work "
            "for {organization} in your name.",
            **said,
        )
    return Letter(
        subject=subject,
        greeting=t("Hello {name},", name=event.name),
        paragraphs=(text,),
        button=t("See my API tokens"),
        link=event.account_link,
        closing=t(
            "If it was you, there is nothing to do. If not, revoke the token there and change "
            "your password."
        ),
    )
