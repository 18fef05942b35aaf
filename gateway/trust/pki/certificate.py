"""A certificate as path validation sees it: read once, strictly, and remembered."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property, lru_cache
from typing import Any, Self, TypeVar

from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import dsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtensionOID

from gateway.trust import der as written
from gateway.trust.ber import values
from gateway.trust.der import SEQUENCE
from gateway.trust.fault import CmsFault
from gateway.trust.pki.names import Dn, Subtrees, dn
from gateway.trust.pki.signature import Signed, key_sum

__all__ = ["ANY_POLICY", "Certificate", "Unreadable"]

ANY_POLICY = "2.5.29.32.0"
ANY_USE = "2.5.29.37.0"
_MOST_BYTES = 64 * 1024
_T = TypeVar("_T", bound=x509.ExtensionType)

_READ = frozenset(
    (
        ExtensionOID.BASIC_CONSTRAINTS,
        ExtensionOID.KEY_USAGE,
        ExtensionOID.EXTENDED_KEY_USAGE,
        ExtensionOID.CERTIFICATE_POLICIES,
        ExtensionOID.POLICY_MAPPINGS,
        ExtensionOID.POLICY_CONSTRAINTS,
        ExtensionOID.INHIBIT_ANY_POLICY,
        ExtensionOID.NAME_CONSTRAINTS,
        ExtensionOID.SUBJECT_ALTERNATIVE_NAME,
        ExtensionOID.ISSUER_ALTERNATIVE_NAME,
        ExtensionOID.SUBJECT_KEY_IDENTIFIER,
        ExtensionOID.AUTHORITY_KEY_IDENTIFIER,
        ExtensionOID.CRL_DISTRIBUTION_POINTS,
        ExtensionOID.FRESHEST_CRL,
        ExtensionOID.AUTHORITY_INFORMATION_ACCESS,
        ExtensionOID.OCSP_NO_CHECK,
    )
)


class Unreadable(ValueError):
    """Bytes that are no certificate as RFC 5280 has it; the text says why."""


@dataclass(frozen=True, slots=True)
class Policies:
    """What a certificate says about policies: its own, mappings, and constraints.

    ``require_explicit``, ``inhibit_mapping`` and ``inhibit_any`` are numbers of further
    certificates, ``None`` where it says nothing.
    """

    own: frozenset[str] = frozenset()
    mappings: tuple[tuple[str, str], ...] = ()
    require_explicit: int | None = None
    inhibit_mapping: int | None = None
    inhibit_any: int | None = None


@dataclass(frozen=True, eq=False)
class Certificate:
    """A certificate with what a path needs of it. Compared by its octets."""

    der: bytes
    parsed: x509.Certificate = field(repr=False)
    subject: Dn = field(repr=False)
    issuer: Dn = field(repr=False)
    extensions: x509.Extensions = field(repr=False)
    dsa_y: int | None = None
    """Of a DSA key that leaves out its parameters, which are its issuer's."""

    @classmethod
    def of(cls, found: x509.Certificate) -> Self:
        """One that was parsed before. Raises ``Unreadable``."""
        return cls.read(found.public_bytes(Encoding.DER))

    @classmethod
    @lru_cache(maxsize=4096)
    def read(cls, der: bytes) -> Self:
        """From its DER form. Raises ``Unreadable``."""
        if len(der) > _MOST_BYTES:
            raise Unreadable("a certificate of more than 64 KB")
        try:
            found, dsa_y = _loaded(der)
            names = dn(found.subject), dn(found.issuer)
            read = cls(der, found, *names, found.extensions, dsa_y)
            read._is_in_form()
        except Unreadable:
            raise
        except (ValueError, TypeError, UnsupportedAlgorithm, x509.InvalidVersion) as no:
            raise Unreadable(f"no certificate in DER: {no}"[:200]) from no
        except x509.DuplicateExtension as twice:
            raise Unreadable("an extension comes twice") from twice
        return read

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Certificate) and self.der == other.der

    def __hash__(self) -> int:
        return hash(self.der)

    def _is_in_form(self) -> None:
        """What RFC 5280 demands of every certificate, whatever it is used for."""
        if self.parsed.version is not x509.Version.v3 and len(self.extensions):
            raise Unreadable("extensions in a certificate that is not of version 3")
        if self._inner_algorithm() is False:
            raise Unreadable("its two signature algorithms differ")
        if not self.issuer:
            raise Unreadable("it names no issuer")
        self._names_itself()

    def _names_itself(self) -> None:
        names = self.extension(x509.SubjectAlternativeName)
        if not self.subject and not names:
            raise Unreadable("it names no subject")

    def _inner_algorithm(self) -> bool:
        try:
            tbs, outer, _ = values(self.der, SEQUENCE)
            inside = values(tbs, SEQUENCE)
        except (CmsFault, ValueError):
            raise Unreadable("it is not three values in a sequence") from None
        at = 2 if inside[0][:1] == b"\xa0" else 1
        return inside[at] == outer

    def extension(self, kind: type[_T]) -> _T | None:
        """The value of an extension, if it has it."""
        try:
            return self.extensions.get_extension_for_class(kind).value
        except x509.ExtensionNotFound:
            return None

    def is_critical(self, kind: type[x509.ExtensionType]) -> bool:
        """Whether it has this extension, marked critical."""
        try:
            return self.extensions.get_extension_for_class(kind).critical
        except x509.ExtensionNotFound:
            return False

    @cached_property
    def unknown_critical(self) -> tuple[str, ...]:
        """Critical extensions that are not read here."""
        return tuple(
            one.oid.dotted_string
            for one in self.extensions
            if one.critical and one.oid not in _READ
        )

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 over its octets in small hexadecimal digits."""
        return hashlib.sha256(self.der).hexdigest()

    @property
    def serial(self) -> int:
        """Its number, unique with its issuer."""
        return self.parsed.serial_number

    @property
    def since(self) -> datetime:
        """When it begins to hold."""
        return self.parsed.not_valid_before_utc

    @property
    def until(self) -> datetime:
        """The last second that it holds."""
        return self.parsed.not_valid_after_utc

    @cached_property
    def is_self_issued(self) -> bool:
        """Whether subject and issuer are the same."""
        return self.subject == self.issuer

    @cached_property
    def public_key(self) -> Any:
        """Its key; ``None`` when its kind is not known, or a part is its issuer's."""
        if self.dsa_y is not None:
            return None
        try:
            return self.parsed.public_key()
        except (ValueError, UnsupportedAlgorithm):
            return None

    def key_under(self, above: Any) -> Any:
        """Its key below its issuer's, which it may take over parts of (6.1.4 d)."""
        if self.dsa_y is None or not isinstance(above, dsa.DSAPublicKey):
            return self.public_key
        shared = above.public_numbers().parameter_numbers
        return dsa.DSAPublicNumbers(self.dsa_y, shared).public_key()

    @cached_property
    def signed(self) -> Signed | None:
        """What is signed of it, and how; none: the algorithm is not known."""
        found = Signed.certificate(self.parsed)
        if found is None or self.dsa_y is None:
            return found
        return replace(found, data=values(self.der, SEQUENCE)[0])

    @cached_property
    def spki(self) -> str:
        """SHA-256 over its SubjectPublicKeyInfo in hexadecimal digits."""
        return "" if self.public_key is None else key_sum(self.public_key)

    @cached_property
    def key_id(self) -> bytes:
        """Its SubjectKeyIdentifier, or nothing."""
        found = self.extension(x509.SubjectKeyIdentifier)
        return found.digest if found else b""

    @cached_property
    def issuer_key_id(self) -> bytes:
        """The key identifier of its AuthorityKeyIdentifier, or nothing."""
        found = self.extension(x509.AuthorityKeyIdentifier)
        return (found.key_identifier or b"") if found else b""

    @cached_property
    def is_authority(self) -> bool:
        """Whether its basic constraints say so; version 1 and 2 never do."""
        found = self.extension(x509.BasicConstraints)
        return bool(found and found.ca)

    @cached_property
    def path_length(self) -> int | None:
        """How many authorities may follow it."""
        found = self.extension(x509.BasicConstraints)
        return found.path_length if found and found.ca else None

    @cached_property
    def usages(self) -> frozenset[str] | None:
        """Its key usages by the names of RFC 5280; none: it does not restrict them."""
        found = self.extension(x509.KeyUsage)
        if found is None:
            return None
        return frozenset(name for name, at in _USAGES.items() if getattr(found, at))

    @cached_property
    def purposes(self) -> frozenset[str] | None:
        """Its extended key usages as OIDs; none: it does not restrict them."""
        found = self.extension(x509.ExtendedKeyUsage)
        return frozenset(one.dotted_string for one in found) if found else None

    @cached_property
    def names(self) -> tuple[x509.GeneralName, ...]:
        """All its names that constraints are about: the subject and the others."""
        found = self.extension(x509.SubjectAlternativeName)
        others = tuple(found) if found else ()
        mails = (
            ()
            if any(isinstance(n, x509.RFC822Name) for n in others)
            else _mails(self.parsed.subject)
        )
        subject = (x509.DirectoryName(self.parsed.subject),) if self.subject else ()
        return (*subject, *others, *mails)

    @cached_property
    def constraints(self) -> Subtrees | None:
        """Its name constraints."""
        found = self.extension(x509.NameConstraints)
        if found is None:
            return None
        permitted = tuple(found.permitted_subtrees or ())
        return Subtrees(permitted, tuple(found.excluded_subtrees or ()))

    @cached_property
    def policies(self) -> Policies:
        """What it says about policies."""
        own = self.extension(x509.CertificatePolicies)
        limits = self.extension(x509.PolicyConstraints)
        skips = self.extension(x509.InhibitAnyPolicy)
        return Policies(
            frozenset(p.policy_identifier.dotted_string for p in own or ()),
            self._mappings(),
            limits.require_explicit_policy if limits else None,
            limits.inhibit_policy_mapping if limits else None,
            skips.skip_certs if skips else None,
        )

    def _mappings(self) -> tuple[tuple[str, str], ...]:
        for one in self.extensions:
            if one.oid != ExtensionOID.POLICY_MAPPINGS:
                continue
            assert isinstance(one.value, x509.UnrecognizedExtension)
            read = asn1_x509.PolicyMappings.load(one.value.value, strict=True)
            return tuple(
                (m["issuer_domain_policy"].dotted, m["subject_domain_policy"].dotted)
                for m in read
            )
        return ()

    @property
    def told(self) -> str:
        """Its subject for people."""
        return self.parsed.subject.rfc4514_string()[:200] or f"number {self.serial:X}"


_USAGES = {
    "digitalSignature": "digital_signature",
    "nonRepudiation": "content_commitment",
    "keyEncipherment": "key_encipherment",
    "dataEncipherment": "data_encipherment",
    "keyAgreement": "key_agreement",
    "keyCertSign": "key_cert_sign",
    "cRLSign": "crl_sign",
}
"""KeyUsage (RFC 5280 4.2.1.3) and how the attributes are called that hold it."""


_DSA = written.oid("1.2.840.10040.4.1")
_NO_PARAMETERS = written.sequence(*[written.integer(1)] * 3)


def _loaded(der: bytes) -> tuple[x509.Certificate, int | None]:
    """A certificate, and the number of a DSA key that stands there without its rest.

    RFC 3279 2.3.2 lets it leave out what its issuer's key has; the library does not,
    so something is put there that is never looked at.
    """
    try:
        return x509.load_der_x509_certificate(der), None
    except ValueError:
        filled = _filled(der)
        if filled is None:
            raise
        return x509.load_der_x509_certificate(filled[0]), filled[1]


def _filled(der: bytes) -> tuple[bytes, int] | None:
    try:
        tbs, *rest = values(der, SEQUENCE)
        parts = values(tbs, SEQUENCE)
        at = 6 if parts[0][:1] == b"\xa0" else 5
        algorithm, key = values(parts[at], SEQUENCE)
        if values(algorithm, SEQUENCE) != [_DSA]:
            return None
        (number,) = values(written.sequence(_content(key)[1:]), SEQUENCE)
        y = int.from_bytes(_content(number))
    except (CmsFault, ValueError, IndexError):
        return None
    parts[at] = written.sequence(written.sequence(_DSA, _NO_PARAMETERS), key)
    return written.sequence(written.sequence(*parts), *rest), y


def _content(value: bytes) -> bytes:
    """What a value in DER holds."""
    return value[2 if value[1] < 0x80 else 2 + (value[1] & 0x7F) :]


def _mails(subject: x509.Name) -> tuple[x509.GeneralName, ...]:
    """Mail addresses in the subject, which constraints are about too."""
    found = []
    for one in subject.get_attributes_for_oid(x509.NameOID.EMAIL_ADDRESS):
        try:
            found.append(x509.RFC822Name(str(one.value)))
        except ValueError:
            raise Unreadable("a mail address that is none") from None
    return tuple(found)
