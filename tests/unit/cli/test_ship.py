"""``gateway ship``: taken in at once, what is wrong is told, labels on demand."""

from __future__ import annotations

import shutil

import pytest
from typer.testing import CliRunner, Result

from gateway.cli import app

HEAD = "shipment,po_number,line_no,quantity,ship_date,carton\n"


def run(*args: object) -> Result:
    return CliRunner().invoke(app, [str(arg) for arg in args])


@pytest.fixture
def home(answered, tmp_path, monkeypatch):
    """A gateway with an order, and a GS1 prefix of its own."""
    folder = tmp_path / "home"
    shutil.copytree(answered, folder)
    monkeypatch.setenv("GATEWAY_HOME", str(folder))
    monkeypatch.setenv("GATEWAY_STABLE_FOR_S", "0")
    monkeypatch.setenv("GATEWAY_GS1_PREFIX", "0614141")
    return tmp_path


def test_a_shipment_is_taken_in_and_its_labels_are_written(home):
    file, labels = home / "ship.csv", home / "labels.pdf"
    file.write_text(HEAD + "S-1,4500001201,1,1,2026-12-10,1\n")
    told = run("ship", file, "--labels", labels)
    assert told.exit_code == 0, told.output
    assert "S-1" in told.output
    assert labels.read_bytes().startswith(b"%PDF-")


def test_what_is_wrong_with_a_shipment_ends_with_1(home):
    file = home / "ship.csv"
    file.write_text(HEAD + "S-1,4500001201,1,999,2026-12-10,1\n")
    told = run("ship", file)
    assert told.exit_code == 1
    assert told.output.count("ERP-009") == 1


def test_a_missing_file_ends_with_2(home):
    assert run("ship", home / "none.csv").exit_code == 2
