"""Opening EnvelopedData (RFC 5652 section 6) and AuthEnvelopedData (RFC 5083, 5084)."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from asn1crypto import algos, core
from cryptography import x509
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import (
    AEADDecryptionContext,
    Cipher,
    modes,
)
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.padding import PKCS7

from gateway.trust import der
from gateway.trust.algorithms import CIPHER_OF, DATA, ContentCipher
from gateway.trust.ber import Steps, malformed
from gateway.trust.fault import CmsFault, Kind
from gateway.trust.layer import SMALL, Layer
from gateway.trust.limits import LIMITS, Limits
from gateway.trust.recipients import Holder, Sealed, sealed_for
from gateway.trust.signers import oid

Octets = Callable[[int], bytes]
"""So many octets that nobody can guess: ``os.urandom``."""

_STEP = 64 * 1024
_DATA = der.oid(DATA)


class Hold(Protocol):
    """Where ciphertext waits for its tag: a temporary file, or ``io.BytesIO``."""

    def write(self, data: bytes, /) -> object:
        """Add to the end."""

    def seek(self, offset: int, /) -> object:
        """Go back to the beginning."""

    def read(self, size: int, /) -> bytes:
        """The next octets, none at the end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """How a message was encrypted, for the profile to judge and the evidence to keep.

    ``cipher`` is a name of ``CIPHERS``; ``certificate`` is that of ours it was for.
    """

    cipher: str
    transport: str
    certificate: x509.Certificate
    is_data: bool


class Decrypting(Layer):
    """Feed it an enveloped message, get the content.

    CBC content comes out as it comes in: nothing of it may be believed before
    ``finish``. GCM content comes out of ``finish`` alone, after the tag was checked:
    until then the ciphertext lies in ``hold``, which the caller closes. ``told`` is
    there once the content begins. All failures to decrypt are the same fault and take
    the same way (no oracle): a key that does not open is replaced by a random one.
    """

    _what = "the encrypted message"

    def __init__(
        self,
        holders: Sequence[Holder],
        *,
        hold: Hold | None = None,
        limits: Limits = LIMITS,
        octets: Octets = os.urandom,
    ) -> None:
        super().__init__(limits)
        self.told: Told | None = None
        self._holders = holders
        self._hold: Hold = io.BytesIO() if hold is None else hold
        self._octets = octets
        self._opened: _Gcm | None = None

    def _run(self) -> Steps:
        kind = yield from self._content_info("enveloped-data", "authenveloped-data")
        yield from self._optional(0xA0)
        if (yield from self._incoming.peek()) != der.SET:
            raise malformed("the message names no recipients")
        infos = yield from self._incoming.element(self._limits.structure_bytes)
        sealed = sealed_for(infos, self._holders, self._limits)
        yield from self._incoming.begin(der.SEQUENCE)
        content_type = yield from self._incoming.element(SMALL)
        identifier = yield from self._incoming.element(self._limits.structure_bytes)
        with_tag = kind == "authenveloped-data"
        cipher, parameters = _cipher(identifier, with_tag=with_tag)
        key, used = self._key(sealed, cipher.key)
        self.told = Told(
            cipher=cipher.name,
            transport=used.transport,
            certificate=used.certificate,
            is_data=content_type == _DATA,
        )
        tag = yield from self._incoming.begin(0x80, 0xA0)
        if with_tag:
            yield from self._with_tag(tag, _Gcm.of(key, parameters))
        else:
            yield from self._chained(tag, cipher, key, parameters.native)
        yield from self._end(3)

    def _key(self, sealed: Sequence[Sealed], size: int) -> tuple[bytes, Sealed]:
        """The first content key that opens; a random one when none does."""
        for one in sealed:
            key = one.open()
            if key is not None and len(key) == size:
                return key, one
        return self._octets(size), sealed[0]

    def _chained(self, tag: int, cipher: ContentCipher, key: bytes, iv: bytes) -> Steps:
        if len(iv) != cipher.block:
            raise malformed("the initialization vector is of another size")
        decryptor = Cipher(cipher.make(key), modes.CBC(iv)).decryptor()
        unpadder = PKCS7(8 * cipher.block).unpadder()
        for piece in self._incoming.octets(tag):
            if piece is None:
                yield None
            else:
                yield unpadder.update(decryptor.update(piece))
        yield from self._incoming.end()
        yield from self._optional(0xA1)
        try:
            rest = unpadder.update(decryptor.finalize())
            yield rest + unpadder.finalize()
        except ValueError as wrong:
            raise _failed() from wrong

    def _with_tag(self, tag: int, opened: _Gcm) -> Steps:
        for piece in self._incoming.octets(tag):
            if piece is None:
                yield None
            else:
                self._count(len(piece))
                self._hold.write(piece)
        yield from self._incoming.end()
        after = yield from self._optional(0xA1, 0x04, 0x24, 0xA2)
        mac = after.get(0x04) or after.get(0x24)
        if mac is None:
            raise malformed("the message has no tag")
        opened.tag = core.OctetString.load(mac).native
        attributes = after.get(0xA1, b"")
        # Attributes are authenticated as a SET OF, whatever tag they travel under.
        opened.attributes = attributes and bytes((der.SET,)) + attributes[1:]
        self._opened = opened

    def _kept_back(self) -> Iterator[bytes]:
        if self._opened is None:
            return iter(())
        self._opened.check(self._hold)
        return self._opened.content(self._hold)


@dataclass(slots=True)
class _Gcm:
    """AES-GCM over ciphertext that is kept: first the tag, then the content."""

    key: bytes
    nonce: bytes
    tag_size: int
    tag: bytes = b""
    attributes: bytes = b""

    @classmethod
    def of(cls, key: bytes, parameters: Any) -> _Gcm:
        """From GCMParameters (RFC 5084 3.2); the tag has twelve octets by default."""
        fields = core.SequenceOf.load(parameters.dump(), spec=core.Any)
        nonce: bytes = fields[0].parse(core.OctetString).native
        size = fields[1].parse(core.Integer).native if len(fields) > 1 else 12
        if not 8 <= len(nonce) <= 64 or not 12 <= size <= 16:
            raise malformed("nonce or tag are of another size")
        return cls(key, nonce, size)

    def check(self, hold: Hold) -> None:
        """Raise the fault of all failures unless the tag is right."""
        if len(self.tag) != self.tag_size:
            raise _failed()
        decryptor = self._decryptor()
        for piece in _pieces(hold):
            decryptor.update(piece)
        try:
            decryptor.finalize()
        except InvalidTag as wrong:
            raise _failed() from wrong

    def content(self, hold: Hold) -> Iterator[bytes]:
        """What was encrypted, piece by piece."""
        decryptor = self._decryptor()
        for piece in _pieces(hold):
            yield decryptor.update(piece)

    def _decryptor(self) -> AEADDecryptionContext:
        mode = modes.GCM(self.nonce, self.tag, min_tag_length=12)
        decryptor = Cipher(AES(self.key), mode).decryptor()
        decryptor.authenticate_additional_data(self.attributes)
        return decryptor


def _pieces(hold: Hold) -> Iterator[bytes]:
    hold.seek(0)
    while piece := hold.read(_STEP):
        yield piece


def _cipher(identifier: bytes, *, with_tag: bool) -> tuple[ContentCipher, Any]:
    """The content cipher and its parameters; GCM is for AuthEnvelopedData only."""
    read = algos.EncryptionAlgorithm.load(identifier)
    cipher = CIPHER_OF.get(oid(read))
    if cipher is None or cipher.gcm is not with_tag:
        text = f"content encrypted by {oid(read)} is not read"
        raise CmsFault(Kind.UNSUPPORTED, text)
    return cipher, read["parameters"]


def _failed() -> CmsFault:
    """The one fault of everything that goes wrong with a key, a padding or a tag."""
    return CmsFault(Kind.DECRYPTION, "it does not decrypt with our key")
