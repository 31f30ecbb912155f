"""The REST API as one application: a route for each bound operation, and what describes them."""

import inspect
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Annotated, Any

from fastapi import Body, FastAPI, Query, Security
from pydantic import BaseModel, TypeAdapter
from starlette.requests import Request
from starlette.responses import Response

from djplatform.core.db import Scope, unit
from djplatform.core.operation import Operation
from djplatform.rest import PREFIX, problems
from djplatform.rest.answers import to_json
from djplatform.rest.binding import Bound, bound
from djplatform.rest.gate import AddressOf, Authenticate, Gate, bearer, caller_of
from djplatform.rest.problems import MEDIA_TYPE, Problem

DESCRIPTION = "/openapi.json"
_FAILURES = {
    401: "No token, or one that does not count.",
    403: "Token or person may not do that.",
    404: "Nothing of this organization has that id.",
    409: "It is already so, or cannot be so now.",
    422: "What was sent cannot be used; `fields` says why.",
    429: "Too many calls; `Retry-After` says when to go on.",
    503: "Something that we need does not answer right now.",
}
_PROBLEM = "#/components/schemas/Problem"
_PRIVATE = {"Cache-Control": "no-store"}

Endpoint = Callable[..., Awaitable[Response]]


def make_rest(
    operations: Mapping[str, Operation],
    authenticate: Authenticate,
    address_of: AddressOf,
    *,
    max_body_size: int,
) -> FastAPI:
    """The application to be mounted at `PREFIX`."""
    api = FastAPI(
        title="djplatform",
        version="1",
        description="What a person may do, for that person's programs.",
        docs_url=None,
        redoc_url=None,
        openapi_url=DESCRIPTION,
        redirect_slashes=False,
        max_body_size=max_body_size,
    )
    problems.install(api)
    for found in bound(operations):
        _add(api, found)
    api.add_middleware(
        Gate, authenticate=authenticate, address_of=address_of, open_path=PREFIX + DESCRIPTION
    )
    api.add_middleware(problems.LastWord)
    api.openapi = partial(_described, api.openapi)
    return api


def _add(api: FastAPI, found: Bound) -> None:
    summary, _, rest = found.operation.description.partition("\n")
    api.add_api_route(
        found.path,
        _endpoint(found),
        methods=[found.method],
        operation_id=found.operation.name,
        tags=[found.operation.feature],
        summary=summary.rstrip("."),
        description=_without_errors(rest),
        status_code=204 if found.gives is None else 200,
        response_model=found.gives,
        responses={status: _failure(text) for status, text in _FAILURES.items()},
        dependencies=[Security(bearer)],
    )


def _endpoint(found: Bound) -> Endpoint:
    """The function behind a route; its signature is what the framework reads and describes."""
    adapter: TypeAdapter[Any] = TypeAdapter(found.gives)

    async def endpoint(request: Request, given: BaseModel | None = None) -> Response:
        actor = caller_of(request).actor
        async with unit(Scope.of(actor)) as tx:
            view = await found.operation.call(tx, actor, **found.arguments(given))
        if found.gives is None:
            return Response(status_code=204, headers=_PRIVATE)
        return Response(to_json(adapter, view), headers=_PRIVATE, media_type="application/json")

    parameters = [_parameter("request", Request)]
    if found.takes is not None:
        place = Query() if found.method == "GET" else Body()
        parameters.append(_parameter("given", Annotated[found.takes, place]))
    vars(endpoint)["__signature__"] = inspect.Signature(parameters)
    return endpoint


def _parameter(name: str, annotation: Any) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=annotation)


def _without_errors(description: str) -> str:
    """What a program needs of a docstring: the statuses say the rest."""
    return inspect.cleandoc(description.partition("Raises:")[0])


def _failure(text: str) -> dict[str, Any]:
    return {"description": text, "content": {MEDIA_TYPE: {"schema": {"$ref": _PROBLEM}}}}


def _described(describe: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """The framework's description with the one schema that no route mentions as a model."""
    found = describe()
    schemas = found.setdefault("components", {}).setdefault("schemas", {})
    schemas.setdefault("Problem", Problem.model_json_schema())
    return found
