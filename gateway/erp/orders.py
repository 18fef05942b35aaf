"""An order as the files that our ERP reads: canonical JSON, and flat CSV."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import zip_longest

from gateway.order import Order, OrderAck, OrderLine, State, to_json
from gateway.order.ack import REFUSED, WAITING, LineAck
from gateway.order.party import Party
from gateway.order.write import decimal_text

__all__ = ["COLUMNS", "FORMATS", "SCHEMA", "Handed", "file_name", "written"]

SCHEMA = "erp_order/1"
"""What the JSON file calls itself."""

FORMATS = ("json", "csv")

COLUMNS: Mapping[str, str] = {
    "order_id": "our id of the order; confirmations name it",
    "version": "counts our decisions about the order, from 1",
    "partner": "the partner's id",
    "state": "received (it waits for your confirmation), confirmed, changed ...",
    "po_number": "the buyer's order number",
    "release_number": "the buyer's release number",
    "order_type": "standard, rush, blanket, drop_ship ...",
    "sales_order_number": "the number of ours that the buyer is told",
    "issue_date": "the order's date",
    "currency": "ISO 4217",
    "contract": "the contract or agreement that the order names",
    "customer_reference": "the buyer's own reference",
    "account_number": "the buyer's number with us",
    "buyer_id": "number of the buying party",
    "buyer_name": "its name",
    "ship_to_id": "number of the place of delivery",
    "ship_to_name": "its name",
    "ship_to_street": "street lines, separated by |",
    "ship_to_city": "city",
    "ship_to_region": "state or province",
    "ship_to_postal_code": "postal code",
    "ship_to_country": "country, ISO 3166",
    "bill_to_id": "number of the party that is billed",
    "bill_to_name": "its name",
    "requested_date": "delivery day asked for in the head",
    "ship_not_before": "first day of the ship window",
    "ship_no_later": "last day of the ship window",
    "cancel_after": "the order is void after this day",
    "order_notes": "texts of the head, separated by |",
    "line_no": "the buyer's line number; confirmations name it",
    "parent_line": "the line that this one is a part of",
    "sku": "our item number, as the order has it",
    "buyer_part": "the buyer's item number",
    "gtin": "GTIN",
    "description": "the buyer's words for the item",
    "quantity": "quantity ordered",
    "unit": "its unit, as the order has it",
    "price": "price ordered, empty if the order has none",
    "price_basis": "how many units the price is for",
    "line_date": "delivery day asked for in the line",
    "ship_to_line": "number of the line's own place of delivery",
    "line_notes": "texts of the line, separated by |",
    "decision": "what our answer says of the line: accept, change_price, reject ...",
    "confirmed_quantity": "quantity that our answer promises; 0 when refused",
    "confirmed_price": "price that our answer names, else the one ordered",
    "promised_date": "first day that our answer names",
    "substitute_sku": "the item of ours that comes instead",
    "reason": "why, as the code of the finding",
}
"""The columns of the CSV file, in their order, and what stands in them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Handed:
    """An order in one version, as it is handed to the ERP."""

    version: int
    order: Order
    ack: OrderAck
    state: State


def file_name(handed: Handed, form: str) -> str:
    """The name of the order's file: the same for the same version."""
    return f"order_{handed.order.id}_v{handed.version}.{form}"


def written(handed: Handed, form: str, partner_id: str) -> bytes:
    """The file's bytes, UTF-8. ``form`` is one of ``FORMATS``."""
    write = _json if form == "json" else _csv
    return write(handed, partner_id)


def _json(handed: Handed, partner_id: str) -> bytes:
    body = {
        "schema": SCHEMA,
        "partner_id": partner_id,
        "order_id": handed.order.id,
        "version": handed.version,
        "state": str(handed.state),
        "order": json.loads(to_json(handed.order)),
        "ack": json.loads(to_json(handed.ack)),
    }
    return (json.dumps(body, ensure_ascii=False, indent=1) + "\n").encode()


def _csv(handed: Handed, partner_id: str) -> bytes:
    """One row per line with the head's fields repeated; an order without lines: one."""
    out = io.StringIO()
    pen = csv.DictWriter(out, list(COLUMNS), restval="", lineterminator="\r\n")
    pen.writeheader()
    head = dict(_head(handed)) | {"partner": partner_id}
    rows = zip_longest(handed.order.lines, handed.ack.lines[: len(handed.order.lines)])
    bare = True
    for line, answer in rows:
        pen.writerow(head | dict(_line(line, answer)))
        bare = False
    if bare:
        pen.writerow(head)
    return out.getvalue().encode()


def _head(handed: Handed) -> Iterator[tuple[str, str]]:
    order = handed.order
    yield from (
        ("order_id", order.id),
        ("version", str(handed.version)),
        ("state", str(handed.state)),
        ("po_number", order.po_number),
        ("release_number", order.release_number),
        ("order_type", order.order_type),
        ("sales_order_number", order.sales_order_number),
        ("issue_date", _day(order.issue_date)),
        ("currency", order.currency),
        ("contract", order.contract_ref),
        ("customer_reference", order.customer_reference),
        ("account_number", order.account_number),
        ("requested_date", _day(order.delivery.requested)),
        ("ship_not_before", _day(order.delivery.ship_not_before)),
        ("ship_no_later", _day(order.delivery.ship_no_later)),
        ("cancel_after", _day(order.delivery.cancel_after)),
        ("order_notes", "|".join(note.text for note in order.notes)),
    )
    yield from _party("buyer", order.party("buyer"))
    yield from _party("bill_to", order.party("bill_to"))
    place = order.party("ship_to")
    yield from _party("ship_to", place)
    if place is not None and place.address is not None:
        at = place.address
        yield from (
            ("ship_to_street", "|".join(at.lines)),
            ("ship_to_city", at.city),
            ("ship_to_region", at.region),
            ("ship_to_postal_code", at.postal_code),
            ("ship_to_country", at.country),
        )


def _party(role: str, party: Party | None) -> Iterator[tuple[str, str]]:
    if party is not None:
        yield f"{role}_id", party.id
        yield f"{role}_name", party.name


def _line(line: OrderLine, answer: LineAck | None) -> Iterator[tuple[str, str]]:
    place = line.party("ship_to")
    yield from (
        ("line_no", line.line_no),
        ("parent_line", line.parent_line),
        ("sku", line.item.supplier_sku),
        ("buyer_part", line.item.buyer_part),
        ("gtin", line.item.gtin),
        ("description", line.item.description),
        ("quantity", decimal_text(line.quantity.value)),
        ("unit", line.quantity.uom_sent),
        ("price", _number(line.price.amount)),
        ("price_basis", decimal_text(line.price.basis_qty)),
        ("line_date", _day(line.delivery.requested if line.delivery else None)),
        ("ship_to_line", place.id if place else ""),
        ("line_notes", "|".join(note.text for note in line.notes)),
    )
    if answer is not None:
        yield from _answer(line, answer)


def _answer(line: OrderLine, answer: LineAck) -> Iterator[tuple[str, str]]:
    """What our answer says; of a line in several parts their sum and first values."""
    promised = [s for s in answer.statuses if s.kind not in REFUSED | WAITING]
    prices = [s.price.amount for s in promised if s.price is not None]
    days = [s.date for s in promised if s.date is not None]
    instead = [s.substitute for s in promised if s.substitute is not None]
    codes = [s.reason_code for s in answer.statuses if s.reason_code]
    quantity = sum((s.quantity for s in promised), Decimal(0))
    yield from (
        ("decision", " ".join(s.kind for s in answer.statuses)),
        ("confirmed_quantity", decimal_text(quantity)),
        ("confirmed_price", _number(prices[0] if prices else line.price.amount)),
        ("promised_date", _day(min(days, default=None))),
        ("substitute_sku", instead[0].supplier_sku if instead else ""),
        ("reason", " ".join(dict.fromkeys(codes))),
    )


def _day(day: dt.date | None) -> str:
    return "" if day is None else day.isoformat()


def _number(value: Decimal | None) -> str:
    return "" if value is None else decimal_text(value)
