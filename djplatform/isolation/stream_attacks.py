"""Every channel of the victim at `/api/stream/{channel}`, in both renderings."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import suppress
from functools import partial

import httpx
from psycopg import sql

from djplatform.isolation.catalog import Connection
from djplatform.isolation.scene import Caller, Scene, Tried

_FORMS = ("rows", "html")
_LISTEN_SECONDS = 2.0
_OPEN = 200


def published_channels(connection: Connection, names: list[str]) -> list[str]:
    """Channels that have carried events of the victim, by the ids in their names."""
    pattern = "|".join(name.replace("-", "-?") for name in names)
    query = sql.SQL("select name from realtime_channels where name ~ %s order by name limit 200")
    return [str(row[0]) for row in connection.execute(query, (pattern,)).fetchall()]


async def attack_streams(scene: Scene, published: list[str]) -> None:
    """Open each channel as everybody who may not hear it, alone and behind a channel of his own."""
    patterns = scene.inventory.channels
    filled = [name for pattern in patterns for name in scene.victim.fill(pattern)]
    channels = list(dict.fromkeys([*published, *filled]))
    async with scene.client() as client:
        strangers = [caller for caller in scene.callers if not caller.may_read]
        await scene.together(
            [
                partial(_try, scene, client, channel, caller)
                for channel in channels
                for caller in strangers
            ]
        )
        await _control(scene, client, channels)
    await scene.settle()


async def _try(
    scene: Scene, client: httpx.AsyncClient, channel: str, caller: Caller
) -> AsyncGenerator[Tried]:
    where = f"stream {channel.partition(':')[0]}"
    own = [f"{pattern.partition(':')[0]}:{scene.other_organization}" for pattern in _own(scene)]
    for form in _FORMS:
        for asked in (channel, *(f"{mine},{channel}" for mine in own)):
            status, heard = await _listen(scene, client, asked, form, caller, position="0")
            yield Tried(where, f"opened as {form}", caller, heard, asked)
            if status == _OPEN:
                scene.found(where, f"{caller.name}: opened as {form}", "the stream was opened")


def _own(scene: Scene) -> list[str]:
    """Patterns of which the outsider has a channel himself."""
    return [p for p in scene.inventory.channels if p.endswith(":{organization}")][:1]


async def _control(scene: Scene, client: httpx.AsyncClient, channels: list[str]) -> None:
    """Whether the victim himself hears a secret there; else silence would prove nothing."""
    for channel in channels:
        _, heard = await _listen(scene, client, channel, "rows", scene.owner, position="")
        if scene.secrets_in(heard, channel):
            return
    if channels:
        scene.found("streams", "control", "not even the victim heard a secret")


async def _listen(
    scene: Scene,
    client: httpx.AsyncClient,
    channels: str,
    form: str,
    caller: Caller,
    *,
    position: str,
) -> tuple[int, str]:
    """The status of a stream, and what it says in its first moments."""
    heard: list[str] = []
    headers = scene.headers(await caller.fresh())
    url = f"/api/stream/{channels}"
    # From number 0 whatever is still kept is replayed; from nowhere all rows are given.
    query = {"as": form, "last_event_id": position}
    async with client.stream("GET", url, params=query, headers=headers) as response:
        with suppress(TimeoutError, httpx.ReadError):
            async with asyncio.timeout(_LISTEN_SECONDS):
                async for text in response.aiter_text():
                    heard.append(text)
                    if scene.secrets_in(text, channels):
                        break
        return response.status_code, "".join(heard)
