"""A SignedData that is read whole: content, certificates, and every signature in it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Self

from asn1crypto import tsp
from asn1crypto.cms import SignerIdentifier

from gateway.trust import der
from gateway.trust.algorithms import Digest
from gateway.trust.ber import Steps, malformed, values
from gateway.trust.fault import CmsFault, Kind, reading
from gateway.trust.identity import is_signer, told
from gateway.trust.limits import LIMITS, Limits
from gateway.trust.pki.certificate import Certificate, Unreadable
from gateway.trust.report import Fault, Sub
from gateway.trust.signers import Signer, Verified, checked, digest_named
from gateway.trust.verifying import SignatureReader

__all__ = ["MOST_CERTIFICATES", "OpenedSignature", "Part"]

MOST_CERTIFICATES = 16
"""How many certificates of a message are looked at."""

_SUBS = {
    Kind.AUTHENTICATION: Sub.SIG_CRYPTO_FAILURE,
    Kind.INTEGRITY: Sub.HASH_FAILURE,
    Kind.UNSUPPORTED: Sub.CRYPTO_CONSTRAINTS_FAILURE_NO_POE,
}
_CONSTRAINTS = {
    Kind.AUTHENTICATION: "crypto.signature",
    Kind.INTEGRITY: "crypto.content",
    Kind.UNSUPPORTED: "crypto.algorithm",
}
_BY_DIGEST = der.oid("1.2.840.113549.1.9.16.2.12")
_BY_DIGEST_V2 = der.oid("1.2.840.113549.1.9.16.2.47")
_DATA = der.oid("1.2.840.113549.1.7.1")


def of_cms(fault: CmsFault) -> Fault:
    """What is wrong with a CMS structure, by the words of a trust report."""
    sub = _SUBS.get(fault.kind, Sub.FORMAT_FAILURE)
    constraint = _CONSTRAINTS.get(fault.kind, f"structure.{fault.kind}")
    return Fault(sub, constraint, fault.what)


class _Reader(SignatureReader):
    """Keeps the content that streams through."""

    def __init__(self, limits: Limits) -> None:
        super().__init__(limits)
        self.kept = list[bytes]()

    @property
    def content_type(self) -> bytes:
        """Its object identifier, encoded."""
        return self._content_type

    def _content(self, tag: int) -> Steps:
        for piece in self._incoming.octets(tag):
            if piece is not None:
                self.kept.append(piece)
            yield piece


@dataclass(frozen=True, slots=True)
class OpenedSignature:
    """What a SignedData holds. ``content`` is none when it is detached."""

    content: bytes | None
    content_type: bytes
    certificates: tuple[Certificate, ...]
    encoded: tuple[bytes, ...]

    @classmethod
    def read(
        cls, data: bytes, content: bytes | None = None, limits: Limits = LIMITS
    ) -> Self:
        """From DER or BER; ``content`` is that of a detached one. Raises ``CmsFault``.

        A structure that holds its content and is given another one is refused: nobody
        could say which of them was believed.
        """
        reader = _Reader(limits)
        reader.feed(data)
        for piece in reader.finish():
            reader.kept.append(piece)
        inside = b"".join(reader.kept) if reader.has_content else None
        if inside is not None and content is not None and inside != content:
            raise malformed("the signature holds another content than came beside it")
        with reading("the signature"):
            return cls(
                content=content if inside is None else inside,
                content_type=reader.content_type,
                certificates=tuple(_certificates(reader.carried)),
                encoded=tuple(reader.encoded_signers()),
            )

    def parts(self) -> tuple[Part, ...]:
        """Its signatures, one by one."""
        content = self.content
        if content is None:
            raise malformed("the content that was signed did not come")
        return tuple(Part.read(one, self.content_type, content) for one in self.encoded)


def _certificates(carried: bytes) -> Iterator[Certificate]:
    """Those that can be read; what is over the limit is left out."""
    if not carried:
        return
    for one in values(carried, 0xA0)[:MOST_CERTIFICATES]:
        try:
            yield Certificate.read(one)
        except Unreadable:
            continue


@dataclass(frozen=True, slots=True)
class Part:
    """One signature of a SignedData, and the content that it is about."""

    signer: Signer
    unsigned: bytes
    content_type: bytes
    content: bytes

    @classmethod
    def read(cls, encoded: bytes, content_type: bytes, content: bytes) -> Self:
        """From a SignerInfo. Raises ``CmsFault``."""
        with reading("a signer"):
            last = values(encoded, der.SEQUENCE)[-1]
            signer = Signer.read(encoded)
        unsigned = last if last[:1] == b"\xa1" else b""
        return cls(signer, unsigned, content_type, content)

    @property
    def stamped(self) -> bytes:
        """What a time-stamp of it is over."""
        return self.signer.signature

    def verified(self, pool: Sequence[Certificate]) -> tuple[Certificate, Verified]:
        """Whose it is, once it is right. Raises ``Fault``."""
        self._is_no_disguise()
        try:
            with reading("the signature"):
                digest = digest_named(self.signer.digest)
                meant = [one for one in pool if is_signer(one.parsed, self.signer.sid)]
                whom = told(SignerIdentifier.load(self.signer.sid))
            if digest is None:
                what = "the signature's digest is not read"
                raise CmsFault(Kind.UNSUPPORTED, what)
            if meant:
                return self._first(dict.fromkeys(meant), digest)
        except CmsFault as fault:
            raise of_cms(fault) from None
        what = f"no certificate of the signer came along or is known: {whom}"
        raise Fault(Sub.NO_SIGNING_CERTIFICATE_FOUND, "signer.certificate", what)

    def _first(
        self, meant: Iterable[Certificate], digest: Digest
    ) -> tuple[Certificate, Verified]:
        """The first whose key made it; several may have the same name."""
        last: CmsFault | None = None
        for one in meant:
            try:
                with reading("the signature"):
                    return one, checked(
                        self.signer, one.parsed, digest, self.content_type, self._digest
                    )
            except CmsFault as fault:
                last = fault
        assert last is not None
        raise last

    def _digest(self, name: str) -> bytes:
        return hashlib.new(name, self.content).digest()

    def _is_no_disguise(self) -> None:
        """Refuse attributes that were signed elsewhere and come as content here.

        A signature without signed attributes is over the content itself; another
        message's attributes are a SET that its signer did sign.
        """
        if self.signer.attributes is not None:
            return
        if self.content_type != _DATA or self.content[:1] == b"\x31":
            what = "it has no signed attributes; its content may be another's"
            sub = Sub.SIG_CONSTRAINTS_FAILURE
            raise Fault(sub, "structure.signed_attributes", what)

    def names(self, certificate: Certificate, *, is_demanded: bool = False) -> bool:
        """Whether its signing-certificate attribute, if there is one, is about it."""
        for oid, kind, field in (
            (_BY_DIGEST_V2, tsp.SigningCertificateV2, "sha256"),
            (_BY_DIGEST, tsp.SigningCertificate, "sha1"),
        ):
            found = list(self._attribute(self.signer.attributes, oid))
            if found:
                return len(found) == 1 and _is_hash(
                    kind.load(found[0]), field, certificate
                )
        return not is_demanded

    def stamp(self, oid: bytes) -> bytes | None:
        """The value of an unsigned attribute."""
        with reading("a time-stamp"):
            return next(self._attribute(self.unsigned, oid), None)

    @staticmethod
    def _attribute(attributes: bytes | None, oid: bytes) -> Iterator[bytes]:
        if attributes:
            for attribute in values(attributes, attributes[0]):
                kind, listed = values(attribute, der.SEQUENCE)
                if kind == oid:
                    yield from values(listed, der.SET)


def _is_hash(found: Any, name: str, certificate: Certificate) -> bool:
    first = found["certs"][0]
    if name != "sha1":
        name = first["hash_algorithm"]["algorithm"].native
    make: Callable[..., Any] | None = getattr(hashlib, name, None)
    told_: bytes = first["cert_hash"].native
    return make is not None and make(certificate.der).digest() == told_
