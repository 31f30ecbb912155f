"""Who asks, and what was typed, checked by field."""

from uuid import UUID

from djplatform.core.actor import Actor, Permission, Role
from djplatform.core.errors import InvalidInput
from djplatform.core.i18n import t
from djplatform.features.accounts import rules
from djplatform.features.accounts.rules import api_tokens
from djplatform.features.accounts.rules.passwords import LONGEST, SHORTEST
from djplatform.features.accounts.rules.people import NAME_LENGTH


def email_error(typed: str) -> str:
    """What is wrong with an e-mail address, or nothing."""
    if not typed.strip():
        return t("Please type your e-mail address.")
    if rules.clean_email(typed) is None:
        return t("That does not look like an e-mail address.")
    return ""


def name_error(typed: str) -> str:
    """What is wrong with a name, or nothing."""
    name = rules.clean_name(typed)
    if not name:
        return t("Please type your name.")
    if len(name) > NAME_LENGTH:
        return t("Please use at most {n} characters.", n=NAME_LENGTH)
    return ""


def password_error(password: str, *, email: str = "", words: tuple[str, ...] = ()) -> str:
    """What is wrong with a new password, or nothing."""
    return {
        "": "",
        "short": t("Please use at least {n} characters.", n=SHORTEST),
        "long": t("Please use at most {n} characters.", n=LONGEST),
        "common": t("This password is among the first that are guessed. Please take another."),
        "simple": t("This password is too simple. Please use more different characters."),
        "personal": t("This password is close to your name or e-mail. Please take another."),
    }[rules.weakness(password, email=email, words=words)]


def token_name_error(typed: str) -> str:
    """What is wrong with the name of an API token, or nothing."""
    name = rules.clean_name(typed)
    if not name:
        return t("Please say what will use the token.")
    if len(name) > api_tokens.NAME_LENGTH:
        return t("Please use at most {n} characters.", n=api_tokens.NAME_LENGTH)
    return ""


def ceiling_error(typed: str, membership: Role) -> str:
    """What is wrong with the most that an API token may be, or nothing."""
    if typed not in set(api_tokens.CEILINGS):
        return t("Please choose what the token may do.")
    if rules.exceeds(Role(typed), membership):
        return t("That is more than you may do here yourself.")
    return ""


def life_error(typed: str) -> str:
    """What is wrong with the days that an API token shall live, or nothing."""
    if typed not in {str(days) for days in api_tokens.LIVES}:
        return t("Please choose when the token expires.")
    return ""


def signed_in(actor: Actor) -> UUID:
    """The person who asks about his own account.

    Raises:
        SignInRequired: nobody is signed in.
    """
    actor.require(Permission.ACCOUNT_SELF)
    return actor.person


def require(**errors: str) -> None:
    """Refuse when any field has an error.

    Raises:
        InvalidInput: by field.
    """
    found = {field: text for field, text in errors.items() if text}
    if found:
        raise InvalidInput(**found)
