"""Catalogs from CSV and JSON: what is read, and each fault with its row and fix."""

from __future__ import annotations

import datetime as dt
import json
from fractions import Fraction

import pytest

from gateway.catalog import Contract, Item, ItemState, UnitFactor
from gateway.catalog.importing import Import, read_csv, read_json, rows
from gateway.findings import Finding, Severity
from tests.unit.catalog.parts import d, price

HEADER = "contract,currency,contract_from,contract_to,item,unit,factor,price,break"
ROW = "C-1,USD,2026-01-01,,W-1,EA,1,12.50,"


def csv(*lines: str, header: str = HEADER) -> Import:
    return read_csv("\n".join((header, *lines)) + "\n", "prices.csv")


def faults(found: Import) -> list[tuple[str, str]]:
    return [(each.code, each.where.path) for each in found.findings]


def with_column(column: str, value: str) -> Import:
    return csv(f"{ROW},{value}", header=f"{HEADER},{column}")


def test_a_row_is_a_contract_and_an_item():
    found = csv(ROW)
    assert found.findings == ()
    assert found.contracts == (
        Contract(
            id="C-1", number="C-1", currency="USD", valid_from=dt.date(2026, 1, 1)
        ),
    )
    assert found.items == (
        Item(
            contract_id="C-1",
            sku="W-1",
            base_unit="EA",
            units=(UnitFactor("EA", Fraction(1), "EA"),),
            prices=(price("12.50"),),
        ),
    )


def test_every_column_is_read():
    header = (
        "contract,contract_name,currency,contract_from,contract_to,item,description,"
        "buyer_part,cross_ref,gtin,mfr_part,mfr,unit,factor,base_unit,price,basis,"
        "break,from,to,min_qty,increment,max_qty,state,successor,lead_time_days,"
        "reference_date,break_on,min_value,max_value,priority,price_decimals,unspsc"
    )
    row = (
        'C-1,Tools,USD,2026-01-01,2029-12-31,W-1,"Hammer, 16 oz",B-1|B-2,X-1,'
        "012345678905,M-1,Acme,CA,1/7,EA,12.5000,100,10,2026-02-01,2026-12-31,1,2,"
        "100,discontinued,W-2,5,requested,item,50,5000,3,4,27111602"
    )
    base = "C-1,,,,,W-1,,,,,,,EA,,,,,,,,,,,,,,,,,,,,"
    found = csv(row, base, header=header)
    assert found.findings == ()
    (contract,), (item,) = found.contracts, found.items
    assert (contract.name, contract.priority, contract.price_decimals) == (
        "Tools",
        3,
        4,
    )
    assert (contract.min_value, contract.max_value) == (d("50"), d("5000"))
    assert (contract.reference_date, contract.break_on) == ("requested", "item")
    assert item.buyer_parts == ("B-1", "B-2")
    assert item.units[0] == UnitFactor("CA", Fraction(1, 7), "EA")
    assert item.prices[0].basis_qty == d("100")
    assert (item.state, item.successor) == (ItemState.DISCONTINUED, "W-2")
    assert (item.min_qty, item.increment, item.max_qty) == (d("1"), d("2"), d("100"))
    assert (item.lead_time_days, item.unspsc) == (5, "27111602")


def test_several_rows_make_one_item_with_units_and_breaks():
    found = csv(
        ROW, "C-1,USD,2026-01-01,,W-1,EA,1,12.00,10", "C-1,,,,W-1,CA,24,280.00,"
    )
    assert found.findings == ()
    (item,) = found.items
    assert [unit.unit for unit in item.units] == ["EA", "CA"]
    assert [each.amount for each in item.prices] == [
        d("12.50"),
        d("12.00"),
        d("280.00"),
    ]


def test_rows_of_an_item_may_stand_apart():
    other = "C-1,,,,W-2,EA,1,1.00,"
    found = csv(ROW, other, "C-1,,,,W-1,EA,1,12.00,10")
    assert [len(each.prices) for each in found.items] == [2, 1]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_separators_byte_order_mark_quotes_and_line_ends_are_understood(separator):
    text = "\ufeff" + "\r\n".join((HEADER, ROW.replace("W-1", '"W-1"'), ""))
    found = read_csv(text.replace(",", separator), "prices.csv")
    assert (found.findings, found.items[0].sku) == ((), "W-1")


def test_empty_rows_and_columns_of_a_spreadsheet_do_no_harm():
    plain = csv(ROW).items
    text = f"\ufeff\n,,,\n{HEADER},,\n{ROW},,\n , ,\n".replace(",", ";")
    assert read_csv(text, "prices.csv") == Import(csv(ROW).contracts, plain)


def test_what_stands_in_a_column_without_a_name_is_a_fault():
    found = csv(ROW, f"{ROW},4".replace("W-1", "W-2"), header=f"{HEADER},")
    assert faults(found) == [("CFG-020", "prices.csv:3")]


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ('{"schema": "catalog/1", "contracts": [], "contracts": []}', "#/contracts"),
        ('{"schema": "catalog/1", "contracts": [{"contract": "\\udfff"}]}', "#"),
    ],
)
def test_json_that_says_two_things_or_half_a_letter_is_refused(text: str, path: str):
    assert ("CFG-020", f"prices.json{path}") in faults(read_json(text, "prices.json"))


def test_an_unknown_column_names_the_nearest_known_one():
    (finding,) = with_column("buyer_prt", "B-1").findings
    assert (finding.code, finding.where.path) == ("CFG-020", "prices.csv:1")
    assert "buyer_part" in finding.what


def test_a_missing_and_a_doubled_column_are_faults_of_the_header():
    found = csv("x", header="contract,contract,currency,contract_from,item,unit")
    assert faults(found) == [("CFG-020", "prices.csv:1")] * 2


def test_an_empty_file_is_a_fault():
    assert faults(read_csv("", "prices.csv")) == [("CFG-020", "prices.csv:1")]


@pytest.mark.parametrize(
    "row",
    [
        "C-1,USD,2026-01-01,,W-1,EA,1,abc,",
        "C-1,USD,2026-01-01,,W-1,EA,1,-1,",
        'C-1,USD,2026-01-01,,W-1,EA,1,"12,50",',
        "C-1,USD,2026-01-01,,W-1,EA,0,12.50,",
        "C-1,USD,2026-01-01,,W-1,EA,1/0,12.50,",
        "C-1,USD,2026-01-01,,W-1,,1,12.50,",
        "C-1,USD,2026-01-01,,,EA,1,12.50,",
        "C-1,USD,01/31/2026,,W-1,EA,1,12.50,",
        "C-1,USD,2026-02-30,,W-1,EA,1,12.50,",
        "C-1,USD,,,W-1,EA,1,12.50,",
        "C-1,USD,2026-01-01,2025-01-01,W-1,EA,1,12.50,",
        "C-1,US,2026-01-01,,W-1,EA,1,12.50,",
        "C-1,USD,2026-01-01,,W-1,EA,1,12.50,,surplus",
        ",USD,2026-01-01,,W-1,EA,1,12.50,",
        "C-1,USD,2026-01-01,,W-1,CA,24,12.50,",
    ],
)
def test_a_bad_row_is_a_fault_with_its_line(row):
    found = csv(row)
    assert set(faults(found)) == {("CFG-020", "prices.csv:2")}
    assert (found.items, found.is_good) == ((), False)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("basis", "7"),
        ("from", "soon"),
        ("state", "sleeping"),
        ("reference_date", "yesterday"),
        ("break_on", "moon"),
        ("lead_time_days", "-1"),
        ("lead_time_days", "99999"),
        ("min_qty", "0"),
        ("unspsc", "4618"),
        ("price_decimals", "x"),
        ("priority", "high"),
    ],
)
def test_a_bad_value_is_a_fault_that_names_its_column(column, value):
    (finding,) = with_column(column, value).findings
    assert (finding.code, finding.value) == ("CFG-020", value)
    assert column in finding.what


def test_all_faults_of_a_file_come_in_one_pass():
    found = csv(ROW.replace("12.50", "x"), ROW, ROW.replace("2026-01-01", "2026-13-01"))
    assert [path for _, path in faults(found)] == ["prices.csv:2", "prices.csv:4"]


def test_a_quoted_line_break_does_not_move_the_line_numbers():
    header = HEADER + ",description"
    found = csv(ROW + ',"two\nlines"', ROW.replace("12.50", "x") + ",", header=header)
    assert faults(found) == [("CFG-020", "prices.csv:4")]


def test_a_quote_that_never_ends_is_a_fault():
    assert faults(csv('C-1,"USD,2026')) == [("CFG-020", "prices.csv:2")]


@pytest.mark.parametrize(
    "second",
    [
        "C-1,EUR,2026-01-01,,W-1,EA,1,12.00,10",
        "C-1,USD,2026-01-02,,W-1,EA,1,12.00,10",
        "C-1,USD,2026-01-01,,W-1,EA,2,12.00,10",
        "C-1,USD,2026-01-01,,W-1,EA,1,12.51,",
    ],
)
def test_a_row_that_says_other_than_one_before_is_a_contradiction(second):
    assert faults(csv(ROW, second)) == [("CFG-021", "prices.csv:3")]


def test_the_same_row_twice_is_no_contradiction():
    found = csv(ROW, ROW)
    assert (found.findings, len(found.items[0].prices)) == ((), 1)


def test_prices_one_after_another_do_not_contradict():
    header = HEADER + ",from,to"
    found = csv(
        ROW + ",2026-01-01,2026-06-30",
        ROW.replace("12.50", "13.00") + ",2026-07-01,",
        header=header,
    )
    assert found.findings == ()


def test_prices_that_overlap_by_a_day_contradict():
    header = HEADER + ",from,to"
    found = csv(
        ROW + ",2026-01-01,2026-06-30",
        ROW.replace("12.50", "13.00") + ",2026-06-30,",
        header=header,
    )
    assert faults(found) == [("CFG-021", "prices.csv:3")]


def test_an_item_described_in_two_ways_is_a_contradiction():
    header = HEADER + ",description"
    found = csv(ROW + ",saw", ROW + ",hammer", header=header)
    assert faults(found) == [("CFG-021", "prices.csv:3")]


def test_a_buyer_part_of_two_items_is_a_contradiction():
    header = HEADER + ",buyer_part"
    found = csv(ROW + ",B", ROW.replace("W-1", "W-2") + ",B", header=header)
    assert faults(found) == [("CFG-021", "prices.csv:3")]


def test_more_decimals_than_the_contract_allows_are_a_contradiction():
    header = HEADER + ",price_decimals"
    assert faults(csv(ROW + ",1", header=header)) == [("CFG-021", "prices.csv:2")]


def test_a_gtin_with_a_wrong_check_digit_is_a_warning_only():
    found = with_column("gtin", "012345678900")
    (finding,) = found.findings
    assert finding.severity is Severity.WARNING
    assert found.is_good
    assert len(found.items) == 1


def test_a_unit_of_no_list_is_a_warning_only():
    found = csv(ROW.replace("EA", "QQ"))
    assert ([f.severity for f in found.findings], found.is_good) == (
        [Severity.WARNING],
        True,
    )


def test_reading_ends_when_nothing_but_faults_comes():
    assert len(csv(*["C-1,USD,2026-01-01,,W-1,EA,1,x,"] * 2000).findings) == 500


# streaming


def streamed(*lines: str) -> list[Contract | Item | Finding]:
    return list(rows([HEADER + "\n", *[line + "\n" for line in lines]], "prices.csv"))


def test_a_sorted_file_streams_each_item_when_its_rows_end():
    told = rows(
        iter([HEADER, ROW, ROW.replace("W-1", "W-2"), ROW.replace("W-1", "W-3")]),
        "prices.csv",
    )
    assert [type(each) for each in (next(told), next(told))] == [Contract, Item]


def test_streaming_and_reading_whole_give_the_same():
    lines = (ROW, ROW.replace("W-1", "W-2"), ROW.replace("C-1", "C-2"))
    whole = csv(*lines)
    told = streamed(*lines)
    assert tuple(each for each in told if isinstance(each, Item)) == whole.items
    assert tuple(e for e in told if isinstance(e, Contract)) == whole.contracts


def test_an_unsorted_file_does_not_stream():
    told = streamed(ROW.replace("W-1", "W-2"), ROW)
    (finding,) = [each for each in told if isinstance(each, Finding)]
    assert (finding.code, finding.where.path) == ("CFG-020", "prices.csv:3")


# JSON

ITEM = {
    "item": "W-1",
    "buyer_part": ["B-1"],
    "units": [{"unit": "EA"}, {"unit": "CA", "factor": "24"}],
    "base_unit": "EA",
    "prices": [{"price": "12.50", "unit": "EA"}],
}
CONTRACT = {
    "contract": "C-1",
    "currency": "USD",
    "contract_from": "2026-01-01",
    "lead_time_days": 3,
    "items": [ITEM],
}


def body(**changes) -> str:
    return json.dumps({"schema": "catalog/1", "contracts": [CONTRACT | changes]})


def with_item(**changes) -> Import:
    return read_json(body(items=[ITEM | changes]), "prices.json")


def test_json_gives_the_same_values_as_csv():
    found = read_json(body(), "prices.json", partner_id="acme")
    assert found.findings == ()
    assert found.contracts[0].lead_time_days == 3
    assert found.contracts[0].partner_id == "acme"
    (item,) = found.items
    assert (item.buyer_parts, item.units[1].factor) == (("B-1",), Fraction(24))
    assert item.prices == (price("12.50"),)


def test_units_may_be_left_out_where_only_the_base_unit_is_sold():
    found = with_item(units=[])
    assert found.items[0].units == (UnitFactor("EA", Fraction(1), "EA"),)


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"prices": [{"price": 12.5, "unit": "EA"}]}, "/prices/0/price"),
        ({"prices": [{"price": "x", "unit": "EA"}]}, "/prices/0"),
        ({"prices": [{"unit": "EA"}]}, "/prices/0"),
        ({"prices": [{"price": "1", "unit": "GA"}]}, ""),
        ({"prices": ["x"]}, "/prices/0"),
        ({"prices": {}}, "/prices"),
        ({"units": [{"factor": "2"}]}, "/units/0"),
        ({"buyr_part": "B"}, "/buyr_part"),
        ({"description": ["a"]}, "/description"),
        ({"gtin": [1]}, "/gtin"),
        ({"item": ""}, ""),
    ],
)
def test_a_bad_value_is_a_fault_with_its_pointer(changes, path):
    assert ("CFG-020", f"prices.json#/contracts/0/items/0{path}") in faults(
        with_item(**changes)
    )


@pytest.mark.parametrize("text", ["", "{", "[]", '{"schema": "catalog/2"}', "[" * 9999])
def test_what_is_no_catalog_is_one_fault(text):
    found = read_json(text, "prices.json")
    assert [each.code for each in found.findings] == ["CFG-020"]


def test_the_same_item_twice_is_a_contradiction():
    found = read_json(body(items=[ITEM, ITEM]), "prices.json")
    assert ("CFG-021", "prices.json#/contracts/0/items/1") in faults(found)


def test_the_same_contract_twice_is_a_contradiction():
    text = json.dumps({"schema": "catalog/1", "contracts": [CONTRACT, CONTRACT]})
    assert ("CFG-021", "prices.json#/contracts/1") in faults(
        read_json(text, "prices.json")
    )


def test_an_unknown_key_names_the_nearest_known_one():
    found = read_json(body(currncy="USD"), "prices.json")
    assert "currency" in found.findings[0].what
