"""A small ERP that speaks with the gateway by files: confirm, ship, bill, count.

    python erp.py FOLDER [--stock FILE] [--now TIME] [--watch SECONDS] [STEP ...]

FOLDER is the gateway's ``erp`` folder: orders come from ``out``, what we say goes into
``in``. The steps are take, ship, bill and count; all four unless some are named.
Everything we know is one file, ``book.json`` in FOLDER. It is replaced as a whole, with
the texts that are still to be written in it; so a run that was cut off is made good by
the next one, and nothing is confirmed, shipped or billed twice.

Needs Python 3.11 or later and nothing else.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

NOTHING = Decimal(0)
OPEN = {"confirmed", "changed", "backordered", "partly_shipped"}
"""States of an order that we are to ship. One that is ``received`` waits for us."""
AGREED: dict[str, object] = {"decision": "accept"}
"""What we say of a line that can leave as the gateway would promise it."""
REFUSED = {"reject", "delete", "discontinued", "not_on_contract", "hold"}
"""What the answer may say of a line, beside ``bad_...``, that promises nothing."""


@dataclass
class Item:
    """What we have of an item, how many fit into a carton, and what is expected."""

    unit: str
    on_hand: Decimal = NOTHING
    carton: Decimal = Decimal(1)
    coming_on: str = ""
    coming: Decimal = NOTHING


@dataclass
class Line:
    """A line of an order. ``promised`` is what the buyer is to get in all."""

    sku: str
    unit: str
    price: str
    basis: str
    promised: Decimal
    shipped: Decimal = NOTHING


@dataclass
class Order:
    """An order in its newest version, by the gateway's own id."""

    version: int
    state: str
    partner: str
    po_number: str
    lines: dict[str, Line]


@dataclass
class Shipment:
    """What left: so many of each line. ``invoice`` is empty until it is billed."""

    order_id: str
    quantities: dict[str, Decimal]
    invoice: str = ""


@dataclass
class Book:
    """Everything we know; ``saying`` are the files that we are about to write."""

    items: dict[str, Item] = field(default_factory=dict)
    orders: dict[str, Order] = field(default_factory=dict)
    shipments: dict[str, Shipment] = field(default_factory=dict)
    saying: dict[str, str] = field(default_factory=dict)

    def free(self, sku: str) -> Decimal:
        """How many of an item nobody has been promised."""
        owed = sum((left(one) for one in self.lines() if one.sku == sku), NOTHING)
        return max(self.items[sku].on_hand - owed, NOTHING)

    def lines(self) -> Iterator[Line]:
        """The lines of all orders."""
        for order in self.orders.values():
            yield from order.lines.values()


def left(line: Line) -> Decimal:
    """How many of a line are still to be shipped."""
    return max(line.promised - line.shipped, NOTHING)


# The book on disk


def load(path: Path, stock: Path | None) -> Book:
    """The book as it was saved; a new one starts with the stock file."""
    if not path.exists():
        rows = csv.DictReader(stock.read_text().splitlines() if stock else ())
        return Book(items={row.pop("sku"): made(Item, row) for row in rows})
    facts = json.loads(path.read_text())
    for order in facts["orders"].values():
        order["lines"] = {n: made(Line, one) for n, one in order["lines"].items()}
    for one in facts["shipments"].values():
        one["quantities"] = {n: Decimal(q) for n, q in one["quantities"].items()}
    return Book(
        items={sku: made(Item, one) for sku, one in facts["items"].items()},
        orders={id_: Order(**one) for id_, one in facts["orders"].items()},
        shipments={n: Shipment(**one) for n, one in facts["shipments"].items()},
        saying=facts["saying"],
    )


def made(kind: type[Any], facts: Mapping[str, str]) -> Any:
    """An item or a line from texts; fields that are numbers become numbers."""
    numbers = {"on_hand", "carton", "coming", "promised", "shipped"}
    return kind(
        **{name: Decimal(v or 0) if name in numbers else v for name, v in facts.items()}
    )


def replace(path: Path, text: str) -> None:
    """Write a file so that it is there whole or not at all, even after a power cut."""
    part = path.with_name(f".{path.name}.part")
    with part.open("w", newline="") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


class Desk:
    """The steps of one run. Each is saved before anybody is told of it."""

    def __init__(self, folder: Path, stock: Path | None, now: datetime) -> None:
        self.folder, self.now = folder, now
        self.book = load(folder / "book.json", stock)
        (folder / "in").mkdir(parents=True, exist_ok=True)
        self.settle()  # what a run before did not get to write

    def settle(self) -> None:
        """Save the book, then write what it says; safe to be cut off anywhere."""
        text = json.dumps(asdict(self.book), default=str, indent=1)
        replace(self.folder / "book.json", text)
        for name, content in self.book.saying.items():
            replace(self.folder / "in" / name, content)
        self.book.saying.clear()

    def say(self, name: str, rows: Sequence[Mapping[str, object]]) -> None:
        """Have a CSV file written when the book is saved; each name is used once."""
        columns = list(dict.fromkeys(column for row in rows for column in row))
        out = io.StringIO()
        pen = csv.DictWriter(out, columns)
        pen.writeheader()
        pen.writerows(rows)
        self.book.saying[name] = out.getvalue()
        print(f"ERP writes {name}: {len(rows)} rows")

    # Orders

    def take(self) -> None:
        """Take in what lies in ``out``, the oldest version of each order first."""
        files = (self.folder / "out").glob("order_*")
        found = [(read(file), file) for file in files]
        for (order_id, order), file in sorted(found, key=lambda one: one[0][1].version):
            known = self.book.orders.get(order_id)
            if known is None or known.version < order.version:
                self.note(order_id, order, known)
                self.settle()
            file.unlink()

    def note(self, order_id: str, order: Order, known: Order | None) -> None:
        """Keep an order, and tell what we can deliver where that is not said yet."""
        before = known.lines if known else {}
        rows: list[dict[str, object]] = []
        wanted = {number: line.promised for number, line in order.lines.items()}
        for number, line in order.lines.items():
            was = before.get(number)
            line.shipped = was.shipped if was else NOTHING
            if was is None or was.promised != line.promised:
                line.promised = line.shipped  # until we know what there is
        self.book.orders[order_id] = order
        for number, line in order.lines.items():
            was = before.get(number)
            if was and was.promised == wanted[number]:
                continue  # we know it so
            if order.state != "received" and not wanted[number]:
                continue  # it was refused or taken back
            said = self.promise(line, wanted[number] - line.shipped)
            if order.state == "received" or said != [AGREED]:
                head = {"order_id": order_id, "version": order.version}
                head |= {"line_no": number}
                rows += [head | one for one in said]
        if rows and order.state in {"received", *OPEN}:
            self.say(f"confirmation_{order_id}_v{order.version}.csv", rows)
            order.state = "confirmed"  # our own word is not handed back to us

    def promise(self, line: Line, wanted: Decimal) -> list[dict[str, object]]:
        """What we say of a line: yes, yes for a part and the rest later, or no."""
        item = self.book.items.get(line.sku)
        if wanted <= 0 or item is None or item.unit != line.unit:
            line.promised = line.shipped
            return [{"decision": "reject", "reason": "we do not sell this so"}]
        now = min(wanted, self.book.free(line.sku))
        line.promised = line.shipped + wanted
        if now == wanted:
            return [AGREED]
        there = line.shipped + now
        late = {"decision": "backorder", "quantity": wanted - now}
        late |= {"date": item.coming_on, "price": line.price}
        if not there:
            return [late]
        return [{"decision": "accept", "quantity": there, "price": line.price}, late]

    # Warehouse

    def ship(self) -> None:
        """Ship of every order what is there, in cartons of one item each."""
        self.unload()
        for order_id, order in self.book.orders.items():
            rows = list(self.picked(order_id, order))
            if not rows:
                continue
            number = f"S-{1001 + len(self.book.shipments)}"
            head = {"shipment": number, "order_id": order_id}
            head |= {"ship_date": f"{self.now:%Y-%m-%d}", "carrier": "ABCD"}
            cartons = [head | row | {"carton": n} for n, row in enumerate(rows, 1)]
            quantities: dict[str, Decimal] = {}
            for line_no, quantity in (
                (row["line_no"], row["quantity"]) for row in rows
            ):
                quantities[line_no] = quantities.get(line_no, NOTHING) + quantity
            self.book.shipments[number] = Shipment(order_id, quantities)
            self.say(f"shipment_{number}.csv", cartons)
        self.settle()

    def unload(self) -> None:
        """Put on the shelf what was expected by today."""
        for item in self.book.items.values():
            day = item.coming_on
            if day and date.fromisoformat(day) <= self.now.date():
                item.on_hand += item.coming
                item.coming, item.coming_on = NOTHING, ""

    def picked(self, order_id: str, order: Order) -> Iterator[dict[str, Any]]:
        """The cartons of an order that can leave now; they are taken off the shelf."""
        for number, line in order.lines.items() if order.state in OPEN else ():
            item = self.book.items.get(line.sku)
            quantity = min(left(line), item.on_hand) if item else NOTHING
            if item is None or not quantity:
                continue
            item.on_hand -= quantity
            line.shipped += quantity
            while quantity:
                inside = min(quantity, item.carton)
                yield {"line_no": number, "quantity": inside}
                quantity -= inside

    # Books

    def bill(self) -> None:
        """An invoice for each shipment that has none."""
        for number, shipment in self.book.shipments.items():
            if shipment.invoice:
                continue
            shipment.invoice = number.replace("S-", "I-")
            order = self.book.orders[shipment.order_id]
            head = {"invoice": shipment.invoice, "of_shipment": number}
            head |= {"invoice_date": f"{self.now:%Y-%m-%d}"}
            head |= {"order_id": shipment.order_id}
            rows = [
                head
                | {"line_no": line_no, "quantity": quantity}
                | {"price": line.price, "price_basis": line.basis}
                for line_no, quantity in shipment.quantities.items()
                for line in [order.lines[line_no]]
            ]
            self.say(f"invoice_{shipment.invoice}.csv", rows)
        self.settle()

    def count(self) -> None:
        """What can be promised of every item, now and when more comes."""
        rows = [
            {"sku": sku, "available": self.book.free(sku), "unit": item.unit}
            | {"as_of": f"{self.now.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"}
            | {"next_date": item.coming_on, "next_quantity": item.coming or ""}
            for sku, item in self.book.items.items()
        ]
        self.say(f"stock_{self.now:%Y%m%dT%H%M%S}.csv", rows)
        self.settle()


# Order files


def read(file: Path) -> tuple[str, Order]:
    """The order of a file that the gateway wrote, with its id."""
    if file.suffix == ".json":
        return from_json(json.loads(file.read_text(encoding="utf-8")))
    with file.open(encoding="utf-8", newline="") as rows:
        return from_csv(list(csv.DictReader(rows)))


def from_csv(rows: Sequence[Mapping[str, str]]) -> tuple[str, Order]:
    """One row per line, with the fields of the head in each."""
    head = rows[0]
    lines = {
        row["line_no"]: Line(
            sku=row["substitute_sku"] or row["sku"],
            unit=row["unit"],
            price=row["confirmed_price"],
            basis=row["price_basis"],
            promised=Decimal(row["confirmed_quantity"] or 0),
        )
        for row in rows
        if row["line_no"] and not row["parent_line"]
    }
    return head["order_id"], Order(
        version=int(head["version"]),
        state=head["state"],
        partner=head["partner"],
        po_number=head["po_number"],
        lines=lines,
    )


def from_json(body: Mapping[str, Any]) -> tuple[str, Order]:
    """The canonical order beside the answer as the gateway would give it."""
    pairs = zip(body["order"]["lines"], body["ack"].get("lines", ()), strict=False)
    lines = {
        line["line_no"]: answered(line, ack["statuses"])
        for line, ack in pairs
        if not line.get("parent_line")
    }
    return body["order_id"], Order(
        version=body["version"],
        state=body["state"],
        partner=body["partner_id"],
        po_number=body["order"]["po_number"],
        lines=lines,
    )


def answered(line: Mapping[str, Any], statuses: Sequence[Mapping[str, Any]]) -> Line:
    """A line as the answer promises it."""
    kept = [s for s in statuses if not is_refused(s["kind"])]
    prices = [s["price"] for s in kept if "price" in s] or [line.get("price", {})]
    instead = [s["substitute"]["supplier_sku"] for s in kept if "substitute" in s]
    return Line(
        sku=(instead or [line["item"].get("supplier_sku", "")])[0],
        unit=line["quantity"]["uom_sent"],
        price=prices[0].get("amount", ""),
        basis=prices[0].get("basis_qty", "1"),
        promised=sum((Decimal(s["quantity"]) for s in kept), NOTHING),
    )


def is_refused(kind: str) -> bool:
    """Whether the answer promises nothing by this."""
    return kind in REFUSED or kind.startswith("bad_")


def main() -> None:
    """Run the steps once, or again and again."""
    parser = argparse.ArgumentParser(description="A small ERP beside the gateway.")
    parser.add_argument("folder", type=Path, help="the gateway's erp folder")
    parser.add_argument("steps", nargs="*", help="take, ship, bill, count; else all")
    parser.add_argument("--stock", type=Path, help="the stock that a new book has")
    parser.add_argument("--now", type=datetime.fromisoformat, help="else the clock")
    parser.add_argument("--watch", type=float, help="again after so many seconds")
    asked = parser.parse_args()
    steps = asked.steps or ["take", "ship", "bill", "count"]
    while True:
        desk = Desk(asked.folder, asked.stock, asked.now or datetime.now(UTC))
        known = {"take": desk.take, "ship": desk.ship}
        known |= {"bill": desk.bill, "count": desk.count}
        for step in steps:
            known[step]()
        for report in sorted(asked.folder.glob("failed/*.report.csv")):
            print(f"The gateway refused rows, see {report}")
        if asked.watch is None:
            break
        time.sleep(asked.watch)


if __name__ == "__main__":
    main()
