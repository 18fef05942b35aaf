"""``/v1/catalog``: contracts, their items and prices; how a price comes about."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool

from gateway.catalog.importing import read_csv, read_json
from gateway.catalog.item_json import item_to_json
from gateway.catalog.model import Contract, Item
from gateway.catalog.offer import usual_unit
from gateway.catalog.price import price_in_force
from gateway.catalog.words import parse
from gateway.findings import Finding
from gateway.findings.model import Severity
from gateway.store import catalog, catalog_search
from gateway.store.catalog_diff import Difference, difference
from gateway.store.catalog_search import Shelf
from gateway.web import intake
from gateway.web.acting import Acting
from gateway.web.api import NOT_FOUND, PROBLEMS, UNDER_WAY, nothing
from gateway.web.doors import Caller, Doors, TheCaller, TheDoors
from gateway.web.handed import FILE
from gateway.web.moments import Day
from gateway.web.problem import Problem, finding_json
from gateway.web.shapes import Listed

router = APIRouter(prefix="/v1", responses=PROBLEMS, route_class=Acting)
_MOST_BYTES = 16 * 1024 * 1024

Partner = Annotated[
    str, Query(min_length=1, max_length=100, description="Whose contracts.")
]
_On = Annotated[Day | None, Query(description="On which day; none: today, UTC.")]


class ContractShape(BaseModel):
    """A contract: its terms, and how prices of it are read. Decimals are texts."""

    number: str
    name: str
    currency: str
    valid_from: dt.date
    valid_to: dt.date | None
    in_force: bool
    priority: int
    reference_date: str
    break_on: str
    min_value: str | None
    max_value: str | None
    lead_time_days: int

    @classmethod
    def of(cls, one: Contract, day: dt.date) -> ContractShape:
        """A contract of the store."""
        names = set(cls.model_fields) - {"in_force", "min_value", "max_value"}
        told = {name: getattr(one, name) for name in names}
        return cls(
            **told,
            in_force=one.in_force(day),
            min_value=None if one.min_value is None else f"{one.min_value:f}",
            max_value=None if one.max_value is None else f"{one.max_value:f}",
        )


class ItemShape(BaseModel):
    """An item under the contract that answers for it; ``body`` as catalogs have it."""

    contract: str
    sku: str
    description: str
    body: dict[str, Any]

    @classmethod
    def of(cls, item: Item, contract: Contract) -> ItemShape:
        """An item of the store."""
        return cls(
            contract=contract.number,
            sku=item.sku,
            description=item.description,
            body=json.loads(item_to_json(item)),
        )


class Found(BaseModel):
    """Items that were found, the best first; ``cut``: there are more."""

    items: tuple[ItemShape, ...]
    cut: bool


class PriceShape(BaseModel):
    """The price in force, for ``basis_qty`` of ``unit``, and how it came about."""

    partner_id: str
    contract: str
    sku: str
    amount: str
    basis_qty: str
    unit: str
    currency: str
    trace: dict[str, Any]


class Differing(BaseModel):
    """An item that is not as it was: none before, it is new; none after, it goes."""

    contract: str
    sku: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None


class Imported(BaseModel):
    """What a file changes; with ``dry_run`` nothing was taken over."""

    dry_run: bool
    contracts: tuple[str, ...]
    items: int
    added: int
    changed: int
    removed: int
    unchanged: int
    differing: tuple[Differing, ...]
    findings: tuple[dict[str, Any], ...]


@router.get("/catalog/contracts", responses=NOT_FOUND)
def list_contracts(
    parts: TheDoors, who: TheCaller, partner: Partner, day: _On = None
) -> Listed[ContractShape]:
    """The contracts of a partner, in force or not."""
    _of(parts, who, partner)
    on = day or parts.clock().date()
    with parts.engine.db.read() as tx:
        held = catalog.contracts_of(tx, [partner])
    items = tuple(ContractShape.of(one, on) for one in held.values())
    return Listed[ContractShape](items=items, cursor=None)


@router.get("/catalog/items", responses=NOT_FOUND)
def list_items(
    parts: TheDoors,
    who: TheCaller,
    partner: Partner,
    q: Annotated[
        str, Query(max_length=200, description="Numbers or words; empty: the first.")
    ] = "",
    day: _On = None,
    limit: Annotated[int, Query(ge=1, le=500, description="How many at most.")] = 50,
) -> Found:
    """Items of the contracts in force that day, by any number or by words."""
    _of(parts, who, partner)
    on = day or parts.clock().date()
    with parts.engine.db.read() as tx:
        shelf = Shelf.of(tx, partner, on)
        if q.strip():
            hits = catalog_search.search(tx, shelf, parse(q), limit)
            numbers, cut = hits.numbers, hits.is_cut
        else:
            numbers, count = catalog_search.listed(tx, shelf, 0, limit)
            cut = count > len(numbers)
        found = catalog_search.items(tx, shelf, numbers)
    items = tuple(ItemShape.of(one.item, one.contract) for one in found)
    return Found(items=items, cut=cut)


@router.get("/catalog/price", responses=NOT_FOUND)
def get_price(  # noqa: PLR0913, PLR0917  each a part of the request
    parts: TheDoors,
    who: TheCaller,
    partner: Partner,
    sku: Annotated[str, Query(min_length=1, max_length=100, description="Our number.")],
    quantity: Annotated[
        Decimal,
        Query(gt=0, max_digits=18, decimal_places=6, description="In this unit."),
    ] = Decimal(1),
    unit: Annotated[
        str, Query(max_length=10, description="X12 code; none: the usual unit.")
    ] = "",
    day: _On = None,
) -> PriceShape:
    """The price of an item in force, with its trace; 422 says why there is none."""
    _of(parts, who, partner)
    on = day or parts.clock().date()
    with parts.engine.db.read() as tx:
        found = catalog_search.offered(tx, Shelf.of(tx, partner, on), [sku]).get(sku)
    if found is None:
        raise nothing(sku)
    item, contract = found.item, found.contract
    code = unit or usual_unit(item).unit
    priced = price_in_force(item, quantity, code, on, contract)
    if isinstance(priced, Finding):
        raise Problem(priced)
    chosen = priced.chosen
    return PriceShape(
        partner_id=partner,
        contract=contract.number,
        sku=item.sku,
        amount=f"{chosen.amount:f}",
        basis_qty=f"{chosen.basis_qty:f}",
        unit=chosen.unit,
        currency=contract.currency,
        trace=priced.trace.as_json(),
    )


@router.post("/catalog/import", responses=NOT_FOUND | UNDER_WAY, openapi_extra=FILE)
async def import_catalog(
    request: Request,
    parts: TheDoors,
    who: TheCaller,
    partner: Partner,
    dry_run: Annotated[
        bool, Query(description="Say what it would change, and change nothing.")
    ] = False,
) -> Imported:
    """Replace the items and prices of the contracts in a file, or nothing at all.

    CSV or JSON as docs/catalog.md has it, up to 16 MB.
    """
    _of(parts, who, partner)
    timeout_s = parts.body_timeout_s
    data = await intake.small(request, _MOST_BYTES, timeout_s=timeout_s)
    is_json = "json" in request.headers.get("content-type", "")
    told = (partner, data, is_json, dry_run, who.by)
    return await run_in_threadpool(_import, parts, *told)


def _import(
    parts: Doors, partner: str, data: bytes, is_json: bool, dry_run: bool, by: str
) -> Imported:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        what = f"not UTF-8 at byte {problem.start}"
        raise Problem.of("API-006", what) from None
    reader = read_json if is_json else read_csv
    read = reader(text, "catalog", partner_id=partner)
    rejecting = [one for one in read.findings if one.severity is Severity.REJECT]
    if rejecting:
        raise Problem(rejecting[0], findings=read.findings)
    db = parts.engine.db
    with db.read() as tx:
        found = difference(tx, partner, read)
    if not dry_run:
        catalog.save(db, partner, read, parts.clock(), by)
    return _imported(found, len(read.items), dry_run, read.findings)


def _imported(
    found: Difference, items: int, dry_run: bool, findings: tuple[Finding, ...]
) -> Imported:
    return Imported(
        dry_run=dry_run,
        contracts=found.contracts,
        items=items,
        added=found.added,
        changed=found.changed,
        removed=found.removed,
        unchanged=found.unchanged,
        differing=tuple(
            Differing(
                contract=one.contract,
                sku=one.sku,
                before=_body(one.before),
                after=_body(one.after),
            )
            for one in found.shown
        ),
        findings=tuple(map(finding_json, findings)),
    )


def _body(item: Item | None) -> dict[str, Any] | None:
    return None if item is None else json.loads(item_to_json(item))


def _of(parts: Doors, who: Caller, partner: str) -> None:
    """A problem unless there is such a partner, and it is our own side that asks."""
    who.decides("contracts are seen by")
    if partner not in parts.engine.rules.directory.profiles:
        raise nothing(partner)
