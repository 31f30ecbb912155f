"""A client that reads a stream as a browser does, chunk by chunk."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field


@dataclass
class Message:
    """One server-sent event, and the position after it."""

    event: str
    data: str
    position: str


@dataclass
class Client:
    """One open stream."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    status: int
    headers: dict[str, str]
    messages: list[Message] = field(default_factory=list)
    pushes: int = 0
    position: str = ""
    _task: asyncio.Task | None = None
    _changed: asyncio.Event = field(default_factory=asyncio.Event)
    closed: bool = False

    async def read(self) -> None:
        """Read chunks (each is one push of the server) and the messages in them."""
        rest = ""
        try:
            while size := int(await self.reader.readline() or b"0", 16):
                chunk = await self.reader.readexactly(size)
                await self.reader.readexactly(2)
                *whole, rest = (rest + chunk.decode()).split("\n\n")
                if any("event: ping" not in text for text in whole):
                    self.pushes += 1
                for text in whole:
                    self._take(text)
                self._changed.set()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        self.closed = True
        self._changed.set()

    def _take(self, text: str) -> None:
        fields = [line.partition(": ") for line in text.split("\n")]
        values = {name: value for name, _, value in fields}
        self.position = values.get("id", self.position)
        if "event" in values:
            data = "\n".join(value for name, _, value in fields if name == "data")
            self.messages.append(Message(values["event"], data, self.position))

    async def until(self, there: Callable[[], object], seconds: float = 10) -> None:
        """Wait for a condition on what was received."""
        async with asyncio.timeout(seconds):
            while not there():
                self._changed.clear()
                await self._changed.wait()

    def named(self, event: str) -> list[Message]:
        """The messages of one kind."""
        return [m for m in self.messages if m.event == event]

    async def close(self) -> None:
        """Go away, as a phone does that leaves the room."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        self.writer.close()
        with suppress(ConnectionError):
            await self.writer.wait_closed()

    def start(self) -> None:
        """Read in the background."""
        self._task = asyncio.create_task(self.read())
