"""Files from and to a real OpenSSH server, and what can go wrong on the way."""

from __future__ import annotations

import base64
import hashlib
import os
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner

from gateway.cli.app import app
from gateway.config import Settings
from gateway.jobs import run
from gateway.pipeline.ports import Failed, Sent, Trouble
from gateway.store import tables
from gateway.store.receipts import Busy
from tests.interop.sftp import INBOX, SAMPLE, Partner, partner
from tests.interop.sftp_password import password_server
from tests.sshd import CuttingProxy, Sshd, make_key, public, sshd

MANY_BYTES = 6_000_000
WORD = "open sesame"
pytestmark = pytest.mark.parametrize("kind", ["sqlite"])


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    with sshd(tmp_path_factory.mktemp("sshd")) as made:
        yield made


@pytest.fixture
def server(running: Sshd) -> Sshd:
    for one in running.files.iterdir():
        shutil.rmtree(one)
    return running


@pytest.fixture
def them(settings: Settings, server: Sshd) -> Iterator[Partner]:
    with partner(settings, server) as made:
        yield made


def lay(them: Partner, name: str | bytes = "po.edi", data: bytes = b"ISA*x~") -> Path:
    path = os.path.join(os.fsencode(them.inbox), os.fsencode(name))
    Path(os.fsdecode(path)).write_bytes(data)
    return Path(os.fsdecode(path))


def names(folder: Path) -> list[str]:
    return sorted(one.name for one in folder.iterdir())


def test_a_file_is_taken_once_and_answered_on_the_same_server(them: Partner):
    lay(them, data=SAMPLE.read_bytes())
    assert [them.look(), them.look()] == [1, 0]
    them.work()
    assert them.receipts() == [("from-them/po.edi", SAMPLE.stat().st_size)]
    assert names(them.inbox) == []
    assert them.deliveries() == ["delivered"]
    [answer] = them.outbox.iterdir()
    assert b"ST*997*" in answer.read_bytes()


def test_where_files_must_be_signed_an_unsigned_one_stays_and_is_told_once(
    settings: Settings, server: Sshd
):
    signers = [{"sha256": "0" * 64}]
    trust = {"profile": "pinned", "unsigned": "refused", "signers": signers}
    with partner(settings, server, trust=trust) as them:
        lay(them, data=SAMPLE.read_bytes())
        assert [them.look(), them.look()] == [0, 0]
        assert (them.receipts(), names(them.inbox)) == ([], ["po.edi"])
        with them.gateway.db.read() as tx:
            (told,) = tx.scalars(sa.select(tables.alert.c.code))
        assert told == "TRU-411"


def test_a_file_that_grows_is_left_alone_until_it_has_stood_still(
    settings: Settings, server: Sshd
):
    get = {"looks": "3", "gap_s": "10", "min_age_s": "15"}
    with partner(settings, server, get=get) as them:
        path = lay(them, data=b"ISA*half")
        counts = [them.look(), them.look(10)]
        path.write_bytes(b"ISA*half and the rest~")
        counts += [them.look(10), them.look(9), them.look(1), them.look(9)]
        assert counts == [0] * 6
        assert [them.look(1), them.receipts()] == [1, [("from-them/po.edi", 22)]]


def test_looks_that_come_too_soon_do_not_count(settings: Settings, server: Sshd):
    get = {"looks": "2", "gap_s": "10"}
    with partner(settings, server, get=get) as them:
        lay(them)
        assert [them.look(), them.look(3), them.look(3), them.look(4)] == [0, 0, 0, 1]


def test_unfinished_hidden_ignored_and_foreign_names_stay(
    settings: Settings, server: Sshd
):
    get = {"names": ["*.edi", "*.EDI"], "ignore": "test-*"}
    with partner(settings, server, get=get) as them:
        left = ["a.edi.part", "a.edi.filepart", "b.tmp", ".c.edi", "~d.edi", "e.txt"]
        left += ["test-1.edi", "f.edi.partial"]
        for name in (*left, "po.edi", "PO.EDI", "Po.edi"):
            lay(them, name, name.encode())
        (them.inbox / "folder.edi").mkdir()
        assert them.look() == 3
        assert names(them.inbox) == sorted([*left, "folder.edi"])


def test_links_are_never_followed(them: Partner, tmp_path: Path):
    secret = tmp_path / "secret.edi"
    secret.write_text("not theirs to send")
    (them.inbox / "link.edi").symlink_to(secret)
    (them.inbox / "up.edi").symlink_to("../../../../etc/passwd")
    (them.inbox / "folder").symlink_to(tmp_path)
    lay(them)
    assert them.look() == 1
    assert them.receipts() == [("from-them/po.edi", 6)]
    assert names(them.inbox) == ["folder", "link.edi", "up.edi"]


def test_umlauts_and_names_that_are_no_utf_8_are_kept_apart_by_their_bytes(
    them: Partner,
):
    every = ["Auftrag-Zürich.edi".encode(), b"Auftrag-Z\xfcrich.edi", b"a\nb.edi"]
    every += ["発注.edi".encode(), rb"a\x0ab.edi", b"Auftrag-Z\xfdrich.edi"]
    for name in every:
        lay(them, name, b"ISA*" + name)
    assert them.look() == len(every)
    assert names(them.inbox) == []
    assert sorted(peer for peer, _ in them.receipts()) == sorted(
        f"from-them/{name}"
        for name in (
            "Auftrag-Zürich.edi",
            r"Auftrag-Z\xfcrich.edi",
            r"a\u00000ab.edi",
            "発注.edi",
            r"a\\x0ab.edi",
            r"Auftrag-Z\xfdrich.edi",
        )
    )


def test_a_marker_says_that_a_file_is_complete(settings: Settings, server: Sshd):
    with partner(settings, server, get={"marker": ".ok"}) as them:
        for name in ("a.edi", "b.edi", "c.edi"):
            lay(them, name, name.encode())
        lay(them, "a.ok", b"")
        lay(them, "b.edi.ok", b"")
        assert them.look() == 2
        assert names(them.inbox) == ["c.edi"]


def test_what_is_archived_never_replaces_what_was(settings: Settings, server: Sshd):
    get = {"then": "archive", "archive": "archive"}
    with partner(settings, server, get=get) as them:
        for data in (b"first", b"second"):
            lay(them, data=data)
            assert them.look() == 1
        kept = {one.read_bytes() for one in them.archive.iterdir()}
        assert kept == {b"first", b"second"}
        assert "po.edi" in names(them.archive)


def test_what_is_left_there_is_taken_once_and_again_when_it_changes(
    settings: Settings, server: Sshd
):
    with partner(settings, server, get={"then": "leave"}) as them:
        lay(them, data=b"first")
        counts = [them.look(), them.look()]
        lay(them, data=b"second!")
        counts += [them.look(), them.look()]
        assert counts == [1, 0, 1, 0]
        assert names(them.inbox) == ["po.edi"]
        assert them.remembered() == {"po.edi": "taken"}


def test_the_same_name_with_other_content_is_a_new_message(them: Partner):
    for data in (b"first ", b"second"):
        lay(them, data=data)
        assert them.look() == 1
    assert len(them.sums()) == 2


def test_the_same_content_under_another_name_is_a_delivery_of_its_own(them: Partner):
    lay(them, "a.edi", SAMPLE.read_bytes())
    lay(them, "b.edi", SAMPLE.read_bytes())
    assert them.look() == 2
    them.work()
    answers = {one.read_bytes() for one in them.outbox.iterdir()}
    assert (len(them.receipts()), len(them.sums()), len(answers)) == (2, 1, 1)


def test_a_claim_renames_first_and_takes_up_what_a_dead_process_claimed(
    settings: Settings, server: Sshd
):
    with partner(settings, server, get={"claim": "rename"}) as them:
        lay(them, "a.edi")
        lay(them, "b.edi.gateway", b"claimed")
        assert them.look() == 2
        peers = [peer for peer, _ in them.receipts()]
        assert peers == ["from-them/a.edi", "from-them/b.edi"]
        assert names(them.inbox) == []


def test_an_empty_file_waits_and_is_told_once(them: Partner):
    lay(them, data=b"")
    counts = [them.look(), them.look(300), them.look(300), them.look(300)]
    assert counts == [0, 0, 0, 0]
    assert them.alerts() == ["TRN-002"]


def test_a_file_over_the_limit_is_told_and_never_read(settings: Settings, server: Sshd):
    small = settings.model_copy(update={"max_interchange_bytes": 100})
    with partner(small, server) as them:
        lay(them, data=b"x" * 101)
        assert [them.look(), them.look()] == [0, 0]
        assert them.alerts() == ["TRN-003"]


def test_nothing_is_deleted_before_its_bytes_are_committed(
    them: Partner, monkeypatch: pytest.MonkeyPatch
):
    def full(inbound: object) -> None:
        raise Busy("the database keeps too many waiting")

    lay(them)
    fetching = them.gateway.engine.fetching
    with monkeypatch.context() as patched:
        patched.setattr(fetching, "_accept", full)
        them.look()
        assert names(them.inbox) == ["po.edi"]
    assert [them.look(), names(them.inbox)] == [1, []]


def test_a_download_that_is_cut_at_99_percent_goes_on_where_it_was(
    settings: Settings, server: Sshd
):
    data = os.urandom(MANY_BYTES)
    with (
        closing(CuttingProxy(server.port, down=int(MANY_BYTES * 0.99))) as proxy,
        partner(settings, server, port=str(proxy.port)) as them,
    ):
        lay(them, data=data)
        assert [them.look(), them.receipts()] == [0, []]
        [part] = (settings.home / "spool" / "sftp").iterdir()
        there = part.stat().st_size
        proxy.down = MANY_BYTES - there + 1_000_000
        assert them.look() == 1
        assert there > MANY_BYTES // 2
        assert them.receipts() == [("from-them/po.edi", MANY_BYTES)]
        assert list((settings.home / "spool" / "sftp").iterdir()) == []
        assert them.sums() == {_sum(data)}


def test_a_file_that_is_replaced_while_it_is_read_is_not_taken(
    them: Partner, monkeypatch: pytest.MonkeyPatch
):
    path = lay(them, data=os.urandom(3_000_000))
    seen: list[str] = []

    def step(name: str) -> None:
        if name == "get.reading" and not seen:
            path.write_bytes(b"another file")
            seen.append(name)

    fetching = them.gateway.engine.fetching
    monkeypatch.setattr(fetching, "_step", step)
    assert [them.look(), them.receipts()] == [0, []]
    assert [them.look(), them.receipts()] == [1, [("from-them/po.edi", 12)]]


def test_a_host_key_that_is_not_pinned_stops_the_channel_and_is_told_once(
    settings: Settings, tmp_path: Path
):
    with sshd(tmp_path / "other") as server, partner(settings, server) as them:
        lay(them)
        server.stop()
        server.change_host_key()
        server.start()
        before = server.log().count("Accepted")
        assert [them.look(), them.look(60), them.look(60)] == [0, 0, 0]
        assert them.alerts() == ["TRN-010"]
        outcome = them.send(b"ISA")
        assert isinstance(outcome, Failed)
        told = (outcome.code, outcome.at_once, outcome.trouble)
        assert told == ("TRN-010", True, Trouble.THROTTLED)
        assert server.log().count("Accepted") == before
        assert names(them.inbox) == ["po.edi"]


def test_a_message_waits_behind_a_host_key_that_is_not_pinned_and_is_told_at_once(
    settings: Settings, server: Sshd, tmp_path: Path
):
    other = public(make_key(tmp_path / "other"))
    with partner(settings, server) as them:
        lay(them, data=SAMPLE.read_bytes())
        them.look()
    with partner(settings, server, host_keys=[other]) as them:
        them.work()
        assert (them.deliveries(), them.alerts()[-1]) == (["queued"], "TRN-010")
    with partner(settings, server) as them:
        them.now += timedelta(hours=1)
        them.work()
        assert (them.deliveries(), len(names(them.outbox))) == (["delivered"], 1)


def test_two_slots_let_a_host_key_change_without_a_stop(
    settings: Settings, tmp_path: Path
):
    with sshd(tmp_path / "other") as server:
        old = server.pinned
        server.stop()
        server.change_host_key()
        server.start()
        with partner(settings, server, host_keys=[old, server.pinned]) as them:
            lay(them)
            assert them.look() == 1


def test_a_server_without_a_key_of_the_pinned_type_stops_the_channel(
    settings: Settings, server: Sshd, tmp_path: Path
):
    other = public(make_key(tmp_path / "ecdsa", "ecdsa"))
    with partner(settings, server, host_keys=[other]) as them:
        assert [them.look(), them.alerts()] == [0, ["TRN-010"]]


def test_a_fingerprint_is_as_good_as_the_key(settings: Settings, server: Sshd):
    kind, _, key = server.pinned.partition(" ")
    pinned = f"{kind} {_fingerprint(key)}"
    with partner(settings, server, host_keys=[pinned]) as them:
        lay(them)
        assert them.look() == 1


@pytest.mark.parametrize("type_", ["rsa", "ecdsa", "ed25519"])
@pytest.mark.parametrize("algorithms", ["strict", "legacy"])
def test_keys_of_every_type_with_a_password_log_in(
    settings: Settings, server: Sshd, tmp_path: Path, type_: str, algorithms: str
):
    key = make_key(tmp_path / "key", type_, password=WORD)
    (tmp_path / "word").write_text(f"{WORD}\n")
    authorized = server.folder / "authorized"
    before = authorized.read_text()
    authorized.write_text(before + key.with_suffix(".pub").read_text())
    login = {"key": f"file:{key}", "key_password": f"file:{tmp_path / 'word'}"}
    try:
        with partner(settings, server, algorithms=algorithms, **login) as them:
            lay(them)
            assert them.look() == 1
            assert isinstance(them.send(b"ISA"), Sent)
    finally:
        authorized.write_text(before)


@pytest.mark.parametrize("algorithms", ["strict", "legacy"])
@pytest.mark.parametrize("way", ["password", "keyboard", "after a key"])
def test_passwords_log_in_alone_asked_for_or_after_a_key(
    settings: Settings, tmp_path: Path, way: str, algorithms: str
):
    server, word = Sshd(tmp_path / "other"), tmp_path / "word"
    word.write_text(f"{WORD}\n")
    login = {"password": f"file:{word}", "algorithms": algorithms}
    login["key"] = f"file:{server.key}" if way == "after a key" else "null"
    with (
        password_server(server, WORD, way),
        partner(settings, server, **login) as them,
    ):
        lay(them)
        assert them.look() == 1
        assert isinstance(them.send(b"ISA"), Sent)


@pytest.mark.parametrize("algorithms", ["strict", "legacy"])
def test_a_login_that_is_refused_is_told_once(
    settings: Settings, server: Sshd, tmp_path: Path, algorithms: str
):
    key = make_key(tmp_path / "unknown")
    login = {"key": f"file:{key}", "algorithms": algorithms}
    with partner(settings, server, **login) as them:
        assert [them.look(), them.look(60)] == [0, 0]
        assert them.alerts() == ["TRN-011"]
        outcome = them.send(b"ISA")
        assert isinstance(outcome, Failed)
        assert (outcome.code, outcome.trouble) == ("TRN-011", Trouble.THROTTLED)


def test_a_secret_that_is_missing_is_our_own_trouble(settings: Settings, server: Sshd):
    with partner(settings, server, key="env:NO_SUCH_VARIABLE_HERE") as them:
        outcome = them.send(b"ISA")
        assert isinstance(outcome, Failed)
        assert (outcome.code, outcome.trouble) == ("CFG-042", Trouble.OURS)


@pytest.mark.filterwarnings("ignore:Diffie-Hellman over finite fields")
def test_a_server_with_old_algorithms_only_needs_the_legacy_profile(
    settings: Settings, tmp_path: Path
):
    old = (
        "KexAlgorithms diffie-hellman-group14-sha1\nCiphers aes128-cbc\n"
        "MACs hmac-sha1\nHostKeyAlgorithms ssh-rsa\nPubkeyAcceptedAlgorithms +ssh-rsa"
    )
    server = Sshd(tmp_path / "old", more=old)
    server.host_key = make_key(tmp_path / "rsa", "rsa")
    server.start()
    try:
        with partner(settings, server) as them:
            lay(them)
            strict = them.look()
        with partner(settings, server, algorithms="legacy") as them:
            assert [strict, them.look()] == [0, 1]
            assert isinstance(them.send(os.urandom(3_000_000)), Sent)
    finally:
        server.stop()


def test_a_server_that_is_away_is_told_after_three_looks_and_so_is_its_return(
    settings: Settings, tmp_path: Path
):
    with sshd(tmp_path / "other") as server, partner(settings, server) as them:
        server.stop()
        counts = [(them.look(60), len(them.alerts())) for _ in range(4)]
        assert counts == [(0, 0), (0, 0), (0, 1), (0, 1)]
        server.start()
        lay(them)
        assert [them.look(), them.alerts()] == [1, ["TRN-014"]]


def test_a_folder_that_is_not_there_is_told(them: Partner):
    them.inbox.rmdir()
    assert [them.look(), them.look(60), them.alerts()] == [0, 0, ["TRN-013"]]


def test_what_may_not_be_deleted_is_taken_once_and_told(
    settings: Settings, tmp_path: Path
):
    with (
        sshd(tmp_path / "other", "internal-sftp -P remove") as server,
        partner(settings, server) as them,
    ):
        lay(them)
        assert [them.look(), them.look(60)] == [1, 0]
        assert (them.alerts(), len(them.receipts())) == (["TRN-013"], 1)
        assert names(them.inbox) == ["po.edi"]


def test_a_full_folder_is_taken_oldest_first_in_looks_of_a_bounded_length(
    settings: Settings, server: Sshd, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("gateway.transport.sftp_get.MOST_IN_A_LOOK", 100)
    with partner(settings, server) as them:
        for number in range(250):
            os.utime(lay(them, f"{number:03}.edi", b"%d" % number), (1, 999 - number))
        counts = [them.look()]
        first = {peer for peer, _ in them.receipts()}
        counts += [them.look() for _ in range(3)]
        assert counts == [100, 100, 50, 0]
        assert first == {f"{INBOX}/{number:03}.edi" for number in range(150, 250)}
        assert len(them.sums()) == 250


def test_a_running_gateway_looks_by_itself_and_ends_when_it_is_told_to(
    settings: Settings, server: Sshd
):
    with partner(settings, server, get={"at": "* * * * *"}) as them:
        lay(them, data=SAMPLE.read_bytes())
        gateway, stop = them.gateway, threading.Event()
        words = (gateway.engine, gateway.pickup, stop)
        working = threading.Thread(target=run, args=words)
        working.start()
        until = time.monotonic() + 60
        while not names(them.outbox) and time.monotonic() < until:
            time.sleep(0.05)
        stop.set()
        working.join(60)
        assert not working.is_alive()
        assert [names(them.inbox), them.deliveries()] == [[], ["delivered"]]


def test_a_stop_ends_a_look_and_what_is_left_is_taken_by_the_next(
    them: Partner, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("gateway.transport.sftp_get.ASKED_EVERY_S", 0)
    fetching = them.gateway.engine.fetching
    for number in range(5):
        lay(them, f"{number}.edi", b"%d" % number)

    def step(name: str) -> None:
        if name == "get.put_away":
            fetching.stop(0)

    with monkeypatch.context() as patched:
        patched.setattr(fetching, "_step", step)
        first = them.look()
    fetching.start()
    assert [first, them.look(), len(them.sums())] == [1, 4, 5]


def test_sftp_try_logs_in_lists_and_changes_nothing(them: Partner):
    lay(them)
    home = {"GATEWAY_HOME": str(them.settings.home)}
    tried = CliRunner().invoke(app, ["sftp", "try", "acme"], env=home)
    assert tried.exit_code == 0, tried.output
    assert "from-them: 3 names, 1 of them ours to take" in tried.output
    assert "can rename over a file in one step" in tried.output
    assert names(them.inbox) == ["po.edi"]


def test_sftp_try_and_doctor_say_what_is_wrong(
    settings: Settings, server: Sshd, tmp_path: Path
):
    other = public(make_key(tmp_path / "other"))
    with partner(settings, server, host_keys=[other]) as them:
        them.look()
        home = {"GATEWAY_HOME": str(settings.home)}
        tried = CliRunner().invoke(app, ["sftp", "try", "acme", "drop"], env=home)
        unknown = CliRunner().invoke(app, ["sftp", "try", "acme", "x"], env=home)
        checked = CliRunner().invoke(app, ["doctor"], env=home)
        assert [tried.exit_code, unknown.exit_code] == [1, 2]
        assert "TRN-010" in tried.output
        assert "look acme/drop" in checked.output


def test_a_message_is_complete_under_its_name_or_not_there(them: Partner):
    assert them.send(b"ISA*1~") == Sent("to-them/po.edi, 6 bytes")
    assert names(them.outbox) == ["po.edi"]
    assert (them.outbox / "po.edi").read_bytes() == b"ISA*1~"


def test_a_repeat_finds_its_file_and_a_third_brings_it_back(them: Partner):
    them.send(b"ISA*1~")
    again = them.send(b"ISA*1~", attempt=2)
    (them.outbox / "po.edi").unlink()
    third = them.send(b"ISA*1~", attempt=3)
    assert again == Sent("to-them/po.edi, 6 bytes (was there already)")
    assert third == Sent("to-them/po.edi, 6 bytes")


@pytest.mark.parametrize(
    "sftp",
    [
        "internal-sftp",
        "internal-sftp -P posix-rename",
        "/usr/lib/openssh/sftp-server -P posix-rename,fsync,statvfs",
    ],
)
@pytest.mark.parametrize(
    ("exists", "files"),
    [
        ("fail", {"po.edi": b"theirs"}),
        ("number", {"po.edi": b"theirs", "po-1.edi": b"ours"}),
        ("replace", {"po.edi": b"ours"}),
    ],
)
def test_another_file_of_the_name_is_kept_numbered_or_replaced(
    settings: Settings, tmp_path: Path, sftp: str, exists: str, files: dict[str, bytes]
):
    with (
        sshd(tmp_path / "other", sftp) as server,
        partner(settings, server, put={"exists": exists}) as them,
    ):
        (them.outbox / "po.edi").write_bytes(b"theirs")
        outcomes = [them.send(b"ours"), them.send(b"ours", attempt=2)]
        there = {one.name: one.read_bytes() for one in them.outbox.iterdir()}
        assert there == files
        assert [isinstance(one, Sent) for one in outcomes] == [exists != "fail"] * 2
        if exists == "fail":
            assert _facts(outcomes[0]) == ("TRN-012", Trouble.REFUSED)


def test_an_upload_that_is_cut_at_99_percent_goes_on_where_it_was(
    settings: Settings, server: Sshd
):
    data = os.urandom(2 * MANY_BYTES)
    with (
        closing(CuttingProxy(server.port, up=int(len(data) * 0.99))) as proxy,
        partner(settings, server, port=str(proxy.port)) as them,
    ):
        first = them.send(data)
        assert isinstance(first, Failed)
        assert first.trouble is Trouble.CONNECTION
        [part] = them.outbox.iterdir()
        assert part.name.endswith(".part")
        proxy.up = len(data) // 2  # less than all of it
        assert them.send(data, attempt=2) == Sent(f"to-them/po.edi, {len(data)} bytes")
        assert (them.outbox / "po.edi").read_bytes() == data
        assert names(them.outbox) == ["po.edi"]


def test_a_rest_of_other_bytes_is_found_out_and_uploaded_anew(them: Partner):
    data = os.urandom(2 * MANY_BYTES)
    wrong = bytes(len(data) - 100)
    (them.outbox / f"po.edi.{_sum(data)[:12]}.part").write_bytes(wrong)
    first, second = them.send(data), them.send(data, attempt=2)
    assert [type(first), type(second)] == [Failed, Sent]
    assert (them.outbox / "po.edi").read_bytes() == data


def test_content_is_read_back_where_that_is_asked_for(settings: Settings, server: Sshd):
    with partner(settings, server, put={"check": "content"}) as them:
        assert isinstance(them.send(os.urandom(100_000)), Sent)


def test_where_we_may_not_read_a_check_of_the_content_is_our_own_trouble(
    settings: Settings, tmp_path: Path
):
    with sshd(tmp_path / "other", "internal-sftp -P read") as server:
        with partner(settings, server, put={"check": "content"}) as them:
            outcome = them.send(b"ISA")
            assert _facts(outcome) == ("WIRE-020", Trouble.OURS)
        with partner(settings, server) as them:
            assert isinstance(them.send(b"ISA"), Sent)
            assert isinstance(them.send(b"ISA", attempt=2), Sent)


def test_a_temporary_folder_a_template_and_a_marker_are_as_the_profile_says(
    settings: Settings, server: Sshd
):
    put = {"temporary": "work/", "name": "{type}_{number}.x12", "marker": ".ok"}
    (server.files / "work").mkdir()
    with partner(settings, server, put=put) as them:
        assert isinstance(them.send(b"ISA"), Sent)
        assert names(them.outbox) == ["x12_855_000000007.ok", "x12_855_000000007.x12"]
        assert names(server.files / "work") == []


def test_a_folder_that_may_not_be_written_holds_the_lane_and_is_told(
    settings: Settings, server: Sshd
):
    with partner(settings, server, put={"folder": "no/such/folder"}) as them:
        outcome = them.send(b"ISA")
        assert isinstance(outcome, Failed)
        told = (outcome.code, outcome.at_once, outcome.trouble)
        assert told == ("TRN-013", True, Trouble.THROTTLED)


@pytest.mark.parametrize("name", ["../up.edi", ".hidden", "", "a\x00b", "a\nb"])
def test_a_name_that_leads_elsewhere_is_never_sent(them: Partner, name: str):
    assert _facts(them.send(b"ISA", name)) == ("WIRE-020", Trouble.REFUSED)


def test_a_session_that_died_while_it_waited_is_replaced(
    settings: Settings, tmp_path: Path
):
    with sshd(tmp_path / "other") as server, partner(settings, server) as them:
        lay(them, data=SAMPLE.read_bytes())
        them.look()
        them.work()
        server.stop()
        server.start()
        lay(them, data=SAMPLE.read_bytes().replace(b"*1040", b"*1041"))
        them.look()
        them.work()
        assert set(them.deliveries()) == {"delivered"}


def _facts(outcome: Sent | Failed) -> tuple[str, Trouble]:
    assert isinstance(outcome, Failed)
    return outcome.code, outcome.trouble


def _sum(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _fingerprint(key: str) -> str:
    digest = hashlib.sha256(base64.b64decode(key)).digest()
    return "SHA256:" + base64.b64encode(digest).decode().rstrip("=")
