"""Parties of whom an order or line has one, and two of them that are not the same."""

from __future__ import annotations

from collections.abc import Iterable

from gateway.findings import Findings, Where
from gateway.order.party import Party

__all__ = ["note_two"]

_ONE = frozenset({"buyer", "ship_to", "bill_to"})
"""Who orders, who gets the goods, who gets the bill: one each."""


def note_two(found: Findings, parties: Iterable[tuple[Party, Where]]) -> None:
    """MAP-018 for a second party in such a role that is another one."""
    first: dict[str, Party] = {}
    for party, where in parties:
        if party.role not in _ONE:
            continue
        mine = first.setdefault(party.role, party)
        if mine is not party and _is_other(mine, party):
            who = party.role.replace("_", "-")
            what = f"a second {who}, {_named(party)} after {_named(mine)}"
            found.add("MAP-018", what, where, party.id or party.name)


def _is_other(mine: Party, party: Party) -> bool:
    """By their numbers of one kind, else by name and address."""
    if mine.id and party.id and mine.id_scheme == party.id_scheme:
        return mine.id != party.id
    if mine.address and party.address and mine.address != party.address:
        return True
    return mine.name.casefold() != party.name.casefold()


def _named(party: Party) -> str:
    return repr(party.id or party.name)
