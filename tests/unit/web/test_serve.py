"""The server starts, works beside other parts, and stops soon and cleanly."""

from __future__ import annotations

import asyncio
import errno
import queue
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import httpx
import pytest
import structlog
from fastapi import FastAPI

from gateway.web import patience
from gateway.web.serve import serve


def small_app() -> FastAPI:
    app = FastAPI()
    app.state.is_slow = threading.Event()

    @app.get("/hello")
    def hello() -> str:
        return "hello"

    @app.get("/slow")
    def slow() -> str:
        app.state.is_slow.set()
        time.sleep(0.3)
        return "slow"

    return app


@dataclass
class Running:
    address: str
    stop: threading.Event
    thread: threading.Thread


@contextmanager
def running(app: FastAPI, port: int, *work) -> Iterator[Running]:
    stop = threading.Event()
    addresses: queue.SimpleQueue[str] = queue.SimpleQueue()
    how = {"port": port, "work": work, "started": addresses.put}
    thread = threading.Thread(target=serve, args=(lambda: app, stop), kwargs=how)
    thread.start()
    try:
        yield Running(addresses.get(timeout=5), stop, thread)
    finally:
        stop.set()
        thread.join(5)
        assert not thread.is_alive()


def test_it_listens_on_loopback_and_says_where(free_port):
    with running(small_app(), free_port) as server:
        assert server.address == f"http://127.0.0.1:{free_port}"
        assert httpx.get(f"{server.address}/hello").json() == "hello"


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A head may take half a second."""
    monkeypatch.setattr(patience, "LOOK_S", 0.1)
    monkeypatch.setattr(patience, "HEAD_S", 0.5)


@pytest.mark.parametrize(
    "begun", [b"", b"GET /hello HTTP/1.1\r\nHost: a", b"POST /v1/interchanges HT"]
)
def test_a_connection_on_which_no_request_comes_is_ended(
    impatient: None, free_port, begun: bytes
):
    with (
        running(small_app(), free_port),
        socket.create_connection(("127.0.0.1", free_port), 5) as line,
    ):
        line.sendall(begun)

        assert line.recv(10) == b""


def test_a_second_request_that_is_begun_and_not_told_is_ended_too(
    impatient: None, free_port
):
    asked = b"GET /hello HTTP/1.1\r\nHost: a\r\n\r\n"
    with (
        running(small_app(), free_port),
        socket.create_connection(("127.0.0.1", free_port), 5) as line,
    ):
        line.sendall(asked)
        first = line.recv(1000)
        while not first.endswith(b'"hello"'):
            first += line.recv(1000)
        line.sendall(asked[:10])

        assert first.startswith(b"HTTP/1.1 200")
        assert line.recv(10) == b""


def test_who_waits_for_an_answer_is_not_silent(impatient: None, free_port):
    app = small_app()

    @app.get("/slower")
    def slower() -> str:
        time.sleep(1.2)
        return "slower"

    with running(app, free_port) as server, httpx.Client() as client:
        told = [client.get(f"{server.address}/slower").json() for _ in range(2)]

    assert told == ["slower", "slower"]


def test_that_there_is_no_room_for_connections_is_told_once():
    loop = asyncio.new_event_loop()
    loop.set_exception_handler(patience.telling_once([1, 2]))
    full = OSError(errno.EMFILE, "Too many open files")
    with structlog.testing.capture_logs() as logged:
        for _ in range(3):
            loop.call_exception_handler({"message": "no", "exception": full})
    loop.close()

    assert [one["event"] for one in logged] == ["serve.full"]
    assert logged[0]["connections"] == 2
    assert logged[0]["why"] == "EMFILE"


def test_it_stops_within_two_seconds_though_a_client_keeps_its_connection(free_port):
    with running(small_app(), free_port) as server, httpx.Client() as client:
        client.get(f"{server.address}/hello")
        began = time.monotonic()
        server.stop.set()
        server.thread.join(5)

        assert time.monotonic() - began < 2


def test_a_request_under_way_is_answered_before_the_stop(free_port):
    app = small_app()
    with running(app, free_port) as server:

        def stop() -> None:
            assert app.state.is_slow.wait(10)
            server.stop.set()

        threading.Thread(target=stop).start()
        assert httpx.get(f"{server.address}/slow").json() == "slow"
        assert server.stop.is_set()


def test_other_work_runs_beside_it_and_is_finished_at_the_stop(free_port):
    done: list[str] = []

    def work(stop: threading.Event) -> None:
        done.append("begun")
        stop.wait()
        done.append("finished")

    with running(small_app(), free_port, work) as server:
        httpx.get(f"{server.address}/hello")

    assert done == ["begun", "finished"]


def test_work_that_dies_stops_the_server_and_is_told(free_port):
    def work(stop: threading.Event) -> None:
        raise RuntimeError("the disk is gone")

    with pytest.raises(RuntimeError, match="the disk is gone"):
        serve(small_app, threading.Event(), port=free_port, work=[work])


def test_a_port_in_use_is_told_before_anything_runs(free_port):
    begun: list[str] = []
    with (
        socket.create_server(("127.0.0.1", free_port)),
        pytest.raises(OSError, match="in use"),
    ):
        serve(
            small_app,
            threading.Event(),
            port=free_port,
            work=[lambda stop: begun.append("work")],
        )

    assert begun == []
