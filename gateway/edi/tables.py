"""Message tables: our compact text form to schemas, at once or as it is asked for.

A version is a folder: ``elements.txt``, ``segments.txt`` and ``defined.txt`` hold its
dictionary, every other file one set. Each file's head says how its lines are made.
Blank lines and lines that start with ``#`` mean nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from types import MappingProxyType

from gateway.edi.lazily import Lazily
from gateway.edi.schema import Composite, Element, MessageSchema, Segment
from gateway.edi.table_lines import (
    SetReader,
    Source,
    element_entries,
    group_of,
    piece_entries,
    read_defined,
    read_element,
    read_piece,
)
from gateway.findings import Finding, Findings, Severity, Where
from gateway.findings.model import NOWHERE

__all__ = ["Tables", "Version", "open_tables", "read_tables"]

_DICTIONARY = ("elements.txt", "segments.txt", "defined.txt")
_LONGEST_TAG = 3
"""Characters of a segment's tag; a longer one is a composite's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """What one version's folder holds: segments and sets by tag and by type.

    ``heads`` tells the group of each set where the sets are read only when asked for.
    """

    segments: Mapping[str, Segment]
    schemas: Mapping[str, MessageSchema]
    heads: Mapping[str, str] | None = None

    @property
    def groups(self) -> Mapping[str, str]:
        """The functional group of each set by its type, empty for the envelope."""
        if self.heads is not None:
            return self.heads
        return {type_: s.functional_id for type_, s in self.schemas.items()}

    @property
    def defined_tags(self) -> frozenset[str]:
        """All tags of the version that are known, which its sets share."""
        one = next(iter(self.schemas.values()), None)
        return one.defined_tags if one else frozenset()


@dataclass(frozen=True, slots=True)
class Tables:
    """All tables that were read, by version.

    A version is matched by its first six characters, so that the ``004010VICS`` of
    GS08 finds ``004010``.
    """

    by_version: Mapping[str, Version]

    @property
    def versions(self) -> tuple[str, ...]:
        """The versions that have tables, in order."""
        return tuple(sorted(self.by_version))

    def types(self, version: str) -> tuple[str, ...]:
        """The sets of a version, in order; its envelope is none of them."""
        return tuple(sorted(t for t, group in self.groups(version).items() if group))

    def groups(self, version: str) -> Mapping[str, str]:
        """The functional group of each set by its type, empty for the envelope."""
        found = self.by_version.get(version[:6])
        return found.groups if found else {}

    def schema(self, version: str, type: str) -> MessageSchema | None:
        """The shape of a set; of the envelope for the type ``envelope``."""
        found = self.by_version.get(version[:6])
        return found.schemas.get(type) if found else None

    def segment(self, version: str, tag: str) -> Segment | None:
        """A segment of a version's dictionary."""
        found = self.by_version.get(version[:6])
        return found.segments.get(tag) if found else None

    def with_sets_of(self, more: Tables) -> Tables:
        """These tables and those of ``more``, whose sets go before ours of a version.

        A set brings its own segments and elements; a tag counts as defined where
        either has it.
        """
        both = dict(self.by_version)
        for version, added in more.by_version.items():
            ours = both.get(version)
            both[version] = _joined(ours, added) if ours else added
        return Tables(MappingProxyType(both))


def _joined(ours: Version, added: Version) -> Version:
    """One version out of two; what is in both is taken of the second."""

    def segment(tag: str) -> Segment:
        return (added if tag in added.segments else ours).segments[tag]

    def schema(type_: str) -> MessageSchema:
        found = (added if type_ in added.schemas else ours).schemas[type_]
        return replace(found, defined_tags=ours.defined_tags | added.defined_tags)

    return Version(
        segments=Lazily([*ours.segments, *added.segments], segment),
        schemas=Lazily([*ours.schemas, *added.schemas], schema),
        heads=Lazily(
            [*ours.groups, *added.groups],
            lambda type_: (added if type_ in added.groups else ours).groups[type_],
        ),
    )


def read_tables(texts: Mapping[str, str]) -> Tables | tuple[Finding, ...]:
    """The tables in the texts, or every line that is not understood (CFG-010).

    ``texts`` maps ``004010/850.txt`` to that file's text.
    """
    found = Findings()
    versions = {
        version: _Folder(version, names, texts, found).read()
        for version, names in _folders(texts, found).items()
    }
    return found.done() or Tables(MappingProxyType(versions))


def open_tables(texts: Mapping[str, str]) -> Tables:
    """Tables of which a text is looked up, and a line read, when it is asked for.

    For texts that are known to be good: one that is not understood is a ``ValueError``
    when it is met.
    """
    found = _Refused()
    folders = _folders(texts, found)
    return Tables(
        Lazily(folders, lambda v: _Folder(v, folders[v], texts, found).opened())
    )


class _Refused(Findings):
    """Raises the first finding instead of noting it."""

    __slots__ = ()

    def add(
        self,
        code: str,
        what: str,
        where: Where = NOWHERE,
        value: str = "",
        *,
        severity: Severity | None = None,
    ) -> None:
        """Stop with one finding."""
        raise ValueError(f"{code} {where}: {what} {value}")


def _folders(texts: Iterable[str], found: Findings) -> dict[str, list[str]]:
    """The names of each version's files, in order."""
    folders: dict[str, list[str]] = {}
    for path in sorted(texts):
        version, slash, name = path.partition("/")
        if slash and "/" not in name and name.endswith(".txt") and len(version) == 6:
            folders.setdefault(version, []).append(name)
        else:
            what = "a table's path is a version, / and a .txt file"
            found.add("CFG-010", what, Where(path=path))
    return folders


class _Folder:
    """The texts of one version, each line of them read when it is needed."""

    def __init__(
        self,
        version: str,
        names: list[str],
        texts: Mapping[str, str],
        found: Findings,
    ) -> None:
        self._version = version
        self._texts = texts
        self._found = found
        self._sets = [name for name in names if name not in _DICTIONARY]
        self._missing = [name for name in _DICTIONARY if name not in names]

    def read(self) -> Version:
        """All of it at once, so that everything that is wrong is noted."""
        if not self._is_whole():
            return Version(segments={}, schemas={})
        for made in (self._elements, self._pieces):
            for name in made:
                made[name]  # what is wrong with it is noted
        tags = self._tags
        made_sets = [self._set(name, tags) for name in self._sets]
        return Version(
            segments=MappingProxyType(dict(self._segments)),
            schemas=MappingProxyType({s.type: s for s in made_sets if s}),
        )

    def opened(self) -> Version:
        """What is in it, read when it is asked for."""
        self._is_whole()
        types = [name.removesuffix(".txt") for name in self._sets]
        return Version(
            segments=self._segments,
            schemas=Lazily(types, self._schema),
            heads=Lazily(types, lambda type_: group_of(self._source(f"{type_}.txt"))),
        )

    def _is_whole(self) -> bool:
        for name in self._missing:
            where = Where(path=f"{self._version}/{name}")
            self._found.add("CFG-010", "the dictionary file is missing", where)
        return not self._missing

    def _source(self, name: str) -> Source:
        path = f"{self._version}/{name}"
        return Source(path, self._texts[path], self._found)

    @cached_property
    def _elements(self) -> Mapping[str, Element]:
        source = self._source("elements.txt")
        entries = element_entries(source)
        return Lazily(entries, lambda number: read_element(source, entries[number]))

    @cached_property
    def _pieces(self) -> Mapping[str, Segment | Composite]:
        source = self._source("segments.txt")
        entries = piece_entries(source, self._elements)

        def known(number: str, before: int) -> Element | Composite | None:
            """An element, or a composite that stands in front of its use."""
            entry = entries.get(number)
            if entry is None or len(number) <= _LONGEST_TAG or entry.line >= before:
                return self._elements.get(number)
            piece = self._pieces[number]
            return piece if isinstance(piece, Composite) else None

        return Lazily(entries, lambda tag: read_piece(source, entries[tag], known))

    @cached_property
    def _segments(self) -> Mapping[str, Segment]:
        return Lazily(
            (tag for tag in self._pieces if len(tag) <= _LONGEST_TAG), self._segment
        )

    def _segment(self, tag: str) -> Segment:
        piece = self._pieces[tag]
        assert isinstance(piece, Segment)
        return piece

    @cached_property
    def _tags(self) -> frozenset[str]:
        return read_defined(self._source("defined.txt")).union(self._segments)

    def _set(self, name: str, tags: frozenset[str]) -> MessageSchema | None:
        return SetReader(self._source(name), self._segments).read(self._version, tags)

    def _schema(self, type_: str) -> MessageSchema:
        schema = self._set(f"{type_}.txt", self._tags)
        assert schema is not None  # else its first line was refused
        return schema
