"""Files of the ERP: kinds, rows, faults with their places."""

from __future__ import annotations

import json
import time
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gateway.erp.columns import KINDS
from gateway.erp.documents import Billed, Confirmation, Counted, Shipped
from gateway.erp.read import CONTRACTS, ErpFile, read
from gateway.erp.report import report
from gateway.erp.sheet import Fault, fault
from gateway.order import to_json
from gateway.order.ship import ShipNotice, ShippedLine, sscc_is_good


def codes(file: ErpFile) -> list[tuple[int, str, str]]:
    return [(row, column, found.code) for row, column, found in file.faults]


def named(file: ErpFile) -> list[str]:
    return [ref.order_id for document in file.documents for ref in document.orders]


def csv(*lines: str) -> ErpFile:
    return read("\r\n".join(lines).encode(), "file.csv")


@pytest.mark.parametrize(
    ("header", "kind"),
    [
        ("order_id,decision", "confirmations"),
        ("\ufefforder_id;Decision", "confirmations"),
        ("shipment\torder_id\tline_no\tquantity\tship_date", "shipments"),
        (
            '"invoice","order_id","line_no","quantity","price","invoice_date"',
            "invoices",
        ),
        ("sku,available", "stock"),
        ("contract,currency,contract_from,item,unit,price", CONTRACTS),
        ("order_id,line_no,decision\rord_1,1,accept", "confirmations"),
        ("\ufeff\r\n;;\r\norder_id;decision;;", "confirmations"),
    ],
)
def test_a_csv_file_is_known_by_its_columns(header: str, kind: str):
    assert csv(header).kind == kind


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_a_json_file_is_known_by_its_schema(kind):
    file = read(json.dumps({"schema": kind.schema, "rows": []}).encode(), "x.json")
    assert (file.kind, file.faults) == (kind.name, ())


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        (["a,b"], (1, "", "ERP-001")),
        (["decision,colour"], (1, "colour", "ERP-001")),
        (["decision,decision"], (1, "decision", "ERP-001")),
        (["sku,available,unit", '1,"2'], (2, "", "ERP-001")),
        (["shipment,order_id"], (1, "line_no", "ERP-001")),
    ],
)
def test_a_header_that_cannot_be_used_refuses_the_file(lines, found):
    file = csv(*lines)
    assert found in codes(file)
    assert file.documents == ()


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("ord_1,,perhaps,,,", "decision"),
        ('ord_1,,accept,"1,5",,', "quantity"),
        ("ord_1,1,accept,0,,", "quantity"),
        ("ord_1,1,accept,,x,", "price"),
        ("ord_1,1,accept,,,31.1.2026", "date"),
        ("ord_1,1,change,,,", "decision"),
        ("ord_1,,accept,4,,", "line_no"),
        (",1,accept,,,", "order_id"),
    ],
)
def test_a_bad_value_is_a_fault_with_its_row_and_column(row: str, column: str):
    file = csv("order_id,line_no,decision,quantity,price,date", row)
    assert codes(file) == [(2, column, "ERP-002")]
    assert file.documents == ()


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("1,5", "1.5"),
        ("1234,5", "1234.5"),
        ("1.234,50", "1234.50"),
        ("1,234.50", "1234.50"),
        ("1.234.567,8", "1234567.8"),
        ("1,234,567", "1234567"),
        ("0,125", "0.125"),
        ("1,234", "1.234 or 1234"),
        ("1,23,4", "12.50"),
        ("-1,5", "12.50"),
        ("many", "12.50"),
    ],
)
def test_a_number_of_a_spreadsheet_is_told_as_it_may_be_meant(written: str, meant: str):
    file = csv("order_id,line_no,decision,quantity", f'ord_1,1,accept,"{written}"')
    (fault,) = file.faults
    assert fault.finding.what.endswith(f"is no number; write it as {meant}")


def test_empty_rows_and_columns_of_a_spreadsheet_do_no_harm():
    file = csv(
        ",,,", "order_id,,decision,", "ord_1,,accept,", " , ,,", "ord_2,,accept,"
    )
    assert codes(file) == []
    assert named(file) == ["ord_1", "ord_2"]


def test_what_stands_in_a_column_without_a_name_is_not_passed_over():
    file = csv("order_id,decision,", "ord_1,accept,4", "ord_2,accept,")
    assert codes(file) == [(2, "", "ERP-002")]
    assert named(file) == ["ord_2"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('{"schema": "erp_stock/1", "rows": [], "rows": []}', (0, "rows", "ERP-001")),
        (
            '{"schema": "erp_stock/1", "rows": [{"sku": "A", "available": "1",'
            ' "available": "2"}]}',
            (1, "available", "ERP-002"),
        ),
        (
            '{"schema": "erp_stock/1", "rows": [{"sku": "\\ud800", "available": 1}]}',
            (0, "", "ERP-001"),
        ),
    ],
)
def test_json_that_says_two_things_or_half_a_letter_is_refused(text: str, found):
    file = read(text.encode(), "x.json")
    assert codes(file) == [found]
    assert file.documents == ()


@pytest.mark.parametrize(
    "moment", ["9999-12-31T23:00:00-05:00", "0001-01-01T00:00:00+05:00"]
)
def test_a_moment_outside_of_the_calendar_is_a_bad_value(moment: str):
    assert codes(csv("sku,available,as_of", f"A,1,{moment}")) == [
        (2, "as_of", "ERP-002")
    ]


def test_many_rows_about_one_order_are_read_in_a_moment():
    rows = [f"ord_1,{number},accept," for number in range(40_000)]
    before = time.process_time()
    file = csv("order_id,line_no,decision,quantity", *rows)
    assert len(file.documents) == 1
    assert time.process_time() - before < 20  # it was minutes


def test_a_bad_row_spoils_its_order_and_no_other():
    file = csv(
        "order_id,line_no,decision,quantity",
        "ord_1,1,accept,",
        "ord_2,1,accept,",
        "ord_1,2,accept,many",
    )
    assert codes(file) == [(4, "quantity", "ERP-002")]
    (left,) = file.documents
    assert isinstance(left, Confirmation)
    assert left.order.order_id == "ord_2"


def test_a_row_with_too_many_cells_spoils_its_order():
    file = csv("order_id,decision", "ord_1,accept,oops", "ord_2,accept")
    assert codes(file) == [(2, "", "ERP-002")]
    assert len(file.documents) == 1


def test_several_rows_of_a_line_need_their_quantities():
    file = csv(
        "order_id,line_no,decision,quantity",
        "ord_1,1,accept,60",
        "ord_1,1,backorder,",
    )
    assert {code for _, _, code in codes(file)} == {"ERP-011"}


def test_a_shipment_holds_its_packages_once_and_its_lines_in_them():
    file = csv(
        "shipment,order_id,line_no,quantity,ship_date,pallet_sscc,carton_sscc,serial",
        "S,ord_1,1,2,2026-11-21,106141411234567897,,A|B",
        "S,ord_1,2,3,,106141411234567897,,",
    )
    (document,) = file.documents
    assert isinstance(document, Shipped)
    assert file.faults == ()
    assert [p.level for p in document.notice.packages] == ["pallet"]
    assert [line.package for line in document.notice.lines] == ["1", "1"]
    assert document.notice.lines[0].serials == ("A", "B")
    assert document.rows == (2, 3)


def test_a_head_that_changes_inside_a_shipment_is_a_contradiction():
    file = csv(
        "shipment,order_id,line_no,quantity,ship_date",
        "S,ord_1,1,2,2026-11-21",
        "S,ord_1,2,3,2026-11-22",
    )
    assert codes(file) == [(3, "ship_date", "ERP-011")]
    assert file.documents == ()


def test_packages_go_by_their_own_numbers_or_by_their_ssccs():
    file = csv(
        "shipment,order_id,line_no,quantity,ship_date,pallet,carton,carton_sscc",
        "S,ord_1,1,2,2026-11-21,P,A,(00)106141412345678908",
        "S,ord_1,2,2,2026-11-21,P,A,",
        "S,ord_1,3,2,2026-11-21,P,,",
    )
    (document,) = file.documents
    assert isinstance(document, Shipped)
    pallet, carton = document.notice.packages
    assert (pallet.sscc, carton.sscc) == ("", "106141412345678908")
    assert carton.inside == pallet.number
    assert [line.package for line in document.notice.lines] == ["2", "2", "1"]


def test_a_carton_with_two_ssccs_is_a_contradiction():
    file = csv(
        "shipment,order_id,line_no,quantity,ship_date,carton,carton_sscc",
        "S,ord_1,1,2,2026-11-21,A,106141412345678908",
        "S,ord_1,2,2,2026-11-21,A,006141411234567890",
    )
    assert codes(file) == [(3, "carton", "ERP-011")]


def test_a_wrong_sscc_is_judged_with_its_shipment():
    file = csv(
        "shipment,order_id,line_no,quantity,ship_date,carton_sscc",
        "S,ord_1,1,2,2026-11-21,(00)106141411234567890",
    )
    assert codes(file) == []
    assert len(file.documents) == 1


def test_an_invoice_has_its_lines_and_totals():
    file = csv(
        "invoice,invoice_date,order_id,line_no,quantity,price,currency,total",
        "I,2026-11-21,ord_1,1,2,12.50,usd,26.75",
    )
    (document,) = file.documents
    assert isinstance(document, Billed)
    assert document.invoice.currency == "USD"
    assert document.invoice.total is not None
    assert document.invoice.total.amount == Decimal("26.75")


def test_a_count_that_stands_twice_is_taken_once():
    file = csv("sku,available", "A,1", "A,2", "B,3")
    assert codes(file) == [(3, "sku", "ERP-011")]
    assert [d.level.sku for d in file.documents if isinstance(d, Counted)] == ["A", "B"]


def test_a_moment_needs_its_zone():
    file = csv("sku,available,as_of", "A,1,2026-11-21T08:00:00", "B,1,2026-11-21")
    assert codes(file) == [(2, "as_of", "ERP-002")]


def test_json_takes_no_number_with_a_point():
    body = {"schema": "erp_stock/1", "rows": [{"sku": "A", "available": 1.5}]}
    assert codes(read(json.dumps(body).encode(), "s.json"))[0] == (
        1,
        "available",
        "ERP-002",
    )


def test_a_canonical_shipment_is_read_as_it_is():
    line = ShippedLine(
        order_id="ord_1", po_number="4711", line_no="1", quantity=Decimal("2.50")
    )
    notice = ShipNotice(number="S", lines=(line,))
    (document,) = read(to_json(notice).encode(), "s.json").documents
    assert isinstance(document, Shipped)
    assert document.notice == notice


def test_a_canonical_document_with_faults_names_their_places():
    file = read(b'{"schema": "stock/1", "levels": [{"sku": 1}]}', "s.json")
    assert (0, "/levels/0/sku", "API-004") in codes(file)


@example(b"decision\n\x00")
@example(b'{"schema": "erp_stock/1", "rows": [1, null, {"sku": {}}]}')
@example(b"sku,available\n" + b"9" * 5000 + b",1")
@given(st.binary() | st.text().map(str.encode))
def test_any_bytes_are_documents_or_faults(data: bytes):
    assert isinstance(read(data, "x"), ErpFile)


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
@given(data=st.data())
def test_any_cells_are_documents_or_faults(kind, data):
    cell = st.text(max_size=12).map(lambda text: text.replace('"', ""))
    columns = list(kind.columns)
    rows = data.draw(
        st.lists(st.lists(cell, min_size=len(columns), max_size=len(columns)))
    )
    quoted = [",".join(f'"{each}"' for each in row) for row in (columns, *rows)]
    text = "\r\n".join(quoted)
    assert read(text.encode("utf-8", "replace"), "x").kind == kind.name


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ("106141411234567897", True),
        ("106141411234567890", False),
        ("1061414112345678", False),
        ("10614141123456789x", False),
    ],
)
def test_an_sscc_has_a_check_digit(text: str, good: bool):
    assert sscc_is_good(text) is good


def test_a_report_is_in_the_order_of_rows_and_runs_no_formula():
    faults: list[Fault] = [
        fault(3, "price", "ERP-002", "is no number", "=1+1"),
        fault(1, "x", "ERP-001", "unknown"),
    ]
    lines = report(faults).decode().splitlines()
    assert lines[0] == "row,column,code,severity,what,how to fix,value"
    assert lines[1].startswith("1,x,ERP-001,reject,unknown,")
    assert lines[2].endswith(",'=1+1")
