"""What one XML document may need."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class XmlLimits:
    """Bounds of one document; all but the depth are looked at before it is parsed.

    ``markups`` counts the characters ``<``: start tags, end tags and comments.
    ``depth`` is that of elements, at most 256 (the parser's own bound).
    """

    size_bytes: int = 20_000_000
    markups: int = 1_000_000
    depth: int = 100
    attributes: int = 100
