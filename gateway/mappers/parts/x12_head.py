"""The heading of an order, or of its change: who, to whom, references, terms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from gateway.edi.tree import LoopRead
from gateway.findings import Where
from gateway.mappers.mapped import Carrier
from gateway.mappers.parts import x12, x12_days, x12_terms
from gateway.mappers.parts.ledger import Ledger
from gateway.mappers.parts.one_of_a_role import note_two
from gateway.mappers.parts.x12_unread import UNREAD, note_currency, note_of_head
from gateway.order.model import Source
from gateway.order.party import Party
from gateway.order.terms import Payment

_REFERENCES = {
    "CT": ("contract_ref", True),
    "Q1": ("quote_ref", True),
    "PR": ("quote_ref", False),
    "K5": ("tender_ref", True),
    "RQ": ("requisition_ref", True),
    "P4": ("project", True),
    "CR": ("customer_reference", True),
    "11": ("account_number", True),
    "12": ("account_number", False),
    "IT": ("account_number", False),
}
"""The field that the first REF of a kind fills, and whether the kind is its own."""


_TERMS = frozenset({"ITD", "SAC", "TAX", "TXI", "N9", "PWK", "AMT", *UNREAD})
"""What says more than who orders, when and under which numbers; many have none."""
_NAMED = 2
"""Elements of a CUR that says which currency, and no more."""


def source_of(ledger: Ledger, message: LoopRead, carrier: Carrier) -> Source:
    """The envelope: who, to whom, under which numbers and which version."""
    isa, group, st = carrier.interchange, carrier.group, message.first("ST")
    if st is not None:
        ledger.qualified(st, 1)
    return Source(
        standard="x12",
        version=group.version,
        interchange_control=isa.control_number,
        group_control=group.control_number,
        message_control=ledger.text(st, 2, "source.message_control") if st else "",
        sender=f"{isa[5]}:{isa[6]}",
        receiver=f"{isa[7]}:{isa[8]}",
        sender_code=group[2],
        receiver_code=group[3],
        usage=isa[15],
        separators=isa.separators.text,
        interchange_version=isa[12],
        sha256=carrier.sha256,
        byte_offset=carrier.byte_offset,
        guide=ledger.text(st, 3, "source.guide") if st else "",
    )


def note_two_parties(
    ledger: Ledger, message: LoopRead, parties: tuple[Party, ...]
) -> None:
    """MAP-018 where the heading of an order or change names two of a kind."""
    if len({party.role for party in parties}) < len(parties):
        places = (n1.segments[0].at(1) for n1 in message.inner("N1"))
        note_two(ledger.found, zip(parties, places, strict=False))


def whence(ledger: Ledger, message: LoopRead, carrier: Carrier) -> dict[str, Any]:
    """The fields that say where a message of any kind comes from, and who is in it."""
    return {
        "source": source_of(ledger, message, carrier),
        "test": carrier.interchange[15] == "T",
        "parties": parties_of(ledger, message),
    }


def currency_of(ledger: Ledger, message: LoopRead) -> str:
    """CUR-02; without one it stays empty and the contract's holds (MAP-003)."""
    cur = message.first("CUR")
    currency = ledger.text(cur, 2, "currency") if cur else ""
    if not currency:
        where = cur.at(2) if cur else Where(segment_tag="CUR", element=2)
        ledger.found.add("MAP-003", "the order names no currency", where)
    elif cur is not None and len(cur) > _NAMED:
        note_currency(ledger, cur)
    return currency


def heading(ledger: Ledger, message: LoopRead, currency: str) -> dict[str, Any]:
    """The fields of Order that the heading fills, BEG aside."""
    named, references = x12.references(ledger, message.all("REF"), _REFERENCES)
    parties = parties_of(ledger, message)
    note_two_parties(ledger, message, parties)
    if "account_number" not in named:
        named |= _account(ledger, parties)
    fields = {
        **named,
        "references": references,
        "parties": parties,
        "validity": x12_days.validity(ledger, message.all("DTM")),
    }
    tags = message.tags
    if tags.isdisjoint(_TERMS):
        return fields
    note_of_head(ledger, message, tags)
    terms = tuple(x12_terms.payment_terms(ledger, message.all("ITD"), currency))
    return {
        **fields,
        "payment": Payment(terms=terms) if terms else None,
        "allowances_charges": x12_terms.allowances(
            ledger, message.inner("SAC"), currency
        ),
        "taxes": x12_terms.taxes(ledger, message, currency, "taxes"),
        "notes": tuple(x12.notes(ledger, message.inner("N9"))),
        "attachments": tuple(x12.attachments(ledger, message.all("PWK"))),
        "accounting_cost": _accounting(ledger, message),
    }


def parties_of(ledger: Ledger, message: LoopRead) -> tuple[Party, ...]:
    """The parties; people named in the heading (PER) belong to the buyer."""
    loops = list(message.inner("N1"))
    parties = [x12.party(ledger, n1, f"parties[{i}]") for i, n1 in enumerate(loops)]
    people = list(message.all("PER"))
    if people:
        index = next(
            (i for i, party in enumerate(parties) if party.role == "buyer"), None
        )
        if index is None:
            index = len(parties)
            parties.append(Party(role="buyer"))
        buyer = parties[index]
        more = x12.contacts(ledger, people, f"parties[{index}]", len(buyer.contacts))
        parties[index] = replace(buyer, contacts=(*buyer.contacts, *more))
    return tuple(parties)


def _account(ledger: Ledger, parties: Sequence[Party]) -> dict[str, str]:
    """The buyer's number with us: the one that we assigned (N1-03 is 91)."""
    for index, party in enumerate(parties):
        if party.role == "buyer" and party.id_scheme == "assigned_by_seller":
            place = ledger.provenance[f"parties[{index}].id"]
            ledger.provenance["account_number"] = place
            return {"account_number": party.id}
    return {}


def _accounting(ledger: Ledger, message: LoopRead) -> str:
    """The first FA2 of the heading: where the buyer books the order."""
    for amt in message.inner("AMT"):
        for fa1 in amt.inner("FA1"):
            fa2 = fa1.first("FA2")
            if fa2 is not None:
                return ledger.text(fa2, 2, "accounting_cost")
    return ""


def without_end(message: LoopRead) -> LoopRead:
    """The message without its SE, which only counts."""
    return LoopRead(
        name=message.name,
        path=message.path,
        segments=[s for s in message.segments if s.elements[0] != "SE"],
        loops=message.loops,
    )
