"""A UBL document held against the schemas and rule packs of the operator."""

from __future__ import annotations

from collections.abc import Iterator

from gateway.findings import Finding, Where
from gateway.safexml import as_bytes
from gateway.ubl.document import Document
from gateway.ubl.packs import Packs
from gateway.verify.workers import NoVerdict, Worker, is_at_hand

__all__ = ["judged"]


def judged(document: Document, packs: Packs, worker: Worker) -> Iterator[Finding]:
    """What schema and rules say, the schema first; rules run in any case.

    Places are paths with the prefixes of UBL.
    """
    yield from _by_schema(document, packs)
    if document.transaction:
        yield from _by_rules(document, packs, worker)


def _by_schema(document: Document, packs: Packs) -> Iterator[Finding]:
    name = document.name
    schema = packs.schema(name)
    if schema is None:
        what = f"no schema of {name} is held"
        yield Finding.of("UBL-021", what, Where(path=name))
    elif isinstance(schema, str):
        yield Finding.of("UBL-022", schema, Where(path=name))
    else:
        for path, line, text in schema.faults(document.root):
            what = f"{text.rstrip('. ')} (line {line})"
            yield Finding.of("UBL-020", what, Where(path=path))


def _by_rules(document: Document, packs: Packs, worker: Worker) -> Iterator[Finding]:
    where = Where(path=document.name)
    held = packs.rules(document.transaction)
    if held is None or not is_at_hand():
        why = "no rule pack is held" if held is None else "saxonche is not installed"
        what = f"the rules of {document.transaction} were not run: {why}"
        yield Finding.of("UBL-032", what, where)
        return
    release, rules = held
    try:
        broken = worker.run(rules, as_bytes(document.root))
    except NoVerdict as problem:
        what = f"{document.transaction} of {release}: {problem}"
        yield Finding.of("UBL-033", what, where)
        return
    for one in broken:
        code = "UBL-031" if one.warns else "UBL-030"
        text = one.text.removeprefix(f"[{one.rule}]-").rstrip(". ")
        yield Finding.of(code, f"{one.rule}: {text}", Where(path=one.path), one.rule)
