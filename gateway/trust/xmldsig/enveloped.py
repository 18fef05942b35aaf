"""Signing a document of UBL by XAdES-B, inside it, where its schema has a place."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree

from gateway.safexml import Element, Xml, read
from gateway.trust.keyring import PrivateKey
from gateway.trust.xmldsig.algorithms import SHA256, method_of, sign
from gateway.trust.xmldsig.canonical import METHODS, canonical
from gateway.trust.xmldsig.structure import DSIG, ENVELOPED, EXCLUSIVE
from gateway.trust.xmldsig.xades import PROPERTIES, Properties

__all__ = ["NotPlaced", "sign_inside"]

_UBL = "urn:oasis:names:specification:ubl:schema:xsd:"
_EXTENSIONS = f"{{{_UBL}CommonExtensionComponents-2}}UBLExtensions"
_URI = "urn:oasis:names:specification:ubl:dsig:enveloped:xades"
_DECLARATION = b'<?xml version="1.0" encoding="UTF-8"?>\n'
_PLACE = (
    '<ext:UBLExtensions xmlns:ext="{ubl}CommonExtensionComponents-2">'
    "<ext:UBLExtension><ext:ExtensionURI>{uri}</ext:ExtensionURI>"
    "<ext:ExtensionContent>"
    '<sig:UBLDocumentSignatures xmlns:sig="{ubl}CommonSignatureComponents-2">'
    '<sac:SignatureInformation xmlns:sac="{ubl}SignatureAggregateComponents-2">'
    '<ds:Signature xmlns:ds="{ds}" Id="signature"><ds:SignedInfo>'
    '<ds:CanonicalizationMethod Algorithm="{exclusive}"/>'
    '<ds:SignatureMethod Algorithm="{method}"/>'
    '<ds:Reference URI=""><ds:Transforms><ds:Transform Algorithm="{enveloped}"/>'
    '<ds:Transform Algorithm="{exclusive}"/></ds:Transforms>'
    '<ds:DigestMethod Algorithm="{digest}"/><ds:DigestValue/></ds:Reference>'
    '<ds:Reference Type="{kind}" URI="#signed-properties">'
    '<ds:Transforms><ds:Transform Algorithm="{exclusive}"/></ds:Transforms>'
    '<ds:DigestMethod Algorithm="{digest}"/><ds:DigestValue/></ds:Reference>'
    "</ds:SignedInfo><ds:SignatureValue/><ds:KeyInfo><ds:X509Data>{certificates}"
    "</ds:X509Data></ds:KeyInfo><ds:Object>"
    '<xades:QualifyingProperties xmlns:xades="{xades}" Target="#signature">'
    '<xades:SignedProperties Id="signed-properties">'
    "<xades:SignedSignatureProperties><xades:SigningTime>{at}</xades:SigningTime>"
    "<xades:SigningCertificateV2><xades:Cert><xades:CertDigest>"
    '<ds:DigestMethod Algorithm="{digest}"/>'
    "<ds:DigestValue>{sum}</ds:DigestValue></xades:CertDigest></xades:Cert>"
    "</xades:SigningCertificateV2></xades:SignedSignatureProperties>"
    "</xades:SignedProperties></xades:QualifyingProperties></ds:Object>"
    "</ds:Signature></sac:SignatureInformation></sig:UBLDocumentSignatures>"
    "</ext:ExtensionContent></ext:UBLExtension></ext:UBLExtensions>"
)


class NotPlaced(ValueError):
    """A document that has no place for a signature: it is no XML, or extended."""


def sign_inside(
    data: bytes,
    key: PrivateKey,
    certificate: x509.Certificate,
    *,
    chain: Sequence[x509.Certificate] = (),
    signed_at: datetime,
) -> bytes:
    """The document with our signature over all of it (XAdES-B, exclusive C14N).

    It stands in the first extension, as the profile of UBL for signatures has it; so
    the document must have none of its own. ``signed_at`` is in UTC.
    """
    root = _read(data).root
    if root.find(_EXTENSIONS) is not None:
        raise NotPlaced("a document with extensions of its own")
    root.insert(0, _place(key, certificate, chain, signed_at))
    (signature,) = root.iter(f"{DSIG}Signature")
    info, value = signature[0], signature[1]
    first, second = info.iter(f"{DSIG}DigestValue")
    (properties,) = root.iter(f"{PROPERTIES}SignedProperties")
    form = METHODS[EXCLUSIVE]
    whole = canonical(root, form, without=signature, is_document=True)
    first.text = _sum(whole)
    second.text = _sum(canonical(properties, form))
    value.text = _base64(sign(key, canonical(info, form)))
    return _DECLARATION + etree.tostring(root, encoding="UTF-8") + b"\n"


def _place(
    key: PrivateKey,
    certificate: x509.Certificate,
    chain: Sequence[x509.Certificate],
    signed_at: datetime,
) -> Element:
    der = [one.public_bytes(Encoding.DER) for one in (certificate, *chain)]
    shown = "".join(
        f"<ds:X509Certificate>{_base64(one)}</ds:X509Certificate>" for one in der
    )
    text = _PLACE.format(
        ubl=_UBL,
        uri=_URI,
        ds=DSIG.strip("{}"),
        xades=PROPERTIES.strip("{}"),
        exclusive=EXCLUSIVE,
        enveloped=ENVELOPED,
        method=method_of(key),
        digest=SHA256,
        kind=Properties.KIND,
        certificates=shown,
        at=f"{signed_at:%Y-%m-%dT%H:%M:%SZ}",
        sum=_sum(der[0]),
    )
    return _read(text.encode()).root


def _read(data: bytes) -> Xml:
    found = read(data, is_whole=True)
    if not isinstance(found, Xml):
        raise NotPlaced(found.what)
    return found


def _sum(data: bytes) -> str:
    return _base64(hashlib.sha256(data).digest())


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
