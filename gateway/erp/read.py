"""A file of our ERP: which kind it is, its documents, and its bad rows."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from gateway.catalog.imported import Import, nearest
from gateway.catalog.importing import read_csv, read_json
from gateway.erp import documents
from gateway.erp.columns import KINDS, Kind
from gateway.erp.documents import Billed, Confirmation, Counted, Shipped
from gateway.erp.sheet import Fault, Row, columns_of, fault, json_rows, rows
from gateway.findings import Finding, Severity
from gateway.order.json_text import Twice, is_whole, object_of
from gateway.order.read import invoice_from_json, notice_from_json, stock_from_json

__all__ = ["CONTRACTS", "ErpFile", "contract_faults", "read", "read_contracts"]

CONTRACTS = "contracts"
_CATALOG = "catalog/1"
_CANONICAL = ("ship_notice/1", "invoice/1", "stock/1")
_MOST_FAULTS = 5_000


@dataclass(frozen=True, slots=True)
class ErpFile:
    """What a file holds. ``kind`` is empty when nobody can say what it is.

    ``documents`` are those without a fault in the file itself; contracts have none
    here.
    """

    kind: str
    documents: tuple[Confirmation | Shipped | Billed | Counted, ...] = ()
    faults: tuple[Fault, ...] = ()


def read(data: bytes, name: str) -> ErpFile:
    """Read a file. Never raises: what is wrong are faults, each with its row.

    JSON is told from CSV by its first character, the kind by its schema or by the
    column that only this kind has.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        what = f"not UTF-8 at byte {problem.start}; save it as UTF-8"
        return ErpFile("", faults=(fault(0, "", "ERP-001", what),))
    if text.lstrip()[:1] in ("{", "["):
        return _json(text)
    columns = columns_of(text)
    for kind in KINDS.values():
        if kind.sign in columns:
            return _file(kind, rows(text, kind.columns, kind.needed))
    if "contract" in columns:
        return ErpFile(CONTRACTS)
    signs = ", ".join(f"{kind.sign} ({kind.name})" for kind in KINDS.values())
    what = f"no column says what {name} is; one of: {signs}, contract (contracts)"
    return ErpFile("", faults=(fault(1, "", "ERP-001", what),))


def read_contracts(data: bytes, name: str, partner_id: str) -> Import:
    """The contracts of a file that ``read`` called so."""
    text = data.decode("utf-8-sig")
    reader = read_json if text.lstrip().startswith("{") else read_csv
    return reader(text, name, partner_id=partner_id)


def contract_faults(read: Import) -> list[Fault]:
    """The findings of a catalog as faults: the row stands behind the file's name."""
    told = []
    for each in read.findings:
        if each.severity is Severity.REJECT:
            last = each.where.path.rpartition(":")[2]
            told.append(Fault(int(last) if last.isdecimal() else 0, "", each))
    return told


def _json(text: str) -> ErpFile:
    body = _object(text)
    if isinstance(body, Fault):
        return ErpFile("", faults=(body,))
    schema = body.get("schema")
    for kind in KINDS.values():
        if schema == kind.schema:
            return _file(kind, _rows_of(body, kind))
    if schema in _CANONICAL:
        return _canonical(text, str(schema))
    if schema == _CATALOG or (isinstance(schema, str) and "contracts" in body):
        return ErpFile(CONTRACTS)
    known = [*(kind.schema for kind in KINDS.values()), *_CANONICAL, _CATALOG]
    shown = schema if isinstance(schema, str) else ""
    what = f"schema {shown!r} is none of {', '.join(known)}{nearest(shown, known)}"
    return ErpFile("", faults=(fault(0, "schema", "ERP-001", what, shown),))


def _object(text: str) -> dict[str, Any] | Fault:
    """What the file holds, or why it cannot be read."""
    try:
        body = json.loads(text, object_pairs_hook=object_of)
    except (ValueError, RecursionError) as error:
        row = getattr(error, "lineno", 0)
        return fault(row, "", "ERP-001", f"not JSON: {error}")
    if not is_whole(text, body):
        what = "a text holds half a character, which cannot be kept"
        return fault(0, "", "ERP-001", what)
    if not isinstance(body, dict):
        what = "the file is no object; write it in { }"
        return fault(0, "", "ERP-001", what)
    return body


def _rows_of(body: Mapping[str, Any], kind: Kind) -> Iterator[Row | Fault]:
    for key in body.keys_twice if isinstance(body, Twice) else ():
        yield fault(0, key, "ERP-001", f"key {key!r} comes twice")
    for key in body:
        if key not in ("schema", "rows"):
            yield fault(0, key, "ERP-001", f"key {key!r} is unknown")
    yield from json_rows(body, kind.columns)


def _file(kind: Kind, told: Iterator[Row | Fault]) -> ErpFile:
    good: list[Row] = []
    faults: list[Fault] = []
    for each in told:
        if isinstance(each, Row):
            good.append(each)
        elif len(faults) < _MOST_FAULTS:
            faults.append(each)
    if any(each.finding.code == "ERP-001" for each in faults):
        return ErpFile(kind.name, faults=tuple(faults))
    spoiled = frozenset(each.row for each in faults)
    made, more = documents.of_rows(kind.name, good, spoiled)
    every = sorted([*faults, *more], key=lambda each: each.row)[:_MOST_FAULTS]
    return ErpFile(kind.name, tuple(made), tuple(every))


def _canonical(text: str, schema: str) -> ErpFile:
    """A file that is one document in canonical JSON."""
    readers: Mapping[str, tuple[str, Any, Any]] = {
        "ship_notice/1": ("shipments", notice_from_json, documents.of_notice),
        "invoice/1": ("invoices", invoice_from_json, documents.of_invoice),
        "stock/1": ("stock", stock_from_json, documents.of_stock),
    }
    kind, reader, made = readers[schema]
    document = reader(text)
    if isinstance(document, tuple):
        faults = (_told(each) for each in document[:_MOST_FAULTS])
        return ErpFile(kind, faults=tuple(faults))
    return ErpFile(kind, tuple(made(document)))


def _told(finding: Finding) -> Fault:
    return Fault(0, finding.where.path, finding)
