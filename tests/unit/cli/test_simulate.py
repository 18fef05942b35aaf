"""``gateway simulate punchout``: the whole way of a buyer, against a served gateway."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from gateway.bootstrap import Gateway
from gateway.catalog.importing import read_csv
from gateway.cli.simulate import punchout
from gateway.config import Settings
from gateway.store import catalog, profiles
from tests.starters import FOLDER

CXML, OCI = "aldersey-power", "elbtal-chemie"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A gateway that both buyers are in force in."""
    at = tmp_path_factory.mktemp("simulated")
    gateway = Gateway(Settings(home=at))
    for name in (CXML, OCI):
        own = FOLDER / name
        with gateway.db.begin() as tx:
            text = (own / "profile.yaml").read_text("utf-8")
            profiles.apply(tx, name, text, gateway.clock())
        read = read_csv(
            (own / "catalog.csv").read_text("utf-8"), "catalog.csv", partner_id=name
        )
        catalog.save(gateway.db, name, read, gateway.clock())
    gateway.close()
    return at


@pytest.fixture
def simulated(home: Path, monkeypatch: pytest.MonkeyPatch):
    """Runs the command with these words."""
    monkeypatch.setenv("GATEWAY_HOME", str(home))
    monkeypatch.setenv("ALDERSEY_SECRET", "turbine")
    monkeypatch.setenv("ELBTAL_PASSWORD", "Feuerstein")
    app = typer.Typer()
    app.command()(punchout)

    def run(*words: str) -> Result:
        return CliRunner().invoke(app, words)

    return run


def told(result: Result) -> Any:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_a_cart_is_shown_as_the_buyer_gets_it_and_ordered(simulated):
    words = ("--item", "SH-100=60", "--platform", "ariba", "--order", "--json")
    cart = told(simulated("--partner", CXML, *words))
    assert cart["returns_to"].startswith("https://buyer.hub.example/")
    (line,) = cart["lines"]
    assert (line["sku"], line["quantity"], line["price"]) == ("SH-100", "60", "11.90")
    assert line["mark"].startswith("ses_")
    assert cart["findings"] == []
    assert cart["order"]["status"] == 200
    assert cart["order"]["answers"] == ["cxml_confirmation_request"]


@pytest.mark.parametrize(
    ("operation", "status", "lines"), [("edit", 200, 1), ("inspect", 204, 0)]
)
def test_an_earlier_cart_is_edited_or_looked_at(simulated, operation, status, lines):
    words = ("--operation", operation, "--platform", "ariba", "--json")
    cart = told(simulated("--partner", CXML, *words))
    assert (cart["status"], len(cart["lines"])) == (status, lines)


def test_a_cart_of_oci_has_the_fields_of_the_form(simulated):
    words = ("--way", "oci", "--item", "VN-020=2", "--json")
    (line,) = told(simulated("--partner", OCI, *words))["lines"]
    assert (line["VENDORMAT"], line["QUANTITY"], line["PRICE"]) == (
        "VN-020",
        "2",
        "46.3",
    )


def test_where_the_way_breaks_off_is_said(simulated):
    broken = simulated("--partner", CXML, "--item", "NO-SUCH=1")
    assert broken.exit_code == 1
    assert "NO-SUCH" in broken.stderr


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("--partner", "nobody"),
        ("--partner", CXML, "--item", "SH-100"),
        ("--partner", OCI),
        ("--partner", OCI, "--way", "oci", "--order"),
        ("http://127.0.0.1:1", "--partner", CXML, "--item", "SH-100=1"),
    ],
)
def test_what_cannot_be_begun_ends_with_2(simulated, words: tuple[str, ...]):
    assert simulated(*words).exit_code == 2
