"""Nothing that is logged holds what a partner sent, or a secret."""

from __future__ import annotations

import io
import json
import logging
import os
import threading
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import structlog

from gateway.cli import logs
from gateway.cli.work import serve_gateway
from gateway.config import Settings, Webhook
from gateway.pipeline.ports import Failed, Outbound
from gateway.store import keys
from tests.databases import SQLITE
from tests.unit.engine.house import NOW, SAMPLES, House

GOOD = (SAMPLES / "case-ship-to-unknown.edi").read_text()
PLANTED = "PLANTED"
SECRET = f"{PLANTED}-password"


@pytest.fixture
def stream(configured: None) -> io.StringIO:
    """What is logged as in production."""
    out = io.StringIO()
    logs.configure(for_machines=True, stream=out)
    return out


@pytest.fixture
def configured() -> Iterator[None]:
    """Whatever a test has configured is as before at its end."""
    before = (threading.excepthook, logging.getLogger().handlers[:])
    yield
    structlog.reset_defaults()
    logging.captureWarnings(False)
    threading.excepthook = before[0]
    logging.getLogger().handlers[:] = before[1]


def events(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def fail() -> None:
    raise ValueError(f"cannot read {PLANTED}")


def test_an_exception_is_a_place_without_its_words(stream: io.StringIO):
    try:
        fail()
    except ValueError:
        structlog.get_logger().exception("it.broke", receipt="rcp_1")
    (told,) = events(stream)
    assert told["problem"] == "ValueError"
    assert "test_logs.py" in told["trail"]
    assert PLANTED not in stream.getvalue()


@pytest.mark.parametrize(
    "told",
    [
        {"password": SECRET},
        {"smtp_password": SECRET},
        {"api_key": SECRET},
        {"Authorization": SECRET},
        {"url": f"postgresql+psycopg://gateway:{SECRET}@db/gateway"},
        {"header": f"Bearer {SECRET}"},
        {"hook": f"whsec_{SECRET}"},
        {"body": SECRET.encode()},
        {"body": "x" * 300 + SECRET},
    ],
    ids=lambda told: next(iter(told)),
)
def test_a_secret_is_covered(stream: io.StringIO, told: dict[str, Any]):
    structlog.get_logger().info("told", **told)
    assert len(events(stream)) == 1
    assert PLANTED not in stream.getvalue()


def test_what_libraries_log_has_no_values(stream: io.StringIO):
    log = logging.getLogger("uvicorn.error")
    try:
        fail()
    except ValueError:
        log.exception("broken by %s", PLANTED)
    (told,) = events(stream)
    assert (told["logger"], told["words"]) == ("uvicorn.error", "broken by %s")
    assert told["problem"] == "ValueError"
    assert PLANTED not in stream.getvalue()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_thread_that_dies_tells_only_where(stream: io.StringIO):
    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()
    assert [one["problem"] for one in events(stream)] == ["ValueError"]
    assert PLANTED not in stream.getvalue()


def test_a_line_for_people_cannot_be_broken_by_a_value():
    out = io.StringIO()
    event = {"timestamp": "2026-11-21T09:00:00Z", "level": "info", "event": "told"}
    out.write(logs.for_people(None, "", event | {"path": "/x\n09:00:00 error forged"}))
    assert "\n" not in out.getvalue()


class Talkative:
    """A way out whose failures repeat the message."""

    def send(self, outbound: Outbound) -> Failed:
        raise OSError(b"".join(outbound.blob.chunks()).decode("latin-1"))


@pytest.mark.parametrize("kind", [SQLITE])
def test_a_whole_run_with_everything_broken_tells_nothing(
    settings: Settings, stream: io.StringIO
):
    hook = {"url": f"http://127.0.0.1:9/{PLANTED}", "secret": "whsec_" + "UExB" * 8}
    more = {
        "webhooks": {"ops": Webhook.model_validate(hook)},
        "alert_to": "ops, ops@house.example",
        "alert_group_s": 0.0,
        "smtp_host": "127.0.0.1",
        "smtp_port": 9,
        "max_attempts": 1,
    }
    house = House(settings.model_copy(update=more), {}, {})
    engine = house.gateway.engine
    with engine.db.begin() as tx:
        key = keys.make(tx, "test", "all", NOW)[1]
    engine._transports = {**engine._transports, "drop": Talkative()}
    house.send(GOOD.replace("Chicago", PLANTED).encode())
    house.send(f"ISA*{PLANTED}".encode())
    house.work()
    for _ in range(3):
        engine.alert()
        house.later(hours=1)

    def poison(*_: object) -> None:
        raise KeyError(f"no mapping for {PLANTED}")

    engine._read = poison  # type: ignore[assignment]  # a mapper with a bug
    house.send(f"ISA*poison*{PLANTED}".encode())
    engine.process()
    ask(house, key)
    house.close()
    names = {one["event"] for one in events(stream)}
    text = stream.getvalue()
    assert {"deliver.broken", "process.broken", "alert", "http.answered"} <= names
    assert PLANTED not in text
    assert key not in text
    assert "UExB" not in text


def ask(house: House, key: str) -> None:
    """Requests that are right, wrong, and too curious."""
    stop, address = threading.Event(), list[str]()
    started = threading.Event()

    def told(at: str) -> None:
        address.append(at)
        started.set()

    def wait(stop: threading.Event) -> None:
        stop.wait()

    def serve() -> None:
        serve_gateway(
            house.gateway,
            stop,
            host="127.0.0.1",
            port=0,
            told=told,
            work=wait,
        )

    thread = threading.Thread(target=serve)
    thread.start()
    started.wait(20)
    bearer = {"Authorization": f"Bearer {key}"}
    with httpx.Client(base_url=address[0], headers=bearer) as client:
        client.post("/v1/check", content=f"ISA*{PLANTED}", params={"q": PLANTED})
        client.get("/v1/orders", params={"partner": PLANTED})
        client.get("/metrics", headers={"Authorization": f"Bearer {PLANTED}"})
        client.post("/v1/explain", content=b"{" + PLANTED.encode())
    stop.set()
    thread.join(20)


@pytest.mark.usefixtures("configured")
def test_a_log_that_nobody_reads_halts_no_work_and_says_later_what_it_lost():
    ours, theirs = os.pipe()
    with open(ours, "rb") as reader, open(theirs, "w") as out:
        logs.configure(for_machines=True, stream=out)
        log, began = structlog.get_logger(), time.monotonic()
        for number in range(2000):  # 64 KiB are about 700 lines
            log.info("counted", number=number, what="x" * 20)
        assert time.monotonic() < began + 10

        os.set_blocking(ours, False)
        kept = [json.loads(line) for line in reader.read().splitlines()]
        log.info("counted", number=2000)
        after = [json.loads(line) for line in reader.read().splitlines()]

    assert [one["number"] for one in kept] == list(range(len(kept)))
    assert [one["event"] for one in after] == ["log.lost", "counted"]
    assert len(kept) + after[0]["lines"] == 2000
    assert after[1]["number"] == 2000


@pytest.mark.usefixtures("configured")
def test_a_long_line_goes_into_a_pipe_in_pieces_and_comes_out_whole():
    ours, theirs = os.pipe()
    with open(ours, "rb") as reader, open(theirs, "w", encoding="utf-8") as out:
        logs.configure(for_machines=True, stream=out)
        structlog.get_logger().info("counted", **{f"v{n}": "ü" * 300 for n in range(9)})
        told = json.loads(reader.readline())
    assert told["v8"] == "ü" * 300
