"""What the web process offers to be attacked: routes, event handlers, channels, consoles.

It is read from the composed application in a process of its own (`python -m …`), because
composing it fills registries that the attacking process must not share.
"""

import inspect
import json
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from enum import Enum
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel

from djplatform.rest import PREFIX as REST

_PLACE = re.compile(r"\{(\w+)(?::\w+)?\}")
_CONSOLE_PLACE = re.compile(r"\[(\w+)\]")


@dataclass(frozen=True, slots=True)
class Route:
    """One address by one method."""

    method: str
    path: str
    fields: tuple[str, ...] = ()
    """Names that the route declares for its query, its form or its JSON."""
    needed: tuple[str, ...] = ()
    """Those of them without which it refuses."""
    fits: Mapping[str, Any] = field(default_factory=dict[str, Any], compare=False)
    """Values of fields whose type takes no id and no text: a moment, a number, one of a few."""

    @property
    def places(self) -> tuple[str, ...]:
        """The parameters in the path."""
        return places(self.path)

    @property
    def for_programs(self) -> bool:
        """Whether it is the REST API's, which takes JSON and asks for a token."""
        return self.path.startswith(f"{REST}/")

    @property
    def name(self) -> str:
        """As it is said in reports: `POST /t/{slug}`."""
        return f"{self.method} {self.path}"


@dataclass(frozen=True, slots=True)
class Handler:
    """One event handler of the socket."""

    name: str
    arguments: tuple[str, ...] = ()
    forms: tuple[str, ...] = ()
    """Those of the arguments that take a whole form."""
    declared: str = ""
    """The permission that it asks for, `public`, `built-in`, or nothing."""


@dataclass(frozen=True, slots=True)
class Inventory:
    """Everything that a stranger can address."""

    routes: tuple[Route, ...] = ()
    handlers: tuple[Handler, ...] = ()
    states: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    """State → names of its variables."""
    channels: tuple[str, ...] = ()
    """Patterns such as `booth:{event}`."""
    consoles: tuple[str, ...] = ()
    """Paths of console pages such as `/booth/{event}`."""


def places(pattern: str) -> tuple[str, ...]:
    """The names in braces of a path or a channel's pattern."""
    return tuple(_PLACE.findall(pattern))


def filled(pattern: str, values: Mapping[str, str]) -> str:
    """A path or a pattern with values in its places."""
    return _PLACE.sub(lambda found: values[found[1]], pattern)


def read_inventory(environment: Mapping[str, str]) -> Inventory:
    """The inventory of the product, composed as the web process composes it.

    Raises:
        RuntimeError: it could not be composed; the text says why.
    """
    done = subprocess.run(
        [sys.executable, "-m", "djplatform.isolation.inventory"],
        env=dict(environment),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"The application could not be composed:\n{done.stderr[-2000:]}")
    return from_json(done.stdout.splitlines()[-1])


def from_json(text: str) -> Inventory:
    """The inventory that `main` printed."""
    found = json.loads(text)
    return Inventory(
        routes=tuple(
            Route(r["method"], r["path"], tuple(r["fields"]), tuple(r["needed"]), r["fits"])
            for r in found["routes"]
        ),
        handlers=tuple(
            Handler(h["name"], tuple(h["arguments"]), tuple(h["forms"]), h["declared"])
            for h in found["handlers"]
        ),
        states={name: tuple(names) for name, names in found["states"].items()},
        channels=tuple(found["channels"]),
        consoles=tuple(found["consoles"]),
    )


def routes_of(routes: Iterable[Any]) -> tuple[Route, ...]:
    """Every address and method of an application's routes, the included and mounted ones too."""
    from fastapi.routing import iter_route_contexts
    from starlette.routing import Mount

    listed = list(routes)
    found = [
        replace(route, path=mount.path + route.path)
        for mount in listed
        if isinstance(mount, Mount)
        for route in routes_of(mount.routes)
    ]
    for context in iter_route_contexts([one for one in listed if not isinstance(one, Mount)]):
        if context.path and context.methods:
            declared = _declared(context)
            found += [_route(method, context.path, declared) for method in sorted(context.methods)]
    return tuple(dict.fromkeys(found))


def _route(method: str, path: str, declared: Mapping[str, Any]) -> Route:
    needed = tuple(name for name, info in declared.items() if info.is_required())
    fits = {name: value for name, info in declared.items() if (value := _fitting(info.annotation))}
    return Route(method, path, tuple(declared), needed, fits)


def _declared(context: Any) -> dict[str, Any]:
    """What a route declares for its query and its body, the fields of a model one by one."""
    dependant = getattr(context, "dependant", None)
    if dependant is None:
        return {}
    found: dict[str, Any] = {}
    for one in [*dependant.query_params, *dependant.body_params]:
        model = one.field_info.annotation
        if isinstance(model, type) and issubclass(model, BaseModel):
            found |= model.model_fields
        else:
            found[str(one.name)] = one.field_info
    return found


def _fitting(annotation: Any) -> Any:
    """A value that the type takes, as JSON says it; None where any text or id may stand."""
    for one in (annotation, *get_args(annotation)):
        if isinstance(one, type) and issubclass(one, Enum):
            return list(one)[-1].value
        if one is datetime:
            return "2999-12-31T00:00:00Z"
        if one in (int, bool):
            return 1
    if get_origin(annotation) is Literal:
        return get_args(annotation)[-1]
    return ["5.00"] if get_origin(annotation) is list else None


def handlers_of(
    registered: Mapping[str, Any], declared: Mapping[str, str], built_in: Iterable[str]
) -> tuple[Handler, ...]:
    """Every event handler with its arguments and what it asks of its caller."""
    framework = frozenset(built_in)
    return tuple(
        _handler(name, one.handler.fn, "built-in" if name in framework else declared.get(name, ""))
        for name, one in registered.items()
    )


def _handler(name: str, function: Any, declared: str) -> Handler:
    arguments = list(inspect.signature(function).parameters.values())[1:]
    forms = tuple(
        one.name
        for one in arguments
        if "form" in one.name or str(one.annotation).lower().startswith(("dict", "<class 'dict"))
    )
    return Handler(name, tuple(one.name for one in arguments), forms, declared)


def _states(root: Any) -> Iterator[tuple[str, tuple[str, ...]]]:
    yield root.get_full_name(), tuple(root.base_vars)
    for child in root.get_substates():
        yield from _states(child)


def main() -> None:
    """Compose the application and print its inventory as one line of JSON."""
    from djplatform.ui import reflex_seam

    reflex_seam.production_mode()
    import reflex as rx

    from djplatform.app import app, site
    from djplatform.core.realtime.channels import registry
    from djplatform.ui import guard

    reflex_seam.asgi(app)  # evaluates the pages, which may make states of their own
    layers = app.api_transformer if isinstance(app.api_transformer, list) else []
    api: Any = layers[0]
    registered = reflex_seam.event_handlers()
    permissions = {name: guard.declared_permission(name) for name in registered}
    framework = [Route(method, path) for path in reflex_seam.BACKEND_PATHS for method in _BOTH]
    found = Inventory(
        routes=(*routes_of(api.routes), *framework),
        handlers=handlers_of(
            registered,
            {name: str(mark) for name, mark in permissions.items() if mark is not None},
            reflex_seam.built_in_handlers(),
        ),
        states=dict(_states(rx.State)),
        channels=tuple(kind.pattern for kind in registry.kinds()),
        consoles=tuple(_CONSOLE_PLACE.sub(r"{\1}", page.route) for page in site.consoles),
    )
    print(json.dumps(asdict(found)))


_BOTH = ("GET", "POST")


if __name__ == "__main__":
    main()
