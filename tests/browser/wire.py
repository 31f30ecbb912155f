"""A piece of wire between a phone and the product that can be cut, as in a cellar."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress


class Wire:
    """Passes bytes on to a port of this machine, as long as it is whole."""

    def __init__(self, port: int) -> None:
        self._far = port
        self._near = 0
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()

    @property
    def port(self) -> int:
        """Where the phone connects to."""
        return self._near

    async def join(self) -> None:
        """Let bytes through, from now on."""
        self._server = await asyncio.start_server(self._carry, "127.0.0.1", self._near)
        self._near = self._server.sockets[0].getsockname()[1]

    async def cut(self) -> None:
        """End every connection without a good-bye, and take no new one."""
        if self._server:
            self._server.close()
        for writer in self._open:
            writer.transport.abort()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._far)
        ends = {writer, far_writer}
        self._open |= ends
        with suppress(ConnectionError):
            await asyncio.gather(_pump(reader, far_writer), _pump(far_reader, writer))
        for end in ends:
            end.close()
        self._open -= ends


async def _pump(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    while data := await source.read(65_536):
        target.write(data)
        await target.drain()
    target.close()


@asynccontextmanager
async def wire_to(port: int) -> AsyncGenerator[Wire]:
    """A whole wire; cut at the end."""
    wire = Wire(port)
    await wire.join()
    try:
        yield wire
    finally:
        await wire.cut()
