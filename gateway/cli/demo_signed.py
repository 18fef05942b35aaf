"""The demo's agency: its orders are signed, so one is believed and a forged one not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7
from cryptography.x509.oid import NameOID

from gateway import bootstrap
from gateway.bootstrap import Gateway
from gateway.cli import say
from gateway.cli.demo_life import until
from gateway.store import revocations, signed
from gateway.store.rows import Transmission
from gateway.store.signed import SignedDocument
from gateway.trust.files import pem
from gateway.trust.pki.crl import RevocationList
from gateway.trust.pki.signature import key_sum
from gateway.trust.wssecurity.signing import signed_message

_POLICY = "2.16.840.1.101.3.2.1.12.1"
"""ECA, medium assurance."""
_YEAR = timedelta(days=365)
_PRICE = (b"*84*PE*", b"*48*PE*")
"""What the forger makes of a line: a price of 48 instead of 84."""


class Agency:
    """An agency with an authority, whose keys are made as the demo begins."""

    partner = "fort-hallam"

    def __init__(self, now: datetime) -> None:
        self._now = now.replace(microsecond=0)
        self._root_key, self._key = (
            ec.generate_private_key(ec.SECP256R1()) for _ in range(2)
        )
        root = _name("Demo External Authority", "ECA Root")
        marsh = _name("Fort Hallam Supply Depot", "Marsh.Ruth.K")
        self._root = self._issued(root, root, self._root_key, is_authority=True)
        self._certificate = self._issued(marsh, root, self._key)

    def agreed(self) -> dict[str, Any]:
        """What its profile needs besides the starter's: the authority's certificate."""
        place = bootstrap.starter("partner_profiles") / self.partner / "profile.yaml"
        facts = yaml.load(place.read_text("utf-8"), yaml.BaseLoader)  # noqa: S506
        anchors = [{"pem": pem([self._root])}]
        return {
            "channels": facts["channels"],
            "trust": facts["trust"] | {"anchors": anchors},
        }

    def publish(self, gateway: Gateway) -> None:
        """Have the gateway keep the authority's list: nobody was revoked."""
        made = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self._root.subject)
            .last_update(self._now - timedelta(hours=1))
            .next_update(self._now + timedelta(days=7))
            .add_extension(x509.CRLNumber(1), critical=False)
            .add_extension(_above(self._root_key), critical=False)
            .sign(self._root_key, hashes.SHA256())
        )
        found = RevocationList.read(made.public_bytes(Encoding.DER))
        signer = key_sum(self._root_key.public_key())
        revocations.keep(gateway.db, found, signer, "demo", self._now)

    def sign(self, document: bytes) -> bytes:
        """The document inside a CMS SignedData."""
        builder = pkcs7.PKCS7SignatureBuilder().set_data(document)
        builder = builder.add_signer(self._certificate, self._key, hashes.SHA256())
        return builder.sign(Encoding.DER, [pkcs7.PKCS7Options.Binary])

    def in_soap(self, message: str, now: datetime) -> bytes:
        """A message in SOAP with the agency's signature of WS-Security."""
        return signed_message(message.encode(), self._key, self._certificate, now)

    def _issued(
        self,
        whose: x509.Name,
        issuer: x509.Name,
        key: ec.EllipticCurvePrivateKey,
        *,
        is_authority: bool = False,
    ) -> x509.Certificate:
        policy = x509.PolicyInformation(x509.ObjectIdentifier(_POLICY), None)
        own = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
        extensions: tuple[tuple[x509.ExtensionType, bool], ...] = (
            (x509.BasicConstraints(ca=is_authority, path_length=None), True),
            (_usage(is_authority=is_authority), True),
            (x509.CertificatePolicies([policy]), False),
            (own, False),
            (_above(self._root_key), False),
        )
        certificate = x509.CertificateBuilder(
            issuer,
            whose,
            key.public_key(),
            x509.random_serial_number(),
            self._now - _YEAR,
            self._now + _YEAR,
        )
        for extension, is_critical in extensions:
            certificate = certificate.add_extension(extension, is_critical)
        return certificate.sign(self._root_key, hashes.SHA256())


def _name(organization: str, name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization),
            x509.NameAttribute(NameOID.COMMON_NAME, name),
        ]
    )


def _above(key: ec.EllipticCurvePrivateKey) -> x509.AuthorityKeyIdentifier:
    return x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key())


def _usage(*, is_authority: bool) -> x509.KeyUsage:
    every = dict.fromkeys(
        (
            "digital_signature",
            "content_commitment",
            "key_encipherment",
            "data_encipherment",
            "key_agreement",
            "key_cert_sign",
            "crl_sign",
            "encipher_only",
            "decipher_only",
        ),
        False,
    )
    mine = ("key_cert_sign", "crl_sign") if is_authority else ("digital_signature",)
    return x509.KeyUsage(**every | dict.fromkeys(mine, True))


class SignedOrders:
    """An order that is believed by its signature, and the same one, forged."""

    def __init__(self, gateway: Gateway, home: Path) -> None:
        self._gateway = gateway
        self._folder = home / "partners" / Agency.partner

    def play(self, agency: Agency, taken: Callable[[], Transmission]) -> Transmission:
        """Lay both into the agency's folder; tell the verdicts; give the believed."""
        sample = f"{Agency.partner}/samples/good-small.edi"
        place = bootstrap.starter("partner_profiles").joinpath(sample)
        signed_ = agency.sign(place.read_bytes())
        self._lay("order.p7m", signed_)
        found = taken()
        document = self._document(found)
        (signer,) = document.report["signers"]
        say.line(f"order.p7m: {document.verdict}, signed by {signer['subject']}")
        for link in signer["path"]:
            say.line(f"  {link['subject']}: revocation {link['revocation']}")
        say.line(f"  under the policy {', '.join(signer['policies'])}")
        self._lay("forged.p7m", signed_.replace(*_PRICE))
        refused = self._folder / "refused"
        until(lambda: any(refused.glob("*forged.p7m.txt")))
        (why,) = refused.glob("*forged.p7m.txt")
        say.line(
            "forged.p7m, in which somebody made 48 of a price of 84, is put aside:"
        )
        say.line(f"  {why.read_text('utf-8').strip()}")
        return found

    def _document(self, found: Transmission) -> SignedDocument:
        kept: list[SignedDocument] = []

        def is_there() -> bool:
            with self._gateway.db.read() as tx:
                kept.extend(signed.of_receipts(tx, {found.receipt.id}))
            return bool(kept)

        until(is_there)
        return kept[0]

    def _lay(self, name: str, data: bytes) -> None:
        inbox = self._folder / "in"
        inbox.mkdir(parents=True, exist_ok=True)
        (inbox / name).write_bytes(data)
