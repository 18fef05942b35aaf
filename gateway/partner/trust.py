"""Whom we believe when this partner signs, what each signer may send; how we sign."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from gateway.partner.as2 import As2Url
from gateway.partner.certificates import CertificateFile
from gateway.partner.scalars import (
    Amount,
    Form,
    Hours,
    Key,
    Moment,
    Text,
    counted,
    like,
    mistake,
    one_or_several,
)

__all__ = [
    "Limit",
    "ListAddress",
    "Named",
    "SignatureAlgorithms",
    "Signer",
    "SoapTimes",
    "Trust",
    "TrustProfile",
]

TrustProfile = Literal["dod", "eca", "fpki", "peppol", "private", "pinned"]
Oid = Annotated[
    str,
    *like(
        r"[0-2](\.(0|[1-9][0-9]{0,38})){1,30}",
        "an object identifier in dots, like 2.16.840.1.101.2.1.11.42",
    ),
]
Sha256 = Annotated[
    str, *like(r"[0-9a-f]{64}", "a SHA-256 in 64 small hexadecimal digits")
]
Digest = Literal["sha1", "sha224", "sha256", "sha384", "sha512"]
Place = Annotated[
    str,
    *like(
        r"(https?://)?[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?(:[1-9][0-9]{0,4})?"
        r"(/[!-~]{0,500})?",
        "a host like crl.example.com, or how its addresses begin",
    ),
]
Attribute = Literal["CN", "O", "OU", "C", "L", "ST", "serialNumber", "email"]
Usage = Literal["digitalSignature", "nonRepudiation"]


class SignatureAlgorithms(Form):
    """What may be signed with, and until when."""

    digests: Mapping[Digest, Moment] = Field(default_factory=dict)
    """The day from which each digest is no longer believed. SHA-256, -384 and -512 are
    always, SHA-224 until 2031; sha1 only where it is given a day here."""
    rsa: Annotated[int, *counted(1024, 16384)] = 2048
    """Least bits of RSA keys."""
    ec: Annotated[int, *counted(224, 521)] = 256
    """Least bits of keys on curves."""


class Limit(Form):
    """Up to which amount one order may go."""

    amount: Amount
    """The amount, like 25000.00; the order's own total is held against it."""
    currency: Annotated[str, *like("[A-Z]{3}", "three capital letters, like USD")]
    """Its currency (ISO 4217); an order in another one is over the limit."""


class Named(Form):
    """A certificate, or whoever has one of a kind, and when it counts."""

    sha256: Sha256 | None = None
    """The SHA-256 of the certificate."""
    key: Sha256 | None = None
    """The SHA-256 of its public key (SubjectPublicKeyInfo): it may be renewed."""
    subject: Mapping[Attribute, Text] = Field(default_factory=dict)
    """Parts of its name, each the whole value; email is that of its other names."""
    edipi: Annotated[str, *like("[0-9]{10}", "ten digits")] | None = None
    """The number at the end of the name on a Common Access Card."""
    organization: Text | None = None
    """Its organizationIdentifier (2.5.4.97), like VATDE-123456789."""
    policies: Annotated[
        tuple[Oid, ...],
        BeforeValidator(one_or_several, json_schema_input_type=Oid | list[Oid]),
    ] = ()
    """One of these certificate policies must hold for it; left out: as the profile."""
    from_: Annotated[Moment | None, Field(alias="from")] = None
    """When it counts from on."""
    to: Moment | None = None
    """When it counts no more; two entries may overlap while one follows the other."""

    @model_validator(mode="after")
    def _names_somebody(self) -> Self:
        named = (self.sha256, self.key, self.subject, self.edipi, self.organization)
        if not any(named):
            raise mistake("sha256, key, subject, edipi or organization")
        if self.from_ and self.to and self.from_ >= self.to:
            raise mistake("a beginning before the end")
        return self


class Signer(Named):
    """Who may sign, and what may be sent with the signature."""

    kinds: Annotated[
        tuple[Key, ...],
        BeforeValidator(one_or_several, json_schema_input_type=Key | list[Key]),
    ] = ()
    """What it may send, like x12_850; left out: all that the partner may."""
    buyers: Annotated[
        tuple[Text, ...],
        BeforeValidator(one_or_several, json_schema_input_type=Text | list[Text]),
    ] = ()
    """Ids of the buyers that it may order for; left out: any."""
    contracts: Annotated[
        tuple[Text, ...],
        BeforeValidator(one_or_several, json_schema_input_type=Text | list[Text]),
    ] = ()
    """Contracts that it may order from; then an order has to name one of them."""
    limit: Limit | None = None
    """Up to which amount; left out: any."""


class ListAddress(Form):
    """Where a revocation list is fetched from."""

    url: As2Url
    """Its address, http or https; its host need not be under ``fetch_from``."""


class SoapTimes(Form):
    """When a signed message in SOAP is one of now."""

    skew_s: Annotated[int, *counted(0, 3600)] = 300
    """Seconds that their clock may differ from ours."""
    age_s: Annotated[int, *counted(1, 86_400)] = 300
    """How old a message may be whose Timestamp has no Expires."""


class Signing(Form):
    """How we sign what leaves as files, with our current key of the use ``sign``."""

    form: Literal["detached", "enveloping", "smime"] = "detached"
    """Where the signature stands (CMS): in a file ``.p7s`` beside the message, around
    it in a ``.p7m``, or with it in a ``multipart/signed``, ``.eml``."""
    ubl: Literal["xades", "cms"] = "xades"
    """Documents of UBL: inside, as XAdES-B in their first extension, or as ``form``."""
    digest: Literal["sha-256", "sha-384", "sha-512"] = "sha-256"
    """The digest of CMS; XAdES has SHA-256."""
    kinds: Annotated[
        tuple[Key, ...],
        BeforeValidator(one_or_several, json_schema_input_type=Key | list[Key]),
    ] = ()
    """What is signed, like x12_855; left out: all that leaves as files."""


class Trust(Form):
    """How signed documents of this partner are believed."""

    profile: TrustProfile = "private"
    """What holds unless it is said below: dod, eca, fpki and peppol demand the
    certificate policies of these infrastructures; private believes any certificate
    below the anchors; pinned only those listed under signers by their sums."""
    anchors: tuple[CertificateFile, ...] = ()
    """Certificates that every path must lead to."""
    intermediates: tuple[CertificateFile, ...] = ()
    """Certificates that paths may lead through, besides those that come along."""
    policies: Annotated[
        tuple[Oid, ...],
        BeforeValidator(one_or_several, json_schema_input_type=Oid | list[Oid]),
    ] = ()
    """Certificate policies of which one must hold; left out: as the profile has it."""
    explicit_policy: Literal["required", "optional"] | None = None
    """Whether one must hold along the whole path, mappings followed; left out: where
    policies are named."""
    mapping: Literal["allowed", "inhibited"] = "allowed"
    """Whether policies may be mapped to others."""
    any_policy: Literal["allowed", "inhibited"] = "allowed"
    """Whether a certificate that is for any policy counts for each."""
    usages: tuple[Usage, ...] = ("digitalSignature", "nonRepudiation")
    """Key usages of which the signer's certificate needs one."""
    purposes: tuple[Oid, ...] = ()
    """Extended key usages of which it needs one; left out: any."""
    revocation: Literal["require", "hold", "none"] | None = None
    """Whether a certificate was revoked: it must be known, orders are held while it is
    not, or it is never asked; left out: require, and none where pinned."""
    fresh_h: Hours | None = None
    """Greatest age of lists and answers, besides the end that they name themselves."""
    lists: tuple[ListAddress, ...] = ()
    """Where revocation lists are fetched from, again and again before they end."""
    fetch_from: Annotated[
        tuple[Place, ...],
        BeforeValidator(one_or_several, json_schema_input_type=Place | list[Place]),
    ] = ()
    """Hosts, or how addresses begin, that certificates may name for their lists and
    responders; from any other nothing is fetched."""
    ocsp: Literal["never", "prefer"] = "never"
    """Whether the responder that a certificate names is asked before it is believed;
    its answer goes before lists, and is kept until its own end."""
    algorithms: SignatureAlgorithms = SignatureAlgorithms()
    """What may be signed with."""
    form: Literal["strict", "usual", "lenient"] = "usual"
    """How much of the form that RFC 5280 demands certificates and lists must have:
    usual all that makes a difference here; strict also the critical mark on
    basicConstraints and policyConstraints, which are obeyed either way; old authorities
    may need lenient."""
    depth: Annotated[int, *counted(0, 16)] = 8
    """Most authorities between anchor and signer."""
    signatures: Literal["all", "one"] = "all"
    """Whether all signatures of a document must be believed, or one of them."""
    unsigned: Literal["taken", "refused"] = "taken"
    """What comes as it is, by whichever door: taken, or refused; then signed documents
    alone are taken, which are held against all of this."""
    soap: SoapTimes = SoapTimes()
    """When their signed messages in SOAP (WS-Security) are of now."""
    beside_min: Annotated[int, *counted(0, 10_080)] = 0
    """Minutes that a document and its signature, in files of their own (``.p7s``), wait
    for each other where unsigned ones are refused; 0: they come in one file."""
    signers: tuple[Signer, ...] = ()
    """Who may sign, and what; left out: whoever has a certificate below the anchors."""
    callers: tuple[Named, ...] = ()
    """Which client certificates below the anchors this partner shows on TLS; one that
    is known itself stands under certificates, with the use tls_client."""

    sign: Signing | None = None
    """How our messages to this partner are signed; left out: not at all."""

    @model_validator(mode="after")
    def _is_narrow(self) -> Self:
        if self.profile == "pinned":
            if not all(one.sha256 or one.key for one in self.signers) or not (
                self.signers
            ):
                raise mistake("signers, each with sha256 or key, where it is pinned")
        elif self.profile != "private" and not self.signers:
            raise mistake(
                "signers: below public anchors everybody else has a certificate too"
            )
        return self
