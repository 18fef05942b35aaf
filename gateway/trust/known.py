"""What a profile says about a partner's certificates, as certificates."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache

from cryptography import x509

from gateway.findings import Finding, Where
from gateway.partner import Profile
from gateway.partner.certificates import CertificateEntry
from gateway.trust.files import NotReadable, certificates_in
from gateway.trust.keyring import Certificates, Certified, State, Use
from gateway.trust.policy import unreadable_trust

__all__ = ["certificates_of", "unreadable"]


def certificates_of(profile: Profile) -> Certificates:
    """The certificates of a partner; entries that hold none are left out."""
    known = (_certified(entry) for entry in profile.certificates)
    return Certificates(tuple(one for one in known if isinstance(one, Certified)))


@dataclass(frozen=True, slots=True)
class Trusted:
    """An anchor or an intermediate, and the name that tells which."""

    name: str
    certificate: x509.Certificate


def trusted_of(profile: Profile) -> Iterator[Trusted]:
    """The certificates that a partner's trust profile leads to and through."""
    trust = profile.trust
    for one in (*trust.anchors, *trust.intermediates) if trust else ():
        if one.pem is not None:
            with suppress(NotReadable):
                found = _first(one.pem)
                name = (one.file or "").rpartition("/")[2]
                yield Trusted(name or found.subject.rfc4514_string()[:80], found)


def unreadable(profile: Profile, name: str) -> Iterator[Finding]:
    """What is wrong with them (CFG-040); ``name`` is what findings call the profile.

    An entry whose file was not copied into the profile yet is none of them.
    """
    for n, entry in enumerate(profile.certificates, 1):
        known = _certified(entry) if entry.pem else None
        if isinstance(known, NotReadable):
            what = f"certificates[{n}]: {known}"
            yield Finding.of("CFG-040", what, Where(path=name), entry.file or "")
    for file, why in unreadable_trust(profile):
        what = f"trust: {file or 'a certificate'}: {why}"
        yield Finding.of("CFG-040", what, Where(path=name), file)


def _certified(entry: CertificateEntry) -> Certified | NotReadable:
    if entry.pem is None:
        return NotReadable(f"{entry.file} was not copied into the profile")
    try:
        certificate = _first(entry.pem)
    except NotReadable as problem:
        return problem
    return Certified(
        certificate=certificate,
        uses=frozenset(map(Use, entry.uses)),
        state=State(entry.state),
        active_from=entry.from_,
        active_to=entry.to,
        grace=timedelta(days=entry.grace_days),
        name=entry.file or "",
    )


@lru_cache(maxsize=4096)
def _first(pem: str) -> x509.Certificate:
    """The certificate of a text; the same text is parsed once."""
    return certificates_in(pem.encode())[0]
