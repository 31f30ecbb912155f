"""The hosted checkout: a page that a person pays on. Works without JavaScript."""

import re
from html import escape

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from djplatform.core import clock
from djplatform.sandbox import look
from djplatform.sandbox.core import Sandbox, seconds
from djplatform.sandbox.store import Json, Rows
from djplatform.sandbox.stripe import objects, payments, sessions
from djplatform.sandbox.stripe.cards import CARDS, CardRefused, Fate, TestCard, read_card
from djplatform.sandbox.stripe.sessions import shown

_DEBIT_NAMES = {"us_bank_account": "Bank debit (ACH)", "sepa_debit": "SEPA debit",
                "bacs_debit": "Bacs debit"}  # fmt: skip
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
        return _challenge_page(session)
    return _page(session, _typed(session, None))


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
        return _page(session, typed, field="email", error="Your email is incomplete.")
    payer = _payer(typed)
    if typed["method"] in session["payment_method_types"] and typed["method"] != "card":
        details = objects.debit_details(typed["method"])
        await payments.debit(rows, brand, session, details, payer)
        return _redirect(_success_url(session))
    try:
        card = _card(typed)
    except CardRefused as refused:
        return _page(session, typed, field=refused.field, error=refused.message)
    details = objects.card_details(card, _expiry(typed), challenged=card.fate is Fate.CHALLENGE)
    if card.fate is Fate.DECLINED:
        await payments.decline(rows, brand, session, details, card, payer)
        return _page(session, typed, field="number", error=card.message)
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
            answer = _page(session, _typed(session, None), error=payments.AUTHENTICATION_FAILED)
        else:
            brand = sandbox.config.brands[session["_brand"]]
            waiting = intent["_waiting"]
            await payments.pay(sandbox, rows, brand, session, waiting["details"], waiting["payer"])
            answer = _redirect(_success_url(session))
    sandbox.wake.set()
    return answer


def _brand_css(session: Json) -> str:
    """The brand's colour as the page's accent; anything but `#rrggbb` is left out."""
    color = str(session["branding_settings"]["button_color"])
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", color):
        return ""
    ink = look.readable_on(color)
    return f".pay{{background:{color};color:{ink}}}.name{{border-left:6px solid {color}}}"


def _summary(session: Json) -> str:
    branding, line = session["branding_settings"], session["_line"]
    amount = shown(session["amount_total"], session["currency"])
    more = (
        f'<p class="soft small">{escape(line["_description"])}</p>' if line["_description"] else ""
    )
    logo = (branding.get("logo") or {}).get("url")
    mark = f'<img src="{escape(logo)}" alt="" height="32">' if logo else ""
    return (
        f'<p class="name" style="padding-left:.625rem;font-weight:650">{mark}'
        f"{escape(branding['display_name'])}</p>"
        f'<section class="card"><div class="row"><h1>{escape(line["description"])}</h1></div>{more}'
        f'<p class="sum">{escape(amount)}</p></section>'
    )


def _page(session: Json, typed: dict[str, str], *, field: str = "", error: str = "") -> Response:
    own = {name: error if name == field else "" for name in typed}
    notice = f'<p class="bad" role="alert">{escape(error)}</p>' if error and not field else ""
    amount = shown(session["amount_total"], session["currency"])
    pay_button = f'<button type="submit" class="pay">Pay {escape(amount)}</button>'
    return look.page(
        f"Pay {session['branding_settings']['display_name']}",
        _summary(session),
        notice,
        look.form(
            f"/checkout/{session['id']}",
            look.field("email", "Email", typed["email"], error=own["email"], kind="email",
                       complete="email"),
            _methods(session, typed),
            look.field("number", "Card number", typed["number"], error=own["number"],
                       complete="cc-number", mode="numeric"),
            '<div class="two">',
            look.field("expiry", "MM / YY", typed["expiry"], error=own["expiry"],
                       complete="cc-exp"),
            look.field("cvc", "Security code", typed["cvc"], error=own["cvc"], complete="cc-csc",
                       mode="numeric"),
            "</div>",
            look.field("name", "Name on card", typed["name"], complete="cc-name"),
            pay_button,
        ),
        f'<a href="{escape(session["cancel_url"])}">← Back to '
        f"{escape(session['branding_settings']['display_name'])}</a>",
        _help(),
        status=402 if error else 200,
        extra_css=_brand_css(session),
    )  # fmt: skip


def _methods(session: Json, typed: dict[str, str]) -> str:
    names = {"card": "Card", **_DEBIT_NAMES}
    choices = [
        f'<label class="choice"><input type="radio" name="method" value="{method}"'
        f"{' checked' if typed['method'] == method else ''}>{names[method]}</label>"
        for method in session["payment_method_types"]
    ]
    return f"<div>{''.join(choices)}</div>"


def _help() -> str:
    rows = [(" ".join(re.findall(".{4}", card.number)), card.label) for card in CARDS]
    return (
        '<details class="card"><summary>Test cards</summary>'
        + look.table(("Number", "What happens"), rows)
        + '<p class="small soft">Any later date and any security code will do. A bank debit stays '
        'pending until you decide among the <a href="/payments">pending payments</a>.'
        "</p></details>"
    )


def _challenge_page(session: Json) -> Response:
    complete = look.button("Complete authentication", name="answer", value="complete")
    fail = look.button("Fail authentication", look="plain", name="answer", value="fail")
    return look.page(
        "3-D Secure",
        _summary(session),
        look.form(
            f"/checkout/{session['id']}/3ds",
            "<h2>Your bank asks: is it you?</h2>"
            '<p class="soft">This is where your bank would send a code.</p>',
            complete,
            fail,
        ),
    )
