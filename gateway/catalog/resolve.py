"""Which item of ours a line means: five kinds of numbers, one answer or a finding."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from gateway.catalog.keys import (
    Asked,
    ItemKey,
    KeyKind,
    Prices,
    asked,
    completed_gtin14,
    gtin14,
    has_good_check_digit,
    isbn_gtin14,
    normalise,
)
from gateway.catalog.model import Contract, Item
from gateway.findings import Finding
from gateway.order import model as order_model
from gateway.values import swift

_NAMES: dict[KeyKind, str] = {
    "buyer_part": "buyer part",
    "cross_ref": "cross-reference",
    "gtin": "GTIN",
    "sku": "SKU",
    "mfr_part": "manufacturer part",
}


@swift
@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """The item and contract a line means, and the number that told it."""

    item: Item | None = None
    contract: Contract | None = None
    by: KeyKind | None = None
    exact: bool = True
    findings: tuple[Finding, ...] = ()


@swift
@dataclass(frozen=True, slots=True)
class _Hit:
    """The items that one number of a line names within the first contract it is in."""

    kind: KeyKind
    sent: str
    exact: bool
    items: tuple[Item, ...]

    @property
    def skus(self) -> frozenset[str]:
        return frozenset(item.sku for item in self.items)


def resolve(
    sent: order_model.Item,
    prices: Prices,
    contracts: tuple[Contract, ...],
) -> Resolved:
    """The item a line means among ``contracts``, the one that answers first in front.

    Buyer part, cross-reference, GTIN, SKU, manufacturer part, in this order; exact
    before normalised. Numbers that name different items are CAT-311: nobody guesses.
    The findings have no place yet.
    """
    wanted = asked(sent)
    rank = {contract.id: place for place, contract in enumerate(contracts)}
    usual = agreed(sent, wanted, prices)
    if usual is not None and usual[0].contract_id in rank:
        item, by = usual
        return Resolved(item=item, contract=contracts[rank[item.contract_id]], by=by)
    hits: list[_Hit] = []
    for kind, text, key in wanted:
        items = prices.items.get(key)
        if not items or (hits and hits[-1].kind == kind):
            continue  # a GTIN found as sent needs no check digit
        hit = _hit(kind, text, items, rank, sent)
        if hit is not None:
            hits.append(hit)
    if not hits:
        said = _by_reference(wanted, prices, contracts, rank)
        return said or Resolved(findings=(_not_found(sent, wanted, prices),))
    named = {item.sku for hit in hits for item in hit.items}
    if len(named) != 1:
        named &= frozenset.intersection(*[hit.skus for hit in hits])
    if len(named) != 1:
        return Resolved(findings=(_ambiguous(hits),))
    (sku,) = named
    item = _first(hits, sku, rank)
    first = hits[0]
    if not first.exact:
        first = next((hit for hit in hits if hit.exact), first)
    return Resolved(
        item=item,
        contract=contracts[rank[item.contract_id]],
        by=first.kind,
        exact=first.exact,
        findings=_warnings(sent, first, item),
    )


def agreed(
    sent: order_model.Item, wanted: Asked, prices: Prices
) -> tuple[Item, KeyKind] | None:
    """The usual case at once: every number that is known names one item exactly."""
    item: Item | None = None
    by: KeyKind = "sku"
    items = prices.items
    for kind, text, key in wanted:
        found = items.get(key)
        if not found:
            continue
        first = found[0]
        if len(found) > 1 or kind == "mfr_part" or not _has(first, kind, text):
            return None
        if item is None:
            item, by = first, kind
        elif item is not first and item != first:
            return None
    if item is None or (sent.gtin and sent.gtin not in item.gtins):
        return None
    return item, by


def _by_reference(
    wanted: Asked,
    prices: Prices,
    contracts: tuple[Contract, ...],
    rank: dict[str, int],
) -> Resolved | None:
    """The item that operators said a number means, if no contract knows any of them."""
    for _, _, key in wanted:
        sku = prices.learned.items.get(key.value, "")
        found = prices.items.get(ItemKey("sku", normalise(sku)), ())
        known = [one for one in found if one.sku == sku and one.contract_id in rank]
        if known:
            item = min(known, key=lambda one: rank[one.contract_id])
            contract = contracts[rank[item.contract_id]]
            return Resolved(item=item, contract=contract, by="cross_ref")
    return None


def _first(hits: list[_Hit], sku: str, rank: dict[str, int]) -> Item:
    """The item of the contract that answers first."""
    items = [item for hit in hits for item in hit.items if item.sku == sku]
    if len(rank) == 1:
        return items[0]
    return min(items, key=lambda found: rank[found.contract_id])


def _hit(
    kind: KeyKind,
    text: str,
    items: tuple[Item, ...],
    rank: dict[str, int],
    sent: order_model.Item,
) -> _Hit | None:
    is_exact = _EXACT[kind]
    if len(items) == 1 and kind != "mfr_part":
        item = items[0]
        if item.contract_id not in rank:
            return None
        return _Hit(kind, text, is_exact(text, item), items)
    known = [item for item in items if item.contract_id in rank]
    if kind == "mfr_part":
        known = [item for item in known if _same_maker(item, sent)]
    if not known:
        return None
    exact = [item for item in known if is_exact(text, item)]
    chosen = exact or known
    if len(chosen) > 1:
        best = min(rank[item.contract_id] for item in chosen)
        chosen = [item for item in chosen if rank[item.contract_id] == best]
    return _Hit(kind, text, bool(exact), tuple(chosen))


def _same_maker(item: Item, sent: order_model.Item) -> bool:
    """Makers number alike, so a maker named on both sides must be the same."""
    if not sent.mfr or not item.mfr:
        return True
    return normalise(sent.mfr) == normalise(item.mfr)


def _is_same_gtin(text: str, item: Item) -> bool:
    padded = gtin14(text)
    return any(gtin14(gtin) == padded for gtin in item.gtins)


_EXACT: Mapping[KeyKind, Callable[[str, Item], bool]] = MappingProxyType(
    {
        "buyer_part": lambda text, item: text in item.buyer_parts,
        "cross_ref": lambda text, item: text in item.cross_refs,
        "gtin": lambda text, item: text in item.gtins or _is_same_gtin(text, item),
        "sku": lambda text, item: text == item.sku,
        "mfr_part": lambda text, item: text == item.mfr_part,
    }
)


def has_all(item: Item, asked: Asked) -> bool:
    """Whether the item has every number of a line, each just as it was sent.

    Within one contract no other item that has some of them can change the answer. Never
    with a manufacturer part: whether that counts depends on the maker.
    """
    for kind, text, _ in asked:
        if kind == "mfr_part":
            return False
        if kind != "cross_ref" and not _has(item, kind, text):
            return False
    return True


def _has(item: Item, kind: KeyKind, text: str) -> bool:
    """Whether a number is one of the item's just as it was sent."""
    if kind == "buyer_part":
        return text in item.buyer_parts
    if kind == "sku":
        return text == item.sku
    return _EXACT[kind](text, item)


def _warnings(sent: order_model.Item, first: _Hit, item: Item) -> tuple[Finding, ...]:
    found: list[Finding] = []
    if not first.exact:
        what = (
            f"{_NAMES[first.kind]} {first.sent!r} was read as item {item.sku}, "
            f"which the contract writes {_as_listed(first.kind, first.sent, item)!r}"
        )
        found.append(Finding.of("CAT-314", what, value=first.sent))
    elif sent.gtin and sent.gtin not in item.gtins and _is_wrong_gtin(sent.gtin):
        what = f"the check digit of GTIN {sent.gtin!r} is wrong; item {item.sku}"
        found.append(Finding.of("CAT-315", what, value=sent.gtin))
    return tuple(found)


def _is_wrong_gtin(number: str) -> bool:
    padded = isbn_gtin14(number) or gtin14(number)
    return not (padded and has_good_check_digit(padded))


def _as_listed(kind: KeyKind, text: str, item: Item) -> str:
    """The item's own form of a number that was matched after normalising it."""
    match kind:
        case "buyer_part" | "cross_ref":
            numbers = item.buyer_parts if kind == "buyer_part" else item.cross_refs
            same = (n for n in numbers if normalise(n) == normalise(text))
            return next(same, text)
        case "gtin":
            full = isbn_gtin14(text), completed_gtin14(text)
            return next((g for g in item.gtins if gtin14(g) in full), text)
        case "sku":
            return item.sku
        case "mfr_part":
            return item.mfr_part


def _ambiguous(hits: list[_Hit]) -> Finding:
    named = "; ".join(
        f"{_NAMES[hit.kind]} {hit.sent!r} is {' or '.join(sorted(hit.skus))}"
        for hit in hits
    )
    return Finding.of("CAT-311", named, value=hits[0].sent)


def _not_found(
    sent: order_model.Item,
    wanted: Asked,
    prices: Prices,
) -> Finding:
    """On another contract of the partner, or nowhere."""
    for kind, text, key in wanted:
        elsewhere = prices.items.get(key, ())
        if kind == "mfr_part":
            elsewhere = tuple(item for item in elsewhere if _same_maker(item, sent))
        if elsewhere:
            ids = {item.contract_id for item in elsewhere}
            numbers = sorted(c.number for c in prices.contracts if c.id in ids)
            skus = sorted({item.sku for item in elsewhere})
            what = (
                f"{_NAMES[kind]} {text!r} is item {' or '.join(skus)} of contract "
                f"{', '.join(numbers or sorted(ids))}, which is not the order's"
            )
            return Finding.of("CAT-312", what, value=text)
    if not wanted:
        return Finding.of("CAT-310", "the line names no item")
    asked_for = {kind: text for kind, text, _ in wanted if kind != "cross_ref"}
    names = ", ".join(f"{_NAMES[kind]} {text!r}" for kind, text in asked_for.items())
    is_wrong = sent.gtin and _is_wrong_gtin(sent.gtin)
    note = "; the GTIN's check digit is wrong" if is_wrong else ""
    what = f"no contract knows {names}{note}"
    return Finding.of("CAT-310", what, value=wanted[0][1])
