"""The hosted checkout: a page that a person pays on. Works without JavaScript."""

import re

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from djplatform.core import clock
from djplatform.sandbox import look
from djplatform.sandbox.core import Sandbox, seconds
from djplatform.sandbox.store import Json, Rows
from djplatform.sandbox.stripe import checkout_page, objects, payments, sessions
from djplatform.sandbox.stripe.cards import CardRefused, Fate, TestCard, read_card

_DEFAULTS = {"number": "4242 4242 4242 4242", "expiry": "12 / 34", "cvc": "123", "name": "Test Fan",
             "email": "fan@example.com", "method": "card"}  # fmt: skip


def _redirect(url: str) -> Response:
    return RedirectResponse(url, 303)


def _success_url(session: Json) -> str:
    return session["success_url"].replace("{CHECKOUT_SESSION_ID}", session["id"])


async def show(request: Request) -> Response:
    """`GET /checkout/{id}`."""
    sandbox: Sandbox = request.app.state.sandbox
    async with sandbox.store.transaction() as rows:
        session = await rows.get(sessions.KIND, request.path_params["id"])
        intent = await _intent(rows, session)
    if session is None:
        return look.message("No such checkout", "This link is not valid.", status=404)
    if over := _over(session):
        return over
    if intent and intent["status"] == "requires_action":
        return checkout_page.challenge(session)
    return checkout_page.draw(session, _typed(session, None))


async def _intent(rows: Rows, session: Json | None) -> Json | None:
    key = session["payment_intent"] if session else None
    return await rows.get("payment_intent", key) if key else None


def _over(session: Json) -> Response | None:
    """What a checkout answers that can no longer be paid."""
    if session["status"] == "complete":
        return _redirect(_success_url(session))
    if session["status"] == "expired" or session["expires_at"] <= seconds():
        return look.message(
            "This checkout has expired",
            "Nothing was charged. Please go back and begin again.",
            status=410,
            link=(session["cancel_url"], "Go back"),
        )
    return None


def _typed(session: Json, form: FormData | None) -> dict[str, str]:
    values = {**_DEFAULTS, "email": session["customer_email"] or _DEFAULTS["email"]}
    return values if form is None else values | {key: str(form.get(key, "")) for key in values}


async def pay(request: Request) -> Response:
    """`POST /checkout/{id}`: one try to pay. A second one of a paid checkout changes nothing."""
    sandbox: Sandbox = request.app.state.sandbox
    form = await request.form()
    async with sandbox.store.transaction() as rows:
        session = await rows.get(sessions.KIND, request.path_params["id"], lock=True)
        if session is None:
            return look.message("No such checkout", "This link is not valid.", status=404)
        answer = _over(session) or await _try(sandbox, rows, session, _typed(session, form))
    sandbox.wake.set()
    return answer


async def _try(sandbox: Sandbox, rows: Rows, session: Json, typed: dict[str, str]) -> Response:
    brand = sandbox.config.brands[session["_brand"]]
    if not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", typed["email"]):
        return checkout_page.draw(session, typed, field="email", error="Your email is incomplete.")
    payer = _payer(typed)
    if typed["method"] in session["payment_method_types"] and typed["method"] != "card":
        details = objects.debit_details(typed["method"])
        await payments.debit(rows, brand, session, details, payer)
        return _redirect(_success_url(session))
    try:
        card = _card(typed)
    except CardRefused as refused:
        return checkout_page.draw(session, typed, field=refused.field, error=refused.message)
    details = objects.card_details(card, _expiry(typed), challenged=card.fate is Fate.CHALLENGE)
    if card.fate is Fate.DECLINED:
        await payments.decline(rows, brand, session, details, card, payer)
        return checkout_page.draw(session, typed, field="number", error=card.message)
    if card.fate is Fate.CHALLENGE:
        here = f"{sandbox.config.public_url}/checkout/{session['id']}/3ds"
        await payments.challenge(rows, session, details, payer, here)
        return _redirect(f"/checkout/{session['id']}")
    disputed = card.fate is Fate.DISPUTED
    await payments.pay(sandbox, rows, brand, session, details, payer, disputed=disputed)
    return _redirect(_success_url(session))


def _payer(typed: dict[str, str]) -> Json:
    address = dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"))
    return {"address": address, "email": typed["email"], "name": typed["name"] or None}


def _card(typed: dict[str, str]) -> TestCard:
    today = clock.now()
    return read_card(
        typed["number"], typed["expiry"], typed["cvc"], year=today.year, month=today.month
    )


def _expiry(typed: dict[str, str]) -> tuple[int, int]:
    month, _, year = typed["expiry"].replace(" ", "").partition("/")
    return int(month), 2000 + int(year[-2:])


async def answer_challenge(request: Request) -> Response:
    """`POST /checkout/{id}/3ds`: the bank's question is answered, well or not."""
    sandbox: Sandbox = request.app.state.sandbox
    passed = (await request.form()).get("answer") == "complete"
    async with sandbox.store.transaction() as rows:
        session = await rows.get(sessions.KIND, request.path_params["id"], lock=True)
        if session is None:
            return look.message("No such checkout", "This link is not valid.", status=404)
        if over := _over(session):
            return over
        intent = await _intent(rows, session)
        if intent is None or intent["status"] != "requires_action":
            return _redirect(f"/checkout/{session['id']}")
        if not passed:
            await payments.fail_challenge(rows, session)
            answer = checkout_page.draw(
                session, _typed(session, None), error=payments.AUTHENTICATION_FAILED
            )
        else:
            brand = sandbox.config.brands[session["_brand"]]
            waiting = intent["_waiting"]
            await payments.pay(sandbox, rows, brand, session, waiting["details"], waiting["payer"])
            answer = _redirect(_success_url(session))
    sandbox.wake.set()
    return answer
