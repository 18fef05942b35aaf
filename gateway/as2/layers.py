"""The layers of an AS2 message: each takes bytes, and hands what is inside further in.

Layers come in any order and number up to six: encrypted, signed, compressed, and at the
end the payload. The outermost fault counts: what an inner layer makes of bytes that the
outer one disproves later tells nothing (and helps no attacker).
"""

from __future__ import annotations

import re

from gateway.as2 import fault as faults
from gateway.as2.fault import Fault
from gateway.as2.headers import Headers, MediaType, media_type
from gateway.as2.micalg import Digests, digest_name
from gateway.as2.mime import Head, Splitter, Strange, transfer
from gateway.as2.opened import Kind, Layer
from gateway.as2.payloads import Document, Node, Passed, is_receipt
from gateway.as2.reading import Reading
from gateway.as2.signatures import Canonical, readable, signature_bytes, verify
from gateway.findings import Finding
from gateway.trust.cms import (
    CmsFault,
    Decompressing,
    Decrypting,
    SignedContent,
    Verified,
    content_kind,
)
from gateway.trust.cms import Kind as CmsKind
from gateway.trust.keyring import Use
from gateway.trust.layer import Layer as CmsLayer

__all__ = ["Content"]

MAX_DEPTH = 6
_MAX_SIGNATURE = 512 * 1024
_BEGINNING = 32
_PKCS7 = ("application/pkcs7-mime", "application/x-pkcs7-mime")
_CERTIFICATES = "application/ediint-cert-exchange+xml"
_TEXT = re.compile(r"text/.*|application/(edi|xml|json).*|.*\+xml")


class Content:
    """The body behind a MIME head: undoes its encoding, and finds the right layer."""

    def __init__(
        self, read: Reading, headers: Headers, depth: int, *, attached: bool = False
    ) -> None:
        self._read, self._depth = read, depth
        self._decoder = transfer(headers.get("Content-Transfer-Encoding"))
        self._node: Node | None = None
        try:
            self._node = _node(read, headers, depth, attached=attached)
        except Fault as wrong:
            read.note(wrong, depth)

    def feed(self, data: bytes) -> None:
        """Take in more of the body. After a fault the rest is passed over."""
        if self._node is not None:
            with _Noting(self, self._read, self._depth):
                self._node.feed(self._decoder.feed(data))

    def finish(self) -> None:
        """The end of the body."""
        if self._node is not None:
            with _Noting(self, self._read, self._depth):
                self._node.feed(self._decoder.finish())
                self._node.finish()

    def give_up(self) -> None:
        """Pass over what still comes."""
        self._node = None


class _Noting:
    """Turns what a layer raises into a fault of the message, and gives the layer up."""

    __slots__ = ("_content", "_depth", "_read")

    def __init__(self, content: Content, read: Reading, depth: int) -> None:
        self._content, self._read, self._depth = content, read, depth

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, wrong: BaseException | None, _: object) -> bool:
        if isinstance(wrong, Strange):
            wrong = faults.mime(str(wrong))
        if not isinstance(wrong, Fault):
            return False
        self._read.note(wrong, self._depth)
        self._content.give_up()
        return True


def _node(read: Reading, headers: Headers, depth: int, *, attached: bool) -> Node:
    """The layer that a MIME head announces."""
    kind = media_type(headers.get("Content-Type"))
    if depth > MAX_DEPTH:
        raise faults.mime("more than six layers, one in another")
    if not attached:
        if kind.kind in _PKCS7:
            return _Cms(read, kind, depth)
        if kind.kind == "multipart/signed":
            return _Signed(read, _boundary(kind), kind.get("micalg"), depth)
    digests = None if attached or depth else read.cover("the body", depth)
    if is_receipt(kind):
        read.kind = Kind.RECEIPT
        return Passed(digests)
    if _CERTIFICATES in (kind.kind, kind.get("type").lower()):
        read.kind = Kind.CERTIFICATE_EXCHANGE
        return Passed(digests)
    if not attached and kind.kind in ("multipart/related", "multipart/mixed"):
        return _Attachments(read, _boundary(kind), depth, digests)
    return Document(read, headers, kind, digests)


def _boundary(kind: MediaType) -> str:
    boundary = kind.get("boundary")
    if not 0 < len(boundary) <= 200:
        raise faults.mime(f"{kind.kind} without a boundary")
    return boundary


class _Entity:
    """A whole MIME entity: its head, then its body.

    ``garbled`` is the fault of the layer around it, where a wrong key could have made
    what is no MIME at all.
    """

    __slots__ = (
        "_body",
        "_depth",
        "_digests",
        "_garbled",
        "_head",
        "_over",
        "_read",
        "kind",
    )

    def __init__(
        self,
        read: Reading,
        depth: int,
        digests: Digests | None = None,
        *,
        garbled: Fault | None = None,
    ) -> None:
        self._read, self._depth = read, depth
        self._digests, self._garbled = digests, garbled
        self._head = Head()
        self._body: Content | None = None
        self._over = False
        self.kind = ""

    def feed(self, data: bytes) -> None:
        if self._digests is not None:
            self._digests.feed(data)
        if self._body is not None:
            self._body.feed(data)
        elif data and not self._over:
            self._begin(data)

    def _begin(self, data: bytes) -> None:
        try:
            rest = self._head.feed(data)
        except Strange as wrong:
            self._stop(faults.mime(str(wrong)))
            return
        if rest is None:
            return
        headers = Headers.read(self._head.raw)
        if self._garbled is not None and not _is_mime(headers):
            self._stop(self._garbled)
            return
        self.kind = media_type(headers.get("Content-Type")).kind
        self._body = Content(self._read, headers, self._depth)
        self._body.feed(rest)

    def finish(self) -> None:
        if self._body is not None:
            self._body.finish()
        elif not self._over:
            self._stop(faults.mime("a MIME head without an end"))

    def _stop(self, fault: Fault) -> None:
        """Pass over the rest. The fault is that of the layer around, if it garbled."""
        self._over = True
        if self._garbled is None:
            self._read.note(fault, self._depth)
        else:
            self._read.note(self._garbled, self._depth - 1)


def _is_mime(headers: Headers) -> bool:
    return any(name.lower().startswith(("content-", "mime-")) for name, _ in headers)


class _Attachments:
    """A multipart of several documents (RFC 6362): each is a payload of its own."""

    __slots__ = ("_bodies", "_depth", "_digests", "_head", "_read", "_splitter")

    def __init__(
        self, read: Reading, boundary: str, depth: int, digests: Digests | None
    ) -> None:
        self._read, self._depth, self._digests = read, depth, digests
        self._splitter = Splitter(boundary)
        self._head = Head()
        self._bodies: list[Content | None] = []

    def feed(self, data: bytes) -> None:
        if self._digests is not None:
            self._digests.feed(data)
        for index, piece in self._splitter.feed(data):
            self._part(index, piece)

    def _part(self, index: int, piece: bytes | None) -> None:
        if index == len(self._bodies):
            self._head = Head()
            self._bodies.append(None)
        body = self._bodies[index]
        if piece is None:
            if body is None:
                raise faults.mime("a part without an end of its MIME head")
            body.finish()
        elif body is not None:
            body.feed(piece)
        elif (rest := self._head.feed(piece)) is not None:
            headers = Headers.read(self._head.raw)
            body = Content(self._read, headers, self._depth + 1, attached=True)
            self._bodies[index] = body
            body.feed(rest)

    def finish(self) -> None:
        for index, piece in self._splitter.finish():
            self._part(index, piece)
        if not self._splitter.closed:
            raise faults.mime("a multipart whose last boundary line is missing")


class _Signed:
    """A multipart/signed (RFC 1847): the content, then the signature over it."""

    __slots__ = (
        "_canonical",
        "_content",
        "_depth",
        "_digests",
        "_ended",
        "_read",
        "_signature",
        "_slot",
        "_splitter",
    )

    def __init__(self, read: Reading, boundary: str, micalg: str, depth: int) -> None:
        self._read, self._depth = read, depth
        self._slot = read.begin("signed")
        what = "the signed part with its MIME header"
        hint = digest_name(micalg)
        self._digests = read.cover(what, depth, signed=True, hint=hint)
        lenient = "line_ends" in read.agreement.legacy
        self._canonical = Canonical(Digests((hint,))) if lenient else None
        self._splitter = Splitter(boundary)
        self._content = _Entity(read, depth + 1)
        self._signature = b""
        self._ended = 0

    def feed(self, data: bytes) -> None:
        self._take(self._splitter.feed(data))

    def finish(self) -> None:
        self._take(self._splitter.finish())
        if self._ended < 2:
            raise faults.unsigned("a multipart/signed without its signature")
        try:
            self._read.verified(self._slot, self._verified())
        except Strange as wrong:
            raise faults.unsigned(str(wrong)) from None
        except CmsFault as wrong:
            _unverified(self._read, wrong)

    def _take(self, pieces: list[tuple[int, bytes | None]]) -> None:
        for index, piece in pieces:
            if piece is None:
                self._ended += 1
                if index == 0:
                    self._content.finish()
            elif index == 0:
                self._take_content(piece)
            elif index > 1 or len(self._signature) > _MAX_SIGNATURE:
                raise faults.mime("more than a content and its signature")
            else:
                self._signature += piece

    def _take_content(self, piece: bytes) -> None:
        self._digests.feed(piece)
        if self._canonical is not None:
            self._canonical.feed(piece)
        self._content.feed(piece)

    def _verified(self) -> Verified:
        """Who signed; where it is agreed, also over the text with CR LF line ends."""
        signature, read = signature_bytes(self._signature), self._read
        try:
            return verify(signature, self._digests, read.agreement, read.now)
        except CmsFault as wrong:
            wrong_ends = self._canonical
            if wrong_ends is None or not _TEXT.fullmatch(self._content.kind):
                raise
            try:
                found = verify(signature, wrong_ends.digests, read.agreement, read.now)
            except CmsFault:
                raise wrong from None
        what = "what was signed has CR LF where LF came; legacy allows it"
        read.findings.append(Finding.of("TRU-409", what))
        if read.covered is self._digests:
            read.covered = wrong_ends.digests
        return found


def _unverified(read: Reading, wrong: CmsFault) -> None:
    """A signature that is not right ends the message, unless that is agreed."""
    fault = faults.signature(wrong)
    is_allowed = "unverified" in read.agreement.legacy
    if wrong.kind is not CmsKind.AUTHENTICATION or not is_allowed:
        raise fault
    read.unverified = fault


class _Cms:
    """An application/pkcs7-mime: its own first bytes say which structure it is."""

    __slots__ = ("_begun", "_depth", "_kind", "_node", "_read")

    def __init__(self, read: Reading, kind: MediaType, depth: int) -> None:
        self._read, self._depth = read, depth
        self._kind = kind.get("smime-type").lower()
        self._begun = b""
        self._node: _Layer | None = None

    def feed(self, data: bytes) -> None:
        if self._node is not None:
            self._node.feed(data)
            return
        self._begun += data
        if len(self._begun) >= _BEGINNING:
            self._begin()

    def _begin(self) -> None:
        kind = content_kind(self._begun[:_BEGINNING])
        if kind is None:
            raise self._unknown()
        if kind == "signed-data":
            self._node = _Opaque(self._read, self._depth)
        elif kind == "compressed-data":
            self._node = _Compressed(self._read, self._depth)
        else:
            self._node = _Encrypted(self._read, self._depth)
        begun, self._begun = self._begun, b""
        self._node.feed(begun)

    def _unknown(self) -> Fault:
        """What is said of bytes that are no CMS, by what they were said to be."""
        what = "application/pkcs7-mime whose content is no CMS structure"
        if self._kind == "compressed-data":
            return faults.decompression(what)
        if self._kind == "signed-data":
            return faults.unsigned(what)
        return faults.decryption() if self._kind else faults.mime(what)

    def finish(self) -> None:
        if self._node is None:
            self._begin()
        assert self._node is not None
        self._node.finish()


class _Layer:
    """One CMS structure around a MIME entity."""

    __slots__ = ("_cms", "_depth", "_inside", "_read", "_slot")

    _cms: CmsLayer
    _inside: _Entity

    def __init__(self, read: Reading, depth: int, kind: str) -> None:
        self._read, self._depth = read, depth
        self._slot = read.begin(kind)

    def feed(self, data: bytes) -> None:
        try:
            content = self._cms.feed(data)
        except CmsFault as wrong:
            raise self._fault(wrong) from None
        self._inside.feed(content)

    def finish(self) -> None:
        try:
            for content in self._cms.finish():
                self._inside.feed(content)
            self._finished()
        except CmsFault as wrong:
            raise self._fault(wrong) from None
        self._inside.finish()

    def _finished(self) -> None:
        """Keep what the structure turned out to be."""

    def _fault(self, wrong: CmsFault) -> Fault:
        return faults.decompression(wrong.what)


class _Encrypted(_Layer):
    """EnvelopedData or AuthEnvelopedData: any of our keys may open it."""

    __slots__ = ()

    _cms: Decrypting

    def __init__(self, read: Reading, depth: int) -> None:
        super().__init__(read, depth, "encrypted")
        keys = read.agreement.keyring.ours.decrypting()
        recipients = [(key.certificate, key.private_key) for key in keys]
        hold = read.hold() if read.hold else None
        self._cms = Decrypting(recipients, hold=hold, limits=read.limits)
        digests = read.cover("the decrypted entity with its MIME header", depth + 1)
        self._inside = _Entity(read, depth + 1, digests, garbled=faults.decryption())

    def _finished(self) -> None:
        told = self._cms.told
        assert told is not None
        self._read.layers[self._slot] = Layer(
            "encrypted", (told.cipher, told.transport)
        )
        self._read.ciphers.append(told.cipher)

    def _fault(self, wrong: CmsFault) -> Fault:
        return faults.decryption(wrong)


class _Compressed(_Layer):
    """CompressedData, before or after signing (RFC 5402)."""

    __slots__ = ()

    def __init__(self, read: Reading, depth: int) -> None:
        super().__init__(read, depth, "compressed")
        self._cms = Decompressing(limits=read.limits)
        digests = read.cover("the decompressed entity with its MIME header", depth + 1)
        self._inside = _Entity(read, depth + 1, digests)

    def _finished(self) -> None:
        self._read.layers[self._slot] = Layer("compressed", ("zlib",))


class _Opaque(_Layer):
    """SignedData with the content inside."""

    __slots__ = ()

    _cms: SignedContent

    def __init__(self, read: Reading, depth: int) -> None:
        super().__init__(read, depth, "signed")
        known = read.agreement.keyring.theirs.verifying(Use.AS2_SIGN, read.now)
        digests = readable(read.agreement)
        self._cms = SignedContent(known, digests=digests, limits=read.limits)
        what = "the signed entity with its MIME header"
        seen = read.cover(what, depth, signed=True)
        self._inside = _Entity(read, depth + 1, seen)

    def finish(self) -> None:
        try:
            for content in self._cms.finish():
                self._inside.feed(content)
            self._read.verified(self._slot, self._cms.verified)
        except CmsFault as wrong:
            _unverified(self._read, wrong)
        self._inside.finish()

    def _fault(self, wrong: CmsFault) -> Fault:
        return faults.signature(wrong)
