"""The demo's agencies: a signed order of theirs is believed, a forged one is not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
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
from gateway.cli.demo_partners import SftpVisit
from gateway.store import revocations, signed
from gateway.store.rows import Transmission
from gateway.store.signed import SignedDocument
from gateway.transport.sftp_client import Refusal
from gateway.trust.files import pem
from gateway.trust.pki.crl import RevocationList
from gateway.trust.pki.signature import key_sum
from gateway.trust.wssecurity.signing import signed_message
from gateway.trust.xmldsig.enveloped import sign_inside

_YEAR = timedelta(days=365)
_PRICE = (b"*84*PE*", b"*48*PE*")
"""What the forger makes of a line: a price of 48 instead of 84."""
_QUANTITY = (b">20</cbc:Quantity>", b">40</cbc:Quantity>")
"""What somebody makes of an order in UBL: 40 valves instead of 20."""


@dataclass(frozen=True, slots=True)
class Who:
    """An agency's partner id and name, its authority, its signer and their policy."""

    partner: str
    name: str
    authority: tuple[str, str]
    signer: str
    policy: str


DEPOT = Who(
    partner="fort-hallam",
    name="Fort Hallam Supply Depot",
    authority=("Demo External Authority", "ECA Root"),
    signer="Marsh.Ruth.K",
    policy="2.16.840.1.101.3.2.1.12.1",  # ECA, medium assurance
)
WATER = Who(
    partner="greywater-authority",
    name="Greywater Water Authority",
    authority=("Greywater Water Authority", "Greywater Root"),
    signer="Purchasing Officer",
    policy="1.3.6.1.4.1.32473.7.1",  # its own, for purchasing officers
)


class Agency:
    """An agency with an authority, whose keys are made as the demo begins."""

    def __init__(self, who: Who, now: datetime) -> None:
        self.partner, self._policy = who.partner, who.policy
        self._now = now.replace(microsecond=0)
        self._root_key, self._key = (
            ec.generate_private_key(ec.SECP256R1()) for _ in range(2)
        )
        root, signer = _name(*who.authority), _name(who.name, who.signer)
        self._root = self._issued(root, root, self._root_key, is_authority=True)
        self._certificate = self._issued(signer, root, self._key)

    def agreed(self, *channels: dict[str, Any]) -> dict[str, Any]:
        """What its profile needs besides the starter's: the authority's certificate.

        ``channels`` take the place of the starter's.
        """
        place = bootstrap.starter("partner_profiles") / self.partner / "profile.yaml"
        facts = yaml.load(place.read_text("utf-8"), yaml.BaseLoader)  # noqa: S506
        anchors = [{"pem": pem([self._root])}]
        return {
            "channels": list(channels) or facts["channels"],
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

    def sign_inside(self, document: bytes) -> bytes:
        """The document of UBL with a signature by XAdES-B in it."""
        return sign_inside(document, self._key, self._certificate, signed_at=self._now)

    def sample(self, name: str) -> bytes:
        """A sample of its starter, which is not signed yet."""
        sample = f"{self.partner}/samples/{name}"
        return bootstrap.starter("partner_profiles").joinpath(sample).read_bytes()

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
        policy = x509.PolicyInformation(x509.ObjectIdentifier(self._policy), None)
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
    """Orders that are believed by their signatures, and the same ones, forged."""

    def __init__(self, gateway: Gateway, home: Path) -> None:
        self._gateway = gateway
        self._partners = home / "partners"

    def by_sftp(
        self, depot: Agency, visit: SftpVisit, taken: Callable[[], Transmission]
    ) -> Transmission:
        """Upload both in CMS, fetch the answers; give the believed."""
        signed_ = depot.sign(depot.sample("good-small.edi"))
        visit.put("order.p7m", signed_)
        visit.fetch(("x12_997", "x12_855"))
        found = taken()
        self._tell("order.p7m", found)
        try:
            visit.put("forged.p7m", signed_.replace(*_PRICE))
        except Refusal as refused:
            say.line("forged.p7m, in which somebody made 48 of a price of 84, is not:")
            say.line(f"  {refused}")
        return found

    def by_folder(
        self, water: Agency, taken: Callable[[], Transmission]
    ) -> Transmission:
        """Lay both in UBL into the folder; give the believed."""
        signed_ = water.sign_inside(water.sample("good-small.xml"))
        folder = self._partners / water.partner
        _lay(folder, "order.xml", signed_)
        found = taken()
        self._tell("order.xml", found)
        _lay(folder, "forged.xml", signed_.replace(*_QUANTITY))
        refused = folder / "refused"
        until(lambda: any(refused.glob("*forged.xml.txt")))
        (why,) = refused.glob("*forged.xml.txt")
        say.line("forged.xml, in which somebody made 40 valves of 20, is put aside:")
        say.line(f"  {why.read_text('utf-8').strip()}")
        return found

    def _tell(self, name: str, found: Transmission) -> None:
        """Who signed it, and why that is believed."""
        document = self._document(found)
        (signer,) = document.report["signers"]
        say.line(f"{name}: {document.verdict}, signed by {signer['subject']}")
        for link in signer["path"]:
            say.line(f"  {link['subject']}: revocation {link['revocation']}")
        say.line(f"  under the policy {', '.join(signer['policies'])}")

    def _document(self, found: Transmission) -> SignedDocument:
        kept: list[SignedDocument] = []

        def is_there() -> bool:
            with self._gateway.db.read() as tx:
                kept.extend(signed.of_receipts(tx, {found.receipt.id}))
            return bool(kept)

        until(is_there)
        return kept[0]


def _lay(folder: Path, name: str, data: bytes) -> None:
    inbox = folder / "in"
    inbox.mkdir(parents=True, exist_ok=True)
    (inbox / name).write_bytes(data)
