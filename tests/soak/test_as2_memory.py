"""A message of 200 MiB comes through the AS2 door in little memory."""

from __future__ import annotations

import os
import re
import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from gateway.as2 import Agreement, Ids, Payload, build
from gateway.config import Settings
from gateway.trust.keyring import (
    Certificates,
    Certified,
    Keyring,
    OwnKey,
    OwnKeys,
    Use,
)
from tests.interop.as2_house import furnish
from tests.interop.as2_peer import OURS, THEIRS, Mdn, Party
from tests.peak import peak_bytes

MIB = 1024 * 1024
MOST_BYTES = 64 * MIB
USES = frozenset((Use.AS2_SIGN, Use.AS2_ENCRYPT))
WAYS: dict[str, dict[str, Any]] = {
    "signed": {"encrypt": ""},
    "signed and encrypted": {},
    "GCM": {"encrypt": "aes256-gcm"},
    "compressed too": {"compress": "after"},
}


def _agreement(us: Party, them: Party, **changes: Any) -> Agreement:
    """What the partner's side knows."""
    ours, theirs = (
        Certified(
            certificate=x509.load_pem_x509_certificate(one.certificate.read_bytes()),
            uses=USES,
        )
        for one in (us, them)
    )
    key: Any = load_pem_private_key(them.key.read_bytes(), None)
    mine = OwnKey(certified=theirs, private_key=key, id="them")
    return Agreement(
        partner_id="us",
        channel_id="as2",
        ours=THEIRS,
        theirs=OURS,
        url="",
        keyring=Keyring(Certificates((ours,)), OwnKeys((mine,))),
        **changes,
    )


def _written(folder: Path, agreement: Agreement, size: int) -> tuple[Path, Any]:
    """A message with a document of that size, in a file, and its headers."""
    block = secrets.token_bytes(MIB // 2).hex().encode()

    def chunks() -> Iterator[bytes]:
        for _ in range(size // MIB):
            yield block

    document = Payload(
        content_type="application/edi-x12", name="large.edi", size=size, chunks=chunks
    )
    made = Ids(f"<{secrets.token_hex(8)}@them.example>", secrets.token_hex(16))
    built = build([document], agreement, datetime.now(UTC), made)
    file = folder / "message"
    with file.open("wb") as out:
        for piece in built.chunks:
            out.write(piece)
    return file, dict(built.headers)


@contextmanager
def _serving(home: Path) -> Iterator[tuple[str, int]]:
    """The address of a gateway of its own, and its process."""
    told = {"GATEWAY_HOME": str(home), "GATEWAY_ENV": "production"}
    process = subprocess.Popen(
        [sys.executable, "-m", "gateway", "serve", "--port", "0", "--processes", "0"],
        env={**os.environ, **told},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    try:
        assert process.stdout is not None
        found = re.search(rb"answers at (http://\S+)", process.stdout.readline())
        assert found
        yield found[1].decode(), process.pid
    finally:
        process.terminate()
        process.communicate(timeout=60)


def _sent(address: str, file: Path, headers: dict[str, str]) -> str:
    with file.open("rb") as body:
        size = {"Content-Length": str(file.stat().st_size)}
        answer = httpx.post(
            f"{address}/as2", content=body, headers=headers | size, timeout=600
        )
    return Mdn(dict(answer.headers), answer.content).disposition


@pytest.mark.soak
@pytest.mark.parametrize("way", WAYS)
def test_a_message_of_200_mib_takes_less_than_64(way, tmp_path, record_property):
    us, them = (Party.make(tmp_path, name) for name in ("us", "them"))
    furnish(Settings(home=tmp_path / "home"), us, them)
    agreement = _agreement(us, them, **WAYS[way])
    with _serving(tmp_path / "home") as (address, process):
        small = _written(tmp_path, agreement, MIB)
        assert _sent(address, *small) == "processed"
        Path(f"/proc/{process}/clear_refs").write_text("5")  # the peak is now
        before = peak_bytes(process)
        large = _written(tmp_path, agreement, 200 * MIB)
        assert _sent(address, *large) == "processed"
        grown = peak_bytes(process) - before

    record_property("ledger", f"{way}: {grown / MIB:.0f} MiB more")
    assert grown < MOST_BYTES
