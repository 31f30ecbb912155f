"""The simulated Resend: takes mail over its HTTP API and keeps it for the outbox pages."""

import json
import re
from typing import Any
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route

from djplatform.core import clock
from djplatform.sandbox.core import Sandbox
from djplatform.sandbox.faults import take_fault
from djplatform.sandbox.store import Json
from djplatform.sandbox.stripe.idempotency import fingerprint

_ADDRESS = re.compile(r"(?:[^<>]*<)?[^@\s<>]+@[^@\s<>]+\.[^@\s<>]+>?")
_KEY_LENGTH = 256
_OTHER_PAYLOAD = "Same idempotency key used with a different request payload."


class _Refused(Exception):
    def __init__(self, status: int, name: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.answer = {"statusCode": status, "name": name, "message": message}


async def send(request: Request) -> Response:
    """`POST /emails`."""
    sandbox: Sandbox = request.app.state.sandbox
    try:
        _check_key(sandbox, request.headers.get("authorization", ""))
        fault = await take_fault(sandbox, request.url.path)
        if fault is not None and fault.when == "before":
            raise _Refused(fault.status, "internal_server_error", "An unexpected error occurred.")
        raw = await request.body()
        answer = await _accept(sandbox, request, raw)
        if fault is not None:
            raise _Refused(fault.status, "internal_server_error", "An unexpected error occurred.")
    except _Refused as refused:
        return JSONResponse(refused.answer, refused.status)
    return JSONResponse(answer)


def _check_key(sandbox: Sandbox, header: str) -> None:
    given = header.removeprefix("Bearer ").strip()
    if not given:
        raise _Refused(401, "missing_api_key", "Missing API Key")
    if not sandbox.config.resend_key or given != sandbox.config.resend_key:
        raise _Refused(401, "validation_error", "API key is invalid")


async def _accept(sandbox: Sandbox, request: Request, raw: bytes) -> Json:
    """Keep the message, once per idempotency key."""
    mail = _parse(raw)
    key = request.headers.get("idempotency-key", "")
    if len(key) > _KEY_LENGTH:
        raise _Refused(400, "invalid_idempotency_key", "The key must be between 1-256 chars.")
    mail |= {"id": str(uuid4()), "created_at": clock.now().isoformat(), "last_event": "delivered"}
    print_ = fingerprint("POST", "/emails", raw)
    async with sandbox.store.transaction() as rows:
        if key and not await rows.add("mail_key", key, {"print": print_, "mail": mail["id"]}):
            kept = await rows.get("mail_key", key) or {}
            if kept.get("print") != print_:
                raise _Refused(409, "invalid_idempotent_request", _OTHER_PAYLOAD)
            return {"id": kept["mail"]}
        await rows.put("mail", mail["id"], mail)
    return {"id": mail["id"]}


def _parse(raw: bytes) -> Json:
    try:
        body: Any = json.loads(raw)
    except ValueError:
        raise _Refused(400, "validation_error", "The request body is not valid JSON.") from None
    for name in ("from", "to", "subject"):
        if not body.get(name):
            raise _Refused(422, "missing_required_field", f"Missing `{name}` field.")
    if not body.get("html") and not body.get("text"):
        raise _Refused(422, "missing_required_field", "Missing `html` or `text` field.")
    body["to"] = [body["to"]] if isinstance(body["to"], str) else body["to"]
    for address in [body["from"], *body["to"]]:
        if not _ADDRESS.fullmatch(address):
            raise _Refused(422, "validation_error", "Invalid `to` or `from` field. The email "
                           "address needs to follow the `email@example.com` or "
                           "`Name <email@example.com>` format.")  # fmt: skip
    return body


API = Mount("/resend", routes=[Route("/emails", send, methods=["POST"])])
