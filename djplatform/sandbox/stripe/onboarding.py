"""Hosted onboarding: the page on which a payee tells Stripe who he is."""

from html import escape

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from djplatform.sandbox import look
from djplatform.sandbox.core import Sandbox, seconds, token
from djplatform.sandbox.store import Json, Rows
from djplatform.sandbox.stripe import accounts
from djplatform.sandbox.stripe.events import emit_thin

_FIELDS = (
    ("given_name", "First name", "given-name"),
    ("surname", "Last name", "family-name"),
    ("born", "Date of birth (YYYY-MM-DD)", "bday"),
    ("bank", "Bank account", "off"),
)


async def enter(request: Request) -> Response:
    """`GET /onboarding/{link}`: use the link up and begin; a used one leads to `refresh_url`."""
    sandbox: Sandbox = request.app.state.sandbox
    async with sandbox.store.transaction() as rows:
        link = await rows.get("account_link", request.path_params["link"], lock=True)
        if link is None:
            return look.message("No such link", "This link is not valid.", status=404)
        case = link["case"][link["case"]["type"]]
        if link["used"] or link["expires"] < seconds():
            return RedirectResponse(case["refresh_url"], 303)
        await rows.put("account_link", link["id"], link | {"used": True}, owner=link["brand"])
        visit: Json = {
            "id": token("", 32),
            "brand": link["brand"],
            "account": link["account"],
            "return_url": case.get("return_url") or case["refresh_url"],
            "configurations": case.get("configurations") or [],
            "use_case": link["case"]["type"],
        }
        await rows.put("onboarding", visit["id"], visit, owner=link["brand"])
    return RedirectResponse(f"/onboarding/visit/{visit['id']}", 303)


async def show(request: Request) -> Response:
    """`GET /onboarding/visit/{visit}`."""
    sandbox: Sandbox = request.app.state.sandbox
    async with sandbox.store.transaction() as rows:
        visit, account = await _load(rows, request.path_params["visit"])
    if visit is None or account is None:
        return look.message("No such visit", "Please begin again from your dashboard.", status=404)
    return _page(visit, account)


async def _load(rows: Rows, key: str, *, lock: bool = False) -> tuple[Json | None, Json | None]:
    visit = await rows.get("onboarding", key)
    account = await rows.get(accounts.KIND, visit["account"], lock=lock) if visit else None
    return visit, account


async def submit(request: Request) -> Response:
    """`POST /onboarding/visit/{visit}`: finish, leave, or be restricted."""
    sandbox: Sandbox = request.app.state.sandbox
    typed = {name: str(value) for name, value in (await request.form()).items()}
    async with sandbox.store.transaction() as rows:
        visit, account = await _load(rows, request.path_params["visit"], lock=True)
        if visit is None or account is None:
            return look.message("No such visit", "Please begin again.", status=404)
        choice = typed.get("choice", "")
        absent = {name for name, _, _ in _FIELDS if not typed.get(name, "").strip()}
        if choice == "submit" and absent:
            return _page(visit, account, typed, absent)
        if choice in {"submit", "test"}:
            await accounts.change_state(rows, visit["brand"], account, "active")
        elif choice == "restrict":
            await accounts.change_state(rows, visit["brand"], account, "restricted")
        await _tell_return(rows, visit)
    sandbox.wake.set()
    return RedirectResponse(visit["return_url"], 303)


async def _tell_return(rows: Rows, visit: Json) -> None:
    data = {
        "account_id": visit["account"],
        "configurations": visit["configurations"],
        "use_case": visit["use_case"],
    }
    kind = "v2.core.account_link.returned"
    await emit_thin(rows, visit["brand"], kind, visit["account"], data=data)


def _page(
    visit: Json,
    account: Json,
    typed: dict[str, str] | None = None,
    absent: set[str] | None = None,
) -> Response:
    values, missing = typed or {}, absent or set()
    active = accounts.is_active(account, "recipient", "stripe_balance.stripe_transfers")
    state = "Payments are open" if active else "Not finished yet"
    fields = [
        look.field(name, label, values.get(name, ""), complete=complete,
                   error="Please fill this in." if name in missing else "")
        for name, label, complete in _FIELDS
    ]  # fmt: skip
    here = f"/onboarding/visit/{visit['id']}"
    restrict = look.button("Restrict this account", look="warn", name="choice", value="restrict")
    return look.page(
        "Get paid",
        f"<h1>{escape(account.get('display_name') or 'Your account')}</h1>"
        f'<p><span class="pill">{state}</span> <span class="soft small">'
        f"{escape(account['identity']['country'].upper())}</span></p>",
        look.form(
            here,
            "<h2>The short way</h2>",
            look.button("Complete with test details", name="choice", value="test"),
        ),
        look.form(
            here,
            "<h2>Or type it</h2>",
            *fields,
            look.button("Submit", name="choice", value="submit"),
            look.button("Leave unfinished", look="plain", name="choice", value="leave"),
        ),
        look.form(
            here,
            "<h2>What if Stripe objects later?</h2>"
            '<p class="soft small">Turns payments and payouts off until someone completes this '
            "page again.</p>",
            restrict,
        ),
        status=422 if missing else 200,
    )
