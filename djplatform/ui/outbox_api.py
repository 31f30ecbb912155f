"""`POST /api/outbox/{operation}`: what a page kept while it had no network, and now sends.

Each operation that a page keeps has its address. It runs as the person of the session cookie,
under the same permission and policies as from a page, and once for each `Idempotency-Key`. The
door checks the origin, and no form of another site could send these headers.
"""

import hashlib
import inspect
import json
from collections.abc import Awaitable, Callable, Iterable, Mapping
from functools import partial
from typing import Any, get_type_hints

from fastapi import APIRouter
from pydantic import BaseModel, ValidationError, create_model
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from djplatform.core.actor import Actor
from djplatform.core.db import Scope, unit
from djplatform.core.errors import InvalidInput, SignInRequired
from djplatform.core.i18n import t, use_language
from djplatform.core.idempotency import once
from djplatform.core.ids import parse_id
from djplatform.core.operation import Operation
from djplatform.ui.visit import current_visit

PREFIX = "/api/outbox"
KEY, ACCOUNT = "Idempotency-Key", "Outbox-Account"

Takes = type[BaseModel]
Handler = Callable[[Request], Awaitable[Response]]


def account_of(actor: Actor) -> str:
    """Whose actions a browser keeps: a person in an organization, as a text that tells nothing.

    Two people may use one browser after each other; nobody's actions run in another's name.
    """
    return hashlib.sha256(f"{actor.user_id}:{actor.organization_id}".encode()).hexdigest()[:16]


def routes(operations: Iterable[Operation]) -> APIRouter:
    """An address for each of these operations, which take what a form can send."""
    router = APIRouter(include_in_schema=False)
    for one in operations:
        router.add_api_route(f"{PREFIX}/{one.name}", _handler(one, _takes(one)), methods=["POST"])
    return router


def _takes(operation: Operation) -> Takes:
    """What its fields must be."""
    use_case = inspect.unwrap(operation.call)
    hints = get_type_hints(use_case)
    fields: dict[str, Any] = {
        one.name: (hints[one.name], ... if one.default is one.empty else one.default)
        for one in list(inspect.signature(use_case).parameters.values())[2:]
    }
    return create_model(operation.name, **fields)


def _handler(operation: Operation, takes: Takes) -> Handler:
    async def run(request: Request) -> Response:
        visit = await current_visit(request)
        with use_language(visit.language):
            actor, key = visit.actor, parse_id(request.headers.get(KEY, ""))
            actor.require(operation.permission)
            mine = account_of(actor)
            if request.headers.get(ACCOUNT, mine) != mine:
                raise SignInRequired(t("This was saved by somebody else."))
            if key is None:
                raise InvalidInput(**{KEY: t("Each action needs a number of its own.")})
            sent = {k: v for k, v in (await request.form()).items() if isinstance(v, str)}
            given = _parsed(takes, sent)
            asked = json.dumps([operation.name, sorted(sent.items())])
            async with unit(Scope.of(actor)) as tx:
                effect = partial(operation.call, tx, actor, **given)
                answer = await once(tx, actor, key, asked, effect)
        # The number comes back, so that no stranger's "200 OK" (the log-in page of a venue's
        # network, say) is taken for ours.
        return JSONResponse(answer, headers={KEY: str(key), "Cache-Control": "no-store"})

    return run


def _parsed(takes: Takes, sent: Mapping[str, str]) -> dict[str, Any]:
    """The arguments of the use case; a command's fields stand beside each other in the form."""
    commands = {
        name: field.annotation
        for name, field in takes.model_fields.items()
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel)
    }
    try:
        given = takes.model_validate({**sent, **dict.fromkeys(commands, sent)})
    except ValidationError as wrong:
        raise InvalidInput(**{str(e["loc"][-1]): e["msg"] for e in wrong.errors()}) from None
    return {name: getattr(given, name) for name in takes.model_fields}
