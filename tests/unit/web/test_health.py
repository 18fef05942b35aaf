"""Whoever watches the gateway: alive, ready, and what it counts."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from gateway.config import Settings
from gateway.engine import doctor
from gateway.engine.counts import MOST_SERIES, Counts
from gateway.findings.model import Verdict
from gateway.pipeline.effects import MessageRecord, Record
from gateway.pipeline.world import InterchangeKey
from gateway.store import keys, tallies
from gateway.store.database import Database
from gateway.web.app import create_app
from gateway.web.serve import serve
from tests.unit.engine.house import NOW, SAMPLES, House

GOOD = (SAMPLES / "good-small.edi").read_text()
HELD = (SAMPLES / "case-ship-to-unknown.edi").read_text()
LINE = re.compile(r'[a-z_]+(\{[a-z]+="[^"]*"(,[a-z]+="[^"]*")*\})? [0-9.e+-]+')


class Served:
    """A gateway of acme that answers over HTTP and works when it is told to."""

    def __init__(self, settings: Settings) -> None:
        self.house = House(settings, {}, {})
        gateway = self.house.gateway
        with gateway.db.begin() as tx:
            self.all = keys.make(tx, "all", "all", NOW)[1]
            self.acme = keys.make(tx, "acme", "partner:acme", NOW)[1]
        app = create_app(gateway.engine, check=gateway.check, release=gateway.release)
        self._stop, started = threading.Event(), threading.Event()
        self.address = ""

        def told(address: str) -> None:
            self.address = address
            started.set()

        self._thread = threading.Thread(
            target=lambda: serve(lambda: app, self._stop, started=told)
        )
        self._thread.start()
        assert started.wait(20)

    def get(self, path: str, key: str = "", **headers: str) -> httpx.Response:
        bearer = {"Authorization": f"Bearer {key}"} if key else {}
        return httpx.get(self.address + path, headers=bearer | headers)

    def close(self) -> None:
        self._stop.set()
        self._thread.join()
        self.house.close()


@pytest.fixture
def served(settings: Settings) -> Iterator[Served]:
    made = Served(settings)
    yield made
    made.close()


def values(text: str) -> dict[str, float]:
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    assert all(LINE.fullmatch(line) for line in lines), lines
    return {name: float(value) for name, value in (o.rsplit(" ", 1) for o in lines)}


def test_it_is_ready_until_it_stops(served: Served):
    assert served.get("/readyz").json() == {"status": "ready"}
    served.house.gateway.engine.stopping.set()
    answer = served.get("/readyz")
    assert (answer.status_code, answer.json()["code"]) == (503, "API-013")
    assert served.get("/healthz").status_code == 200


def test_it_is_not_ready_without_room_on_the_disk(settings: Settings):
    made = Served(settings.model_copy(update={"disk_reserve_bytes": 1 << 60}))
    answer = made.get("/readyz")
    made.close()
    assert answer.status_code == 503
    assert "disk" in answer.json()["detail"]


@pytest.fixture
def without_a_table(served: Served) -> Iterator[Served]:
    db = served.house.gateway.db
    with db.begin() as tx:
        tx.exec_driver_sql("ALTER TABLE worker RENAME TO worker_aside")
    yield served
    with db.begin() as tx:
        tx.exec_driver_sql("ALTER TABLE worker_aside RENAME TO worker")


def test_the_words_of_the_database_are_for_the_doctor_only(without_a_table: Served):
    answer = without_a_table.get("/readyz")

    (told,) = doctor.database(without_a_table.house.gateway.db)
    assert "worker" in told.said
    assert (answer.status_code, answer.json()["code"]) == (503, "API-013")
    assert "worker" not in answer.text
    assert told.what in answer.json()["detail"]


def test_metrics_are_for_a_key_to_everything(served: Served):
    assert served.get("/metrics").status_code == 401
    assert served.get("/metrics", served.acme).status_code == 403
    assert served.get("/metrics", served.all).status_code == 200


@pytest.mark.parametrize(
    ("who", "headers", "status"),
    [
        ("loopback", {}, 200),
        ("loopback", {"X-Forwarded-For": "203.0.113.9"}, 403),
        ("off", {}, 404),
    ],
)
def test_metrics_for_the_machine_or_nobody(
    settings: Settings, who: str, headers: dict[str, str], status: int
):
    made = Served(settings.model_copy(update={"metrics": who}))
    answer = made.get("/metrics", **headers)
    made.close()
    assert answer.status_code == status


def test_what_was_read_booked_and_sent_is_counted(served: Served):
    served.house.send(GOOD.encode())
    served.house.send(HELD.encode())
    served.house.work()
    told = values(served.get("/metrics", served.all).text)
    message = 'kind="x12_850",partner="acme",verdict="accepted"'
    assert told[f"gateway_messages_total{{{message}}}"] == 2
    assert told['gateway_orders_total{partner="acme",state="held"}'] == 1
    assert told['gateway_receipts_total{door="folder"}'] == 2
    assert told['gateway_sends_total{kind="x12_997",outcome="sent"}'] == 2
    assert told["gateway_accept_seconds_count"] == 2
    assert told['gateway_accept_seconds_bucket{le="+Inf"}'] == 2
    assert told['gateway_queue_depth{queue="receipts"}'] == 0
    assert told['gateway_queue_depth{queue="events"}'] > 0
    assert told["gateway_quarantined"] == 0


def test_a_bucket_holds_all_that_are_faster(served: Served):
    counts = served.house.gateway.engine.counts
    for took_s in (0.0005, 0.003, 0.003, 99.0):
        counts.observe("gateway_process_seconds", took_s)
    told = values(served.get("/metrics", served.all).text)
    name = "gateway_process_seconds"
    assert told[f'{name}_bucket{{le="0.001"}}'] == 1
    assert told[f'{name}_bucket{{le="0.005"}}'] == 3
    assert told[f'{name}_bucket{{le="10.0"}}'] == 3
    assert told[f'{name}_bucket{{le="+Inf"}}'] == told[f"{name}_count"] == 4
    assert told[f"{name}_sum"] == pytest.approx(99.0065)


def test_attempts_of_partners_who_take_their_time_are_told_apart(served: Served):
    counts = served.house.gateway.engine.counts
    for took_s in (4.0, 20.0, 100.0, 590.0):
        counts.observe("gateway_process_seconds", took_s)
    told = values(served.get("/metrics", served.all).text)
    bounds = ("5.0", "10.0", "30.0", "120.0", "600.0", "+Inf")
    found = [told[f'gateway_process_seconds_bucket{{le="{le}"}}'] for le in bounds]
    assert found == [1, 1, 2, 3, 4, 4]


def test_counts_of_several_processes_add_up(db: Database):
    for _ in range(2):
        one = Counts()
        one.add("gateway_sends_total", 'kind="a"')
        with db.begin() as tx:
            tallies.add(tx, one.take())
        assert one.take() == {}
    with db.read() as tx:
        assert tallies.every(tx) == {("gateway_sends_total", 'kind="a"'): 2.0}


def record(type_: str, partner: str = "acme") -> Record:
    message = MessageRecord(
        id="msg_1",
        type=type_,
        version="004010",
        group_control_number="1",
        control_number="1",
        verdict=Verdict.ACCEPTED,
        findings=(),
        byte_offset=0,
    )
    more: dict[str, Any] = {"sender": "", "receiver": "", "control_number": ""}
    key = InterchangeKey(partner_id=partner, usage="P", **more)
    return Record(
        id="int_1",
        partner_id=partner,
        key=key,
        sha256="",
        sent_at="",
        usage="P",
        messages=(message,),
        findings=(),
    )


def test_words_of_a_partner_make_no_labels():
    counts = Counts()
    counts.effects([record('x12_8"5'), record("x12_850", "stranger")], {"acme": 1})
    assert set(counts.take()) == {
        ("gateway_messages_total", 'kind="other",partner="acme",verdict="accepted"'),
        ("gateway_messages_total", 'kind="x12_850",partner="other",verdict="accepted"'),
    }


def test_labels_are_bounded():
    counts = Counts()
    for n in range(MOST_SERIES + 10):
        counts.add("gateway_sends_total", f'kind="{n}"')
    taken = counts.take()
    assert len(taken) == MOST_SERIES + 1
    assert taken["gateway_uncounted_total", ""] == 10


def test_attempts_of_a_batch_are_counted_as_if_each_had_been_alone():
    together, alone = Counts(), Counts()
    together.sent("x12_855", arrived=True, took_s=0.25, times=2)
    for _ in range(2):
        alone.sent("x12_855", arrived=True, took_s=0.25)
    assert together.take() == alone.take()
