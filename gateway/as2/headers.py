"""Header fields and their parameters, read tolerantly and written strictly."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from gateway.as2.names import decoded_parameter

__all__ = ["Headers", "MediaType", "media_type", "parameters"]

_FOLD = re.compile(rb"\r?\n[ \t]+")
_MAX_PARAMETERS = 64
_PARAMETER = re.compile(
    r';[ \t]*([!#$%&\'*+.^_`|~0-9A-Za-z-]+)[ \t]*=[ \t]*("(?:[^"\\]|\\.)*"?|[^;]*)',
    re.DOTALL,
)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_SECTION = re.compile(r"([^*]+)\*([0-9]{1,3})(\*?)")


@dataclass(frozen=True, slots=True)
class Headers:
    """Header fields in the order they came, names as written, values unfolded."""

    items: tuple[tuple[str, str], ...] = ()
    _by_name: Mapping[str, list[str]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        by_name = dict[str, list[str]]()
        for name, value in self.items:
            by_name.setdefault(name.lower(), []).append(value)
        object.__setattr__(self, "_by_name", by_name)

    @classmethod
    def of(cls, pairs: Iterable[tuple[str | bytes, str | bytes]]) -> Headers:
        """From pairs of names and values, as servers and clients of HTTP give them."""
        return cls(tuple((_text(name), _value(value)) for name, value in pairs))

    @classmethod
    def read(cls, head: bytes) -> Headers:
        """From the lines of a MIME head; lines that are no header field are left out.

        Lines end with CR LF or LF, and may be folded.
        """
        pairs = list[tuple[str, str]]()
        for line in _FOLD.sub(b" ", head).split(b"\n"):
            name, colon, value = line.partition(b":")
            if colon and name.strip():
                pairs.append((_text(name.strip()), _value(value)))
        return cls(tuple(pairs))

    def get(self, name: str) -> str:
        """The first value under a name, in any case; empty when there is none."""
        found = self._by_name.get(name.lower())
        return found[0] if found else ""

    def all(self, name: str) -> Iterator[str]:
        """Every value under a name."""
        return iter(self._by_name.get(name.lower(), ()))

    def __contains__(self, name: str) -> bool:
        return name.lower() in self._by_name

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self.items)


def _text(raw: str | bytes) -> str:
    return raw if isinstance(raw, str) else raw.decode("latin-1")


def _value(raw: str | bytes) -> str:
    text = _text(raw)
    if "\n" in text or "\r" in text:
        text = " ".join(text.split())
    return text.strip(" \t")


@dataclass(frozen=True, slots=True)
class MediaType:
    """A Content-Type: ``kind`` in small letters, and its parameters by small names."""

    kind: str
    parameters: tuple[tuple[str, str], ...] = ()

    def get(self, name: str) -> str:
        """A parameter's value; empty when it is not there."""
        return next((value for key, value in self.parameters if key == name), "")


def media_type(value: str) -> MediaType:
    """A Content-Type field; without one it is application/octet-stream."""
    kind = value.partition(";")[0].strip().lower() or "application/octet-stream"
    return MediaType(kind, tuple(parameters(value).items()))


def parameters(value: str) -> dict[str, str]:
    """The parameters behind the first semicolon, quoted or not (RFC 2045, RFC 2231).

    The first of two with one name counts. Continuations are joined and encoded ones
    decoded.
    """
    found, pieces = dict[str, str](), dict[str, dict[int, tuple[bool, str]]]()
    for n, match in enumerate(_PARAMETER.finditer(value)):
        if n >= _MAX_PARAMETERS:
            break
        name, text = match[1].lower(), _unquoted(match[2])
        if section := _SECTION.fullmatch(name):
            own = pieces.setdefault(section[1], {})
            own.setdefault(int(section[2]), (bool(section[3]), text))
        elif name.endswith("*"):
            found[name[:-1]] = decoded_parameter([(True, text)])
        else:
            found.setdefault(name, text)
    for name, own in pieces.items():
        found[name] = decoded_parameter([own[n] for n in sorted(own)])
    return found


def _unquoted(text: str) -> str:
    text = text.strip(" \t")
    if not text.startswith('"'):
        return text
    closed = len(text) > 1 and text.endswith('"')
    return _ESCAPED.sub(r"\1", text[1:-1] if closed else text[1:])
