"""The reader of BizTalk X12 schemas: ``X12_00401_850.xsd``.

One file is one set. Segments and loops are global elements that refer to each other;
``b:recordInfo`` has the tag and the conditions, ``b:fieldInfo`` the element's number
behind its name (``Quantity_380``). ``REF`` and ``REF_2`` are the same segment.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from gateway.edi.importers.draft import COMPOSITE, TAG, Draft, Node, Use
from gateway.edi.importers.standard import (
    GROUPS,
    LONGEST_CHARS,
    NO_NAMES,
    Standard,
)
from gateway.edi.importers.xmltree import NotRead, Tree, read_xml
from gateway.findings import Finding

__all__ = ["read_biztalk_xsd"]

_VERSION = re.compile(r"([0-9]{5})([0-9]?)[A-Z0-9]*")
_VARIANT = re.compile(r"_[0-9]+$")
_LOOP = re.compile(r"_?Loop[0-9]*$")
_NUMBERED = re.compile(r"(.*)_([A-Z]?[0-9]{1,4})", re.DOTALL)
_CODED = re.compile(r"X12_ID_([0-9]{1,4})")
_TYPE = re.compile(r"X12_(ID|AN|N[0-9]?|R|DT|TM|B)(?:_.*)?")
_RULES = {
    "Paired": "P",
    "Required": "R",
    "Exclusion": "E",
    "Conditional": "C",
    "ListConditional": "L",
}
_TIMES = re.compile(r"[0-9]{1,6}")
_DEEPEST = 20
_LONGEST_CHAIN = 5
_MOST_NODES = 20_000

_ENVELOPE: Mapping[str, tuple[tuple[str, str, int, int], ...]] = {
    "ST": (("143", "ID", 3, 3), ("329", "AN", 4, 9), ("1705", "AN", 1, 35)),
    "SE": (("96", "N0", 1, 10), ("329", "AN", 4, 9)),
}
"""ST and SE as X12.6 has them: these schemas describe them as optional texts."""


def read_biztalk_xsd(
    text: str,
    name: str,
    *,
    version: str = "",
    groups: Mapping[str, str] = GROUPS,
    names: Mapping[str, str] = NO_NAMES,
) -> Standard | tuple[Finding, ...]:
    """The set of a BizTalk schema, or what is not understood of it (CFG-010).

    ``version`` goes before the one of the file; ``groups`` has each set's group,
    ``names`` what is called nothing in the file, by number and tag.
    """
    draft = Draft(name, groups, names)
    if len(text) > LONGEST_CHARS:
        draft.wrong(0, f"the file is longer than {LONGEST_CHARS} characters")
        return draft.found.done()
    try:
        root = read_xml(text)
    except NotRead as problem:
        draft.wrong(problem.line, problem.what)
        return draft.found.done()
    if root.name != "schema":
        draft.wrong(root.line, "the file is no XML schema", root.name)
        return draft.found.done()
    return _Reader(draft, root).read(version)


@dataclass(slots=True)
class _Facts:
    """What fields say of an element; where they differ, all that any of them allows."""

    type: str
    low: int
    high: int
    codes: frozenset[str]
    name: str
    line: int

    def widen(self, other: _Facts) -> bool:
        """Take in what another field allows; whether that was anything new."""
        before = (self.type, self.low, self.high, self.codes)
        if other.type != self.type:
            self.type = "AN"
        self.low, self.high = min(self.low, other.low), max(self.high, other.high)
        both = self.codes and other.codes
        self.codes = self.codes | other.codes if both else frozenset()
        return before != (other.type, other.low, other.high, other.codes)


@dataclass(slots=True)
class _Piece:
    """A segment or composite; its variants make elements optional, never mandatory."""

    name: str
    line: int
    uses: list[Use]
    conditions: list[str]


@dataclass(slots=True)
class _Reader:
    """Reads the set from its root element down."""

    draft: Draft
    root: Tree
    elements: dict[str, Tree] = field(default_factory=dict)
    types: dict[str, Tree] = field(default_factory=dict)
    facts: dict[str, _Facts] = field(default_factory=dict)
    pieces: dict[str, _Piece] = field(default_factory=dict)
    seen: set[int] = field(default_factory=set)
    varied: set[str] = field(default_factory=set)
    count: int = 0

    def read(self, version: str) -> Standard | tuple[Finding, ...]:
        """The set, its segments, their elements."""
        self.elements = {e.get("name"): e for e in self.root.each("element")}
        self.types = {t.get("name"): t for t in self.root.each("simpleType")}
        info = self._info()
        type_ = info.get("document_type")
        top = self.elements.get(info.get("root_reference"))
        if top is None or not type_:
            what = "schemaInfo names no document_type and root_reference of the file"
            self.draft.wrong(info.line, what, info.get("root_reference"))
            return self.draft.done(version)
        version = version or self._version(info)
        for tag in _ENVELOPE:
            self._envelope(top.line, tag, version)
        nodes = list(self._nodes(top, 1))
        for number, one in self.facts.items():
            form = (one.type, one.low, one.high)
            self.draft.element(
                one.line, number, form=form, name=one.name, codes=one.codes
            )
        for tag, piece in self.pieces.items():
            self.draft.piece(
                piece.line,
                tag,
                name=piece.name,
                uses=piece.uses,
                conditions=piece.conditions,
            )
        if self.varied:
            what = "places that differ in the file; what any of them allows is taken"
            self.draft.left_out(0, what, " ".join(sorted(self.varied)))
        self.draft.set(top.line, type_, name=_notes(top), nodes=nodes)
        return self.draft.done(version)

    def _info(self) -> Tree:
        """``b:schemaInfo`` with the type; an editor's own one stands beside it."""
        for note in self.root.each("annotation"):
            for app in note.each("appinfo"):
                for info in app.each("schemaInfo"):
                    if info.get("document_type"):
                        return info
        return Tree("schemaInfo", {}, self.root.line)

    def _version(self, info: Tree) -> str:
        """``00401`` is version 004, release 010."""
        stated = info.get("standards_version")
        parts = _VERSION.fullmatch(stated)
        if parts is None:
            what = "standards_version is five digits, 00401"
            self.draft.wrong(info.line, what, stated)
            return ""
        return parts[1] + (parts[2] or "0")

    def _envelope(self, line: int, tag: str, version: str) -> None:
        """ST or SE as the standard has it, ST03 from 004020 on."""
        uses = []
        for number, kind, low, high in _ENVELOPE[tag]:
            if number == "1705" and version < "004020":
                continue
            known = _Facts(kind, low, high, frozenset(), "", line)
            self.facts.setdefault(number, known)
            uses.append(Use(number, number != "1705", 1, line))
        self.pieces[tag] = _Piece("", line, uses, [])

    def _nodes(self, parent: Tree, depth: int) -> Iterator[Node]:
        """The segments and loops of the root or of a loop."""
        for place in _content(parent):
            if place.get("maxOccurs") == "0":
                self.draft.left_out(place.line, "a place that stands zero times")
                continue
            self.count += 1
            target = self._target(place)
            if target is None or depth > _DEEPEST or self.count > _MOST_NODES:
                self._lost(place)
                return
            low, high = self._occurs(place)
            tag = _tag(target, place)
            if tag in _ENVELOPE:
                yield Node(tag, True, 1, place.line)
            elif TAG.fullmatch(tag):
                self._piece(tag, target, place)
                yield Node(tag, low, high, place.line)
            else:
                inner = list(self._nodes(target, depth + 1))
                if inner and inner[0].nodes is None:
                    inner[0].mandatory = True
                name = _LOOP.sub("", _VARIANT.sub("", target.get("name")))
                yield Node(name, low, high, place.line, inner)

    def _target(self, place: Tree) -> Tree | None:
        """What an element refers to, or the element itself."""
        if place.name != "element":
            return None
        ref = place.get("ref").rpartition(":")[2]
        return self.elements.get(ref) if ref else place

    def _lost(self, place: Tree) -> None:
        what = "only elements in a sequence are read, not nested in themselves"
        self.draft.wrong(place.line, what, place.get("ref") or place.name)

    def _occurs(self, place: Tree) -> tuple[bool, int]:
        """Mandatory or not, and the most times; 0 for unbounded."""
        low, high = place.get("minOccurs") or "1", place.get("maxOccurs") or "1"
        if not _TIMES.fullmatch(low) or not _TIMES.fullmatch(high):
            if high != "unbounded":
                what = "minOccurs and maxOccurs are numbers"
                self.draft.wrong(place.line, what, f"{low} {high}")
            return low != "0", 0
        return int(low) > 0, int(high) or 1

    def _piece(self, tag: str, target: Tree, place: Tree) -> None:
        """A segment or composite at one place; read once for each description."""
        if id(target) in self.seen:
            return
        self.seen.add(id(target))
        rules = list(self._rules(target)) or list(self._rules(place))
        uses = [use for one in _content(target) if (use := self._use(one)) is not None]
        known = self.pieces.get(tag)
        if known is None:
            name = _notes(place) or _notes(target)
            self.pieces[tag] = _Piece(name, target.line, uses, rules)
        else:
            self._vary(tag, known, uses, rules)

    def _vary(self, tag: str, known: _Piece, uses: list[Use], rules: list[str]) -> None:
        """Another description of the same segment: take what either allows."""
        longer, shorter = sorted((known.uses, uses), key=len, reverse=True)
        both = []
        for i, one in enumerate(longer):
            other = shorter[i] if i < len(shorter) else None
            if other is not None and other.number != one.number:
                what = "two descriptions of a segment have other elements in a place"
                self.draft.wrong(other.line, what, f"{tag}{i + 1:02d}")
                return
            mandatory = one.mandatory and other is not None and other.mandatory
            repeat = one.repeat if other is None else _more(one.repeat, other.repeat)
            both.append(Use(one.number, mandatory, repeat, one.line))
        kept = [rule for rule in known.conditions if rule in rules]
        if (
            _plain(both) != _plain(uses)
            or _plain(both) != _plain(known.uses)
            or (kept != rules or kept != known.conditions)
        ):
            self.varied.add(tag)
        known.uses, known.conditions = both, kept

    def _use(self, place: Tree) -> Use | None:
        """A field, or a composite with its own fields."""
        target = self._target(place)
        if target is None:
            self._lost(place)
            return None
        mandatory, repeat = self._occurs(place)
        if target.below("complexType") is not None:
            tag = _tag(target, place)
            if not COMPOSITE.fullmatch(tag):
                what = "a composite is called by a letter and three digits"
                self.draft.wrong(place.line, what, tag)
                return None
            if all(self._is_field(one) for one in _content(target)):
                self._piece(tag, target, place)
            return Use(tag, mandatory, repeat, place.line)
        number = self._field(target)
        return Use(number, mandatory, repeat, place.line) if number else None

    def _is_field(self, place: Tree) -> bool:
        """A composite holds fields only."""
        target = self._target(place)
        if target is None or target.below("complexType") is not None:
            self._lost(place)
            return False
        return True

    def _field(self, place: Tree) -> str:
        """Note what a field says of its element; the element's number."""
        coded = _CODED.fullmatch(place.get("type").rpartition(":")[2])
        noted = _NUMBERED.fullmatch(_notes(place))
        number = noted[2] if noted else coded[1] if coded else ""
        if not number:
            what = "the field's notes do not end with _ and the element's number"
            self.draft.wrong(place.line, what, place.get("name"))
            return ""
        name = noted[1] if noted else ""
        facts = self._form(place, name)
        known = self.facts.setdefault(number, facts)
        if known is not facts:
            known.name = known.name or name
            if known.widen(facts):
                self.varied.add(number)
        return number

    def _form(self, place: Tree, name: str) -> _Facts:
        """Type, lengths and codes along the chain of simple types."""
        kind, codes = "", frozenset[str]()
        low = high = None
        step, base = place.below("simpleType"), place.get("type")
        for _ in range(_LONGEST_CHAIN):
            if step is None:
                base = base.rpartition(":")[2]
                kind = kind or _kind(base)
                step = self.types.get(base)
                if step is None:
                    break
            facet = step.below("restriction") or Tree("restriction", {}, place.line)
            low = _length(facet, "minLength") if low is None else low
            high = _length(facet, "maxLength") if high is None else high
            codes = codes or frozenset(
                e.get("value") for e in facet.each("enumeration")
            )
            step, base = None, facet.get("base")
        if low is None or high is None:
            sizes = [len(code) for code in codes]
            low, high = min(sizes, default=0), max(sizes, default=0)
        if not high:
            what = "the field has no lengths and no codes"
            self.draft.wrong(place.line, what, place.get("name"))
            low, high = 0, 1
        return _Facts(
            kind or ("ID" if codes else "AN"), low, high, codes, name, place.line
        )

    def _rules(self, target: Tree) -> Iterator[str]:
        """``b:Rule`` as a condition: ``P0304``."""
        record = target.below("annotation", "appinfo", "recordInfo")
        for rule in record.each("Rule") if record is not None else ():
            kind = _RULES.get(rule.get("subjects").rpartition("_")[2], "")
            names = [one.get("name") for one in rule.each("Subject")]
            if kind in ("C", "L"):
                names.insert(0, rule.get("qualifier"))
            if not kind or not all(name[-2:].isdecimal() for name in names):
                self.draft.left_out(
                    rule.line, "a rule of another kind", " ".join(names)
                )
                continue
            yield kind + "".join(name[-2:] for name in names)


def _content(parent: Tree) -> list[Tree]:
    """The elements inside an element; a choice stands for itself and is not read."""
    inner = parent.below("complexType")
    if inner is None:
        return []
    return [
        one
        for part in inner.each("sequence", "all", "choice")
        for one in ([part] if part.name == "choice" else part.children)
        if one.name != "annotation"
    ]


def _tag(target: Tree, place: Tree) -> str:
    """``REF`` of an element called ``REF_2``; its own name if it is no segment."""
    for one in (place, target):
        record = one.below("annotation", "appinfo", "recordInfo")
        stated = record.get("tag_name") if record is not None else ""
        if TAG.fullmatch(tag := _VARIANT.sub("", stated)):
            return tag
    return _VARIANT.sub("", target.get("name"))


def _notes(one: Tree) -> str:
    """The notes of a record or field."""
    info = one.below("annotation", "appinfo")
    if info is None:
        return ""
    return next((i.get("notes") for i in info.each("recordInfo", "fieldInfo")), "")


def _kind(base: str) -> str:
    found = _TYPE.fullmatch(base)
    return found[1] if found else ""


def _length(facet: Tree, name: str) -> int | None:
    """A length facet; ``length`` is both."""
    for one in facet.each(name, "length"):
        value = one.get("value")
        if _TIMES.fullmatch(value):
            return int(value)
    return None


def _more(one: int, other: int) -> int:
    """The higher of two limits, where 0 is none."""
    return max(one, other) if one and other else 0


def _plain(uses: Iterable[Use]) -> list[tuple[str, bool, int]]:
    """Uses without their lines, to compare them."""
    return [(use.number, use.mandatory, use.repeat) for use in uses]
