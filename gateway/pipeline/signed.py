"""A signed document opened layer by layer: only what was signed comes out.

CMS beside the document, around it, in MIME or bare, in DER, BER, PEM or base64, and
encrypted to us; signatures in XML, messages in SOAP: layers come in any order, and a
document without any is unsigned.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from gateway.as2.headers import Headers, media_type
from gateway.as2.mime import Head, Splitter, Strange, transfer
from gateway.edi.foreign import looks
from gateway.pipeline.soap import judge_message, submitted
from gateway.trust.cms import CmsFault, Decompressing, Decrypting, Holder, content_kind
from gateway.trust.judging import (
    Asked,
    Judged,
    judge,
    judge_opened,
    refused,
    unsigned,
)
from gateway.trust.opened import OpenedSignature, of_cms
from gateway.trust.report import Fault, Sub
from gateway.trust.wssecurity.envelope import is_envelope
from gateway.trust.xmldsig.opened import OpenedXml, is_marked

__all__ = ["is_beside", "open_signed"]

_MOST_LAYERS = 6
_ARMOUR = re.compile(
    rb"\s*-----BEGIN (?:PKCS ?#?7|CMS)-----\s+([A-Za-z0-9+/=\s]+)-----END "
    rb"(?:PKCS ?#?7|CMS)-----\s*"
)
_BASE64 = re.compile(rb"\s*MI[A-Za-z0-9+/\s]+={0,2}\s*")
_MIME = re.compile(rb"(?:[!-9;-~]+:[^\r\n]*\r?\n(?:[ \t][^\r\n]*\r?\n)*)+\r?\n")
_PKCS7 = ("application/pkcs7-mime", "application/x-pkcs7-mime")
_LAYERED = ("content-type", "content-transfer-encoding", "mime-version")


@dataclass(frozen=True, slots=True)
class _Inside:
    """What a layer opened to, and what was found out about it."""

    data: bytes
    judged: Judged | None = None


def open_signed(
    asked: Asked,
    data: bytes,
    signature: bytes | None = None,
    holders: Sequence[Holder] = (),
) -> Judged:
    """Judge a document; ``signature`` is one that came beside it, in a file of its own.

    ``holders`` are certificates of ours with their keys, for what came encrypted. The
    content of the innermost layer is given, and only when every signature around it is
    believed: octets that no signature is over never come out.
    """
    try:
        if signature is not None:
            found = judge(asked, _bare(signature), data)
            return _within(asked, found, holders)
        return _opened(asked, data, holders)
    except CmsFault as fault:
        return refused(asked, of_cms(fault))
    except Strange as strange:
        return refused(asked, _format("structure.mime", str(strange)))


def is_beside(data: bytes) -> bool:
    """Whether this is a signature without the content that it is over."""
    try:
        return OpenedSignature.read(_bare(data)).content is None
    except CmsFault:
        return False


def _within(asked: Asked, found: Judged, holders: Sequence[Holder]) -> Judged:
    """What is inside a signed layer: perhaps a MIME entity, or further layers."""
    if found.content is None:
        return found
    inner = _opened(asked, found.content, holders, outer=found)
    return inner


def _opened(
    asked: Asked,
    data: bytes,
    holders: Sequence[Holder],
    outer: Judged | None = None,
) -> Judged:
    """The layers from the outermost in; a believed one is remembered as ``outer``."""
    for _ in range(_MOST_LAYERS):
        inside = _layer(asked, data, holders)
        if inside is None:
            break
        if inside.judged is not None:
            if inside.judged.content is None:
                return inside.judged
            outer = _both(outer, inside.judged)
        data = inside.data
    else:
        return refused(asked, _format("limits.layers", "too many layers in another"))
    if outer is None:
        known = looks(data)
        return (
            unsigned(asked, f"nobody signed it: {known}") if known else unsigned(asked)
        )
    return replace(outer, content=data)


def _both(outer: Judged | None, inner: Judged) -> Judged:
    """Two believed layers: the signers of both count, and each one's permission."""
    if outer is None:
        return inner
    held = next((one for one in (outer, inner) if one.is_held), inner)
    signers = (*outer.report.signers, *inner.report.signers)
    return replace(
        held,
        report=replace(held.report, signers=signers),
        permissions=(*outer.permissions, *inner.permissions),
        chain=tuple(dict.fromkeys((*outer.chain, *inner.chain))),
        message=outer.message or inner.message,
    )


def _layer(asked: Asked, data: bytes, holders: Sequence[Holder]) -> _Inside | None:
    """Open one layer; none: this is the document itself."""
    bare = _bare(data)
    kind = content_kind(bare[:32])
    if kind == "signed-data":
        judged = judge(asked, bare)
        return _Inside(judged.content or b"", judged)
    if kind == "compressed-data":
        return _Inside(_fed(Decompressing(), bare))
    if kind is not None:
        return _Inside(_fed(Decrypting(holders), bare))
    if is_envelope(data):
        judged = submitted(judge_message(asked, data))
        return _Inside(judged.content or b"", judged)
    return _xml(asked, data) if is_marked(data) else _mime(asked, data)


def _xml(asked: Asked, data: bytes) -> _Inside | None:
    """A document in XML: what its signatures are over."""
    try:
        opened = OpenedXml.read(data)
    except Fault as fault:
        return _Inside(b"", refused(asked, fault))
    if opened is None:
        return None
    judged = judge_opened(asked, opened, "xml")
    return _Inside(judged.content or b"", judged)


def _fed(layer: Decompressing | Decrypting, data: bytes) -> bytes:
    begun = layer.feed(data)
    return begun + b"".join(layer.finish())


def _bare(data: bytes) -> bytes:
    """A CMS structure out of its PEM or base64; anything else as it is."""
    if data[:1] == b"\x30":
        return data
    armoured = _ARMOUR.fullmatch(data)
    text = armoured[1] if armoured else data
    if armoured or _BASE64.fullmatch(data):
        try:
            return base64.b64decode(b"".join(text.split()), validate=True)
        except binascii.Error:
            return data
    return data


def _mime(asked: Asked, data: bytes) -> _Inside | None:
    """A MIME entity: signed with its signature beside it, or with a layer inside."""
    if not _MIME.match(data):
        return None
    head = Head()
    body = head.feed(data)
    headers = Headers.read(head.raw)
    kind = media_type(headers.get("Content-Type"))
    if body is None or not any(name in headers for name in _LAYERED):
        return None
    if kind.kind == "multipart/signed":
        judged = _beside(asked, body, kind.get("boundary"))
        return _Inside(judged.content or b"", judged)
    decoder = transfer(headers.get("Content-Transfer-Encoding"))
    inside = decoder.feed(body) + decoder.finish()
    if kind.kind in _PKCS7:
        inside = _bare(inside)
        if content_kind(inside[:32]) is None:
            what = "application/pkcs7-mime whose content is no CMS structure"
            raise Strange(what)
    return _Inside(inside)


def _beside(asked: Asked, body: bytes, boundary: str) -> Judged:
    """A multipart/signed (RFC 1847): exactly a content and its signature."""
    if not boundary:
        raise Strange("multipart/signed without a boundary")
    splitter = Splitter(boundary)
    parts: dict[int, bytes] = {}
    for at, piece in (*splitter.feed(body), *splitter.finish()):
        parts[at] = parts.get(at, b"") + (piece or b"")
    if len(parts) != 2:
        raise Strange("multipart/signed that is not a content and its signature")
    head = Head()
    encoded = head.feed(parts[1])
    if encoded is None:
        raise Strange("a signature without an end of its MIME head")
    decoder = transfer(Headers.read(head.raw).get("Content-Transfer-Encoding"))
    found = _bare(decoder.feed(encoded) + decoder.finish())
    return judge(asked, found, parts[0])


def _format(constraint: str, what: str) -> Fault:
    return Fault(Sub.FORMAT_FAILURE, constraint, what)
