"""``gateway explain``: files in, lines or JSON out."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from gateway import bootstrap
from gateway.bootstrap import spoken
from gateway.cli import opened
from gateway.cli.explain import explain
from gateway.config import Settings
from gateway.edi.positional import from_positional, to_positional
from gateway.findings.language import LANGUAGES
from gateway.pipeline.explained import as_lines
from gateway.pipeline.explaining import explain as explain_data
from gateway.pipeline.rules import Rules
from tests.unit.edi.parts import joined

SAMPLES = Path(str(bootstrap.starter("samples"))) / "x12"
ORDERS = SAMPLES / "one-bad-of-three.edi"
ALL = [
    *sorted(SAMPLES.iterdir()),
    *sorted(Path(str(bootstrap.starter("partner_profiles"))).glob("*/samples/*")),
]

app = typer.Typer()
app.command()(explain)


@pytest.fixture(autouse=True)
def no_gateway(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No gateway was made: the starter profiles are used."""
    monkeypatch.setenv("GATEWAY_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("GATEWAY_DATABASE_URL", raising=False)


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> Rules:
    """What ``explain`` has where no gateway was made, read once."""
    nothing = Settings(home=tmp_path_factory.mktemp("nothing"))
    return bootstrap.rules(bootstrap.starter_profiles(), nothing)


@pytest.fixture
def ack(tmp_path: Path) -> Path:
    """The 997 that answers the orders."""
    seen = bootstrap.check_offline(
        [ORDERS.read_bytes()],
        bootstrap.starter_profiles(),
        opened.settings(),
        dt.datetime(2026, 11, 21, 9, tzinfo=dt.UTC),
    )
    path = tmp_path / "ack.edi"
    path.write_bytes(seen.acknowledgements[0])
    return path


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def body(*arguments: object) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(run(*arguments, "--json").stdout)
    return told


def test_a_good_order_is_named_and_ends_with_0():
    told = run(SAMPLES / "order.edi")

    assert told.exit_code == 0
    assert "BEG-03" in told.stdout
    assert "Purchase order number" in told.stdout


def test_a_bad_order_shows_its_finding_and_ends_with_1():
    told = run(SAMPLES / "bad-code.edi")

    assert told.exit_code == 1
    lines = told.stdout.splitlines()
    (at,) = [n for n, line in enumerate(lines) if "! reject SYN-207" in line]
    assert lines[at - 1].split()[0] == "BEG-01"


@pytest.mark.parametrize("sample", ALL, ids=lambda path: path.name)
def test_every_sample_comes_back_from_its_segments(sample: Path):
    assert from_positional(to_positional(sample.read_bytes())) == sample.read_bytes()


@pytest.mark.parametrize("standard", ["x12", "edifact"])
def test_a_sample_comes_back_from_its_segments_byte_for_byte(
    standard: str, tmp_path: Path
):
    sample = SAMPLES.parent / standard / "order.edi"
    told = run(sample, "--segments")
    form = tmp_path / "form.json"
    form.write_bytes(told.stdout_bytes)

    again = run(form, "--from-segments")
    assert (told.exit_code, again.exit_code) == (0, 0)
    assert json.loads(told.stdout)["schema"] == f"{standard}-segments/1"
    assert again.stdout_bytes == sample.read_bytes()


@pytest.mark.parametrize(
    ("text", "code"), [("{", "API-001"), ("[]", "API-004"), ("{}", "API-002")]
)
def test_what_is_no_form_of_segments_is_refused(text: str, code: str, tmp_path: Path):
    form = tmp_path / "form.json"
    form.write_text(text, "utf-8")

    told = run(form, "--from-segments")
    assert told.exit_code == 1
    assert code in told.stderr


def test_segments_go_with_a_file_alone():
    assert run(ORDERS, "--segments", "--json").exit_code == 2


def test_french_is_french():
    told = run(SAMPLES / "bad-code.edi", "--lang", "fr").stdout

    assert "! rejet SYN-207 BEG-01 (segment 2)\u00a0: code hors de la liste" in told
    assert "BEG  En-tête de la commande  |" in told
    assert "BEG-01    Objet du message                 99" in told


def test_json_has_names_in_french():
    (interchange,) = body(SAMPLES / "bad-code.edi", "--lang", "fr")["interchanges"]
    (group,) = interchange["groups"]

    assert interchange["head"][0]["name"] == "En-tête de l\u2019interchange"
    assert group["end"][0]["elements"][1]["name"] == "Numéro de contrôle du groupe"


def test_another_language_is_a_usage_error():
    assert run(SAMPLES / "order.edi", "--lang", "de").exit_code == 2


def test_json_has_every_segment_and_the_findings_at_their_element():
    told = body(SAMPLES / "bad-code.edi")
    (interchange,) = told["interchanges"]
    (group,) = interchange["groups"]
    (message,) = group["messages"]

    assert (told["schema"], told["language"]) == ("explain/1", "en")
    assert (told["verdict"], interchange["partner"]) == ("rejected", "acme")
    assert [s["tag"] for s in interchange["head"]] == ["ISA"]
    assert [s["tag"] for s in message["segments"]][:2] == ["ST", "BEG"]
    (finding,) = message["segments"][1]["elements"][0]["findings"]
    assert finding["code"] == "SYN-207"
    assert (group["end"][0]["tag"], interchange["end"][0]["tag"]) == ("GE", "IEA")


def test_offsets_are_those_of_the_file():
    raw = (SAMPLES / "order.edi").read_bytes()
    (interchange,) = body(SAMPLES / "order.edi")["interchanges"]
    (group,) = interchange["groups"]
    segments = [
        *interchange["head"],
        *group["head"],
        *group["messages"][0]["segments"],
        *group["end"],
        *interchange["end"],
    ]

    for segment in segments:
        tag = segment["tag"].encode()
        assert raw[segment["byte_offset"] :].startswith(tag + b"*")


def test_an_acknowledgement_is_explained_against_what_was_sent(ack: Path):
    told = run(ORDERS, "--ack", ack)

    assert told.exit_code == 1
    assert told.stdout.startswith("997 for PO 7008: partly accepted")
    assert "sent: PO1*1*1,2*EA" in told.stdout
    assert "we found it, too: SYN-206 PO1-02" in told.stdout


def test_an_acknowledgement_is_explained_in_french(ack: Path):
    told = run(ORDERS, "--ack", ack, "--lang", "fr").stdout

    assert told.startswith("accusé de réception 997 pour PO 7008\u00a0: partiellement")
    assert "AK403 6: caractère du mauvais type" in told
    assert "élément\u00a0: Quantité commandée (330) = '1,2'" in told
    assert "PO1-02 (Quantité commandée)\u00a0: '1,2'" in told


def test_json_has_the_diagnoses_with_the_original(ack: Path):
    (told,) = body(ORDERS, "--ack", ack)["acknowledgements"]
    (element,) = [d for d in told["diagnoses"] if d["level"] == "element"]

    assert (told["kind"], told["answers"], told["matched"]) == ("997", "PO 7008", True)
    assert [s["answer"] for s in told["sets"]] == ["A", "R", "A"]
    assert (element["at"], element["code"]) == ("AK403", "6")
    assert element["element"]["value"] == element["copy"] == "1,2"
    assert element["segment"]["tag"] == "PO1"
    assert [f["code"] for f in element["ours"]] == ["SYN-206"]


def test_an_acknowledgement_alone_has_its_meaning(ack: Path):
    told = run(ack)

    assert told.exit_code == 1
    assert "What it answers was not given" in told.stdout
    assert "AK403 6: wrong kind of character" in told.stdout


def test_an_acknowledgement_of_something_else_is_said_to_be(ack: Path):
    told = body(SAMPLES / "order.edi", "--ack", ack)["acknowledgements"][0]

    assert told["matched"] is False
    assert [f["code"] for f in told["findings"]] == ["ENV-112"]


def test_a_file_that_is_no_acknowledgement_is_a_finding():
    told = body(ORDERS, "--ack", SAMPLES / "order.edi")

    assert told["acknowledgements"] == []
    assert [f["code"] for f in told["findings"]] == ["WIRE-012"]


def test_a_partner_can_be_named():
    told = body(SAMPLES / "unknown-sender.edi", "--partner", "acme")

    assert told["interchanges"][0]["partner"] == "acme"


def test_an_unknown_sender_is_explained_by_the_standard():
    told = body(SAMPLES / "unknown-sender.edi")

    (interchange,) = told["interchanges"]
    assert interchange["partner"] is None
    assert [f["code"] for f in interchange["findings"]] == ["CFG-030"]


def test_an_unknown_partner_is_a_failure():
    assert run(SAMPLES / "order.edi", "--partner", "nobody").exit_code == 2


def test_a_file_that_is_not_there_is_a_failure():
    assert run(SAMPLES / "missing.edi").exit_code == 2


def test_bytes_without_an_interchange_are_a_finding():
    told = body(SAMPLES / "not-edi.txt")

    assert told["interchanges"] == []
    assert [f["code"] for f in told["findings"]] == ["WIRE-001"]


@pytest.mark.parametrize("sample", sorted(SAMPLES.glob("*.edi")), ids=lambda p: p.name)
def test_every_sample_is_explained(sample: Path, rules: Rules):
    told = explain_data(sample.read_bytes(), rules)

    spoken_lines = {name: list(as_lines(told, spoken(name))) for name in LANGUAGES}
    assert spoken_lines["en"] != spoken_lines["fr"]


def test_every_language_can_be_spoken():
    assert [spoken(name).name for name in LANGUAGES] == list(LANGUAGES)


def test_the_855_of_ours_is_explained_too(tmp_path: Path):
    """What we send is held against the standard, and its answer explained."""
    isa = (
        "ISA*00*          *00*          *ZZ*BOLTBEAM       *ZZ*ACME           "
        "*261121*0900*U*00401*000000001*0*P*>"
    )
    body_855 = [
        "ST*855*0001",
        "BAK*00*AC*4500001*20261120",
        "PO1*1*10*EA*84*PE*VP*BB-1001",
        "ACK*IA*10*EA*068*20261214",
        "CTT*1",
        "SE*6*0001",
    ]
    gs = "GS*PR*BOLTBEAM*ACMEPROD*20261121*0900*1*X*004010"
    sent = tmp_path / "855.edi"
    sent.write_bytes(joined([isa, gs, *body_855, "GE*1*1", "IEA*1*000000001"]))
    answer = tmp_path / "997.edi"
    back = (
        isa.replace("ZZ*BOLTBEAM       ", "ZZ*@")
        .replace("ZZ*ACME           ", "ZZ*BOLTBEAM       ")
        .replace("ZZ*@", "ZZ*ACME           ")
    )
    lines = [
        back,
        "GS*FA*ACMEPROD*BOLTBEAM*20261121*1000*9*X*004010",
        "ST*997*0001",
        "AK1*PR*1",
        "AK2*855*0001",
        "AK3*ACK*4**8",
        "AK4*1*668*7*IA",
        "AK5*R*5",
        "AK9*R*1*1*0",
        "SE*8*0001",
        "GE*1*9",
        "IEA*1*000000001",
    ]
    answer.write_bytes(joined(lines))

    told = body(sent, "--ack", answer)
    element = told["acknowledgements"][0]["diagnoses"][-1]

    assert told["findings"] == told["interchanges"][0]["findings"] == []
    assert (element["place"], element["code"]) == ("ACK-01 (segment 4)", "7")
    assert element["element"] == {
        "number": 1,
        "name": element["element"]["name"],
        "data_element": "668",
        "value": "IA",
    }
    assert element["ours"] == []
