"""Every set of the corpus that is accepted, of a type that we read, says something."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from gateway.bootstrap import tables
from gateway.edi.events import GroupBegun, InterchangeBegun, MessageRead
from gateway.edi.plan import plan
from gateway.edi.validate import Validator
from gateway.edi.x12.reader import X12Reader
from gateway.findings.codes import Severity
from gateway.mappers import READERS
from gateway.mappers.mapped import Carrier, Mapped
from tests.conformance.corpus import AT_HAND, raw, rows

pytestmark = AT_HAND

ARGUED = {
    ("x12_850", "MAP-003"): (65, "there is no CUR: the contract's currency holds"),
    ("x12_850", "MAP-004"): (55, "PO1-01 is empty: lines are counted"),
    ("x12_850", "MAP-006"): (3, "a quantity without a unit: the item's own holds"),
    ("x12_850", "MAP-009"): (4, "PO1-05 PP does not say what a price is for"),
}
"""What is noted of them, how often, and why it is right."""


@dataclass(frozen=True)
class Read:
    """A set that was accepted, and what its mapper made of it."""

    kind: str
    file: str
    segments: list[list[str]]
    mapped: Mapped


@cache
def validator(version: str, type_: str) -> Validator | None:
    name = f"x12_{type_}"
    schema = tables().schema(version, type_) if name in READERS else None
    if schema is None:
        return None
    return Validator(plan(schema, message=name, reads=READERS[name].reads))


@cache
def accepted() -> tuple[Read, ...]:
    return tuple(each for row in rows() for each in of_file(row["file"]))


def of_file(file: str) -> Iterator[Read]:
    reader = X12Reader()
    interchange: InterchangeBegun | None = None
    group: GroupBegun | None = None
    for event in reader.receive(raw(file)) + reader.finish():
        if isinstance(event, InterchangeBegun):
            interchange = event
        elif isinstance(event, GroupBegun):
            group = event
        elif isinstance(event, MessageRead) and interchange and group:
            at = Carrier(interchange=interchange, group=group)
            yield from read(file, event, at)


def read(file: str, message: MessageRead, at: Carrier) -> Iterator[Read]:
    judge = validator(at.group[8][:6], message.type)
    if judge is None:
        return
    found = (*message.faults, *judge.validate(message))
    if any(one.severity is Severity.REJECT for one in found):
        return
    name = f"x12_{message.type}"
    mapped = READERS[name].to_order(judge.tree(message), at, None)
    between = message.separators.element
    rows_ = [one.split(between) for one in message.segments]
    yield Read(name, file, rows_, mapped)


def test_each_set_that_is_accepted_is_an_order_a_change_or_what_is_said_of_one():
    silent = [
        (each.kind, each.file)
        for each in accepted()
        if not (each.mapped.order or each.mapped.change or each.mapped.advice)
    ]
    assert silent == []
    kinds = Counter(each.kind for each in accepted())
    assert kinds["x12_850"] > 90
    assert kinds["x12_860"] == 2


def test_what_is_noted_of_them_is_argued():
    noted = Counter(
        (each.kind, found.code) for each in accepted() for found in each.mapped.findings
    )
    assert noted == {pair: times for pair, (times, _) in ARGUED.items()}


def test_the_lines_of_an_860_are_those_of_its_poc():
    for each in (one for one in accepted() if one.kind == "x12_860"):
        wanted = [(row[1], row[3]) for row in each.segments if row[0] == "POC"]
        assert each.mapped.change is not None
        assert [
            (one.line.line_no, f"{one.line.quantity.value:f}")
            for one in each.mapped.change.lines  # type: ignore[union-attr]  # no Cancel
        ] == wanted
