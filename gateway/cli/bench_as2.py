"""AS2 by the side of what it cannot do without: RSA, AES and SHA on the same bytes."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.x509.oid import NameOID

from gateway.as2 import (
    Agreement,
    Headers,
    Ids,
    Opening,
    Payload,
    build,
    compose_mdn,
    read_request,
)
from gateway.cli.measure import Row, alternating
from gateway.trust.keyring import Certificates, Certified, Keyring, OwnKey, OwnKeys, Use

_SIZE = 20_000
_RUNS = 50
_NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
_USES = frozenset((Use.AS2_SIGN, Use.AS2_ENCRYPT))
_IDS = Ids("<1@gateway.example>", "0123456789abcdef0123456789abcdef")
_SHA256 = hashes.SHA256()
AS2_TARGET = 5.0
"""At most so many times the bare cost."""


@dataclass(frozen=True, slots=True)
class _Side:
    """A partner: RSA of 2,048 bits and a certificate."""

    key: rsa.RSAPrivateKey
    certified: Certified

    @classmethod
    def new(cls, name: str) -> _Side:
        key = rsa.generate_private_key(65537, 2048)
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        certificate = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(_NOW - timedelta(days=1))
            .not_valid_after(_NOW + timedelta(days=1))
            .sign(key, _SHA256)
        )
        return cls(key, Certified(certificate=certificate, uses=_USES))

    def towards(self, other: _Side, names: tuple[str, str]) -> Agreement:
        """What this side has agreed with the other."""
        own = OwnKey(certified=self.certified, private_key=self.key, id="key")
        keyring = Keyring(Certificates((other.certified,)), OwnKeys((own,)))
        return Agreement(
            partner_id="partner",
            channel_id="as2",
            ours=names[0],
            theirs=names[1],
            url="https://partner.example/as2",
            keyring=keyring,
        )


def as2_rows(rounds: int) -> Iterator[Row]:
    """Building a message, and receiving it, a signed MDN included.

    20 kB, signed with SHA-256, encrypted with AES-256-CBC, RSA of 2,048 bits; no store,
    no network. The base is the bare cost of the same RSA operations, AES and SHA.
    """
    buyer, supplier = _Side.new("buyer"), _Side.new("supplier")
    sends = buyer.towards(supplier, ("BUYER", "SUPPLIER"))
    receives = supplier.towards(buyer, ("SUPPLIER", "BUYER"))
    payload = Payload.of("application/edi-x12", "po.edi", os.urandom(_SIZE))
    headers, body = _built(payload, sends)
    assert _received(headers, body, receives) == "processed"
    yield _row(
        "AS2: build a message of 20 kB",
        lambda: _built(payload, sends),
        _bare_build(buyer, supplier),
        rounds,
    )
    yield _row(
        "AS2: receive a message of 20 kB, signed MDN",
        lambda: _received(headers, body, receives),
        _bare_receipt(buyer, supplier),
        rounds,
    )


def _row(
    name: str, work: Callable[[], object], bare: Callable[[], object], rounds: int
) -> Row:
    ours, base = alternating(_often(work), _often(bare), rounds)
    return Row(
        name=name,
        measured=_ms(ours),
        base=f"{_ms(base)} bare",
        figure=ours / base,
        target=AS2_TARGET,
        at_most=True,
    )


def _ms(seconds: float) -> str:
    return f"{seconds / _RUNS * 1000:.2f} ms"


def _often(work: Callable[[], object]) -> Callable[[], object]:
    def all_of_them() -> None:
        for _ in range(_RUNS):
            work()

    return all_of_them


def _built(payload: Payload, agreement: Agreement) -> tuple[Headers, bytes]:
    made = build([payload], agreement, _NOW, _IDS)
    return Headers.of(made.headers), b"".join(made.chunks)


def _received(headers: Headers, body: bytes, agreement: Agreement) -> str:
    request = read_request(headers)
    opening = Opening(request, agreement, _NOW)
    opening.feed(body)
    _, opened = opening.finish()
    mdn = compose_mdn(request, opened.disposition, opened.mic, agreement, _NOW, _IDS)
    assert mdn.is_signed
    return str(mdn.disposition)


def _bare_build(buyer: _Side, supplier: _Side) -> Callable[[], object]:
    """One digest, one signature, one encryption of content and of its key."""
    content, public = os.urandom(_SIZE), supplier.key.public_key()

    def work() -> None:
        digest = hashlib.sha256(content).digest()
        buyer.key.sign(digest, padding.PKCS1v15(), _SHA256)
        public.encrypt(digest, padding.PKCS1v15())
        Cipher(AES(digest), modes.CBC(digest[:16])).encryptor().update(content[:19_968])

    return work


def _bare_receipt(buyer: _Side, supplier: _Side) -> Callable[[], object]:
    """One decryption of content and key, one digest, one check, one signature."""
    content = os.urandom(_SIZE)
    key = os.urandom(32)
    sealed = supplier.key.public_key().encrypt(key, padding.PKCS1v15())
    signature = buyer.key.sign(content, padding.PKCS1v15(), _SHA256)
    known = buyer.key.public_key()

    def work() -> None:
        opened = supplier.key.decrypt(sealed, padding.PKCS1v15())
        Cipher(AES(opened), modes.CBC(key[:16])).decryptor().update(content[:19_968])
        hashlib.sha256(content).digest()
        known.verify(signature, content, padding.PKCS1v15(), _SHA256)
        supplier.key.sign(content[:900], padding.PKCS1v15(), _SHA256)

    return work
