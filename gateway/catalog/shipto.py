"""May goods go there: the order's places against the locations of the profile."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from gateway.catalog.keys import normalise
from gateway.catalog.place import at_line, at_order
from gateway.findings import Finding, Where
from gateway.order.model import Order, OrderLine, Party
from gateway.partner.profile import Profile

# X12 DE 66 as profiles write it, and the scheme's name in the order.
_SCHEMES: Mapping[str, str] = MappingProxyType(
    {
        "1": "duns",
        "9": "duns4",
        "10": "dodaac",
        "91": "assigned_by_seller",
        "92": "assigned_by_buyer",
        "UL": "gln",
    }
)


def unknown_places(
    order: Order, profile: Profile, learned: frozenset[str] = frozenset()
) -> tuple[tuple[Finding, ...], Mapping[int, tuple[Finding, ...]]]:
    """CAT-110 for the head's ship-to, and by line index for places of the lines.

    Nothing is checked where the profile lists no locations, nor for a drop shipment
    (X12 BEG-02 DS) where the profile allows them. ``learned`` are the numbers of places
    that operators have said to be known.
    """
    dropped = order.order_type == "drop_ship" and profile.policy.drop_ship == "allow"
    if dropped or not profile.locations:
        return (), {}
    head: tuple[Finding, ...] = ()
    for index, party in enumerate(order.parties):
        if party.role == "ship_to" and not _is_known(party, profile, learned):
            fields = f"parties[{index}].id", f"parties[{index}]"
            at = at_order(order, f"/parties/{index}", *fields)
            head = (*head, _unknown(party, at))
    lines: dict[int, tuple[Finding, ...]] = {}
    for index, line in enumerate(order.lines):
        if not line.parties and not line.schedules:
            continue
        strange: dict[str, Finding] = {}
        for path, field, party in _places(line):
            if party.id not in strange and not _is_known(party, profile, learned):
                at = at_line(line, index, path, f"{field}.id", field)
                strange[party.id] = _unknown(party, at)
        if strange:
            lines[index] = tuple(strange.values())
    return head, lines


def _places(line: OrderLine) -> Iterator[tuple[str, str, Party]]:
    """The line's own ship-tos: their paths, their fields, themselves."""
    for n, party in enumerate(line.parties):
        if party.role == "ship_to":
            yield f"/parties/{n}", f"parties[{n}]", party
    for n, schedule in enumerate(line.schedules):
        if schedule.ship_to is not None:
            yield f"/schedules/{n}/ship_to", f"schedules[{n}].ship_to", schedule.ship_to


def _is_known(party: Party, profile: Profile, learned: frozenset[str]) -> bool:
    if not party.id:
        return False
    if learned and normalise(party.id) in learned:
        return True
    return any(
        location.id == party.id and _is_same_scheme(location.scheme, party.id_scheme)
        for location in profile.locations
    )


def _is_same_scheme(ours: str | None, sent: str) -> bool:
    """A scheme that one side leaves out fits any."""
    if not ours or not sent:
        return True
    return ours == sent or _SCHEMES.get(ours, ours) == _SCHEMES.get(sent, sent)


def _unknown(party: Party, at: Where) -> Finding:
    told = f"ship-to {party.id!r}" if party.id else "a ship-to without a number"
    name = f" ({party.name})" if party.name else ""
    what = f"{told}{name} is not among the known locations"
    return Finding.of("CAT-110", what, at, party.id)
