"""A run of the core opens nothing: no file, no socket, no process."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

WATCH = """
import json, sys

touched = []
armed = False
DOORS = ("open", "os.", "socket.", "sqlite3.", "subprocess.", "shutil.", "tempfile.")

def importing():
    frame = sys._getframe(2)
    while frame is not None:
        if "importlib._bootstrap" in frame.f_code.co_filename:
            return True
        frame = frame.f_back
    return False

def hook(event, args):
    if armed and event.startswith(DOORS) and not importing():
        touched.append(f"{event} {args[:1]}")

sys.addaudithook(hook)
"""

# The edge reads tables, profile, catalog and bytes; from `armed` on only the core runs.
CORE = """
import datetime as dt
from pathlib import Path
from gateway.catalog import Prices, check
from gateway.catalog.importing import read_csv
from gateway.cxml_punchout.document import Document, read_document
from gateway.cxml_punchout.dtds import Dtds
from gateway.cxml_punchout.judge import judged
from gateway.edi.numbers import Numbers
from gateway.edi.tables import read_tables
from gateway.partner import Directory, load
from gateway.pipeline.answer import answer
from gateway.pipeline.effects import Keep, Queue
from gateway.pipeline.inbound import read
from gateway.pipeline.preview import preview
from gateway.pipeline.release import Kept, Released, release
from gateway.pipeline.rules import Rules
from gateway.pipeline.world import World

folder = Path("gateway/edi/x12/tables")
texts = {
    str(path.relative_to(folder)): path.read_text("utf-8")
    for path in folder.rglob("*.txt")
}
partner = Path("partner_profiles/acme")
yaml = (partner / "profile.yaml").read_text("utf-8")
csv = (partner / "catalog.csv").read_text("utf-8")
interchange = Path(sys.argv[1]).read_bytes()
now = dt.datetime(2026, 11, 21, 9, tzinfo=dt.UTC)
armed = True
tables = read_tables(texts)
profile = load(yaml, "acme/profile.yaml")
imported = read_csv(csv, "catalog.csv", partner_id="acme")
prices = Prices.of(imported.contracts, imported.items)
rules = Rules(tables, Directory.of([profile]))
world = World(now=now, prices={"acme": prices})
reading = read([interchange], rules, receipt_id="rcp_1")
effects = answer(reading, world)
(keep,) = (e for e in effects if isinstance(e, Keep))
assert keep.state == "held"
kept = Kept(order=keep.order, ack=keep.ack, state=keep.state, profile=profile)
checked = check(keep.order, prices, profile, now)
effects += release(kept, Released(as_="change"), checked, now)
queued = [e for e in effects if isinstance(e, Queue)]
numbers = Numbers(interchange=1, group=1, message=1)
assert len([e.draft.finish(numbers, now) for e in queued]) == 2
assert preview(reading, now, world=world).acknowledgements
dtd = b"<!ELEMENT cXML (Response)><!ELEMENT Response ANY>"
system = '<!DOCTYPE cXML SYSTEM "http://127.0.0.1/cXML.dtd">'
status = '<Response><Status code="200" text="OK"/></Response>'
document = read_document(system + "<cXML>" + status + "</cXML>")
assert isinstance(document, Document)
assert judged(document.root, "", Dtds.of({"1.2.050/cXML.dtd": dtd}))
"""

SAMPLE = ROOT / "partner_profiles/acme/samples/case-price-differs.edi"


def touched(program: str, *arguments: object) -> list[str]:
    """What a program touches of the world while it is watched."""
    answer = subprocess.run(
        [
            sys.executable,
            "-c",
            f"{WATCH}{program}\narmed = False\nprint(json.dumps(touched))",
        ]
        + [str(one) for one in arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 0, answer.stderr
    found: list[str] = json.loads(answer.stdout)
    return found


def test_a_core_run_opens_nothing():
    assert touched(CORE, SAMPLE) == []


@pytest.mark.parametrize(
    ("program", "event"),
    [
        ("armed = True\nopen('pyproject.toml').close()", "open"),
        ("import os\narmed = True\nos.listdir('.')", "os.listdir"),
        ("import socket\narmed = True\nsocket.socket().close()", "socket"),
        (
            "import sqlite3\narmed = True\nsqlite3.connect(':memory:').close()",
            "sqlite3",
        ),
    ],
)
def test_a_planted_touch_is_seen(program: str, event: str):
    assert touched(program)[0].startswith(event)
