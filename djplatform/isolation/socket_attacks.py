"""Every event handler over the raw socket, and the victim's tab in a stranger's hands."""

import asyncio
from collections.abc import AsyncGenerator
from functools import partial
from typing import Any
from uuid import uuid4

from djplatform.isolation.inventory import Handler, filled, places
from djplatform.isolation.raw_socket import SocketRefused, connected
from djplatform.isolation.scene import Attack, Caller, Scene, Tried

_ROOT = "reflex___state____state"
_HYDRATE = f"{_ROOT}.hydrate"
_BOOT = f"{_ROOT}.hydrate_and_load"
_LOAD = f"{_ROOT}.reflex___state____on_load_internal_state.on_load_internal"
_REDIRECT = '"_redirect"'
_UPDATE = '["event"'
_SOME_VARIABLES = 4
_LOADING_SECONDS, _REFUSAL_SECONDS = 0.6, 0.3
"""How long a page that opens may be silent before it counts as complete."""
_NEVER = ("setvar", "reset", "_reset_client_storage", "get_state", "__init__", "no_such_handler")
"""Names that no page ever sends: the framework's own, inherited ones, and an invented one."""


async def attack_handlers(scene: Scene) -> None:
    """Call every handler, and names that are none, as everybody; then take over a tab."""
    await _control(scene)
    for caller in scene.callers:
        await scene.together(
            [
                *(partial(_call, scene, handler, caller) for handler in scene.inventory.handlers),
                *(
                    partial(_undeclared, scene, state, names, caller)
                    for state, names in scene.inventory.states.items()
                ),
                *_consoles(scene, caller),
            ]
        )
        if not caller.may_read:
            await _stolen_tabs(scene, caller)
    await scene.settle()


async def _call(scene: Scene, handler: Handler, caller: Caller) -> AsyncGenerator[Tried]:
    """One handler with everything that its arguments may mean, each time on a new tab."""
    forms = dict.fromkeys(handler.forms, scene.victim.everything())
    plain = [name for name in handler.arguments if name not in handler.forms]
    guarded = handler.declared not in ("public", "built-in")
    for values in scene.victim.combinations(plain):
        [answer] = await _events(scene, caller, [(handler.name, values | forms)]) or [""]
        yield _tried(handler.name, "called with the victim's ids", caller, answer, values)
        if guarded and caller.is_guest:
            _must_refuse(scene, handler.name, caller, answer)


async def _undeclared(
    scene: Scene, state: str, names: tuple[str, ...], caller: Caller
) -> AsyncGenerator[Tried]:
    """What no handler declares: `setvar` for each variable, setters, and inherited methods."""
    calls: list[tuple[str, dict[str, Any]]] = [(f"{state}.{name}", {}) for name in _NEVER]
    for name in names[:_SOME_VARIABLES]:
        value = scene.victim.values(name)[0]
        calls.append((f"{state}.setvar", {"var_name": name, "value": value}))
        calls.append((f"{state}.set_{name}", {"value": value}))
    # Names that are registered nowhere are not even answered.
    answers = await _events(scene, caller, calls, patience=0.05)
    for (name, payload), answer in zip(calls, answers, strict=False):
        yield _tried(name, "called without a declaration", caller, answer, payload)
        _must_refuse(scene, name, caller, answer)


def _consoles(scene: Scene, caller: Caller) -> list[Attack]:
    """Open every console page at the victim's addresses."""
    return [
        partial(_console, scene, console, values, caller)
        for console in scene.inventory.consoles
        for values in scene.victim.combinations(places(console))
    ]


async def _console(
    scene: Scene, console: str, values: dict[str, str], caller: Caller
) -> AsyncGenerator[Tried]:
    page = _page(filled(console, values), values)
    answer = await _boot(scene, str(uuid4()), caller, page)
    yield _tried(f"console {console}", "opened with the victim's ids", caller, answer, values)


async def _stolen_tabs(scene: Scene, thief: Caller) -> None:
    """The tokens of the victim's open tabs, brought with the cookie of somebody else."""
    tabs = [(str(uuid4()), *console) for console in _addresses(scene)]
    await asyncio.gather(*(_boot(scene, token, scene.owner, page) for token, _, page in tabs))
    await scene.settle()
    await scene.together(
        [partial(_stolen_tab, scene, token, where, page, thief) for token, where, page in tabs]
    )


async def _stolen_tab(
    scene: Scene, token: str, where: str, page: dict[str, Any], thief: Caller
) -> AsyncGenerator[Tried]:
    calls = [(_HYDRATE, {}), (_LOAD, {}), (_HYDRATE, {})]
    told = "\n".join(await _events(scene, thief, calls, token=token, page=page))
    yield _tried(where, "the victim's tab token", thief, told, page["query"])
    told = await _boot(scene, token, thief, page)
    yield _tried(where, "the victim's tab token, at boot", thief, told, page["query"])


def _addresses(scene: Scene) -> list[tuple[str, dict[str, Any]]]:
    """One address of the victim for each console page."""
    found: list[tuple[str, dict[str, Any]]] = []
    for console in scene.inventory.consoles:
        values = scene.victim.combinations(places(console))[0]
        found.append((f"console {console}", _page(filled(console, values), values)))
    return found


async def _control(scene: Scene) -> None:
    """The victim's own tab gets his pages; else a refusal of strangers would prove nothing."""
    told = await asyncio.gather(
        *(_boot(scene, str(uuid4()), scene.owner, page) for _, page in _addresses(scene))
    )
    if scene.inventory.consoles and not scene.secrets_in("\n".join(told)):
        scene.found("event socket", "control", "not even the victim was shown a secret")
    await scene.settle()


def _tried(where: str, attack: str, caller: Caller, answer: str, sent: dict[str, Any]) -> Tried:
    return Tried(_short(where), attack, caller, answer, " ".join(map(str, sent.values())))


def _must_refuse(scene: Scene, name: str, caller: Caller, answer: str) -> None:
    """A refusal is a redirect, or no answer at all; everything else means that it ran."""
    if _UPDATE in answer and _REDIRECT not in answer:
        scene.found(_short(name), f"{caller.name}: called without a right", "it ran")


def _short(name: str) -> str:
    """`AccountSettings.end_device` of the framework's long name."""
    state, _, handler = name.rpartition(".")
    return f"handler {state.rpartition('____')[2]}.{handler}" if state else name


async def _events(
    scene: Scene,
    caller: Caller,
    calls: list[tuple[str, dict[str, Any]]],
    *,
    token: str = "",
    page: dict[str, Any] | None = None,
    patience: float = 1.0,
) -> list[str]:
    """The answer to each call, in seconds at most `patience` after it."""
    cookie = await caller.fresh()
    heard: list[str] = []
    try:
        async with connected(
            scene.port, host=scene.host, token=token or str(uuid4()), cookie=cookie
        ) as socket:
            for name, payload in calls:
                await socket.event(name, payload, page or _page("/", {}))
                heard.append(await socket.answer(patience=patience))
            if len(calls) > 1:  # what an impatient call has left behind is the last one's
                heard[-1] += await socket.answer(patience=_REFUSAL_SECONDS)
    except SocketRefused:
        scene.found("event socket", caller.name, "was not tried: the handshake was refused")
    return heard


async def _boot(scene: Scene, token: str, caller: Caller, page: dict[str, Any]) -> str:
    """What a page gets when it opens: its state, and what its on_load handlers add."""
    boot = {"name": _BOOT, "payload": {}, "router_data": page}
    quiet = _LOADING_SECONDS if caller is scene.owner else _REFUSAL_SECONDS
    cookie = await caller.fresh()
    heard: list[str] = []
    try:
        async with connected(
            scene.port, host=scene.host, token=token, cookie=cookie, boot=boot
        ) as socket:
            while _UPDATE in (part := await socket.answer(patience=quiet)):
                heard.append(part)
    except SocketRefused:
        scene.found("event socket", caller.name, "was not tried: the handshake was refused")
    return "\n".join(heard)


def _page(path: str, query: dict[str, str]) -> dict[str, Any]:
    return {"pathname": path, "asPath": path, "query": query}
