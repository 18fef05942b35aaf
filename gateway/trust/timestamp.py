"""Time-stamps (RFC 3161): a proof that a signature existed at a moment."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from asn1crypto import tsp
from cryptography import x509

from gateway.trust import der
from gateway.trust.fault import CmsFault
from gateway.trust.opened import OpenedSignature, Part
from gateway.trust.pki.building import Paths
from gateway.trust.pki.certificate import Certificate
from gateway.trust.pki.demand import Demand, Effort
from gateway.trust.pki.revocation import Facts
from gateway.trust.policy import Rules
from gateway.trust.report import Fault, Sub

__all__ = ["STAMP", "proven_at"]

STAMP = der.oid("1.2.840.113549.1.9.16.2.14")
"""The unsigned attribute that holds a time-stamp over the signature's value."""
_TST_INFO = der.oid("1.2.840.113549.1.9.16.1.4")
_STAMPING = "1.3.6.1.5.5.7.3.8"


def proven_at(
    token: bytes,
    stamped: bytes,
    rules: Rules,
    about: Callable[[Sequence[Certificate]], Facts],
    now: datetime,
) -> datetime:
    """When ``stamped`` existed for sure. Raises the ``Fault`` of a bad time-stamp.

    ``about`` gives what is known of the revocation of certificates.

    The imprint must be its digest; the stamping authority's certificate must be meant
    for nothing but time-stamps, and lead to an anchor at that time.
    """
    try:
        opened = OpenedSignature.read(token)
        parts = opened.parts()
    except CmsFault as fault:
        raise _wrong("timestamp.format", fault.what) from None
    if opened.content is None or opened.content_type != _TST_INFO or len(parts) != 1:
        raise _wrong("timestamp.format", "it is no token of one authority")
    info = _info(opened.content)
    at = _imprinted(info, stamped)
    if at > now:
        what = f"it is of {at}, which is after our clock, {now}"
        raise _wrong("timestamp.order", what)
    _signed(parts[0], opened, rules, about, at)
    return at


def _info(content: bytes) -> Any:
    try:
        info = tsp.TSTInfo.load(content, strict=True)
        info["gen_time"].native, info["message_imprint"].native
    except (ValueError, TypeError, KeyError):
        raise _wrong("timestamp.format", "its content cannot be read") from None
    return info


def _imprinted(info: Any, stamped: bytes) -> datetime:
    imprint = info["message_imprint"]
    name = imprint["hash_algorithm"]["algorithm"].native
    if name not in ("sha256", "sha384", "sha512"):
        raise _wrong("timestamp.algorithm", f"its imprint is made by {name}")
    if hashlib.new(name, stamped).digest() != imprint["hashed_message"].native:
        raise _wrong("timestamp.imprint", "it is of another signature")
    at = info["gen_time"].native
    assert isinstance(at, datetime)
    return at.astimezone(UTC)


def _signed(
    part: Part,
    opened: OpenedSignature,
    rules: Rules,
    about: Callable[[Sequence[Certificate]], Facts],
    at: datetime,
) -> None:
    pool = (*opened.certificates, *rules.pool)
    signer, _ = part.verified(pool)
    if not part.names(signer, is_demanded=True):
        raise _wrong("timestamp.signing_certificate", "it does not name its signer")
    _only_stamps(signer)
    rules_of_path = rules.demand(at)
    demand = Demand(
        at=at,
        usages=frozenset(("digitalSignature", "nonRepudiation")),
        purposes=frozenset((_STAMPING,)),
        algorithms=rules_of_path.algorithms,
        revocation="none" if rules.revocation == "none" else "hold",
        is_strict=rules_of_path.is_strict,
    )
    _lead(signer, rules.anchors, pool, about(pool), demand)


def _lead(
    signer: Certificate,
    anchors: Sequence[Certificate],
    pool: Sequence[Certificate],
    facts: Facts,
    demand: Demand,
) -> None:
    try:
        Paths(anchors, pool, facts, Effort()).prove(signer, demand)
    except Fault as fault:
        raise _wrong(f"timestamp.{fault.constraint}", fault.what) from None


def _only_stamps(signer: Certificate) -> None:
    """Its extended key usage is there, critical, and time-stamping alone (2.3)."""
    is_critical = signer.is_critical(x509.ExtendedKeyUsage)
    if signer.purposes != frozenset((_STAMPING,)) or not is_critical:
        what = f"{signer.told} is not meant for time-stamps alone"
        raise _wrong("timestamp.extended_key_usage", what)


def _wrong(constraint: str, what: str) -> Fault:
    return Fault(Sub.TIMESTAMP_ORDER_FAILURE, constraint, what)
