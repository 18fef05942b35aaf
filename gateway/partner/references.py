"""The secrets that a profile refers to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from gateway.partner.scalars import Form

__all__ = ["references"]

_KINDS = ("env:", "file:/", "secret:")


def references(part: object) -> Iterator[str]:
    """Every reference in a profile or a part of one, in the order it stands there."""
    match part:
        case str():
            if part.startswith(_KINDS):
                yield part
        case Form():
            for name in type(part).model_fields:
                yield from references(getattr(part, name))
        case Mapping():
            for one in part.values():
                yield from references(one)
        case list() | tuple():
            for one in part:
                yield from references(one)
