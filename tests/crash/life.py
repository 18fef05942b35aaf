"""The life of one order, from both sides: what its buyer and our ERP send, in turns.

Each turn is one transmission, a minute after the one before. Changes come too early,
twice, too late, and for what has left; the order ships in two parts and is billed.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from gateway.cli.demo_life import acknowledged
from gateway.engine import Engine
from gateway.transport import Pickup
from tests.crash.driver import PARTNER, Round, send, work

PO = "4500001201"
TOLD = ("x12_856", "x12_810")
"""What the buyer is told of the order beside the answers to it."""
_ORDER = (PARTNER / "samples" / "good-small.edi").read_text()
_ISA = _ORDER[:105]


def change(number: int, sequence: int, *lines: str, purpose: str = "04") -> str:
    """An 860 of the order in an interchange of its own."""
    rows = [
        f"BCH*{purpose}*SA*{PO}**{sequence}*20261120*****20261121",
        *lines,
        *([f"CTT*{sum(one[:3] == 'POC' for one in lines)}"] if lines else []),
    ]
    body = ["ST*860*0001", *rows, f"SE*{len(rows) + 2}*0001"]
    head = _ISA.replace("000001040", f"{number:09}")
    group = f"GS*PC*ACMEPROD*BOLTBEAM*20261121*0900*{number}*X*004010"
    tail = [f"GE*1*{number}", f"IEA*1*{number:09}"]
    return "".join(f"{one}~\n" for one in [head, group, *body, *tail])


def drills(code: str, quantity: int) -> str:
    """Line 1 of the order, changed."""
    return f"POC*1*{code}*{quantity}*{quantity}*EA*84*PE*VP*BB-1001*BP*77-1001"


def bits(code: str, quantity: int) -> str:
    """Line 2."""
    return f"POC*2*{code}*{quantity}*{quantity}*EA*24.95*PE*VP*BB-1002*BP*77-1002"


def shipment(number: str, *rows: tuple[int, int, int]) -> str:
    """Shipped: line, quantity, carton."""
    head = "shipment,partner,po_number,ship_date,carrier,line_no,quantity,carton\n"
    told = (f"{number},acme,{PO},2026-11-24,ABCD,{a},{b},{c}\n" for a, b, c in rows)
    return head + "".join(told)


def invoice(number: str, of: str, *rows: tuple[int, int, str]) -> str:
    """Billed: line, quantity, price."""
    head = "invoice,partner,po_number,invoice_date,of_shipment,line_no,quantity,price\n"
    told = (f"{number},acme,{PO},2026-11-25,{of},{a},{b},{c}\n" for a, b, c in rows)
    return head + "".join(told)


TURNS: Sequence[tuple[str, str]] = (
    ("the order", _ORDER),
    ("the order again", _ORDER),
    ("the second change, too early", change(2002, 2, bits("QI", 30))),
    ("the first change", change(2001, 1, drills("QI", 20))),
    ("the second change twice", change(2003, 2, bits("QI", 30))),
    ("a stale change", change(2004, 1, drills("QI", 24))),
    ("first.csv", shipment("S-1", (1, 8, 1), (1, 7, 2), (2, 10, 2))),
    ("less than has left", change(2005, 3, drills("QD", 10), bits("QD", 25))),
    ("second.csv", shipment("S-2", (1, 5, 1), (2, 15, 2))),
    ("a cancellation of what has left", change(2006, 4, purpose="01")),
    ("first-bill.csv", invoice("I-1", "S-1", (1, 15, "84"), (2, 10, "24.95"))),
    ("second-bill.csv", invoice("I-2", "S-2", (1, 5, "84"), (2, 15, "24.95"))),
    ("their 997s", ""),
)
"""What comes: by our ERP where the name ends in .csv, else by the buyer."""


def live(round_: Round, engine: Engine, pickup: Pickup) -> None:
    """Play the turns that the senders do not know to be over."""
    home, begun = round_.settings.home, round_.now
    over = home / "over"
    engine.inherit()
    for turn, (name, text) in enumerate(TURNS):
        if turn < len(over.read_text() if over.exists() else ""):
            continue
        round_.now = begun.replace(minute=turn)
        if name.endswith(".csv"):
            _lay(home / "erp", name, text)
            for _ in range(2):
                pickup.poll()
        else:
            send(round_, engine, f"{turn}.edi", text or _acknowledgements(round_))
        work(engine)
        with over.open("a") as file:
            file.write(".")
    while engine.alert() + engine.seal():
        pass


def _lay(folder: Path, name: str, text: str) -> None:
    """Lay a file of our ERP, unless it lies there or was taken away."""
    file = folder / "in" / name
    if not file.exists() and not list((folder / "archive").glob(f"*/*.{name}")):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


def wire(home: Path) -> list[str]:
    """The messages in the buyer's folder, in the order of their numbers."""
    files = (home / "partners" / "acme" / "out").glob("x12_*")
    return sorted((file.read_text() for file in files), key=lambda text: text[90:99])


def _acknowledgements(round_: Round) -> str:
    told = [one for one in wire(round_.settings.home) if "\nST*997*" not in one]
    return acknowledged(told, 3001, round_.now)
