"""From a registered operation to a route: its method, its path, what it takes and what it gives."""

import inspect
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, get_type_hints

from pydantic import BaseModel, ConfigDict, PydanticUserError, create_model
from pydantic.errors import PydanticSchemaGenerationError

from djplatform.core.actor import Permission
from djplatform.core.operation import Operation
from djplatform.rest.answers import NotExpressible, wire_type

_SCALARS = frozenset({"string", "integer", "number", "boolean", "null"})
_CLOSED = ConfigDict(extra="forbid")
"""A mistyped name is an error, and not silently nothing."""


@dataclass(frozen=True, slots=True)
class Bound:
    """An operation as a program calls it."""

    operation: Operation
    method: str
    path: str
    takes: type[BaseModel] | None
    """Query of a GET, body of a POST; None when there is nothing to say."""
    gives: Any
    """The answer's type; None when there is nothing to answer."""
    command: str = ""
    """The one parameter that takes all of it, where the use case takes a command."""

    def arguments(self, given: BaseModel | None) -> dict[str, Any]:
        """What the use case is called with, besides transaction and actor."""
        if given is None:
            return {}
        if self.command:
            return {self.command: given}
        return {name: getattr(given, name) for name in type(given).model_fields}


def bound(operations: Mapping[str, Operation]) -> Iterator[Bound]:
    """Every operation that a program can call, by name."""
    for name in sorted(operations):
        if (found := bind(operations[name])) is not None:
            yield found


def bind(operation: Operation) -> Bound | None:
    """The operation as a route, or None when JSON cannot say what it takes or gives.

    None also for what concerns one's own account: a token works for an organization, and must
    never be worth more than that.
    """
    if operation.permission is Permission.ACCOUNT_SELF:
        return None
    try:
        takes, command = _takes(operation)
        gives = wire_type(get_type_hints(inspect.unwrap(operation.call))["return"])
        if operation.reads and not _fits_a_query(takes):
            return None
    except (NotExpressible, PydanticSchemaGenerationError, PydanticUserError, KeyError):
        return None
    path = "/" + operation.name.replace(".", "/")
    return Bound(operation, "GET" if operation.reads else "POST", path, takes, gives, command)


def _takes(operation: Operation) -> tuple[type[BaseModel] | None, str]:
    """The model of what a program sends, and the name of the command that it is.

    Raises:
        NotExpressible, KeyError, PydanticSchemaGenerationError: pydantic cannot build it.
    """
    use_case = inspect.unwrap(operation.call)
    parameters = list(inspect.signature(use_case).parameters.values())[2:]
    hints = get_type_hints(use_case, include_extras=True)
    if not parameters:
        return None, ""
    only = hints[parameters[0].name]
    if len(parameters) == 1 and isinstance(only, type) and issubclass(only, BaseModel):
        return _closed(only), parameters[0].name
    values: dict[str, Any] = {one.name: (hints[one.name], _default(one)) for one in parameters}
    return create_model(_title(operation), __config__=_CLOSED, **values), ""


def _closed(command: type[BaseModel]) -> type[BaseModel]:
    """The command itself, as far as its use case can tell, but without room for other names."""
    return create_model(
        command.__name__,
        __base__=command,
        __doc__=command.__doc__,
        __module__=command.__module__,
        __cls_kwargs__={"extra": "forbid"},
    )


def _default(parameter: inspect.Parameter) -> Any:
    if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
        raise NotExpressible(f"*{parameter.name} has no name of its own")
    return ... if parameter.default is parameter.empty else parameter.default


def _title(operation: Operation) -> str:
    return "".join(word.title() for word in operation.name.replace(".", "_").split("_"))


def _fits_a_query(takes: type[BaseModel] | None) -> bool:
    """Whether all that is sent can stand in an address: scalars and lists of them."""
    schema = takes.model_json_schema() if takes else {}
    named = schema.get("$defs", {})
    return all(_flat(one, named) for one in schema.get("properties", {}).values())


def _flat(schema: Mapping[str, Any], named: Mapping[str, Any]) -> bool:
    if "$ref" in schema:
        return _flat(named[schema["$ref"].rpartition("/")[2]], named)
    if "anyOf" in schema:
        return all(_flat(one, named) for one in schema["anyOf"])
    if schema.get("type") == "array":
        return _flat(schema.get("items", {}), named)
    return schema.get("type") in _SCALARS or "const" in schema or "enum" in schema
