"""What `up` says when everything is ready: the address, the log-ins, what to try first."""

import io
from collections.abc import Iterator
from pathlib import Path

import segno
from pydantic import BaseModel, ConfigDict, Field

from djplatform.core.secrets import Serving
from djplatform.settings import BRANDS, Settings, StripeAccount


class LogIn(BaseModel):
    """One person of the demo."""

    who: str
    email: str
    password: str
    path: str = "/login"
    """Where this person signs in, on the printed address."""


class Invitation(BaseModel):
    """What the demo data offer; `djplatform.demo:seed` returns it."""

    model_config = ConfigDict(populate_by_name=True)

    log_ins: list[LogIn] = []
    try_first: list[str] = Field(default=[], alias="try")
    """Sentences; `{address}` in them becomes the printed address."""


def lines(serving: Serving, invitation: Invitation, logs: Path) -> Iterator[str]:
    """Give every line of the welcome; the first is the one that other programs wait for."""
    address = f"http://127.0.0.1:{serving.port}"
    yield f"ready {address}"
    yield ""
    if serving.lan_host:
        yield from _for_phones(f"http://{serving.lan_host}:{serving.port}")
    yield from people(invitation, address)
    yield f"Ctrl-C ends everything. Logs: {logs}"


def people(invitation: Invitation, address: str) -> Iterator[str]:
    """List the demo log-ins and what to try first."""
    if invitation.log_ins:
        yield "Demo log-ins:"
        yield from _table(invitation.log_ins, address)
        yield ""
    if invitation.try_first:
        yield "Try first:"
        for number, sentence in enumerate(invitation.try_first, start=1):
            yield f"  {number}. {sentence.replace('{address}', address)}"
        yield ""


def _table(people: list[LogIn], address: str) -> Iterator[str]:
    who = max(len(person.who) for person in people)
    email = max(len(person.email) for person in people)
    password = max(len(person.password) for person in people)
    for person in people:
        yield (
            f"  {person.who:<{who}}  {person.email:<{email}}  {person.password:<{password}}  "
            f"{address}{person.path}"
        )


def _for_phones(address: str) -> Iterator[str]:
    """Draw the address as a code that a phone's camera reads from the terminal."""
    drawing = io.StringIO()
    segno.make(address, error="m").terminal(out=drawing, compact=True)
    yield f"On a phone in the same network: {address}"
    yield from drawing.getvalue().splitlines()
    yield ""


def vendors_off() -> list[str]:
    """Say which vendors have no key. Nothing is simulated for an own database, it is just off."""
    here = Settings()
    off = [
        f"Stripe for {brand} is off: DJP_STRIPE__{brand.upper()}__SECRET_KEY is not set."
        for brand in BRANDS
        if not here.stripe.get(brand, StripeAccount()).secret_key.get_secret_value()
    ]
    if not here.resend_key.get_secret_value():
        off.append("E-mail is off: DJP_RESEND_KEY is not set.")
    return off
