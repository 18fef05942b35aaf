"""Long messages stream through CMS: encrypted, opened, verified in little memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "tests/soak/long_cms.py"
KINDS = ["aes256-cbc", "aes256-gcm", "signed", "compressed"]
SIZE = 48 * 1024 * 1024
MOST_BYTES = 16 * 1024 * 1024


def told(kind: str, size: int) -> dict[str, Any]:
    """What the script says in a process of its own."""
    path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [sys.executable, str(SCRIPT), kind, str(size)],
        env={**os.environ, "PYTHONPATH": path},
        stdout=subprocess.PIPE,
        check=True,
        timeout=300,
    )
    said: dict[str, Any] = json.loads(done.stdout)
    sys.stdout.write(f"{kind}: {said}\n")
    return said


@pytest.mark.parametrize("kind", KINDS)
def test_a_long_message_needs_no_more_memory_than_a_piece(kind: str):
    done = told(kind, SIZE)

    assert done["same"]
    assert done["grown"] < MOST_BYTES
