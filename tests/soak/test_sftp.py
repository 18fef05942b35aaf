"""SFTP at length: as fast as the library's own client, and a folder of many files."""

from __future__ import annotations

import hashlib
import io
import os
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import paramiko
import pytest
import yaml

from gateway.config import Settings
from gateway.partner import Profile, load
from gateway.partner.profile import SftpChannel
from gateway.pipeline.ports import InMemory, Outbound, Secret, Sent
from gateway.transport.sftp import SftpTransport, open_session
from tests.interop.sftp import INBOX, channel_of, partner
from tests.sshd import Sshd, sshd
from tests.starters import FOLDER, texts

pytestmark = pytest.mark.soak
MIB = 1024 * 1024
BIG = 100 * MIB
MANY = 10_000
SLOWER = 1.2
"""How much longer than the library alone a transfer may take."""
ROUNDS = 5


class Files:
    """Secrets from files, without a database."""

    def get(self, reference: str) -> Secret:
        return Secret(Path(reference.removeprefix("file:")).read_bytes())


@pytest.fixture(scope="module")
def peer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    with sshd(tmp_path_factory.mktemp("sshd")) as made:
        yield made


@pytest.fixture
def library(peer: Sshd) -> Iterator[paramiko.SFTPClient]:
    line = socket.create_connection(("127.0.0.1", peer.port))
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    transport = paramiko.Transport(line)
    key = paramiko.Ed25519Key.from_private_key_file(str(peer.key))
    transport.connect(username=peer.user, pkey=key)
    client = paramiko.SFTPClient.from_transport(transport)
    assert client is not None
    yield client
    transport.close()


@pytest.fixture
def channel(peer: Sshd) -> SftpChannel:
    facts = channel_of(peer, put={"folder": "."})
    return SftpChannel.model_validate(facts)


def shortest(act: Callable[[], object], other: Callable[[], object]) -> float:
    """The least time of one as a part of that of the other, taken by turns."""
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(ROUNDS):
        for each, took in zip((act, other), times, strict=True):
            begun = time.perf_counter()
            each()
            took.append(time.perf_counter() - begun)
    return min(times[0]) / min(times[1])


def told(name: str, ratio: float, record: Callable[[str, object], None]) -> None:
    record("ledger", f"{name}: {ratio:.2f} of the library's own time, {BIG // MIB} MiB")


def test_a_100_mib_file_is_fetched_within_a_fifth_of_the_librarys_own_time(
    peer: Sshd, library: paramiko.SFTPClient, channel: SftpChannel, record_property
):
    data = os.urandom(BIG)
    (peer.files / "big.edi").write_bytes(data)
    session = open_session(channel, Files())
    wanted = hashlib.sha256(data).hexdigest()

    def ours() -> None:
        digest = hashlib.sha256()
        for piece in session.read(b"big.edi", 0, BIG):
            digest.update(piece)
        assert digest.hexdigest() == wanted

    def theirs() -> None:
        library.getfo("big.edi", io.BytesIO(), max_concurrent_prefetch_requests=64)

    ratio = shortest(ours, theirs)
    session.close()
    told("get", ratio, record_property)
    assert ratio < SLOWER


def test_a_100_mib_file_is_delivered_within_a_fifth_of_the_librarys_own_time(
    peer: Sshd, library: paramiko.SFTPClient, channel: SftpChannel, record_property
):
    facts = texts(FOLDER / "acme" / "profile.yaml")
    facts["channels"] = [channel_of(peer, put={"folder": ".", "exists": "replace"})]
    for one in facts["receives"] + facts["sends"]:
        one.pop("channel", None)
    profile = load(yaml.safe_dump(facts), "profile.yaml")
    assert isinstance(profile, Profile)
    transport = SftpTransport([profile], Files())
    blob = InMemory.of(os.urandom(BIG))
    outbound = Outbound(
        id="out_1",
        partner_id="acme",
        channel="drop",
        kind="x12_855",
        file_name="ours.edi",
        blob=blob,
        attempt=1,
    )

    def ours() -> None:
        (peer.files / "ours.edi").unlink(missing_ok=True)
        assert isinstance(transport.send(outbound), Sent)

    def theirs() -> None:
        library.putfo(io.BytesIO(blob.data), "theirs.edi", confirm=True)

    ratio = shortest(ours, theirs)
    transport.close()
    told("put", ratio, record_property)
    assert ratio < SLOWER


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_ten_thousand_files_are_taken_each_once(
    settings: Settings, peer: Sshd, record_property
):
    with partner(settings, peer) as them:
        for number in range(MANY):
            path = them.inbox / f"{number:05}.edi"
            path.write_bytes(b"ISA*%05d~" % number)
            os.utime(path, (1, 1 + number))
        begun = time.perf_counter()
        counts = [them.look() for _ in range(6)]
        took_s = time.perf_counter() - begun
        record_property("ledger", f"{MANY} files in {took_s:.1f} s: {counts}")
        assert counts == [2000] * 5 + [0]
        assert len(them.sums()) == MANY
        assert list((peer.files / INBOX).iterdir()) == []
