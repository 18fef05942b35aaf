"""Signed documents in evidence: judged again years later, and by others than us."""

from __future__ import annotations

import json
import subprocess
import zipfile
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from typer.testing import CliRunner, Result

from gateway.cli import app
from gateway.pipeline.proof import Proof
from gateway.store import revocations
from gateway.store.tables import signed_document
from gateway.trust.cms import encrypt
from gateway.trust.pki.certificate import Certificate
from gateway.trust.pki.ocsp import OcspAnswer
from tests import pki
from tests.pki import DAY, certificate, signature
from tests.starters import FOLDER
from tests.unit.engine.starter_house import Door, House, house
from tests.unit.engine.test_signed import SAMPLE, lists, posted, trust
from tests.unit.pipeline.parts import NOW
from tests.unit.pipeline.test_signed import authority, root, signer

__all__ = ["house"]


def run(*args: object) -> Result:
    return CliRunner().invoke(app, [str(arg) for arg in args])


@pytest.fixture
def here(house: Door, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    """A gateway that took a signed order, by a list and an answer of a responder."""
    monkeypatch.setenv("GATEWAY_HOME", str(tmp_path))
    built = house("acme", trust=trust())
    lists(built, root(), authority())
    said = pki.answer(signer(), authority(), since=NOW - DAY, until=NOW + DAY)
    path = [Certificate.of(one.certificate) for one in (signer(), authority())]
    answer = OcspAnswer.read(said)
    revocations.keep_answer(built.gateway.db, answer, path, "test", NOW)
    return built


@pytest.fixture
def exported(here: House, tmp_path: Path) -> Path:
    kept = posted(here, signature(SAMPLE, signer()))
    out = tmp_path / "proof.zip"
    done = run("evidence", "export", kept.receipt_id, out)
    assert done.exit_code == 0, done.output
    return out


def test_a_bundle_is_judged_again_by_what_is_in_it(exported):
    done = run("evidence", "verify", exported)
    assert done.exit_code == 0, done.output
    assert "passed as of 2026-11-21 09:00:00 UTC" in done.stdout


def test_as_of_another_day_counts_what_was_kept_for_then(exported):
    same_day = run("evidence", "verify", exported, "--as-of", "2026-11-21T18:00Z")
    assert same_day.exit_code == 0, same_day.output
    later = run("evidence", "verify", exported, "--as-of", "2027-03-01", "--json")
    told = json.loads(later.stdout)
    assert later.exit_code == 1
    assert told["signed"][0]["report"]["constraint"] == "path.revocation"
    assert [one["code"] for one in told["findings"]] == ["EVD-013"]


def test_what_was_encrypted_to_us_is_judged_again_by_ourselves_alone(here, tmp_path):
    ours = certificate("Ours", usages="encrypt", kind="rsa2048")
    signed = signature(SAMPLE, signer())
    sealed = encrypt(signed, [ours.certificate], cipher="aes256-cbc")
    proof = Proof(
        id="sgn_1",
        document=sealed,
        report={"clocks": {"as_of": NOW.isoformat()}},
        profile=(FOLDER / "acme/profile.yaml").read_bytes(),
        facts=(),
    )
    holders = [(ours.certificate, ours.key)]
    assert proof.judged(NOW, NOW) is None
    assert proof.judged(NOW, NOW, holders=holders) is not None


def test_what_is_stored_is_judged_again_too(here):
    kept = posted(here, signature(SAMPLE, signer()))
    done = run("evidence", "verify", kept.receipt_id, "--as-of", "2026-11-21T10:00Z")
    assert done.exit_code == 0, done.output


def test_a_report_that_says_otherwise_than_its_lists_is_found(here):
    kept = posted(here, signature(SAMPLE, signer()))
    report = json.dumps(kept.report | {"verdict": "failed"})
    with here.gateway.db.begin() as tx:
        tx.execute(signed_document.update().values(report=report))
    done = run("evidence", "verify", kept.receipt_id, "--json")
    codes = {one["code"] for one in json.loads(done.stdout)["findings"]}
    assert codes == {"EVD-007", "EVD-013"}


@pytest.mark.parametrize("suffix", [".p7m", ".crl", ".ors", ".json", ".pem"])
def test_what_was_tampered_with_in_a_bundle_is_found(exported, tmp_path, suffix):
    changed = tmp_path / "changed.zip"
    with zipfile.ZipFile(exported) as old, zipfile.ZipFile(changed, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            is_meant = name.startswith("signed/") and name.endswith(suffix)
            new.writestr(name, data[:-1] + b"~" if is_meant else data)
    done = run("evidence", "verify", changed)
    assert done.exit_code == 1
    assert "EVD-001" in done.output


def unpacked(exported: Path, suffix: str) -> list[Path]:
    folder = exported.with_suffix("")
    with zipfile.ZipFile(exported) as bundle:
        bundle.extractall(folder)
    return sorted(folder.glob(f"signed/*{suffix}"))


def openssl(*args: object) -> str:
    told = subprocess.run(
        ["openssl", *map(str, args)], check=False, capture_output=True, text=True
    )
    return told.stdout + told.stderr


def test_openssl_verifies_the_document_by_the_lists_in_its_bundle(exported):
    (document,), (chain,) = unpacked(exported, ".p7m"), unpacked(exported, ".pem")
    believed = [root().pem, chain.read_text()]
    for one in unpacked(exported, ".crl"):
        found = x509.load_der_x509_crl(one.read_bytes())
        believed.append(found.public_bytes(Encoding.PEM).decode())
    issuers = chain.with_name("believed.pem")
    # the authority's list is not in it: the responder's answer was relied on
    issuers.write_text("".join(believed))
    how = ("-binary", "-purpose", "any", "-attime", int(NOW.timestamp()))
    told = openssl(
        *("cms", "-verify", "-inform", "DER", "-in", document, "-CAfile", issuers),
        *("-out", chain.with_name("order.edi"), *how),
    )
    assert "successful" in told, told
    assert chain.with_name("order.edi").read_bytes() == SAMPLE
    checked = openssl(
        *("verify", "-CAfile", issuers, "-crl_check", *how[3:]),
        _saved(chain, "authority.pem", authority().pem),
    )
    assert "OK" in checked, checked


def test_openssl_verifies_the_answer_in_the_bundle(exported):
    (answer,) = unpacked(exported, ".ors")
    told = openssl(
        *("ocsp", "-respin", answer, "-no_nonce", "-attime", int(NOW.timestamp())),
        *("-issuer", _saved(answer, "authority.pem", authority().pem)),
        *("-sha256", "-cert", _saved(answer, "signer.pem", signer().pem)),
        *("-CAfile", _saved(answer, "root.pem", root().pem)),
        *("-VAfile", _saved(answer, "authority.pem", authority().pem)),
    )
    assert "Response verify OK" in told, told
    assert "\ngood\n" in told, told  # its dates it holds against today, not that day


def _saved(beside: Path, name: str, text: str) -> Path:
    there = beside.with_name(name)
    there.write_text(text)
    return there
