"""What an operator holds of UBL: schemas, and rule packs by transaction and release."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import PurePath

from gateway.findings import Finding, Where
from gateway.safexml.schema import Schema, read_schema
from gateway.ubl.schematron import stylesheet

__all__ = ["Packs", "place_of"]

_SCHEMA = re.compile(r"\S+-(2\.[0-9])\.xsd", re.ASCII)
_RULE_ID = re.compile(rb"""\bid=["']PEPPOL-(T[0-9]{2,3})-""")
_IN_NAME = re.compile(r"(?<![A-Za-z0-9])(T[0-9]{2,3})(?![0-9])", re.ASCII)
_RELEASE = re.compile(r"[0-9][0-9.]*", re.ASCII)
_NEWEST = "2.1"
"""The schemas of the version that documents are written in come first."""


def place_of(file: PurePath, data: bytes, release: str = "") -> str | Finding:
    """Where a published file belongs, or why it has no place.

    A schema goes to ``xsd/2.1/maindoc/UBL-Order-2.1.xsd``, by the version in its name
    and its folder; rules to ``rules/2026.5/T01.sch``, by the transaction that the ids
    of the rules name, else the file's name. The release, where it is not said, is the
    number in the name of the folder.
    """
    if file.suffix == ".xsd":
        found = _SCHEMA.fullmatch(file.name)
        if found is None:
            return _none(file, "its name tells no version of UBL")
        return f"xsd/{found[1]}/{file.parent.name or 'maindoc'}/{file.name}"
    sheet = stylesheet(data)
    if isinstance(sheet, Finding):
        return _none(file, sheet.what)
    named = Counter(_RULE_ID.findall(data)).most_common(1)
    in_name = _IN_NAME.search(file.stem)
    transaction = named[0][0].decode() if named else in_name[1] if in_name else ""
    if not transaction:
        return _none(file, "neither its rules nor its name tell the transaction")
    in_folder = _RELEASE.findall(file.parent.name)
    release = release or (in_folder[-1] if in_folder else "1")
    return f"rules/{release}/{transaction}.sch"


def _none(file: PurePath, what: str) -> Finding:
    return Finding.of("UBL-022", what, Where(path=str(file)))


@dataclass(frozen=True, slots=True)
class Packs:
    """The files by their places, read as documents need them."""

    files: Mapping[str, Callable[[], bytes]] = field(repr=False)
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

    def rules(self, transaction: str) -> tuple[str, bytes] | None:
        """The newest rules of a transaction that are held, and their release."""
        held = [
            one.split("/")[1]
            for one in self.files
            if one.startswith("rules/") and one.endswith(f"/{transaction}.sch")
        ]
        if not held or not transaction:
            return None
        release = max(held, key=_in_order)
        path = f"rules/{release}/{transaction}.sch"
        if path not in self._rules:
            self._rules[path] = self.files[path]()
        return release, self._rules[path]


def _in_order(release: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"[0-9]+", release))
