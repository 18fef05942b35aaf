"""A gateway process of its own: files go in, answers come out, stops lose nothing."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gateway.config import Settings
from gateway.store import queries
from gateway.store.database import Database
from tests.interop.conftest import BUYER, prepare

ROOT = Path(__file__).resolve().parents[2]

GATEWAY = """
from gateway.bootstrap import Gateway
from gateway.config import Settings
from gateway.jobs import run, stop_on_signals

gateway = Gateway(Settings())
with stop_on_signals() as stop:
    print("started", flush=True)
    run(gateway.engine, gateway.pickup, stop)
gateway.close()
print("stopped", flush=True)
"""


@contextmanager
def gateway(
    home: Path, *, stable_for_s: float = 0.0
) -> Iterator[subprocess.Popen[str]]:
    """A gateway process that serves folders; killed at the end if it still runs."""
    environment = {
        "GATEWAY_HOME": str(home),
        "GATEWAY_POLL_INTERVAL_S": "0.05",
        "GATEWAY_STABLE_FOR_S": str(stable_for_s),
        "PYTHONPATH": str(ROOT),
    }
    process = subprocess.Popen(
        [sys.executable, "-c", GATEWAY],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def started(process: subprocess.Popen[str]) -> None:
    assert process.stdout is not None
    assert any(line == "started\n" for line in iter(process.stdout.readline, ""))


def stopped(process: subprocess.Popen[str]) -> float:
    """Ask it to stop; how many seconds that took."""
    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    said, _ = process.communicate(timeout=20)
    assert process.returncode == 0
    assert said.endswith("stopped\n")
    return time.monotonic() - began


def until(true, seconds: float = 20.0) -> None:
    """Wait for something that another process does."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.05)


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def kinds(out: Path) -> list[str]:
    """The message types in a folder, as the file names say."""
    return sorted(path.name[4:7] for path in out.glob("x12_*.edi"))


def numbered(text: str, n: int) -> str:
    """The same interchange under another number."""
    return text.replace("000058200", f"{n:09d}")


def test_an_order_in_a_folder_is_answered_in_a_folder(home, buyer, order):
    good = order.encode()
    with gateway(home) as process:
        started(process)
        (buyer / "in" / "po.tmp").write_bytes(good)
        (buyer / "in" / "po.tmp").rename(buyer / "in" / "po.edi")
        until(lambda: kinds(buyer / "out") == ["855", "997"])
        until(lambda: files(buyer / "archive"))
        took_s = stopped(process)

    assert took_s < 2
    (archived,) = files(buyer / "archive")
    assert archived.read_bytes() == good
    assert archived.name.endswith(".po.edi")
    assert files(buyer / "in") == []
    assert files(buyer / "refused") == []


def test_a_partner_who_is_added_while_it_runs_is_served_without_a_restart(
    tmp_path, order
):
    with gateway(tmp_path) as process:
        started(process)
        prepare(Settings(home=tmp_path))
        buyer = tmp_path / "partners" / BUYER.name
        (buyer / "in" / "po.edi").write_text(order)
        until(lambda: kinds(buyer / "out") == ["855", "997"])
        stopped(process)


def test_a_file_that_is_still_being_written_is_taken_once_and_whole(home, buyer, order):
    good = order.encode()
    pieces = [good[at : at + 100] for at in range(0, len(good), 100)]
    with gateway(home, stable_for_s=1.0) as process:
        started(process)
        with (buyer / "in" / "po.edi").open("wb", buffering=0) as file:
            for piece in pieces:
                file.write(piece)
                time.sleep(0.1)
        until(lambda: kinds(buyer / "out") == ["855", "997"])
        stopped(process)

    (archived,) = files(buyer / "archive")
    assert archived.read_bytes() == good


def test_two_gateways_on_the_same_folders_answer_each_order_once(home, buyer, order):
    with gateway(home) as first:
        started(first)
        with gateway(home) as second:
            started(second)
            for n in range(1, 21):
                name = buyer / "in" / f"{n}.tmp"
                name.write_text(numbered(order, n))
                name.rename(name.with_suffix(".edi"))
            until(lambda: kinds(buyer / "out").count("997") == 20)
            until(lambda: len(files(buyer / "archive")) == 20)
            stopped(second)
            stopped(first)

    db = Database.open(Settings(home=home))
    with db.read() as tx:
        receipts = queries.interchanges(tx, limit=500).items
    db.close()
    assert len(receipts) == 20
    assert kinds(buyer / "out").count("997") == 20
    assert kinds(buyer / "out").count("855") == 1


def test_the_same_file_again_gets_the_same_997_and_no_second_855(home, buyer, order):
    good = order.encode()
    with gateway(home) as process:
        started(process)
        (buyer / "in" / "po.edi").write_bytes(good)
        until(lambda: kinds(buyer / "out") == ["855", "997"])
        before = {path.name: path.read_bytes() for path in files(buyer / "out")}
        for path in files(buyer / "out"):
            path.unlink()
        (buyer / "in" / "again.edi").write_bytes(good)
        until(lambda: kinds(buyer / "out") == ["997"])
        stopped(process)

    (again,) = files(buyer / "out")
    assert before[again.name] == again.read_bytes()


def test_a_stop_in_the_middle_of_many_files_loses_and_doubles_nothing(
    home, buyer, order
):
    for n in range(1, 61):
        (buyer / "in" / f"{n}.edi").write_text(numbered(order, n))
    with gateway(home) as process:
        started(process)
        until(lambda: files(buyer / "archive"))
        assert stopped(process) < 2
    assert len(files(buyer / "in")) + len(files(buyer / "archive")) == 60
    with gateway(home) as process:
        started(process)
        until(lambda: len(files(buyer / "archive")) == 60)
        until(lambda: kinds(buyer / "out").count("997") == 60)
        stopped(process)

    assert files(buyer / "in") == []
    assert kinds(buyer / "out").count("855") == 1


def test_a_killed_gateway_goes_on_where_it_was(home, buyer, order):
    good = order.encode()
    (buyer / "in" / "po.edi").write_bytes(good)
    with gateway(home) as process:
        started(process)
        until(lambda: files(buyer / "archive"))
        process.kill()
    with gateway(home) as process:
        started(process)
        until(lambda: kinds(buyer / "out") == ["855", "997"])
        stopped(process)

    assert len(files(buyer / "archive")) == 1


def test_garbage_gets_a_receipt_and_no_answer(home, buyer):
    with gateway(home) as process:
        started(process)
        (buyer / "in" / "po.edi").write_bytes(b"this is no interchange")
        until(lambda: files(buyer / "archive"))
        db = Database.open(Settings(home=home))

        def state() -> str:
            with db.read() as tx:
                return queries.interchanges(tx).items[0].state

        until(lambda: state() == "quarantined")
        db.close()
        stopped(process)

    assert files(buyer / "out") == []
