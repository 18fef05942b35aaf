"""The parts of a Signature, held strictly to the form that is read.

Only references to this document (empty, or ``#id``), only the enveloped transform and
canonical forms: nothing is fetched and nothing of the document is run.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass

from gateway.findings import Finding
from gateway.safexml import Element, read
from gateway.trust.algorithms import Digest
from gateway.trust.report import Fault, Sub
from gateway.trust.xmldsig.algorithms import DIGEST_BY_NAME, SIGNATURES
from gateway.trust.xmldsig.canonical import METHODS, Method, canonical

__all__ = [
    "DSIG",
    "ENVELOPED",
    "EXCLUSIVE",
    "Reference",
    "SignedInfo",
    "children",
    "decoded",
    "form",
    "method_of",
    "reread",
]

DSIG = "{http://www.w3.org/2000/09/xmldsig#}"
EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
ENVELOPED = "http://www.w3.org/2000/09/xmldsig#enveloped-signature"
_PREFIXES = f"{{{EXCLUSIVE}}}InclusiveNamespaces"
_MOST_REFERENCES = 16


def form(constraint: str, what: str) -> Fault:
    """The fault of a form that is not read."""
    return Fault(Sub.FORMAT_FAILURE, f"structure.{constraint}", what)


def children(element: Element) -> list[Element]:
    """The elements in an element."""
    return list(element.iterchildren("*"))


def decoded(element: Element) -> bytes:
    """The octets that stand in an element in base64."""
    if children(element):
        raise form("signature", "elements in a value in base64")
    text = "".join("".join(map(str, element.itertext())).split())
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise form("signature", "a value that is no base64") from None


def reread(octets: bytes) -> Element:
    """The element in octets that were digested: what is read is what was signed."""
    found = read(octets)
    if isinstance(found, Finding):
        raise form("signature", found.what)
    return found.root


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """What is signed: an element by its id (the document where it is empty)."""

    id: str
    kind: str
    is_enveloped: bool
    method: Method
    prefixes: frozenset[str]
    digest: Digest
    value: bytes

    @classmethod
    def read(cls, element: Element) -> Reference:
        """From its element. Raises ``Fault``."""
        uri = element.get("URI")
        if uri is None or (uri and (uri[0] != "#" or len(uri) == 1 or "(" in uri)):
            what = f"a reference to {uri!r}: only this document and its ids are read"
            raise form("reference", what[:200])
        inside = children(element)
        transforms: Sequence[Element] = ()
        if inside and inside[0].tag == f"{DSIG}Transforms":
            transforms = children(inside.pop(0))
        if [one.tag for one in inside] != [f"{DSIG}DigestMethod", f"{DSIG}DigestValue"]:
            raise form("signature", "a reference without one digest")
        is_enveloped, method, prefixes = _transformed(transforms)
        return cls(
            id=uri[1:],
            kind=element.get("Type", ""),
            is_enveloped=is_enveloped,
            method=method,
            prefixes=prefixes,
            digest=_digest(inside[0]),
            value=decoded(inside[1]),
        )


def _transformed(found: Sequence[Element]) -> tuple[bool, Method, frozenset[str]]:
    """Enveloped at most once and first, then at most one canonical form."""
    names = [one.get("Algorithm", "") for one in found]
    is_enveloped = names[:1] == [ENVELOPED]
    if is_enveloped and children(found[0]):
        raise form("transform", "the enveloped transform has no parameters")
    rest = found[1:] if is_enveloped else found
    if not rest:
        return is_enveloped, Method(), frozenset()
    if len(rest) > 1 or rest[0].tag != f"{DSIG}Transform":
        what = "more than the enveloped transform and one canonical form"
        raise form("transform", f"{what}: {', '.join(names)}"[:200])
    method, prefixes = method_of(rest[0], "transform")
    # a reference to the document or an id is to what it holds without comments
    bare = Method(is_exclusive=method.is_exclusive, is_later=method.is_later)
    return is_enveloped, bare, prefixes


def method_of(element: Element, where: str) -> tuple[Method, frozenset[str]]:
    """A canonical form with its prefixes; nothing else is read."""
    name = element.get("Algorithm", "")
    method = METHODS.get(name)
    if method is None:
        raise form(
            where, f"{name or 'nothing'} is no canonical form that is read"[:200]
        )
    inside = children(element)
    if not inside:
        return method, frozenset()
    if len(inside) > 1 or inside[0].tag != _PREFIXES or not method.is_exclusive:
        raise form(where, "a canonical form with parameters that are not its own")
    listed = inside[0].get("PrefixList", "").split()
    return method, frozenset("" if one == "#default" else one for one in listed)


def _digest(element: Element) -> Digest:
    name = element.get("Algorithm", "")
    digest = DIGEST_BY_NAME.get(name)
    if digest is None or children(element):
        raise _unread(f"the digest {name}")
    return digest


def _unread(what: str) -> Fault:
    sub = Sub.CRYPTO_CONSTRAINTS_FAILURE_NO_POE
    return Fault(sub, "crypto.algorithm", f"{what} is not read"[:200])


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedInfo:
    """What the signature value is over: octets, and the references in them."""

    octets: bytes
    scheme: str
    digest: Digest
    references: tuple[Reference, ...]

    @classmethod
    def read(cls, element: Element) -> SignedInfo:
        """From its element; what counts is read out of its canonical octets."""
        first = children(element)[:1]
        if [one.tag for one in first] != [f"{DSIG}CanonicalizationMethod"]:
            raise form("signature", "SignedInfo without its canonical form")
        method, prefixes = method_of(first[0], "canonical_form")
        octets = canonical(element, method, prefixes=prefixes)
        inside = children(reread(octets))
        if len(inside) < 3:  # its two methods, and references
            raise form("signature", "SignedInfo without a method or references")
        again, how, *references = inside
        if method_of(again, "canonical_form") != (method, prefixes):
            raise form("canonical_form", "another canonical form than was signed")
        if {one.tag for one in references} != {f"{DSIG}Reference"}:
            raise form("signature", "SignedInfo is not a list of references")
        if len(references) > _MOST_REFERENCES:
            what = f"more than {_MOST_REFERENCES} references"
            raise Fault(Sub.FORMAT_FAILURE, "limits.references", what)
        scheme, digest = _scheme(how)
        return cls(
            octets=octets,
            scheme=scheme,
            digest=digest,
            references=tuple(map(Reference.read, references)),
        )


def _scheme(element: Element) -> tuple[str, Digest]:
    name = element.get("Algorithm", "")
    found = SIGNATURES.get(name) if element.tag == f"{DSIG}SignatureMethod" else None
    if found is None or children(element):
        raise _unread(f"the signature {name}")
    return found
