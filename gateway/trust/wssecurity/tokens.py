"""Whose signature it is, as KeyInfo says it: a token that came along, or a name."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from gateway.safexml import Element, text_of
from gateway.trust.pki.certificate import Certificate, Unreadable
from gateway.trust.wssecurity.names import BASE64, WSSE, X509
from gateway.trust.xmldsig.structure import DSIG, children, decoded, form

__all__ = ["TOKEN", "Meant", "meant_by"]

TOKEN = f"{{{WSSE}}}BinarySecurityToken"
Meant: TypeAlias = Callable[[Certificate], bool]
"""Whether a certificate is the one that is named."""

_REFERENCE = f"{{{WSSE}}}SecurityTokenReference"
_DIRECT, _KEY_ID = f"{{{WSSE}}}Reference", f"{{{WSSE}}}KeyIdentifier"
_V3 = f"{X509}#X509v3"
_THUMBPRINT = "#ThumbprintSHA1"
_SKI = "#X509SubjectKeyIdentifier"


@dataclass(frozen=True, slots=True)
class Token:
    """The certificates that a KeyInfo brings along, and which one it means."""

    along: tuple[Certificate, ...]
    is_meant: Meant


def meant_by(key_info: Element | None, find: Callable[[str], Element]) -> Token:
    """What a KeyInfo names; ``find`` gives the one element of an id. Raises ``Fault``.

    A token of the message, its key identifier, its issuer and number, its SHA-1 (a
    name here, which nothing rests on), or the certificate itself.
    """
    inside = [] if key_info is None else children(key_info)
    if len(inside) == 1 and inside[0].tag == _REFERENCE:
        inside = children(inside[0])
    if len(inside) != 1:
        raise form("token", "KeyInfo that does not name one certificate")
    (one,) = inside
    if one.tag == _DIRECT:
        return _direct(one, find)
    if one.tag == _KEY_ID:
        return _key_identifier(one)
    if one.tag == f"{DSIG}X509Data":
        return _x509_data(one)
    raise form("token", "a KeyInfo of another kind than is read")


def _direct(element: Element, find: Callable[[str], Element]) -> Token:
    """A token that stands in the message."""
    uri = element.get("URI", "")
    if not uri.startswith("#"):
        raise form("token", f"a token at {uri[:80]!r}: nothing is fetched")
    token = find(uri[1:])
    if token.tag != TOKEN:
        raise form("token", "a reference to something that is no token")
    if token.get("ValueType") != _V3:
        raise form("token", "a token that is no X.509 certificate of version 3")
    if token.get("EncodingType", BASE64) != BASE64:
        raise form("token", "a token that is not in base64")
    return _itself(token)


def _key_identifier(element: Element) -> Token:
    kind = element.get("ValueType", "")
    if kind == _V3:
        return _itself(element)
    value = decoded(element)
    if kind.endswith(_SKI):
        return Token((), lambda one: one.key_id == value)
    if kind.endswith(_THUMBPRINT):
        return Token((), lambda one: _sha1(one.der) == value)
    raise form("token", "a key identifier of another kind than is read")


def _x509_data(data: Element) -> Token:
    """The certificate, or its issuer and number: the number is what is looked for."""
    certificate = data.find(f"{DSIG}X509Certificate")
    if certificate is not None:
        return _itself(certificate)
    key_id = data.find(f"{DSIG}X509SKI")
    if key_id is not None:
        value = decoded(key_id)
        return Token((), lambda one: one.key_id == value)
    number = text_of(data.find(f"{DSIG}X509IssuerSerial/{DSIG}X509SerialNumber"))
    if not number.isascii() or not number.isdigit() or len(number) > 50:
        raise form("token", "X509Data without a certificate or its number")
    return Token((), lambda one: one.serial == int(number))


def _itself(element: Element) -> Token:
    try:
        certificate = Certificate.read(decoded(element))
    except Unreadable as problem:
        raise form("token", str(problem)) from None
    return Token((certificate,), lambda one: one == certificate)


def _sha1(der: bytes) -> bytes:
    return hashlib.sha1(der, usedforsecurity=False).digest()
