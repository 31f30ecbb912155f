"""A tab of a page as its event socket knows it: handlers called, state updates told."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from djplatform.isolation.raw_socket import UPDATE, RawSocket
from djplatform.isolation.raw_socket import connected as raw_connected


class Tab:
    """One connection, from the page's side."""

    def __init__(self, socket: RawSocket) -> None:
        self._socket = socket

    @property
    def frames(self) -> list[str]:
        return self._socket.frames

    @property
    def closed(self) -> bool:
        return self._socket.closed

    async def event(self, name: str, path: str = "/", **payload: object) -> None:
        """Call a handler by its full name, as a hostile page could."""
        page = {"pathname": path, "asPath": path, "query": {}}
        await self._socket.event(name, payload, page)

    async def update(self) -> dict:
        """The next state update that the server sends."""
        frame = await self._socket.next_frame(UPDATE)
        return json.loads(frame.partition(",")[2])[1]

    async def redirect(self) -> str:
        """The path of the next redirect; deltas before it are skipped."""
        while True:
            for event in (await self.update()).get("events", []):
                if event["name"] == "_redirect":
                    return event["payload"]["path"]

    async def settle(self) -> None:
        """Wait until a later, harmless event is answered: what was sent before has arrived."""
        await self._socket.answer(patience=0)

    async def ended(self) -> None:
        """Wait until the server has hung up."""
        await self._socket.ended()


@asynccontextmanager
async def connected(
    port: int, *, token: str, cookie: str = "", boot: dict | None = None
) -> AsyncIterator[Tab]:
    """A tab that has joined the event namespace under its token."""
    async with raw_connected(port, host="localhost", token=token, cookie=cookie, boot=boot) as one:
        yield Tab(one)
