"""Disks that fail: nothing is lost, and the gateway goes on by itself afterwards."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.config import Settings
from gateway.pipeline.ports import Inbound, InMemory
from gateway.store import receipts
from gateway.store.database import Database
from gateway.store.payloads import PART_ABANDONED_S
from tests.databases import Cluster, programs
from tests.faults.gateways import Disk, Running, built, running
from tests.missing import missing


@pytest.fixture(scope="module")
def shim(tmp_path_factory) -> Path:
    return built(tmp_path_factory.mktemp("shim"))


@pytest.fixture
def disk(shim: Path, tmp_path: Path) -> Disk:
    home = tmp_path / "home"
    home.mkdir()
    return Disk(shim, tmp_path / "fault", home)


@pytest.fixture
def served(disk: Disk) -> Iterator[Running]:
    with running(disk.root, environment=disk.environment) as one:
        yield one


def test_fsync_that_gives_an_error_refuses_and_is_got_over(disk: Disk, served: Running):
    before = served.post_new(3)
    with disk.failing("eio"):
        during = served.post_new(3)
        laid = served.lay()
        time.sleep(0.5)
        is_kept = laid.exists()
    assert (set(before), set(during), is_kept) == ({202}, {503}, True)
    assert served.settled() == ()


def test_a_slow_fsync_is_shared_by_all_who_wait_for_it(disk: Disk, served: Running):
    count = 24
    with disk.failing("slow"), ThreadPoolExecutor(count) as pool:
        served.sent = count
        begun = time.monotonic()
        statuses = list(pool.map(served.post, range(1, count + 1)))
        took_s = time.monotonic() - begun
    assert set(statuses) == {202} or served.settled() == ()
    assert took_s < count * 0.5  # one for each would take as long, and longer
    assert served.settled() == ()


def test_a_full_disk_refuses_and_is_got_over(disk: Disk, served: Running):
    before = served.post_new(3)
    with disk.failing("full"):
        during = served.post_new(3)
        laid = served.lay()
        time.sleep(0.5)
        is_kept = laid.exists()
    assert (set(before), set(during), is_kept) == ({202}, {503}, True)
    assert served.settled() == ()


def test_folders_that_cannot_be_written_are_got_over(disk: Disk, served: Running):
    with disk.failing("read-only"):
        during = served.post_new(3)  # their payloads are files
        time.sleep(0.5)
    assert set(during) == {503}
    assert served.settled() == ()


# A payload file that was being written.


def test_a_kill_while_a_large_payload_is_written_leaves_no_receipt_and_no_rest(
    settings: Settings,
):
    db = Database.open(settings)
    db.close()
    child = os.fork()
    if not child:
        receipts.keep(Database.open(settings), _inbound(Cut()))
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL

    db = Database.open(settings)
    (rest,) = settings.home.glob("payloads/*/*.part")
    os.utime(rest, (0, time.time() - PART_ABANDONED_S - 1))
    again = receipts.keep(db, _inbound(InMemory.of(Cut.data)))
    db.payloads.sweep(time.time())
    with db.read() as tx:
        blob = db.payloads.load(tx, [again.sha256])[again.sha256]
        kept = b"".join(blob.chunks())
    db.close()
    assert again.first_seen
    assert kept == Cut.data
    assert not rest.exists()


class Cut:
    """A large blob whose reader is killed in the middle of it."""

    data = b"x" * 200_000
    size = len(data)
    sha256 = InMemory.of(data).sha256

    def chunks(self) -> Iterator[bytes]:
        yield self.data[:100_000]
        os.kill(os.getpid(), signal.SIGKILL)


def _inbound(blob: object) -> Inbound:
    return Inbound(
        blob=blob,  # type: ignore[arg-type]  # it has what a blob has
        channel="folder",
        peer="in/large.edi",
        partner_id="acme",
        transport_id="in/large.edi",
        received_at=datetime.now(UTC),
    )


# The disk of the server.


@pytest.fixture
def failing_server(shim: Path) -> Iterator[tuple[Cluster, Disk]]:
    """A PostgreSQL that waits for a disk that can be made to fail."""
    found = programs()
    if found is None or os.environ.get("TEST_DATABASE_URL"):
        missing("it needs the programs of PostgreSQL, not only a server")
    made = Cluster(found, quick=False)
    own = made.folder / "disk.so"
    own.write_bytes(shim.read_bytes())
    for path in (own, made.folder):
        path.chmod(0o755)
    disk = Disk(own, made.folder / "fault", made.folder)
    made.environment = disk.environment
    made.start()
    yield made, disk
    made.remove()


@pytest.mark.parametrize("how", ["eio", pytest.param("full", marks=pytest.mark.soak)])
def test_a_server_whose_disk_fails_is_waited_for(
    how: str, failing_server: tuple[Cluster, Disk], tmp_path: Path
):
    server, disk = failing_server
    with running(tmp_path, server.url()) as served:
        before = served.post_new(3)
        with disk.failing(how):
            during = served.post_new(2)
        server.wait_or_start()
        assert (set(before), set(during)) == ({202}, {503})
        assert served.settled() == ()
