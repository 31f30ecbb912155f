"""Every route of the web process, by each method it declares, called with the victim's ids."""

from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import product
from typing import Any
from urllib.parse import urljoin, urlsplit
from uuid import uuid4

import httpx

from djplatform.forms import forms_of
from djplatform.isolation.inventory import Route
from djplatform.isolation.people import DEVICE
from djplatform.isolation.reviewed import FIRST_VISIT_TOKEN, LOCKED_BY_ITSELF, OPEN_BY_DESIGN
from djplatform.isolation.scene import Attack, Caller, Scene, Tried

_WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_TOO_MANY = 429


@dataclass(frozen=True, slots=True)
class Request:
    """One attempt, ready to be sent by anybody."""

    route: Route
    path: str
    attack: str
    query: Mapping[str, str]
    form: Mapping[str, str]
    from_fan: bool = False
    """A form that the fan was shown."""
    json: Mapping[str, Any] | None = None
    """What a program sends instead of a form."""

    def suits(self, caller: Caller) -> bool:
        """Whether this caller is a stranger to it."""
        bearer = self.from_fan and FIRST_VISIT_TOKEN in self.form
        return not bearer or DEVICE in caller.cookie

    @property
    def sent(self) -> str:
        """Everything that may come back because it was sent."""
        said = [*self.query.values(), *self.form.values(), *(self.json or {}).values()]
        return " ".join([self.path, *map(str, said)])


async def attack_routes(scene: Scene) -> None:
    """Call everything as everybody, with guessed ids and with the victim's own forms."""
    async with scene.client() as client:
        requests = _guesses(scene) + await _own_forms(scene, client)
        reads = [request for request in requests if request.route.method not in _WRITES]
        writes = [request for request in requests if request.route.method in _WRITES]
        await scene.settle()
        await scene.together(_by_all(scene, client, reads))
        await scene.one_by_one(_by_all(scene, client, writes))
        await _control(scene, client)


def _by_all(scene: Scene, client: httpx.AsyncClient, requests: list[Request]) -> list[Attack]:
    """Each request from everybody whom it suits."""
    return [
        partial(_try, scene, client, request, caller)
        for request in requests
        for caller in filter(
            request.suits, scene.programs if request.route.for_programs else scene.callers
        )
    ]


async def _try(
    scene: Scene, client: httpx.AsyncClient, request: Request, caller: Caller
) -> AsyncGenerator[Tried]:
    status, answer = await _send(scene, client, request, caller)
    yield Tried(request.route.name, request.attack, caller, answer, request.sent)
    path, ok = request.route.path, 200 <= status < 300
    if path in scene.inventory.consoles:
        # Whoever is signed in gets the empty shell; what fills it is the socket's to refuse.
        wrong = ok and caller.is_guest
    elif request.route.for_programs:
        wrong = ok and caller.is_guest and path not in OPEN_BY_DESIGN
    else:
        wrong = ok and request.route.places and path not in OPEN_BY_DESIGN and not caller.may_read
    if wrong:
        scene.found(request.route.name, f"{caller.name}: {request.attack}", f"answered {status}")


async def _send(
    scene: Scene, client: httpx.AsyncClient, request: Request, caller: Caller
) -> tuple[int, str]:
    """The status, and the whole answer as text, its headers too."""
    headers = scene.headers(await caller.fresh())
    if request.route.for_programs and caller.token:
        headers["Authorization"] = f"Bearer {caller.token}"
    posted = request.json is None and request.route.method in _WRITES
    try:
        response = await client.request(
            request.route.method,
            request.path,
            params=dict(request.query),
            data=dict(request.form) if posted else None,
            json=request.json,
            headers=headers | {"Idempotency-Key": str(uuid4())},
        )
    except httpx.TransportError as error:
        # No answer is no leak, but neither is it a proof.
        scene.found(request.route.name, request.attack, f"no answer ({type(error).__name__})")
        return 0, ""
    lines = [f"{name}: {value}" for name, value in response.headers.multi_items()]
    if response.status_code == _TOO_MANY and request.route.name not in LOCKED_BY_ITSELF:
        scene.found(request.route.name, request.attack, "was not tried: too many requests")
    return response.status_code, "\n".join([*lines, response.text])


def _guesses(scene: Scene) -> list[Request]:
    """The victim's ids in the path, in the query, and in a form with every likely name."""
    found: list[Request] = []
    names = scene.victim.everything()
    for route in scene.inventory.routes:
        if route.for_programs:
            found += _calls(scene, route)
            continue
        declared = {name: scene.victim.values(name)[0] for name in route.fields}
        for path in scene.victim.fill(route.path):
            if route.method in _WRITES:
                found.append(Request(route, path, "ids in a form", {}, names | declared))
                continue
            found.append(Request(route, path, "ids in the path", {}, {}))
            found.append(Request(route, path, "ids in the query", names | declared, {}))
    return found


def _calls(scene: Scene, route: Route) -> Iterator[Request]:
    """What a program could send: what is needed, all that is declared, and every likely name."""
    fitting = {name: route.fits.get(name) or scene.victim.values(name)[0] for name in route.fields}
    needed = {name: fitting[name] for name in route.needed}
    tries = {
        "what is needed, with the victim's ids": needed,
        "the victim's ids in every field": fitting,
        "the victim's ids under every name": scene.victim.everything() | fitting,
    }
    for attack, values in tries.items():
        if route.method in _WRITES:
            yield Request(route, route.path, attack, {}, {}, json=values)
        else:
            query = {name: str(value) for name, value in values.items()}
            yield Request(route, route.path, attack, query, {})


async def _own_forms(scene: Scene, client: httpx.AsyncClient) -> list[Request]:
    """The forms that the victim and his fan are shown, for strangers to send as they are."""
    found: dict[tuple[str, str], Request] = {}
    for caller in (scene.owner, scene.fan):
        for route in scene.inventory.routes:
            if route.method != "GET":
                continue
            for path in scene.victim.fill(route.path):
                page = await client.get(path, headers=scene.headers(await caller.fresh()))
                for form in forms_of(page.text):
                    action = urlsplit(urljoin(path, form.action or path)).path
                    target = _route_of(scene, form.method.upper(), action)
                    if target is not None:
                        name = f"a form that {caller.name} was shown"
                        from_fan = caller is scene.fan
                        own = Request(target, action, name, {}, form.values, from_fan)
                        found.setdefault((target.name, caller.name), own)
    return list(found.values())


def _route_of(scene: Scene, method: str, path: str) -> Route | None:
    """The route that takes a path: as many parts, equal or a parameter."""
    asked = path.split("/")
    for route in scene.inventory.routes:
        parts = route.path.split("/")
        if (
            route.method == method
            and len(parts) == len(asked)
            and all(
                part == given or part.startswith("{")
                for part, given in zip(parts, asked, strict=True)
            )
        ):
            return route
    return None


async def _control(scene: Scene, client: httpx.AsyncClient) -> None:
    """Whether the same requests show a secret to those whose it is; else nothing was proven."""
    reads = [request for request in _guesses(scene) if request.route.method == "GET"]
    pages = [request for request in reads if not request.route.for_programs]
    calls = [request for request in reads if request.route.for_programs]
    if not await _shown(scene, client, pages, (scene.fan, scene.owner)):
        scene.found("routes", "control", "not even the victim and his fan were shown a secret")
    if calls and not await _shown(scene, client, calls, (scene.owner,)):
        scene.found("REST", "control", "not even the victim's own program was told a secret")


async def _shown(
    scene: Scene,
    client: httpx.AsyncClient,
    requests: Sequence[Request],
    callers: Sequence[Caller],
) -> bool:
    for caller, request in product(callers, requests):
        _, answer = await _send(scene, client, request, caller)
        if scene.secrets_in(answer, request.sent):
            return True
    return False
