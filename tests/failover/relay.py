"""Stands on a server's socket: cuts a connection at its COMMIT, or pools connections as in transaction mode.

It knows just enough of PostgreSQL's protocol 3 (manual, chapter "Frontend/Backend Protocol"): message frames, the
start-up packet, ReadyForQuery. It answers every exchange in turn, so nothing flows that nobody asked for (no NOTIFY).
"""

import asyncio
import contextlib
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from tests.failover import machine

SOCKET = ".s.PGSQL.5432"
_ENCRYPTION = {80877103, 80877104}
_IDLE = b"I"
_ASKS = b"QSF"
"""Messages after which the server says ReadyForQuery."""
DISCARD = b"Q" + (4 + len(b"DISCARD ALL\0")).to_bytes(4) + b"DISCARD ALL\0"


class Cut(StrEnum):
    """When a connection is cut at a COMMIT."""

    BEFORE = "before the server heard of it"
    AFTER = "after the server had done it"


class Closed(Exception):
    """A side closed its connection."""


@dataclass(eq=False)
class Side:
    """One end of a connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def read(self) -> bytes:
        """Give one message with its frame."""
        try:
            head = await self.reader.readexactly(5)
            return head + await self.reader.readexactly(int.from_bytes(head[1:]) - 4)
        except (asyncio.IncompleteReadError, OSError) as error:
            raise Closed from error

    async def start(self) -> bytes:
        """Give the start-up packet, which has no type; encryption is declined."""
        try:
            while True:
                size = await self.reader.readexactly(4)
                packet = size + await self.reader.readexactly(int.from_bytes(size) - 4)
                if int.from_bytes(packet[4:8]) not in _ENCRYPTION:
                    return packet
                await self.write(b"N")
        except (asyncio.IncompleteReadError, OSError) as error:
            raise Closed from error

    async def write(self, data: bytes) -> None:
        try:
            self.writer.write(data)
            await self.writer.drain()
        except OSError as error:
            raise Closed from error

    def close(self) -> None:
        self.writer.close()


@dataclass(eq=False)
class Relay:
    """A socket in ``place`` behind which the server at ``target`` is; ``pooled``: another backend per transaction."""

    place: Path
    target: Path
    pooled: bool = False
    cuts: Counter[Cut] = field(default_factory=Counter)
    transactions: int = 0
    """Transactions that were given a backend for themselves alone (pooled)."""
    hops: int = 0
    """How often a client's transaction ran on another backend than its last one."""
    _next: Cut | None = None
    _skip: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _free: list[Side] = field(default_factory=list)
    _sides: set[Side] = field(default_factory=set)
    _greeting: bytes = b""

    def url(self, database: str = machine.DATABASE) -> str:
        """Give the address of a database behind it."""
        return machine.url(self.place, database=database)

    def cut_a_commit(self, when: Cut, *, skip: int = 0) -> None:
        """Cut the connection at the next COMMIT, or at the one after ``skip`` others."""
        with self._lock:
            self._next, self._skip = when, skip

    def _cut_now(self, message: bytes) -> Cut | None:
        if message[5:].rstrip(b"\0").upper() != b"COMMIT":
            return None
        with self._lock:
            if self._next is None or self._skip:
                self._skip = max(0, self._skip - 1)
                return None
            when, self._next = self._next, None
            self.cuts[when] += 1
            return when

    # --- one client ---

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve a client until one side leaves."""
        client = Side(reader, writer)
        self._sides.add(client)
        server: Side | None = None
        try:
            packet = await client.start()
            server = await self._connect(packet)
            await client.write(self._greeting)
            last = server
            if self.pooled:
                self._free.append(server)
                server = None
            while (message := await client.read())[:1] != b"X":
                if server is None:
                    server = await self._take(packet, last)
                    self.hops += server is not last
                status = await self._exchange(client, server, message)
                if self.pooled and status == _IDLE:
                    self.transactions += 1
                    await self._discard(server)
                    self._free.append(server)
                    last = server
                    server = None
        except Closed:
            pass
        finally:
            for side in (client, server):
                if side is not None:
                    side.close()
                    self._sides.discard(side)

    async def _exchange(self, client: Side, server: Side, message: bytes) -> bytes:
        """Bring one message to the server and its answer back; give the transaction's status, or nothing yet."""
        cut = self._cut_now(message) if message[:1] == b"Q" else None
        if cut is Cut.BEFORE:
            raise Closed
        await server.write(message)
        if message[:1] not in {bytes([kind]) for kind in _ASKS}:
            return b""
        while True:
            answer = await server.read()
            if cut is None:
                await client.write(answer)
            if answer[:1] == b"Z":
                if cut is Cut.AFTER:
                    raise Closed
                return answer[5:6]

    # --- servers ---

    async def _connect(self, packet: bytes) -> Side:
        try:
            server = Side(*await asyncio.open_unix_connection(str(self.target / SOCKET)))
        except OSError as error:
            raise Closed from error
        self._sides.add(server)
        await server.write(packet)
        messages = [await server.read()]
        while messages[-1][:1] not in (b"Z", b"E"):
            messages.append(await server.read())
        self._greeting = b"".join(messages)
        return server

    async def _take(self, packet: bytes, last: Side) -> Side:
        """Give a server connection, rather not the one that this client had last."""
        others = [side for side in self._free if side is not last]
        if not others:
            return await self._connect(packet)
        self._free.remove(others[0])
        return others[0]

    async def _discard(self, server: Side) -> None:
        await server.write(DISCARD)
        while (await server.read())[:1] != b"Z":
            pass

    def sever(self) -> None:
        """Close every connection (call it in the loop's thread)."""
        for side in [*self._sides]:
            side.close()
        self._sides.clear()
        self._free.clear()

    async def work(self, ready: threading.Event, stop: asyncio.Event) -> None:
        """Serve everybody until told to stop."""
        server = await asyncio.start_unix_server(self.serve, str(self.place / SOCKET))
        ready.set()
        await stop.wait()
        server.close()
        self.sever()
        clients = asyncio.all_tasks() - {asyncio.current_task()}
        if clients:
            await asyncio.wait(clients, timeout=5)


@contextlib.contextmanager
def relay(target: Path, *, pooled: bool = False) -> Iterator[Relay]:
    """Lend a relay before the server whose socket is in ``target``."""
    with machine.folder() as place, ThreadPoolExecutor(1, thread_name_prefix="relay") as thread:
        made, ready, stop = Relay(place, target, pooled), threading.Event(), asyncio.Event()
        loop = asyncio.new_event_loop()
        done = thread.submit(loop.run_until_complete, made.work(ready, stop))
        assert ready.wait(10)
        try:
            yield made
        finally:
            loop.call_soon_threadsafe(stop.set)
            done.result(10)
            loop.close()
