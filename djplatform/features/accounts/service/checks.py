"""What was typed, checked by field."""

from djplatform.core.errors import InvalidInput
from djplatform.core.i18n import t
from djplatform.features.accounts import rules
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


def require(**errors: str) -> None:
    """Refuse when any field has an error.

    Raises:
        InvalidInput: by field.
    """
    found = {field: text for field, text in errors.items() if text}
    if found:
        raise InvalidInput(**found)
