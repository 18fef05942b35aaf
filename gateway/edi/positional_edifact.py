"""A transmission of EDIFACT as JSON by position, and back: ``edifact-segments/1``."""

from __future__ import annotations

import string
from collections.abc import Iterator, Mapping
from typing import Any

from gateway.edi.edifact import charset
from gateway.edi.edifact.events import UnbRead
from gateway.edi.edifact.layout import BLANK
from gateway.edi.edifact.marks import hidden, table
from gateway.edi.edifact.reader import EdifactReader
from gateway.edi.events import InterchangeEnded, Separators
from gateway.edi.positional_form import Writing, known, listed, value
from gateway.findings import Finding, Findings

__all__ = ["SCHEMA", "tidy", "written"]

SCHEMA = "edifact-segments/1"
_ENCODINGS = frozenset(("ascii", "cp1252", *charset.CODECS.values()))
_KEYS = (
    *("component", "element", "decimal", "release", "repetition"),
    *("terminator", "suffix"),
)
_UNUSED = "."
"""The decimal mark in UNA where none counts."""
_BLANK = BLANK.decode("ascii") + "\x1a"
_LETTERS = frozenset(string.ascii_letters + string.digits)


def tidy(raw: bytes) -> dict[str, Any]:
    """What the bytes say, without what is no data."""
    interchanges = [_interchange(region, begun) for region, begun in _spans(raw)]
    return {"schema": SCHEMA, "interchanges": interchanges}


def _spans(data: bytes) -> Iterator[tuple[bytes, UnbRead]]:
    """Each interchange: up to the next one, or behind its UNZ."""
    reader = EdifactReader()
    begun: UnbRead | None = None
    for event in (*reader.receive(data), *reader.finish()):
        if isinstance(event, UnbRead):
            begun = event
        elif isinstance(event, InterchangeEnded) and begun is not None:
            end = event.byte_offset
            if event.trailer is not None:
                stop = begun.separators.terminator.encode("latin-1")
                at = data.find(stop, end)
                end = at + 1 if at >= 0 else len(data)
            yield data[begun.byte_offset : end], begun


def _interchange(region: bytes, begun: UnbRead) -> dict[str, Any]:
    its = begun.separators
    decoded = charset.decode(region, begun.encoding)
    text, marks = hidden(decoded.text, its)
    if begun.has_una:
        text = text[len("UNA:+.? '") :]
    ends = text.count(its.terminator)
    suffixes = ("\r\n", "\n", "\r")
    every = (s for s in suffixes if ends and text.count(its.terminator + s) >= ends - 1)
    pieces = (piece.strip(_BLANK) for piece in text.split(its.terminator))
    back = table(marks, its)
    keys = {key: getattr(its, key) for key in _KEYS} | {"suffix": next(every, "")}
    return {
        "encoding": decoded.codec,
        "una": begun.has_una,
        "separators": keys,
        "segments": [
            [_plain(value(part, its), back) for part in piece.split(its.element)]
            for piece in pieces
            if piece
        ],
    }


def _plain(told: Any, back: Mapping[int, str]) -> Any:
    """Texts with the released characters put back."""
    match told:
        case str():
            return told.translate(back)
        case list():
            return [_plain(one, back) for one in told]
        case _:
            return {"repeat": [_plain(one, back) for one in told["repeat"]]}


def written(body: Mapping[str, Any]) -> bytes | tuple[Finding, ...]:
    """The bytes that the segments make, or what is wrong with them."""
    found = Findings()
    known(body, ("schema", "interchanges"), "", found)
    out = [
        _Writing(f"/interchanges/{n}", found).write(one)
        for n, one in enumerate(listed(body, "interchanges", "", found))
    ]
    return found.done() or b"".join(out)


class _Writing(Writing):
    """One interchange of EDIFACT from its JSON values."""

    def write(self, body: Any) -> bytes:
        """Its bytes; of no use once something was found."""
        if not isinstance(body, Mapping):
            self.note("API-004", "an interchange is an object", "")
            return b""
        keys = ("encoding", "una", "separators", "segments")
        known(body, keys, self.path, self.found)
        encoding = body.get("encoding", "ascii")
        if encoding not in _ENCODINGS:
            what = f"{encoding!r} is no encoding of the form"
            self.note("API-007", what, "/encoding")
            return b""
        if not self._take_separators(body.get("separators")):
            return b""
        its = self.separators
        end = its.terminator + its.suffix
        lines = [
            self._segment(segment, n) + end
            for n, segment in enumerate(listed(body, "segments", self.path, self.found))
        ]
        if body.get("una"):
            five = its.component + its.element + (its.decimal or _UNUSED)
            una = five + (its.release or " ") + (its.repetition or " ")
            lines.insert(0, f"UNA{una}{end}")
        try:
            return "".join(lines).encode(encoding)
        except UnicodeEncodeError:
            self.note("API-006", f"not all characters are {encoding}", "/encoding")
            return b""

    def _take_separators(self, body: Any) -> bool:
        path = "/separators"
        texts = body if isinstance(body, Mapping) else {}
        known(texts, _KEYS, self.path + path, self.found)
        texts = {key: texts.get(key, "") for key in _KEYS}
        if not all(isinstance(text, str) for text in texts.values()):
            self.note("API-004", "separators are texts", path)
            return False
        its = Separators(**texts)
        single = (its.element, its.component, its.repetition, its.release)
        used = "".join((*single, its.terminator))
        fits = (
            all((its.element, its.component, its.terminator))
            and all(len(one) < 2 for one in (*single, its.terminator, its.decimal))
            and len(set(used)) == len(used)
            and not _LETTERS.intersection(used)
            and not set(its.suffix) - {"\r", "\n"}
        )
        return self.take(its, fits=fits)

    def _segment(self, body: Any, n: int) -> str:
        path = f"/segments/{n}"
        if not self.is_segment(body, path):
            return ""
        return self.segment(body, path)

    def plain(self, value: Any, path: str) -> str:
        """A text, the separators in it released."""
        if not isinstance(value, str):
            self.note("API-004", "this is no text, composite or repetition", path)
            return ""
        its = self.separators
        if not its.release and set(value) & set(its.all):
            self.note("API-006", "the text has a separator in it", path)
        return value.translate({ord(c): its.release + c for c in its.all})
