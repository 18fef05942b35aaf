"""Every permutation of AS2 over HTTP, between the server and a peer of ``openssl``.

Plain, signed, encrypted, compressed before or after signing, with signed receipts,
unsigned ones and none, in the answer or later, in both directions.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from email.message import Message
from itertools import product
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from gateway.config import Settings
from gateway.pipeline.ports import InMemory
from gateway.store import tables
from tests.interop.as2_peer import SIGNED_SYNC, Inbox, Mdn, inbox, openssl
from tests.interop.as2_receiver import Got, Peer, listening, mic
from tests.interop.as2_sending import a_peer, as2, facts_with, furnish, queue
from tests.interop.test_as2_both_sides import WAYS, channels, facts
from tests.interop.test_as2_openssl import (
    compressed,
    der_content,
    encrypted,
    signed,
    split,
    unsigned,
)
from tests.interop.test_http_door import Served, free_port, serving
from tests.parties import party

HEAD = b"Content-Type: application/edi-x12\r\nContent-Transfer-Encoding: binary\r\n\r\n"
RECEIPTS = [*product(("signed", "unsigned"), ("sync", "async")), ("none", "sync")]


def wrapped(
    content: bytes, sign: bool, encrypt: bool, compress: str, folder: Path
) -> tuple[bytes, bytes]:
    """An entity that ``openssl`` made, and what its MIC is over."""
    entity = document = HEAD + content
    if compress == "before":
        entity = compressed(entity, folder)
    covered = entity if sign else document
    if sign:
        entity = signed(entity, party("them"), folder)
    if compress == "after":
        entity = compressed(entity, folder)
    if encrypt:
        entity = encrypted(entity, party("us"), folder)
    return entity, content if entity == document else covered


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A gateway that asks for no protection, and so opens whatever comes."""
    home = tmp_path_factory.mktemp("home")
    them, us = party("them"), party("us")
    channel = as2("http://127.0.0.1:1/as2", security="none")
    furnish(Settings(home=home), facts_with(channel, them), us, home)
    with serving(home, as2_mdn_networks="127.0.0.0/8") as one:
        yield one


def answered(
    served: Served, entity: bytes, wish: str, reply: str, box: Inbox
) -> Mdn | None:
    """The receipt for this entity, however it is wished for."""
    head, _, body = entity.partition(b"\r\n\r\n")
    lines = (line.split(": ", 1) for line in head.decode().split("\r\n"))
    headers = {
        "AS2-From": "ACME-AS2",
        "AS2-To": '"BOLT BEAM"',
        "Message-ID": f"<{time.monotonic_ns()}@acme.test>",
        **{name: value for name, value in lines},
    }
    if wish != "none":
        headers["Disposition-Notification-To"] = "edi@acme.test"
    if wish == "signed":
        headers["Disposition-Notification-Options"] = SIGNED_SYNC
    if reply == "async":
        headers["Receipt-Delivery-Option"] = box.url
    before = len(box.got)
    answer = httpx.post(
        f"{served.address}/as2", content=body, headers=headers, timeout=30
    )
    assert answer.status_code == 200
    if reply == "sync" and wish != "none":
        return Mdn(dict(answer.headers), answer.content)
    assert answer.content == b""
    return None if wish == "none" else box.wait(before + 1)[-1]


@pytest.mark.parametrize("compress", ["none", "before", "after"])
@pytest.mark.parametrize("encrypt", [False, True])
@pytest.mark.parametrize("sign", [False, True])
def test_what_openssl_sends_is_received_and_receipted(
    served, tmp_path, sign: bool, encrypt: bool, compress: str
):
    known, _ = party("us").files(tmp_path)
    contents = []
    with inbox() as box:
        for wish, reply in RECEIPTS:
            contents.append(f"{sign} {encrypt} {compress} {wish} {reply}\n\r\xfc")
            content = contents[-1].encode() * 9
            entity, covered = wrapped(content, sign, encrypt, compress, tmp_path)
            mdn = answered(served, entity, wish, reply, box)
            if mdn is None:
                continue
            assert mdn.disposition == "processed"
            assert mdn.field("Received-Content-MIC") == mic(covered)
            assert mdn.is_signed == (wish == "signed")
            if mdn.is_signed:
                file = tmp_path / "mdn.eml"
                file.write_bytes(mdn.entity)
                verify = ("cms", "-verify", "-in", file, "-noverify", "-nointern")
                report = openssl(*verify, "-certfile", known)
                assert b"disposition-notification" in report
    wanted = {InMemory.of(one.encode() * 9).sha256 for one in contents}
    wait(lambda: wanted <= {row.sha256 for row in rows(served, tables.receipt)})


class Reader(Peer):
    """The partner of ``openssl``: it opens any nesting, and gives any receipt."""

    def _opened(self, headers: Message, body: bytes) -> Got:
        kind, rest, covered, proven = headers["Content-Type"], body, body, b""
        while "pkcs7-mime" in kind or "multipart/signed" in kind:
            if "multipart/signed" in kind:
                place = self.folder / secrets.token_hex(8)
                place.mkdir()
                covered = proven = unsigned(kind, rest, self.us, place)
            elif "compressed-data" in kind:
                covered = der_content(rest)
            else:
                mine = self.them.files(self.folder)
                how = ("-recip", mine[0], "-inkey", mine[1])
                covered = self._run("-decrypt", rest, *how)
            kind, rest = split(covered)
        return Got(headers, body, rest, mic(proven or covered))

    def receipt(
        self, got: Got, mood: str = "processed"
    ) -> tuple[dict[str, str], bytes]:
        """A receipt, signed where that was asked for."""
        wishes = got.headers["Disposition-Notification-Options"]
        return super().receipt(got, mood if wishes else "unsigned")


def rows(served: Served, table: sa.Table) -> list[Any]:
    with served.gateway.db.read() as tx:
        return list(tx.execute(sa.select(table)).all())


def test_what_is_sent_is_opened_by_openssl_and_its_receipts_count(tmp_path):
    made = a_peer(tmp_path / "peer")
    reader = Reader(made.folder, made.us, made.them, made.other)
    home, port = tmp_path / "home", free_port()
    home.mkdir()
    with listening(reader) as peer:
        every = list(channels(WAYS, peer.url, ours="BOLT BEAM", theirs="ACME"))
        furnish(Settings(home=home), facts(every, made.them), made.us, made.folder)
        own = f"http://127.0.0.1:{port}/as2"
        with serving(home, port=port, as2_url=own) as served:
            contents = [b"way %d\n\r\xfc" % n * 9 for n in range(len(WAYS))]
            for n, content in enumerate(contents):
                whole = InMemory.of(content)
                queue(served.gateway.db, f"way{n}", whole, datetime.now(UTC))
            later = sum(reply == "async" for _, _, reply in WAYS)
            wait(lambda: len(peer.receipts) == later)
            for headers, body in peer.receipts:
                answer = httpx.post(f"{own}/mdn", content=body, headers=headers)
                assert (answer.status_code, answer.content) == (200, b"")
            wait(lambda: states(served) == ["accepted"] * len(WAYS))
    assert sorted(got.payload for got in peer.got) == sorted(contents)


def states(served: Served) -> list[str]:
    return [row.state for row in rows(served, tables.wire)]


def wait(for_: Callable[[], bool], timeout_s: float = 90) -> None:
    """Wait until it is so."""
    until = time.monotonic() + timeout_s
    while not for_():
        assert time.monotonic() < until
        time.sleep(0.1)
