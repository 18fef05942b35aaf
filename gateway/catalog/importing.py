"""Read a catalog from CSV or JSON text: contracts and items, or what is wrong."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from gateway.catalog.assemble import (
    Draft,
    Numbers,
    contract_of,
    contradiction,
    fault,
    faults_of,
)
from gateway.catalog.csv_rows import (
    CONTRACT_COLUMNS,
    ITEM_COLUMNS,
    PRICE_COLUMNS,
    all_rows,
    rows,
)
from gateway.catalog.imported import Fields, Import, nearest
from gateway.catalog.model import Contract, Item
from gateway.findings import Finding
from gateway.order.json_text import Twice, is_whole, object_of

__all__ = ["Import", "read_csv", "read_json", "rows"]

SCHEMA = "catalog/1"
_MAX_FINDINGS = 500
_LISTS = frozenset({"buyer_part", "cross_ref", "gtin"})
_CONTRACT_KEYS = (*CONTRACT_COLUMNS, "lead_time_days")
_ITEM_KEYS = ITEM_COLUMNS
_UNIT_KEYS = ("unit", "factor")
_PRICE_KEYS = tuple(name for name in PRICE_COLUMNS if name != "factor")

_Told = tuple[str, Contract | Item] | Finding


def read_csv(text: str, name: str, *, partner_id: str = "") -> Import:
    """A catalog from CSV text in any order of rows; docs/catalog.md has the columns.

    ``name`` is the file's name for the findings' places. A byte order mark, the
    separators comma, semicolon and tab, quotes and any line ends are understood. For
    files too large for memory see ``rows``.
    """
    told = all_rows(io.StringIO(text, newline=""), name, partner_id=partner_id)
    found = _import(told)
    return replace(found, findings=tuple(sorted(found.findings, key=_line)))


def read_json(text: str, name: str, *, partner_id: str = "") -> Import:
    """A catalog from JSON text; the keys are the CSV's columns, nested.

    Decimals are texts. Places are JSON pointers behind the file's name.
    """
    return _import(_json(text, name, partner_id))


def _line(finding: Finding) -> int:
    return int(finding.where.path.rpartition(":")[2])


def _import(told: Iterator[_Told]) -> Import:
    """Gather what comes; from ``_MAX_FINDINGS`` on the reading ends."""
    contracts: list[Contract] = []
    items: list[Item] = []
    findings: list[Finding] = []
    numbers = Numbers()
    for each in told:
        if isinstance(each, Finding):
            findings.append(each)
        elif isinstance(each[1], Contract):
            contracts.append(each[1])
        else:
            items.append(each[1])
            findings += numbers.check(each[1], each[0])
        if len(findings) >= _MAX_FINDINGS:
            break
    return Import(tuple(contracts), tuple(items), tuple(findings))


class _Point(str):
    """A JSON number with a point or exponent, kept as its text."""

    __slots__ = ()


def _json(text: str, name: str, partner_id: str) -> Iterator[_Told]:
    try:
        body = json.loads(
            text.removeprefix("\ufeff"),
            parse_float=_Point,
            parse_constant=_Point,
            object_pairs_hook=object_of,
        )
    except (ValueError, RecursionError) as error:
        line = getattr(error, "lineno", 1)
        yield fault(f"{name}:{line}", f"not JSON: {error}")
        return
    if not isinstance(body, dict) or body.get("schema") != SCHEMA:
        yield fault(f"{name}#/schema", f"the object needs a schema {SCHEMA!r}")
        return
    if not is_whole(text, body):
        yield fault(f"{name}#", "a text holds half a character, which cannot be kept")
        return
    yield from _twice(body, f"{name}#")
    for key in body:
        if key not in ("schema", "contracts"):
            yield _unknown(key, ("contracts",), f"{name}#")
    seen: dict[str, str] = {}
    objects, wrong = _objects(body, "contracts", f"{name}#")
    yield from wrong
    for spot, each in objects:
        yield from _contract(each, spot, partner_id, seen)


def _contract(
    body: dict[str, Any], spot: str, partner_id: str, seen: dict[str, str]
) -> Iterator[_Told]:
    fields, wrong = _fields(body, _CONTRACT_KEYS, ("items",), spot)
    yield from wrong
    contract = contract_of(fields, partner_id)
    yield from faults_of(fields, spot)
    if contract is None:
        return
    if contract.number in seen:
        what = f"contract {contract.number} stands in {seen[contract.number]} too"
        yield contradiction(spot, what, contract.number)
    seen[contract.number] = spot
    yield spot, contract
    skus: dict[str, str] = {}
    objects, wrong = _objects(body, "items", spot)
    yield from wrong
    for at, each in objects:
        yield from _item(each, at, contract, skus)


def _item(
    body: dict[str, Any], spot: str, contract: Contract, skus: dict[str, str]
) -> Iterator[_Told]:
    fields, wrong = _fields(body, _ITEM_KEYS, ("units", "prices"), spot)
    draft = Draft(contract, fields.needed("item"), spot)
    draft.add_facts(fields, spot)
    draft.findings += wrong + faults_of(fields, spot)
    if draft.sku in skus:
        what = f"item {draft.sku} stands in {skus[draft.sku]} too"
        yield contradiction(spot, what, draft.sku)
    skus[draft.sku] = spot
    _units(draft, body, fields.text("base_unit"))
    _prices(draft, body)
    item = draft.finish()
    yield from draft.findings
    if item is not None:
        yield spot, item


def _units(draft: Draft, body: dict[str, Any], base: str) -> None:
    """The item's units; its base unit alone where none are listed."""
    units, wrong = _objects(body, "units", draft.spot)
    draft.findings += wrong
    if not body.get("units") and base:
        units = [(draft.spot, {"unit": base})]
    for at, each in units:
        fields, wrong = _fields(each, _UNIT_KEYS, (), at)
        draft.add_unit(fields, at)
        draft.findings += wrong + faults_of(fields, at)


def _prices(draft: Draft, body: dict[str, Any]) -> None:
    prices, wrong = _objects(body, "prices", draft.spot)
    draft.findings += wrong
    for at, each in prices:
        fields, wrong = _fields(each, _PRICE_KEYS, (), at)
        fields.needed("price")
        fields.needed("unit")
        draft.add_price(fields, at)
        draft.findings += wrong + faults_of(fields, at)


def _objects(
    body: dict[str, Any], key: str, spot: str
) -> tuple[list[tuple[str, dict[str, Any]]], list[Finding]]:
    """The objects of a list, each with its pointer, and what is no object."""
    values = body.get(key, [])
    at = f"{spot}/{key}"
    if not isinstance(values, list):
        return [], [fault(at, f"{key} is no list; write it in [ ]")]
    good = [(f"{at}/{n}", v) for n, v in enumerate(values) if isinstance(v, dict)]
    wrong = [
        fault(f"{at}/{n}", "is no object; write it in { }")
        for n, value in enumerate(values)
        if not isinstance(value, dict)
    ]
    return good, wrong


def _fields(
    body: dict[str, Any], known: tuple[str, ...], nested: tuple[str, ...], spot: str
) -> tuple[Fields, list[Finding]]:
    """An object's scalars as texts, its lists of numbers, and keys nobody knows."""
    fields, wrong = Fields({}), list(_twice(body, spot))
    for key, value in body.items():
        if key in nested:
            continue
        if key not in known:
            wrong.append(_unknown(key, known + nested, spot))
        elif key in _LISTS and isinstance(value, list):
            texts = [each.strip() for each in value if isinstance(each, str)]
            fields.lists[key] = tuple(text for text in texts if text)
            if len(texts) != len(value):
                wrong.append(fault(f"{spot}/{key}", "holds more than texts"))
        elif isinstance(value, _Point):
            what = f"number {value} has a point; write it as a text, {str(value)!r}"
            wrong.append(fault(f"{spot}/{key}", what, str(value)))
        elif isinstance(value, str) or type(value) is int:
            fields.texts[key] = str(value).strip()
        elif value is not None:
            what = f"{key} is a {type(value).__name__}; write a text"
            wrong.append(fault(f"{spot}/{key}", what))
    return fields, wrong


def _twice(body: dict[str, Any], spot: str) -> Iterator[Finding]:
    for key in body.keys_twice if isinstance(body, Twice) else ():
        yield fault(f"{spot}/{key}", f"key {key!r} comes twice; keep one of them", key)


def _unknown(key: str, known: tuple[str, ...], spot: str) -> Finding:
    return fault(f"{spot}/{key}", f"key {key!r} is unknown{nearest(key, known)}", key)
