"""Check digits of GTIN and GLN: told as the partner's policy weighs them."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import replace

from gateway.catalog.keys import has_good_gln
from gateway.catalog.place import at_line, at_order
from gateway.findings import Finding, Severity, Where
from gateway.order.model import Order, OrderLine, Party
from gateway.partner.policy import Policy
from gateway.partner.profile import Profile

__all__ = ["ABOUT", "weighed", "wrong_glns"]

ABOUT = frozenset({"CAT-111", "CAT-315"})
"""Findings about check digits."""


def weighed(found: Iterable[Finding], policy: Policy) -> Iterator[Finding]:
    """The findings, those about check digits with their weight for the partner."""
    for finding in found:
        if finding.code not in ABOUT or policy.check_digits == "warning":
            yield finding
        elif policy.check_digits != "ignore":
            yield replace(finding, severity=Severity(policy.check_digits))


def wrong_glns(
    order: Order, profile: Profile, told: Container[str]
) -> tuple[tuple[Finding, ...], Mapping[int, tuple[Finding, ...]]]:
    """CAT-111 for GLNs of the head, and by line index for those of the lines.

    A number that the profile has just so is agreed on, and one cause is told once:
    ``told`` are the places of parties that something else was found about.
    """
    head = [
        (party, at_order(order, f"/parties/{n}", f"parties[{n}].id"))
        for n, party in enumerate(order.parties)
        if _is_wrong(party)
    ]
    lines = {
        index: [
            (party, at_line(line, index, path, f"{field}.id"))
            for path, field, party in _named(line)
            if _is_wrong(party)
        ]
        for index, line in enumerate(order.lines)
        if line.parties or line.schedules
    }
    if not head and not any(lines.values()):
        return (), {}
    agreed = _agreed(profile)

    def findings(wrong: Iterable[tuple[Party, Where]]) -> tuple[Finding, ...]:
        new = {
            party.id: _finding(party, at)
            for party, at in reversed([*wrong])
            if party.id not in agreed and at.path not in told
        }
        return tuple(weighed(reversed([*new.values()]), profile.policy))

    return findings(head), {n: findings(wrong) for n, wrong in lines.items() if wrong}


def _is_wrong(party: Party) -> bool:
    return party.id_scheme == "gln" and bool(party.id) and not has_good_gln(party.id)


def _named(line: OrderLine) -> Iterator[tuple[str, str, Party]]:
    """The parties of a line and of its parts: their paths, fields, themselves."""
    for n, party in enumerate(line.parties):
        yield f"/parties/{n}", f"parties[{n}]", party
    for n, part in enumerate(line.schedules):
        if part.ship_to is not None:
            yield f"/schedules/{n}/ship_to", f"schedules[{n}].ship_to", part.ship_to


def _agreed(profile: Profile) -> frozenset[str]:
    """Every number of theirs and of ours that the profile writes out."""
    addresses = (*profile.identities.edifact, *profile.us.edifact)
    return frozenset(
        (
            *(one.id for one in addresses),
            *(one.id for one in profile.locations),
            profile.identities.gln or "",
            profile.us.gln or "",
        )
    )


def _finding(party: Party, at: Where) -> Finding:
    what = f"{party.id!r} ({party.role_sent or party.role}) is no GLN: 13 digits with"
    return Finding.of("CAT-111", f"{what} a good check digit", at, party.id)
