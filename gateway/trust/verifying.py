"""Believing signatures (RFC 5652 section 5): only of certificates we were given."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from typing import Any

from asn1crypto.cms import SignerIdentifier
from cryptography import x509

from gateway.trust import der
from gateway.trust.algorithms import DIGESTS
from gateway.trust.ber import END, Steps, malformed, values
from gateway.trust.fault import CmsFault, Kind, reading
from gateway.trust.identity import is_signer, told
from gateway.trust.layer import SMALL, Layer
from gateway.trust.limits import LIMITS, Limits
from gateway.trust.signers import DigestOf, Signer, Verified, checked, digest_named

READABLE_DIGESTS = frozenset(DIGESTS) - {"md5"}
"""What is read unless told otherwise; which of them is enough is for the caller."""

_NEAREST = {Kind.UNSUPPORTED: 1, Kind.AUTHENTICATION: 2, Kind.INTEGRITY: 3}


def verify_detached(
    signature: bytes,
    digest_of: DigestOf,
    certificates: Sequence[x509.Certificate],
    *,
    digests: frozenset[str] = READABLE_DIGESTS,
    limits: Limits = LIMITS,
) -> Verified:
    """Who of ``certificates`` signed the content with this SignedData (DER or BER).

    Certificates inside the signature are not believed. Raises ``CmsFault``: of kind
    ``authentication`` when nobody known signed or the signature is wrong, ``integrity``
    when the signature is right and the content is another. A copy of the content inside
    the signature, as some products put there, is passed over.
    """
    return _read(signature, limits).verified_by(certificates, digest_of, digests)


def digests_named(signature: bytes, limits: Limits = LIMITS) -> tuple[str, ...]:
    """The digest algorithms of the signers, by our names, without those we do not know.

    For who must take a digest before the signature can be verified: what the header of
    a message says about it (``micalg``) is only a hint.
    """
    read = _read(signature, limits)
    with reading("the signature"):
        found = [digest_named(signer.digest) for signer in read.signers()]
    return tuple(dict.fromkeys(one.name for one in found if one is not None))


class SignatureReader(Layer):
    """A SignedData: its content streams through, its signers are kept."""

    _what = "the signature"

    def __init__(self, limits: Limits) -> None:
        super().__init__(limits)
        self.has_content = False
        self.carried = b""
        """The certificates that came along, as [0]: they may help to find a path."""
        self._content_type = b""
        self._declared: tuple[str, ...] = ()
        self._signers = b""

    def signers(self) -> Sequence[Signer]:
        """The SignerInfos, each read."""
        return [Signer.read(one) for one in self.encoded_signers()]

    def encoded_signers(self) -> Sequence[bytes]:
        """The SignerInfos. None at all is a fault: certificates are no signature."""
        found = values(self._signers, der.SET)
        if not found:
            raise CmsFault(Kind.AUTHENTICATION, "nobody signed: only certificates came")
        if len(found) > self._limits.signers:
            raise CmsFault(Kind.TOO_LARGE, f"more than {self._limits.signers} signers")
        return found

    def verified_by(
        self,
        certificates: Sequence[x509.Certificate],
        digest_of: DigestOf,
        digests: frozenset[str],
    ) -> Verified:
        """The first signer who is known and right; else the likeliest of the faults."""
        faults: list[CmsFault] = []
        with reading(self._what):
            for signer in self.signers():
                try:
                    return self._verified(signer, certificates, digest_of, digests)
                except CmsFault as fault:
                    faults.append(fault)
        raise max(faults, key=lambda fault: _NEAREST.get(fault.kind, 0))

    def _verified(
        self,
        signer: Signer,
        certificates: Sequence[x509.Certificate],
        digest_of: DigestOf,
        digests: frozenset[str],
    ) -> Verified:
        known = next((one for one in certificates if is_signer(one, signer.sid)), None)
        if known is None:
            text = f"the signer is not known: {told(SignerIdentifier.load(signer.sid))}"
            raise CmsFault(Kind.AUTHENTICATION, text)
        digest = digest_named(signer.digest)
        if digest is None or digest.name not in digests:
            raise CmsFault(Kind.UNSUPPORTED, "the signature's digest is not read")
        return checked(signer, known, digest, self._content_type, digest_of)

    def _run(self) -> Steps:
        most = self._limits.structure_bytes
        yield from self._content_info("signed-data")
        algorithms = yield from self._incoming.element(most)
        self._declared = _declared(algorithms)
        yield from self._incoming.begin(der.SEQUENCE)
        self._content_type = yield from self._incoming.element(SMALL)
        if (yield from self._incoming.peek()) != END:
            yield from self._incoming.begin(0xA0)
            self.has_content = True
            tag = yield from self._incoming.begin(0x04, 0x24)
            yield from self._content(tag)
            yield from self._incoming.end()
        yield from self._incoming.end()
        self.carried = (yield from self._optional(0xA0)).get(0xA0, b"")
        yield from self._optional(0xA1)
        if (yield from self._incoming.peek()) != der.SET:
            raise malformed("the signature has no list of signers")
        self._signers = yield from self._incoming.element(most)
        yield from self._end(3)

    def _content(self, tag: int) -> Steps:
        yield from self._incoming.octets(tag)


class SignedContent(SignatureReader):
    """An opaque SignedData: content comes out, to be believed once it is finished."""

    def __init__(
        self,
        certificates: Sequence[x509.Certificate],
        *,
        digests: frozenset[str] = READABLE_DIGESTS,
        limits: Limits = LIMITS,
    ) -> None:
        super().__init__(limits)
        self._certificates = certificates
        self._allowed = digests
        self._hashes: dict[str, Any] = {}
        self._verdict: Verified | None = None

    @property
    def verified(self) -> Verified:
        """Who signed; there is an answer once ``finish`` has returned."""
        if self._verdict is None:
            raise ValueError("finish first")
        return self._verdict

    def finish(self) -> Iterator[bytes]:
        """Say that no more comes; a ``CmsFault`` unless a known signer is right."""
        rest = super().finish()
        with self._once():
            if not self.has_content:
                raise malformed("the content is not in the signature")
            self._verdict = self.verified_by(
                self._certificates, self._digest_of, self._allowed
            )
        return rest

    def _content(self, tag: int) -> Steps:
        names = self._declared or tuple(self._allowed)
        self._hashes = {name: hashlib.new(name) for name in names}
        for piece in self._incoming.octets(tag):
            if piece is not None:
                for hashed in self._hashes.values():
                    hashed.update(piece)
            yield piece

    def _digest_of(self, name: str) -> bytes:
        if name not in self._hashes:
            text = f"the signature does not announce its digest {name}"
            raise CmsFault(Kind.UNSUPPORTED, text)
        digest: bytes = self._hashes[name].digest()
        return digest


def _read(signature: bytes, limits: Limits) -> SignatureReader:
    read = SignatureReader(limits)
    read.feed(signature)
    read.finish()
    return read


def _declared(algorithms: bytes) -> tuple[str, ...]:
    found = [digest_named(one) for one in values(algorithms, der.SET)]
    return tuple(dict.fromkeys(one.name for one in found if one is not None))
