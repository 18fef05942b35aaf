"""EDIFACT in the speed table: the reader and the check against a split loop."""

from __future__ import annotations

import random
from collections.abc import Iterator

from gateway import bootstrap
from gateway.cli.bench_wire import chunks
from gateway.cli.measure import MB, Row, alternating, peak_bytes
from gateway.edi.edifact.directories import SchemaKey, key_of
from gateway.edi.edifact.events import EdifactMessage
from gateway.edi.edifact.reader import EdifactReader
from gateway.edi.edifact.validate import EdifactValidator, edifact_plan

READER_TARGET = 0.3
CHECK_TARGET = 0.15
MEMORY_TARGET_BYTES = 1000
"""What a message more may cost: its number is kept, as no other may have it."""
_HEAD = (
    "BGM+220+PO{at:08d}+9",
    "DTM+137:20260115:102",
    "DTM+2:20260123:102",
    "FTX+DEL+3++weekdays 7?:30-15?:00?, dock 3 ?+ notice",
    "RFF+CT:K12345",
    "DTM+171:20260101:102",
    "NAD+BY+5412345000013::9++Wholesale ?+ Sons+Main Street 1+Brussels++1000+BE",
    "CTA+OC+:Ms O?'Neill",
    "COM+orders@example.invalid:EM",
    "NAD+SU+4012345500004::9",
    "CUX+2:EUR:9",
    "TOD+3++DAP",
)
_LINE = (
    "LIN+{n}++{gtin}:EN",
    "PIA+1+ART-{item}:SA+B{item}:BP",
    "IMD+F++:::Bolt M{size} x {item} zinc:DIN 933",
    "QTY+21:{quantity}:PCE",
    "DTM+2:20260123:102",
    "MOA+203:{amount:.2f}",
    "PRI+AAA:{price:.2f}:CT:NTP:1:PCE",
    "RFF+LI:{n}0",
    "TAX+7+VAT+++:::19+S",
)


def orders(count: int, lines: int, *, seed: int = 1) -> bytes:
    """One interchange of D.96A ORDERS, all valid; 2,000 of 20 lines are 10 MB."""
    chance = random.Random(seed)  # noqa: S311  made-up orders, no secret
    out = ["UNB+UNOC:3+5412345000013:14+4012345500004:14+260115:0900+1"]
    for at in range(1, count + 1):
        body = [segment.format(at=at) for segment in _HEAD]
        for n in range(1, lines + 1):
            price, quantity = chance.randint(100, 99_999) / 100, chance.randint(1, 500)
            values = {
                "n": n,
                "gtin": chance.randint(10**12, 10**13),
                "item": chance.randint(10**5, 10**6),
                "size": chance.randint(3, 20),
                "quantity": quantity,
                "price": price,
                "amount": price * quantity,
            }
            body += [segment.format(**values) for segment in _LINE]
        body += ["UNS+S", f"CNT+2:{lines}"]
        out += [f"UNH+{at}+ORDERS:D:96A:UN", *body, f"UNT+{len(body) + 2}+{at}"]
    out.append(f"UNZ+{count}+1")
    return ("UNA:+.? '" + "'".join(out) + "'").encode("latin-1")


def split(raw: bytes) -> int:
    """The segments and elements of the text, releases minded, all thrown away."""
    count = 0
    for segment in _segments(raw.decode("latin-1")):
        segment.split("+")
        count += 1
    return count


def _segments(text: str) -> Iterator[str]:
    carried = ""
    for piece in text.split("'"):
        segment = f"{carried}'{piece}" if carried else piece
        if segment.endswith("?") and (len(segment) - len(segment.rstrip("?"))) % 2:
            carried = segment
        else:
            carried = ""
            yield segment


def read(raw: bytes) -> int:
    """The interchange through the reader, every segment of every message split."""
    return sum(
        len([segment.split("+") for segment in message.segments])
        for message in _messages(raw)
    )


def check(raw: bytes, known: dict[SchemaKey, EdifactValidator]) -> int:
    """The findings of the interchange under the tables; none of a good one.

    ``known`` keeps who judges which messages, as a gateway that runs does.
    """
    found = 0
    for message in _messages(raw):
        key = key_of(message)
        if key not in known:
            schema = bootstrap.edifact().schema(*key)
            assert schema is not None
            known[key] = EdifactValidator(edifact_plan(schema))
        found += len(known[key].validate(message))
    return found


def _messages(raw: bytes) -> Iterator[EdifactMessage]:
    reader = EdifactReader(header=bootstrap.edifact().header)
    for piece in chunks(raw):
        for event in reader.receive(piece):
            if isinstance(event, EdifactMessage):
                yield event


def rows(rounds: int, count: int = 2000) -> Iterator[Row]:
    """The reader, the whole check, and the memory for ten times as many messages."""
    raw = orders(count, 20)
    known: dict[SchemaKey, EdifactValidator] = {}
    assert check(raw, known) == 0
    ours, base = alternating(lambda: read(raw), lambda: split(raw), rounds)
    yield _row("EDIFACT reader, segments split / split loop", ours, base, len(raw))
    ours, base = alternating(lambda: check(raw, known), lambda: split(raw), rounds)
    yield _row("ORDERS D.96A checked / split loop", ours, base, len(raw))
    yield _memory(100, 600, known)


def _memory(few: int, many: int, known: dict[SchemaKey, EdifactValidator]) -> Row:
    """What a message more needs of memory at the check's peak."""
    small, large = orders(few, 20), orders(many, 20)
    least = peak_bytes(lambda: check(small, known))
    most = peak_bytes(lambda: check(large, known))
    return Row(
        name=f"ORDERS D.96A checked, memory, {many} / {few} orders",
        measured=f"{most / MB:.2f} MB",
        base=f"{least / MB:.2f} MB",
        figure=(most - least) / (many - few),
        unit="B an order",
        target=MEMORY_TARGET_BYTES,
        at_most=True,
    )


def _row(name: str, ours: float, base: float, size: int) -> Row:
    return Row(
        name=name,
        measured=f"{size / MB / ours:.1f} MB/s",
        base=f"{size / MB / base:.1f} MB/s",
        figure=base / ours,
        target=CHECK_TARGET if "checked" in name else READER_TARGET,
    )
