"""Files are taken in once, complete, and moved only after they are kept."""

from __future__ import annotations

import itertools
import os
import shutil
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from gateway.config import Settings
from gateway.pipeline.ports import Inbound
from gateway.transport import PartnerFolders, Pickup
from gateway.transport.pickup import is_ignored


@dataclass(frozen=True)
class Receipt:
    id: str
    first_seen: bool


class Shelf:
    """Keeps what is accepted, one receipt for each transport id."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}
        self.inbound: list[Inbound] = []
        self.receipts: dict[str, str] = {}
        self.numbers = itertools.count(1)
        self.lock = threading.Lock()

    def accept(self, inbound: Inbound) -> Receipt:
        with self.lock:
            self.inbound.append(inbound)
            known = self.receipts.get(inbound.transport_id)
            receipt = known or f"rcp_{next(self.numbers)}"
            self.receipts[inbound.transport_id] = receipt
            self.kept[receipt] = b"".join(inbound.blob.chunks())
            return Receipt(receipt, known is None)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "in").mkdir()
    return tmp_path


def settings(root: Path, **changes) -> Settings:
    return Settings(home=root, **{"stable_for_s": 0, **changes})


def pickup(root: Path, shelf: Shelf, **changes) -> Pickup:
    folders = [PartnerFolders(partner_id="acme", root=root)]
    return Pickup(shelf.accept, folders, settings(root, **changes))


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def test_a_file_is_accepted_and_archived_under_its_receipt(root):
    (root / "in" / "po.edi").write_bytes(b"ISA*00~")
    shelf = Shelf()

    assert pickup(root, shelf).poll() == 1

    assert shelf.kept == {"rcp_1": b"ISA*00~"}
    assert names(root / "in") == []
    assert names(root / "archive") == ["rcp_1.po.edi"]
    (day,) = (root / "archive").iterdir()
    assert len(day.name) == len("2026-11-21")


def test_what_the_door_knows_goes_with_the_bytes(root):
    (root / "in" / "po.edi").write_bytes(b"ISA")
    status = (root / "in" / "po.edi").stat()
    shelf = Shelf()

    pickup(root, shelf).poll()

    (inbound,) = shelf.inbound
    assert inbound.partner_id == "acme"
    assert inbound.channel == "folder"
    assert inbound.peer == "in/po.edi"
    assert inbound.transport_id == (
        f"in/po.edi|3|{status.st_mtime_ns}|{inbound.blob.sha256}"
    )
    assert inbound.received_at.tzinfo is not None


@pytest.mark.parametrize(
    "name",
    [".po.edi", "~po.edi", "po.edi~", "po.tmp", "PO.EDI.PART", "po.edi.filepart"],
)
def test_unfinished_names_are_left_alone(root, name):
    (root / "in" / name).write_bytes(b"ISA")
    shelf = Shelf()

    assert pickup(root, shelf).poll() == 0

    assert shelf.kept == {}
    assert names(root / "in") == [name]


def test_ordinary_names_are_not_ignored():
    assert not any(map(is_ignored, ["po.edi", "PARTS.x12", "tmp", "850-1"]))


def test_a_file_is_left_until_it_was_seen_unchanged_for_a_while(root):
    (root / "in" / "po.edi").write_bytes(b"ISA")
    shelf = Shelf()
    polls = pickup(root, shelf, stable_for_s=0.1)

    assert polls.poll() == 0
    time.sleep(0.12)
    assert polls.poll() == 1


def test_a_growing_file_is_taken_once_and_complete(root):
    shelf = Shelf()
    polls = pickup(root, shelf, stable_for_s=0.4)
    whole = b"".join(b"line %d~" % n for n in range(20))

    def write():
        with (root / "in" / "po.edi").open("wb", buffering=0) as file:
            for n in range(20):
                file.write(b"line %d~" % n)
                time.sleep(0.02)

    writer = threading.Thread(target=write)
    writer.start()
    deadline = time.monotonic() + 5
    while not polls.poll() and time.monotonic() < deadline:
        time.sleep(0.02)
    writer.join()
    polls.poll()

    assert shelf.kept == {"rcp_1": whole}


def test_a_file_written_to_while_it_is_read_is_read_again_later(root):
    path = root / "in" / "po.edi"
    path.write_bytes(b"x" * 100)
    shelf = Shelf()
    polls = pickup(root, shelf)
    growing = iter([True, False])

    def go_on() -> bool:
        if next(growing, False):
            return True
        with path.open("ab") as file:
            file.write(b"y")
        return True

    assert polls.poll(go_on) == 0
    assert polls.poll() == 1
    assert shelf.kept == {"rcp_1": b"x" * 100 + b"y"}


def test_two_pickups_at_once_do_not_double(root):
    for n in range(60):
        (root / "in" / f"po{n:02d}.edi").write_bytes(b"ISA %d" % n)
    shelf = Shelf()
    pickups = [pickup(root, shelf) for _ in range(4)]
    taken: list[int] = []
    threads = [
        threading.Thread(target=lambda one=one: taken.append(one.poll() + one.poll()))
        for one in pickups
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    pickups[0].poll()

    assert len(shelf.kept) == 60
    assert len(set(shelf.kept.values())) == 60
    assert len(names(root / "archive")) == 60


def test_a_crash_between_accept_and_archive_does_no_harm(root):
    (root / "in" / "po.edi").write_bytes(b"ISA")
    shelf = Shelf()

    def dies(inbound):
        shelf.accept(inbound)
        raise RuntimeError("killed")

    folders = [PartnerFolders(partner_id="acme", root=root)]
    first = Pickup(dies, folders, settings(root))
    with pytest.raises(RuntimeError, match="killed"):
        first.poll()
    assert pickup(root, shelf).poll() == 1

    assert shelf.kept == {"rcp_1": b"ISA"}
    assert names(root / "archive") == ["rcp_1.po.edi"]


def test_a_file_that_took_the_name_meanwhile_is_not_archived_unread(root):
    path = root / "in" / "po.edi"
    path.write_bytes(b"first")
    shelf = Shelf()

    def accept(inbound):
        if not shelf.kept:
            path.unlink()
            path.write_bytes(b"second!")
        return shelf.accept(inbound)

    folders = [PartnerFolders(partner_id="acme", root=root)]
    polls = Pickup(accept, folders, settings(root))
    polls.poll()
    polls.poll()

    assert sorted(shelf.kept.values()) == [b"first", b"second!"]


def test_an_empty_file_is_refused_with_a_reason(root):
    (root / "in" / "po.edi").touch()
    shelf = Shelf()

    assert pickup(root, shelf).poll() == 0

    kept, why = names(root / "refused")
    assert kept.endswith(".po.edi")
    assert why == f"{kept}.txt"
    assert (root / "refused" / why).read_text().startswith("TRN-002 po.edi: ")
    assert shelf.kept == {}


def test_a_file_over_the_limit_is_refused_with_a_reason(root):
    (root / "in" / "po.edi").write_bytes(b"x" * 1001)
    (root / "in" / "ok.edi").write_bytes(b"x" * 1000)
    shelf = Shelf()

    assert pickup(root, shelf, max_interchange_bytes=1000).poll() == 1

    _, why = names(root / "refused")
    assert (root / "refused" / why).read_text().startswith("TRN-003 po.edi: ")


def test_a_link_is_refused_and_what_it_points_to_stays(root):
    secret = root / "secret.txt"
    secret.write_text("keep out")
    (root / "in" / "po.edi").symlink_to(secret)
    shelf = Shelf()

    assert pickup(root, shelf).poll() == 0

    assert shelf.kept == {}
    assert secret.read_text() == "keep out"
    (why,) = (root / "refused").glob("*.txt")
    assert why.read_text().startswith("TRN-001 po.edi: ")


def test_a_pipe_is_refused_and_nobody_waits_for_it(root):
    os.mkfifo(root / "in" / "po.edi")

    assert pickup(root, Shelf()).poll() == 0

    (why,) = (root / "refused").glob("*.txt")
    assert why.read_text().startswith("TRN-001 po.edi: ")


def test_a_file_we_may_not_read_is_refused_with_a_reason():
    nobody = 65534
    root = Path(tempfile.mkdtemp())
    (root / "in").mkdir()
    (root / "in" / "po.edi").write_bytes(b"ISA")
    (root / "in" / "po.edi").chmod(0)
    is_root = os.geteuid() == 0
    if is_root:
        for path in (root, root / "in"):
            os.chown(path, nobody, nobody)
        os.seteuid(nobody)
    try:
        taken = pickup(root, Shelf()).poll()
    finally:
        if is_root:
            os.seteuid(0)
    reasons = [path.read_text() for path in (root / "refused").glob("*.txt")]
    shutil.rmtree(root)

    assert taken == 0
    assert [reason[:7] for reason in reasons] == ["TRN-001"]


def test_folders_inside_the_inbound_folder_are_left_alone(root):
    (root / "in" / "sub").mkdir()
    (root / "in" / "sub" / "po.edi").write_bytes(b"ISA")

    assert pickup(root, Shelf()).poll() == 0
    assert names(root / "in") == ["po.edi"]


def test_a_strange_name_is_taken_and_named_in_plain_characters(root):
    name = b"po\xff\n" + b"x" * 240 + b".edi"
    with open(os.fsencode(root / "in") + b"/" + name, "wb") as file:
        file.write(b"ISA")
    shelf = Shelf()

    assert pickup(root, shelf).poll() == 1

    assert shelf.inbound[0].transport_id.isprintable()
    (archived,) = names(root / "archive")
    assert archived.startswith("rcp_1.")
    assert archived.endswith(".edi")


def test_the_oldest_file_comes_first(root):
    for age, name in enumerate(["c.edi", "a.edi", "b.edi"]):
        path = root / "in" / name
        path.write_bytes(name.encode())
        os.utime(path, (1000 - age, 1000 - age))
    shelf = Shelf()

    pickup(root, shelf).poll()

    peers = [inbound.peer for inbound in shelf.inbound]
    assert peers == ["in/b.edi", "in/a.edi", "in/c.edi"]


def test_a_stop_is_heeded_between_two_files(root):
    for n in range(5):
        (root / "in" / f"{n}.edi").write_bytes(b"ISA %d" % n)
    asked = itertools.count()

    taken = pickup(root, Shelf()).poll(lambda: next(asked) < 3)

    assert taken == 2
    assert len(names(root / "in")) == 3


def test_trouble_with_one_folder_does_not_keep_the_others_waiting(root):
    broken = PartnerFolders(partner_id="bad", root=root / "bad")
    (root / "bad").write_text("a file is in the way")
    fine = PartnerFolders(partner_id="acme", root=root)
    (root / "in" / "po.edi").write_bytes(b"ISA")
    shelf = Shelf()

    polls = Pickup(shelf.accept, [broken, fine], settings(root))

    assert polls.poll() == 1


def test_a_folder_that_we_write_to_ourselves_is_never_polled(root):
    (root / "out").mkdir()
    (root / "out" / "997.edi").write_bytes(b"ISA")
    folders = PartnerFolders(partner_id="acme", root=root, inbound="out")
    shelf = Shelf()

    polls = Pickup(shelf.accept, [folders], settings(root))

    assert polls.poll() == 0
    assert shelf.kept == {}


def test_a_file_larger_than_memory_allows_is_spooled(root):
    (root / "in" / "po.edi").write_bytes(b"x" * 2_000_000)
    shelf = Shelf()

    assert pickup(root, shelf, payload_inline_bytes=1000).poll() == 1

    assert shelf.kept == {"rcp_1": b"x" * 2_000_000}
    assert list((root / "spool").iterdir()) == []
