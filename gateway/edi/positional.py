"""A transmission as JSON by position, and back: every segment, nothing named.

The form is ``x12-segments/1``, or ``edifact-segments/1``: per interchange its
separators and its segments, each a list of the tag and its elements. An element is a
text; a composite is a list of its components, a repeated element ``{"repeat": [...]}``.
What is no data is not in it: line breaks, blanks around segments, bytes outside of
interchanges. Where that would change the bytes, ``exact`` holds them, and counts until
the rest is changed.
"""

from __future__ import annotations

import string
from base64 import b64encode
from collections.abc import Iterator, Mapping
from typing import Any

from gateway.edi import positional_edifact as edifact
from gateway.edi.events import (
    InterchangeBegun,
    InterchangeEnded,
    Separators,
)
from gateway.edi.positional_form import Writing, decoded, known, listed, value
from gateway.edi.sniff import Kind, sniff
from gateway.edi.x12 import charset, isa
from gateway.edi.x12.layout import Layout
from gateway.edi.x12.reader import X12Reader
from gateway.findings import Finding, Findings, Where

SCHEMA = "x12-segments/1"
ENCODINGS = ("ascii", "utf-8", "latin-1", "cp037")
"""The encodings of the form, as Python names them; cp037 is EBCDIC."""

_ISA_ELEMENTS = 16
_LETTERS = frozenset(string.ascii_letters + string.digits)
_KEYS = ("element", "component", "repetition", "terminator", "suffix")


def to_positional(raw: bytes) -> dict[str, Any]:
    """The transmission as JSON values; ``from_positional`` gives the same bytes back.

    Never raises. Bytes without an interchange give an empty list of them.
    """
    is_edifact = sniff(raw) is Kind.EDIFACT
    body = edifact.tidy(raw) if is_edifact else _tidy(raw)
    if _bytes_of(body) != raw:
        body["exact"] = b64encode(raw).decode("ascii")
    return body


def _is_edifact(body: Mapping[str, Any]) -> bool:
    return body.get("schema") == edifact.SCHEMA


def _bytes_of(body: Mapping[str, Any]) -> bytes | tuple[Finding, ...]:
    return edifact.written(body) if _is_edifact(body) else _written(body)


def _tidy(raw: bytes) -> dict[str, Any]:
    """What the bytes say, without what is no data."""
    ebcdic = raw.startswith(charset.EBCDIC_MARK)
    data = charset.from_ebcdic(raw) if ebcdic else raw
    return {
        "schema": SCHEMA,
        "interchanges": [
            _interchange(data, begun, end, ebcdic=ebcdic) for begun, end in _spans(data)
        ],
    }


def _spans(data: bytes) -> Iterator[tuple[InterchangeBegun, int]]:
    """Each interchange and where it ends: behind IEA, else where the next begins."""
    reader = X12Reader()
    begun: InterchangeBegun | None = None
    for event in (*reader.receive(data), *reader.finish()):
        if isinstance(event, InterchangeBegun):
            begun = event
        elif isinstance(event, InterchangeEnded) and begun is not None:
            end = event.byte_offset
            if event.trailer is not None:
                ends = Layout.of(begun.separators, "utf-8").ends
                stops = (data.find(ends[i : i + 1], end) for i in range(len(ends)))
                end = min((stop for stop in stops if stop >= 0), default=len(data))
            yield begun, end


def _interchange(
    data: bytes, begun: InterchangeBegun, end: int, *, ebcdic: bool
) -> dict[str, Any]:
    separators = begun.separators
    head = isa.read(data, begun.byte_offset, final=True)
    assert isinstance(head, isa.IsaRead)
    body = head.end + len(separators.terminator)
    encoding = _encoding(data[begun.byte_offset : end], separators, ebcdic=ebcdic)
    text = _text(data[body:end], separators, encoding)
    header = (element.encode("latin-1").decode(encoding) for element in begun.isa)
    segments: list[list[Any]] = [["ISA", *header]]
    if text:
        for segment in text.split(separators.terminator[-1]):
            tag, *elements = segment.split(separators.element)
            segments.append([tag, *(value(e, separators) for e in elements)])
    return {
        "encoding": "cp037" if ebcdic else encoding,
        "separators": {key: getattr(separators, key) for key in _KEYS},
        "segments": segments,
    }


def _encoding(region: bytes, separators: Separators, *, ebcdic: bool) -> str:
    """What an interchange is written in, as far as it can be told."""
    if ebcdic or not separators.all.isascii():
        return "latin-1"
    if region.isascii():
        return "ascii"
    _, guessed = charset.decode(region, "utf-8")
    return "latin-1" if guessed else "utf-8"


def _text(region: bytes, separators: Separators, encoding: str) -> str:
    """The segments behind ISA as text, without what is no data."""
    layout = Layout.of(separators, encoding)
    text, _ = layout.text(region, 0, Findings())
    end = separators.terminator[-1]
    blank = layout.blank.decode("latin-1") + "\x1a"
    pieces = (piece.strip(blank) for piece in text.split(end))
    return end.join(piece for piece in pieces if piece)


# Back.


def from_positional(body: Mapping[str, Any]) -> bytes | tuple[Finding, ...]:
    """The transmission that the JSON values say, or what is wrong with them.

    ``exact`` is taken where it says the same as the rest, which then was not changed.
    Findings name their place by JSON pointer. A text that holds a separator in use is
    API-006 in X12, which has no way to escape it.
    """
    if "exact" not in body:
        return _bytes_of(body)
    rest = {key: value for key, value in body.items() if key != "exact"}
    raw = decoded(body["exact"])
    if raw is None:
        return (Finding.of("API-004", "exact is base64", Where(path="/exact")),)
    tidy = edifact.tidy if _is_edifact(body) else _tidy
    return raw if tidy(raw) == rest else _bytes_of(rest)


def _written(body: Mapping[str, Any]) -> bytes | tuple[Finding, ...]:
    """The bytes that the segments make."""
    found = Findings()
    known(body, ("schema", "interchanges"), "", found)
    if body.get("schema") != SCHEMA:
        what = f"the schema is {body.get('schema')!r}"
        found.add("API-002", what, Where(path="/schema"))
    out: list[bytes] = []
    for n, interchange in enumerate(listed(body, "interchanges", "", found)):
        out.append(_Writing(f"/interchanges/{n}", found).write(interchange))
    return found.done() or b"".join(out)


class _Writing(Writing):
    """One interchange of X12 from its JSON values."""

    def write(self, body: Any) -> bytes:
        """Its bytes; of no use once something was found."""
        if not isinstance(body, Mapping):
            self.note("API-004", "an interchange is an object", "")
            return b""
        known(body, ("encoding", "separators", "segments"), self.path, self.found)
        encoding = body.get("encoding", "ascii")
        if encoding not in ENCODINGS:
            self.note(
                "API-007", f"{encoding!r} is no encoding of the form", "/encoding"
            )
            return b""
        if not self._take_separators(body.get("separators")):
            return b""
        lines = [
            self._segment(segment, n)
            for n, segment in enumerate(listed(body, "segments", self.path, self.found))
        ]
        end = self.separators.terminator + self.separators.suffix
        text = "".join(line + end for line in lines)
        try:
            return text.encode(encoding)
        except UnicodeEncodeError:
            what = f"not all characters are {encoding}"
            self.note("API-006", what, "/encoding")
            return b""

    def _take_separators(self, body: Any) -> bool:
        path = "/separators"
        if not isinstance(body, Mapping):
            self.note("API-005", "the separators are an object of five texts", path)
            return False
        known(body, _KEYS, self.path + path, self.found)
        texts = {key: body.get(key, "") for key in _KEYS}
        if not all(isinstance(text, str) for text in texts.values()):
            self.note("API-004", "separators are texts", path)
            return False
        its = Separators(**texts)
        single = [its.element, its.component, its.repetition]
        used = "".join(single) + its.terminator
        fits = (
            len(its.element) == 1
            and all(len(one) < 2 for one in single)
            and (len(its.terminator) == 1 or its.terminator == "\r\n")
            and len(set(used)) == len(used)
            and not _LETTERS.intersection(used)
            and not set(its.suffix) - {"\r", "\n"}
            and not (its.suffix and its.terminator in ("\r", "\n", "\r\n"))
        )
        return self.take(its, fits=fits)

    def _segment(self, body: Any, n: int) -> str:
        path = f"/segments/{n}"
        if not self.is_segment(body, path):
            return ""
        if (body[0] == "ISA") != (n == 0) or not body[0]:
            what = "an interchange begins with ISA and has no other; no tag is empty"
            self.note("API-006", what, f"{path}/0")
            return ""
        if n == 0:
            return self._isa(body)
        return self.segment(body, path)

    def _isa(self, body: list[Any]) -> str:
        path, its = "/segments/0", self.separators
        if len(body) != _ISA_ELEMENTS + 1 or not all(isinstance(v, str) for v in body):
            self.note("API-004", "ISA is its tag and 16 texts", path)
            return ""
        bad = its.element + its.terminator + "\r\n"
        for i, text in enumerate(body[1:-1], 1):
            if set(text) & set(bad):
                self.note("API-006", "the text has a separator in it", f"{path}/{i}")
        if body[16] != its.component:
            self.note("API-006", "ISA16 is the component separator", f"{path}/16")
        if its.repetition and body[11] != its.repetition:
            self.note("API-006", "ISA11 is the repetition separator", f"{path}/11")
        return its.element.join(body)
