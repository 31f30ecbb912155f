"""Bank debits that wait: a person decides whether the money comes. And receipts."""

from html import escape

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from djplatform.sandbox import look
from djplatform.sandbox.core import Sandbox
from djplatform.sandbox.store import Json
from djplatform.sandbox.stripe import payments, sessions
from djplatform.sandbox.stripe.sessions import shown


async def show(request: Request) -> Response:
    """`GET /payments`: what waits."""
    sandbox: Sandbox = request.app.state.sandbox
    async with sandbox.store.transaction() as rows:
        waiting = await rows.find("pending_debit")
        found = [await rows.get(sessions.KIND, one["session"]) for one in waiting]
    cards = [_card(session) for session in found if session]
    empty = '<p class="soft">No payment is pending. Choose a bank debit at a checkout.</p>'
    return look.page("Pending payments", "<h1>Pending payments</h1>", *(cards or [empty]))


def _card(session: Json) -> str:
    amount = shown(session["amount_total"], session["currency"])
    return look.form(
        f"/payments/{session['id']}",
        f'<div class="row"><h2>{escape(session["_line"]["description"])}</h2>'
        f"<strong>{escape(amount)}</strong></div>",
        '<div class="two">',
        look.button("Succeed", name="answer", value="succeed"),
        look.button("Fail", look="warn", name="answer", value="fail"),
        "</div>",
    )


async def decide(request: Request) -> Response:
    """`POST /payments/{id}`: let a debit succeed or fail."""
    sandbox: Sandbox = request.app.state.sandbox
    succeeds = (await request.form()).get("answer") == "succeed"
    async with sandbox.store.transaction() as rows:
        key = request.path_params["id"]
        done = await payments.finish_debit(sandbox, rows, key, succeeds=succeeds)
    sandbox.wake.set()
    if not done:
        return look.message("Not pending", "This payment is already decided.", status=409)
    return RedirectResponse("/payments", 303)


async def receipt(request: Request) -> Response:
    """`GET /receipts/{id}`: what the payer would get from Stripe."""
    sandbox: Sandbox = request.app.state.sandbox
    async with sandbox.store.transaction() as rows:
        charge = await rows.get("charge", request.path_params["id"])
    if charge is None:
        return look.message("No such receipt", "This link is not valid.", status=404)
    lines = [
        ("Amount", shown(charge["amount"], charge["currency"])),
        ("Status", charge["status"]),
        ("On the statement", charge["calculated_statement_descriptor"]),
    ]
    return look.page("Receipt", "<h1>Receipt</h1>", look.table((), lines))
