"""The public X12 files, where they are at hand: read in place, none of them is ours.

``GATEWAY_CORPUS`` names their folder, relative to the repository's root. Files are
named by their path in the manifest only.
"""

from __future__ import annotations

import json
import os
from functools import cache
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT / os.environ.get("GATEWAY_CORPUS", "../shared")
CORPUS = SHARED / "corpus" / "x12"
FACTS = SHARED / "reference" / "x12"

AT_HAND = pytest.mark.skipif(  # only the corpus tests may be left out
    not ((CORPUS / "MANIFEST.json").is_file() and FACTS.is_dir()),
    reason="the corpus is not at hand",
)

Row = dict[str, Any]
"""What the manifest says of a file."""


@cache
def rows() -> tuple[Row, ...]:
    """Every file of the corpus; none where it is not at hand."""
    if not (CORPUS / "MANIFEST.json").is_file():
        return ()
    return tuple(json.loads((CORPUS / "MANIFEST.json").read_text("utf-8")))


@cache
def raw(file: str) -> bytes:
    """The bytes of one file."""
    return (CORPUS / file).read_bytes()
