"""A gateway in a process of its own, on a disk or server that can be made to fail."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import httpx

from gateway.config import Settings
from gateway.store import queries
from gateway.store.database import Database, Unavailable
from tests.crash.storm import PARTNER, Wire, audit, order, prepare
from tests.interop.test_http_door import free_port
from tests.missing import missing

PATIENCE_S = 60.0
DISK = Path(__file__).with_name("disk.c")
QUICK = {
    "GATEWAY_POLL_INTERVAL_S": "0.05",
    "GATEWAY_STABLE_FOR_S": "0",
    "GATEWAY_DELIVER_RETRY_S": "0.1",
    "GATEWAY_DELIVER_RETRY_MAX_S": "0.5",
    "GATEWAY_LEASE_S": "5",
    "GATEWAY_PAYLOAD_INLINE_BYTES": "600",  # payloads lie in files
    "GATEWAY_ACCEPT_TIMEOUT_S": "2",
    "GATEWAY_DATABASE_SILENCE_S": "3",
}


def built(folder: Path) -> Path:
    """The shim, compiled; the test is skipped, or fails in CI, without a compiler."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        missing("there is no C compiler")
    made = folder / "disk.so"
    words = [compiler, "-shared", "-fPIC", "-O1", "-o", str(made), str(DISK), "-ldl"]
    subprocess.run(words, check=True)
    return made


@dataclass
class Disk:
    """A disk that fails below ``root`` as long as it is told to."""

    shim: Path
    control: Path
    root: Path

    @property
    def environment(self) -> dict[str, str]:
        """What makes a process use it."""
        return {
            "LD_PRELOAD": str(self.shim),
            "FAULT_CONTROL": str(self.control),
            "FAULT_ROOT": str(self.root),
        }

    @contextmanager
    def failing(self, how: str) -> Iterator[None]:
        """Fail: ``eio``, ``slow``, ``full`` or ``read-only``."""
        self.control.write_text(how)
        try:
            yield
        finally:
            self.control.unlink()


@dataclass
class Running:
    """A gateway that serves, and what was sent to it."""

    settings: Settings
    process: subprocess.Popen[bytes]
    web: httpx.Client
    wire: Wire
    sent: int = field(default=0)

    def post(self, number: int) -> int:
        """Post the order of this number; the status, 0 without any answer."""
        key = {"Idempotency-Key": f"key-{number}"}
        try:
            told = self.web.post("/v1/interchanges", content=order(number), headers=key)
        except httpx.TransportError:
            return 0
        return told.status_code

    def post_new(self, count: int = 1) -> list[int]:
        """Post the next orders; their statuses."""
        self.sent += count
        return [self.post(n) for n in range(self.sent - count + 1, self.sent + 1)]

    def lay(self) -> Path:
        """Lay the next order into the partner's folder."""
        self.sent += 1
        inbox = self.wire.out.with_name("in")
        part = inbox / f"{self.sent}.part"
        part.write_bytes(order(self.sent))
        return part.rename(inbox / f"{self.sent}.edi")

    def post_until_accepted(self) -> None:
        """Post every order until it was accepted: those that were are known."""
        inbox = self.wire.out.with_name("in")
        laid = inbox.parent.rglob("*.edi")
        files = {one.name.split(".")[-2] for one in laid}
        for number in range(1, self.sent + 1):
            if str(number) not in files:
                until(partial(self._is_accepted, number), f"order {number} accepted")

    def _is_accepted(self, number: int) -> bool:
        return self.post(number) == 202

    def ready(self) -> int:
        """What ``/readyz`` says."""
        try:
            return self.web.get("/readyz").status_code
        except httpx.TransportError:
            return 0

    def is_idle(self) -> bool:
        """Whether everything is answered and sent."""
        self.wire.take()
        db = Database.open(self.settings)
        done = False
        with suppress(Unavailable), db.read() as tx:
            done = queries.unfinished(tx) == (0, 0)
        db.close()
        return done and not list(self.wire.out.with_name("in").glob("*.edi"))

    def settled(self) -> tuple[str, ...]:
        """What is wrong once everything was accepted, answered and sent."""
        self.post_until_accepted()
        until(self.is_idle, "everything answered")
        self.wire.take()
        return audit(self.settings, self.sent, self.wire).wrong


def until(met: Callable[[], bool], what: str) -> None:
    """Wait, but not for ever."""
    end = time.monotonic() + PATIENCE_S
    while not met():
        assert time.monotonic() < end, what
        time.sleep(0.05)


@contextmanager
def running(
    home: Path, url: str = "", environment: dict[str, str] | None = None
) -> Iterator[Running]:
    """Serve a new gateway in a process with this environment."""
    settings = Settings(home=home, database_url=url)
    secret, port = prepare(settings), free_port()
    around = {**os.environ, **QUICK, **(environment or {})}
    around |= {"GATEWAY_HOME": str(home), "GATEWAY_DATABASE_URL": url}
    command = [sys.executable, "-m", "gateway", "serve", "--port", str(port)]
    command += ["--processes", "0"]  # everything in the one process that is watched
    wire = Wire(home / "partners" / PARTNER / "out")
    with (
        (home / "log").open("ab") as log,
        subprocess.Popen(command, env=around, stderr=log, stdout=log) as process,
        httpx.Client(
            base_url=f"http://127.0.0.1:{port}",
            headers={"Authorization": f"Bearer {secret}"},
            timeout=30,
        ) as web,
    ):
        one = Running(settings, process, web, wire)
        try:
            until(lambda: one.ready() == 200, (home / "log").read_text()[-2000:])
            yield one
            process.terminate()
            assert process.wait(PATIENCE_S) == 0
        finally:
            process.kill()
