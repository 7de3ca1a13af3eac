"""A line that takes time: forwards TCP with a delay each way and a rate for each connection."""

from __future__ import annotations

import asyncio
import contextlib
import re
import threading
import time
from collections import Counter
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from asyncio import Queue, StreamReader, StreamWriter

_BLOCK = 1 << 16
_REQUEST = re.compile(rb"(GET|HEAD|PUT|POST|DELETE) [^ ]+ HTTP/1\.1\r\n")


class SlowLine:
    """The line to one server; `delay` in seconds and `rate` in bytes a second can be changed."""

    def __init__(self, host: str, port: int, *, delay: float = 0.0, rate: float = 80e6) -> None:
        self._server = (host, port)
        self.delay, self.rate = delay, rate
        #: Requests over http by their method, and connections; what is encrypted is not seen.
        self.counted: Counter[str] = Counter()
        self._connections: set[asyncio.Task[object] | None] = (
            set()
        )  # a loop does not keep its tasks
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        starting = asyncio.start_server(self._connected, "127.0.0.1", 0)
        self._listening = asyncio.run_coroutine_threadsafe(starting, self._loop).result()
        self.endpoint = f"http://127.0.0.1:{self._listening.sockets[0].getsockname()[1]}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._ended(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _ended(self) -> None:
        self._listening.close()
        connections = [each for each in self._connections if each is not None]
        for each in connections:
            each.cancel()
        await asyncio.gather(*connections, return_exceptions=True)
        await asyncio.sleep(0)  # what is closed is gone in the loop's next turn

    async def _connected(self, reader: StreamReader, writer: StreamWriter) -> None:
        self.counted["connections"] += 1
        self._connections.add(asyncio.current_task())
        with contextlib.closing(writer), contextlib.suppress(asyncio.CancelledError):
            await asyncio.sleep(2 * self.delay)  # the handshake went there and back
            try:
                answers, server = await asyncio.open_connection(*self._server)
                with contextlib.closing(server):
                    async with asyncio.TaskGroup() as both:
                        both.create_task(self._forward(reader, server, counts=True))
                        both.create_task(self._forward(answers, writer))
            except* OSError:
                pass  # a side that is gone ends both
        self._connections.discard(asyncio.current_task())

    async def _forward(
        self, reader: StreamReader, writer: StreamWriter, *, counts: bool = False
    ) -> None:
        # As much is on its way as the line holds; what comes after that waits at the sender.
        under_way = asyncio.Queue(int(self.rate * self.delay / _BLOCK) + 8)  # type: Queue[tuple[float, bytes]]
        free = 0.0
        async with asyncio.TaskGroup() as delivering:
            delivering.create_task(_deliver(under_way, writer))
            while block := await reader.read(_BLOCK):
                if counts and b" HTTP/1.1\r\n" in block:
                    self.counted.update(method.decode() for method in _REQUEST.findall(block))
                now = time.monotonic()
                free = max(free, now) + len(block) / self.rate
                await under_way.put((free + self.delay, block))
                if free - now > 0.005:  # shorter sleeps would take longer than they should
                    await asyncio.sleep(free - now)
            await under_way.put((time.monotonic() + self.delay, b""))


async def _deliver(under_way: Queue[tuple[float, bytes]], writer: StreamWriter) -> None:
    while True:
        due, block = await under_way.get()
        if (early := due - time.monotonic()) > 0:
            await asyncio.sleep(early)
        if not block:
            writer.write_eof()
            return
        writer.write(block)
        await writer.drain()
