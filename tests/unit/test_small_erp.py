"""The small ERP of the samples: whatever it is cut off at, it says everything once."""

from __future__ import annotations

import csv
import importlib.util
import io
import os
import sys
from datetime import UTC, datetime
from decimal import Decimal
from itertools import count
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from gateway.erp.orders import FORMATS, Handed, file_name, written
from gateway.erp.read import read
from gateway.order.ack import LineAck, LineStatus, OrderAck
from gateway.order.item import Item, LineQuantity, Price
from gateway.order.life import State
from gateway.order.model import Order, OrderLine
from tests.starters import ROOT

SAMPLES = ROOT / "samples" / "erp"
NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
LATER = datetime(2026, 11, 24, 9, tzinfo=UTC)


class Cut(Exception):
    """The power is gone."""


@pytest.fixture
def erp(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The program, as a module of its own that does not wait for the disk."""
    spec = importlib.util.spec_from_file_location("small_erp", SAMPLES / "erp.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["small_erp"] = module
    spec.loader.exec_module(module)
    monkeypatch.setattr(os, "fsync", lambda _: None)
    return module


def order(version: int = 1, quantity: int = 40) -> Handed:
    """12 pumps and some seal kits; of these there are 30 today."""
    lines, answers = [], []
    for number, sku, wanted in (("1", "BB-7101", 12), ("2", "BB-7102", quantity)):
        item, many = Item(supplier_sku=sku), Decimal(wanted)
        asked = LineQuantity(value=many, uom_sent="EA")
        price = Price(amount=Decimal("28.75"), currency="USD")
        lines.append(OrderLine(line_no=number, item=item, quantity=asked, price=price))
        said = LineStatus(kind="accept", quantity=many, uom="EA")
        ack = LineAck(line_no=number, item=item, quantity=asked, statuses=(said,))
        answers.append(ack)
    return Handed(
        version=version,
        order=Order(id="ord_1", po_number="4711", lines=tuple(lines)),
        ack=OrderAck(po_number="4711", type="accepted", lines=tuple(answers)),
        state=State.RECEIVED if version == 1 else State.CONFIRMED,
    )


def hand(folder: Path, one: Handed, form: str = "json") -> None:
    (folder / "out").mkdir(exist_ok=True)
    file = folder / "out" / file_name(one, form)
    file.write_bytes(written(one, form, "acme"))


def run(erp: ModuleType, folder: Path, now: datetime, *steps: str) -> None:
    desk = erp.Desk(folder, SAMPLES / "stock.csv", now)
    for step in steps:
        getattr(desk, step)()


def life(erp: ModuleType, folder: Path, done: list[str]) -> None:
    """An order is taken, changed, shipped in two parts and billed."""
    for name, now, version, steps in (
        ("first", NOW, 1, ["take"]),
        ("second", NOW, 3, ["take", "ship"]),
        ("third", LATER, 0, ["ship", "bill", "count"]),
    ):
        if name in done:
            continue
        if version and f"{name} handed" not in done:
            hand(folder, order(version, quantity=39 + version))
            done.append(f"{name} handed")
        run(erp, folder, now, *steps)
        done.append(name)


def said(folder: Path) -> dict[str, str]:
    """What it told the gateway, and what it knows itself."""
    files = [*(folder / "in").iterdir(), folder / "book.json"]
    return {file.name: file.read_text() for file in files}


def rows(folder: Path, kind: str) -> list[dict[str, str]]:
    texts = [text for name, text in sorted(said(folder).items()) if kind in name]
    return [row for text in texts for row in csv.DictReader(io.StringIO(text))]


def told(folder: Path, kind: str, *columns: str) -> list[tuple[str, ...]]:
    return [tuple(row[one] for one in columns) for row in rows(folder, kind)]


@pytest.mark.parametrize("form", FORMATS)
def test_an_order_is_confirmed_by_what_is_there(form, erp, tmp_path):
    hand(tmp_path, order(), form)
    run(erp, tmp_path, NOW, "take")
    assert told(
        tmp_path, "confirmation", "line_no", "decision", "quantity", "date"
    ) == [
        ("1", "accept", "", ""),
        ("2", "accept", "30", ""),
        ("2", "backorder", "10", "2026-11-23"),
    ]


@pytest.mark.parametrize("version", [1, 2])
def test_what_is_not_sold_is_refused_whoever_promised_it(version, erp, tmp_path):
    hand(tmp_path, order(version))
    desk = erp.Desk(tmp_path, SAMPLES / "stock.csv", NOW)
    del desk.book.items["BB-7101"]
    desk.take()
    assert told(tmp_path, "confirmation", "line_no", "decision")[0] == ("1", "reject")


def test_what_is_there_leaves_and_the_rest_when_it_comes(erp, tmp_path):
    life(erp, tmp_path, [])
    shipped = told(tmp_path, "shipment", "shipment", "line_no", "quantity", "carton")
    assert shipped == [
        *(("S-1001", "1", "6", "1"), ("S-1001", "1", "6", "2")),
        *(("S-1001", "2", "20", "3"), ("S-1001", "2", "10", "4")),
        ("S-1002", "2", "12", "1"),
    ]
    billed = told(tmp_path, "invoice", "of_shipment", "line_no", "quantity")
    assert billed == [
        *(("S-1001", "1", "12"), ("S-1001", "2", "30")),
        ("S-1002", "2", "12"),
    ]


def test_the_gateway_reads_every_file(erp, tmp_path):
    life(erp, tmp_path, [])
    files = list((tmp_path / "in").iterdir())
    kinds = [(read(one.read_bytes(), one.name)) for one in files]
    assert {one.kind for one in kinds} == {
        *("confirmations", "shipments", "invoices", "stock")
    }
    assert [one.faults for one in kinds if one.faults] == []


def test_wherever_it_is_cut_off_it_says_the_same(erp, tmp_path, monkeypatch):
    undisturbed = tmp_path / "undisturbed"
    undisturbed.mkdir()
    life(erp, undisturbed, [])
    whole = erp.replace
    for cut in count(1):
        folder = tmp_path / str(cut)
        folder.mkdir()
        if not _cut_off(erp, folder, cut, monkeypatch, whole):
            break
        assert said(folder) == said(undisturbed)
    assert cut > 10


def _cut_off(erp, folder: Path, cut: int, monkeypatch, whole: Any) -> bool:
    """Live with one cut before this writing; whether there was so much to write."""
    left, done = [cut], list[str]()

    def replace(path: Path, text: str) -> None:
        left[0] -= 1
        if not left[0]:
            raise Cut
        whole(path, text)

    monkeypatch.setattr(erp, "replace", replace)
    for _ in range(2):
        try:
            life(erp, folder, done)
        except Cut:
            continue
        break
    return left[0] <= 0
