"""Every golden case gives its files, and what is written there can be read."""

from __future__ import annotations

import json
import re
from pathlib import Path

from gateway.order import to_json
from gateway.order.ack import ack_type, quantities_agree
from gateway.pipeline.effects import Decide, Effect, Keep, Queue
from tests.conformance.second import SecondOpinion
from tests.golden.case import FOLDERS, ORDERS, Case, told
from tests.strictly import faults, second_opinion

OWN_CODES = {"book-trade": ("23C", "24", "31B")}
"""Cases of trades with codes of their own: 23C (1001), 24 (1229), 31B (3055)."""


def expected(folder: Path) -> dict[str, bytes]:
    """The files of a case by name; a file that would be empty is none."""
    case, effects = Case.ran(folder)
    orders = [json.loads(to_json(e.order)) for e in effects if isinstance(e, Keep)]
    files = {
        **{
            _file_of(kind): b"".join(case.written(effects, kind))
            for kind in _kinds(effects)
        },
        "effects.txt": told(effects).encode(),
        "order.json": _pretty(orders),
    }
    return {name: data for name, data in files.items() if data}


def _file_of(kind: str) -> str:
    suffix = "xml" if kind.startswith(("cxml_", "ubl_")) else "edi"
    return f"{kind.removeprefix('x12_')}.{suffix}"


def _kinds(effects: tuple[Effect, ...]) -> list[str]:
    """The message types that are written."""
    return sorted({each.kind for each in effects if isinstance(each, Queue)})


def _pretty(orders: list[object]) -> bytes:
    if not orders:
        return b""
    body = orders[0] if len(orders) == 1 else orders
    return (json.dumps(body, indent=1, ensure_ascii=False) + "\n").encode()


ORDERS_READ = ("x12_850", "edifact_orders", "cxml_order_request", "ubl_order")
"""Messages whose cases show the order that is read."""


def test_the_case_gives_its_files(folder: Path, rewrite: bool):
    files = expected(folder)
    if folder.parent.name not in ORDERS_READ:
        files.pop("order.json", None)  # the cases of orders show them
    said = {path.name for path in Case.ran(folder)[0].said}
    given = {"case.yaml", "in.edi", ORDERS, "catalog.csv"} | said
    if rewrite:
        for path in folder.iterdir():
            if path.name not in given:
                path.unlink()
        for name, data in files.items():
            (folder / name).write_bytes(data)
    found = {p.name: p.read_bytes() for p in folder.iterdir() if p.name not in given}
    assert found == files


def test_what_is_written_can_be_read(folder: Path):
    case, effects = Case.ran(folder)
    for kind in _kinds(effects):
        for data in case.written(effects, kind):
            own = OWN_CODES.get(folder.name, ())
            assert [one for one in faults(data) if one.value not in own] == []
            assert second_opinion(data) == []


def test_header_and_lines_do_not_contradict_each_other(folder: Path):
    for effect in Case.ran(folder)[1]:
        if isinstance(effect, Keep | Decide):
            ack = effect.ack
            assert all(map(quantities_agree, ack.lines))
            assert ack_type(ack.lines) == ack.type or ack.type in ("held", "rejected")


def test_no_business_finding_is_in_a_997(folder: Path):
    for effect in Case.ran(folder)[1]:
        if isinstance(effect, Queue) and effect.kind == "x12_997":
            rows = [row for _, body in effect.draft.messages for row in body]  # type: ignore[attr-defined]  # a Draft
            tags = {row[0] for row in rows}
            assert tags <= {"AK1", "AK2", "AK3", "AK4", "AK5", "AK9"}


def test_pyx12s_own_map_accepts_every_997(tmp_path: Path):
    written = [folder / "997.edi" for folder in FOLDERS]  # the cases' own, compared
    files = [path.read_bytes() for path in written if path.exists()]
    answers = [b"ISA" + one for file in files for one in re.split(rb"\bISA", file)[1:]]
    # its map is one of 004010 and of a trade that has no telephone numbers in ISA
    usual = [a for a in answers if a[32:34] == b"ZZ" and b"*X*004010~" in a]
    assert usual
    assert SecondOpinion(tmp_path).refused(usual) == []
