"""Card statement descriptors and regions: two rules of Stripe's that need no network."""

import re
import unicodedata

_TOTAL = 22
_PREFIX_MAX = 10
_FORBIDDEN = re.compile(r"[^A-Z0-9 .,&+/#!?@$%()=:;_-]")
_DEFAULT_SUFFIX = "TIP"

# Destination charges settle across these borders without `on_behalf_of`
# (https://docs.stripe.com/connect/cross-border-payouts: one region each).
_EUROPE = frozenset(
    [
        *("AT", "BE", "BG", "CH", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GB", "GI", "GR"),
        *("HR", "HU", "IE", "IS", "IT", "LI", "LT", "LU", "LV", "MT", "NL", "NO", "PL", "PT"),
        *("RO", "SE", "SI", "SK"),
    ]
)


def region(country: str) -> str:
    """The settlement region of a country: Europe is one, any other country is its own."""
    code = country.upper()
    return "EUROPE" if code in _EUROPE else code


def _plain(name: str) -> str:
    """Upper-case Latin without accents and without the characters that Stripe refuses."""
    text = unicodedata.normalize("NFKD", name).replace("ß", "ss").replace("ø", "o")
    text = text.encode("ascii", "ignore").decode().upper()
    return re.sub(r"\s+", " ", _FORBIDDEN.sub(" ", text)).strip()


def statement_suffix(payee_name: str, prefix: str) -> str:
    r"""The payee's name as `statement_descriptor_suffix`.

    Stripe builds `PREFIX* SUFFIX`: at most 22 characters in all, Latin only, at least one letter,
    none of ``< > \ ' " *`` (https://docs.stripe.com/get-started/account/statement-descriptors).
    A name of which nothing is left becomes "TIP", because an empty suffix is refused.
    """
    # An unknown prefix is taken to be as long as Stripe allows.
    room = _TOTAL - len("* ") - min(len(prefix) or _PREFIX_MAX, _PREFIX_MAX)
    suffix = _plain(payee_name)[:room].strip()
    if not any(letter.isalpha() for letter in suffix):
        suffix = f"{_DEFAULT_SUFFIX} {suffix}"[:room].strip()
    return suffix
