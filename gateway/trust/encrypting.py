"""Making EnvelopedData and AuthEnvelopedData, the size known before the content."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers import (
    AEADEncryptionContext,
    Cipher,
    CipherContext,
    modes,
)
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.padding import PKCS7

from gateway.trust import der
from gateway.trust.algorithms import (
    AUTH_ENVELOPED_DATA,
    CIPHERS,
    DATA,
    ENVELOPED_DATA,
    SENDABLE_CIPHERS,
    TRANSPORTS,
    ContentCipher,
)
from gateway.trust.recipients import sealing

_TAG = 16
_NONCE = 12


class Encrypting:
    """Feed it the content, get an enveloped message in DER for all the certificates.

    ``size`` is that of the content, in octets; ``encrypted_size`` that of the message.
    ``cipher`` is of ``SENDABLE_CIPHERS``; ``transport`` (of ``TRANSPORTS``) is how RSA
    recipients get the content key, others get it by ECDH. ``ValueError`` when a name is
    not known, nobody is to read it, or another number of octets came.
    """

    def __init__(
        self,
        certificates: Sequence[x509.Certificate],
        size: int,
        *,
        cipher: str = "aes256-cbc",
        transport: str = "rsa",
        by_key_id: bool = False,
        octets: Callable[[int], bytes] = os.urandom,
    ) -> None:
        if cipher not in SENDABLE_CIPHERS or transport not in TRANSPORTS:
            raise ValueError(f"cannot encrypt by {cipher} and {transport}")
        if not certificates:
            raise ValueError("cannot encrypt for nobody")
        self._left = size
        chosen = CIPHERS[cipher]
        key = octets(chosen.key)
        infos = der.set_of(
            *(sealing(one, key, transport, by_key_id=by_key_id) for one in certificates)
        )
        on_curves = [
            isinstance(one.public_key(), ec.EllipticCurvePublicKey)
            for one in certificates
        ]
        version = 2 if by_key_id or any(on_curves) else 0
        self._sealer: _Cbc | _Gcm
        if chosen.gcm:
            self._sealer = _Gcm(chosen, key, octets(_NONCE))
            oid, version = AUTH_ENVELOPED_DATA, 0
        else:
            self._sealer = _Cbc(chosen, key, octets(chosen.block))
            oid = ENVELOPED_DATA
        self._head = _head(oid, der.integer(version) + infos, self._sealer, size)
        sealed, after = self._sealer.sizes(size)
        self.encrypted_size = len(self._head) + sealed + after

    def feed(self, content: bytes) -> bytes:
        """The next octets of the content; the next of the message."""
        self._left -= len(content)
        if self._left < 0:
            raise ValueError("more content than was said")
        head, self._head = self._head, b""
        return head + self._sealer.update(content)

    def finish(self) -> bytes:
        """The end of the message."""
        if self._left:
            raise ValueError("less content than was said")
        head, self._head = self._head, b""
        return head + self._sealer.finish()


def encrypt(
    content: bytes,
    certificates: Sequence[x509.Certificate],
    *,
    cipher: str = "aes256-cbc",
    transport: str = "rsa",
) -> bytes:
    """A whole enveloped message, for content that is in memory anyway."""
    encrypting = Encrypting(
        certificates, len(content), cipher=cipher, transport=transport
    )
    return encrypting.feed(content) + encrypting.finish()


class _Cbc:
    def __init__(self, cipher: ContentCipher, key: bytes, iv: bytes) -> None:
        self._block = cipher.block
        self._padder = PKCS7(8 * cipher.block).padder()
        self._encryptor: CipherContext
        self._encryptor = Cipher(cipher.make(key), modes.CBC(iv)).encryptor()
        self.identifier = der.algorithm(cipher.oid, der.value(der.OCTETS, iv))

    def sizes(self, size: int) -> tuple[int, int]:
        """Octets of the ciphertext, and of what follows it."""
        return size - size % self._block + self._block, 0

    def update(self, content: bytes) -> bytes:
        """More ciphertext."""
        return self._encryptor.update(self._padder.update(content))

    def finish(self) -> bytes:
        """The last of the ciphertext."""
        rest = self._encryptor.update(self._padder.finalize())
        return rest + self._encryptor.finalize()


class _Gcm:
    def __init__(self, cipher: ContentCipher, key: bytes, nonce: bytes) -> None:
        self._encryptor: AEADEncryptionContext
        self._encryptor = Cipher(AES(key), modes.GCM(nonce)).encryptor()
        # The size of the tag is written out: without it twelve octets are meant.
        parameters = der.sequence(der.value(der.OCTETS, nonce), der.integer(_TAG))
        self.identifier = der.algorithm(cipher.oid, parameters)

    def sizes(self, size: int) -> tuple[int, int]:
        """Octets of the ciphertext, and of what follows it."""
        return size, 2 + _TAG

    def update(self, content: bytes) -> bytes:
        """More ciphertext."""
        return self._encryptor.update(content)

    def finish(self) -> bytes:
        """The tag, as an OCTET STRING."""
        rest = self._encryptor.finalize()
        return rest + der.value(der.OCTETS, self._encryptor.tag)


def _head(oid: str, recipients: bytes, sealer: _Cbc | _Gcm, size: int) -> bytes:
    """Everything before the ciphertext; ``recipients`` begins with the version."""
    sealed, after = sealer.sizes(size)
    content = der.oid(DATA) + sealer.identifier + der.header(0x80, sealed)
    info = der.begun(der.SEQUENCE, content, sealed)
    rest = sealed + after
    data = der.begun(der.SEQUENCE, recipients + info, rest)
    return der.begun(der.SEQUENCE, der.oid(oid) + der.begun(0xA0, data, rest), rest)
