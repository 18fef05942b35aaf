"""The UN/EDIFACT directories there are tables of, each under a syntax version.

A directory's folder holds its messages; the service segments of a syntax version, and
CONTRL, stand in folders of their own (``S3``). A schema joins both. The folder of a
subset (``EA97``, EANCOM 97) has what it takes of its directory: segments and codes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple

from gateway.edi.edifact.events import EdifactMessage, Row
from gateway.edi.elements import element_faults
from gateway.edi.lazily import Lazily
from gateway.edi.plan import ElementPlan, SegmentPlan
from gateway.edi.schema import (
    Composite,
    Element,
    ElementUse,
    Loop,
    MessageSchema,
    Segment,
    SegmentUse,
    segment_uses,
)
from gateway.edi.table_lines import Source
from gateway.edi.tables import Tables, open_tables
from gateway.findings import Finding, Findings, Where

__all__ = ["Directories", "SchemaKey", "key_of"]

_SERVICES = {1: "S3", 2: "S3", 3: "S3", 4: "S4"}
"""The folder of each syntax version's service segments."""
_SERVICE = "SERV"
_SUBSETS = {"D93A": "EA94", "D96A": "EA97", "D01B": "EA02"}
"""The EANCOM of each directory: 94, 97 and 2002."""
_EANCOM = "EAN"
_BASES = {subset: directory for directory, subset in _SUBSETS.items()}
_SUBSET_CODES = "codes.txt"
_DICTIONARY = ("elements.txt", "segments.txt", "defined.txt")
_KEPT = 512
_FIRST_YEAR = 88
_NAMED = re.compile(r"D([0-9]{2})([AB])")
_ELEMENT, _COMPONENT = "\x1d", "\x1f"


class Directories:
    """Schemas by directory, message type and syntax version, read as they are used."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        """``texts`` maps ``D96A/ORDERS.txt`` and ``S3/segments.txt`` to their texts."""
        self._tables = _joined(texts)
        folders: dict[str, list[str]] = {}
        for path in texts:
            folder, _, name = path.partition("/")
            if name not in _DICTIONARY:
                folders.setdefault(folder, []).append(name.removesuffix(".txt"))
        apart = {*_SERVICES.values(), *_BASES}
        self._types = {f: sorted(t) for f, t in folders.items() if f not in apart}
        self._codes = Lazily(
            (f"{subset}/{_SUBSET_CODES}" for subset in folders if subset in _BASES),
            lambda path: _subset_codes(texts[path]),
        )
        self._schema = lru_cache(maxsize=_KEPT)(self._made)
        self._header = lru_cache(maxsize=_KEPT)(self._header_plan)

    @property
    def names(self) -> tuple[str, ...]:
        """The directories, such as ``D96A``, in order of their names."""
        return tuple(sorted(self._types))

    def types(self, directory: str) -> tuple[str, ...]:
        """The message types that a directory's tables have."""
        return tuple(self._types.get(directory, ()))

    def schema(
        self,
        directory: str,
        type: str,
        syntax: int = 3,
        decimal: str = "",
        subset: str = "",
        *,
        strict: bool = False,
    ) -> MessageSchema | None:
        """The shape of a message; None without a table.

        CONTRL belongs to the syntax, whatever directory it names. With a ``decimal``
        mark the numbers take no other one. ``subset`` is an association code, such as
        ``EAN008``: its codes count as well as the directory's. Where it is ``strict``,
        its segments and codes alone do.
        """
        return self._schema(directory, type, syntax, decimal, subset, strict)

    def schema_of(self, message: EdifactMessage) -> MessageSchema | None:
        """The shape that a message should have by its header; None without a table."""
        return self.schema(*key_of(message))

    def nearest(self, key: SchemaKey) -> SchemaKey:
        """What to hold a message against: its own tables, or the nearest in time.

        Of two as near it is the older directory. The key itself where no directory has
        the message type, or the name is none of a directory.
        """
        when = _half_year(key.directory)
        if not when or self.schema(*key) is not None:
            return key
        known = [name for name in self.names if key.type in self._types[name]]
        times = {time: name for name in known if (time := _half_year(name))}
        if not times:
            return key
        best = min(times, key=lambda time: (abs(time - when), time))
        return key._replace(directory=times[best])

    def service(self, syntax: int, tag: str) -> Segment | None:
        """A service segment, such as UNB, of a syntax version."""
        return self._tables.segment(f"{_SERVICE}.{syntax}", tag)

    def header(self, syntax: int, row: Row, byte_offset: int) -> tuple[Finding, ...]:
        """What is wrong with the elements of a service segment (a ``Header``)."""
        plan = self._header(syntax, row[0][0])
        if plan is None:
            return ()
        elements = [_COMPONENT.join(parts) for parts in row]
        tag = plan.tag
        return tuple(
            Finding.of(
                fault.code,
                fault.what.replace(_COMPONENT, ":"),
                Where(
                    segment_tag=tag,
                    element=fault.element,
                    component=fault.component,
                    byte_offset=byte_offset,
                ),
                fault.value.replace(_COMPONENT, ":"),
            )
            for fault in element_faults(plan, elements, _COMPONENT)
        )

    def _header_plan(self, syntax: int, tag: str) -> SegmentPlan | None:
        segment = self.service(syntax, tag)
        if segment is None:
            return None
        elements = [ElementPlan.of(use) for use in segment.uses]
        return SegmentPlan(tag, segment.name, (), elements, ())

    def _made(
        self,
        directory: str,
        type_: str,
        syntax: int,
        decimal: str,
        subset: str,
        strict: bool,
    ) -> MessageSchema | None:
        folder = _SERVICE if type_ == "CONTRL" else directory
        within = _SUBSETS.get(directory, "") if subset.startswith(_EANCOM) else ""
        codes = self._codes.get(f"{within}/{_SUBSET_CODES}", {}).get(type_, {})
        if strict and f"{within}.{syntax}" in self._tables.by_version:
            folder = within
        schema = self._tables.schema(f"{folder}.{syntax}", type_)
        if schema is None:
            return None
        shaped = _Shaped(syntax, decimal, codes, strict=strict)
        return shaped.schema(schema, directory)


class SchemaKey(NamedTuple):
    """What tells the tables that a message is held against; ``schema`` takes it."""

    directory: str
    type: str
    syntax: int
    decimal: str
    subset: str = ""


def key_of(message: EdifactMessage) -> SchemaKey:
    """The tables that a message names.

    A slip in the directory's name is read as what is meant: ``0:96A`` is D.96A.
    """
    directory = _meant(message.directory)
    decimal = message.separators.decimal
    subset = _EANCOM if message.association.startswith(_EANCOM) else ""
    return SchemaKey(directory, message.type, message.syntax, decimal, subset)


def _half_year(directory: str) -> int:
    """When a directory was published, counted in half years; 0 for no such name."""
    named = _NAMED.fullmatch(directory)
    if named is None:
        return 0
    year = int(named[1])
    return (year + (1900 if year >= _FIRST_YEAR else 2000)) * 2 + (named[2] == "B")


def _meant(directory: str) -> str:
    """A directory's name without a zero that was to be the letter D."""
    return f"D{directory[1:]}" if directory[:1] == "0" else directory


def _joined(texts: Mapping[str, str]) -> Tables:
    """The texts as tables: each directory with each syntax version's dictionary."""
    parts: dict[str, tuple[str, ...]] = {}
    services = set(_SERVICES.values())
    for syntax, service in _SERVICES.items():
        for path in texts:
            folder, _, name = path.partition("/")
            if folder == service:
                parts[f"{_SERVICE}.{syntax}/{name}"] = (path,)
            elif folder in services:
                continue
            elif name in _DICTIONARY:
                both = tuple(p for p in (f"{service}/{name}", path) if p in texts)
                parts[f"{folder}.{syntax}/{name}"] = both
                if folder in _SUBSETS:
                    parts[f"{_SUBSETS[folder]}.{syntax}/{name}"] = both
            elif name != _SUBSET_CODES:
                parts[f"{folder}.{syntax}/{name}"] = (path,)
    return open_tables(
        Lazily(parts, lambda path: "\n".join(texts[part] for part in parts[path]))
    )


def _subset_codes(text: str) -> Mapping[str, Mapping[str, frozenset[str]]]:
    """``ORDERS 1001 | 220 221  # why``: the codes by message type and element."""
    found: dict[str, dict[str, frozenset[str]]] = {}
    for _, entry in Source(_SUBSET_CODES, text, Findings()).entries():
        head, _, codes = entry.partition("#")[0].partition("|")
        type_, _, number = head.strip().partition(" ")
        found.setdefault(type_, {})[number] = frozenset(codes.split())
    return found


class _Shaped:
    """Makes a schema as a syntax version has it, for numbers with one decimal mark.

    ``codes`` are those of a subset, by element; ``strict``: no other ones.
    """

    def __init__(
        self,
        syntax: int,
        decimal: str,
        codes: Mapping[str, frozenset[str]],
        *,
        strict: bool,
    ) -> None:
        self._flat = syntax < 4
        self._decimal = decimal
        self._codes = codes
        self._strict = strict
        self._elements: dict[int, Element | Composite] = {}

    def schema(self, schema: MessageSchema, directory: str) -> MessageSchema:
        segments = {tag: self._segment(s) for tag, s in schema.segments.items()}

        def node(its: SegmentUse | Loop) -> SegmentUse | Loop:
            if isinstance(its, SegmentUse):
                return replace(its, segment=segments[its.segment.tag])
            return replace(its, nodes=tuple(map(node, its.nodes)))

        nodes = tuple(map(node, schema.nodes))
        used = {use.segment.tag for use in segment_uses(nodes)}
        return replace(
            schema,
            version=directory,
            nodes=nodes,
            segments=MappingProxyType({t: s for t, s in segments.items() if t in used}),
        )

    def _segment(self, segment: Segment) -> Segment:
        return replace(segment, uses=tuple(self._uses(segment)))

    def _uses(self, segment: Segment) -> Iterator[ElementUse]:
        for use in segment.uses:
            made = replace(use, element=self._element(use.element))
            if not self._flat or use.repeat == 1:
                yield made
                continue
            # without a separator of its own a repetition is one more element
            yield replace(made, repeat=1)
            for _ in range(use.repeat - 1):
                yield replace(made, repeat=1, mandatory=False)

    def _element(self, element: Element | Composite) -> Element | Composite:
        known = self._elements.get(id(element))
        if known is None:
            known = self._elements[id(element)] = self._marked(element)
        return known

    def _marked(self, element: Element | Composite) -> Element | Composite:
        if isinstance(element, Composite):
            uses = (replace(u, element=self._element(u.element)) for u in element.uses)
            return replace(element, uses=tuple(uses))
        more = self._codes.get(element.number)
        if more and (element.codes or self._strict):
            codes = more if self._strict else element.codes | more
            element = replace(element, codes=codes)
        if element.type == "n" and self._decimal:
            return replace(element, type=f"n{self._decimal}")
        return element
