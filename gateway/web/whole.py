"""Requests that are whole and plain enough to be read at a glance.

Only what every server reads in the same way is taken: each line as the grammar has it,
one Host, one Content-Length, and exactly the body that it announces. Nothing else is
judged here: it is left, untouched, to the server's own parser.
"""

from __future__ import annotations

import re
from typing import NamedTuple

__all__ = ["MOST_BYTES", "Whole", "begun", "read"]

MOST_BYTES = 64 * 1024
"""Longer requests are left to the server, which reads them piece by piece."""

_LONGEST_HEAD = 8 * 1024
_FIELD = re.compile(rb"([!#-'*+\-.^-`|~\w]+): ([!-~](?:[ -~]*[!-~])?)\r\n")
_HEAD = re.compile(
    rb"POST ([/\w.\-]+) HTTP/1\.1\r\n((?:" + _FIELD.pattern + rb")+)\r\n"
)
"""A path without a query, and fields of RFC 9110 §5 in printable ASCII."""
_LENGTH = re.compile(rb"[1-9][0-9]{0,5}")
_ASKS_MORE = frozenset(
    {
        b"expect",
        b"http2-settings",
        b"keep-alive",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    }
)
"""Fields that change how a connection goes on, or how its body is to be read."""


class Whole(NamedTuple):
    """A posted request: its path, its fields with names in lower case, its body."""

    path: bytes
    fields: list[tuple[bytes, bytes]]
    body: bytes


def read(data: bytes) -> Whole | None:
    """The request that these bytes are from first to last; none: leave them alone."""
    head = _HEAD.match(data, 0, _LONGEST_HEAD)
    if head is None:
        return None
    fields = _fields(head[2])
    length = _length(fields)
    if not length or head.end() + length != len(data):
        return None
    return Whole(head[1], fields, data[head.end() :])


def begun(data: bytes) -> tuple[bytes, int] | None:
    """The path of such a request, and how many bytes of its body are still to come.

    None: leave it, for it is another kind, or too long to wait for.
    """
    head = _HEAD.match(data, 0, _LONGEST_HEAD)
    length = _length(_fields(head[2])) if head is not None else 0
    if head is None or not length:
        return None
    size = head.end() + length
    return (head[1], size - len(data)) if len(data) < size <= MOST_BYTES else None


def _fields(head: bytes) -> list[tuple[bytes, bytes]]:
    return [(name.lower(), value) for name, value in _FIELD.findall(head)]


def _length(fields: list[tuple[bytes, bytes]]) -> int:
    """What the one Content-Length says; 0: the request is none of ours."""
    names = [name for name, _ in fields]
    if names.count(b"host") != 1 or names.count(b"content-length") != 1:
        return 0
    if not _ASKS_MORE.isdisjoint(names):
        return 0
    length = b""
    for name, value in fields:
        if name == b"connection" and value.lower() != b"keep-alive":
            return 0
        if name == b"content-length":
            length = value
    return int(length) if _LENGTH.fullmatch(length) else 0
