"""Countries in which a DJ can be paid, and the currency of each.

Countries of Stripe Connect's recipients, settlement currency by country:
https://docs.stripe.com/payouts#supported-accounts-and-settlement-currencies
"""

_EUROZONE = "AT BE CY DE EE ES FI FR GR HR IE IT LT LU LV MT NL PT SI SK"
_OTHER = {
    "AE": "AED",
    "AU": "AUD",
    "BG": "EUR",
    "BR": "BRL",
    "CA": "CAD",
    "CH": "CHF",
    "CZ": "CZK",
    "DK": "DKK",
    "GB": "GBP",
    "HK": "HKD",
    "HU": "HUF",
    "JP": "JPY",
    "LI": "CHF",
    "MX": "MXN",
    "MY": "MYR",
    "NO": "NOK",
    "NZ": "NZD",
    "PL": "PLN",
    "RO": "RON",
    "SE": "SEK",
    "SG": "SGD",
    "TH": "THB",
    "US": "USD",
}
COUNTRIES: dict[str, str] = dict(
    sorted({**_OTHER, **dict.fromkeys(_EUROZONE.split(), "EUR")}.items())
)
"""ISO 3166 code → ISO 4217 code."""


def currency_of(country: str) -> str | None:
    """The currency in which a DJ of this country is paid, or None where we cannot pay yet."""
    return COUNTRIES.get(country.upper())
