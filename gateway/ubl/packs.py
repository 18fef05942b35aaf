"""What an operator holds of UBL: schemas, and rule packs by release and dates."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePath

from gateway.findings import Finding, Where
from gateway.safexml.schema import Schema, read_schema
from gateway.ubl.schematron import stylesheet

__all__ = ["ALWAYS", "Packs", "RuleSet", "Term", "place_of"]

_SCHEMA = re.compile(r"\S+-(2\.[0-9])\.xsd", re.ASCII)
_RULE_ID = re.compile(
    rb"""\bid=["'](?:PEPPOL-(T[0-9]{2,3})-|(PEPPOL-EN16931)-R|(BR)-)"""
)
_IN_NAME = re.compile(r"(?<![A-Za-z0-9])(T[0-9]{2,3})(?![0-9])", re.ASCII)
_RELEASE = re.compile(r"[0-9][0-9.]*", re.ASCII)
_NEWEST = "2.1"
"""The schemas of the version that documents are written in come first."""
_OF_EN16931 = "EN16931"


@dataclass(frozen=True, slots=True)
class Term:
    """The days on which rules are in force, both included; none: no such end."""

    since: dt.date | None = None
    until: dt.date | None = None

    def holds(self, day: dt.date) -> bool:
        """Whether they are in force on this day."""
        begun = self.since is None or self.since <= day
        return begun and (self.until is None or day <= self.until)


ALWAYS = Term()
"""Rules without dates are always in force."""


@dataclass(frozen=True, slots=True)
class RuleSet:
    """A set of rules of one release, as the published file has it."""

    name: str
    release: str
    term: Term
    path: str


def place_of(file: PurePath, data: bytes, release: str = "") -> str | Finding:
    """Where a published file belongs, or why it has no place.

    A schema goes to ``xsd/2.1/maindoc/UBL-Order-2.1.xsd``, by the version in its name
    and its folder; rules to ``rules/2026.5/T01.sch``, by the set that the ids of the
    rules name, else the file's name: a transaction of Peppol, ``EN16931`` or
    ``PEPPOL-EN16931``. The release, where it is not said, is the number in the name of
    the folder.
    """
    if file.suffix == ".xsd":
        found = _SCHEMA.fullmatch(file.name)
        if found is None:
            return _none(file, "its name tells no version of UBL")
        return f"xsd/{found[1]}/{file.parent.name or 'maindoc'}/{file.name}"
    sheet = stylesheet(data)
    if isinstance(sheet, Finding):
        return _none(file, sheet.what)
    name = _rule_set(file, data)
    if not name:
        return _none(file, "neither its rules nor its name tell the transaction")
    in_folder = _RELEASE.findall(file.parent.name)
    release = release or (in_folder[-1] if in_folder else "1")
    return f"rules/{release}/{name}.sch"


def _rule_set(file: PurePath, data: bytes) -> str:
    named = Counter(map(_named, _RULE_ID.findall(data))).most_common(1)
    in_name = _IN_NAME.search(file.stem)
    return named[0][0] if named else in_name[1] if in_name else ""


def _named(found: tuple[bytes, bytes, bytes]) -> str:
    transaction, billing, _ = found
    return (transaction or billing).decode() or _OF_EN16931


def _none(file: PurePath, what: str) -> Finding:
    return Finding.of("UBL-022", what, Where(path=str(file)))


@dataclass(frozen=True, slots=True)
class Packs:
    """The files by their places, read as documents need them.

    ``terms`` are those of files of rules that have one.
    """

    files: Mapping[str, Callable[[], bytes]] = field(repr=False)
    terms: Mapping[str, Term] = field(default_factory=dict, repr=False)
    _schemas: dict[str, Schema | str] = field(default_factory=dict, repr=False)
    _rules: dict[str, bytes] = field(default_factory=dict, repr=False)

    def schema(self, name: str) -> Schema | str | None:
        """The schema of a document, by its root; why it cannot be used, or ``None``."""
        held = sorted(
            (
                one
                for one in self.files
                if re.search(rf"/UBL-{name}-2\.[0-9]\.xsd$", one)
            ),
            key=lambda one: (f"/{_NEWEST}/" not in one, one),
        )
        if not held:
            return None
        if held[0] not in self._schemas:
            self._schemas[held[0]] = read_schema(self.files, held[0])
        return self._schemas[held[0]]

    @property
    def every(self) -> Iterator[RuleSet]:
        """All rules that are held, the newest release first."""
        for path in sorted(self.files, key=_newest_first):
            folder, release, file = path.split("/", 2)
            if folder == "rules":
                term = self.terms.get(path, ALWAYS)
                yield RuleSet(file.removesuffix(".sch"), release, term, path)

    def rules(
        self, name: str, day: dt.date | None = None, release: str = ""
    ) -> RuleSet | None:
        """The newest rules of a set that are in force on a day.

        Without a day their dates do not matter, nor with a ``release``: it counts.
        """
        for one in self.every:
            if one.name != name or release not in ("", one.release):
                continue
            if release or day is None or one.term.holds(day):
                return one
        return None

    def text(self, rules: RuleSet) -> bytes:
        """The published file."""
        if rules.path not in self._rules:
            self._rules[rules.path] = self.files[rules.path]()
        return self._rules[rules.path]


def _newest_first(path: str) -> tuple[list[int], str]:
    release = path.split("/")[1]
    return [-int(part) for part in re.findall(r"[0-9]+", release)], path
