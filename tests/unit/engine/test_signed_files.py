"""What leaves as files is signed once, by our key, as the profile says."""

from __future__ import annotations

import subprocess
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree

from gateway.engine.again import Wish, resend
from gateway.engine.drop import Drop
from gateway.partner import Profile, load
from gateway.partner.trust import Trust
from gateway.pipeline.drop import Visit
from gateway.pipeline.signed import open_signed
from gateway.store import own_keys
from gateway.store.own_keys import KeptKey, NewKey
from gateway.store.tables import outbox, wire
from gateway.trust.files import key_pem
from gateway.trust.judging import Asked
from gateway.trust.keyring import Certified, State, Use
from gateway.trust.pki.revocation import Facts
from gateway.trust.policy import Rules
from gateway.trust.xmldsig.structure import DSIG
from gateway.trust.xmldsig.xades import PROPERTIES
from tests.pki import DAY, Holder, certificate
from tests.starters import FOLDER, as_yaml, texts
from tests.unit.engine.starter_house import Door, House
from tests.unit.pipeline.parts import NOW

X12 = (FOLDER / "acme/samples/good-small.edi").read_bytes()
UBL = (FOLDER / "ravensholm-council/samples/good-small.xml").read_bytes()
xmlsec: Any = import_module("xmlsec")  # its types know nothing of its constants
OURS = certificate("Our signer", since=NOW - DAY, until=NOW + 700 * DAY, kind="rsa2048")
NEXT = certificate("Our next signer", since=NOW - DAY, until=NOW + 700 * DAY)


def with_key(here: House, one: Holder, folder: Path, **more: Any) -> None:
    """Give the gateway this key of the use ``sign``, kept in a file."""
    file = folder / f"{one.sha256[:8]}.pem"
    file.write_text(key_pem(one.key))
    file.chmod(0o600)
    certified = Certified(
        certificate=one.certificate, uses=frozenset({Use.SIGN}), name="ours", **more
    )
    new = NewKey(certified=certified, private_key=one.key, reference=f"file:{file}")
    db = here.gateway.db
    with db.begin() as tx:
        assert isinstance(
            own_keys.add(tx, db.payloads.keys, new, "imported", NOW), KeptKey
        )
    here.gateway.engine.keyrings.refresh()


def answered(here: House, order: bytes, ours: Holder | None, folder: Path) -> Path:
    """Our files for an order that came; the folder that they lie in."""
    if ours is not None:
        with_key(here, ours, folder)
    here.take(order)
    here.work()
    (partner,) = here.gateway.engine.rules.directory.profiles
    return folder / "partners" / partner / "out"


def believed(by: Holder, data: bytes, beside: bytes | None = None) -> bytes:
    """What was signed, by our own verifier."""
    rules = Rules(
        name="pinned",
        trust=Trust.model_validate(
            {"profile": "pinned", "signers": [{"sha256": by.sha256}]}
        ),
    )
    asked = Asked(rules=rules, facts=Facts(), now=NOW, as_of=NOW)
    found = open_signed(asked, data, beside)
    assert found.report.is_passed, found.report.what
    assert found.content is not None
    return found.content


def by_openssl(folder: Path, file: Path, *more: str | Path) -> bytes:
    """What was signed, by the openssl command."""
    root = folder / "root.pem"
    root.write_bytes(OURS.certificate.public_bytes(Encoding.PEM))
    read = ["cms", "-verify", "-in", file, "-CAfile", root, *more]
    trust = ["-purpose", "any", "-no_check_time"]
    done = subprocess.run(["openssl", *read, *trust], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def acme(house: Door, tmp_path: Path) -> Any:
    def build(**sign: Any) -> Path:
        here = house("acme", trust={"sign": sign})
        return answered(here, X12, OURS, tmp_path)

    return build


def test_a_signature_lies_beside_each_file(acme, tmp_path):
    out = acme()
    names = sorted(one.name for one in out.iterdir())
    plain = [one for one in names if not one.endswith(".p7s")]
    assert [f"{one}.p7s" for one in plain] == [n for n in names if n.endswith(".p7s")]
    for name in plain:
        file, beside = out / name, out / f"{name}.p7s"
        assert believed(OURS, file.read_bytes(), beside.read_bytes()).startswith(b"ISA")
        by_openssl(tmp_path, beside, "-binary", "-inform", "DER", "-content", file)


def test_a_file_may_lie_within_its_signature(acme, tmp_path):
    for file in acme(form="enveloping", digest="sha-384").iterdir():
        assert file.suffix == ".p7m"
        assert believed(OURS, file.read_bytes()).startswith(b"ISA")
        assert by_openssl(tmp_path, file, "-inform", "DER").startswith(b"ISA")


def test_a_file_may_be_a_multipart_signed(acme, tmp_path):
    for file in acme(form="smime").iterdir():
        assert file.suffix == ".eml"
        assert believed(OURS, file.read_bytes()).startswith(b"ISA")
        assert b"base64" in by_openssl(tmp_path, file, "-inform", "SMIME")


def test_only_the_kinds_that_are_named_are_signed(acme):
    names = {one.name for one in acme(kinds="x12_855").iterdir()}
    signed = {one.removesuffix(".p7s") for one in names if one.endswith(".p7s")}
    assert len(signed) == 1
    assert len(names) == 3


def test_ubl_is_signed_inside(house, tmp_path):
    here = house("ravensholm-council", trust={"sign": {}})
    (file,) = answered(here, UBL, NEXT, tmp_path).iterdir()
    assert b"UBLDocumentSignatures" in file.read_bytes()
    assert b"OrderResponse" in believed(NEXT, file.read_bytes())


def test_a_repeat_has_the_same_octets_though_our_key_is_another(house, tmp_path):
    here = house("acme", trust={"sign": {"form": "enveloping"}})
    out = answered(here, X12, OURS, tmp_path)
    before = {one.name: one.read_bytes() for one in out.iterdir()}
    for file in out.iterdir():
        file.unlink()
    with_key(here, NEXT, tmp_path, active_from=NOW)
    for row in here.sent():
        assert isinstance(resend(here.gateway.db, row.id, Wish(by="test"), NOW), str)
    here.work()
    assert {one.name: one.read_bytes() for one in out.iterdir()} == before


def test_after_a_roll_over_the_new_key_signs(house, tmp_path):
    here = house("acme", trust={"sign": {"form": "enveloping"}})
    with_key(here, OURS, tmp_path)
    with_key(here, NEXT, tmp_path, state=State.PLANNED, active_from=NOW)
    (file, *_) = answered(here, X12, None, tmp_path).iterdir()
    assert believed(NEXT, file.read_bytes())


def test_without_a_key_nothing_leaves_unsigned(house, tmp_path):
    here = house("acme", trust={"sign": {}})
    out = answered(here, X12, None, tmp_path)
    assert not out.exists() or not list(out.iterdir())
    with here.gateway.db.read() as tx:
        rows = tx.execute(outbox.select()).all()
        assert not tx.execute(wire.select()).all()
    assert {row.delivery for row in rows} == {"queued"}


def test_the_xml_security_library_believes_ubl_too(house, tmp_path):
    here = house("ravensholm-council", trust={"sign": {}})
    (file,) = answered(here, UBL, OURS, tmp_path).iterdir()
    root = etree.fromstring(file.read_bytes())
    signature = root.find(f".//{DSIG}Signature")
    context = xmlsec.SignatureContext()
    context.key = xmlsec.Key.from_memory(OURS.pem, xmlsec.KeyFormat.CERT_PEM)
    context.register_id(root.find(f".//{PROPERTIES}SignedProperties"), "Id")
    context.verify(signature)


DROP = {"id": "drop", "kind": "sftp_drop"}
VISIT = Visit(account="acme", partner_id="acme", address="192.0.2.7", proof="key")


def fetchable(house: Door, **sign: Any) -> tuple[House, Drop]:
    here = house("acme", channels=[DROP], trust={"sign": sign})
    return here, Drop(here.gateway.engine, lambda: here.now)


def test_what_is_fetched_by_sftp_is_signed_and_the_same_each_time(house, tmp_path):
    here, drop = fetchable(house, form="enveloping")
    answered(here, X12, OURS, tmp_path)
    first, again = drop.waiting("acme"), drop.waiting("acme")
    assert first == again
    assert len(first) == 2
    for one in first:
        blob = drop.body(one)
        assert blob is not None
        assert (one.name[-4:], one.size) == (".p7m", blob.size)
        assert believed(OURS, b"".join(blob.chunks())).startswith(b"ISA")
        drop.was_read(one, VISIT)
        assert drop.take(one, VISIT, "deleted")
    assert drop.waiting("acme") == ()


def test_without_a_key_nothing_unsigned_is_to_be_fetched(house, tmp_path):
    here, drop = fetchable(house, form="enveloping")
    answered(here, X12, None, tmp_path)
    assert drop.waiting("acme") == ()


@pytest.mark.parametrize(
    ("channel", "form"), [("sftp_drop", "detached"), ("http", "enveloping")]
)
def test_a_profile_whose_messages_cannot_be_signed_so_is_refused(channel, form):
    facts = texts(FOLDER / "acme/profile.yaml") | {"trust": {"sign": {"form": form}}}
    facts["channels"] = [{"id": "drop", "kind": channel}]
    found = load(as_yaml(facts), "profile.yaml")
    assert not isinstance(found, Profile)
    assert [one.code for one in found] == ["CFG-003"]
