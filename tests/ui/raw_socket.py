"""A client of the event socket that sends whatever it likes: engine.io 4 over a plain websocket."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import quote

from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, CloseConnection, Ping, Request, TextMessage

NAMESPACE = "/_event"


def _page(path: str) -> dict:
    return {"pathname": path, "asPath": path, "query": {}}


class RawSocket:
    """One connection. `closed` is set as soon as the server ends it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._protocol = WSConnection(ConnectionType.CLIENT)
        self._inbox: asyncio.Queue[dict] = asyncio.Queue()
        self.frames: list[str] = []
        self.closed = asyncio.Event()
        self.accepted = asyncio.Event()

    async def open(self, host: str, target: str, headers: list[tuple[bytes, bytes]]) -> None:
        request = Request(host=host, target=target, extra_headers=headers)
        await self._write(self._protocol.send(request))
        self._task = asyncio.create_task(self._read())
        await asyncio.wait_for(self.accepted.wait(), 10)

    async def send(self, text: str) -> None:
        await self._write(self._protocol.send(TextMessage(data=text)))

    async def event(self, name: str, path: str = "/", **payload: object) -> None:
        """Call a handler by its full name, as a hostile page could."""
        event = {"name": name, "payload": payload, "router_data": _page(path)}
        await self.send(f"42{NAMESPACE}," + json.dumps(["event", event]))

    async def update(self) -> dict:
        """The next state update that the server sends."""
        return await asyncio.wait_for(self._inbox.get(), 10)

    async def redirect(self) -> str:
        """The path of the next redirect; deltas before it are skipped."""
        while True:
            for event in (await self.update()).get("events", []):
                if event["name"] == "_redirect":
                    return event["payload"]["path"]

    async def pending(self) -> list[dict]:
        """What has arrived by the time a later, harmless event is answered."""
        await self.send(f"42{NAMESPACE}," + json.dumps(["ping"]))
        async with asyncio.timeout(10):
            while not any('"ping"' in frame for frame in self.frames):
                await asyncio.sleep(0)
        found = []
        while not self._inbox.empty():
            found.append(self._inbox.get_nowait())
        return found

    async def close(self) -> None:
        self._task.cancel()
        self._writer.close()
        await asyncio.gather(self._task, self._writer.wait_closed(), return_exceptions=True)

    async def _write(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()

    async def _read(self) -> None:
        try:
            while data := await self._reader.read(65536):
                self._protocol.receive_data(data)
                for event in self._protocol.events():
                    await self._handle(event)
        except ConnectionError:
            pass
        finally:
            self.closed.set()

    async def _handle(self, event: object) -> None:
        if isinstance(event, AcceptConnection):
            self.accepted.set()
        elif isinstance(event, Ping):
            await self._write(self._protocol.send(event.response()))
        elif isinstance(event, CloseConnection):
            self.closed.set()
        elif isinstance(event, TextMessage):
            await self._text(str(event.data))

    async def _text(self, frame: str) -> None:
        self.frames.append(frame)
        if frame == "2":
            await self.send("3")
        elif frame.startswith(f"42{NAMESPACE},"):
            name, *rest = json.loads(frame.split(",", 1)[1])
            if name == "event":
                self._inbox.put_nowait(rest[0])


@asynccontextmanager
async def connected(
    port: int, *, token: str, cookie: str = "", boot: dict | None = None
) -> AsyncIterator[RawSocket]:
    """A socket that has joined the event namespace under a tab's token."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    socket = RawSocket(reader, writer)
    headers = [(b"origin", f"http://localhost:{port}".encode())]
    if cookie:
        headers.append((b"cookie", cookie.encode()))
    target = f"{NAMESPACE}/?EIO=4&transport=websocket&token={quote(token)}"
    try:
        await socket.open(f"localhost:{port}", target, headers)
        auth = json.dumps({"event": boot}) if boot else ""
        await socket.send(f"40{NAMESPACE},{auth}")
        async with asyncio.timeout(10):
            while not any(frame.startswith(f"40{NAMESPACE},") for frame in socket.frames):
                await asyncio.sleep(0)
        yield socket
    finally:
        await socket.close()
