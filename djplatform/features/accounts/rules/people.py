"""What people type about themselves."""

from email_validator import EmailNotValidError, validate_email

from djplatform.core.text import one_line

NAME_LENGTH = 80


def clean_email(typed: str) -> str | None:
    """An e-mail address in the form that we keep and compare, or None when it is none."""
    try:
        found = validate_email(typed.strip(), check_deliverability=False, strict=True)
    except EmailNotValidError:
        return None
    return found.normalized.lower()


def clean_name(typed: str) -> str:
    """A name as one line."""
    return one_line(typed)
