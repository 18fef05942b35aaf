"""Where the fields of a line stood, shared by all lines that stood there."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

__all__ = ["Places"]

_ENCODER = msgspec.json.Encoder()


class Places(dict[str, str]):
    """A provenance that is never changed: fields and their places, made once.

    ``shape`` are the fields, then what each place begins with (``PO1-04``): alike
    wherever in a message the line stood. ``written`` is all of it as JSON. ``named`` is
    how the item was named there, once an answer has asked: with what was left of the
    line beside these places, qualifiers and fields of the item.
    """

    __slots__ = ("named", "shape", "written")

    def __init__(self, places: Iterable[tuple[str, str]]) -> None:
        super().__init__(sorted(places))
        self.shape = (*self, *[place[:6] for place in self.values()])
        self.named: tuple[object, tuple[tuple[str, str], ...]] | None = None
        self.written = msgspec.Raw(_ENCODER.encode(dict(self)))
