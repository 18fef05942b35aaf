"""DESADV written: each rule in each dialect, held against tables and subset alone."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from gateway.edi.edifact.writer import Draft
from gateway.mappers.edifact_desadv import from_notice
from gateway.order.item import Item, LineQuantity
from gateway.order.model import Order, OrderLine, Source
from gateway.order.money import Quantity
from gateway.order.party import Party
from gateway.order.ship import Package, ShipNotice, ShippedLine, sscc
from gateway.partner.ship import ShipNotices
from tests.unit.mappers.edifact_out import (
    DIALECTS,
    ENVELOPE,
    NOW,
    buyer,
    segments,
    wrong,
)

ITEM = Item(gtin="4000001000104", supplier_sku="SA-1", buyer_part="B-1")
OTHER = Item(gtin="4000001000111", supplier_sku="SA-2")
CODES = [sscc("0", "0614141", n) for n in range(60)]


def line(number: str = "1", count: str = "10", package: str = "", **more: Any) -> Any:
    facts: dict[str, Any] = {
        "order_id": "ord_1",
        "po_number": "PO-1",
        "item": ITEM,
        "uom": "PCE",
    }
    its = {"line_no": number, "quantity": Decimal(count), "package": package}
    return ShippedLine(**(facts | its | more))


def package(number: str, **more: Any) -> Package:
    return Package(number=number, sscc=CODES[int(number)], **more)


def notice(*lines: ShippedLine, **more: Any) -> ShipNotice:
    return ShipNotice(number="S-77", issued_at=NOW, lines=lines, **more)


def order(id_: str = "ord_1", po_number: str = "PO-1", **more: Any) -> Order:
    facts: dict[str, Any] = {
        "source": Source(standard="edifact", version="D96A"),
        "parties": (Party(role="ship_to", id="5412345000020", id_scheme="gln"),),
    }
    ordered = LineQuantity(value=Decimal(10), uom_sent="PCE")
    lines = (
        OrderLine(line_no="1", item=ITEM, quantity=ordered),
        OrderLine(line_no="2", item=ITEM, quantity=ordered),
    )
    return Order(id=id_, po_number=po_number, lines=lines, **(facts | more))


def desadv(told: ShipNotice, dialect: str = "un", *orders: Order, **form: Any) -> Draft:
    profile = buyer("edifact_desadv", dialect)
    profile = profile.model_copy(update={"ship_notice": ShipNotices(**form)})
    known = {one.id: one for one in orders or (order(),)}
    draft = from_notice(told, known, ENVELOPE, profile)
    assert wrong(draft) == []
    return draft


RICH = notice(
    line("1", "4", "1", lot="L-1", expires=dt.date(2027, 6, 30), serials=("S1", "S2")),
    line("1", "6", "3", ordered=Decimal(9), missing=Decimal(-1)),
    line("2", "8", "3", ordered=Decimal(11), missing=Decimal(2), follows=True),
    line("2", "1", item=OTHER, ordered=Decimal(11), missing=Decimal(2)),
    ship_date=NOW.date(),
    expected_date=dt.date(2026, 11, 24),
    carrier="ABCD",
    carrier_name="Abc Lines",
    trailer="TR88",
    seal="SL99",
    bill_of_lading="BL77",
    pro_number="PRO5",
    tracking="1Z999",
    gross_weight=Quantity(Decimal("84.5"), "KG"),
    packages=(
        package("1", inside="2", tracking="1Z1", weight=Quantity(Decimal(3), "KG")),
        package("2", level="pallet"),
        package("3"),
    ),
    parties=(Party(role="mark_for", id="5412345000037", id_scheme="gln"),),
)
PALLETS = notice(
    line("1", "4", "1"),
    line("2", "8", "3"),
    line("2", "2", "4"),
    packages=(
        package("1", inside="2"),
        package("2", level="pallet"),
        package("3"),
        package("4", level="pallet"),
    ),
)


@pytest.mark.parametrize("structure", ["pick_and_pack", "standard_pack", "flat"])
@pytest.mark.parametrize("dialect", DIALECTS)
def test_whatever_a_notice_has_the_subset_allows_what_is_written(
    dialect: str, structure: str
):
    draft = desadv(RICH, dialect, structure=structure)
    assert segments(draft, "CNT")[0] == "CNT+2:4"


def test_a_cps_stands_below_the_one_that_it_lies_in():
    assert segments(desadv(PALLETS), "CPS", "LIN", "GIN") == [
        "CPS+1",
        "CPS+2+1+3",
        f"GIN+BJ+{CODES[2]}",
        "CPS+3+2+1",
        f"GIN+BJ+{CODES[1]}",
        "LIN+1++4000001000104:EN",
        "CPS+4+1+3",
        f"GIN+BJ+{CODES[3]}",
        "LIN+2++4000001000104:EN",
        "CPS+5+1+3",
        f"GIN+BJ+{CODES[4]}",
        "LIN+3++4000001000104:EN",
    ]


def test_a_package_between_two_others_is_the_intermediate_one():
    held = notice(
        line("1", "4", "3"),
        packages=(
            package("1", level="pallet"),
            package("2", inside="1"),
            package("3", inside="2"),
        ),
    )
    assert segments(desadv(held), "CPS") == [
        "CPS+1",
        "CPS+2+1+3",
        "CPS+3+2+2",
        "CPS+4+3+1",
    ]


def test_a_package_without_anything_in_it_is_not_written():
    empty = replace(PALLETS, packages=(*PALLETS.packages, package("5")))
    assert len(segments(desadv(empty), "CPS")) == len(segments(desadv(PALLETS), "CPS"))


def test_cartons_take_the_place_of_pallets_that_are_left_out():
    draft = desadv(PALLETS, pallets="left_out")
    assert segments(draft, "CPS", "PAC") == [
        *("CPS+1", "PAC+2++CT"),
        *("CPS+2+1+3", "PAC+1++CT"),
        *("CPS+3+1+3", "PAC+1++CT"),
    ]


@pytest.mark.parametrize(
    ("dialect", "whole"),
    [("un", "CPS+1++4"), ("un21", "CPS+1++4"), ("eancom2002", "CPS+1")],
)
def test_a_flat_notice_has_one_cps(dialect: str, whole: str):
    assert segments(desadv(PALLETS, dialect, structure="flat"), "CPS", "GIN") == [whole]


def test_the_shipment_has_a_level_of_its_own_from_d00a_on():
    assert segments(desadv(PALLETS, "un97"), "CPS")[0] == "CPS+1"
    assert segments(desadv(PALLETS, "un01"), "CPS")[0] == "CPS+1++5"


def test_loose_items_stand_in_the_shipment_itself():
    draft = desadv(notice(line("1", "4", "1"), line("2"), packages=(package("1"),)))
    assert [row[:5] for row in segments(draft, "CPS", "LIN")] == [
        *("CPS+1", "LIN+1"),
        *("CPS+2", "LIN+2"),
    ]


def test_lines_of_two_orders_in_one_package_name_their_orders():
    both = notice(
        line("1", "4", "1"),
        line("2", "4", "1", order_id="ord_2", po_number="PO-2"),
        packages=(package("1"),),
    )
    draft = desadv(both, "eancom97", order(), order("ord_2", "PO-2"))
    assert segments(draft, "RFF") == [
        *("RFF+ON:PO-1", "RFF+ON:PO-2", "RFF+AAU:S-77"),
        *("RFF+ON:PO-1:1", "RFF+ON:PO-2:2"),
    ]
    assert len(segments(draft, "GIN")) == 1


def test_the_heading_names_no_orders_that_it_has_no_room_for():
    many = [order(f"ord_{n}", f"PO-{n}") for n in range(9)]
    lines = [line(order_id=one.id, po_number=one.po_number) for one in many]
    draft = desadv(notice(*lines), "un", *many)
    assert segments(draft, "RFF")[:2] == ["RFF+DQ:S-77", "RFF+ON:PO-0:1"]


def test_packages_with_as_many_of_a_line_stand_together_below_it():
    packed = notice(
        *(line("1", "8", str(n)) for n in range(1, 7)),
        line("1", "3", "7"),
        packages=tuple(package(str(n)) for n in range(1, 8)),
    )
    draft = desadv(packed, "eancom2002", structure="standard_pack")
    assert segments(draft, "CPS", "LIN", "QTY", "PCI", "GIN") == [
        "CPS+1",
        "LIN+1++4000001000104:SRV",
        "QTY+12:51:PCE",
        *("PCI+33E", "QTY+52:8:PCE"),
        "GIN+BJ+" + "+".join(CODES[1:6]),
        "GIN+BJ+" + CODES[6],
        *("PCI+33E", "QTY+52:3:PCE"),
        "GIN+BJ+" + CODES[7],
    ]


def test_another_pci_begins_behind_fifty_numbers():
    packed = notice(
        *(line("1", "8", str(n)) for n in range(1, 54)),
        packages=tuple(package(str(n)) for n in range(1, 54)),
    )
    draft = desadv(packed, structure="standard_pack")
    tags = [row[:3] for row in segments(draft, "PCI", "GIN")]
    assert tags == ["PCI", *["GIN"] * 10, "PCI", "GIN"]


@pytest.mark.parametrize(
    ("dialect", "told"),
    [
        ("un93", ["PAC+1++CT", "PCI+30", f"GIN+SS+{CODES[1]}"]),
        ("un", ["PAC+1++CT", "PCI+30", f"GIN+BJ+{CODES[1]}"]),
        ("un04", ["PAC+1++CT", "PCI+30", f"GIN+AW+{CODES[1]}"]),
        ("un21", ["PAC+1++CT", "PCI+39", f"GIN+AW+{CODES[1]}"]),
        ("eancom94", ["PAC+1++CT", "PCI+30E", f"GIN+SS+{CODES[1]}"]),
        ("eancom97", ["PAC+1++PK", "PCI+33E", f"GIN+BJ+{CODES[1]}"]),
        ("eancom2002", ["PAC+1++PK", "PCI+33E", f"GIN+BJ+{CODES[1]}"]),
    ],
)
def test_a_carton_is_marked_in_the_codes_of_its_dialect(dialect: str, told: list[str]):
    draft = desadv(notice(line("1", "4", "1"), packages=(package("1"),)), dialect)
    assert segments(draft, "PAC", "PCI", "GIN")[1:] == told


@pytest.mark.parametrize(
    ("dialect", "told"), [("un", "PAC+2++PX"), ("eancom2002", "PAC+2++201::9")]
)
def test_a_pallet_is_one_of_eancoms_own_types_or_any(dialect: str, told: str):
    assert told in segments(desadv(PALLETS, dialect), "PAC")


def test_types_of_packages_are_the_profiles():
    draft = desadv(PALLETS, "eancom97", pallet_type="09", carton_type="SL")
    assert segments(draft, "PAC")[:2] == ["PAC+2++SL", "PAC+2++09::9"]


@pytest.mark.parametrize(
    ("dialect", "told"),
    [
        ("un", ["PCI+10", "GIN+BX+L-1", "PCI+17", "GIN+BN+S1+S2"]),
        ("un21", ["PCI+41", "GIN+BX+L-1", "PCI+35", "GIN+BN+S1+S2"]),
        ("eancom97", ["PCI+17", "GIN+BX+L-1", "PCI+17", "GIN+BN+S1+S2"]),
        ("eancom94", ["PIA+1+L-1:NB"]),
    ],
)
def test_batch_and_serial_numbers_stand_at_the_line(dialect: str, told: list[str]):
    loose = notice(line(lot="L-1", serials=("S1", "S2")))
    written = segments(desadv(loose, dialect), "PIA", "PCI", "GIN")
    assert [row for row in written if ":SA" not in row] == told


@pytest.mark.parametrize(
    ("dialect", "told"),
    [("un", ["DTM+361:20270630:102"]), ("un93", []), ("eancom94", [])],
)
def test_best_before_is_told_where_there_is_a_code_for_it(
    dialect: str, told: list[str]
):
    loose = notice(line(expires=dt.date(2027, 6, 30)))
    assert segments(desadv(loose, dialect), "DTM")[1:] == told


@pytest.mark.parametrize(
    ("missing", "follows", "told"),
    [
        ("0", False, []),
        ("4", True, ["QVR+-4:21+BP"]),
        ("4", False, ["QVR+-4:21+CP"]),
        ("-1", False, ["QVR+1:21"]),
    ],
)
def test_what_is_missing_is_told_as_a_difference(
    missing: str, follows: bool, told: list[str]
):
    short = line(ordered=Decimal(10), missing=Decimal(missing), follows=follows)
    assert segments(desadv(notice(short)), "QVR") == told


def test_what_is_missing_is_told_once_for_a_line_in_several_packages():
    its: dict[str, Any] = {"ordered": Decimal(10), "missing": Decimal(2)}
    split = notice(
        line("1", "5", "1", **its),
        line("1", "3", "2", **its),
        packages=(package("1"), package("2")),
    )
    assert segments(desadv(split, "un93"), "QTY", "QVA") == [
        *("QTY+12:5:PCE", "QTY+21:10:PCE", "QVA+-2:21+CP"),
        "QTY+12:3:PCE",
    ]


def test_what_came_instead_names_what_was_ordered():
    draft = desadv(notice(line(item=OTHER)), "eancom97")
    assert segments(draft, "LIN", "PIA") == [
        "LIN+1++4000001000111:EN",
        "PIA+1+SA-2:SA",
        "PIA+4+4000001000104:EN+SA-1:SA+B-1:IN",
    ]


@pytest.mark.parametrize(
    ("dialect", "purpose", "code"),
    [
        ("un", "original", "+9"),
        ("un", "replace", "+5"),
        ("un", "cancel", "+1"),
        ("eancom97", "original", "+9"),
        ("eancom97", "replace", "+4"),
        ("eancom2002", "replace", "+5"),
        ("eancom94", "original", ""),
        ("eancom94", "replace", "+4"),
    ],
)
def test_the_purpose_has_the_dialects_code(dialect: str, purpose: Any, code: str):
    draft = desadv(notice(line(), purpose=purpose), dialect)
    assert segments(draft, "BGM") == [f"BGM+351+S-77{code}"]


def test_a_cancellation_has_no_packages_and_no_lines():
    draft = desadv(replace(PALLETS, purpose="cancel"))
    assert segments(draft, "RFF", "CPS", "LIN", "CNT") == ["RFF+ON:PO-1", "RFF+DQ:S-77"]


def test_the_carriers_numbers_are_told_where_there_are_codes_for_them():
    assert segments(desadv(RICH), "RFF")[:5] == [
        *("RFF+ON:PO-1", "RFF+DQ:S-77"),
        *("RFF+BM:BL77", "RFF+FN:PRO5", "RFF+CN:1Z999"),
    ]
    told = segments(desadv(RICH, "eancom2002"), "RFF")
    assert told[:3] == ["RFF+ON:PO-1", "RFF+AAU:S-77", "RFF+ON:PO-1:2"]


@pytest.mark.parametrize(
    ("dialect", "values"),
    [
        ("un", []),
        ("un93", ["20270630"]),
        ("eancom97", ["BL77", "PRO5", "1Z999", "SL99", "1Z1"]),
        ("eancom94", ["BL77", "PRO5", "1Z999", "SL99", "1Z1", "20270630", "S1"]),
    ],
)
def test_what_a_dialect_has_no_code_for_is_noted(dialect: str, values: list[str]):
    found = desadv(RICH, dialect).findings
    assert [(one.code, one.value) for one in found] == [
        ("MAP-014", value) for value in values
    ]


@pytest.mark.parametrize(
    ("dialect", "told"),
    [
        ("un", ["TDT+20++++ABCD::182:Abc Lines", "EQD+TE+TR88", "SEL+SL99"]),
        ("eancom2002", ["TDT+20++++ABCD::182:Abc Lines+++TR88"]),
        ("eancom97", ["TDT+20++++ABCD:::Abc Lines+++TR88"]),
    ],
)
def test_the_trailer_stands_where_the_dialect_has_it(dialect: str, told: list[str]):
    assert segments(desadv(RICH, dialect), "TDT", "EQD", "SEL") == told


@pytest.mark.parametrize(
    ("carrier", "told"),
    [("4009988000022", "4009988000022::9"), ("ABCD", "ABCD::182"), ("7", "7")],
)
def test_a_carrier_is_known_by_gln_scac_or_any_code(carrier: str, told: str):
    draft = desadv(notice(line(), carrier=carrier))
    assert segments(draft, "TDT") == [f"TDT+20++++{told}"]


@pytest.mark.parametrize(
    ("dialect", "told"),
    [
        ("un", ["MEA+PD+AAD+LBR:84", "CNT+2:1"]),
        ("eancom94", ["MEA+PD+AAD+LBR:84", "CNT+2:1"]),
    ],
)
def test_the_weight_is_told_in_a_unit_of_rec_20(dialect: str, told: list[str]):
    heavy = notice(line(), gross_weight=Quantity(Decimal(84), "LB"))
    assert segments(desadv(heavy, dialect), "MEA", "CNT") == told


def test_the_weight_is_a_total_where_the_heading_has_no_place_for_it():
    heavy = notice(line(), gross_weight=Quantity(Decimal(84), "KG"))
    assert segments(desadv(heavy, "eancom97"), "MEA", "CNT") == [
        "CNT+2:1",
        "CNT+7:84:KGM",
    ]


def test_a_weight_in_a_unit_that_nobody_knows_is_left_out():
    draft = desadv(notice(line(), gross_weight=Quantity(Decimal(84), "STONES")))
    assert [(f.code, f.where.segment_tag) for f in draft.findings] == [
        ("MAP-014", "MEA")
    ]
    assert segments(draft, "MEA") == []


def test_packages_are_counted_at_the_top_and_in_the_end():
    draft = desadv(PALLETS)
    assert segments(draft, "PAC")[:2] == ["PAC+2++CT", "PAC+2++PX"]
    assert segments(draft, "CNT") == ["CNT+2:3", "CNT+11:4"]


@pytest.mark.parametrize(("dialect", "code"), [("un", "SF"), ("eancom97", "SH")])
def test_where_it_comes_from_is_our_gln_unless_the_shipment_says_it(
    dialect: str, code: str
):
    assert segments(desadv(notice(line()), dialect), "NAD") == [
        "NAD+BY+5412345000013::9",
        "NAD+SU+4000001000005::9",
        "NAD+DP+5412345000020::9",
        f"NAD+{code}+4000001000005::9",
    ]
    from_ = Party(role="ship_from", id="4000001000029", id_scheme="gln")
    there = desadv(notice(line(), parties=(from_,)), dialect)
    assert segments(there, "NAD")[-1] == f"NAD+{code}+4000001000029::9"


def test_an_order_in_x12_has_its_units_in_those_of_rec_20():
    asked = order(source=Source(standard="x12", version="004010"))
    draft = desadv(notice(line(uom="CA")), "un", asked)
    assert segments(draft, "QTY") == ["QTY+12:10:CS"]
