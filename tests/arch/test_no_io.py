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

# The edge reads tables and bytes; from `armed` on only the core runs.
CORE = """
from pathlib import Path
from gateway.edi.tables import read_tables
from gateway.edi.x12.reader import X12Reader

folder = Path("gateway/edi/x12/tables")
texts = {
    str(path.relative_to(folder)): path.read_text("utf-8")
    for path in folder.rglob("*.txt")
}
interchange = Path(sys.argv[1]).read_bytes()
armed = True
tables = read_tables(texts)
assert tables.schema("004010", "850") is not None
reader = X12Reader()
events = [*reader.receive(interchange), *reader.finish()]
assert events
"""

INTERCHANGE = (
    "ISA*00*          *00*          *ZZ*BUYER          *ZZ*SELLER         "
    "*261121*1200*U*00401*000000001*0*P*>~"
    "GS*PO*BUYER*SELLER*20261121*1200*1*X*004010~"
    "ST*850*0001~BEG*00*SA*4711**20261121~PO1*1*10*EA*9.99**VP*SKU-1~CTT*1~SE*5*0001~"
    "GE*1*1~IEA*1*000000001~"
)


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


def test_a_core_run_opens_nothing(tmp_path: Path):
    sample = tmp_path / "order.edi"
    sample.write_text(INTERCHANGE)
    assert touched(CORE, sample) == []


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
