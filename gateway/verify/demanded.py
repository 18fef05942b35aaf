"""What profiles demand of schemas and rules, and what of it is held."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from gateway.findings import Finding
from gateway.partner import Profile
from gateway.ubl.packs import Packs

__all__ = ["lacking"]

_KINDS = {
    "ubl_order": ("Order", "T01"),
    "ubl_order_change": ("OrderChange", "T114"),
    "ubl_order_cancellation": ("OrderCancellation", "T115"),
    "ubl_order_response": ("OrderResponse", "T76"),
    "ubl_despatch_advice": ("DespatchAdvice", "T16"),
    "ubl_invoice": ("Invoice", "EN16931"),
}
"""The documents of message types, and the rules that they usually keep."""


def lacking(profile: Profile, packs: Packs, day: dt.date) -> Iterator[Finding]:
    """What a profile demands and nobody can do on a day."""
    for checks, kinds in (
        (profile.ubl.theirs, (one.message for one in profile.receives)),
        (profile.ubl.ours, (one.message for one in profile.sends)),
    ):
        for kind in kinds:
            if kind in _KINDS:
                name, rules = _KINDS[kind]
                if "schema" in checks and packs.schema(name) is None:
                    yield Finding.of("UBL-021", f"no schema of {name} is held")
                if "rules" in checks:
                    yield from _no_rules(profile, packs, rules, day)


def _no_rules(
    profile: Profile, packs: Packs, name: str, day: dt.date
) -> Iterator[Finding]:
    release = profile.ubl.release or ""
    if packs.rules(name, day, release) is None:
        told = f"of release {release} are held" if release else f"are in force on {day}"
        yield Finding.of("UBL-032", f"no rules of {name} {told}")
