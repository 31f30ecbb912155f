"""Accounts v2: connected accounts, their capabilities, and links to onboarding."""

from datetime import timedelta

from djplatform.core import clock
from djplatform.sandbox.core import rfc3339, seconds, token
from djplatform.sandbox.store import Json, Rows
from djplatform.sandbox.stripe.api import Call
from djplatform.sandbox.stripe.errors import ApiError, missing, no_such
from djplatform.sandbox.stripe.events import emit_thin
from djplatform.sandbox.stripe.forms import branch, only

KIND = "account"
_PARTS = (
    "configuration.customer", "configuration.merchant", "configuration.recipient", "defaults",
    "future_requirements", "identity", "requirements",
)  # fmt: skip
_CREATE = ("account_token", "configuration", "contact_email", "contact_phone", "dashboard",
           "defaults", "display_name", "identity", "include", "metadata")  # fmt: skip
_ASKED = (
    "identity.individual.given_name",
    "identity.individual.surname",
    "identity.individual.date_of_birth",
    "identity.attestations.terms_of_service.account",
    "configuration.recipient.payout_method",
)
LINK_SECONDS = 300


async def create(call: Call) -> Json:
    """`POST /v2/core/accounts`."""
    params = call.params
    only(params, _CREATE)
    country = str(branch(params, "identity").get("country") or "").lower()
    if not country:
        raise ApiError(400, "The identity.country value is required.",
                       code="identity_country_required")  # fmt: skip
    duties = branch(branch(params, "defaults"), "responsibilities")
    _check_express(str(params.get("dashboard") or ""), duties)
    wanted = branch(params, "configuration")
    account: Json = {
        "id": token("acct_1", 15),
        "object": "v2.core.account",
        "applied_configurations": sorted(wanted),
        "closed": False,
        "contact_email": params.get("contact_email"),
        "created": rfc3339(),
        "dashboard": params.get("dashboard"),
        "display_name": params.get("display_name"),
        "livemode": False,
        "metadata": params.get("metadata") or {},
        "configuration": {name: _configuration(name, wanted[name]) for name in wanted},
        "defaults": {"responsibilities": {**duties, "requirements_collector": "stripe"}},
        "identity": {"country": country},
        "requirements": {"entries": []},
        "future_requirements": {"entries": []},
    }
    _set_state(account, "restricted", "past_due")
    await save(call.rows, call.brand.brand, account)
    await emit_thin(call.rows, call.brand.brand, "v2.core.account.created", account["id"])
    return view(account, params.get("include") or [])


def _check_express(dashboard: str, duties: Json) -> None:
    both = {duties.get("fees_collector"), duties.get("losses_collector")}
    if dashboard == "express" and both != {"application"}:
        raise ApiError(
            400,
            "If `dashboard` is `express`, `fees_collector` must be `application` and "
            "`losses_collector` must be `application`.",
            code="account_controller_express_dash_without_application_losses_or_fees",
        )


def _configuration(name: str, wanted: Json) -> Json:
    """What was requested, as capabilities that wait for information."""
    asked = wanted.get("capabilities") or {}
    if name == "recipient":
        transfers = (asked.get("stripe_balance") or {}).get("stripe_transfers") or {}
        balance = {"payouts": {}, "stripe_transfers": {}} if transfers.get("requested") else {}
        return {"applied": True, "capabilities": {"stripe_balance": balance}}
    cards = (asked.get("card_payments") or {}).get("requested")
    return {"applied": True, "capabilities": {"card_payments": {}} if cards else {}}


def _capabilities(account: Json) -> list[tuple[str, str, Json]]:
    """Configuration, name and slot of every requested capability."""
    found: list[tuple[str, str, Json]] = []
    for name, configuration in account["configuration"].items():
        for capability, slot in configuration["capabilities"].items():
            if capability == "stripe_balance":
                found += [(name, f"stripe_balance.{inner}", slot[inner]) for inner in sorted(slot)]
            else:
                found.append((name, capability, slot))
    return found


def _set_state(account: Json, status: str, deadline: str) -> list[tuple[str, str]]:
    """Put every capability into a state; returns those that changed."""
    changed: list[tuple[str, str]] = []
    reason = {"code": "requirements_past_due", "resolution": "provide_info"}
    for configuration, name, slot in _capabilities(account):
        if slot.get("status") != status:
            changed.append((configuration, name))
        slot["status"] = status
        slot["status_details"] = [] if status == "active" else [reason]
    requirements: Json = {"entries": []}
    if status != "active":
        requirements["entries"] = _entries(account, deadline)
        requirements["summary"] = {"minimum_deadline": {"status": deadline}}
    account["requirements"] = requirements
    return changed


def _entries(account: Json, deadline: str) -> list[Json]:
    restricts = [
        {"capability": name, "configuration": configuration, "deadline": {"status": deadline}}
        for configuration, name, _ in _capabilities(account)
    ]
    return [
        {
            "awaiting_action_from": "user",
            "description": asked,
            "errors": [],
            "impact": {"restricts_capabilities": restricts},
            "minimum_deadline": {"status": deadline},
            "requested_reasons": [{"code": "routine_onboarding"}],
        }
        for asked in _ASKED
    ]


async def change_state(rows: Rows, brand: str, account: Json, status: str) -> None:
    """Turn all capabilities on (`active`) or off (`restricted`) and tell by thin events."""
    changed = _set_state(account, status, "past_due")
    await save(rows, brand, account)
    if not changed:
        return
    await emit_thin(rows, brand, "v2.core.account[requirements].updated", account["id"])
    for configuration, name in changed:
        await emit_thin(
            rows,
            brand,
            f"v2.core.account[configuration.{configuration}].capability_status_updated",
            account["id"],
            data={"updated_capability": name},
        )


def is_active(account: Json, configuration: str, capability: str) -> bool:
    """Whether a capability of an account works."""
    return any(
        slot.get("status") == "active"
        for where, name, slot in _capabilities(account)
        if (where, name) == (configuration, capability)
    )


async def retrieve(call: Call) -> Json:
    """`GET /v2/core/accounts/{id}`."""
    only(call.params, ["include"])
    account = await load(call.rows, call.brand.brand, call.path["id"])
    return view(account, call.params.get("include") or [])


def view(account: Json, include: list[str]) -> Json:
    """The account with the parts that were asked for; the others are left out."""
    if bad := set(include) - set(_PARTS):
        raise ApiError(400, f"Invalid include: {min(bad)}", code="invalid_include")
    heads = {part.partition(".")[0] for part in _PARTS}
    shown = {name: value for name, value in account.items() if name not in heads}
    for part in include:
        head, _, name = part.partition(".")
        if not name:
            shown[head] = account[head]
        elif name in account[head]:
            shown.setdefault(head, {})[name] = account[head][name]
    return {name: value for name, value in shown.items() if value is not None}


async def load(rows: Rows, brand: str, account_id: str, *, lock: bool = False) -> Json:
    """A connected account of this brand.

    Raises:
        ApiError: unknown, or another brand's: account ids are of one platform only.
    """
    account = await rows.get(KIND, account_id, lock=lock)
    if account is None or account["_brand"] != brand:
        raise no_such("account", account_id)
    return account


async def save(rows: Rows, brand: str, account: Json) -> None:
    """Keep an account."""
    await rows.put(KIND, account["id"], account | {"_brand": brand}, owner=brand)


async def create_link(call: Call) -> Json:
    """`POST /v2/core/account_links`: single use, five minutes."""
    params = call.params
    only(params, ["account", "use_case"])
    account_id = params.get("account") or ""
    case = branch(params, "use_case")
    kind = str(case.get("type") or "")
    detail = branch(case, kind)
    if not account_id or not kind:
        raise missing("account" if not account_id else "use_case[type]")
    if not detail.get("refresh_url"):
        raise missing(f"use_case[{kind}][refresh_url]")
    account = await load(call.rows, call.brand.brand, account_id)
    if bad := set(detail.get("configurations") or []) - set(account["applied_configurations"]):
        raise ApiError(400, f"The account has no configuration {min(bad)}.",
                       code="configs_must_match_to_use_account_links")  # fmt: skip
    key = token("", 32)
    link = {"id": key, "brand": call.brand.brand, "account": account_id, "case": case,
            "expires": seconds() + LINK_SECONDS, "used": False}  # fmt: skip
    await call.rows.put("account_link", key, link, owner=call.brand.brand)
    expires = clock.now() + timedelta(seconds=LINK_SECONDS)
    return {
        "object": "v2.core.account_link",
        "account": account_id,
        "created": rfc3339(),
        "expires_at": expires.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "livemode": False,
        "url": f"{call.sandbox.config.public_url}/onboarding/{key}",
        "use_case": case,
    }


async def retrieve_event(call: Call) -> Json:
    """`GET /v2/core/events/{id}`: a thin event with its data."""
    event = await call.rows.get("thin_event", call.path["id"])
    if event is None or event["_brand"] != call.brand.brand:
        raise no_such("event", call.path["id"])
    return event
