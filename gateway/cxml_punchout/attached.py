"""What one request brought: the cXML document, and files beside it (RFC 2387)."""

from __future__ import annotations

import binascii
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import Message
from email.parser import BytesHeaderParser
from urllib.parse import unquote

from gateway.cxml_punchout.forms import read_form
from gateway.findings import Finding, Findings, Where
from gateway.safexml import Element, path_of, text_of

__all__ = [
    "Attached",
    "Parts",
    "attachment_findings",
    "framed",
    "framed_parts",
    "read_parts",
]

MAX_PARTS = 200
_BOUNDARY = b"cxml-"
_FIRST_LINE = re.compile(
    rb"\s*--([0-9A-Za-z'()+_,./:=? -]{1,70}?)[ \t]*\r?\nContent-", re.I
)
_MAX_HEAD = 16_384
_FORM = "application/x-www-form-urlencoded"
_DECLARATION = re.compile(r"\A\s*<\?xml\s[^>]*\?>")
_XML = re.compile(rb"[\s\xef\xbb\xbf]*+<")
_BASE64 = re.compile(rb"[A-Za-z0-9+/\s]*+={0,2}\s*+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Attached:
    """A file beside the document, known by its ``content_id`` without < and >."""

    content_id: str
    media_type: str
    name: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What one transmission holds: the document, and its attachments."""

    document: bytes
    attached: tuple[Attached, ...] = ()


def read_parts(data: bytes, content_type: str) -> Parts | Finding:
    """The document and what came with it, whatever the body of the request is.

    Of a multipart it is the part that ``start`` names, else the first; of a form its
    field (``forms.read_form``); of any other media type all data are the document, and
    so they are of a form that begins as XML does.
    """
    head = Message()
    head["Content-Type"] = " ".join(content_type.split())
    if head.get_content_type() == _FORM and not _XML.match(data):
        held = read_form(data)
        if isinstance(held, str):  # the form's characters count, not what is declared
            held = _DECLARATION.sub("", held, count=1).encode()
        return Parts(document=held) if isinstance(held, bytes) else held
    if head.get_content_maintype() != "multipart":
        return Parts(document=data)
    return _multipart(head, data)


def _multipart(head: Message, data: bytes) -> Parts | Finding:
    boundary = head.get_boundary()
    if not boundary or len(boundary) > 70 or not boundary.isascii():
        return Finding.of("CXM-030", "Content-Type names no boundary")
    cut = re.split(
        rb"(?:\A|\r?\n)--" + re.escape(boundary.encode()) + rb"(--)?[ \t]*(?=\r?\n|\Z)",
        data,
        maxsplit=MAX_PARTS + 1,
    )
    ends = [mark is not None for mark in cut[1::2]]
    if True not in ends:
        what = f"more than {MAX_PARTS} parts" if len(ends) > MAX_PARTS else "no end"
        return Finding.of("CXM-030", f"the multipart has {what}")
    held = [_part(raw) for raw in cut[2::2][: ends.index(True)]]
    parts = [one for one in held if one is not None]
    if not parts or len(parts) < len(held):
        return Finding.of("CXM-030", "a part cannot be read")
    return _with_root(parts, str(head.get_param("start", "")))


def framed(parts: Parts) -> bytes:
    """The parts as bytes that need no header: the document alone, or a multipart.

    ``framed_parts`` reads both. The boundary is made of what stands between it.
    """
    if not parts.attached:
        return parts.document
    digest = hashlib.sha256(parts.document)
    for one in parts.attached:
        digest.update(one.data)
    line = b"--" + _BOUNDARY + digest.hexdigest()[:40].encode()
    pieces = [b"Content-Type: text/xml\r\n\r\n" + parts.document]
    pieces += (
        b"Content-Type: %b\r\nContent-ID: <%b>\r\n%b\r\n%b"
        % (
            one.media_type.encode("ascii", "replace"),
            one.content_id.encode("utf-8", "replace"),
            _disposition(one.name),
            one.data,
        )
        for one in parts.attached
    )
    body = b"".join(line + b"\r\n" + piece + b"\r\n" for piece in pieces)
    return body + line + b"--\r\n"


def _disposition(name: str) -> bytes:
    if not name:
        return b""
    safe = re.sub(r'[\x00-\x1f"\\]', "_", name).encode("ascii", "replace")
    return b'Content-Disposition: attachment; filename="' + safe + b'"\r\n'


def framed_parts(data: bytes) -> Parts | Finding:
    """What ``framed`` wrote, or a multipart without its header; else the document."""
    line = _FIRST_LINE.match(data)
    if line is None:
        return Parts(document=data)
    boundary = line[1].decode("ascii")
    return read_parts(data, f'multipart/related; boundary="{boundary}"')


def _with_root(parts: list[Attached], start: str) -> Parts:
    named = [n for n, one in enumerate(parts) if start and one.content_id == _id(start)]
    root = named[0] if named else 0
    rest = (*parts[:root], *parts[root + 1 :])
    return Parts(document=parts[root].data, attached=rest)


def _part(raw: bytes) -> Attached | None:
    """A part from the line break behind its boundary line on."""
    body = re.search(rb"\r?\n(?=\r?\n)", raw[:_MAX_HEAD])
    if body is None:
        return None
    head = BytesHeaderParser().parsebytes(raw[: body.end()].lstrip())
    data = raw[body.end() :]
    data = data[2:] if data.startswith(b"\r\n") else data[1:]
    decoded = _decoded(data, str(head.get("Content-Transfer-Encoding", "")))
    if decoded is None:
        return None
    return Attached(
        content_id=_id(str(head.get("Content-ID", ""))),
        media_type=head.get_content_type(),
        name=head.get_filename("") or "",
        data=decoded,
    )


def _decoded(data: bytes, encoding: str) -> bytes | None:
    match encoding.strip().lower():
        case "" | "7bit" | "8bit" | "binary":
            return data
        case "quoted-printable":
            return binascii.a2b_qp(data)
        case "base64" if _BASE64.fullmatch(data):
            try:
                return binascii.a2b_base64(data)
            except binascii.Error:
                return None
    return None


def _id(text: str) -> str:
    return text.strip().removeprefix("<").removesuffix(">").strip()


def attachment_findings(root: Element, parts: Parts) -> tuple[Finding, ...]:
    """Attachments that the document names and that did not come, and the reverse.

    ``Attachment/URL`` names one as ``cid:`` and its Content-ID. Other addresses are
    not looked at, and never fetched.
    """
    found = Findings()
    came = {one.content_id for one in parts.attached if one.content_id}
    named = dict(_named(root))
    for content_id, where in named.items():
        if content_id not in came:
            found.add("CXM-031", f"there is no part {content_id!r}", where, content_id)
    for one in parts.attached:
        if one.content_id not in named:
            what = f"nothing names the part {one.content_id or one.name!r}"
            found.add("CXM-032", what, value=one.content_id)
    return found.done()


def _named(root: Element) -> Iterator[tuple[str, Where]]:
    for url in root.iterfind(".//Attachment/URL"):
        address = text_of(url)
        if address[:4].lower() == "cid:":
            yield _id(unquote(address[4:])), Where(path=path_of(url))
