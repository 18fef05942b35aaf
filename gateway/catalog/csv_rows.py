"""Catalogs as CSV: a header, then one row per item, unit and price."""

from __future__ import annotations

import csv
import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from gateway.catalog.assemble import (
    Draft,
    contract_of,
    contradiction,
    fault,
    faults_of,
)
from gateway.catalog.imported import Fields, nearest
from gateway.catalog.model import Contract, Item
from gateway.findings import Finding

CONTRACT_COLUMNS = (
    "contract",
    "contract_name",
    "currency",
    "contract_from",
    "contract_to",
    "reference_date",
    "break_on",
    "min_value",
    "max_value",
    "priority",
    "price_decimals",
)
ITEM_COLUMNS = (
    "item",
    "description",
    "buyer_part",
    "cross_ref",
    "gtin",
    "mfr_part",
    "mfr",
    "unspsc",
    "base_unit",
    "min_qty",
    "increment",
    "max_qty",
    "state",
    "successor",
    "lead_time_days",
)
PRICE_COLUMNS = ("unit", "factor", "price", "basis", "break", "from", "to")
COLUMNS = CONTRACT_COLUMNS + ITEM_COLUMNS + PRICE_COLUMNS
"""Every column, in no order that matters."""

REQUIRED = ("contract", "currency", "contract_from", "item", "unit", "price")
"""The columns that a header must have."""

_SEPARATORS = ",;\t"


def rows(
    lines: Iterable[str], name: str, *, partner_id: str = ""
) -> Iterator[Contract | Item | Finding]:
    """Contracts, items and findings of a sorted file, one item in memory at a time.

    The file is sorted by contract, then item, by code point; a row out of order is a
    CFG-020 and ends the reading. A contract comes before its items. Numbers that two
    items share are not looked for; ``read_csv`` does that.
    """
    gather = _Gather(name, partner_id)
    last = ("", "")
    for row in _records(lines, name):
        if isinstance(row, Finding):
            yield row
            continue
        spot, fields = row
        key = (fields.text("contract"), fields.text("item"))
        if key != last:
            yield from gather.flush()
            if key < last:
                what = f"item {key[1]!r} of contract {key[0]!r} comes after {last[1]!r}"
                yield fault(spot, f"{what}; sort the file by contract and item", key[1])
                return
            last = key
        yield from gather.add(spot, fields)
    yield from gather.flush()


def all_rows(
    lines: Iterable[str], name: str, *, partner_id: str = ""
) -> Iterator[tuple[str, Contract | Item] | Finding]:
    """The same for a file in any order: everything is gathered first, then told.

    Contracts and items come with the place of their first row.
    """
    gather = _Gather(name, partner_id)
    for row in _records(lines, name):
        if isinstance(row, Finding):
            yield row
            continue
        for told in gather.add(*row):
            if isinstance(told, Contract):
                yield gather.spot_of(told), told
            else:
                yield told
    for draft in gather.drafts():
        item = draft.finish()
        yield from draft.findings
        if item is not None:
            yield draft.spot, item


@dataclass(slots=True)
class _Gather:
    """Rows put together to contracts and drafts of items."""

    name: str
    partner_id: str
    _contracts: dict[str, tuple[Contract | None, str, tuple[str, ...]]] = field(
        default_factory=dict
    )
    _drafts: dict[tuple[str, str], Draft] = field(default_factory=dict)

    def add(self, spot: str, fields: Fields) -> Iterator[Contract | Finding]:
        """Take a row; tells its contract when it is new, and what is wrong with it."""
        number = fields.text("contract")
        texts = tuple([fields.text(name) for name in CONTRACT_COLUMNS])
        known = self._contracts.get(number)
        if known is None:
            mine = Fields(dict(zip(CONTRACT_COLUMNS, texts, strict=True)))
            contract = contract_of(mine, self.partner_id)
            known = self._contracts[number] = (contract, spot, texts)
            yield from faults_of(mine, spot)
            if contract is not None:
                yield contract
        elif texts != known[2]:
            yield from _differences(spot, texts, known[1], known[2])
        contract, sku = known[0], fields.needed("item")
        if contract is not None and sku:
            draft = self._drafts.get((number, sku))
            if draft is None:
                draft = self._drafts[number, sku] = Draft(contract, sku, spot)
            draft.add_facts(fields, spot)
            draft.add_unit(fields, spot)
            draft.add_price(fields, spot)
            draft.is_spoiled |= bool(fields.wrong)
        yield from faults_of(fields, spot)

    def flush(self) -> Iterator[Item | Finding]:
        """Tell the items gathered so far and forget them."""
        for draft in self._drafts.values():
            item = draft.finish()
            yield from draft.findings
            if item is not None:
                yield item
        self._drafts.clear()

    def drafts(self) -> Iterable[Draft]:
        """The items gathered so far."""
        return self._drafts.values()

    def spot_of(self, contract: Contract) -> str:
        """Where a contract was named first."""
        return self._contracts[contract.number][1]


def _differences(
    spot: str, texts: tuple[str, ...], first: str, known: tuple[str, ...]
) -> Iterator[Finding]:
    """A contract's field may be left out in later rows, not changed."""
    for name, value, before in zip(CONTRACT_COLUMNS, texts, known, strict=True):
        if value and value != before:
            what = f"{name} {value!r} of contract {texts[0]} is {before!r} in {first}"
            yield contradiction(spot, what, value)


def _records(lines: Iterable[str], name: str) -> Iterator[tuple[str, Fields] | Finding]:
    """Each row as fields by column name, with its place ``prices.csv:17``."""
    source = iter(lines)
    begun = list(_begun(source))
    separator = max(_SEPARATORS, key="".join(begun[-1:]).count)
    reader = csv.reader(_chain(begun, source), delimiter=separator, strict=True)
    header: list[str] = []
    line = 1
    try:
        for cells in reader:
            spot, line = f"{name}:{line}", reader.line_num + 1
            if not any(cell.strip() for cell in cells):
                continue
            if not header:
                header = [cell.strip().lower() for cell in cells]
                wrong = list(_header_faults(header, spot))
                yield from wrong
                if wrong:
                    return
            else:
                yield _record(header, cells, spot)
    except csv.Error as error:
        yield fault(f"{name}:{line}", f"{error}; check the quotes of this row")
    if not header:
        yield fault(f"{name}:1", "the file is empty; it begins with the column names")


def _begun(source: Iterator[str]) -> Iterator[str]:
    """The lines up to the first one with anything in it: that names the columns."""
    for at, line in enumerate(source):
        text = line if at else line.removeprefix("\ufeff")
        yield text
        if text.strip(f"{_SEPARATORS} \r\n\0"):
            return


def _chain(begun: Iterable[str], rest: Iterator[str]) -> Iterator[str]:
    for line in itertools.chain(begun, rest):
        yield line.replace("\0", " ") if "\0" in line else line


def _record(
    header: list[str], cells: list[str], spot: str
) -> tuple[str, Fields] | Finding:
    if len(cells) > len(header) and any(cells[len(header) :]):
        what = f"{len(cells)} cells in the row, the header has {len(header)}"
        return fault(spot, f"{what}; quote cells that hold the separator")
    texts = {
        column: text
        for column, cell in zip(header, cells, strict=False)
        if (text := cell.strip())
    }
    if "" in texts:
        what = f"{texts[''][:80]!r} stands in a column without a name; name it"
        return fault(spot, what)
    return spot, Fields(texts)


def _header_faults(header: list[str], spot: str) -> Iterator[Finding]:
    for column in header:
        if column and column not in COLUMNS:
            what = f"column {column!r} is unknown{nearest(column, COLUMNS)}"
            yield fault(spot, what, column)
    for column in sorted({each for each in header if each and header.count(each) > 1}):
        yield fault(spot, f"column {column!r} comes twice; keep one of them", column)
    for column in REQUIRED:
        if column not in header:
            yield fault(spot, f"column {column!r} is missing; add it", column)
