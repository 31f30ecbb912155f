"""What strangers may see and leave of a tenant by design. Each line was reviewed and says why."""

from dataclasses import dataclass

from djplatform.isolation.watch import JOBS, MAILS, VENDOR


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A route where a stranger leaves something new; nothing that exists may change there."""

    where: str
    places: frozenset[str]
    reason: str


BY_DESIGN = (
    Reviewed(
        "POST /t/{slug}",
        frozenset({"tips", "payments", JOBS, VENDOR}),
        "Anybody may tip a DJ: the tip and its payment are new and belong to the own device,"
        " and the checkout is opened at the vendor.",
    ),
    Reviewed(
        "POST /forgot",
        frozenset({"tokens", MAILS, JOBS}),
        "Anybody may type an address; the link to a new password goes to that address only.",
    ),
    Reviewed(
        "POST /signup",
        frozenset({"tokens", MAILS, JOBS}),
        "A known address that signs up again gets a mail that says where its account is.",
    ),
    Reviewed(
        "POST /signup/dj",
        frozenset({"tokens", MAILS, JOBS}),
        "The same form at its other address.",
    ),
    Reviewed(
        "POST /verify/resend",
        frozenset({"tokens", MAILS, JOBS}),
        "Anybody may ask again for the confirmation that goes to the typed address.",
    ),
)


FIRST_VISIT_TOKEN = "token"
"""The hidden field of a tip form that stands for its browser until that has a cookie.

Two clicks of a first visit must pay once, so whoever has no device yet and holds the form is
taken for the browser that was shown it. Strangers try it from devices of their own.
"""


LOCKED_BY_ITSELF = frozenset({"POST /login"})
"""Routes that may answer "too many requests": wrong passwords lock the account that they were
tried on, and no setting widens that."""


OPEN_BY_DESIGN = {
    "/api/v1/openapi.json": "What operations there are is the same for everybody.",
    "/t/{slug}": "The page where fans tip: what the DJ has published, and the visitor's own tip.",
    "/t/{slug}/qr": "The sheet to print holds the page's address and the published name.",
    "/t/{slug}/qr.svg": "The code is the page's address.",
    "/t/{slug}/quote": "What becomes of an amount: the published fee, and nobody's payment.",
}
"""Addresses with somebody's id, or for programs, that answer everybody; each with its reason."""


def allowed_places(where: str) -> frozenset[str]:
    """Where an attack on this route may leave new rows."""
    return next((one.places for one in BY_DESIGN if one.where == where), frozenset())
