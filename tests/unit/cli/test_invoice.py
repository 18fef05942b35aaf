"""``gateway invoice`` and ``gateway send stock``: done at once, or told why not."""

from __future__ import annotations

from tests.unit.cli.test_ship import home, run

__all__ = ["home"]

HEAD = "invoice,invoice_date,po_number,line_no,quantity,price\n"


def test_an_invoice_is_taken_in(home):
    file = home / "invoice.csv"
    file.write_text(HEAD + "INV-1,2026-12-10,4500001201,1,12,84\n")
    told = run("invoice", file)
    assert told.exit_code == 0, told.output
    assert "INV-1" in told.output


def test_what_is_wrong_with_an_invoice_ends_with_1(home):
    file = home / "invoice.csv"
    file.write_text(HEAD + "INV-1,2026-12-10,4500001201,1,13,84\n")
    told = run("invoice", file)
    assert told.exit_code == 1
    assert "ERP-009" in told.output


def test_shipments_are_no_invoices(home):
    file = home / "ship.csv"
    file.write_text(
        "shipment,po_number,line_no,quantity,ship_date\nS,4500001201,1,1,\n"
    )
    told = run("invoice", file)
    assert told.exit_code == 1
    assert "ERP-001" in told.output


def test_no_stock_is_sent_to_a_partner_who_gets_none(home):
    told = run("send", "stock", "acme")
    assert told.exit_code == 1
    assert "CFG-004" in told.output
