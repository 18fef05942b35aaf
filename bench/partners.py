"""The partners, in a process of their own: they send orders and collect the answers.

``python -m bench.partners`` reads a ``Plan`` as JSON and writes a ``Seen`` as JSON.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import re
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from gateway.cli import bench_store, generate
from gateway.store import sqlite

LINES = 10
_Send = Callable[[int], Awaitable[None]]
_997 = re.compile(rb"AK1.PO.(\d+)")
_855 = re.compile(rb"BAK.\w\w.\w\w.45(\d{9,})")
_DONE = "SELECT id FROM receipt WHERE partner_id = 'bench' AND state = 'done'"
_WAITING = """SELECT
    (SELECT count(*) FROM receipt WHERE state = 'todo'),
    (SELECT count(*) FROM outbox WHERE delivery IN ('queued', 'sending'))
"""
_LOOKS_EVERY_S = 0.004
_COLLECTS_EVERY_S = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """So many orders, from number ``first``: ``rate`` a second, or as fast as it goes.

    ``door`` is http or folder, ``answers`` where the acknowledgements come out: files
    in ``outbox`` or the store. ``connections`` bound what is under way at once.
    """

    address: str
    secret: str
    database: str
    inbox: str
    outbox: str
    first: int
    count: int
    rate: float = 0.0
    door: str = "http"
    answers: str = "folder"
    connections: int = 64
    sample: int = 10
    patience_s: float = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What the partners saw. Times in milliseconds: median, 99th percentile, most."""

    accepted: int
    refused: int
    acknowledged: int
    answered: int
    accepting_s: float
    whole_s: float
    accept_ms: tuple[float, float, float]
    stored_ms: tuple[float, float, float]
    visible_ms: tuple[float, float, float]
    late_ms: tuple[float, float, float]
    """How late the partners themselves were to send."""
    own_cpu_s: float


@dataclass(slots=True)
class _Clocks:
    """When what happened to which order."""

    accept: list[float] = field(default_factory=list)
    late: list[float] = field(default_factory=list)
    stored: list[float] = field(default_factory=list)
    visible: list[float] = field(default_factory=list)
    accepted_at: dict[int, float] = field(default_factory=dict)
    waiting: dict[str, float] = field(default_factory=dict)
    """Receipts of the sample that are not answered yet."""
    refused: int = 0
    acknowledged: set[int] = field(default_factory=set)
    answered: set[int] = field(default_factory=set)
    last: float = 0.0


class _Door(asyncio.Protocol):
    """A connection that is kept: one request at a time."""

    def __init__(self) -> None:
        self._buffer = b""
        self._answer: asyncio.Future[tuple[int, bytes]] | None = None
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ready."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        """The gateway hung up; what was asked has no answer."""
        self._transport = None
        if self._answer and not self._answer.done():
            self._answer.set_exception(ConnectionError("hung up"))

    @property
    def is_open(self) -> bool:
        """Whether a request can go."""
        return self._transport is not None

    async def ask(self, request: bytes) -> tuple[int, bytes]:
        """The status and the body of the answer."""
        if self._transport is None:
            raise ConnectionError("hung up")
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._answer

    def data_received(self, data: bytes) -> None:
        """A part of the answer, or all of it."""
        self._buffer += data
        head, ended, body = self._buffer.partition(b"\r\n\r\n")
        if not ended or self._answer is None:
            return
        length = re.search(rb"(?i)content-length: (\d+)", head)
        if length is None or len(body) < int(length[1]):
            return
        self._buffer = b""
        self._answer.set_result((int(head[9:12]), body))


class Partners:
    """They send by the plan, and take what comes."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.at = _Clocks()
        self._numbers = range(plan.first, plan.first + plan.count)
        self._requests = self._made()
        self._free: list[_Door] = []

    def _made(self) -> list[bytes]:
        """Everything that will be sent, made beforehand."""
        few, plan = bench_store.FEW, self.plan
        bodies = [
            generate.plain_orders(1, LINES, items=few, number=n, seed=n)
            for n in self._numbers
        ]
        if plan.door == "folder":
            return bodies
        return [
            (
                f"POST /v1/interchanges HTTP/1.1\r\nHost: bench\r\n"
                f"Authorization: Bearer {plan.secret}\r\nIdempotency-Key: {n}\r\n"
                f"Content-Type: application/edi-x12\r\n"
                f"Content-Length: {len(body)}\r\n\r\n"
            ).encode()
            + body
            for n, body in zip(self._numbers, bodies, strict=True)
        ]

    async def run(self) -> Seen:
        """Send all, wait for all answers, and tell."""
        send = self._lay if self.plan.door == "folder" else self._post
        others = [asyncio.create_task(self._watch(self._collect, _COLLECTS_EVERY_S))]
        book = _Book(self.plan.database)
        if self.plan.door == "http" and self.plan.rate:  # else nobody asks when
            look = self._watch(lambda: self._look(book), _LOOKS_EVERY_S)
            others.append(asyncio.create_task(look))
        cpu, begun = time.process_time(), time.perf_counter()
        if self.plan.rate:
            await self._steadily(send, begun)
        else:
            await self._eagerly(send)
        accepting = time.perf_counter() - begun
        await self._rest(book)
        for one in others:
            one.cancel()
        spent, at = time.process_time() - cpu, self.at
        return Seen(
            accepted=len(at.accepted_at),
            refused=at.refused,
            acknowledged=len(at.acknowledged),
            answered=len(at.answered),
            accepting_s=accepting,
            whole_s=at.last - begun,
            accept_ms=_spread(at.accept),
            stored_ms=_spread(at.stored),
            visible_ms=_spread(at.visible),
            late_ms=_spread(at.late),
            own_cpu_s=spent,
        )

    async def _steadily(
        self, send: Callable[[int], Awaitable[None]], begun: float
    ) -> None:
        """At the plan's rate, whatever becomes of those before."""
        tasks = []
        for index in range(self.plan.count):
            due = begun + index / self.plan.rate
            if (ahead := due - time.perf_counter()) > 0:
                await asyncio.sleep(ahead)
            self.at.late.append(max(time.perf_counter() - due, 0.0))
            tasks.append(asyncio.ensure_future(send(index)))
        await asyncio.gather(*tasks)

    async def _eagerly(self, send: _Send) -> None:
        """The next as soon as one before is answered."""
        left = iter(range(self.plan.count))

        async def one_after_another() -> None:
            for index in left:
                await send(index)

        many = self.plan.connections
        await asyncio.gather(*(one_after_another() for _ in range(many)))

    async def _post(self, index: int) -> None:
        number, at = self._numbers[index], self.at
        begun = time.perf_counter()
        while True:
            door = self._free.pop() if self._free else await self._connect()
            try:
                status, body = await door.ask(self._requests[index])
            except ConnectionError:
                at.refused += 1
                await asyncio.sleep(0.05)
                continue
            self._free.append(door)
            if status == 202:
                break
            at.refused += 1
            await asyncio.sleep(0.05)
        now = time.perf_counter()
        at.accept.append(now - begun)
        at.accepted_at[number] = now
        if index % self.plan.sample == 0:
            at.waiting[json.loads(body)["id"]] = now

    async def _connect(self) -> _Door:
        where = urlsplit(self.plan.address)
        host, port = where.hostname or "", where.port or 0
        loop = asyncio.get_running_loop()
        for _ in range(200):
            try:
                _, door = await loop.create_connection(_Door, host, port)
            except OSError:
                await asyncio.sleep(0.05)
                continue
            return door
        raise ConnectionError("the gateway does not answer")

    async def _lay(self, index: int) -> None:
        """A file under a name that is finished only when the file is."""
        number, inbox = self._numbers[index], Path(self.plan.inbox)
        part = inbox / f"{number}.part"
        part.write_bytes(self._requests[index])
        self.at.accepted_at[number] = time.perf_counter()
        part.rename(inbox / f"{number}.edi")
        await asyncio.sleep(0)

    async def _watch(self, work: Callable[[], None], rest_s: float) -> None:
        """Beside sending: a disk that lets them wait does not keep orders back."""
        while True:
            await asyncio.to_thread(work)
            await asyncio.sleep(rest_s)

    def _look(self, book: _Book) -> None:
        """Which receipts of the sample are answered: the 997 is committed with it."""
        waiting = self.at.waiting
        if not waiting:
            return
        done = book.done(list(waiting)[:400])
        now = time.perf_counter()
        for one in done:
            self.at.stored.append(now - waiting.pop(one))

    def _collect(self) -> None:
        """Take the files that lie there, as a partner would who keeps them.

        Deleted ones would make the gateway's own dearer: ext4 looks past each inode
        that became free within the last minutes, up to 0.7 ms a new file.
        """
        if self.plan.answers != "folder":
            return
        taken = Path(self.plan.outbox).with_name("taken")
        taken.mkdir(exist_ok=True)
        with os.scandir(self.plan.outbox) as entries:
            paths = [e.path for e in entries if not e.name.startswith(".")]
        for path in paths:
            data = Path(path).read_bytes()
            os.rename(path, taken / os.path.basename(path))
            now = self.at.last = time.perf_counter()
            for number in map(int, _997.findall(data)):
                self.at.acknowledged.add(number)
                if number in self.at.accepted_at:
                    self.at.visible.append(now - self.at.accepted_at[number])
            for number in map(int, _855.findall(data)):
                self.at.answered.add(number // 10_000)

    async def _rest(self, book: _Book) -> None:
        """Wait for what is still to come."""
        until = time.perf_counter() + self.plan.patience_s
        while time.perf_counter() < until:
            if self.plan.answers == "folder":
                got = min(len(self.at.acknowledged), len(self.at.answered))
                if got >= self.plan.count:
                    return
            elif not book.unfinished():
                self.at.last = time.perf_counter()
                return
            await asyncio.sleep(0.01)


class _Book:
    """The gateway's database, to see when something is committed."""

    def __init__(self, url: str) -> None:
        self._mark = "?" if url.startswith("sqlite") else "%s"
        self._connection: Any
        if url.startswith("sqlite"):
            file = f"file:{url.removeprefix('sqlite:///')}?mode=ro"
            self._connection = sqlite.library().connect(
                file, uri=True, timeout=10, check_same_thread=False
            )
        else:
            import psycopg  # noqa: PLC0415  # only with a server

            plain = url.replace("+psycopg", "")
            self._connection = psycopg.connect(plain, autocommit=True)

    def done(self, receipts: Sequence[str]) -> list[str]:
        """Which of these receipts are answered."""
        marks = ", ".join([self._mark] * len(receipts))
        text = f"{_DONE} AND id IN ({marks})"
        return [row[0] for row in self._connection.execute(text, receipts).fetchall()]

    def unfinished(self) -> int:
        """How many receipts and messages wait."""
        found = self._connection.execute(_WAITING).fetchone()
        return int(found[0] + found[1])


def _spread(seconds: list[float]) -> tuple[float, float, float]:
    if not seconds:
        return 0.0, 0.0, 0.0
    order = sorted(seconds)
    share = (order[len(order) // 2], order[int(len(order) * 0.99)], order[-1])
    return tuple(round(one * 1000, 1) for one in share)  # type: ignore[return-value]


def main() -> None:
    """Do what the standard input says."""
    partners = Partners(Plan(**json.load(sys.stdin)))
    gc.freeze()  # partners do not keep a gateway waiting by looking through their heap
    gc.set_threshold(100_000)
    seen = asyncio.run(partners.run())
    json.dump(asdict(seen), sys.stdout)


if __name__ == "__main__":
    main()
