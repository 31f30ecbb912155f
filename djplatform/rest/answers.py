"""Views as JSON: what a frozen dataclass of a feature becomes on the wire."""

from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, TypeAdapter, create_model

from djplatform.core.i18n import current_language
from djplatform.core.money import Money

_PLAIN = (str, int, float, bool, UUID, date, datetime)


class NotExpressible(TypeError):
    """A view holds what no JSON stands for."""


class Amount(BaseModel):
    """An amount of money: whole minor units, their ISO 4217 currency, and how people write it."""

    model_config = ConfigDict(title="Money")

    minor: int
    currency: str
    text: str


def _amount(value: object) -> object:
    if not isinstance(value, Money):
        return value
    text = value.format(current_language())
    return Amount(minor=value.minor, currency=value.currency, text=text)


def wire_type(view: Any) -> Any:
    """The type whose JSON stands for a view; pydantic validates views into it by attributes.

    Raises:
        NotExpressible: the view holds something else than texts, numbers, moments, ids,
            enumerations, money, other views, and lists of these.
    """
    if view in (None, NoneType):
        return None
    if view is Money:
        return Annotated[Amount, BeforeValidator(_amount)]
    if isinstance(view, type):
        return _wire_class(view)
    return _wire_generic(get_origin(view), get_args(view))


def _wire_class(view: type[Any]) -> Any:
    if is_dataclass(view):
        return _model(view)
    if issubclass(view, (*_PLAIN, Enum)):
        return view
    raise NotExpressible(f"{view!r} cannot be said in JSON")


def _wire_generic(origin: Any, arguments: tuple[Any, ...]) -> Any:
    if origin in (Union, UnionType):
        return Union[tuple(wire_type(one) for one in arguments)]  # noqa: UP007 made at run time
    if origin is Annotated:
        return wire_type(arguments[0])
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return dict[str, wire_type(arguments[1])]
    repeats = len(arguments) == 1 or arguments[1:] == (...,)
    if isinstance(origin, type) and issubclass(origin, Sequence) and repeats:
        return list[wire_type(arguments[0])]
    raise NotExpressible(f"{origin!r} cannot be said in JSON")


@cache
def _model(view: type[Any]) -> type[BaseModel]:
    """The model of a view's fields; those that its author keeps out of its repr stay inside."""
    hints = get_type_hints(view)
    told = [one.name for one in fields(view) if one.repr and not one.name.startswith("_")]
    values: dict[str, Any] = {name: (wire_type(hints[name]), ...) for name in told}
    return create_model(
        view.__name__,
        __config__=ConfigDict(from_attributes=True),
        __doc__=view.__doc__,
        __module__=view.__module__,
        **values,
    )


def to_json(adapter: TypeAdapter[Any], view: object) -> bytes:
    """A view as the JSON of its wire type."""
    return adapter.dump_json(adapter.validate_python(view, from_attributes=True))
