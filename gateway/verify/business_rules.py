"""A UBL document held against the schemas and rule packs of the operator."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from threading import Lock

from gateway.findings import Finding, Where
from gateway.pipeline.verdicts import Check, Demand
from gateway.safexml import as_bytes
from gateway.ubl.document import Document
from gateway.ubl.packs import Packs, RuleSet
from gateway.ubl.schematron import Broken
from gateway.verify.workers import Ended, NoVerdict, Worker, is_at_hand

__all__ = ["Judge", "judged"]

_NO_VERDICT = "UBL-033"


class Judge:
    """Holds documents against what is held now, with one process of its own.

    That is started with the first document which needs it, and stays warm.
    """

    def __init__(self, packs: Callable[[], Packs]) -> None:
        self._packs = packs
        self._worker = Worker()
        self._turn = Lock()  # a schema tells its faults to one at a time

    def judged(
        self, document: Document, demand: Demand, day: dt.date
    ) -> tuple[Finding, ...]:
        """What speaks against a document; that nobody can tell is UBL-033."""
        trial = _Trial(document, self._packs(), self._worker, demand, day)
        with self._turn:
            return tuple(trial.demanded())

    def close(self) -> None:
        """End the process."""
        self._worker.close()


def judged(
    document: Document, packs: Packs, worker: Worker, day: dt.date | None = None
) -> Iterator[Finding]:
    """What schema and rules say, the schema first; rules run in any case.

    Places are paths with the prefixes of UBL. What is not held is a note.
    """
    trial = _Trial(document, packs, worker, Demand(), day)
    yield from trial.by_schema("UBL-021")
    for name in document.rule_sets:
        yield from trial.by_rules(name, "UBL-032")


@dataclass(slots=True)
class _Trial:
    """One document before what is held on a day; without a day, dates do not matter."""

    document: Document
    packs: Packs
    worker: Worker
    demand: Demand
    day: dt.date | None
    held: str = ""

    def demanded(self) -> Iterator[Finding]:
        """By all that is demanded; a note names what it was held against."""
        against: list[str] = []
        for check in self.demand.checks:
            found = tuple(self._by(check))
            yield from found
            if self.held and not any(one.code == _NO_VERDICT for one in found):
                against.append(self.held)
        if against:
            yield Finding.of("UBL-034", "; ".join(against), self._where)

    def _by(self, check: Check) -> Iterator[Finding]:
        self.held = ""
        if check == "schema":
            yield from self.by_schema(_NO_VERDICT)
            return
        if not self.document.rule_sets:
            claimed = self.document.customization[:120]
            what = f"{self.document.name} claims no rules that are known: {claimed!r}"
            yield Finding.of(_NO_VERDICT, what, self._where)
        for name in self.document.rule_sets:
            yield from self.by_rules(name, _NO_VERDICT)

    @property
    def _where(self) -> Where:
        return Where(path=self.document.name)

    def by_schema(self, missing: str) -> Iterator[Finding]:
        """What its schema says; ``missing`` is the code where none is held."""
        name = self.document.name
        schema = self.packs.schema(name)
        if schema is None:
            what = f"no schema of {name} is held"
            yield Finding.of(missing, what, self._where)
        elif isinstance(schema, str):
            code = _NO_VERDICT if missing == _NO_VERDICT else "UBL-022"
            yield Finding.of(code, schema, self._where)
        else:
            self.held = f"the schema of {name}"
            for path, line, text in schema.faults(self.document.root):
                what = f"{text.rstrip('. ')} (line {line})"
                yield Finding.of("UBL-020", what, Where(path=path))

    def by_rules(self, name: str, missing: str) -> Iterator[Finding]:
        """What a set of rules says; ``missing`` is the code where none is in force."""
        rules = self.packs.rules(name, self.day, self.demand.release)
        if rules is None or not is_at_hand():
            why = self._why_none(rules)
            what = f"the rules of {name} were not run: {why}"
            yield Finding.of(missing, what, self._where)
            return
        text = self.packs.text(rules)
        try:
            broken = self._run(text)
        except NoVerdict as problem:
            what = f"{name} of {rules.release}: {problem}"
            yield Finding.of(_NO_VERDICT, what, self._where)
            return
        mark = hashlib.sha256(text).hexdigest()[:12]
        told = f"{name} of {rules.release} ({mark})"
        self.held = "; ".join(one for one in (self.held, told) if one)
        for one in broken:
            code = "UBL-031" if one.warns else "UBL-030"
            said = one.text.removeprefix(f"[{one.rule}]-").rstrip(". ")
            yield Finding.of(
                code, f"{one.rule}: {said}", Where(path=one.path), one.rule
            )

    def _run(self, rules: bytes) -> tuple[Broken, ...]:
        """Once more where the process ended: it may not have been the document."""
        data = as_bytes(self.document.root)
        try:
            return self.worker.run(rules, data)
        except Ended:
            return self.worker.run(rules, data)

    def _why_none(self, rules: RuleSet | None) -> str:
        if rules is not None:
            return "saxonche is not installed"
        if self.demand.release:
            return f"release {self.demand.release} is not held"
        return f"no rule pack is in force on {self.day}" if self.day else "none is held"
