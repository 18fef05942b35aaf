"""Where a certificate says that its revocation lists and its responder are."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import SplitResult, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID

from gateway.trust.pki.certificate import Certificate

__all__ = ["list_places", "may_be_fetched", "question", "responder_places"]

_MOST_PLACES = 8


def list_places(one: Certificate) -> tuple[str, ...]:
    """Addresses of lists about it, whole ones and what changed (RFC 5280 4.2.1.13)."""
    whole = one.extension(x509.CRLDistributionPoints) or ()
    changed = one.extension(x509.FreshestCRL) or ()
    return _addresses(
        name for point in (*whole, *changed) for name in point.full_name or ()
    )


def responder_places(one: Certificate) -> tuple[str, ...]:
    """Addresses of responders that may be asked about it (RFC 5280 4.2.2.1)."""
    found = one.extension(x509.AuthorityInformationAccess) or ()
    wanted = AuthorityInformationAccessOID.OCSP
    return _addresses(
        told.access_location for told in found if told.access_method == wanted
    )


def _addresses(names: Iterable[x509.GeneralName]) -> tuple[str, ...]:
    """Those of HTTP; what is in a directory (LDAP) is left out."""
    found = (
        str(name.value)
        for name in names
        if isinstance(name, x509.UniformResourceIdentifier)
    )
    good = (one for one in found if one[:8].lower().startswith(("http://", "https://")))
    return tuple(dict.fromkeys(good))[:_MOST_PLACES]


def may_be_fetched(url: str, among: Iterable[str]) -> bool:
    """Whether an address is on a host, or begins like one, that is named.

    Without a port the usual one of its scheme is meant. A path counts by whole steps;
    no address that climbs in its path is below any.
    """
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS[parts.scheme]
    except (ValueError, KeyError):
        return False
    return any(_is_below(one, parts, port) for one in among)


_PORTS = {"http": 80, "https": 443}


def _is_below(one: str, parts: SplitResult, port: int) -> bool:
    scheme, mark, _ = one.partition("://")
    named = urlsplit(one if mark else f"{parts.scheme}://{one}")
    host = (named.hostname or "").rstrip(".")
    if (parts.hostname or "").rstrip(".") != host or (mark and scheme != parts.scheme):
        return False
    if port != (named.port or _PORTS[parts.scheme]):
        return False
    below, path = named.path.rstrip("/"), parts.path
    is_plain = "%" not in path and not {"..", "."} & set(path.split("/"))
    return not below or (is_plain and f"{path}/".startswith(f"{below}/"))


def question(about: Certificate, issuer: Certificate, nonce: bytes) -> bytes:
    """What a responder is asked (RFC 6960 4.1), with a nonce (RFC 9654)."""
    builder = (
        ocsp.OCSPRequestBuilder()
        .add_certificate(about.parsed, issuer.parsed, hashes.SHA1())  # noqa: S303  # a name, not a proof; responders know no other
        .add_extension(x509.OCSPNonce(nonce), critical=False)
    )
    return builder.build().public_bytes(Encoding.DER)
