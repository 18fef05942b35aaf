"""``receive``, ``work`` and ``serve``: the gateway at work."""

from __future__ import annotations

import os
import resource
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import structlog
import typer

from gateway.bootstrap import Gateway
from gateway.cli import opened, say, sftp
from gateway.config import Settings
from gateway.jobs import (
    crew,
    following,
    poll_beside,
    run,
    stop_at_end,
    stop_on_signals,
    supervise,
)
from gateway.pipeline.ports import Disbelieved, Inbound
from gateway.store import sqlite
from gateway.store.database import load_driver
from gateway.transport.spool import CHUNK_BYTES, Spool, TooLarge
from gateway.trust.keyring import OwnKey, Use
from gateway.web.listening import Beside, TlsDoor
from gateway.web.serve import serve as serve_app

if TYPE_CHECKING:
    from starlette.types import ASGIApp

log = structlog.get_logger()

_MOST_FILES = 65_536
_MOST_WORKERS = 8
"""How many are started unasked; more are a matter of the database's machine."""


def receive(
    files: Annotated[list[Path], typer.Argument(help="Files as partners sent them.")],
    partner: Annotated[
        str | None, typer.Option(help="Whose they are; else the envelope tells.")
    ] = None,
) -> None:
    """Take files in: their bytes are safe when their receipt is printed.

    ``work`` or ``serve`` answers them. The same file again is the same receipt.
    """
    with opened.gateway() as gateway:
        for file in files:
            _receive(gateway, file, partner or "")


def _receive(gateway: Gateway, file: Path, partner: str) -> None:
    at = gateway.settings
    spool = Spool(
        at.home / "spool",
        limit_bytes=at.max_interchange_bytes,
        inline_bytes=at.payload_inline_bytes,
    )
    with spool:
        try:
            with file.open("rb") as stream:
                while chunk := stream.read(CHUNK_BYTES):
                    spool.write(chunk)
        except OSError as problem:
            say.failed(f"{file}: {problem.strerror or problem}")
        except TooLarge as problem:
            say.failed(f"{file}: {problem}; see GATEWAY_MAX_INTERCHANGE_BYTES")
        blob = spool.blob()
        try:
            receipt = gateway.engine.accept_file(
                Inbound(
                    blob=blob,
                    channel="folder",
                    peer=file.name,
                    partner_id=partner,
                    transport_id=f"receive|{file.name}|{blob.sha256}",
                    received_at=gateway.clock(),
                )
            )
        except Disbelieved as refused:
            say.refused([refused.finding])
    again = "" if receipt.first_seen else "  (received before)"
    say.line(f"{receipt.id}  {blob.size} bytes  {file}{again}")


def work(
    once: Annotated[
        bool, typer.Option("--once", help="Do what is due and end.")
    ] = False,
    processes: Annotated[
        int, typer.Option(min=1, max=64, help="How many processes share the work.")
    ] = 1,
    beside: Annotated[bool, typer.Option("--beside", hidden=True)] = False,
) -> None:
    """Answer what was received and send the answers, without a web server.

    Told to stop, it finishes what is begun. With several processes this one looks
    into the folders and after the others.
    """
    at = opened.settings()
    open_many_files()
    if beside:
        load_driver(at.database_url)
        supervise(processes, _worker(at), sys.stdin.fileno(), drain_s=at.drain_s)
        return
    if once:
        with opened.gateway(at) as gateway:
            drain(gateway)
        return
    with (
        workers(at, processes if processes > 1 else 0) as others,
        opened.gateway(at) as gateway,
        stop_on_signals() as stop,
    ):
        jobs(gateway, others)(stop)


def open_many_files() -> None:
    """Raise the soft limit, which is mostly 1024: each connection is an open file."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = _MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, _MOST_FILES)
    if soft != resource.RLIM_INFINITY and soft < most:
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


@contextmanager
def workers(
    at: Settings, processes: int
) -> Iterator[Callable[[threading.Event], None] | None]:
    """So many processes at work, and what looks after them; 0: none, and nothing.

    Enter it before anything else is begun.
    """
    if not processes:
        yield None
        return
    opened.check(at)
    if at.database_url.startswith("sqlite"):
        for found in sqlite.check(sqlite.library().sqlite_version_info):
            say.failed(f"{found.code}: {found.what}; {found.fix}")
    load_driver(at.database_url)
    opened.answers(at)
    again = ["work", "--beside", "--processes", str(processes)]
    anew = (sys.executable, "-m", "gateway", *again)
    with crew(processes, _worker(at), drain_s=at.drain_s, anew=anew) as keep:
        yield keep


def quickest(at: Settings) -> int:
    """How many workers beside the doors do the most here.

    Doors and work in one process keep each other from the processor. Two workers use
    it up where there are two processors, since the doors need little of one. On SQLite
    more than two do not help: only one process writes at a time.
    """
    processors = len(os.sched_getaffinity(0))
    if processors == 1:
        return 0
    if not at.database_url.startswith("sqlite"):
        return max(min(processors - 1, _MOST_WORKERS), 2)
    is_safe = not sqlite.check(sqlite.library().sqlite_version_info)
    return 2 if is_safe else 0


def _worker(at: Settings) -> Callable[[Sequence[int]], None]:
    def work_until(lines: Sequence[int]) -> None:
        os.nice(at.worker_niceness)
        with opened.gateway(at, _logged) as gateway, stop_on_signals() as stop:
            stop_at_end(lines, stop)
            gateway.engine.run(stop)

    return work_until


def _logged(why: str) -> NoReturn:
    """End a worker that cannot begin: another one is started, and nobody reads it."""
    log.error("worker.failed", why=why)
    raise typer.Exit(say.FAILED)


def jobs(
    gateway: Gateway, others: Callable[[threading.Event], None] | None = None
) -> Callable[[threading.Event], None]:
    """The folders polled, and the work done by ``others``; without: by this process."""
    if others is None:
        return lambda stop: run(gateway.engine, gateway.pickup, stop)
    return lambda stop: poll_beside(others, gateway.engine, gateway.pickup, stop)


def drain(gateway: Gateway) -> None:
    """Take in the files that hold still, then answer and send what is due."""
    gateway.pickup.poll()
    time.sleep(gateway.settings.stable_for_s)
    gateway.pickup.poll()
    work = gateway.engine
    work.fetching.all(following)
    while (
        work.open_waiting()
        + work.process()
        + work.overdue()
        + work.deliver()
        + work.alert()
    ):
        work.drain(gateway.settings.drain_s)  # for partners who take their time


def serve(
    host: Annotated[str | None, typer.Option(help="Instead of GATEWAY_HOST.")] = None,
    port: Annotated[int | None, typer.Option(help="Instead of GATEWAY_PORT.")] = None,
    processes: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=64,
            help="Processes that do the work; 0: this one. Else what is quickest here.",
        ),
    ] = None,
) -> None:
    """Run the doors, the folders and the work behind them, until stopped."""
    at = opened.settings()
    open_many_files()
    with (
        workers(at, quickest(at) if processes is None else processes) as others,
        opened.gateway(at) as gateway,
        stop_on_signals(at.leave_s, gateway.engine.leaving.set) as stop,
    ):
        work = jobs(gateway, others)
        try:
            serve_gateway(
                gateway, stop, host=host or at.host, port=port, told=_told, work=work
            )
        except OSError as problem:
            what = f"cannot listen: {problem.strerror or problem}"
            say.failed(f"{what}; GATEWAY_HOST and GATEWAY_PORT say where")


def serve_gateway(
    gateway: Gateway,
    stop: threading.Event,
    *,
    host: str,
    port: int | None,
    told: Callable[[str], object] = lambda address: None,
    work: Callable[[threading.Event], None] | None = None,
) -> None:
    """Serve until ``stop`` is set; ``told`` is called with the address.

    ``work`` runs beside the doors; without it this process does all of it.
    """
    beside = [work or jobs(gateway)]
    if gateway.settings.sftp_port is not None:
        beside.append(sftp.prepared(gateway))
    serve_app(
        lambda: app_of(gateway),
        stop,
        host=host,
        port=gateway.settings.port if port is None else port,
        work=beside,
        beside=_beside(gateway),
        started=told,
    )


def _beside(gateway: Gateway) -> Beside:
    """Where this gateway listens beside its first address."""
    at, engine = gateway.settings, gateway.engine
    if at.tls_port is None:
        return Beside(proxy_socket=at.proxy_socket)

    def key(now: datetime) -> OwnKey | None:
        return engine.keyrings.of("").ours.tls(now, Use.TLS_SERVER)

    if key(gateway.clock()) is None:
        say.failed("no key for TLS: gateway keys create NAME --use tls_server")
    door = TlsDoor(
        key=key,
        accepted=engine.calling.accepted,
        clock=gateway.clock,
    )
    return Beside(
        host=at.tls_host, port=at.tls_port, tls=door, proxy_socket=at.proxy_socket
    )


def app_of(gateway: Gateway) -> ASGIApp:
    """The HTTP doors of this gateway."""
    from gateway.web.app import create_app  # noqa: PLC0415  slow to read

    return create_app(
        gateway.engine,
        check=gateway.check,
        release=gateway.release,
        explain=gateway.explain,
        actions=gateway,
        clock=gateway.clock,
    )


def _told(address: str) -> None:
    say.line(f"The gateway answers at {address}")
