"""Where the processor posts its events, and the way to its hosted onboarding and back."""

from typing import Annotated

import structlog
from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response

from djplatform.core.actor import Actor
from djplatform.core.db import Scope, unit
from djplatform.core.errors import AppError, InvalidInput, VendorRefused, VendorUnavailable
from djplatform.features.accounts import paths as account_paths
from djplatform.features.accounts import service as accounts
from djplatform.features.payments import paths, service
from djplatform.features.payments.dto import StartOnboarding
from djplatform.features.payments.ui.connect_document import connect_failed
from djplatform.ui.pages import respond
from djplatform.ui.visit import Visit, brand_of, current_visit

router = APIRouter()

_log = structlog.get_logger(__name__)

Visited = Annotated[Visit, Depends(current_visit)]

LARGEST = 512 * 1024
"""Bytes; Stripe's events are a few kilobytes."""


@router.post("/api/webhooks/stripe/{brand}/{kind}", include_in_schema=False)
async def stripe_webhook(brand: str, kind: str, request: Request) -> JSONResponse:
    """Take an event of a brand's account; `kind` is snapshot or thin."""
    raw = await _body(request)
    return _too_large() if raw is None else await _receive(brand, kind, raw, request)


@router.post("/api/webhooks/stripe", include_in_schema=False)
@router.post("/api/payments/webhook", include_in_schema=False)
async def stripe_webhook_of_host(request: Request) -> JSONResponse:
    """Take an event at an address that names no brand: the host does, and the body its kind."""
    raw = await _body(request)
    if raw is None:
        return _too_large()
    found = await brand_of(request)
    try:
        kind = service.kind_of(raw)
    except AppError as error:
        return _refused(error)
    return await _receive(found.brand.key, kind, raw, request)


@router.get(paths.HEALTH, include_in_schema=False)
async def events_are_handled() -> PlainTextResponse:
    """The inbox's own health check: 503 when an event waits for more than five minutes.

    It is no part of `/readyz`: every web process would fail that at once, and a balancer would
    shut the very door by which events come in.
    """
    async with unit(Scope.public()) as tx:
        waiting = await service.stale_events(tx)
    if waiting:
        _log.error("payments.events_wait", events=waiting)
    words, status = ("events wait", 503) if waiting else ("ok", 200)
    return PlainTextResponse(words, status, headers={"Cache-Control": "no-store"})


@router.post(paths.CONNECT, include_in_schema=False)
@router.get(paths.CONNECT_REFRESH, include_in_schema=False)
async def connect(visit: Visited) -> Response:
    """Lead a manager to the processor's form; its links live for minutes, so each is new.

    The processor itself sends people to the second address when a link has expired.
    """
    landing = await _landing(visit.actor)
    links = StartOnboarding(
        return_url=visit.url(paths.CONNECT_RETURN), refresh_url=visit.url(paths.CONNECT_REFRESH)
    )
    try:
        return _to(await service.start_onboarding(visit.actor, links))
    except (InvalidInput, VendorUnavailable, VendorRefused) as error:
        _log.warning("payments.connect_failed", error=repr(error))
        return respond(connect_failed(error, landing, visit), visit)


@router.get(paths.CONNECT, include_in_schema=False)
async def connect_by_link(visit: Visited) -> Response:
    """Lead to the dashboard who arrives by a link, e.g. after having to log in again."""
    return _to(await _landing(visit.actor))


@router.get(paths.CONNECT_RETURN, include_in_schema=False)
async def connected(visit: Visited) -> Response:
    """Come back from the processor: have the account looked at, and say so on the dashboard."""
    landing = await _landing(visit.actor)
    async with unit(Scope.of(visit.actor)) as tx:
        await service.onboarding_returned(tx, visit.actor)
    return _to(landing)


async def _landing(actor: Actor) -> str:
    """The dashboard of the person's organization, whichever brand's host was visited."""
    async with unit(Scope.of(actor)) as tx:
        here = await accounts.organization(tx, actor)
    return account_paths.landing(here.product)


def _to(address: str) -> Response:
    return RedirectResponse(address, 303, headers={"Cache-Control": "no-store"})


async def _body(request: Request) -> bytes | None:
    """The body as it came, or None when it is larger than any event."""
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > LARGEST:
            return None
        parts.append(part)
    return b"".join(parts)


async def _receive(brand: str, kind: str, raw: bytes, request: Request) -> JSONResponse:
    try:
        await service.receive_webhook(brand, kind, raw, request.headers.get("stripe-signature"))
    except AppError as error:
        return _refused(error)
    return JSONResponse({"received": True})


def _refused(error: AppError) -> JSONResponse:
    return JSONResponse({"error": error.message}, status_code=error.status)


def _too_large() -> JSONResponse:
    return JSONResponse({"error": "That is larger than any event."}, status_code=413)
