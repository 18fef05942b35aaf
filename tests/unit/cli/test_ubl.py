"""``gateway ubl add``, and what ``gateway check`` tells by the files added."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from gateway.cli import app
from tests.starters import FOLDER

_UBL = "urn:oasis:names:specification:ubl:schema:xsd"
_XSD = "http://www.w3.org/2001/XMLSchema"
BASIC = f"""<x:schema xmlns:x="{_XSD}" elementFormDefault="qualified"
 targetNamespace="{_UBL}:CommonBasicComponents-2">
<x:element name="CustomizationID"/><x:element name="ID"/>
<x:element name="IssueDate" type="x:date"/></x:schema>"""
ORDER = f"""<x:schema xmlns:x="{_XSD}" elementFormDefault="qualified"
 xmlns:b="{_UBL}:CommonBasicComponents-2" targetNamespace="{_UBL}:Order-2">
<x:import namespace="{_UBL}:CommonBasicComponents-2"
 schemaLocation="../common/UBL-CommonBasicComponents-2.1.xsd"/>
<x:element name="Order"><x:complexType><x:sequence>
<x:element ref="b:CustomizationID"/><x:element ref="b:ID"/>
<x:element ref="b:IssueDate"/>
<x:any minOccurs="0" maxOccurs="9" processContents="skip"/>
</x:sequence></x:complexType></x:element></x:schema>"""
RULES = f"""<schema xmlns="http://purl.oclc.org/dsdl/schematron">
<ns prefix="ubl" uri="{_UBL}:Order-2"/>
<ns prefix="cbc" uri="{_UBL}:CommonBasicComponents-2"/>
<pattern><rule context="/ubl:Order/cbc:IssueDate"><assert id="PEPPOL-T01-R900"
 test=". castable as xs:date" xmlns:xs="{_XSD}" flag="fatal">no day</assert></rule>
<rule context="cbc:ID"><assert id="PEPPOL-T01-R901" test="starts-with(., 'A')"
 flag="warning">[PEPPOL-T01-R901]-begins with A.</assert></rule></pattern>
<ns prefix="xs" uri="{_XSD}"/></schema>"""
DOCUMENT = f"""<Order xmlns="{_UBL}:Order-2" xmlns:b="{_UBL}:CommonBasicComponents-2"
 xmlns:a="{_UBL}:CommonAggregateComponents-2">
<b:CustomizationID>urn:fdc:peppol.eu:poacc:trns:order:3</b:CustomizationID>
<b:ID>B1</b:ID><b:IssueDate>soon</b:IssueDate>
<a:BuyerCustomerParty><a:Party><b:EndpointID schemeID="0088">1</b:EndpointID>
</a:Party></a:BuyerCustomerParty></Order>"""


@pytest.fixture
def published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GATEWAY_HOME", str(tmp_path / "home"))
    top = tmp_path / "published-2026.5"
    for name, text in {
        "xsd/maindoc/UBL-Order-2.1.xsd": ORDER,
        "xsd/common/UBL-CommonBasicComponents-2.1.xsd": BASIC,
        "order.sch": RULES,
    }.items():
        (top / name).parent.mkdir(parents=True, exist_ok=True)
        (top / name).write_text(text, "utf-8")
    (tmp_path / "order.xml").write_text(DOCUMENT, "utf-8")
    return top


def run(*words: str) -> Result:
    return CliRunner().invoke(app, list(words))


def test_check_holds_a_document_against_the_schema_and_rules_that_were_added(
    published, tmp_path
):
    added = run("ubl", "add", str(published))
    assert added.exit_code == 0, added.output
    told = json.loads((tmp_path / "home/ubl/manifest.json").read_text("utf-8"))
    assert sorted(told) == [
        "rules/2026.5/T01.sch",
        "xsd/2.1/common/UBL-CommonBasicComponents-2.1.xsd",
        "xsd/2.1/maindoc/UBL-Order-2.1.xsd",
    ]
    answer = run("check", "--json", str(tmp_path / "order.xml"))
    assert answer.exit_code == 1
    found = json.loads(answer.stdout)["findings"]
    by_pack = [
        (one["code"], one["where"]["path"], one.get("value", ""))
        for one in found
        if one["code"] in ("UBL-020", "UBL-030", "UBL-031")
    ]
    assert by_pack == [
        ("UBL-020", "Order/IssueDate", ""),
        ("UBL-031", "Order/cbc:ID", "PEPPOL-T01-R901"),
        ("UBL-030", "Order/cbc:IssueDate", "PEPPOL-T01-R900"),
    ]


def test_without_files_check_says_what_was_not_run(published, tmp_path):
    told = run("check", str(tmp_path / "order.xml")).stdout
    assert "UBL-021" in told
    assert "UBL-032" in told


def test_a_schema_without_what_it_includes_is_refused(published, tmp_path):
    (published / "xsd/common/UBL-CommonBasicComponents-2.1.xsd").unlink()
    answer = run("ubl", "add", str(published))
    assert answer.exit_code == 1
    assert "UBL-022" in answer.output
    assert not (tmp_path / "home/ubl").exists()


def test_rules_have_days_and_show_tells_which_are_in_force(published, tmp_path):
    again = published.parent / "published-2027.1"
    again.mkdir()
    (again / "order.sch").write_text(RULES, "utf-8")
    assert run("ubl", "add", str(published), "--to", "2999-01-31").exit_code == 0
    assert run("ubl", "add", str(again), "--from", "2999-02-01").exit_code == 0
    rows = [line.split() for line in run("ubl", "show").stdout.splitlines()]
    assert ["2027.1", "T01", "2999-02-01", "-"] in rows
    assert ["2026.5", "T01", "-", "2999-01-31", "in", "force"] in rows
    assert run("ubl", "add", str(again), "--from", "soon").exit_code != 0


def test_standard_import_takes_them_too(published, tmp_path):
    done = run("standard", "import", str(published), "--version", "2026.11")
    assert done.exit_code == 0, done.output
    assert (tmp_path / "home/ubl/rules/2026.11/T01.sch").is_file()


def test_a_profile_that_demands_rules_nobody_holds_is_told(published, tmp_path):
    given = (FOLDER / "ravensholm-council" / "profile.yaml").read_text("utf-8")
    file = tmp_path / "profile.yaml"
    file.write_text(given + "\nubl: {theirs: [schema, rules]}\n", "utf-8")
    told = run("profile", "check", str(file))
    assert told.exit_code == 1
    assert "no rules of T01 are in force" in told.output
    run("ubl", "add", str(published))
    assert "T01" not in run("profile", "check", str(file)).output
