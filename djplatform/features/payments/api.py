"""Where the processor posts its events."""

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from djplatform.core.errors import AppError
from djplatform.features.payments import service
from djplatform.ui.visit import brand_of

router = APIRouter()

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
