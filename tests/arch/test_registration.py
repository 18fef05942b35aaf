"""A message type is a folder, one line, golden cases and a page, or it fails here."""

from __future__ import annotations

from pathlib import Path

from gateway.mappers import CXML_READERS, EDIFACT_READERS, READERS, UBL_READERS, WRITTEN

ROOT = Path(__file__).parents[2]
SHARED = {"parts", "partners"}
TYPES = {
    folder.parent.name
    for folder in (ROOT / "gateway" / "mappers").glob("*/__init__.py")
    if folder.parent.name not in SHARED
}


def test_every_message_folder_is_registered():
    read = {*READERS, *EDIFACT_READERS, *CXML_READERS, *UBL_READERS}
    assert read | WRITTEN == TYPES


def test_every_message_type_has_golden_cases():
    golden = ROOT / "tests" / "golden"
    assert {name for name in TYPES if not any((golden / name).glob("*/*"))} == set()


def test_every_message_type_has_a_page():
    pages = {page.stem for page in (ROOT / "docs" / "messages").glob("*.md")}
    assert pages >= TYPES
