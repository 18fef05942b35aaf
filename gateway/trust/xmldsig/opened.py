"""A document with signatures in it, read whole: what each is over, and by whom.

What goes on is made of the octets that were digested, never of the document as it
came: whoever moves what was signed and puts something in its place gains nothing.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from gateway.findings import Finding
from gateway.safexml import Element, read
from gateway.trust.opened import MOST_CERTIFICATES
from gateway.trust.pki.certificate import Certificate, Unreadable
from gateway.trust.report import Fault, Sub
from gateway.trust.signers import Verified
from gateway.trust.xmldsig.algorithms import is_signed_by
from gateway.trust.xmldsig.canonical import Method, canonical, start_tag
from gateway.trust.xmldsig.structure import (
    DSIG,
    Reference,
    SignedInfo,
    children,
    decoded,
    form,
    reread,
)
from gateway.trust.xmldsig.xades import PROPERTIES, Properties, Stamp

__all__ = ["OpenedXml", "Pairs", "XmlSignature", "is_marked", "meant"]

Pairs: TypeAlias = list[tuple[Reference, Element, bytes]]
"""What a signature refers to: the reference, the element, its octets."""
Covered: TypeAlias = Callable[[Element, Element, Pairs], bytes]
"""Finds the content among what a signature in a document is over."""

_NAMESPACE = DSIG[1:-1].encode()
_SIGNATURE = f"{DSIG}Signature"
_MOST_SIGNATURES = 16
_BASE64 = "http://www.w3.org/2000/09/xmldsig#base64"
_FORM = (f"{DSIG}SignedInfo", f"{DSIG}SignatureValue")
_BY_ID = "//*[@*[translate(local-name(), 'ID', 'id') = 'id' and string() = $id]]"


def is_marked(data: bytes) -> bool:
    """Whether a document in XML may have a signature in it."""
    plain = data.replace(b"\0", b"") if b"\0" in data[:4] else data
    return plain[:64].lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")[:1] == b"<" and (
        _NAMESPACE in plain
    )


@dataclass(frozen=True, slots=True)
class OpenedXml:
    """A document with its signatures, all over the same content."""

    content: bytes
    signatures: tuple[XmlSignature, ...]

    @classmethod
    def read(cls, data: bytes) -> OpenedXml | None:
        """From a document; none: no signature is in it. Raises ``Fault``."""
        found = read(data, is_whole=True)
        if isinstance(found, Finding):
            raise form("xml", found.what)
        signatures = _outermost(found.root)
        if not signatures:
            return None
        if len(signatures) > _MOST_SIGNATURES:
            what = f"more than {_MOST_SIGNATURES} signatures"
            raise Fault(Sub.FORMAT_FAILURE, "limits.signatures", what)
        read_ = tuple(XmlSignature.read(found.root, one) for one in signatures)
        if len({one.content for one in read_}) > 1:
            raise form("coverage", "its signatures are over different contents")
        return cls(read_[0].content, read_)

    @property
    def certificates(self) -> tuple[Certificate, ...]:
        """Those that came along."""
        found = (one for part in self.signatures for one in part.certificates)
        return tuple(dict.fromkeys(found))[:MOST_CERTIFICATES]

    def parts(self) -> tuple[XmlSignature, ...]:
        """Its signatures, one by one."""
        return self.signatures


def _outermost(root: Element) -> list[Element]:
    """The signatures that do not stand in another one."""
    every = list(root.iter(_SIGNATURE))
    inside = {one for each in every for one in each.iterdescendants(_SIGNATURE)}
    return [one for one in every if one not in inside]


@dataclass(frozen=True, slots=True, kw_only=True)
class XmlSignature:
    """One signature: its value, what it refers to, and the octets of that."""

    info: SignedInfo
    value: bytes
    certificates: tuple[Certificate, ...]
    octets: tuple[bytes, ...]
    properties: Properties
    content: bytes
    stamped_by: Stamp | None = None

    @classmethod
    def read(
        cls, root: Element, element: Element, covered: Covered | None = None
    ) -> XmlSignature:
        """From its element in a document. Raises ``Fault``."""
        inside = children(element)
        if tuple(one.tag for one in inside[:2]) != _FORM:
            raise form("signature", "a Signature without its two first parts")
        rest = inside[2:]
        has_key = bool(rest) and rest[0].tag == f"{DSIG}KeyInfo"
        if {one.tag for one in rest[has_key:]} - {f"{DSIG}Object"}:
            raise form("signature", "a Signature with parts that are not its own")
        info = SignedInfo.read(inside[0])
        found = [meant(root, one.id) for one in info.references]
        octets = tuple(
            _octets(one, there, element)
            for one, there in zip(info.references, found, strict=True)
        )
        pairs = list(zip(info.references, found, octets, strict=True))
        return cls(
            info=info,
            value=decoded(inside[1]),
            certificates=tuple(_certificates(rest[0])) if has_key else (),
            octets=octets,
            properties=_properties(element, pairs),
            content=(covered or _content)(root, element, pairs),
            stamped_by=Stamp.first(element, inside[1]),
        )

    @property
    def stamped(self) -> bytes:
        """The element of its value, as its time-stamp is over it."""
        return self.stamped_by.over if self.stamped_by else self.value

    def stamp(self, oid: bytes) -> bytes | None:
        """The token of its time-stamp; none: the receipt's time counts."""
        return self.stamped_by.token if self.stamped_by else None

    def names(self, certificate: Certificate) -> bool:
        """Whether its SigningCertificate, if there is one, is about it."""
        return self.properties.names(certificate)

    def verified(self, pool: Sequence[Certificate]) -> tuple[Certificate, Verified]:
        """Whose it is, once it is right. Raises ``Fault``."""
        meant = dict.fromkeys((*self.certificates, *pool))
        if not meant:
            what = "no certificate of the signer came along or is known"
            raise Fault(Sub.NO_SIGNING_CERTIFICATE_FOUND, "signer.certificate", what)
        signer = next((one for one in meant if self.is_by(_key(one))), None)
        if signer is None:
            what = "the signature is not that of the signer's certificate"
            raise Fault(Sub.SIG_CRYPTO_FAILURE, "crypto.signature", what)
        self.check_digests()
        digests = {one.digest.name for one in self.info.references}
        return signer, Verified(
            certificate=signer.parsed,
            digest_algorithm=self.info.digest.name,
            signature_algorithm=self.info.scheme,
            digest=hashlib.sha256(self.content).digest(),
            signed_at=self.signed_at,
            others=frozenset(digests - {self.info.digest.name}),
        )

    @property
    def signed_at(self) -> datetime | None:
        """What the signer claims."""
        return self.properties.signed_at

    def is_by(self, key: Any) -> bool:
        """Whether this key made the value over the references."""
        info = self.info
        return is_signed_by(key, info.scheme, info.digest, self.value, info.octets)

    def check_digests(self) -> None:
        """Whether each reference is to what was signed. Raises ``Fault``."""
        for one, octets in zip(self.info.references, self.octets, strict=True):
            came = hashlib.new(one.digest.name, octets).digest()
            if not hmac.compare_digest(came, one.value):
                named = f"#{one.id}" if one.id else "the document"
                what = f"{named[:80]} is not what was signed"
                raise Fault(Sub.HASH_FAILURE, "crypto.content", what)


def _key(one: Certificate) -> Any:
    try:
        return one.public_key
    except ValueError:
        return None


def _certificates(key_info: Element) -> list[Certificate]:
    found = list[Certificate]()
    for one in list(key_info.iter(f"{DSIG}X509Certificate"))[:MOST_CERTIFICATES]:
        try:
            found.append(Certificate.read(decoded(one)))
        except Unreadable:
            continue
    return found


def meant(root: Element, id_: str) -> Element:
    """The one element that has this id, in any attribute spelled as an id.

    The empty one is the document. Raises ``Fault``.
    """
    if not id_:
        return root
    found: Any = root.xpath(_BY_ID, id=id_)
    if len(found) != 1:
        what = f"{len(found)} elements of the id {id_[:80]!r}"
        raise form("ids", what)
    one: Element = found[0]
    return one


def _octets(reference: Reference, there: Element, signature: Element) -> bytes:
    return canonical(
        there,
        reference.method,
        without=signature if reference.is_enveloped else None,
        prefixes=reference.prefixes,
        is_document=not reference.id,
    )


def _properties(signature: Element, pairs: Pairs) -> Properties:
    """The SignedProperties of XAdES, out of the octets that were signed."""
    there = list(signature.iter(f"{PROPERTIES}SignedProperties"))
    signed = [one for one in pairs if one[0].kind == Properties.KIND]
    if not there and not signed:
        return Properties()
    if len(there) != 1 or len(signed) != 1 or signed[0][1] is not there[0]:
        raise form("signed_properties", "SignedProperties that are not what is signed")
    return Properties.read(reread(signed[0][2]))


def _content(root: Element, signature: Element, pairs: Pairs) -> bytes:
    """The document, as far as it was signed. Raises ``Fault`` when that is a part."""
    business = [one for one in pairs if one[0].kind != Properties.KIND]
    for _, there, octets in business:
        if there is root and root is not signature:
            return octets
    for _, there, octets in business:
        if there.tag == f"{DSIG}Object" and there.getparent() is root is signature:
            held = _held(reread(octets))
            if held:
                return held
    if root.tag == "cXML":
        return _cxml(root, signature, business)
    raise form("coverage", "the signature is over a part of the document only")


def _held(found: Element) -> bytes:
    """What an Object holds: one element, or text, which may be base64; else nothing."""
    inside = children(found)
    if len(inside) == 1:
        return canonical(inside[0], Method())
    if len(found):
        return b""
    if found.get("Encoding") == _BASE64:
        return decoded(found)
    return (found.text or "").encode()


def _cxml(root: Element, signature: Element, business: Pairs) -> bytes:
    """A cXML document whose Request and payloadID are signed, and not its Header.

    The Header goes on as it came: what it says of the sender is held against whom the
    signature is of.
    """
    inside = [one for one in children(root) if one.tag != _SIGNATURE]
    if [one.tag for one in inside] not in (
        ["Header", "Request"],
        ["Header", "Message"],
    ):
        raise form("coverage", "a cXML document of other parts than are read")
    request = [octets for _, there, octets in business if there is inside[1]]
    info = [
        reread(octets)
        for _, there, octets in business
        if there.tag in (f"{DSIG}cXMLSignedInfo", "cXMLSignedInfo")
        and signature in there.iterancestors()
    ]
    if len(request) != 1 or len(info) != 1 or signature.getparent() is not root:
        what = "a cXML document whose Request and cXMLSignedInfo are not both signed"
        raise form("coverage", what)
    for name in ("payloadID", "signatureVersion"):
        if info[0].get(name) != root.get(name):
            raise form("coverage", f"another {name} than was signed")
    header = canonical(inside[0], Method())
    return b"".join((start_tag(root), header, request[0], b"</cXML>"))
