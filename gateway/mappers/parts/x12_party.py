"""A party in what we write: N1, and its address where it has no number."""

from __future__ import annotations

from collections.abc import Iterator

from gateway.edi.x12.writer import Row
from gateway.mappers.parts.fit import Fit, row
from gateway.mappers.parts.x12_codes import SCHEME_CODES
from gateway.order.party import Party
from gateway.partner.profile import Profile


def party(fit: Fit, code: str, party: Party) -> Iterator[Row]:
    """N1, and the address where there is no number that stands for it."""
    name = fit.text(party.name, 60, "N1-02")
    number = fit.id(party.id, 80, "N1-04", 2)
    scheme = SCHEME_CODES.get(party.id_scheme, party.id_scheme)
    if number and not fit.id(scheme, 2, "N1-03"):
        number = ""
    if not name and not number:
        return
    yield row("N1", code, name, scheme if number else "", number)
    at = party.address
    if at is None or number:
        return
    lines = [fit.text(line, 55, "N3-01") for line in at.lines[:4]]
    for n in range(0, len(lines), 2):
        yield row("N3", *lines[n : n + 2])
    place = row(
        "N4",
        fit.id(at.city, 30, "N4-01", 2),
        fit.id(at.region, 2, "N4-02", 2),
        fit.id(at.postal_code, 15, "N4-03", 3),
        fit.id(at.country, 3, "N4-04", 2),
    )
    if len(place) > 1 and place[1]:
        yield place


def us(fit: Fit, profile: Profile | None) -> Iterator[Row]:
    """N1: who we are to the partner, by the number that the profile has of us."""
    if profile and profile.us.gln:
        yield ("N1", "SE", "", "UL", fit.id(profile.us.gln, 80, "N1-04", 2))
    elif profile and profile.us.duns:
        yield ("N1", "SE", "", "1", fit.id(profile.us.duns, 80, "N1-04", 2))
