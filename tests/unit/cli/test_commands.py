"""The command line as an operator runs it: arguments in, text and exit code out."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from gateway.cli import app
from tests.starters import to_come

ROOT = Path(__file__).parents[3]
ACME = ROOT / "partner_profiles" / "acme"
GENERAL = ROOT / "samples" / "x12"


@pytest.fixture
def home(tmp_path, monkeypatch):
    """No gateway yet; the settings name this folder, and files need not rest."""
    folder = tmp_path / "home"
    monkeypatch.setenv("GATEWAY_HOME", str(folder))
    monkeypatch.setenv("GATEWAY_STABLE_FOR_S", "0")
    return folder


def run(*args: object, data: bytes | None = None) -> Result:
    return CliRunner().invoke(app, [str(arg) for arg in args], input=data)


@pytest.fixture
def gateway(home, begun):
    """A gateway with the starter profiles."""
    shutil.copytree(begun, home)
    return home


def test_a_good_file_ends_with_0(home):
    result = run("check", ACME / "samples" / "good-small.edi")
    assert result.exit_code == 0
    assert "good-small.edi: accepted" in result.output


def test_a_file_with_faults_ends_with_1_and_names_code_and_place(home):
    result = run("check", GENERAL / "bad-code.edi")
    assert result.exit_code == 1
    assert "SYN-207 BEG-01 (segment 2)" in result.output


def test_a_missing_file_ends_with_2(home):
    result = run("check", "no-such-file.edi")
    assert result.exit_code == 2
    assert "no-such-file.edi" in result.stderr


def test_the_997_of_an_unknown_sender_is_printed_alone(home):
    result = run("check", GENERAL / "unknown-sender.edi", "--ack", "-")
    assert result.exit_code == 0
    assert result.stdout.startswith("ISA*")
    assert "AK9*A*1*1*1~" in result.stdout
    assert result.stdout.rstrip().endswith("IEA*1*000000001~")
    assert "CFG-030" in result.stderr


def test_repaired_bytes_are_written_and_the_file_stays(home, tmp_path):
    good = (GENERAL / "order.edi").read_bytes()
    bad = tmp_path / "bad.edi"
    wrong = good.replace(b"GE*1*", b"GE*7*").replace(b"~\nGE", b" ~\nGE")
    bad.write_bytes(wrong)
    result = run("check", bad, "--repaired", tmp_path / "mended.edi")
    assert result.exit_code == 1
    assert (tmp_path / "mended.edi").read_bytes() == good
    assert bad.read_bytes() == wrong


def test_repaired_bytes_can_go_to_the_standard_output(home):
    result = run("check", GENERAL / "order.edi", "--repaired", "-")
    assert result.stdout_bytes == (GENERAL / "order.edi").read_bytes()
    assert "order.edi: accepted" in result.stderr


@pytest.mark.parametrize(
    "options",
    [("--repaired", "-", "--ack", "-"), ("--repaired", GENERAL / "order.edi")],
)
def test_what_would_be_lost_is_not_written(home, options):
    before = (GENERAL / "order.edi").read_bytes()
    assert run("check", GENERAL / "order.edi", *options).exit_code == 2
    assert (GENERAL / "order.edi").read_bytes() == before


def test_check_with_now_is_repeatable(home):
    args = ("check", GENERAL / "order.edi", "--ack", "-", "--now", "2026-11-21")
    assert run(*args).stdout == run(*args).stdout
    assert "*261121*0000*" in run(*args).stdout


def test_check_reads_the_standard_input(home):
    data = (GENERAL / "order.edi").read_bytes()
    result = run("check", "-", data=data)
    assert result.exit_code == 0
    assert "-: accepted" in result.output


def test_check_as_json_is_one_object_a_file(home):
    files = (GENERAL / "order.edi", GENERAL / "bad-code.edi")
    lines = run("check", *files, "--json").stdout.splitlines()
    bodies = [json.loads(line) for line in lines]
    assert [body["verdict"] for body in bodies] == ["accepted", "rejected"]
    (finding,) = bodies[1]["interchanges"][0]["groups"][0]["messages"][0]["findings"]
    assert finding["code"] == "SYN-207"
    assert finding["where"]["element"] == 1


def test_check_as_a_partner_applies_their_guide_to_anybody(home):
    result = run("check", GENERAL / "unknown-sender.edi", "--partner", "nobody")
    assert result.exit_code == 2
    assert "acme" in result.stderr
    file = ACME / "samples" / "bad-narrow-unit.edi"
    assert "IMP-207" in run("check", file, "--partner", "acme").output


def test_the_second_opinion_is_shown_beside_ours(home):
    result = run("check", GENERAL / "order.edi", "--second-opinion")
    assert "second opinion" in result.output
    assert "0 errors" in result.output


def test_commands_need_a_gateway(home):
    result = run("orders")
    assert result.exit_code == 2
    assert "gateway init" in result.stderr


def test_init_shows_a_key_once(home):
    first, second = run("init"), run("init")
    assert "Key to the HTTP door" in first.output
    assert "Key to the HTTP door" not in second.output
    assert (home / "partner_profiles" / "acme" / "profile.yaml").is_file()


def test_a_received_order_is_answered_listed_and_shown(gateway):
    received = run("receive", _good(gateway))
    assert received.exit_code == 0
    assert run("work", "--once").exit_code == 0
    (order,) = [json.loads(x) for x in run("orders", "--json").stdout.splitlines()]
    assert order["po_number"] == "4500001201"
    types = [
        json.loads(x)["type"] for x in run("messages", "--json").stdout.split("\n") if x
    ]
    assert sorted(types) == ["x12_850", "x12_855", "x12_997"]
    shown = run("show", order["id"])
    assert "BAK*00*" in shown.output
    assert run("show", received.output.split()[0]).exit_code == 0
    sent = list((gateway / "partners" / "acme" / "out").iterdir())
    assert len(sent) == 2


def test_a_held_order_is_released_by_hand(gateway):
    run("receive", ACME / "samples" / "case-price-differs.edi")
    run("work", "--once")
    (order,) = [json.loads(x) for x in run("orders", "--json").stdout.splitlines()]
    assert order["state"] in ("held", "confirmed", "changed")
    released = run("release", order["id"], "--as", "accept", "--reason", "agreed")
    assert released.exit_code == 0, released.output
    run("work", "--once")
    assert "ACK*IA" in run("show", order["id"], "--raw").stdout
    again = run("release", order["id"], "--as", "accept")
    assert again.exit_code == 1
    assert "CHG-001" in again.stderr


def test_a_broken_catalog_names_file_line_and_fix(gateway, tmp_path):
    lines = (ACME / "catalog.csv").read_text("utf-8").splitlines()
    lines[2] = lines[2].replace(",", ",x", 1).replace(lines[2].split(",")[0], "", 1)
    broken = tmp_path / "broken.csv"
    broken.write_text("\n".join(lines), "utf-8")
    result = run("catalog", "import", broken, "--partner", "acme")
    assert result.exit_code == 1
    assert "broken.csv:" in result.stderr
    assert "CFG-02" in result.stderr


def test_a_catalog_is_imported(gateway):
    result = run("catalog", "import", ACME / "catalog.csv", "--partner", "acme")
    assert result.exit_code == 0
    assert "imported for acme" in result.output


def test_every_starter_profile_is_good(home):
    folders = sorted(p.parent for p in ROOT.glob("partner_profiles/*/profile.yaml"))
    results = [run("profile", "check", folder) for folder in folders]
    assert [r.output for r in results if r.exit_code] == []


def test_a_broken_profile_names_file_line_and_fix(home, tmp_path):
    text = (
        (ACME / "profile.yaml").read_text("utf-8").replace("stage: live", "stag: live")
    )
    (tmp_path / "profile.yaml").write_text(text, "utf-8")
    result = run("profile", "check", tmp_path)
    assert result.exit_code == 1
    assert "profile.yaml:" in result.stderr
    assert "CFG-002" in result.stderr


def test_a_profile_with_a_place_that_is_none_is_refused(home, tmp_path):
    text = (ACME / "profile.yaml").read_text("utf-8")
    text = text.replace("forbid:", "forbid:\n    - {at: ZZZ-01, why: none}", 1)
    (tmp_path / "profile.yaml").write_text(text, "utf-8")
    result = run("profile", "check", tmp_path)
    assert result.exit_code == 1
    assert "CFG-005" in result.stderr


def test_codes_explains_one_code(home):
    result = run("codes", "syn-206")
    assert "AK403=6" in result.output
    assert run("codes", "NO-1").exit_code == 2


def test_a_key_for_one_partner_is_made(gateway):
    assert run("keys", "make", "acme-app", "--partner", "acme").output.startswith("gw_")
    assert run("keys", "make", "x", "--partner", "nobody").exit_code == 2


def _good(gateway: Path) -> Path:
    """A good order in a file."""
    file = gateway / "good.edi"
    file.write_text(to_come("good-small.edi"))
    return file


def _answered(gateway: Path) -> str:
    """Takes a good order in, and gives the id of its 855."""
    run("receive", _good(gateway), "--partner", "acme")
    run("work", "--once")
    listed = run("messages", "--direction", "out", "--json").stdout.splitlines()
    (message,) = (one for one in map(json.loads, listed) if one["type"] == "x12_855")
    return str(message["id"])


def test_resend_reissue_and_reprocess_are_three_commands(gateway):
    message = _answered(gateway)
    again = run("resend", message, "--reason", "lost")
    anew = run("reissue", message, "--reason", "wrong")
    assert (again.exit_code, anew.exit_code) == (0, 0)
    run("work", "--once")
    listed = run("messages", "--direction", "out", "--json").stdout.splitlines()
    rows = [json.loads(line) for line in listed]
    assert [row["replay_of"] for row in rows].count(message) == 1
    assert [row["replaces"] for row in rows].count(message) == 1


def test_reprocess_shows_that_nothing_differs(gateway):
    _answered(gateway)
    listed = run("messages", "--direction", "in", "--json").stdout.splitlines()
    (inbound,) = map(json.loads, listed)
    result = run("reprocess", inbound["id"])
    assert result.exit_code == 0
    assert "0 of 1 differ" in result.stdout


@pytest.mark.parametrize("command", ["resend", "reissue", "reprocess"])
def test_what_is_not_there_is_not_done_again(gateway, command):
    result = run(command, "msg_NONE")
    assert result.exit_code == 1
    assert "API-011" in result.stderr


def test_a_conflict_is_released_by_a_word_of_its_own(gateway):
    _answered(gateway)
    other = gateway / "other.edi"
    text = to_come("good-small.edi")
    other.write_text(text.replace("*1*12*EA", "*1*24*EA"))
    receipt = run("receive", other, "--partner", "acme").stdout.split()[0]
    run("work", "--once")
    assert run("release", receipt, "--as", "accept").exit_code == 2
    assert run("release", receipt, "--as", "replacement").exit_code == 0
    run("work", "--once")
    states = [
        json.loads(line)["state"]
        for line in run("orders", "--json").stdout.splitlines()
    ]
    assert sorted(states) == ["cancelled", "confirmed"]


def test_stock_is_shown(gateway):
    (gateway / "erp" / "in").mkdir(parents=True)
    (gateway / "erp" / "in" / "stock.csv").write_text("sku,available\nBB-1001,40\n")
    run("work", "--once")
    assert "BB-1001" in run("show", "stock").stdout
    assert json.loads(run("show", "stock", "--json").stdout)["available"] == "40"


def test_keys_to_the_door_are_listed_with_their_end_and_revoked(gateway):
    assert run("keys", "make", "erp", "--days", 30).exit_code == 0
    rows = run("keys", "doors", "--json").stdout.splitlines()
    first, erp = (json.loads(row) for row in rows)
    assert (first["name"], first["expires_at"]) == ("init", None)
    assert (erp["name"], bool(erp["expires_at"]), erp["has_ended"]) == (
        "erp",
        True,
        False,
    )
    assert "never" in run("keys", "doors").stdout
    assert run("keys", "revoke", erp["id"]).exit_code == 0
    assert erp["id"] not in run("keys", "doors").stdout
    assert run("keys", "revoke", erp["id"]).exit_code == 2


def test_clocks_are_shown_with_what_is_late(gateway):
    profile = (ACME / "profile.yaml").read_text()
    agreed = "\nsla: {clocks: [{clock: hold, within: 1 min}]}\n"
    own = gateway / "acme.yaml"
    own.write_text(profile + agreed)
    run("profile", "apply", own)
    clocks = json.loads(run("sla", "--partner", "acme", "--json").stdout)["clocks"]
    assert {one["clock"]: one["within"] for one in clocks}["hold"] == "1 min"
    assert "order_answer" in run("sla", "--since", "2026-01-01").stdout


def test_alerts_are_listed(gateway):
    run("receive", ACME / "samples" / "case-ship-to-unknown.edi")
    run("work", "--once")
    (row,) = run("alerts", "--kind", "held", "--json").stdout.splitlines()
    told = json.loads(row)
    assert (told["kind"], told["code"], told["ref"][:4]) == ("held", "CAT-110", "ord_")
    assert told["id"] in run("alerts").stdout
    assert run("alerts", "--cursor", told["id"], "--json").stdout == ""


def test_changes_of_an_order_are_listed_shown_and_decided(gateway):
    for sample in ("order.edi", "change.edi", "change-third.edi"):
        run("receive", GENERAL / sample)
        run("work", "--once")
    listed = run("changes", "--state", "waiting").stdout
    (change,) = [word for word in listed.split() if word.startswith("chg_")]
    (order,) = [json.loads(x) for x in run("orders", "--json").stdout.splitlines()]
    assert "quantity 12 EA -> 20 EA" in run("show", order["id"]).stdout
    assert "waiting" in run("show", change).stdout
    released = run("release", change, "--as", "accept", "--reason", "agreed")
    assert released.stdout.endswith(f"{change} is applied\n")
    assert run("release", change, "--as", "accept").exit_code == 1
