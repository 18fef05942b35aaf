"""Trust profiles: the certificate policies of the large infrastructures, as data.

Sources: the X.509 certificate policies of the DoD, of its External Certification
Authorities (ECA), of the Federal Bridge, and of the Common Policy Framework.
Policies that name a card or a device are left out: they prove no person's will.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gateway.partner.trust import TrustProfile

__all__ = ["KNOWN", "Known"]

_DOD = "2.16.840.1.101.2.1.11"
_ECA = "2.16.840.1.101.3.2.1.12"
_FPKI = "2.16.840.1.101.3.2.1.3"


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What a trust profile demands unless the partner's says otherwise."""

    policies: frozenset[str] = frozenset()
    explicit: bool = False
    revocation: str = "require"


def _below(arc: str, *numbers: int) -> frozenset[str]:
    return frozenset(f"{arc}.{number}" for number in numbers)


KNOWN: Mapping[TrustProfile, Known] = {
    # medium 39, 40, 41; medium hardware 42, 43, 44; those of before 18, 19
    "dod": Known(policies=_below(_DOD, 18, 19, 39, 40, 41, 42, 43, 44), explicit=True),
    # medium 1, 4, 11; hardware 2, 10, 14; token 3, 5, 12; PIV-I hardware 6
    "eca": Known(
        policies=_below(_ECA, 1, 2, 3, 4, 5, 6, 10, 11, 12, 14), explicit=True
    ),
    # medium 3; high 4; medium hardware 12; common 7, 13, 16; PIV-I hardware 18
    "fpki": Known(policies=_below(_FPKI, 3, 4, 7, 12, 13, 16, 18), explicit=True),
    # named by their subjects: the infrastructure has no policies
    "peppol": Known(),
    "private": Known(),
    "pinned": Known(revocation="none"),
}
"""By the name that a partner's profile gives under ``trust.profile``."""
