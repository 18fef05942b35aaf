"""What RFC 5280 demands of certificates and lists beyond what a path needs of them.

Authorities of long standing break some of it, so a trust profile may be lenient.
"""

from __future__ import annotations

import re

from cryptography import x509
from cryptography.x509.oid import ExtensionOID

from gateway.trust.pki.certificate import Certificate
from gateway.trust.pki.crl import RevocationList

__all__ = ["against", "against_list"]

_HOST = re.compile(r"(\*\.)?[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})*")
_MAILBOX = re.compile(r"[^@\s]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")
_NEVER_CRITICAL = (
    (ExtensionOID.AUTHORITY_KEY_IDENTIFIER, "authorityKeyIdentifier"),
    (ExtensionOID.SUBJECT_KEY_IDENTIFIER, "subjectKeyIdentifier"),
    (ExtensionOID.AUTHORITY_INFORMATION_ACCESS, "authorityInfoAccess"),
)
_ALWAYS_CRITICAL: tuple[tuple[x509.ObjectIdentifier, str], ...] = (
    (ExtensionOID.NAME_CONSTRAINTS, "nameConstraints"),
    (ExtensionOID.INHIBIT_ANY_POLICY, "inhibitAnyPolicy"),
)
_MARKED_SINCE = ((ExtensionOID.POLICY_CONSTRAINTS, "policyConstraints"),)
_BASIC = ((ExtensionOID.BASIC_CONSTRAINTS, "basicConstraints"),)
"""RFC 5280 has authorities mark both; they are obeyed either way, and NIST PKITS has
paths without the marks as valid, so these are refused only where that is asked for."""
_MOST_SERIAL_BITS = 159  # 20 octets, the first bit a sign


def against(
    one: Certificate, *, is_anchor: bool = False, every_mark: bool = False
) -> str:
    """What a certificate breaks; empty: nothing.

    ``every_mark``: also where the mark of an extension makes no difference here.
    """
    marked = {extension.oid: extension.critical for extension in one.extensions}
    for oid, name in _NEVER_CRITICAL:
        if marked.get(oid):
            return f"its {name} is marked critical"
    always = _ALWAYS_CRITICAL + (_MARKED_SINCE if every_mark else ())
    if one.is_authority and (every_mark or is_anchor):
        always += _BASIC
    for oid, name in always:
        if marked.get(oid) is False:
            return f"its {name} is not marked critical"
    if not 0 < one.serial.bit_length() <= _MOST_SERIAL_BITS or one.serial < 0:
        return "its number is not a positive one of at most 20 octets"
    return _as_authority(one, marked, is_anchor) or _names(one, marked)


def _as_authority(
    one: Certificate, marked: dict[x509.ObjectIdentifier, bool], is_anchor: bool
) -> str:
    if not one.is_self_issued and not one.issuer_key_id:
        return "it has no authorityKeyIdentifier"
    if not one.is_authority:
        is_root = is_anchor and one.parsed.version is x509.Version.v3 and marked
        return "it has no basicConstraints" if is_root else _as_subject(one)
    if not one.key_id:
        return "an authority without subjectKeyIdentifier"
    return "" if one.subject else "an authority without a name"


def _as_subject(one: Certificate) -> str:
    if one.usages is not None and "keyCertSign" in one.usages:
        return "it may sign certificates and is no authority"
    if one.constraints is not None:
        return "it has name constraints and is no authority"
    return ""


def _names(one: Certificate, marked: dict[x509.ObjectIdentifier, bool]) -> str:
    found = one.extension(x509.SubjectAlternativeName)
    if found is None:
        return ""
    if not one.subject and not marked[ExtensionOID.SUBJECT_ALTERNATIVE_NAME]:
        return "it names no subject, and its other names are not marked critical"
    for host in found.get_values_for_type(x509.DNSName):
        if not _HOST.fullmatch(host):
            return f"{host[:80]!r} is no name of a host"
    for mail in found.get_values_for_type(x509.RFC822Name):
        if not _MAILBOX.fullmatch(mail):
            return f"{mail[:80]!r} is no mailbox"
    return ""


def against_list(one: RevocationList) -> str:
    """What a revocation list breaks; empty: nothing."""
    if one.number is None:
        return "the list has no number"
    return "" if one.key_id else "the list does not name its issuer's key"
