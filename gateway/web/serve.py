"""The web server, with the gateway's other work beside it in one process."""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import structlog

from gateway.store.threads import take_short_turns, thread
from gateway.web.listening import Beside, Lines, listening

if TYPE_CHECKING:
    import uvicorn
    from starlette.types import ASGIApp

log = structlog.get_logger()

Work = Callable[[threading.Event], object]
"""Runs until the event is set, then finishes what it has begun."""


def serve(  # noqa: PLR0913  where it listens, and what runs beside it
    make: Callable[[], ASGIApp],
    stop: threading.Event,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    work: Sequence[Work] = (),
    beside: Beside | None = None,
    started: Callable[[str], object] = lambda address: None,
) -> None:
    """Serve the app until ``stop`` is set, and run ``work`` in threads beside it.

    The app is made when the work has begun: what waited is answered meanwhile.
    The address is bound before anything runs: a port in use is an ``OSError`` here.
    ``beside`` says where else it listens.
    ``started`` is called with the address once requests are answered. When one part
    dies all stop, and what killed it is raised. Requests that are under way at the
    end have a second to finish.
    """
    with listening(host, port, beside or Beside()) as lines:
        bound = lines.plain
        parts = _Parts(stop)
        for one in work:
            parts.start(one)
        try:
            server = _server(make(), lines)
        except BaseException:
            stop.set()
            parts.join()
            raise
        parts.start(lambda _: server.run(sockets=[bound]), "http")
        while not server.started and not stop.wait(0.01):
            pass
        take_short_turns()
        gc.freeze()  # a look through all that was made at the start takes 0.1 s
        if server.started:
            address = f"http://{host}:{bound.getsockname()[1]}"
            log.info("serve.started", address=address, **lines.told())
            started(address)
        stop.wait()
        server.should_exit = True
        parts.join()
    log.info("serve.stopped")


def _server(app: ASGIApp, lines: Lines) -> uvicorn.Server:
    import uvicorn  # noqa: PLC0415  slow to read, like all of the web

    from gateway.web.lines import Line, Server  # noqa: PLC0415  it too

    return Server(
        uvicorn.Config(
            app,
            http=Line,
            log_config=None,
            access_log=False,
            lifespan="off",
            server_header=False,
            proxy_headers=False,  # only those of GATEWAY_TRUSTED_PROXIES, where asked
            timeout_keep_alive=10,
            timeout_graceful_shutdown=1,
        ),
        lines,
    )


class _Parts:
    """Threads that stop together; the first exception among them is kept."""

    def __init__(self, stop: threading.Event) -> None:
        self._stop = stop
        self._threads: list[threading.Thread] = []
        self._error: BaseException | None = None

    def start(self, work: Work, name: str = "work") -> None:
        started = thread(name, lambda: self._run(work))
        self._threads.append(started)
        started.start()

    def join(self) -> None:
        """Wait for all of them, and raise what ended them before their time."""
        for each in self._threads:
            each.join()
        if self._error is not None:
            raise self._error

    def _run(self, work: Work) -> None:
        try:
            work(self._stop)
        except BaseException as error:
            self._error = self._error or error
        finally:
            self._stop.set()
