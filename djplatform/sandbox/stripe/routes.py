"""The addresses of the simulated Stripe: its API and the pages that it hosts."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route

from djplatform.sandbox.stripe import accounts, disputes, hosted, onboarding, pending, sessions
from djplatform.sandbox.stripe.api import Handler, endpoint
from djplatform.sandbox.stripe.errors import ApiError
from djplatform.sandbox.stripe.lookup import (
    balance,
    by_id,
    list_balance_transactions,
    list_events,
)


def _route(method: str, path: str, handler: Handler) -> Route:
    return Route(path, endpoint(handler), methods=[method])


async def _unknown(request: Request) -> Response:
    path = request.url.path.removeprefix("/stripe")
    error = ApiError(
        404,
        f"Unrecognized request URL ({request.method}: {path}). The sandbox may not simulate it.",
    )
    return JSONResponse(error.body(v2="/v2/" in path, request_id="req_none"), 404)


API = Mount(
    "/stripe",
    routes=[
        _route("POST", "/v2/core/accounts", accounts.create),
        _route("GET", "/v2/core/accounts/{id}", accounts.retrieve),
        _route("POST", "/v2/core/account_links", accounts.create_link),
        _route("GET", "/v2/core/events/{id}", accounts.retrieve_event),
        _route("POST", "/v1/checkout/sessions", sessions.create),
        _route("GET", "/v1/checkout/sessions/{session}", sessions.retrieve),
        _route("POST", "/v1/checkout/sessions/{session}/expire", sessions.expire),
        _route("GET", "/v1/payment_intents/{intent}", by_id("payment_intent", "intent")),
        _route("GET", "/v1/charges/{charge}", by_id("charge", "charge")),
        _route("GET", "/v1/transfers/{transfer}", by_id("transfer", "transfer")),
        _route("GET", "/v1/application_fees/{id}", by_id("application_fee", "id")),
        _route("GET", "/v1/balance_transactions", list_balance_transactions),
        _route("GET", "/v1/balance_transactions/{id}", by_id("balance_transaction", "id")),
        _route("GET", "/v1/balance", balance),
        _route("GET", "/v1/disputes", disputes.list_of_charge),
        _route("GET", "/v1/disputes/{dispute}", disputes.retrieve),
        _route("GET", "/v1/events", list_events),
        _route("GET", "/v1/events/{id}", by_id("event", "id")),
        Route("/{rest:path}", _unknown, methods=["GET", "POST", "DELETE"]),
    ],
)

PAGES = [
    Route("/checkout/{id}", hosted.show, methods=["GET"]),
    Route("/checkout/{id}", hosted.pay, methods=["POST"]),
    Route("/checkout/{id}/3ds", hosted.answer_challenge, methods=["POST"]),
    Route("/onboarding/visit/{visit}", onboarding.show, methods=["GET"]),
    Route("/onboarding/visit/{visit}", onboarding.submit, methods=["POST"]),
    Route("/onboarding/{link}", onboarding.enter, methods=["GET"]),
    Route("/payments", pending.show, methods=["GET"]),
    Route("/payments/{id}", pending.decide, methods=["POST"]),
    Route("/receipts/{id}", pending.receipt, methods=["GET"]),
]
