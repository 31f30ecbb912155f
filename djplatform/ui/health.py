"""Whether the process lives, and whether it can serve."""

import asyncio
from collections.abc import Mapping

import structlog
from fastapi import APIRouter
from starlette.responses import JSONResponse, PlainTextResponse, Response

from djplatform.ui.site import Check

_log = structlog.get_logger(__name__)
# A balancer asks every few seconds; an answer that takes longer is itself a failure.
_PATIENCE_SECONDS = 3.0


def routes(checks: Mapping[str, Check]) -> APIRouter:
    """`/healthz` (the process answers) and `/readyz` (what it depends on answers too)."""
    router = APIRouter(include_in_schema=False)

    @router.get("/healthz")
    async def healthz() -> Response:
        return PlainTextResponse("ok", headers={"Cache-Control": "no-store"})

    @router.get("/readyz")
    async def readyz() -> Response:
        names = list(checks)
        passed = await asyncio.gather(*(_passes(name, checks[name]) for name in names))
        result = dict(zip(names, passed, strict=True))
        ready = all(passed)
        return JSONResponse(
            {"ready": ready, "checks": result},
            200 if ready else 503,
            headers={"Cache-Control": "no-store"},
        )

    return router


async def _passes(name: str, check: Check) -> bool:
    try:
        await asyncio.wait_for(check(), _PATIENCE_SECONDS)
    except Exception as error:  # noqa: BLE001 whatever it is, we are not ready
        # Addresses and log-ins stand in such errors: they go to the log, not to the caller.
        _log.warning("web.not_ready", check=name, error=repr(error))
        return False
    return True
