"""Doors that stand open while a test needs them: the gateway's, and others'."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Queue

from gateway.bootstrap import Gateway
from gateway.cli.work import serve_gateway


@contextmanager
def listening(door: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    """The address of somebody's server, which answers by ``door`` until it is left."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), door)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)


@contextmanager
def doors_of(gateway: Gateway, port: int = 0) -> Iterator[str]:
    """The address of the gateway, whose doors alone work; it is closed at the end."""
    stop, told = threading.Event(), Queue[str]()
    thread = threading.Thread(
        target=serve_gateway,
        args=(gateway, stop),
        kwargs={
            "host": "127.0.0.1",
            "port": port,
            "told": told.put,
            "work": threading.Event.wait,
        },
    )
    thread.start()
    try:
        yield told.get(timeout=20)
    finally:
        stop.set()
        thread.join(20)
        gateway.close()
