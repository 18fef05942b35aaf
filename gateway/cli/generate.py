"""Made-up interchanges of any size: same arguments, same bytes."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from gateway.edi.schema import Composite, Element, ElementUse, Segment
from gateway.edi.tables import Tables

Row = tuple[str, ...]

BUYER = "BENCHBUYER"
SUPPLIER = "BENCHSUPPLIER"
PROFILE = f"""\
schema: 1
id: bench
name: Bench Buyer
stage: live
identities:
  x12: {{qualifier: ZZ, id: {BUYER}, gs: {BUYER}}}
us:
  x12: {{qualifier: ZZ, id: {SUPPLIER}, gs: {SUPPLIER}}}
channels:
  - {{id: drop, kind: folder}}
receives:
  - {{message: x12_850, version: "004010", channel: drop}}
sends:
  - {{message: x12_855, version: "004010", within_h: 24, channel: drop}}
guide:
  sku: {{qualifiers: [VP]}}
  buyer_part: {{qualifiers: [BP]}}
policy: {{ack: on_decision}}
"""
"""The profile of the buyer whose orders are made here."""
PROFILE_5010 = PROFILE.replace("004010", "005010").replace(
    "guide:", 'x12: {interchange_version: "00501", ack: "999"}\nguide:'
)
"""The same buyer on 005010, who wants a 999."""

_WORDS = [
    "STEEL",
    "HEX",
    "BOLT",
    "ZINC",
    "PLATED",
    "BEARING",
    "SEALED",
    "VALVE",
    "BRASS",
    "FITTING",
    "GASKET",
    "NITRILE",
    "GLOVE",
    "BLACK",
    "MOTOR",
    "CABLE",
    "COPPER",
    "CLAMP",
    "WASHER",
    "SPRING",
]
_VARIED = ("PO1", "PO4", "SAC", "TD5", "MAN")
"""Segments of one order line with many ways to be filled, in table order."""


def sku(number: int) -> str:
    """The supplier's number of the n-th item."""
    return f"W-{number:07d}"


def buyer_part(number: int) -> str:
    """The buyer's number of the n-th item."""
    return f"{number:07d}-B"


def price(number: int) -> Decimal:
    """The price of the n-th item in its contract, USD per piece."""
    return Decimal(100 + number * 7 % 9900).scaleb(-2)


def opening(
    functional_id: str = "PO", number: int = 1, *, version: str = "004010"
) -> bytes:
    """ISA and GS of the buyer; they end with a line break each."""
    controls = "U*00401" if version == "004010" else "^*00501"
    isa = (
        f"ISA*00*{'':10}*00*{'':10}*ZZ*{BUYER:15}*ZZ*{SUPPLIER:15}"
        f"*261120*0912*{controls}*{number:09d}*0*P*>~\n"
    )
    gs = f"GS*{functional_id}*{BUYER}*{SUPPLIER}*20261120*0912*{number}*X*{version}~\n"
    return (isa + gs).encode()


def closing(messages: int, number: int = 1) -> bytes:
    """GE and IEA for so many messages."""
    return f"GE*{messages}*{number}~\nIEA*1*{number:09d}~\n".encode()


def plain_orders(
    count: int, lines: int, *, items: int, seed: int = 1, number: int = 1
) -> bytes:
    """One interchange of orders that agree with the contract in every price.

    ``number`` is its control number; order numbers are unique to it.
    """
    chance = random.Random(seed)  # noqa: S311  made-up orders, no secret
    bodies = [
        _message(at, _head(number * 10_000 + at, ""), _lines(chance, lines, items))
        for at in range(1, count + 1)
    ]
    return opening("PO", number) + b"".join(bodies) + closing(count, number)


def rich_orders(
    count: int,
    lines: int,
    *,
    seed: int = 1,
    version: str = "004010",
    broken: bool = False,
) -> bytes:
    """One interchange of 850s as large buyers send them, all valid by the tables.

    2,000 orders of 20 lines are 10 MB and 300,000 segments. With ``broken`` every
    segment of every line has a bad value, and two of each line change places.
    """
    chance = random.Random(seed)  # noqa: S311  made-up orders, no secret
    bodies = []
    for at in range(1, count + 1):
        head, rows = _rich_head(at, version), _rich_lines(chance, lines)
        body = _broken(rows) if broken else rows
        bodies.append(_message(at, head, body, _rich_foot(lines)))
    return opening(version=version) + b"".join(bodies) + closing(count)


def one_long_order(size_bytes: int) -> Iterator[bytes]:
    """One 850 of at least so many bytes, in pieces of about 64 KiB."""
    yield opening() + _text(_head(1, ""), ("ST", "850", "0001"))
    line = _text([("PO1", "1", "1", "EA", "1", "", "VP", "W-1")])
    piece = line * (65_536 // len(line))
    made = 0
    while made < size_bytes:
        yield piece
        made += len(piece)
    count = made // len(line) + 5
    yield f"SE*{count}*0001~\n".encode() + closing(1)


def new_shapes(
    tables: Tables, size_bytes: int, *, seed: int = 1, valid: bool = True
) -> Iterator[bytes]:
    """An interchange of 850s whose segments hardly ever repeat a pattern of elements.

    One piece per message of 100 lines. With ``valid`` false every line has an element
    too long, a code that there is not and a pair that is torn.
    """
    schema = tables.schema("004010", "850")
    assert schema is not None
    segments = [_Filled.of(schema.segments[tag]) for tag in _VARIED]
    chance = random.Random(seed)  # noqa: S311  made-up orders, no secret
    yield opening()
    made = count = 0
    while made < size_bytes:
        count += 1
        lines = [_varied(s, chance) for _ in range(100) for s in segments]
        if not valid:
            lines = [_spoilt(row) for row in lines]
        body = _message(count, [("BEG", "00", "SA", str(count), "", "20261120")], lines)
        made += len(body)
        yield body
    yield closing(count)


def garbage(size_bytes: int, *, seed: int = 1) -> Iterator[bytes]:
    """Random bytes, in pieces of 64 KiB."""
    chance = random.Random(seed)  # noqa: S311  made-up bytes, no secret
    for start in range(0, size_bytes, 65_536):
        yield chance.randbytes(min(65_536, size_bytes - start))


def remittances(count: int, claims: int) -> str:
    """So many 835s of version 004010X091A1, which pyx12 carries a map of.

    They exist for comparison only: pyx12 has no map of a purchase order.
    """
    isa = (
        f"ISA*00*{'':10}*00*{'':10}*ZZ*{BUYER:15}*ZZ*{SUPPLIER:15}"
        "*261120*0912*U*00401*000000001*0*P*:~\n"
        f"GS*HP*{BUYER}*{SUPPLIER}*20261120*0912*1*X*004010X091A1~\n"
    )
    rows = _remittance(claims)
    bodies = [_message(at, rows, type_="835") for at in range(1, count + 1)]
    return isa + (b"".join(bodies) + closing(count)).decode()


def _remittance(claims: int) -> list[Row]:
    rows: list[Row] = [
        ("BPR", "I", "150", "C", "CHK", *[""] * 11, "20261120"),
        ("TRN", "1", "12345", "1512345678"),
        ("DTM", "405", "20261120"),
        ("N1", "PR", "BENCH INSURANCE"),
        ("N3", "1 MAIN STREET"),
        ("N4", "SPRINGFIELD", "IL", "62701"),
        ("N1", "PE", "BENCH CLINIC", "XX", "1234567893"),
        ("LX", "1"),
    ]
    for at in range(1, claims + 1):
        rows += _claim(at)
    return rows


def _claim(at: int) -> list[Row]:
    return [
        ("CLP", f"ACCT{at}", "1", "200", "150", "50", "12", f"CLAIM{at}", "11"),
        ("CAS", "CO", "45", "50"),
        ("NM1", "QC", "1", f"DOE{at % 97}", "JANE", "", "", "", "MI", f"M{at:08d}"),
        ("DTM", "232", "20261101"),
        ("SVC", "HC:99213", "120", "90", "", "1"),
        ("DTM", "472", "20261101"),
        ("CAS", "CO", "45", "30"),
        ("REF", "6R", f"LINE{at}"),
        ("SVC", "HC:85025", "80", "60", "", "1"),
        ("DTM", "472", "20261101"),
        ("CAS", "CO", "45", "20"),
    ]


def _text(rows: Sequence[Row], *before: Row) -> bytes:
    return "".join(f"{'*'.join(row)}~\n" for row in (*before, *rows)).encode()


def _message(at: int, *parts: Sequence[Row], type_: str = "850") -> bytes:
    rows = [row for part in parts for row in part]
    number = f"{at:09d}"
    rows += [("SE", str(len(rows) + 2), number)]
    return _text(rows, ("ST", type_, number))


def _head(order: int, release: str) -> list[Row]:
    number = f"45{order:09d}"
    beg: Row = ("BEG", "00", "SA", number, release, "20261120")
    return [beg, ("CUR", "BY", "USD"), ("DTM", "010", "20270115")]


def _lines(chance: random.Random, lines: int, items: int) -> list[Row]:
    rows: list[Row] = [("N1", "ST", "PLANT 1", "92", "PL001")]
    for line in range(1, lines + 1):
        item = chance.randrange(items)
        numbers = ("VP", sku(item), "BP", buyer_part(item))
        cost = str(price(item))
        quantity = str(chance.randint(1, 500))
        rows.append(("PO1", str(line), quantity, "EA", cost, "PE", *numbers))
    rows.append(("CTT", str(lines)))
    return rows


def _rich_head(at: int, version: str) -> list[Row]:
    note = "DELIVER TO DOCK 4 BETWEEN 0700 AND 1500"
    rows: list[Row] = [
        *_head(at, ""),
        ("REF", "DP", f"{at % 50:03d}"),
        ("REF", "IA", f"VEND{at % 9:05d}"),
        ("PER", "BD", "JANE BUYER", "TE", "5555550123", "EM", "jane@buyer.example"),
        ("FOB", "CC", "OR"),
        ("ITD", "01", "3", "2", "", "10", "", "30"),
        ("DTM", "002", "20270201"),
        ("TD5", "", "2", "UPSN", "M", "GROUND"),
        ("N9", "L1", "NOTES"),
        ("MSG", note) if version == "004010" else ("MTX", "", note),
    ]
    for role, name, place in (
        ("BT", "BENCH ACCOUNTS PAYABLE", "BT01"),
        ("ST", f"BENCH PLANT {at % 40}", f"PL{at % 40:03d}"),
        ("VN", "BENCH SUPPLIER", "V0042"),
    ):
        rows.append(("N1", role, name, "92", place))
        rows.append(("N3", f"{100 + at % 900} COMMERCE PARKWAY", f"SUITE {at % 90}"))
        rows.append(("N4", "SPRINGFIELD", "IL", "62701", "US"))
    rows.sort(key=lambda row: _ORDER.index(row[0]) if row[0] in _ORDER else 99)
    return rows


_ORDER = ("BEG", "CUR", "REF", "PER", "FOB", "ITD", "DTM", "TD5")
"""The head's segments as the table has them; what follows keeps its order."""


def _rich_lines(chance: random.Random, lines: int) -> list[Row]:
    rows: list[Row] = []
    for line in range(1, lines + 1):
        item = chance.randrange(10**6)
        numbers = ("BP", buyer_part(item), "VP", sku(item), "UP", f"{item:012d}")
        shops = [chance.randint(1, 99) for _ in range(6)] if line % 5 == 0 else []
        quantity = str(sum(shops) or chance.randint(1, 500))
        rows += [
            ("PO1", str(line), quantity, "EA", str(price(item)), "PE", *numbers),
            ("PID", "F", "", "", "", " ".join(chance.sample(_WORDS, 7))),
            ("PO4", str(chance.randint(1, 48)), str(chance.randint(1, 24)), "EA"),
            ("REF", "LI", f"{line * 10:05d}"),
            _allowance(chance),
        ]
        if shops:
            each = ((f"{n:04d}", str(here)) for n, here in enumerate(shops, 1))
            rows.append(("SDQ", "EA", "92", *(part for one in each for part in one)))
        rows.append(("DTM", "002", f"202702{chance.randint(1, 28):02d}"))
    return rows


def _broken(rows: list[Row]) -> list[Row]:
    """The rows, each with a bad value; the last two of a line change places."""
    out: list[Row] = []
    for row in [*map(_bad, rows), ("", "")]:
        if row[0] in ("PO1", "") and len(out) > 1:
            out[-2:] = out[:-3:-1]
        out.append(row)
    return out[:-1]


def _bad(row: Row) -> Row:
    """A quantity that is no number, else a code that there is not."""
    at = 2 if row[0] in ("PO1", "PO4") else 1
    return (*row[:at], "1O", *row[at + 1 :])


def _allowance(chance: random.Random) -> Row:
    amount = str(chance.randint(1, 9999))
    return ("SAC", "A", "C310", "", "", amount, *[""] * 6, "02", "", "", "DISCOUNT")


def _rich_foot(lines: int) -> list[Row]:
    return [("CTT", str(lines)), ("AMT", "TT", f"{lines * 1234}.50")]


@dataclass(frozen=True, slots=True)
class _Filled:
    """A segment and a good value for each of its elements."""

    segment: Segment
    values: tuple[str, ...]
    mandatory: frozenset[int]

    @classmethod
    def of(cls, segment: Segment) -> _Filled:
        """With the shortest values."""
        mandatory = {i for i, use in enumerate(segment.uses, 1) if use.mandatory}
        return cls(segment, tuple(map(_value, segment.uses)), frozenset(mandatory))


def _varied(filled: _Filled, chance: random.Random) -> Row:
    """The segment with a random choice of elements that its conditions allow."""
    bits = chance.getrandbits(len(filled.values) + 1)
    wished = {i for i in range(1, len(filled.values) + 1) if bits >> i & 1}
    present = wished | filled.mandatory or {1}
    _settle(filled.segment, present)
    values = [
        filled.values[i - 1] if i in present else "" for i in range(1, max(present) + 1)
    ]
    return (filled.segment.tag, *values)


def _settle(segment: Segment, present: set[int]) -> None:
    """Add or take away elements until every condition holds."""
    for _ in range(20):
        broken = [c for c in segment.conditions if c.broken(present)]
        for condition in broken:
            places = condition.broken(present)
            if condition.kind == "E":
                present -= set(places)
            else:
                present |= set(places if condition.kind in "PC" else places[:1])
        if not broken:
            return


def _value(use: ElementUse) -> str:
    """A good value: the shortest, of a list the first in the alphabet."""
    element = use.element
    if isinstance(element, Composite):
        parts = [_value(u) if u.mandatory or not at else "" for at, u in _at(element)]
        return ">".join(parts).rstrip(">")
    if element.codes:
        fitting = (c for c in element.codes if element.min <= len(c) <= element.max)
        return min(fitting)
    return _MADE.get(element.type, _digits)(element)


def _at(composite: Composite) -> Iterator[tuple[int, ElementUse]]:
    return enumerate(composite.uses)


def _digits(element: Element) -> str:
    return "1" * element.min


_MADE: dict[str, Callable[[Element], str]] = {
    "AN": lambda element: "A" * element.min,
    "ID": lambda element: "A" * element.min,
    "DT": lambda _: "20261120",
    "TM": lambda _: "0912",
}


def _spoilt(row: Row) -> Row:
    """The segment with an element too long, beyond its list or torn from its pair."""
    values = [value and value * 90 for value in row[1:4]]
    return (row[0], *values, *row[4:-1], "")
