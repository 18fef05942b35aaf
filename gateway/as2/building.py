"""Building an AS2 message: payload, compression, signature, encryption, header.

The content is read as often as its size and digests need; long content never lies in
memory as a whole.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from gateway.as2.agreement import Agreement
from gateway.as2.mdn import FEATURES, PRODUCT
from gateway.as2.micalg import spelled
from gateway.as2.names import file_name_parameter, quoted_name
from gateway.as2.signed import Ids, http_date, signed_frame
from gateway.findings import Finding
from gateway.trust.cms import Encrypting, compress, compressed_prefix

__all__ = ["Built", "Payload", "Unready", "build"]

_SMALL = 1024 * 1024
_STEP = 64 * 1024
Chunks = Callable[[], Iterable[bytes]]


class Unready(Exception):
    """A message cannot be built: a certificate or key is missing."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.what)
        self.finding = finding


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    """One document to send. ``chunks`` gives its ``size`` bytes anew at each call."""

    content_type: str
    name: str
    size: int
    chunks: Chunks

    @classmethod
    def of(cls, content_type: str, name: str, data: bytes) -> Payload:
        """A document that is in memory."""
        return cls(
            content_type=content_type, name=name, size=len(data), chunks=lambda: (data,)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """A message, ready to be sent. ``chunks`` can be read once; ``size`` in bytes.

    Keep what was read: each attempt has to send the very same bytes. ``mics`` are the
    digests that the receipt's MIC may have, by algorithm.
    """

    headers: tuple[tuple[str, str], ...]
    chunks: Iterator[bytes]
    size: int
    mics: Mapping[str, bytes]
    asked_digest: str
    message_id: str


@dataclass(frozen=True, slots=True)
class _Entity:
    """A MIME entity: its header fields, and its body of a known size."""

    fields: tuple[tuple[str, str], ...]
    size: int
    body: Chunks

    @property
    def head(self) -> bytes:
        lines = "".join(f"{name}: {value}\r\n" for name, value in self.fields)
        return lines.encode("ascii") + b"\r\n"

    @property
    def whole_size(self) -> int:
        return len(self.head) + self.size

    def whole(self) -> Iterator[bytes]:
        yield self.head
        yield from self.body()


def build(
    parts: Sequence[Payload],
    agreement: Agreement,
    now: datetime,
    ids: Ids,
    subject: str = "",
) -> Built:
    """The message that carries these documents under the agreement.

    Raises ``Unready`` when the key or certificate that it needs is missing.
    """
    if not parts:
        raise ValueError("a message carries at least one document")
    entity = _payload(parts, ids)
    asked = agreement.sign or "sha256"
    names = dict.fromkeys((asked, "sha256", "sha384", "sha512"))
    if "sha1" in agreement.legacy:
        names["sha1"] = None
    covered: Chunks = entity.whole
    if not (agreement.sign or agreement.encrypt or agreement.compress != "none"):
        covered = entity.body
    if agreement.compress == "before" or not agreement.sign:
        entity, compressed = _compressed(entity, agreement), True
    else:
        compressed = False
    if agreement.sign:
        mics = _digests(entity.whole(), names)
        entity = _signed(entity, mics[agreement.sign], agreement, now, ids)
    else:
        mics = _digests(covered(), names)
    if not compressed:
        entity = _compressed(entity, agreement)
    entity = _encrypted(entity, agreement, now) if agreement.encrypt else entity
    return Built(
        headers=(*_head(agreement, now, ids, subject, asked), *entity.fields),
        chunks=iter(entity.body()),
        size=entity.size,
        mics=MappingProxyType(mics),
        asked_digest=asked,
        message_id=ids.message_id,
    )


def _digests(chunks: Iterable[bytes], names: Iterable[str]) -> dict[str, bytes]:
    digests = {name: hashlib.new(name, usedforsecurity=False) for name in names}
    for chunk in chunks:
        for digest in digests.values():
            digest.update(chunk)
    return {name: digest.digest() for name, digest in digests.items()}


def _payload(parts: Sequence[Payload], ids: Ids) -> _Entity:
    """The documents as they are: one, or several in a multipart (RFC 6362)."""
    entities = [_document(part) for part in parts]
    if len(entities) == 1:
        return entities[0]
    boundary = ids.line("p")
    line = b"--" + boundary.encode()
    kind = parts[0].content_type
    content_type = f'multipart/related; type="{kind}"; boundary="{boundary}"'

    def body() -> Iterator[bytes]:
        for entity in entities:
            yield line + b"\r\n"
            yield from entity.whole()
            yield b"\r\n"
        yield line + b"--\r\n"

    around = (len(line) + 4) * (len(entities) + 1)
    size = around + sum(entity.whole_size for entity in entities)
    return _Entity((("Content-Type", content_type),), size, body)


def _document(part: Payload) -> _Entity:
    placed = ""
    if part.name:
        placed = f"attachment; {file_name_parameter(part.name)}"
    fields = (
        ("Content-Type", part.content_type),
        ("Content-Transfer-Encoding", "binary"),
        *((("Content-Disposition", placed),) if placed else ()),
    )
    return _Entity(fields, part.size, part.chunks)


def _pkcs7(kind: str, name: str, size: int, body: Chunks) -> _Entity:
    fields = (
        ("Content-Type", f'application/pkcs7-mime; smime-type={kind}; name="{name}"'),
        ("Content-Transfer-Encoding", "binary"),
        ("Content-Disposition", f'attachment; filename="{name}"'),
    )
    return _Entity(fields, size, body)


def _compressed(entity: _Entity, agreement: Agreement) -> _Entity:
    """The entity in a CompressedData (RFC 3274, RFC 5402), where that is agreed."""
    if agreement.compress == "none":
        return entity
    if entity.whole_size <= _SMALL:
        packed = compress(b"".join(entity.whole()))
        return _pkcs7("compressed-data", "smime.p7z", len(packed), lambda: (packed,))
    size = sum(map(len, _zlib(entity)))
    prefix = compressed_prefix(size)

    def body() -> Iterator[bytes]:
        yield prefix
        yield from _zlib(entity)

    return _pkcs7("compressed-data", "smime.p7z", len(prefix) + size, body)


def _zlib(entity: _Entity) -> Iterator[bytes]:
    packer = zlib.compressobj(6)
    for chunk in entity.whole():
        if packed := packer.compress(chunk):
            yield packed
    yield packer.flush()


def _signed(
    entity: _Entity, digest: bytes, agreement: Agreement, now: datetime, ids: Ids
) -> _Entity:
    """The entity in a multipart/signed."""
    key = agreement.keyring.ours.signing(now)
    if key is None:
        what = f"we have no key to sign with towards {agreement.partner_id}"
        raise Unready(Finding.of("AS2-211", what))
    frame = signed_frame(
        key,
        digest,
        agreement.sign,
        ids.line("s"),
        now=now,
        scheme=agreement.signature,
    )

    def body() -> Iterator[bytes]:
        yield frame.before
        yield from entity.whole()
        yield frame.behind

    size = len(frame.before) + entity.whole_size + len(frame.behind)
    return _Entity((("Content-Type", frame.content_type),), size, body)


def _encrypted(entity: _Entity, agreement: Agreement, now: datetime) -> _Entity:
    """The entity encrypted to the partner; its body can be read once."""
    certificate = agreement.keyring.theirs.encrypting(now)
    if certificate is None:
        what = f"{agreement.partner_id} has no current certificate to encrypt to"
        raise Unready(Finding.of("AS2-211", what))
    sealing = Encrypting(
        [certificate],
        entity.whole_size,
        cipher=agreement.encrypt,
        transport=agreement.transport,
    )

    def body() -> Iterator[bytes]:
        for chunk in entity.whole():
            yield sealing.feed(chunk)
        yield sealing.finish()

    is_gcm = agreement.encrypt.endswith("-gcm")
    kind = "authEnveloped-data" if is_gcm else "enveloped-data"
    return _pkcs7(kind, "smime.p7m", sealing.encrypted_size, body)


def _head(
    agreement: Agreement, now: datetime, ids: Ids, subject: str, asked: str
) -> tuple[tuple[str, str], ...]:
    """The header fields of AS2; those of the outermost entity follow."""
    clean = "".join(c if " " <= c <= "~" else "?" for c in subject)
    fields = [
        ("AS2-Version", agreement.version),
        ("AS2-From", quoted_name(agreement.ours)),
        ("AS2-To", quoted_name(agreement.theirs)),
        ("Message-ID", ids.message_id),
        ("Date", http_date(now)),
        ("MIME-Version", "1.0"),
        ("EDIINT-Features", FEATURES),
    ]
    if clean:
        fields.append(("Subject", clean[:200]))
    if agreement.is_bis:
        fields.append(("AS2-Product", PRODUCT))
    if agreement.receipt != "none":
        fields += _wanted(agreement, ids, asked)
    return tuple(fields)


def _wanted(agreement: Agreement, ids: Ids, asked: str) -> list[tuple[str, str]]:
    """The header fields that ask for a receipt (RFC 4130 §7.3).

    It is asked for in exactly the algorithm of the signature: some take any other for
    a failure.
    """
    host = ids.message_id.rpartition("@")[2].strip(">") or "localhost"
    fields = [("Disposition-Notification-To", f"as2@{host}")]
    if agreement.receipt_signed:
        options = (
            "signed-receipt-protocol=optional, pkcs7-signature; "
            f"signed-receipt-micalg=optional, {spelled(asked)}"
        )
        fields.append(("Disposition-Notification-Options", options))
    if agreement.receipt == "async":
        fields.append(("Receipt-Delivery-Option", agreement.receipt_url))
    return fields
