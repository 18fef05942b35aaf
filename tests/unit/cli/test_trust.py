"""``gateway trust`` as an operator runs it: by files alone, and in a gateway."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from typer.testing import CliRunner, Result

from gateway.cli import app
from tests import pki
from tests.authority_server import authority_server
from tests.pki import DAY, NOW, signature
from tests.starters import FOLDER, as_yaml, texts
from tests.unit.pipeline.test_signed import BODY, authority, root, signer

AT = NOW.date().isoformat() + "T12:00Z"


def run(*args: object) -> Result:
    return CliRunner().invoke(app, [str(arg) for arg in args])


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A profile that trusts the test's authority, its lists, and signed files."""
    monkeypatch.setenv("GATEWAY_HOME", str(tmp_path / "home"))
    trust = {
        "anchors": [{"file": "certs/root.der"}],
        "intermediates": [{"pem": authority().pem}],
    }
    facts = texts(FOLDER / "acme/profile.yaml") | {"patch": "", "trust": trust}
    (tmp_path / "certs").mkdir()
    der = root().certificate.public_bytes(Encoding.DER)
    (tmp_path / "certs/root.der").write_bytes(der)
    (tmp_path / "profile.yaml").write_text(as_yaml(facts))
    for name, one in (("root", root()), ("authority", authority())):
        (tmp_path / f"{name}.crl").write_bytes(pki.revocations(one))
    (tmp_path / "order.p7m").write_bytes(signature(BODY, signer()))
    (tmp_path / "order.edi").write_bytes(BODY)
    (tmp_path / "order.p7s").write_bytes(signature(BODY, signer(), detached=True))
    return tmp_path


def verify(folder: Path, *args: object) -> Result:
    lists = ("--list", folder / "root.crl", "--list", folder / "authority.crl")
    by = ("--profile", folder / "profile.yaml", "--at", AT)
    return run("trust", "verify", *args, *by, *lists)


def test_a_signed_order_passes_and_what_was_signed_is_written(folder):
    done = verify(folder, folder / "order.p7m", "--out", folder / "out")
    assert done.exit_code == 0, done.output
    assert "passed" in done.stdout
    assert (folder / "out").read_bytes() == BODY


def test_a_signature_in_a_file_of_its_own(folder):
    done = verify(folder, folder / "order.edi", "--signature", folder / "order.p7s")
    assert done.exit_code == 0, done.output


def test_an_unsigned_document_failed(folder):
    done = verify(folder, folder / "order.edi", "--json")
    told = json.loads(done.stdout)
    assert (done.exit_code, told["verdict"]) == (1, "failed")


def test_a_broken_document_failed(folder):
    (folder / "order.p7m").write_bytes(signature(BODY, signer())[:-40])
    done = run("trust", "verify", folder / "order.p7m", "--json")
    assert (done.exit_code, json.loads(done.stdout)["verdict"]) == (1, "failed")


def test_without_a_profile_nobody_is_trusted(folder):
    done = run("trust", "verify", folder / "order.p7m", "--json")
    told = json.loads(done.stdout)
    assert (done.exit_code, told["verdict"]) == (1, "indeterminate")
    assert told["constraint"] == "path.anchor"


def test_lists_are_kept_in_a_gateway_and_found_by_its_partners(folder):
    assert run("init").exit_code == 0
    assert run("profile", "apply", folder / "profile.yaml").exit_code == 0
    for name in ("root.crl", "authority.crl", "root.crl"):
        assert run("trust", "import", folder / name).exit_code == 0
    of = ("--profile", "acme", "--at", AT)
    done = run("trust", "verify", folder / "order.p7m", *of)
    assert done.exit_code == 0, done.output
    assert "authority.crl" in run("trust", "lists").stdout


def bare_list() -> bytes:
    """A list of the authority that does not name its key."""
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(authority().certificate.subject)
        .last_update(NOW - DAY)
        .next_update(NOW + DAY)
        .add_extension(x509.CRLNumber(7), critical=False)
    )
    return builder.sign(authority().key, hashes.SHA256()).public_bytes(Encoding.DER)


def test_a_list_that_does_not_count_is_kept_and_what_to_do_is_told(folder):
    (folder / "bare.crl").write_bytes(bare_list())
    run("init")
    run("profile", "apply", folder / "profile.yaml")
    first, again, good = (
        run("trust", "import", folder / name)
        for name in ("bare.crl", "bare.crl", "root.crl")
    )
    assert first.exit_code == again.exit_code == 0
    assert "kept, until" in first.stdout
    assert "form: lenient" in first.stdout
    assert "form: lenient" in again.stdout
    assert "lenient" not in good.stdout


def test_a_list_that_counts_for_a_lenient_profile_is_only_kept(folder):
    (folder / "bare.crl").write_bytes(bare_list())
    facts = texts(folder / "profile.yaml")
    facts["trust"]["form"] = "lenient"
    (folder / "profile.yaml").write_text(as_yaml(facts))
    run("init")
    run("profile", "apply", folder / "profile.yaml")

    done = run("trust", "import", folder / "bare.crl")
    assert "kept, until" in done.stdout
    assert "lenient" not in done.stdout


def test_what_is_due_is_fetched_and_what_failed_is_told(folder, monkeypatch):
    monkeypatch.setenv("GATEWAY_FETCH_NETWORKS", "127.0.0.0/8")
    with authority_server() as there:
        at = datetime.now(UTC)
        until = at + timedelta(days=1)
        data = pki.revocations(root(), since=at - timedelta(days=1), until=until)
        good, bad = there.serve("/root.crl", data), there.says("/gone.crl", 404)
        profile = folder / "profile.yaml"
        facts = texts(profile)
        facts["trust"]["lists"] = [{"url": good}, {"url": bad}]
        profile.write_text(as_yaml(facts))
        assert run("init").exit_code == 0
        done = run("profile", "apply", profile)
        assert done.exit_code == 0, done.output
        fetched = run("trust", "fetch")
    assert fetched.exit_code == 1
    assert "2 looked for" in fetched.output
    assert "HTTP 404" in fetched.output
    told = run("trust", "lists").stdout
    assert good in told
    assert "well" in told


def test_a_list_of_nobody_known_is_refused(folder):
    assert run("init").exit_code == 0
    done = run("trust", "import", folder / "root.crl")
    assert done.exit_code == 1
    assert "TRU-418" in done.output
