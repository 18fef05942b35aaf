"""Fifty megabytes of anything: findings, in bounded memory, in under a minute."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.soak

SIZE = 50_000_000
LONGEST_S = 60.0
MOST_BYTES = 256 * 1024 * 1024
SCRIPT = Path(__file__).with_name("long_input.py")
ROOT = SCRIPT.parents[2]

CASES = {
    "garbage": "WIRE-001",
    "garbage in a message": "WIRE-002",
    "new shapes": "MAP-006",
    "bad shapes": "SYN-205",
    "one order": "WIRE-002",
    "ST*850*0001~": "WIRE-013",
    "SE*3*0001~": "ENV-007",
    "GS*PO*A*B*20261120*0912*1*X*004010~": "WIRE-013",
    "N1*ST*A~": "ENV-007",
}
"""What the fifty megabytes are, and a code that must be among the findings."""


def checked(kind: str) -> dict[str, Any]:
    path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [sys.executable, str(SCRIPT), kind, str(SIZE)],
        env={**os.environ, "PYTHONPATH": path},
        stdout=subprocess.PIPE,
        check=True,
        timeout=5 * LONGEST_S,
    )
    told: dict[str, Any] = json.loads(done.stdout)
    sys.stdout.write(f"{kind}: {told}\n")
    return told


@pytest.mark.parametrize(("kind", "code"), CASES.items(), ids=CASES)
def test_fifty_megabytes_are_findings_in_a_minute(kind: str, code: str):
    told = checked(kind)

    assert code in told["codes"]
    assert told["seconds"] < LONGEST_S
    assert told["grown"] < MOST_BYTES
