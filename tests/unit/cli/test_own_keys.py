"""``gateway keys`` as an operator runs it, with what it leaves and does not show."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml
from cryptography import x509
from cryptography.hazmat.primitives.serialization import pkcs7, pkcs12

from gateway.trust.keyring import fingerprint
from tests.starters import FOLDER, texts
from tests.unit.cli.test_commands import run

FAST = ("--kind", "p256")


@pytest.fixture
def home(begun: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A gateway with the starter profiles that seals what it keeps from now on."""
    folder = tmp_path / "home"
    shutil.copytree(begun, folder)
    monkeypatch.setenv("GATEWAY_HOME", str(folder))
    monkeypatch.setenv("GATEWAY_PAYLOAD_KEY", "k1=env:SEAL")
    monkeypatch.setenv("SEAL", "ab" * 32)
    monkeypatch.setenv("WORD", "PLANTED-WORD")
    return folder


def done(*args: object, data: bytes | None = None) -> str:
    result = run(*args, data=data)
    assert result.exit_code == 0, result.output
    assert "PLANTED-WORD" not in result.output
    assert "PRIVATE" not in result.output
    return str(result.output)


def refused(*args: object, data: bytes | None = None) -> str:
    result = run(*args, data=data)
    assert result.exit_code in (1, 2)
    return str(result.output)


def listed(*args: object) -> list[dict[str, Any]]:
    lines = done("keys", "list", "--json", *args).splitlines()
    return [json.loads(line) for line in lines]


def made(*args: object) -> str:
    return done("keys", "create", *args, *FAST).split()[0]


def test_the_first_key_is_current_and_the_next_is_planned(home: Path):
    first, second = made("ours"), made("next")
    facts = {row["key"]: row for row in listed()}
    assert (facts[first]["state"], facts[second]["state"]) == ("current", "planned")
    assert facts[first]["uses"] == "as2_encrypt,as2_sign"


def test_a_roll_over_makes_a_successor_that_waits_for_the_partners(home: Path):
    old = made("ours")
    told = done("keys", "roll-over", old)
    assert "is planned" in told
    new = told.split()[0]
    assert {row["key"]: row["state"] for row in listed()} == {
        old: "current",
        new: "planned",
    }
    assert f"{old} (ours) is previous" in done("keys", "roll-over", old, "--to", new)
    assert {row["key"]: row["state"] for row in listed()} == {
        old: "previous",
        new: "current",
    }


def test_a_roll_over_at_a_moment_to_come_changes_nothing_yet(home: Path):
    old = made("ours")
    done("keys", "roll-over", old, "--at", "2999-01-01")
    states = {row["key"]: (row["state"], row["from"], row["to"]) for row in listed()}
    (new,) = states.keys() - {old}
    assert states[old] == ("current", None, "2999-01-01 00:00:00+00:00")
    assert states[new] == ("planned", "2999-01-01 00:00:00+00:00", None)


def test_a_roll_over_to_an_unfit_key_is_refused(home: Path):
    old = made("ours")
    tls, acme = made("tls", "--use", "tls_client"), made("a", "--partner", "acme")
    assert "all uses" in refused("keys", "roll-over", old, "--to", tls)
    assert "same partner" in refused("keys", "roll-over", old, "--to", acme)
    assert "itself" in refused("keys", "roll-over", old, "--to", old)
    assert "CFG-044" in refused("keys", "roll-over", "none")
    assert "write a day" in refused("keys", "roll-over", old, "--at", "soon")


def test_certificates_are_exported_in_every_form(home: Path, tmp_path: Path):
    id_ = made("ours")
    (row,) = listed()
    read = {
        "pem": x509.load_pem_x509_certificate,
        "der": x509.load_der_x509_certificate,
        "p7c": lambda data: pkcs7.load_der_pkcs7_certificates(data)[0],
    }
    sums = set()
    for form, load in read.items():
        file = tmp_path / f"ours.{form}"
        said = done("keys", "export", id_, "--form", form, "--output", file)
        assert f": {form}, SHA-256" in " ".join(said.split())
        sums.add(fingerprint(load(file.read_bytes())))
    shown = x509.load_pem_x509_certificate(done("keys", "export", "ours").encode())
    assert sums == {row["sha256"]} == {fingerprint(shown)}


def test_a_private_key_leaves_only_locked_and_comes_back(home: Path, tmp_path: Path):
    id_, file = made("ours"), tmp_path / "ours.p12"
    p12 = ("keys", "export", id_, "--form", "p12", "--output", file)
    assert "--password" in refused(*p12)
    done(*p12, "--password", "env:WORD")
    assert pkcs12.load_pkcs12(file.read_bytes(), b"PLANTED-WORD").key is not None
    assert file.stat().st_mode & 0o077 == 0
    assert "File exists" in refused(*p12, "--password", "env:WORD")
    again = ("keys", "import", "back", file, "--password", "env:WORD")
    assert "CFG-041" in refused(*again)
    done("keys", "retire", id_, "--destroy")
    back = done(*again).split()[0]
    assert [row["key"] for row in listed() if row["state"] == "current"] == [back]


def test_a_locked_file_needs_its_password(home: Path, tmp_path: Path):
    id_, file = made("ours"), tmp_path / "ours.p12"
    p12 = ("keys", "export", id_, "--form", "p12", "--output", file)
    done(*p12, "--password", "env:WORD")
    assert "password" in refused("keys", "import", "back", file)
    assert "CFG-042" in refused("keys", "import", "b", file, "--password", "env:NONE")
    told = refused("keys", "import", "b", file, "--password", "PLANTED-WORD")
    assert "env:NAME" in told
    assert "PLANTED-WORD" not in told


def test_a_key_in_a_file_is_used_from_there(home: Path, tmp_path: Path):
    file = tmp_path / "key.pem"
    id_ = made("ours", "--file", file)
    assert file.stat().st_mode & 0o077 == 0
    told = done("keys", "retire", id_, "--destroy")
    assert str(file) in told
    cert = tmp_path / "cert.pem"
    other = made("other", "--file", tmp_path / "other.pem")
    done("keys", "export", other, "--output", cert)
    done("keys", "retire", other, "--destroy")
    place = ("--reference", f"file:{tmp_path}/other.pem")
    assert "is current" in done("keys", "import", "back", cert, *place)
    wrong = ("--reference", f"file:{file}")
    assert "belongs to" in refused("keys", "import", "wrong", cert, *wrong)


def test_without_a_payload_key_a_private_key_needs_a_file(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("GATEWAY_HOME", str(tmp_path / "open"))
    monkeypatch.delenv("GATEWAY_PAYLOAD_KEY")
    assert run("init").exit_code == 0
    assert "CFG-043" in refused("keys", "create", "ours", *FAST)
    assert "CFG-043" in refused("keys", "secret", "set", "word", data=b"x\n")
    assert "is current" in done(
        "keys", "create", "ours", *FAST, "--file", tmp_path / "key.pem"
    )


def test_a_partner_that_is_not_in_force_has_no_keys(home: Path, tmp_path: Path):
    file = tmp_path / "key.pem"
    create = ("keys", "create", "ours", *FAST, "--partner", "nobody", "--file", file)
    assert "no partner" in refused(*create)
    assert not file.exists()


def test_secrets_are_set_listed_and_removed_and_never_shown(home: Path):
    done("keys", "secret", "set", "sftp.acme", data=b"PLANTED-WORD\n")
    assert "secret:sftp.acme" in done("keys", "secret", "list")
    done("keys", "secret", "remove", "sftp.acme")
    assert "no secret" in refused("keys", "secret", "remove", "sftp.acme")
    assert "small letters" in refused("keys", "secret", "set", "A B", data=b"x")
    assert "nothing came" in refused("keys", "secret", "set", "word", data=b"\n")


def test_a_profile_is_applied_with_the_certificates_beside_it(
    home: Path, tmp_path: Path
):
    id_, folder = made("theirs"), tmp_path / "acme"
    (folder / "certs").mkdir(parents=True)
    done("keys", "export", id_, "--form", "der", "--output", folder / "certs" / "a.cer")
    facts = texts(FOLDER / "acme" / "profile.yaml")
    facts["certificates"] = [{"file": "certs/a.cer", "uses": ["as2_sign"]}]
    (folder / "profile.yaml").write_text(yaml.safe_dump(facts))
    assert "version 2" in done("profile", "apply", folder)
    assert "version 2" in done("profile", "apply", folder)
    theirs = [row for row in listed("--partner", "acme") if row["whose"] == "acme"]
    assert [(row["name"], row["sha256"]) for row in theirs] == [
        ("certs/a.cer", listed()[0]["sha256"])
    ]
    (folder / "certs" / "a.cer").write_bytes(b"no certificate")
    told = refused("profile", "apply", folder)
    assert "CFG-040" in told
    assert "profile.yaml:" in told
