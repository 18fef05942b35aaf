"""Tables that were imported before and new ones, in one dictionary for each version."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType

from gateway.edi.schema import Composite, Element, ElementUse, MessageSchema, Segment
from gateway.edi.tables import Tables, Version
from gateway.findings import Finding, Findings, Where

__all__ = ["merged"]

_Piece = Element | Composite | Segment


def merged(before: Tables, new: Tables) -> Tables | tuple[Finding, ...]:
    """The sets of both, those of ``new`` in place of equal types.

    A folder has one definition of each segment and element: where sets that stay and
    new ones differ in more than a name, that is a finding (CFG-012).
    """
    found = Findings()
    kept = {v: _without(held, new.by_version.get(v)) for v, held in _items(before)}
    for version, held in kept.items():
        if version in new.by_version:
            _contradictions(version, held, new.by_version[version], found)
    if found:
        return found.done()
    return Tables(MappingProxyType(kept)).with_sets_of(new)


def _items(tables: Tables) -> Iterator[tuple[str, Version]]:
    return iter(sorted(tables.by_version.items()))


def _without(held: Version, new: Version | None) -> Version:
    """A version without the sets that come anew, and what only those used."""
    stay = {
        type_: schema
        for type_, schema in held.schemas.items()
        if new is None or type_ not in new.schemas
    }
    return Version(
        segments=MappingProxyType(_segments(stay.values())),
        schemas=MappingProxyType(stay),
    )


def _segments(schemas: Iterable[MessageSchema]) -> dict[str, Segment]:
    return {tag: one for schema in schemas for tag, one in schema.segments.items()}


def _contradictions(version: str, held: Version, new: Version, found: Findings) -> None:
    ours, theirs = _pieces(held.segments), _pieces(new.segments)
    for key in sorted(ours.keys() & theirs.keys()):
        if _facts(ours[key]) != _facts(theirs[key]):
            file = "elements" if isinstance(ours[key], Element) else "segments"
            what = f"a set that stays has another definition of {key} than the new"
            found.add("CFG-012", what, Where(path=f"{version}/{file}.txt"), key)


def _pieces(segments: Mapping[str, Segment]) -> dict[str, _Piece]:
    """Segments, composites and elements by tag or number."""
    pieces: dict[str, _Piece] = dict(segments)
    for segment in segments.values():
        pieces.update(_inside(segment.uses))
    return pieces


def _inside(uses: Iterable[ElementUse]) -> Iterator[tuple[str, _Piece]]:
    for use in uses:
        yield use.element.number, use.element
        if isinstance(use.element, Composite):
            yield from _inside(use.element.uses)


def _facts(piece: _Piece) -> object:
    """What must be equal: all but names; elements inside are compared on their own."""
    if isinstance(piece, Element):
        return replace(piece, name="")
    uses = [(use.element.number, use.mandatory, use.repeat) for use in piece.uses]
    return uses, set(piece.conditions)
