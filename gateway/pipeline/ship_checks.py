"""What speaks against a shipment: the order, its packages, what the partner wants."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from gateway.erp.documents import Shipped
from gateway.erp.sheet import Fault, fault
from gateway.findings import Finding, Severity
from gateway.mappers import NOTICES
from gateway.order.life import Signal, step
from gateway.order.ship import (
    Package,
    ShipNotice,
    ShippedLine,
    contents,
    sscc_is_good,
)
from gateway.partner.ship import ShipDetail, ShipNotices
from gateway.pipeline.fulfilled import (
    Progress,
    each_order,
    more_than_promised,
    odd,
)

_COLUMNS = {"pallet": "pallet_sscc", "carton": "carton_sscc"}


def against(
    document: Shipped,
    orders: Sequence[Progress],
    *,
    kind: str,
    used: Mapping[str, str],
) -> Iterator[Fault]:
    """Everything, in the order of the rows; ``kind`` is the notice the partner gets.

    ``used`` are the SSCCs of other shipments, with the shipment each is of. Of a
    cancellation only the states of its orders count.
    """
    notice = document.notice
    yield from _states(document, orders)
    if notice.purpose == "cancel":
        return
    yield from more_than_promised(document.rows, notice.lines, orders, "shipped")
    strange: Iterable[Fault] = odd(document.rows, notice.lines, orders)
    strange = (*strange, *_digits(document))
    yield from map(_refusing, strange) if kind else strange
    yield from _hanging(document)
    if not kind:
        return
    form = orders[0].kept.profile.ship_notice
    yield from _places(document, orders)
    if kind in NOTICES:  # those of X12 are one tree: each package stands once in it
        yield from _in_packages(document, form)
    yield from _ssccs(document, used)
    yield from _wanted(document, form)


def _refusing(one: Fault) -> Fault:
    """What is but odd is wrong where the buyer books by it."""
    return one._replace(finding=replace(one.finding, severity=Severity.REJECT))


def _states(document: Shipped, orders: Sequence[Progress]) -> Iterator[Fault]:
    """Orders that cannot ship now, or from which nothing can be taken back."""
    original = document.notice.purpose == "original"
    signal = Signal.SHIP_PART if original else Signal.TAKE_BACK
    rows = {id(one): row for row, one in zip(document.rows, orders, strict=True)}
    for one in each_order(orders):
        after = step(one.kept.state, signal)
        if isinstance(after, Finding):
            what = f"{one.kept.order.id}: {after.what}"
            yield fault(rows[id(one)], "", "ERP-016", what)


def _places(document: Shipped, orders: Sequence[Progress]) -> Iterator[Fault]:
    """Orders of one shipment that go to different places."""
    if any(party.role == "ship_to" for party in document.notice.parties):
        return
    first: object = None
    for row, one in zip(document.rows, orders, strict=True):
        place = one.kept.order.party("ship_to")
        told = (place.id, place.name, place.address) if place else None
        if first is None:
            first = told
        elif told != first:
            name = (place.id or place.name) if place else "no place"
            what = f"{one.kept.order.po_number} goes to {name}, the first elsewhere"
            yield fault(row, "order_id", "ERP-022", what, name)
            return


def _hanging(document: Shipped) -> Iterator[Fault]:
    """Packages that are named twice, missing, empty, or inside each other wrongly."""
    notice, row = document.notice, document.rows[0]
    count = Counter(package.number for package in notice.packages)
    by_number = {package.number: package for package in notice.packages}
    for number, times in count.items():
        if times > 1:
            yield _package(row, number, f"is there {times} times")
    for package in notice.packages:
        outer = by_number.get(package.inside)
        if package.inside and outer is None:
            what = f"is inside {package.inside}, which there is not"
            yield _package(row, package.number, what)
        elif outer is not None and package.level == "pallet":
            yield _package(row, package.number, "is a pallet inside another package")
        elif _is_round(package, by_number):
            yield _package(row, package.number, "is inside itself")
    yield from _holding(document, frozenset(by_number))


def _holding(document: Shipped, known: frozenset[str]) -> Iterator[Fault]:
    """Packages with nothing in them, and lines in packages that there are not."""
    held = contents(document.notice)
    for package in document.notice.packages:
        if not held[package.number]:
            yield _package(document.rows[0], package.number, "has nothing in it")
    for at, line in zip(document.rows, document.notice.lines, strict=True):
        if line.package and line.package not in known:
            what = f"of line {line.line_no} there is not"
            yield _package(at, line.package, what)


def _package(row: int, number: str, what: str) -> Fault:
    return fault(row, "carton", "ERP-017", f"package {number} {what}", number)


def _is_round(package: Package, by_number: Mapping[str, Package]) -> bool:
    seen = {package.number}
    at = package
    while at.inside in by_number:
        if at.inside in seen:
            return True
        seen.add(at.inside)
        at = by_number[at.inside]
    return False


def _in_packages(document: Shipped, form: ShipNotices) -> Iterator[Fault]:
    """What the structure cannot say: each package stands in one place of the tree."""
    notice = document.notice
    if form.structure == "flat":
        return
    told: Callable[[ShippedLine], object] = _order_of
    word = "order"
    if form.structure == "standard_pack":
        told, word = _item_of, "item"
    shown = _shown(notice, form)
    for number, lines in contents(notice).items():
        if number in shown and len({told(line) for line in lines}) > 1:
            what = f"holds more than one {word}, and {form.structure} cannot say so"
            yield _package(document.rows[0], number, what)


def _shown(notice: ShipNotice, form: ShipNotices) -> frozenset[str]:
    """The packages that have a level of their own."""
    pallets = form.structure == "pick_and_pack" and form.pallets == "shown"
    return frozenset(
        one.number for one in notice.packages if pallets or one.level == "carton"
    )


def _order_of(line: ShippedLine) -> object:
    return line.order_id


def _item_of(line: ShippedLine) -> object:
    return line.order_id, line.line_no


def _digits(document: Shipped) -> Iterator[Fault]:
    """SSCCs whose digits are wrong."""
    for package in document.notice.packages:
        text = package.sscc
        if text and not sscc_is_good(text):
            what = f"{text} is no SSCC of 18 digits with a good check digit"
            column = _COLUMNS[package.level]
            yield fault(document.rows[0], column, "ERP-010", what, text)


def _ssccs(document: Shipped, used: Mapping[str, str]) -> Iterator[Fault]:
    """SSCCs that were given to something else."""
    row = document.rows[0]
    seen: dict[str, str] = {}
    for package in document.notice.packages:
        text, column = package.sscc, _COLUMNS[package.level]
        if not text:
            continue
        if text in seen:
            what = f"{text} stands on packages {seen[text]} and {package.number}"
            yield fault(row, column, "ERP-018", what, text)
        elif text in used:
            what = f"{text} was used for shipment {used[text]}"
            yield fault(row, column, "ERP-018", what, text)
        seen[text] = package.number


def _wanted(document: Shipped, form: ShipNotices) -> Iterator[Fault]:
    """What the partner wants and the shipment lacks."""
    notice = document.notice
    for detail in form.require:
        if not _HAS[detail](notice):
            column = _COLUMN_OF.get(detail, detail)
            what = f"the partner wants {detail}, and the shipment has none"
            yield fault(document.rows[0], column, "ERP-019", what)


_HAS: Mapping[ShipDetail, Callable[[ShipNotice], bool]] = {
    "packages": lambda notice: all(line.package for line in notice.lines),
    "carrier": lambda notice: bool(notice.carrier),
    "tracking": lambda notice: bool(notice.tracking),
    "package_tracking": lambda notice: all(
        one.tracking for one in notice.packages if one.level == "carton"
    ),
    "bill_of_lading": lambda notice: bool(notice.bill_of_lading),
    "pro_number": lambda notice: bool(notice.pro_number),
    "trailer": lambda notice: bool(notice.trailer),
    "seal": lambda notice: bool(notice.seal),
    "weight": lambda notice: bool(notice.gross_weight and notice.gross_weight.unit),
    "expected_date": lambda notice: notice.expected_date is not None,
    "lot": lambda notice: all(line.lot for line in notice.lines),
    "expires": lambda notice: all(line.expires for line in notice.lines),
}
_COLUMN_OF: Mapping[ShipDetail, str] = {
    "packages": "carton",
    "package_tracking": "carton_tracking",
}
