"""The server starts, works beside other parts, and stops soon and cleanly."""

from __future__ import annotations

import queue
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import httpx
import pytest
from fastapi import FastAPI

from gateway.web.serve import serve


def small_app() -> FastAPI:
    app = FastAPI()

    @app.get("/hello")
    def hello() -> str:
        return "hello"

    @app.get("/slow")
    def slow() -> str:
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


def test_it_stops_within_two_seconds_though_a_client_keeps_its_connection(free_port):
    with running(small_app(), free_port) as server, httpx.Client() as client:
        client.get(f"{server.address}/hello")
        began = time.monotonic()
        server.stop.set()
        server.thread.join(5)

        assert time.monotonic() - began < 2


def test_a_request_under_way_is_answered_before_the_stop(free_port):
    with running(small_app(), free_port) as server:
        threading.Timer(0.1, server.stop.set).start()

        assert httpx.get(f"{server.address}/slow").json() == "slow"


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
