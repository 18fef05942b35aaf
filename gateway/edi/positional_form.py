"""What the JSON forms by position share: their keys and lists, and their values."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Mapping
from typing import Any

from gateway.edi.events import Separators
from gateway.findings import Findings, Where

__all__ = ["Writing", "components", "decoded", "known", "listed", "value"]


def value(text: str, separators: Separators) -> Any:
    """A text, a list of components, or repetitions of either."""
    if separators.repetition and separators.repetition in text:
        pieces = text.split(separators.repetition)
        return {"repeat": [components(piece, separators) for piece in pieces]}
    return components(text, separators)


def components(text: str, separators: Separators) -> Any:
    """A text, or a list of components."""
    if separators.component and separators.component in text:
        return text.split(separators.component)
    return text


class Writing:
    """One interchange from its JSON values; ``found`` takes what is wrong."""

    def __init__(self, path: str, found: Findings) -> None:
        self.path = path
        self.found = found
        self.separators = Separators()

    def take(self, separators: Separators, *, fits: bool) -> bool:
        """Write with these from now on, if they fit; else they are found."""
        if not fits:
            what = "separators are single, different characters, no letters or digits"
            self.note("API-006", what, "/separators")
            return False
        self.separators = separators
        return True

    def is_segment(self, body: Any, path: str) -> bool:
        """Whether it is a list that begins with a tag; found, where it is none."""
        if isinstance(body, list) and body and isinstance(body[0], str):
            return True
        self.note("API-004", "a segment is a list that begins with its tag", path)
        return False

    def segment(self, body: list[Any], path: str) -> str:
        """A segment as it is sent, without its terminator."""
        values = [self.value(v, f"{path}/{i}") for i, v in enumerate(body)]
        return self.separators.element.join(values)

    def value(self, value: Any, path: str) -> str:
        """An element as it is sent."""
        if isinstance(value, Mapping) and list(value) == ["repeat"]:
            repeated = value["repeat"]
            if isinstance(repeated, list) and self.separators.repetition:
                pieces = [
                    self.simple(v, f"{path}/repeat/{i}") for i, v in enumerate(repeated)
                ]
                return self.separators.repetition.join(pieces)
        return self.simple(value, path)

    def simple(self, value: Any, path: str) -> str:
        """A text or the components of a composite."""
        if isinstance(value, list) and self.separators.component:
            pieces = [self.plain(v, f"{path}/{i}") for i, v in enumerate(value)]
            return self.separators.component.join(pieces)
        return self.plain(value, path)

    def plain(self, value: Any, path: str) -> str:
        """A text that holds no separator."""
        if not isinstance(value, str):
            self.note("API-004", "this is no text, composite or repetition", path)
            return ""
        if set(value) & set(self.separators.all + "\r\n"):
            self.note("API-006", "the text has a separator in it", path)
        return value

    def note(self, code: str, what: str, path: str) -> None:
        """Something is wrong at a place of the interchange."""
        self.found.add(code, what, Where(path=self.path + path))


def decoded(value: Any) -> bytes | None:
    """The bytes of a base64 text; None where it is none."""
    try:
        return b64decode(value, validate=True) if isinstance(value, str) else None
    except ValueError:
        return None


def known(
    body: Mapping[str, Any], keys: tuple[str, ...], path: str, found: Findings
) -> None:
    """Every key that the form does not have is found."""
    for key in body:
        if key not in keys:
            found.add("API-003", f"{key!r} is no key", Where(path=f"{path}/{key}"))


def listed(body: Mapping[str, Any], key: str, path: str, found: Findings) -> list[Any]:
    """The list under a key; found, and empty, where there is none."""
    value = body.get(key)
    if isinstance(value, list):
        return value
    code = "API-005" if key not in body else "API-004"
    found.add(code, f"{key} is a list", Where(path=f"{path}/{key}"))
    return []
