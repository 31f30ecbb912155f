"""A client of the event socket that sends whatever it likes.

Engine.IO 4 and Socket.IO 5 over a plain websocket, as the pages speak them, without a page.
"""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from typing import Any
from urllib.parse import quote

from wsproto import ConnectionType, WSConnection
from wsproto.events import (
    CloseConnection,
    Ping,
    RejectConnection,
    Request,
    TextMessage,
)
from wsproto.utilities import LocalProtocolError

NAMESPACE = "/_event"
_PATIENCE = 10.0
_HELLO = "0{"
_PONG = f'42{NAMESPACE},["ping"'
UPDATE = f'42{NAMESPACE},["event"'


class SocketRefused(Exception):
    """The server did not open the socket, or closed it at once."""


class RawSocket:
    """One connection of one tab."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._protocol = WSConnection(ConnectionType.CLIENT)
        self.frames: list[str] = []
        """Every frame that arrived."""
        self._taken = 0
        self._news = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self.closed = False

    async def open(self, host: str, target: str, headers: list[tuple[bytes, bytes]]) -> None:
        """Shake hands; `host` is the visited name with its port."""
        request = Request(host=host, target=target, extra_headers=headers)
        await self._write(self._protocol.send(request))
        self._task = asyncio.create_task(self._read())

    async def send(self, text: str) -> None:
        """Send one frame as it is; nothing happens once the server has hung up."""
        with suppress(ConnectionError, LocalProtocolError):
            await self._write(self._protocol.send(TextMessage(data=text)))

    async def event(self, name: str, payload: dict[str, Any], page: dict[str, Any]) -> None:
        """Call a handler by its full name."""
        event = {"name": name, "payload": payload, "router_data": page}
        await self.send(f"42{NAMESPACE}," + json.dumps(["event", event]))

    async def answer(self, *, patience: float = 1.0) -> str:
        """What arrived since the last time: the first state update and what came with it.

        Not every call is answered; `patience` is for those, in seconds.
        """
        with suppress(TimeoutError):
            await self.wait_for(UPDATE, patience)
        # Whatever was sent before the echo of a ping has arrived with it.
        await self.send(f"42{NAMESPACE}," + json.dumps(["ping"]))
        with suppress(TimeoutError):
            await self.wait_for(_PONG, _PATIENCE)
        return self.take()

    def take(self) -> str:
        """Every frame since the last time."""
        news, self._taken = self.frames[self._taken :], len(self.frames)
        return "\n".join(news)

    async def wait_for(self, beginning: str, seconds: float = _PATIENCE) -> None:
        """Wait for a frame that begins so, and was not taken yet; returns when it closes too.

        Raises:
            TimeoutError: none came.
        """
        async with asyncio.timeout(seconds):
            while not self.closed:
                if any(frame.startswith(beginning) for frame in self.frames[self._taken :]):
                    return
                self._news.clear()
                await self._news.wait()

    async def next_frame(self, beginning: str) -> str:
        """The next frame that begins so, as `wait_for`; those before it count as taken.

        Raises:
            ConnectionResetError: the server has hung up, and there is none.
        """
        await self.wait_for(beginning)
        for place in range(self._taken, len(self.frames)):
            if self.frames[place].startswith(beginning):
                self._taken = place + 1
                return self.frames[place]
        raise ConnectionResetError(beginning)

    async def ended(self, seconds: float = _PATIENCE) -> None:
        """Wait until the server has hung up.

        Raises:
            TimeoutError: it has not.
        """
        async with asyncio.timeout(seconds):
            while not self.closed:
                self._news.clear()
                await self._news.wait()

    async def close(self) -> None:
        """Hang up."""
        self._writer.close()
        waiting = [self._writer.wait_closed()]
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, *waiting, return_exceptions=True)

    async def _write(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()

    async def _read(self) -> None:
        try:
            while data := await self._reader.read(65536):
                self._protocol.receive_data(data)
                for event in self._protocol.events():
                    await self._handle(event)
                self._news.set()
        except ConnectionError:
            pass
        finally:
            self.closed = True
            self._news.set()

    async def _handle(self, event: object) -> None:
        if isinstance(event, Ping):
            await self._write(self._protocol.send(event.response()))
        elif isinstance(event, CloseConnection | RejectConnection):
            self.closed = True
        elif isinstance(event, TextMessage):
            frame = str(event.data)
            self.frames.append(frame)
            if frame == "2":  # Engine.IO's heartbeat
                await self.send("3")


@asynccontextmanager
async def connected(
    port: int, *, host: str, token: str, cookie: str = "", boot: dict[str, Any] | None = None
) -> AsyncGenerator[RawSocket]:
    """A socket that has joined the event namespace under a tab's token.

    `boot` is the event that a page sends along with its connect.

    Raises:
        SocketRefused: the handshake was refused.
    """
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    socket = RawSocket(reader, writer)
    headers = [(b"origin", f"http://{host}:{port}".encode())]
    if cookie:
        headers.append((b"cookie", cookie.encode()))
    target = f"{NAMESPACE}/?EIO=4&transport=websocket&token={quote(token)}"
    try:
        await socket.open(f"{host}:{port}", target, headers)
        await socket.wait_for(_HELLO)
        if socket.closed:
            raise SocketRefused(f"{host}:{port}")
        await socket.send(f"40{NAMESPACE}," + (json.dumps({"event": boot}) if boot else ""))
        await socket.wait_for(f"40{NAMESPACE},")
        if socket.closed:
            raise SocketRefused(f"{host}:{port}")
        yield socket
    finally:
        await socket.close()
