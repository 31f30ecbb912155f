"""The frame of the simulated Stripe API: keys, bodies, idempotency, faults, errors."""

import base64
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from djplatform.sandbox.config import BrandAccount
from djplatform.sandbox.core import Sandbox, token
from djplatform.sandbox.faults import Fault, take_fault
from djplatform.sandbox.store import Json, Rows
from djplatform.sandbox.stripe import idempotency
from djplatform.sandbox.stripe.errors import NO_KEY, ApiError, invalid_key
from djplatform.sandbox.stripe.events import public
from djplatform.sandbox.stripe.forms import Tree, decode


@dataclass(slots=True)
class Call:
    """One request to the API, ready to be answered."""

    sandbox: Sandbox
    rows: Rows
    brand: BrandAccount
    params: Tree
    path: dict[str, Any]


Handler = Callable[[Call], Awaitable[Json]]
Endpoint = Callable[[Request], Awaitable[Response]]


def endpoint(handler: Handler) -> Endpoint:
    """Wrap a handler into what the router calls."""

    async def run(request: Request) -> Response:
        request_id = token("req_")
        v2 = "/v2/" in request.url.path
        try:
            answer, headers = await _answer(request, handler)
        except ApiError as error:
            body = error.body(v2=v2, request_id=request_id)
            return JSONResponse(body, error.status, {"Request-Id": request_id})
        return JSONResponse(answer, headers={"Request-Id": request_id, **headers})

    return run


async def _answer(request: Request, handler: Handler) -> tuple[Json, dict[str, str]]:
    sandbox: Sandbox = request.app.state.sandbox
    brand = authenticate(sandbox, request.headers.get("authorization", ""))
    fault = await take_fault(sandbox, request.url.path)
    _fail(fault, "before")
    raw = await request.body()
    params = _params(request, raw)

    async def work(rows: Rows) -> Json:
        call = Call(sandbox, rows, brand, params, dict(request.path_params))
        done = public(await handler(call))
        _fail(fault, "during")
        return done

    key = request.headers.get("idempotency-key", "")
    if request.method == "GET" or not key:
        async with sandbox.store.transaction() as rows:
            answer, again = await work(rows), False
    else:
        answer, again = await idempotency.once(sandbox, _key(request, brand, key, raw), work)
    sandbox.wake.set()
    _fail(fault, "after")
    headers = {"Idempotency-Key": key} if key else {}
    return answer, headers | ({"Idempotent-Replayed": "true"} if again else {})


def _key(request: Request, brand: BrandAccount, key: str, raw: bytes) -> idempotency.Key:
    path = request.url.path
    same = idempotency.fingerprint(request.method, path, raw)
    return idempotency.Key(brand.brand, key, same, keeps_failures="/v2/" not in path)


def _fail(fault: Fault | None, when: str) -> None:
    """Break off, if it was planned for this moment."""
    if fault is None or fault.when != when:
        return
    if fault.status == 429:
        raise ApiError(429, "Request rate limit exceeded.", code="rate_limit")
    raise ApiError(
        fault.status,
        "An unknown error occurred. If this persists, contact support@stripe.com.",
        kind="api_error",
    )


def authenticate(sandbox: Sandbox, header: str) -> BrandAccount:
    """The brand whose secret key the request carries, by Bearer or by Basic.

    Raises:
        ApiError: 401 without a key or with an unknown one.
    """
    scheme, _, value = header.partition(" ")
    if scheme.lower() == "basic":
        try:
            value = base64.b64decode(value).decode().partition(":")[0]
        except ValueError:
            value = ""
    if not value:
        raise NO_KEY
    for brand in sandbox.config.brands.values():
        if brand.secret_key and brand.secret_key == value:
            return brand
    raise invalid_key(value)


def _params(request: Request, raw: bytes) -> Tree:
    if request.method == "GET":
        return decode(request.query_params.multi_items())
    if "/v2/" not in request.url.path:
        return decode(parse_qsl(raw.decode(), keep_blank_values=True))
    try:
        body: Any = json.loads(raw or b"{}")
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise ApiError(400, "Invalid JSON in the request body.", code="invalid_json")
    return body
